"""Payments by QR code and in the bank's application: paid, refused, run out, exchanged, and money back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from checkout import postgres
from checkout.books import registry
from checkout.books.sources import SOURCES
from checkout.ground.errors import Invalid, Unavailable
from checkout.ground.ids import PaymentId
from checkout.payment import cancel, ways
from checkout.payment.order import Word
from checkout.payment.payment import State
from checkout.payment.settle import settle
from gateways import sandbox
from gateways.gateway import Way
from gateways.sandbox import Fault, Kind, Rule, instant
from gateways.sandbox.apps import AskKind, AskStatus
from tests.flows.registry import Said, brought_in
from tests.flows.test_export import exported, table
from tests.flows.test_figures import counted
from tests.flows.test_registry import kinds, one
from tests.world import World, open_world

BANKS = ("sberbank-legacy", "sberbank")


@pytest.fixture(params=BANKS)
async def shop(
    request: pytest.FixtureRequest,
    urls: postgres.Urls,
    emptied: None,
    move: Callable[[timedelta], Awaitable[None]],
) -> AsyncIterator[World]:
    """A merchant with every way to pay, at a bank of either dialect. No callback helps."""
    _ = emptied
    async with open_world(urls, move, kind=request.param, methods=tuple(Way)) as found:
        found.bank.faults.add(Rule(Fault.DROP, method="callback", times=None))
        yield found


def deposits(world: World) -> list[int]:
    return [effect.amount for effect in world.bank.journal.effects if effect.kind is Kind.DEPOSITED]


async def paid_by_code(world: World) -> PaymentId:
    """An order paid by its code, and known to be."""
    started = await world.start(await world.order(), way=Way.SBP)
    instant.accept(world.bank, world.ask(started.payment_id))
    await settle(world.service, started.payment_id)
    return started.payment_id


async def test_a_code_is_paid_without_a_callback(shop: World) -> None:
    """The sweep finds it: the visit stands, and the payment says that it was paid by SBP, whatever was chosen first."""
    order = await shop.order()
    started = await shop.start(order, way=Way.SBP)
    assert started.code is not None
    assert started.code.payload.startswith(f"{shop.bank.base_url}/qr/{started.code.id}?")
    instant.confirm(shop.bank, shop.ask(started.payment_id))
    await shop.advance(seconds=21)
    await shop.sweep()
    waiting = await shop.payment(started.payment_id)
    assert waiting.state is State.PENDING
    assert ways.agreed(waiting)
    instant.finish(shop.bank, shop.ask(started.payment_id), accepted=True)
    await shop.advance(seconds=21)
    await shop.sweep()
    assert await shop.word(order.id) is Word.PAID
    assert (await shop.payment(started.payment_id)).told == "sbp"
    assert not await shop.broken()


async def test_a_bank_order_is_asked_about_every_25_seconds_while_its_code_waits(shop: World) -> None:
    """The session lives twenty minutes; the next look is never further away."""
    order = await shop.order()
    started = await shop.start(order, way=Way.SBP)
    for _ in range(5):
        found = await shop.payment(started.payment_id)
        before = found.belief.looks
        await shop.advance(seconds=25)
        await shop.sweep()
        assert (await shop.payment(started.payment_id)).belief.looks > before


async def test_a_code_that_the_banks_refuse_leaves_the_time_and_the_card(shop: World) -> None:
    """The order waits on; the card page of the same bank order then takes the money, once."""
    order = await shop.order()
    started = await shop.start(order, way=Way.SBP)
    instant.confirm(shop.bank, shop.ask(started.payment_id))
    instant.finish(shop.bank, shop.ask(started.payment_id), accepted=False)
    await settle(shop.service, started.payment_id)
    waiting = await shop.payment(started.payment_id)
    assert (waiting.state, waiting.action_code) == (State.PENDING, 1004)
    again = await shop.start(order)
    assert again.payment_id == started.payment_id
    await shop.pay_at_bank(again.payment_id)
    await settle(shop.service, again.payment_id)
    assert (await shop.payment(started.payment_id)).told == "card"
    assert deposits(shop) == [250_000]
    assert not await shop.broken()


async def test_another_mind_takes_an_unused_code_back(shop: World) -> None:
    """From the code to the card: the picture is good for nothing, and the same bank order is paid by card."""
    order = await shop.order()
    started = await shop.start(order, way=Way.SBP)
    ask = shop.ask(started.payment_id)
    await shop.start(order, way=Way.CARD)
    if shop.service.gateway(order.merchant).codes is not None:
        assert ask.status is AskStatus.REJECTED
        assert (await shop.payment(started.payment_id)).code is None
    await shop.pay_at_bank(started.payment_id)
    assert not instant.accept(shop.bank, ask)
    await settle(shop.service, started.payment_id)
    assert deposits(shop) == [250_000]


async def test_from_the_card_page_to_a_code_is_one_bank_order(shop: World) -> None:
    """Whoever opened the card page first gets a code of the same order; paid by both, it is paid once."""
    order = await shop.order()
    first = await shop.start(order)
    second = await shop.start(order, way=Way.SBP)
    assert (second.payment_id, second.way) == (first.payment_id, Way.SBP)
    assert second.code is not None
    third = await shop.start(order, way=Way.SBP)
    assert third.code == second.code
    assert instant.accept(shop.bank, shop.ask(first.payment_id))
    await shop.pay_at_bank(first.payment_id)
    await settle(shop.service, first.payment_id)
    assert deposits(shop) == [250_000]
    assert await shop.word(order.id) is Word.PAID


async def test_a_code_that_nobody_pays_runs_out_with_its_order(shop: World) -> None:
    """The session ends, the bank says so, the time is free again; the code cannot be paid any more."""
    order = await shop.order()
    started = await shop.start(order, way=Way.SBP)
    await shop.advance(minutes=21)
    await shop.sweep()
    await shop.advance(minutes=5)
    await shop.sweep()
    assert (await shop.payment(started.payment_id)).state is State.LAPSED
    assert await shop.word(order.id) is Word.EXPIRED
    assert not instant.accept(shop.bank, shop.ask(started.payment_id))


async def test_money_that_the_banks_bring_after_the_hold_finds_its_visit(shop: World) -> None:
    """Agreed to in the last minute, carried out after the session: nobody gave the time away meanwhile."""
    order = await shop.order()
    started = await shop.start(order, way=Way.SBP)
    await shop.advance(minutes=19)
    assert instant.confirm(shop.bank, shop.ask(started.payment_id))
    await shop.advance(minutes=30)
    await shop.sweep()
    assert await shop.word(order.id) is not Word.EXPIRED
    instant.finish(shop.bank, shop.ask(started.payment_id), accepted=True)
    await shop.advance(minutes=6)
    await shop.sweep()
    assert await shop.word(order.id) is Word.PAID
    assert not await shop.broken()


async def test_late_money_by_code_is_late_money(shop: World) -> None:
    """The bank said "not paid", the hold ended, and then the system brought it after all: the free time is taken back."""
    order = await shop.order()
    started = await shop.start(order, way=Way.SBP)
    await shop.advance(minutes=21)
    await shop.sweep()
    await shop.advance(minutes=5)
    await shop.sweep()
    assert await shop.word(order.id) is Word.EXPIRED
    at_bank = shop.bank.find(shop.merchant, number=str(started.payment_id))
    at_bank.way = "SBP_C2B"
    sandbox.paying.authorise(shop.bank, at_bank, 0)
    await settle(shop.service, started.payment_id)
    assert await shop.word(order.id) is Word.PAID
    assert (await shop.payment(started.payment_id)).way is Way.SBP
    assert not await shop.broken()


async def test_a_code_that_the_bank_does_not_give_costs_nothing(shop: World) -> None:
    """The order stands and its page can be paid on; asked again, the code is there."""
    if shop.service.gateway("zdorovie").codes is None:
        return  # it comes with the registration or not at all
    shop.bank.faults.add(Rule(Fault.HTTP_502, method="sbp/c2b/qr/dynamic/get.do", times=1))
    order = await shop.order()
    started = await shop.start(order, way=Way.SBP)
    assert started.open
    assert started.code is None
    again = await shop.start(order, way=Way.SBP)
    assert again.payment_id == started.payment_id
    assert again.code is not None


async def test_what_a_payer_of_a_code_refused_can_be_exchanged(shop: World) -> None:
    """The bank's word on the code is noted beside the payment, and another code is to be had for the same order."""
    if shop.service.gateway("zdorovie").codes is None:
        return  # nothing is said of codes there
    order = await shop.order()
    started = await shop.start(order, way=Way.SBP)
    instant.refuse(shop.bank, shop.ask(started.payment_id))
    await ways.hear(shop.service, await shop.payment(started.payment_id))
    refused = await shop.payment(started.payment_id)
    assert refused.state is State.PENDING
    assert ways.spent(refused)
    await ways.fill(shop.service, refused, back="http://localhost/r/x")
    fresh = await shop.payment(started.payment_id)
    assert fresh.code not in (None, refused.code)
    assert not ways.spent(fresh)


