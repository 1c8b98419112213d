"""A letter is written when it is sent, not when it happened: what is no longer so is not told, and no sum is wrong."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from checkout.inbox import Mail
from checkout.payment import cancel, move, visit
from checkout.payment.expire import expire_due
from checkout.payment.order import Order, Plan
from checkout.payment.settle import settle
from checkout.payment.visit import Outcome
from gateways import sandbox
from refunds import late, run
from tests.notices.offices import Provider
from tests.notices.telling import plain, states, wait_until
from tests.pages.test_pages_money_back import late_money
from tests.world import World


async def call_off(world: World, order: Order, *, at_once: bool = False) -> None:
    await world.tx(lambda tx: cancel.cancel(tx, world.service, order.id, principal="payer", at_once=at_once))


async def book_again(world: World, order: Order, start: datetime) -> None:
    await world.tx(lambda tx: move.move(tx, world.service, order.id, start, principal="payer"))


async def money_goes_back(world: World) -> None:
    """What the workers do about money whose hour has come; nobody has told anything yet."""
    await late.give_back_due(world.service)
    await run.run_due(world.service)


def called(mails: list[Mail], subject: str) -> list[str]:
    return [plain(mail) for mail in mails if subject in mail.subject]


async def test_money_that_went_back_before_the_letter_is_not_called_untouched(
    texting: World, provider: Provider
) -> None:
    """Cancelled at once, and the bank was quicker than the mail: the letter names what went back."""
    order, _ = await texting.paid()
    await texting.letters()
    await call_off(texting, order, at_once=True)
    await money_goes_back(texting)
    (letter,) = called(await texting.letters(), "отменена")
    assert "Деньги не списаны" not in letter
    assert "Возврат 2 500 ₽ уже сделан" in letter
    (text,) = [one["text"] for one in provider.asked if "отменена" in one["text"]]
    assert "Возврат уже сделан" in text


async def test_what_was_given_back_earlier_is_not_promised_again(world: World) -> None:
    """500 of 2 500 ₽ went back for a delay, then the visit is called off: what is with us goes back, not what was paid."""
    order, _ = await world.paid()
    wish = {"amount": {"amount": 50_000, "currency": "RUB"}, "reason": "the doctor was late"}
    _, asked = await world.api("POST", f"/v1/orders/{order.id}/refunds", "finance", wish)
    await world.api("POST", f"/v1/refunds/{asked['id']}/approve", "finance-2", {})
    await world.sweep()
    await call_off(world, order)
    (letter,) = called(await world.letters(), "отменена")
    assert "Вы оплатили 2 000 ₽" not in letter
    assert "У нас 2 000 ₽" in letter


async def test_a_visit_that_is_booked_again_is_not_called_cancelled(texting: World, provider: Provider) -> None:
    """Called off with the money kept, another time chosen before the mail went out: only the new time is told."""
    order, _ = await texting.paid()
    await texting.letters()
    await call_off(texting, order)
    await book_again(texting, order, (await texting.free())[3])
    letters = await texting.letters()
    assert not called(letters, "отменена")
    assert len(called(letters, "перенесена")) == 1
    assert not [one for one in provider.asked if "отменена" in one["text"]]
    assert [one[1:] for one in await states(texting, order) if one[0] == "cancelled"] == [
        ("skipped", "the visit stands again")
    ] * 2


async def test_a_visit_that_is_called_off_again_is_told_once(world: World) -> None:
    """Called off, booked again, called off: the letter about the first time would only say the same."""
    order, _ = await world.paid()
    await call_off(world, order)
    await book_again(world, order, (await world.free())[3])
    await call_off(world, order)
    assert len(called(await world.letters(), "отменена")) == 1


async def test_money_that_was_asked_back_offers_no_other_time(world: World) -> None:
    """Late money, and its payer pressed "return" before the letter went out: there is nothing to decide any more."""
    order, _ = await late_money(world)
    await world.tx(lambda tx: cancel.give_back(tx, order.id, principal="payer"))
    assert not called(await world.letters(), "нужно ваше решение")
    assert ("late", "skipped", "decided by now") in await states(world, order)


async def test_each_rule_gives_its_own_reason(world: World) -> None:
    """A visit that was called off was called off; money that came too late came too late, whoever pressed "return"."""
    off, _ = await world.paid()
    await call_off(world, off, at_once=True)
    lost, _ = await late_money(world)
    await world.tx(lambda tx: cancel.give_back(tx, lost.id, principal="payer"))
    await money_goes_back(world)
    reasons = {
        off.code: "Причина: запись отменена.",
        lost.code: "Причина: деньги пришли, когда времени визита уже не было.",
    }
    letters = await world.letters()
    for code, reason in reasons.items():
        (letter,) = called(letters, f"{code}: банк принял возврат")
        assert [line for line in letter.splitlines() if line.startswith("Причина")] == [reason]


async def test_money_for_a_missed_visit_is_told_and_confirms_nothing(texting: World, provider: Provider) -> None:
    """Paid at the bank, marked as missed before we knew: the payer learns that the money came, and of no visit."""
    order = await texting.order(plan=Plan.AT_CLINIC)
    await wait_until(texting, order.starts_at - timedelta(minutes=5))
    await texting.letters()
    started = await texting.start(order)
    await texting.pay_at_bank(started.payment_id)
    await texting.advance(minutes=6)
    await texting.tx(lambda tx: visit.mark(tx, order.id, Outcome.NO_SHOW, principal="olga"))
    await settle(texting.service, started.payment_id)
    texts = len(provider.asked)
    (letter,) = called(await texting.letters(), "оплата получена")
    assert "Оплата получена: 2 500 ₽ картой." in letter
    assert "Ждём вас" not in letter
    assert len(provider.asked) == texts


@pytest.mark.parametrize(
    ("since", "why"),
    [
        ("paid", "paid after all"),
        ("cancelled", "cancelled since"),
        ("in doubt", "a payment is being looked into"),
    ],
)
async def test_a_time_that_ran_out_is_not_told_once_more_is_known(world: World, since: str, why: str) -> None:
    """Money came, the order was called off, or the bank contradicts itself: "no money was taken" is not said."""
    order = await world.order(starts_at=(await world.free())[-1])
    started = await world.start(order)
    await world.advance(minutes=40)
    await settle(world.service, started.payment_id)
    await expire_due(world.service)
    if since == "cancelled":
        await call_off(world, order)
    else:
        found = world.bank.find(world.merchant, number=str(started.payment_id))
        found.status, found.action_code = sandbox.Status.DEPOSITED, 0
        found.approved = found.deposited = found.amount if since == "paid" else found.amount + 100
        await settle(world.service, started.payment_id)
    assert not called(await world.letters(), "время на оплату вышло")
    assert ("hold_ran_out", "skipped", why) in await states(world, order)


async def test_a_refund_that_is_taken_back_is_told_to_whoever_heard_of_it(world: World) -> None:
    """What was announced is taken back in words: the sum, that it was not sent, and whom to ask."""
    order, refund = await asked_back(world)
    assert called(await world.letters(), "возврат на согласовании")
    await world.api("POST", f"/v1/refunds/{refund}/cancel", "finance", {})
    (letter,) = called(await world.letters(), f"{order.code}: возврат отменён")
    assert "Возврат 500 ₽, о котором мы писали, клиника отменила. Деньги по нему не отправлены" in letter
    assert "+7 495 000-00-03" in letter


async def test_a_refund_that_nobody_heard_of_is_taken_back_in_silence(world: World) -> None:
    """Asked for by mistake and taken back before the mail went out: the payer hears of neither."""
    order, refund = await asked_back(world)
    await world.api("POST", f"/v1/refunds/{refund}/cancel", "finance", {})
    assert not called(await world.letters(), "возврат")
    assert ("refund_withdrawn", "skipped", "the payer was never told of this refund") in await states(world, order)


async def asked_back(world: World) -> tuple[Order, str]:
    """Five hundred roubles of a paid visit, asked for and not decided yet; nobody was told."""
    order, _ = await world.paid()
    wish = {"amount": {"amount": 50_000, "currency": "RUB"}, "reason": "the doctor was late"}
    status, asked = await world.api("POST", f"/v1/orders/{order.id}/refunds", "finance", wish)
    assert status == 201
    return order, asked["id"]
