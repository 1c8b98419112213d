"""Refunds: asked, approved by another, run once, whatever the bank does."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from checkout.ground.db import run as execute
from checkout.ground.db import sql
from checkout.ground.errors import Conflict, Forbidden, Invalid
from checkout.ground.ids import OrderId, RefundId
from checkout.payment.order import Word
from gateways import sandbox
from gateways.money import Money
from refunds import approve, issue, store
from refunds.refund import State
from tests.world import World, roubles


async def asked(world: World, order_id: OrderId, amount: Money, *, days: int = 0) -> store.Refund:
    """A refund that Anna asked for and Boris approved."""
    when = await world.now() + timedelta(days=days, seconds=1) if days else None
    ask = issue.Ask(amount, "the doctor was ill", scheduled_for=when)
    refund = await world.tx(lambda tx: issue.request(tx, world.service, order_id, ask, principal="anna"))
    return await world.tx(lambda tx: approve.decide(tx, refund.id, "approve", principal="boris"))


async def state(world: World, refund_id: RefundId) -> State:
    return (await world.tx(lambda tx: store.read(tx, refund_id))).state


def returned(world: World) -> list[tuple[str, int]]:
    """What really left the bank's account."""
    kinds = (sandbox.Kind.REFUNDED, sandbox.Kind.REVERSED)
    return [(effect.kind.name, effect.amount) for effect in world.bank.journal.effects if effect.kind in kinds]


async def test_a_scheduled_refund_runs_on_its_day_and_not_before(world: World) -> None:
    """Approved today for next week: nothing today, done next week, sums right on both sides."""
    order, payment_id = await world.paid()
    refund = await asked(world, order.id, roubles(1000), days=7)
    await world.sweep()
    assert (await state(world, refund.id), returned(world)) == (State.SCHEDULED, [])
    await world.advance(days=7, minutes=1)
    await world.sweep()
    assert (await state(world, refund.id), returned(world)) == (State.DONE, [("REFUNDED", 100_000)])
    belief = (await world.payment(payment_id)).belief
    assert (belief.refunded, belief.reserved) == (roubles(1000), roubles(0))
    assert await world.word(order.id) is Word.PART_REFUNDED
    assert not await world.broken()


async def test_the_whole_sum_on_the_same_banking_day_is_reversed(world: World) -> None:
    """Nothing appears on the payer's statement: the bank cancels the payment."""
    order, _ = await world.paid()
    refund = await asked(world, order.id, roubles(2500))
    await world.sweep()
    assert (await state(world, refund.id), returned(world)) == (State.DONE, [("REVERSED", 250_000)])
    assert await world.word(order.id) is Word.REFUNDED
    assert not await world.broken()


async def test_a_reversal_that_comes_too_late_becomes_a_refund(world: World) -> None:
    """The bank refuses the reversal in this state; the status is read and an ordinary refund is sent."""
    order, _ = await world.paid()
    world.bank.advance(timedelta(days=1).total_seconds())  # the bank has begun its next day, we have not
    refund = await asked(world, order.id, roubles(2500))
    await world.sweep()
    assert (await state(world, refund.id), returned(world)) == (State.DONE, [("REFUNDED", 250_000)])
    assert not await world.broken()


@pytest.mark.parametrize("fault", ["cut_after", "html", "truncated", "empty"])
async def test_a_lost_answer_is_never_sent_twice(world: World, fault: str) -> None:
    """The bank returned the money and its answer got lost: unknown, then found by its key."""
    order, _ = await world.paid()
    world.bank.faults.add(sandbox.Rule(sandbox.Fault(fault), method="refund.do"))
    refund = await asked(world, order.id, roubles(1000))
    await world.sweep()
    assert await state(world, refund.id) is State.UNKNOWN
    await world.advance(minutes=1)
    await world.sweep()
    assert (await state(world, refund.id), returned(world)) == (State.DONE, [("REFUNDED", 100_000)])
    assert not await world.broken()


async def test_a_bank_that_is_away_is_asked_on_a_ladder(world: World) -> None:
    """Hours of silence leave the refund unknown, never failed; the first clear word ends it."""
    order, _ = await world.paid()
    world.bank.faults.add(sandbox.Rule(sandbox.Fault.HTTP_502, times=None))
    refund = await asked(world, order.id, roubles(1000))
    for step in (1, 3, 11, 61):
        await world.sweep()
        assert await state(world, refund.id) is State.UNKNOWN
        await world.advance(minutes=step)
    world.bank.faults.clear()
    await world.advance(hours=7)
    await world.sweep()
    assert (await state(world, refund.id), returned(world)) == (State.DONE, [("REFUNDED", 100_000)])