async def test_sberpay_is_paid_in_the_application(shop: World) -> None:
    """The link is there from the start; agreed to, the money is known to have come by SberPay."""
    order = await shop.order()
    started = await shop.start(order, way=Way.SBERPAY)
    found = await shop.payment(started.payment_id)
    assert found.app_link is not None
    assert found.app_link.startswith("sberpay://")
    at_bank = shop.bank.find(shop.merchant, number=str(started.payment_id))
    if shop.service.gateway(order.merchant).sberpay.push is None:  # type: ignore[union-attr]
        with pytest.raises(Invalid, match="method_not_offered"):
            await ways.push(shop.service, found, "+79123456789")
        instant.invoice(shop.bank, at_bank)
    else:
        await ways.push(shop.service, found, "+79123456789")
        assert shop.ask(started.payment_id, AskKind.SBERPAY).phone == "79123456789"
        shop.bank.faults.add(Rule(Fault.HTTP_502, method="paymentSberPay.do"))
        with pytest.raises(Unavailable, match="push_failed"):
            await ways.push(shop.service, found, "+79123456789")
    assert instant.accept(shop.bank, shop.ask(started.payment_id, AskKind.SBERPAY))
    await settle(shop.service, started.payment_id)
    assert (await shop.payment(started.payment_id)).told == "sberpay"


