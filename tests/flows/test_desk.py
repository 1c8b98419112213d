"""The desk: cash, deposits, cancelling."""

import asyncio

import pytest

from checkout.ground.errors import Conflict, Invalid
from checkout.payment import cancel, pay
from checkout.payment.order import Plan, Word
from checkout.payment.settle import settle
from checkout.till.take import take
from gateways import sandbox
from gateways.money import Money
from tests.world import World, roubles


async def test_a_deposit_by_card_and_the_rest_in_cash_is_one_order(world: World) -> None:
    """750 ₽ online, 1 750 ₽ at the desk: paid exactly."""
    order, _ = await world.paid(plan=Plan.DEPOSIT)
    facts = await world.facts(order.id)
    assert (await world.word(order.id), facts.due) == (Word.DEPOSIT_PAID, roubles(1750))
    await world.open_till()
    await world.tx(lambda tx: take(tx, world.service, order.id, facts.due, principal="olga"))
    assert await world.word(order.id) is Word.PAID
    assert not await world.broken()


async def test_the_rest_of_a_deposit_can_be_paid_by_card(world: World) -> None:
    """A second card payment takes what is left."""
    order, _ = await world.paid(plan=Plan.DEPOSIT)
    second = await world.start(order)
    assert (await world.payment(second.payment_id)).belief.amount == roubles(1750)
    await world.pay_at_bank(second.payment_id)
    await settle(world.service, second.payment_id)
    assert await world.word(order.id) is Word.PAID
    assert not await world.broken()


@pytest.mark.parametrize(("amount", "refusal"), [(0, Invalid), (-1, Invalid), (250_001, Conflict)])
async def test_the_drawer_takes_no_more_than_is_due(world: World, amount: int, refusal: type[Exception]) -> None:
    """Too much, nothing and less than nothing are refused."""
    order = await world.order()
    await world.open_till()
    with pytest.raises(refusal):
        await world.tx(lambda tx: take(tx, world.service, order.id, Money(amount), principal="olga"))
    assert (await world.facts(order.id)).paid == roubles(0)


async def test_cash_while_the_bank_page_is_open_closes_it_first(world: World) -> None:
    """The API declines the bank order, then takes the cash; the payer can no longer pay twice."""
    order = await world.order()
    await world.open_till()
    started = await world.start(order)
    status, _ = await world.api(
        "POST", f"/v1/orders/{order.id}/cash-payments", "office", {"amount": {"amount": 250_000}}
    )
    assert status == 201
    assert world.bank.find(world.merchant, number=str(started.payment_id)).status is sandbox.Status.DECLINED
    assert await world.word(order.id) is Word.PAID
    assert not await world.broken()


async def test_cash_waits_while_the_payer_types_his_code(world: World) -> None:
    """The bank does not let go of an order at the issuer's page: 409, and until when to wait."""
    order = await world.order()
    started = await world.start(order)
    challenge = sandbox.CardEntry("5555555555555599", "203412", "123", "M")
    sandbox.pay(world.bank, world.bank.find(world.merchant, number=str(started.payment_id)), challenge)
    status, body = await world.api(
        "POST", f"/v1/orders/{order.id}/cash-payments", "office", {"amount": {"amount": 250_000}}
    )
    assert (status, body["code"]) == (409, "bank_session_open")
    assert "until" in body


async def test_two_cashiers_at_once_take_it_once(world: World) -> None:
    """One wins; the other is told that nothing is due."""
    order = await world.order()
    await world.open_till()
    results = await asyncio.gather(
        *(world.tx(lambda tx: take(tx, world.service, order.id, roubles(2500), principal="olga")) for _ in range(6)),
        return_exceptions=True,
    )
    assert sum(not isinstance(one, BaseException) for one in results) == 1
    assert (await world.facts(order.id)).paid == roubles(2500)
    assert not await world.broken()


async def test_cancelling_a_paid_order_frees_the_time_and_keeps_the_money_for_a_decision(world: World) -> None:
    """Nothing is refunded blindly; undecided money goes back by itself after a day."""
    order, _ = await world.paid()
    await world.tx(lambda tx: cancel.cancel(tx, world.service, order.id, principal="olga"))
    assert await world.word(order.id) is Word.TO_DECIDE
    assert order.starts_at in await world.free()
    assert not await world.broken()
    await world.advance(hours=25)
    await world.sweep()
    assert await world.word(order.id) is Word.REFUNDED
    assert not await world.broken()


async def test_cancelling_closes_an_open_bank_page(world: World) -> None:
    """A cancelled order cannot be paid any more."""
    order = await world.order()
    started = await world.start(order)
    status, body = await world.api("POST", f"/v1/orders/{order.id}/cancel", "office", {})
    assert (status, body["status"]) == (200, "cancelled")
    assert world.bank.find(world.merchant, number=str(started.payment_id)).status is sandbox.Status.DECLINED
    with pytest.raises(Conflict, match="order_closed"):
        await pay.start(world.service, order.id, principal="key:site")


async def test_paying_at_the_clinic_books_at_once(world: World) -> None:
    """The time is confirmed, the sum is due."""
    order = await world.order(plan=Plan.AT_CLINIC)
    assert await world.word(order.id) is Word.AWAITING_PAYMENT
    assert (await world.facts(order.id)).due == roubles(2500)
    await world.advance(hours=1)
    await world.sweep()
    assert "booking.expired" not in await world.events(order.id)


async def test_the_last_place_goes_to_one_of_many(world: World) -> None:
    """Twenty payers want the last seat of a time: one has it, nineteen are told what is free."""
    start = (await world.free("ultrasound"))[0]
    wishes = (world.order(lines=(("ultrasound", 1),), starts_at=start) for _ in range(20))
    results = await asyncio.gather(*wishes, return_exceptions=True)
    losers = [one for one in results if isinstance(one, Conflict)]
    assert len(losers) == 19
    assert all(one.code == "slot_taken" and one.facts.get("nearest") for one in losers)
    assert not await world.broken()


async def test_a_visit_that_stands_can_be_paid_by_card_at_any_hour(world: World) -> None:
    """Booked to pay at the clinic, paid online three hours later: there is no hold to run out."""
    order = await world.order(plan=Plan.AT_CLINIC)
    await world.advance(hours=3)
    started = await world.start(order)
    await world.pay_at_bank(started.payment_id)
    await settle(world.service, started.payment_id)
    assert await world.word(order.id) is Word.PAID
    assert not await world.broken()
