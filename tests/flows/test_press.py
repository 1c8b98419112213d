"""A saved card charged by a press: once, whatever happens in between; and the truth is what a look finds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
from sqlalchemy.exc import IntegrityError

from checkout import postgres
from checkout.ground.db import rows, run, sql
from checkout.ground.errors import Conflict
from checkout.ground.ids import PaymentId
from checkout.payment import card_store, press
from checkout.payment.card import CONSENT, PRESS_CONSENT, Asked, Card
from checkout.payment.order import Order, Word
from checkout.payment.payment import State
from checkout.payment.press import Onward
from checkout.payment.settle import settle
from gateways import sandbox
from gateways.gateway import Request, Response
from gateways.http import AiohttpTransport
from gateways.money import Money
from gateways.one_press import Confirm
from gateways.sandbox import Fault, Kind, Rule
from tests.flows.test_saved_cards import pay_by_card, removed
from tests.gateways.test_sberbank_press import FIRST
from tests.world import GOOD, World, open_world

BANKS: Final = ("sberbank-legacy", "sberbank")
ASKED: Final = sandbox.CardEntry("5555555555555599", "203412", "123", "MARIA PETROVA")
REFUSED: Final = "4276990011343663"
PAY: Final = "paymentorderbinding.do"
LOOK: Final = "getorderstatusextended.do"
HERE: Final = "203.0.113.7"
WHOLE: Final = Money(250_000)
_UNPRESS: Final = sql("UPDATE payment_card SET pressed_at = NULL WHERE payment_id = :id")
_PRESS: Final = sql("UPDATE payment_card SET pressed_at = app_now() WHERE payment_id = :id")
_ANYWHERE: Final = sql("""
SELECT count(*) AS found FROM event WHERE strpos(CAST(data AS text), :address) > 0""")


@pytest.fixture(params=BANKS)
async def shop(
    request: pytest.FixtureRequest,
    urls: postgres.Urls,
    emptied: None,
    move: Callable[[timedelta], Awaitable[None]],
) -> AsyncIterator[World]:
    """A contract that lets a press pay, at a bank of either dialect. No callback helps."""
    _ = emptied
    async with open_world(urls, move, kind=request.param, saved_cards=True, one_press=True) as found:
        found.bank.faults.add(Rule(Fault.DROP, method="callback", times=None))
        yield found


one_bank = pytest.mark.parametrize("shop", BANKS[:1], indirect=True)


class Shy:
    """A network whose bank wants to see the payer's browser before it charges anything."""

    def __init__(self) -> None:
        self._line = AiohttpTransport()

    async def __call__(self, request: Request) -> Response:
        if request.url.lower().endswith(PAY):
            return Response(200, "application/json", json.dumps(FIRST).encode())
        return await self._line(request)

    async def close(self) -> None:
        await self._line.close()


async def saved(shop: World, entry: sandbox.CardEntry = GOOD, *, read: str = PRESS_CONSENT) -> Card:
    order = await shop.order()
    started = await shop.start(order, card=Asked(save=True, read=read))
    await shop.pay_at_bank(started.payment_id, entry)
    await settle(shop.service, started.payment_id)
    (card,) = await shop.tx(lambda tx: card_store.usable(tx, order.id, order.merchant))
    return card


async def opened(shop: World, card: Card) -> tuple[Order, PaymentId]:
    """Another order of the same contact, its payment registered for the card."""
    order = await shop.order()
    await shop.tx(lambda tx: card_store.prove(tx, order.id, "email"))
    return order, (await shop.start(order, card=Asked(card=card.id))).payment_id


async def pressed(shop: World, payment: PaymentId, total: Money = WHOLE) -> Confirm | Onward:
    return await press.press(shop.service, payment, total=total, address=HERE, principal="payer")


def charged(shop: World, payment: PaymentId) -> list[int]:
    """What came to the bank for it, movement by movement."""
    effects = [one for one in shop.bank.journal.effects if one.number == str(payment)]
    return [one.amount for one in effects if one.kind is Kind.DEPOSITED]


def tries(shop: World, payment: PaymentId) -> int:
    return shop.bank.find(shop.merchant, number=str(payment)).attempts


async def test_a_press_pays(shop: World) -> None:
    """Nothing is typed; the books follow the look, and the story tells of the press."""
    card = await saved(shop)
    order, payment = await opened(shop, card)
    assert await pressed(shop, payment) is Onward.RESULT
    assert (await shop.payment(payment)).state is State.PENDING
    await shop.sweep()
    assert await shop.word(order.id) is Word.PAID
    story = await shop.events(order.id)
    assert story.index("payment.pressed") < story.index("payment.captured")
    assert "card.used" in story
    assert charged(shop, payment) == [WHOLE.amount]
    assert (await shop.tx(lambda tx: rows(tx, _ANYWHERE, address=HERE)))[0].found == 0
    assert not await shop.broken()


