"""Payment in two stages: a hold is charged once for a visit that stands, and let go for one that is lost, heard or not."""

from __future__ import annotations

import asyncio

import pytest

from checkout.ground.ids import PaymentId
from checkout.payment import lease_store
from checkout.payment.hold import Act
from checkout.payment.order import Plan, Word
from checkout.payment.payment import State
from checkout.payment.settle import look, settle, settle_claimed
from gateways import sandbox
from gateways.gateway import BankStatus
from tests.flows.holds import at_bank, held, holds_after_all, is_held, moved
from tests.world import World, roubles


@pytest.fixture
def world(holding: World) -> World:
    """A merchant whose contract has two stages, in either dialect."""
    return holding


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


@pytest.mark.parametrize("holding", ["sberbank-legacy"], indirect=True)  # the other has no address of an order's own
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
    order, payment_id = await world.lapsed()
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
    order, payment_id = await world.lapsed()
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