async def test_money_by_code_goes_back_by_a_refund_and_never_by_a_reversal(shop: World) -> None:
    """Cancelled on the day of the payment, the whole sum: the bank sees a refund, on the day that it allows one."""
    order = await shop.order()
    started = await shop.start(order, way=Way.SBP)
    instant.accept(shop.bank, shop.ask(started.payment_id))
    await settle(shop.service, started.payment_id)
    await shop.tx(lambda tx: cancel.cancel(tx, shop.service, order.id, principal="key:site"))
    await shop.tx(lambda tx: cancel.give_back(tx, order.id, principal="key:site"))
    for _ in range(3):
        await shop.sweep()
        await shop.advance(hours=24)
    await shop.sweep()
    assert await shop.word(order.id) is Word.REFUNDED
    kinds = [effect.kind for effect in shop.bank.journal.effects]
    assert Kind.REFUNDED in kinds
    assert Kind.REVERSED not in kinds
    assert not await shop.broken()


async def test_what_a_merchant_does_not_offer_is_refused(world: World) -> None:
    """A way that is not in the merchant's block: no bank order is made."""
    order = await world.order()
    with pytest.raises(Invalid, match="method_not_offered"):
        await world.start(order, way=Way.SBP)
    assert not world.bank.orders


async def test_how_it_was_paid_is_told_everywhere(shop: World, tmp_path: Path) -> None:
    """In the letter, the export (which can be asked for it alone) and the dashboard: SBP beside cards."""
    await shop.paid()
    order = await shop.order()
    started = await shop.start(order, way=Way.SBP)
    instant.accept(shop.bank, shop.ask(started.payment_id))
    await settle(shop.service, started.payment_id)
    letter = next(mail for mail in await shop.letters() if order.code in mail.subject)
    assert "по СБП" in letter.text
    for method, expected in ((None, ["Карта", "СБП"]), ("sbp", ["СБП"]), ("card", ["Карта"])):
        path = tmp_path / "payments.csv"
        await exported(shop, SOURCES["payments"], path, method=method)
        lines = table(path)
        heads = next(line for line in lines if "Способ" in line)
        told = [line[heads.index("Способ")] for line in lines[lines.index(heads) + 1 :]]
        assert [word for word in told if word in ("Карта", "СБП")] == expected
    revenue = (await counted(shop)).current.revenue
    assert {method: sum(each.amount for each in days.values()) for method, days in revenue.items()} == {
        "card": 250_000,
        "sbp": 250_000,
    }


