"""Payment in two stages: what the payer paid is held, and charged only for a visit that stands."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import TextClause

from checkout.ground.config import Fiscal
from checkout.ground.db import IntegrityError, one, run, sql
from checkout.ground.errors import Conflict
from checkout.ground.ids import PaymentId
from checkout.payment import cancel, lease_store, pay, receipt_store
from checkout.payment.hold import Act
from checkout.payment.order import Order, Plan, Word
from checkout.payment.payment import State
from checkout.payment.settle import First, look, settle, settle_claimed
from checkout.postgres import Urls
from gateways import sandbox
from gateways.gateway import BankStatus
from tests.world import World, open_world, roubles

_HELD_AT = sql("SELECT held_at FROM payment WHERE id = :id")


@pytest.fixture(params=["sberbank-legacy", "sberbank"])
async def world(
    request: pytest.FixtureRequest, urls: Urls, emptied: None, move: Callable[[timedelta], Awaitable[None]]
) -> AsyncIterator[World]:
    """A merchant whose contract has two stages, in either dialect."""
    _ = emptied
    async with open_world(urls, move, kind=request.param, stages="two") as found:
        yield found


async def held(world: World, **wish: object) -> tuple[Order, PaymentId]:
    """An order whose payer has paid; the bank holds the sum, and we have not heard of it."""
    world.bank.faults.add(sandbox.Rule(sandbox.Fault.DROP, method="callback", times=None))
    order = await world.order(**wish)  # type: ignore[arg-type]
    started = await world.start(order)
    await world.pay_at_bank(started.payment_id)
    assert at_bank(world, started.payment_id).status is sandbox.Status.APPROVED
    return order, started.payment_id


def at_bank(world: World, payment_id: PaymentId) -> sandbox.Order:
    return world.bank.find(world.merchant, number=str(payment_id))


def moved(world: World) -> list[tuple[str, int]]:
    """What really happened to money and holds at the bank, in order."""
    kinds = (
        sandbox.Kind.HELD,
        sandbox.Kind.RELEASED,
        sandbox.Kind.DEPOSITED,
        sandbox.Kind.REFUNDED,
        sandbox.Kind.REVERSED,
    )
    return [(str(effect.kind), effect.amount) for effect in world.bank.journal.effects if effect.kind in kinds]


async def is_held(world: World, payment_id: PaymentId) -> bool:
    """Whether we believe that the bank holds it."""
    row = await world.tx(lambda tx: one(tx, _HELD_AT, id=payment_id.uuid))
    return row is not None and row.held_at is not None


async def test_a_hold_is_completed_for_a_visit_that_stands(world: World) -> None:
    """One look of ours: held, charged, posted once, the place confirmed; and nobody is left waiting."""
    order, payment_id = await held(world)
    assert await settle(world.service, payment_id) is State.CAPTURED
    facts = await world.facts(order.id)
    assert (facts.paid, facts.due) == (roubles(2500), roubles(0))
    assert await world.word(order.id) is Word.PAID
    assert moved(world) == [("held", 250_000), ("deposited", 250_000)]
    told = await world.events(order.id)
    assert [one for one in told if one.startswith("payment.")] == [
        "payment.intended",
        "payment.pending",
        "payment.authorized",
        "payment.completing",
        "payment.captured",
    ]
    assert not await is_held(world, payment_id)
    assert not await world.broken()


async def test_the_worker_alone_completes_it(world: World) -> None:
    """Neither a callback nor a payer who came back: the sweep finds the hold within thirty seconds."""
    order, _ = await held(world)
    await world.advance(seconds=25)
    await world.sweep()
    assert await world.word(order.id) is Word.PAID


@pytest.mark.parametrize("world", ["sberbank-legacy"], indirect=True)  # the other has no address of an order's own
async def test_a_callback_of_the_bank_wakes_it(world: World) -> None:
    """`approved` is a doorbell as any other."""
    order = await world.order()
    started = await world.start(order)
    await world.pay_at_bank(started.payment_id)
    await world.sweep()
    assert await world.word(order.id) is Word.PAID
    assert not await world.broken()


async def test_a_crash_between_intent_and_completion_charges_once(world: World) -> None:
    """The process dies with its intent written: the next worker looks first, and then asks the bank once."""
    order, payment_id = await held(world)
    await cut_down_before_the_act(world, payment_id)
    payment = await world.payment(payment_id)
    assert (payment.state, payment.hold and payment.hold.act) == (State.AUTHORIZED, Act.COMPLETE)
    assert await world.word(order.id) is Word.CHECKING
    assert moved(world) == [("held", 250_000)]
    await world.advance(seconds=31)
    await world.sweep()
    assert await world.word(order.id) is Word.PAID
    assert moved(world) == [("held", 250_000), ("deposited", 250_000)]
    assert (await world.events(order.id)).count("payment.completing") == 1
    assert not await world.broken()


async def cut_down_before_the_act(world: World, payment_id: PaymentId) -> None:
    """The intent is committed, the bank never hears of it, and the process is gone with its lease."""
    world.bank.faults.add(sandbox.Rule(sandbox.Fault.TIMEOUT_BEFORE, method="deposit.do"))
    settling = asyncio.create_task(settle(world.service, payment_id))
    async with asyncio.timeout(15):
        while not world.bank.faults.fired[sandbox.Fault.TIMEOUT_BEFORE, "deposit.do"]:  # noqa: ASYNC110 - the bank is another process by its nature
            await asyncio.sleep(0.002)
    settling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await settling


@pytest.mark.parametrize("fault", ["cut_after", "html", "http_502"])
async def test_a_lost_answer_to_the_completion_is_looked_at_and_charged_once(world: World, fault: str) -> None:
    """Whatever was said, the look tells whether it was done; if it was not, it is done at the next try."""
    order, payment_id = await held(world)
    world.bank.faults.add(sandbox.Rule(sandbox.Fault(fault), method="deposit.do"))
    state = await settle(world.service, payment_id)
    assert state is (State.AUTHORIZED if fault == "http_502" else State.CAPTURED)
    await world.advance(seconds=31)
    await world.sweep()
    assert await world.word(order.id) is Word.PAID
    assert moved(world) == [("held", 250_000), ("deposited", 250_000)]
    assert not await world.broken()


async def test_answer_and_look_lost_is_looked_at_before_a_second_try(world: World) -> None:
    """The completion was done, its answer and the look after it were lost: the next look finds the money, nothing is sent."""
    order, payment_id = await held(world)
    world.bank.faults.add(sandbox.Rule(sandbox.Fault.CUT_AFTER, method="deposit.do"))
    claimed = await world.tx(lambda tx: lease_store.claim(tx, payment_id))
    assert claimed is not None
    seen = await look(world.service, claimed)
    assert seen.fact is not None
    assert seen.fact.status is BankStatus.HELD
    world.bank.faults.add(sandbox.Rule(sandbox.Fault.HTTP_502, method="getOrderStatusExtended.do", times=None))
    # The first look of `settle_claimed` meets the fault as well, so the hold is not even seen: nothing is done.
    assert await settle_claimed(world.service, claimed) is State.PENDING
    assert moved(world) == [("held", 250_000)]
    world.bank.faults.clear()
    world.bank.faults.add(sandbox.Rule(sandbox.Fault.CUT_AFTER, method="deposit.do"))
    await world.advance(seconds=31)
    await world.sweep()
    assert await world.word(order.id) is Word.PAID
    assert moved(world) == [("held", 250_000), ("deposited", 250_000)]


async def test_many_who_look_at_once_charge_once(world: World) -> None:
    """One of them has the lease; one completion, one posting."""
    order, payment_id = await held(world)
    await asyncio.gather(*(settle(world.service, payment_id) for _ in range(8)))
    assert (await world.facts(order.id)).paid == roubles(2500)
    assert moved(world) == [("held", 250_000), ("deposited", 250_000)]
    assert (await world.events(order.id)).count("payment.captured") == 1


async def test_a_lost_time_is_never_charged(world: World) -> None:
    """The bank called it expired, the place went to others, and then it holds the sum after all: it is let go."""
    order, payment_id = await lapsed(world)
    for _ in range(2):
        await world.order(starts_at=order.starts_at, plan=Plan.AT_CLINIC)
    holds_after_all(world, payment_id)
    assert await settle(world.service, payment_id) is State.LAPSED
    assert at_bank(world, payment_id).status is sandbox.Status.REVERSED
    assert await world.word(order.id) is Word.EXPIRED
    assert (await world.facts(order.id)).paid == roubles(0)
    assert [kind for kind, _ in moved(world)] == ["released"]
    assert "payment.releasing" in await world.events(order.id)
    assert not await world.broken()


async def test_a_release_that_the_bank_does_not_hear_is_tried_until_it_does(world: World) -> None:
    """A hold without a visit stays on our list whatever became of its payment."""
    order, payment_id = await lapsed(world)
    holds_after_all(world, payment_id)
    world.bank.faults.add(sandbox.Rule(sandbox.Fault.HTTP_502, method="reverse.do", times=3))
    await settle(world.service, payment_id)
    assert await is_held(world, payment_id)
    assert not await world.broken()
    for _ in range(4):
        await world.advance(minutes=3)
        await world.sweep()
    assert at_bank(world, payment_id).status is sandbox.Status.REVERSED
    assert not await is_held(world, payment_id)
    assert await world.word(order.id) is Word.EXPIRED


async def lapsed(world: World) -> tuple[Order, PaymentId]:
    order = await world.order()
    started = await world.start(order)
    await world.advance(minutes=40)
    await world.sweep()
    assert await world.word(order.id) is Word.EXPIRED
    return order, started.payment_id


def holds_after_all(world: World, payment_id: PaymentId) -> None:
    """What no bank should do: an order that it called expired turns out to be held."""
    found = at_bank(world, payment_id)
    found.status, found.action_code, found.approved = sandbox.Status.APPROVED, 0, found.amount


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


async def charged_in_part(world: World) -> tuple[Order, PaymentId]:
    """An order of whose last payment, for the rest of 1 750 ₽, only 1 000 ₽ were due by the time it was charged."""
    order = await world.order(plan=Plan.DEPOSIT)
    first = await world.start(order)
    await world.refuse(first.payment_id)
    second = await world.start(order)
    await world.pay_at_bank(second.payment_id)
    await settle(world.service, second.payment_id)
    rest = await world.start(order)
    await world.pay_at_bank(rest.payment_id)
    pays_after_all(world, first.payment_id)
    await settle(world.service, first.payment_id)
    assert await settle(world.service, rest.payment_id) is State.CAPTURED
    return order, rest.payment_id


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