@one_bank
async def test_a_declined_card_leaves_the_visit_and_the_banks_page(shop: World) -> None:
    """Why is known; the same bank order may still be paid on its page; and the press is not for a second time."""
    card = await saved(shop)
    order, payment = await opened(shop, card)
    shop.bank.bindings.by_id[card.binding].pan = REFUSED
    assert await pressed(shop, payment) is Onward.RESULT
    await settle(shop.service, payment)
    found = await shop.payment(payment)
    assert (found.state, found.action_code, found.form_url is not None) == (State.PENDING, -2011, True)
    assert await pressed(shop, payment) is Onward.RESULT
    assert tries(shop, payment) == 1
    shop.bank.bindings.by_id[card.binding].pan = GOOD.pan
    await pay_by_card(shop, payment)
    await settle(shop.service, payment)
    assert await shop.word(order.id) is Word.PAID
    assert not await shop.broken()


@one_bank
@pytest.mark.parametrize("right", [True, False])
async def test_the_issuers_question_decides(shop: World, right: bool) -> None:
    """Confirmed, it is paid; refused, nothing moved and the visit is still to be paid for."""
    card = await saved(shop, ASKED)
    order, payment = await opened(shop, card)
    asks = await pressed(shop, payment)
    assert isinstance(asks, Confirm)
    assert asks.origin == shop.bank.base_url
    await settle(shop.service, payment)
    assert (await shop.payment(payment)).state is State.PENDING
    challenge = shop.bank.find(shop.merchant, number=str(payment)).challenge
    assert challenge is not None
    sandbox.confirm(shop.bank, challenge, sandbox.ACS_CODES[0] if right else "000000")
    await settle(shop.service, payment)
    assert await shop.word(order.id) is (Word.PAID if right else Word.AWAITING_PAYMENT)
    assert charged(shop, payment) == ([WHOLE.amount] if right else [])
    assert not await shop.broken()


@one_bank
@pytest.mark.parametrize("fault", [Fault.CUT_AFTER, Fault.HTML, Fault.CUT_BEFORE])
async def test_a_lost_answer_is_looked_for_and_never_asked_for_again(shop: World, fault: Fault) -> None:
    """Whether the bank took the money, the poll finds out; where it did not, its page is the way on."""
    card = await saved(shop)
    order, payment = await opened(shop, card)
    shop.bank.faults.add(Rule(fault, PAY))
    assert await pressed(shop, payment) is Onward.RESULT
    assert await pressed(shop, payment) is Onward.RESULT
    await shop.sweep()
    took = fault in (Fault.CUT_AFTER, Fault.HTML)
    assert charged(shop, payment) == ([WHOLE.amount] if took else [])
    assert await shop.word(order.id) is (Word.PAID if took else Word.AWAITING_PAYMENT)
    if not took:
        await pay_by_card(shop, payment)
        await settle(shop.service, payment)
    assert await shop.word(order.id) is Word.PAID
    assert not await shop.broken()


@pytest.mark.parametrize("fault", [Fault.WRONG_AMOUNT, Fault.OTHER_ORDER, Fault.HTTP_500])
async def test_an_order_that_the_bank_does_not_name_as_ours_is_not_charged(shop: World, fault: Fault) -> None:
    """Of another sum, another's, or of nobody knows what: its page is the way, and the press is still to come."""
    card = await saved(shop)
    _, payment = await opened(shop, card)
    rule = shop.bank.faults.add(Rule(fault, LOOK, times=None))
    assert await pressed(shop, payment) is Onward.PAGE
    assert (tries(shop, payment), (await shop.payment(payment)).pressed) == (0, False)
    shop.bank.faults.remove(rule.key)
    assert await pressed(shop, payment) is Onward.RESULT
    assert tries(shop, payment) == 1


@one_bank
async def test_what_was_paid_on_the_banks_page_meanwhile_is_not_pressed(shop: World) -> None:
    """The other tab was quicker: the press leads to the result, and that is asked for at once."""
    order, payment = await opened(shop, await saved(shop))
    await pay_by_card(shop, payment)
    assert await pressed(shop, payment) is Onward.RESULT
    await shop.sweep()
    assert await shop.word(order.id) is Word.PAID
    assert (charged(shop, payment), (await shop.payment(payment)).pressed) == ([WHOLE.amount], False)


@one_bank
async def test_two_presses_at_once_charge_once(shop: World) -> None:
    """Of any number of tabs one reaches the bank; the others are led to its result."""
    card = await saved(shop)
    order, payment = await opened(shop, card)
    assert {*await asyncio.gather(*(pressed(shop, payment) for _ in range(5)))} == {Onward.RESULT}
    assert tries(shop, payment) == 1
    await shop.sweep()
    assert (await shop.events(order.id)).count("payment.pressed") == 1
    assert await pressed(shop, payment) is Onward.RESULT
    with pytest.raises(Conflict, match="nothing_due"):
        await shop.start(order, card=Asked(card=card.id))
    assert charged(shop, payment) == [WHOLE.amount]