async def test_repeated_partial_refunds_never_exceed_the_payment(world: World) -> None:
    """What is promised counts as gone."""
    order, payment_id = await world.paid()
    await asked(world, order.id, roubles(1500))
    await asked(world, order.id, roubles(900))
    with pytest.raises(Conflict, match="more_than_left") as refusal:
        await asked(world, order.id, roubles(101))
    assert refusal.value.facts["left"] == roubles(100)
    await world.sweep()
    assert sorted(returned(world)) == [("REFUNDED", 90_000), ("REFUNDED", 150_000)]
    assert (await world.payment(payment_id)).belief.refunded == roubles(2400)
    assert not await world.broken()


async def test_nobody_approves_his_own_refund_not_even_in_sql(world: World) -> None:
    """Code refuses it, and so does the database."""
    order, _ = await world.paid()
    ask = issue.Ask(roubles(100), "a reason")
    refund = await world.tx(lambda tx: issue.request(tx, world.service, order.id, ask, principal="anna"))
    with pytest.raises(Forbidden, match="own_refund"):
        await world.tx(lambda tx: approve.decide(tx, refund.id, "approve", principal="anna"))
    forge = sql("UPDATE refund SET state = 'scheduled', decided_by = 'anna', decided_at = now() WHERE id = :id")
    with pytest.raises(IntegrityError, match="refund_four_eyes"):
        await world.tx(lambda tx: execute(tx, forge, id=refund.id.uuid))


async def test_a_rejected_or_cancelled_refund_frees_its_money(world: World) -> None:
    """What is not going back can be asked for again."""
    order, _ = await world.paid()
    for command, who in (("reject", "boris"), ("cancel", "anna")):
        ask = issue.Ask(roubles(2500), "a reason")
        refund = await world.tx(lambda tx, ask=ask: issue.request(tx, world.service, order.id, ask, principal="anna"))  # type: ignore[misc]
        await world.tx(lambda tx, r=refund, c=command, w=who: approve.decide(tx, r.id, c, principal=w))  # type: ignore[misc]
    await world.sweep()
    assert returned(world) == []
    assert (await world.facts(order.id)).reserved == roubles(0)
    assert not await world.broken()


async def test_the_window_is_judged_when_the_refund_is_asked(world: World) -> None:
    """On the 30th day it may be asked, on the 31st it may not; running later is fine."""
    order, _ = await world.paid()
    await world.advance(days=30)
    refund = await asked(world, order.id, roubles(100), days=10)
    await world.advance(days=2)
    with pytest.raises(Conflict, match="window_closed"):
        await asked(world, order.id, roubles(100))
    await world.advance(days=9)
    await world.sweep()
    assert await state(world, refund.id) is State.DONE
    assert not await world.broken()


async def test_a_refund_made_at_the_bank_by_somebody_else_is_contested(world: World) -> None:
    """The bank's sums are not ours: nothing is sent, a person is called."""
    order, payment_id = await world.paid()
    found = world.bank.find(world.merchant, number=str(payment_id))
    found.status = sandbox.Status.REFUNDED
    found.refunded, found.deposited = 50_000, 200_000
    refund = await asked(world, order.id, roubles(1000))
    await world.sweep()
    assert (await state(world, refund.id), returned(world)) == (State.REVIEW, [])


async def test_lines_of_a_refund_must_add_up(world: World) -> None:
    """Kopecks are spread by the caller or pro rata, never lost."""
    order, _ = await world.paid(lines=(("consultation", 1), ("follow-up", 1)))
    bad = issue.Ask(roubles(1000), "a reason", lines={1: 50_000, 2: 40_000})
    with pytest.raises(Invalid, match="lines_do_not_add_up"):
        await world.tx(lambda tx: issue.request(tx, world.service, order.id, bad, principal="anna"))
    good = issue.Ask(roubles(1000), "a reason")
    refund = await world.tx(lambda tx: issue.request(tx, world.service, order.id, good, principal="anna"))
    assert refund.allocation == {"1": 58_139, "2": 41_861}


async def test_cash_goes_back_as_cash_from_the_drawer_that_pays(world: World) -> None:
    """An approved cash refund waits for the desk, and leaves through its shift."""
    order = await world.order()
    await world.open_till()
    await world.api("POST", f"/v1/orders/{order.id}/cash-payments", "office", {"amount": {"amount": 250_000}})
    refund = await asked(world, order.id, roubles(2500))
    await world.sweep()
    assert await state(world, refund.id) is State.SCHEDULED
    paid_out = await world.tx(lambda tx: approve.pay_out(tx, refund.id, principal="olga"))
    assert paid_out.state is State.DONE
    assert await world.word(order.id) is Word.REFUNDED
    assert not await world.broken()