async def test_the_api_answers_with_the_code_once(shop: World) -> None:
    """The method asked for, the code and its picture; the same request again brings the same answer, and no second order."""
    order = await shop.order()
    path, body = f"/v1/orders/{order.id}/payments", {"method": "sbp"}
    status, payment = await shop.api("POST", path, "site", body, key="k1")
    assert (status, payment["method"], payment["deep_link"]) == (201, "sbp", None)
    started = await shop.payment(PaymentId.parse(payment["id"]))
    assert started.code is not None
    assert payment["qr"]["payload"] == started.code.payload
    async with shop.http.get(payment["qr"]["image_url"]) as image:
        assert (image.status, image.content_type) == (200, "image/png")
    assert (await shop.api("POST", path, "site", body, key="k1"))[1] == payment
    status, other = await shop.api("POST", path, "site", {"method": "sberpay"}, key="k2")
    assert (status, other["id"], other["qr"]) == (201, payment["id"], None)
    assert other["deep_link"].startswith("sberpay://")
    assert (await shop.api("POST", path, "site", {"method": "bitcoin"}))[0] == 422
    assert len(shop.bank.orders) == 1


async def test_nobody_turns_the_payment_of_an_order_that_is_not_theirs(shop: World) -> None:
    """Another site's key: no such order, and the code that waits is not touched."""
    order = await shop.order()
    started = await shop.start(order, way=Way.SBP)
    status, _ = await shop.api("POST", f"/v1/orders/{order.id}/payments", "site-2", {"method": "card"})
    assert status == 404
    found = await shop.payment(started.payment_id)
    assert (found.way, found.code) == (Way.SBP, started.code)
    assert shop.ask(started.payment_id).open


async def test_the_api_refuses_a_method_that_is_not_offered(world: World) -> None:
    """With a code of its own, naming the field."""
    order = await world.order()
    status, refusal = await world.api("POST", f"/v1/orders/{order.id}/payments", "site", {"method": "sbp"})
    assert (status, refusal["code"], refusal["errors"][0]["pointer"]) == (422, "method_not_offered", "/method")


async def test_a_fee_of_codes_is_held_against_that_of_codes(shop: World, tmp_path: Path) -> None:
    """A smaller rate for SBP is no question beside the cards'; another rate for SBP is, once."""
    _, card = await shop.paid()
    code = await paid_by_code(shop)
    await brought_in(shop, tmp_path / "a.csv", Said("1", card, fee="52,50"), Said("2", code, fee="17,50"))
    assert await kinds(shop) == []
    dear = await paid_by_code(shop)
    await brought_in(shop, tmp_path / "b.csv", Said("3", dear, fee="52,50"))
    assert (await one(shop, registry.Kind.FEE)).payment == dear
    assert not await shop.broken()
