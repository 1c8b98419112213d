"""A hold whose visit turns: cancelled, paid elsewhere, due for less; and a bank that charges or drops it by itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import TextClause

from checkout.ground.config import Fiscal
from checkout.ground.db import IntegrityError, run, sql
from checkout.ground.errors import Conflict
from checkout.ground.ids import PaymentId
from checkout.payment import cancel, pay, receipt_store
from checkout.payment.order import Order, Plan, Word
from checkout.payment.payment import State
from checkout.payment.settle import First, settle
from checkout.postgres import Urls
from gateways import sandbox
from tests.flows.holds import at_bank, held, holds_after_all, is_held, moved
from tests.world import World, open_world, roubles


@pytest.fixture
def world(holding: World) -> World:
    """A merchant whose contract has two stages, in either dialect."""
    return holding


def pays_after_all(world: World, payment_id: PaymentId) -> None:
    holds_after_all(world, payment_id)
    found = at_bank(world, payment_id)
    found.status, found.deposited, found.deposited_at = sandbox.Status.DEPOSITED, found.amount, world.bank.clock.now()


async def test_whoever_cancels_is_not_charged(world: World) -> None:
    """The hold that stands in the way of cancelling is let go, and then the order is cancelled."""
    order, payment_id = await held(world)

    async def attempt() -> None:
        await world.tx(lambda tx: cancel.cancel(tx, world.service, order.id, principal="payer"))

    await pay.letting_go(world.service, order.id, attempt, given_up=True)
    assert await world.word(order.id) is Word.CANCELLED
    assert (await world.payment(payment_id)).state is State.VOIDED
    assert moved(world) == [("held", 250_000), ("released", 250_000)]
    assert not await world.broken()


async def test_cancelling_by_the_api_lets_the_hold_go(world: World) -> None:
    """As every road to a cancelled visit does."""
    order, payment_id = await held(world)
    status, _ = await world.api("POST", f"/v1/orders/{order.id}/cancel", "admin", {})
    assert status == 200
    assert at_bank(world, payment_id).status is sandbox.Status.REVERSED


async def test_a_release_once_meant_is_never_taken_back(world: World) -> None:
    """Whoever gave up and got no answer from the bank is not charged later, though the visit stands as yet."""
    order, payment_id = await held(world)
    world.bank.faults.add(sandbox.Rule(sandbox.Fault.HTTP_502, method="reverse.do"))
    with pytest.raises(Conflict, match="bank_session_open"):
        await pay.abandon(world.service, order.id, given_up=True)
    await world.advance(seconds=31)
    await world.sweep()
    assert (await world.payment(payment_id)).state is State.VOIDED
    assert moved(world) == [("held", 250_000), ("released", 250_000)]


async def test_what_cannot_be_cancelled_lets_no_hold_go(world: World) -> None:
    """A refusal comes before the bank is asked for anything."""
    order, payment_id = await held(world, plan=Plan.DEPOSIT)
    await settle(world.service, payment_id)
    rest = await world.start(order)
    await world.pay_at_bank(rest.payment_id)
    await world.advance(hours=30)
    status, _ = await world.api("POST", f"/v1/orders/{order.id}/visit", "admin", {"outcome": "given"})
    assert status == 200
    status, answer = await world.api("POST", f"/v1/orders/{order.id}/cancel", "admin", {})
    assert (status, answer["code"]) == (409, "order_closed")
    assert at_bank(world, rest.payment_id).status is sandbox.Status.APPROVED


async def test_money_at_the_desk_meets_the_hold_and_is_not_taken_twice(world: World) -> None:
    """Whoever has paid by card need not pay in cash: the hold is charged for the visit, and nothing is due."""
    order, payment_id = await held(world)
    await world.open_till()
    body = {"amount": {"amount": 250_000}}
    status, answer = await world.api("POST", f"/v1/orders/{order.id}/cash-payments", "admin", body)
    assert status == 409, answer
    assert (await world.payment(payment_id)).state is State.CAPTURED
    assert (await world.facts(order.id)).paid == roubles(2500)


async def test_a_visit_paid_meanwhile_lets_the_whole_hold_go(world: World) -> None:
    """An old attempt was paid after all: nothing is due, so nothing more is charged; never is nothing asked for."""
    order = await world.order()
    first = await world.start(order)
    await world.refuse(first.payment_id)
    second = await world.start(order)
    await world.pay_at_bank(second.payment_id)
    pays_after_all(world, first.payment_id)
    await settle(world.service, first.payment_id)
    assert await settle(world.service, second.payment_id) is State.VOIDED
    facts = await world.facts(order.id)
    assert (facts.paid, facts.refunded, facts.reserved) == (roubles(2500), roubles(0), roubles(0))
    assert ("released", 250_000) in moved(world)
    assert not await world.broken()


async def test_less_is_charged_when_less_is_due(world: World) -> None:
    """A deposit given up for lost is paid after all while the rest is held: only what is due then is charged."""
    order, rest = await charged_in_part(world)
    paid, facts = await world.payment(rest), await world.facts(order.id)
    assert (paid.belief.amount, paid.captured) == (roubles(1750), roubles(1000))
    assert (facts.paid, facts.due) == (roubles(2500), roubles(0))
    assert at_bank(world, rest).deposited == 100_000
    assert await world.word(order.id) is Word.PAID
    assert not await world.broken()


async def test_a_part_that_was_charged_goes_back_as_a_whole(world: World) -> None:
    """A refund of a completed part is held against what was charged, not against what was held."""
    order, _ = await charged_in_part(world)
    await world.tx(lambda tx: cancel.cancel(tx, world.service, order.id, principal="payer", at_once=True))
    await world.advance(days=1)
    await world.sweep()
    facts = await world.facts(order.id)
    assert (facts.paid, facts.refunded) == (roubles(2500), roubles(2500))
    assert await world.word(order.id) is Word.REFUNDED
    assert not await world.broken()


async def refused_and_paid_by_others(world: World) -> tuple[Order, PaymentId, PaymentId]:
    """The first payment was refused, a second one paid the deposit, and another holds the rest; with the first and the last."""
    order = await world.order(plan=Plan.DEPOSIT)
    first = await world.start(order)
    await world.refuse(first.payment_id)
    second = await world.start(order)
    await world.pay_at_bank(second.payment_id)
    await settle(world.service, second.payment_id)
    rest = await world.start(order)
    await world.pay_at_bank(rest.payment_id)
    return order, first.payment_id, rest.payment_id


async def charged_in_part(world: World) -> tuple[Order, PaymentId]:
    """An order of whose last payment, for the rest of 1 750 ₽, only 1 000 ₽ were due by the time it was charged."""
    order, first, rest = await refused_and_paid_by_others(world)
    pays_after_all(world, first)
    await settle(world.service, first)
    assert await settle(world.service, rest) is State.CAPTURED
    return order, rest


@pytest.mark.parametrize("kind", ["sberbank-legacy", "sberbank"])
async def test_a_part_is_charged_with_the_rows_of_its_cart(
    urls: Urls, emptied: None, move: Callable[[timedelta], Awaitable[None]], kind: str
) -> None:
    """The bank wants them where it makes the receipts; the receipt is then of what was charged."""
    _ = emptied
    fiscal = Fiscal(by="bank", tax_system="osn")
    async with open_world(urls, move, kind=kind, stages="two", fiscal=fiscal) as world:
        order, rest = await charged_in_part(world)
        assert at_bank(world, rest).deposited == 100_000
        await world.sweep()
        expected = await world.tx(lambda tx: receipt_store.of_order(tx, order.id))
        assert {(one.payment_id, one.amount) for one in expected} >= {(rest, roubles(1000))}
        assert not await world.broken()


async def test_a_hold_that_died_at_the_bank_is_recognised(world: World) -> None:
    """It could not be charged for a week: the bank let it go, we say so, and nothing was ever taken."""
    order, payment_id = await held(world)
    world.bank.faults.add(sandbox.Rule(sandbox.Fault.HTTP_502, method="deposit.do", times=None))
    assert await settle(world.service, payment_id) is State.AUTHORIZED
    await world.advance(days=3)
    await world.sweep()
    assert "booking.expired" not in await world.events(order.id)
    await world.advance(days=5)
    await world.sweep()
    assert (await world.payment(payment_id)).state is State.VOIDED
    assert "payment.hold_lost" in await world.events(order.id)
    assert (await world.facts(order.id)).paid == roubles(0)
    assert not await is_held(world, payment_id)


async def test_money_that_is_ours_is_not_let_go_because_the_bank_calls_it_held(world: World) -> None:
    """A contradiction, which calls a person; nothing is sent."""
    order, payment_id = await world.paid()
    at_bank(world, payment_id).status = sandbox.Status.APPROVED
    before = len(world.bank.journal.effects)
    assert await settle(world.service, payment_id) is State.CAPTURED
    assert at_bank(world, payment_id).status is sandbox.Status.APPROVED
    assert len(world.bank.journal.effects) == before
    assert "payment.contradiction" in await world.events(order.id)


async def test_our_own_release_is_no_loss(world: World) -> None:
    """Only what the bank did without us is news."""
    order, _ = await held(world)
    await pay.abandon(world.service, order.id, given_up=True)
    assert "payment.hold_lost" not in await world.events(order.id)


async def test_a_hold_is_not_paid_over(world: World) -> None:
    """While the bank holds the sum nobody is sent to pay again: the second start charges the hold."""
    order, payment_id = await held(world)
    world.bank.faults.add(sandbox.Rule(sandbox.Fault.HTTP_502, method="deposit.do"))
    assert await settle(world.service, payment_id) is State.AUTHORIZED
    with pytest.raises(Conflict, match="nothing_due"):
        await world.start(order)
    assert (await world.payment(payment_id)).state is State.CAPTURED


async def test_a_hold_charged_in_the_banks_own_cabinet_is_money_all_the_same(world: World) -> None:
    """Somebody pressed the button there: the look believes the bank, and nothing is sent."""
    order, payment_id = await held(world)
    sandbox.complete(world.bank, at_bank(world, payment_id), 0)
    assert await settle(world.service, payment_id) is State.CAPTURED
    assert await world.word(order.id) is Word.PAID
    assert not await world.broken()


async def test_a_hold_charged_there_for_another_sum_asks_a_person(world: World) -> None:
    """What was not meant is not booked."""
    order, payment_id = await held(world)
    sandbox.complete(world.bank, at_bank(world, payment_id), 100_000)
    assert await settle(world.service, payment_id, First.NOTHING) is State.REVIEW
    assert (await world.facts(order.id)).paid == roubles(0)


UNTRUE = (
    sql("UPDATE payment SET hold_act = 'complete', hold_sum = amount + 1 WHERE id = :id"),
    sql("UPDATE payment SET hold_act = 'complete', hold_sum = NULL WHERE id = :id"),
    sql("UPDATE payment SET hold_sum = 0 WHERE id = :id"),
)
_LESS = sql("UPDATE payment SET hold_sum = hold_sum - 1 WHERE id = :id")


@pytest.mark.parametrize("wrong", UNTRUE, ids=("more than held", "no sum", "nothing"))
async def test_the_database_wants_a_completion_to_be_part_of_its_hold(world: World, wrong: TextClause) -> None:
    """More than is held, or nothing, is never meant to be charged."""
    _, payment_id = await held(world)
    with pytest.raises(IntegrityError):
        await world.tx(lambda tx: run(tx, wrong, id=payment_id.uuid))


async def test_the_database_books_what_was_meant_to_be_charged_alone(world: World) -> None:
    """Once it is captured, nobody can say that another sum was meant."""
    _, payment_id = await held(world)
    await settle(world.service, payment_id)
    with pytest.raises(IntegrityError):
        await world.tx(lambda tx: run(tx, _LESS, id=payment_id.uuid))


async def test_one_stage_is_not_held(urls: Urls, emptied: None, move: Callable[[timedelta], Awaitable[None]]) -> None:
    """Without the key in the configuration everything is as it was."""
    _ = emptied
    async with open_world(urls, move) as world:
        _, payment_id = await world.paid()
        assert moved(world) == [("deposited", 250_000)]
        assert not (await world.payment(payment_id)).two_stage
