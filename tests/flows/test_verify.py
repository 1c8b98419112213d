"""`checkout verify` under test: what each rule about visits, money and notices forbids is done by hand, and is found."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from checkout.ground.db import run, sql
from checkout.payment import cancel, visit
from checkout.payment.order import Order, Plan
from checkout.payment.visit import Outcome
from gateways.sandbox import Fault, Rule
from refunds import issue
from tests.flows.test_busy import put
from tests.flows.test_visit import to_the_visit
from tests.world import World, roubles


async def names(world: World) -> list[str]:
    return [violation.invariant for violation in await world.broken()]


async def by_hand(world: World, statement: str, order: Order) -> None:
    """What nobody may do, done to one order."""
    await world.tx(lambda tx: run(tx, sql(statement), id=order.id.uuid))


async def call_off(world: World, order: Order, *, at_once: bool = False) -> None:
    await world.tx(lambda tx: cancel.cancel(tx, world.service, order.id, principal="payer", at_once=at_once))


async def test_more_money_than_the_visit_costs_is_found(world: World) -> None:
    """A surplus that nobody decides about."""
    order, _ = await world.paid()
    assert await names(world) == []
    await by_hand(world, "UPDATE orders SET total = total - 100, deposit = 0 WHERE id = :id", order)
    assert await names(world) == ["I07"]


async def test_money_whose_hour_passed_is_found(world: World) -> None:
    """Called off, a day later, and no worker has done anything about it."""
    world.bank.faults.add(Rule(Fault.DROP, method="callback", times=None))
    order, _ = await world.paid()
    await call_off(world, order)
    assert await names(world) == []
    await world.advance(hours=24, minutes=6)
    assert await names(world) == ["I07"]


async def test_a_promise_that_nobody_watches_is_found(world: World) -> None:
    """All of the money is promised, and the promise may be taken back: then it must be decided again."""
    order, _ = await world.paid()
    ask = issue.Ask(roubles(2500), "a reason")
    await world.tx(lambda tx: issue.request(tx, world.service, order.id, ask, principal="anna"))
    await call_off(world, order)
    assert await names(world) == []
    await by_hand(world, "UPDATE orders SET decide_by = NULL WHERE id = :id", order)
    assert await names(world) == ["I07"]


@pytest.mark.parametrize("due_at", ["NULL", "app_now() - interval '16 minutes'"])
async def test_a_place_that_is_held_for_ever_is_found(world: World, due_at: str) -> None:
    """Nobody will look at the hold, or nobody has for a quarter of an hour."""
    order = await world.order()
    assert await names(world) == []
    await by_hand(world, f"UPDATE orders SET due_at = {due_at} WHERE id = :id", order)  # noqa: S608 - ours
    assert await names(world) == ["I09"]


async def test_a_place_of_a_visit_that_was_called_off_is_found(world: World) -> None:
    """Cancelled, and its time is still nobody else's."""
    order = await world.order(plan=Plan.AT_CLINIC)
    await by_hand(world, "UPDATE orders SET cancelled_at = app_now() WHERE id = :id", order)
    assert await names(world) == ["I26"]


async def test_a_place_over_a_time_that_was_sold_before_is_found(world: World) -> None:
    """A block over a booking is a conflict for people; a booking over a block is a hole."""
    start = (await world.free("ultrasound"))[0]
    order = await world.order(lines=(("ultrasound", 1),), starts_at=start)
    await world.tx(lambda tx: put(tx, start))
    assert await names(world) == []
    earlier = """UPDATE busy SET imported_at = imported_at - interval '1 hour'
                  WHERE resource_id IN (SELECT resource_id FROM booking WHERE order_id = :id)"""
    await by_hand(world, earlier, order)
    assert await names(world) == ["I27"]


async def test_an_event_that_was_never_told_is_found(world: World, owner: AsyncEngine) -> None:
    """Its message is gone, or was never written."""
    await world.paid()
    order, _ = await world.paid()
    assert await names(world) == []
    gone = "DELETE FROM message WHERE order_id = :id AND template = 'paid'"
    async with owner.begin() as tx:
        await tx.execute(text(gone), {"id": order.id.uuid})
    assert await names(world) == ["I28"]


async def test_a_given_visit_without_its_day_is_found(world: World) -> None:
    """The return window would run from the plan, and nothing would stand behind the revenue."""
    order, _ = await world.paid()
    await to_the_visit(world, order)
    await world.tx(lambda tx: visit.mark(tx, order.id, Outcome.GIVEN, principal="olga"))
    assert await names(world) == []
    await by_hand(world, "UPDATE orders SET given_at = NULL WHERE id = :id", order)
    assert await names(world) == ["I29", "I39"]


async def test_a_visit_that_stands_although_its_money_went_back_is_found(world: World) -> None:
    """Called off, given back, and booked again by a way that does not exist."""
    order, _ = await world.paid()
    await call_off(world, order, at_once=True)
    await world.sweep()
    assert await names(world) == []
    await by_hand(world, "UPDATE orders SET cancelled_at = NULL WHERE id = :id", order)
    await by_hand(world, "UPDATE booking SET state = 'confirmed' WHERE order_id = :id", order)
    assert await names(world) == ["I30"]