@one_bank
async def test_what_was_not_agreed_to_goes_to_the_banks_page(shop: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A card whose holder was told that the bank would ask for its code; and another sum than the one on the button."""
    with monkeypatch.context() as before:
        before.setattr(shop.service.gateway("zdorovie"), "one_press", None)
        card = await saved(shop)
    assert (card.consent, press.allowed(shop.service, card)) == (CONSENT, False)
    order, payment = await opened(shop, card)
    assert await pressed(shop, payment) is Onward.PAGE
    await pay_by_card(shop, payment)
    await settle(shop.service, payment)
    assert await shop.word(order.id) is Word.PAID
    _, payment = await opened(shop, await saved(shop))
    assert await pressed(shop, payment, Money(100)) is Onward.PAGE
    assert (tries(shop, payment), (await shop.payment(payment)).pressed) == (0, False)


@one_bank
async def test_a_bank_that_wants_the_code_after_all_has_its_page(shop: World) -> None:
    """The permission is not there: nothing was charged, and nothing is lost."""
    card = await saved(shop)
    order, payment = await opened(shop, card)
    shop.bank.merchants[shop.merchant.login] = replace(shop.merchant, pays_without_cvc=False)
    assert await pressed(shop, payment) is Onward.PAGE
    await pay_by_card(shop, payment)
    await settle(shop.service, payment)
    assert await shop.word(order.id) is Word.PAID
    assert charged(shop, payment) == [WHOLE.amount]


async def test_a_bank_that_wants_to_see_the_browser_has_its_page(
    urls: postgres.Urls, emptied: None, move: Callable[[timedelta], Awaitable[None]]
) -> None:
    """The first leg of 3-D Secure 2 has tried nothing: its page goes on with it."""
    _ = emptied
    async with open_world(urls, move, saved_cards=True, one_press=True, transport=Shy()) as shop:
        order, payment = await opened(shop, await saved(shop))
        assert await pressed(shop, payment) is Onward.PAGE
        await pay_by_card(shop, payment)
        await settle(shop.service, payment)
        assert await shop.word(order.id) is Word.PAID


@one_bank
async def test_a_card_that_was_removed_in_between_is_not_pressed(shop: World) -> None:
    """Neither by the flow nor by whoever writes past it; and what was pressed stays pressed."""
    card = await saved(shop)
    order, payment = await opened(shop, card)
    await removed(shop, order, card)
    assert await pressed(shop, payment) is Onward.PAGE
    assert tries(shop, payment) == 0
    with pytest.raises(IntegrityError, match="removed pays nothing"):
        await shop.tx(lambda tx: run(tx, _PRESS, id=payment.uuid))
    _, second = await opened(shop, await saved(shop))
    await pressed(shop, second)
    for again in (_PRESS, _UNPRESS):
        with pytest.raises(IntegrityError, match="pressed once"):
            await shop.tx(lambda tx, again=again: run(tx, again, id=second.uuid))  # type: ignore[misc]  # at once


@one_bank
async def test_a_press_and_a_removal_at_once_are_in_some_order(shop: World) -> None:
    """Either the card was charged while it stood, or it was not charged."""
    for _ in range(4):
        card = await saved(shop)
        order, payment = await opened(shop, card)
        went, _ = await asyncio.gather(pressed(shop, payment), removed(shop, order, card))
        assert went in (Onward.RESULT, Onward.PAGE)
        assert tries(shop, payment) == (went is Onward.RESULT)
        await shop.sweep()
    assert not await shop.broken()


@one_bank
async def test_a_press_that_never_reached_the_bank_ends_with_its_session(shop: World) -> None:
    """The process died between the intent and the call: the payment lapses like any that nobody paid."""
    card = await saved(shop)
    order, payment = await opened(shop, card)
    await shop.tx(lambda tx: run(tx, _PRESS, id=payment.uuid))
    assert await pressed(shop, payment) is Onward.RESULT
    assert tries(shop, payment) == 0
    await shop.advance(minutes=30)
    await shop.sweep()
    assert (await shop.payment(payment)).state in (State.DECLINED, State.LAPSED)
    assert await shop.word(order.id) is Word.EXPIRED
    assert not await shop.broken()


@one_bank
async def test_a_plain_issuer_is_for_rehearsals_alone(shop: World) -> None:
    """In production nobody is sent to an address without https, whatever machine it is on."""
    card = await saved(shop, ASKED)
    _, payment = await opened(shop, card)
    live = replace(shop.service, config=shop.config.model_copy(update={"mode": "production"}))
    assert await press.press(live, payment, total=WHOLE, address=HERE, principal="payer") is Onward.PAGE
