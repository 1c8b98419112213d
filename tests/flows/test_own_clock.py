"""A hold that the bank completes by its own clock (`autocompletion_hours`), while nobody of ours was there to say anything."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta

import pytest

from checkout.doctor import examine
from checkout.ground.config import Fiscal
from checkout.ground.ids import PaymentId
from checkout.payment import receipt_store
from checkout.payment.order import Order, Plan, Word
from checkout.payment.payment import State
from checkout.payment.settle import settle
from checkout.postgres import Urls
from gateways import sandbox
from gateways.sandbox import holding as at_the_issuer
from tests.flows.test_two_stage_turns import refused_and_paid_by_others
from tests.world import MOSCOW, World, open_world, roubles

HOURS = 6


@pytest.fixture
async def world(urls: Urls, emptied: None, move: Callable[[timedelta], Awaitable[None]]) -> AsyncIterator[World]:
    """A merchant whose bank charges what it still holds six hours after the payment began."""
    _ = emptied
    contract = {"autocompletion_hours": HOURS}
    async with open_world(urls, move, stages="two", contract=contract) as found:
        found.bank.faults.add(sandbox.Rule(sandbox.Fault.DROP, method="callback", times=None))
        yield found


def at_bank(world: World, payment_id: PaymentId) -> sandbox.Order:
    return world.bank.find(world.merchant, number=str(payment_id))


def deaf(world: World, *methods: str) -> None:
    """The bank breaks down at each of these calls, from now on."""
    for method in methods:
        world.bank.faults.add(sandbox.Rule(sandbox.Fault.HTTP_502, method=method, times=None))


async def test_the_bank_is_told_the_hour_by_its_own_clock(world: World) -> None:
    """So many hours after the session began, in Moscow's time, whatever the clinic's zone; and doctor says who charges then."""
    order = await world.order(clinic="krasny")
    began = await world.now()
    started = await world.start(order)
    asked = at_bank(world, started.payment_id).request.completes_at
    assert asked is not None
    meant = (began + timedelta(hours=HOURS)).astimezone(MOSCOW)
    assert abs(datetime.fromtimestamp(asked, MOSCOW) - meant) <= timedelta(seconds=2)
    (told,) = [one.sentence async for one in examine(world.service) if "its own clock" in one.sentence]
    assert f"charges by its own clock what it still holds {HOURS} h after" in told
    assert "cart" not in told


async def test_what_the_bank_charged_for_a_visit_that_stands_is_captured_like_any_other(world: World) -> None:
    """The worker was dead for longer than the hours: it finds the money, and never asks for the completion."""
    order = await world.order()
    started = await world.start(order)
    await world.pay_at_bank(started.payment_id)
    await world.advance(hours=HOURS, minutes=1)
    assert at_bank(world, started.payment_id).status is sandbox.Status.DEPOSITED
    await world.sweep()
    facts = await world.facts(order.id)
    assert (facts.paid, facts.due, await world.word(order.id)) == (roubles(2500), roubles(0), Word.PAID)
    told = await world.events(order.id)
    assert told.count("payment.bank_completed") == told.count("payment.captured") == 1
    assert "payment.completing" not in told
    assert not await world.broken()


async def test_money_that_the_bank_charged_for_a_lost_visit_goes_back(world: World) -> None:
    """The release never got through, and then the hours were over: late money, to be decided, and back by itself."""
    order = await world.order()
    started = await world.start(order)
    await world.advance(minutes=40)
    await world.sweep()
    for _ in range(2):
        await world.order(starts_at=order.starts_at, plan=Plan.AT_CLINIC)
    at_the_issuer.hold(world.bank, at_bank(world, started.payment_id))
    deaf(world, "reverse.do")
    assert await settle(world.service, started.payment_id) is State.LAPSED
    await world.advance(hours=HOURS)
    await world.sweep()
    assert (await world.payment(started.payment_id)).state is State.CAPTURED
    assert await world.word(order.id) is Word.TO_DECIDE
    assert {"payment.releasing", "payment.bank_completed"} < set(await world.events(order.id))
    world.bank.faults.clear()
    await world.advance(hours=25)
    await world.sweep()
    facts = await world.facts(order.id)
    assert (facts.paid, facts.refunded, await world.word(order.id)) == (roubles(2500), roubles(2500), Word.REFUNDED)
    assert not await world.broken()


async def more_than_is_due(world: World) -> tuple[Order, PaymentId]:
    """Only 1 000 ₽ of a held 1 750 ₽ were due, the bank did not hear that, and charged all of it at its hour."""
    order, first, rest = await refused_and_paid_by_others(world)
    late = at_bank(world, first)
    late.status, late.action_code, late.approved = sandbox.Status.DEPOSITED, 0, late.amount
    late.deposited, late.deposited_at = late.amount, world.bank.clock.now()
    await settle(world.service, first)
    deaf(world, "deposit.do")
    await settle(world.service, rest)
    held = await world.payment(rest)
    assert (held.state, held.hold and held.hold.charge) == (State.AUTHORIZED, roubles(1000))
    await world.advance(hours=HOURS, minutes=1)
    world.bank.faults.clear()
    return order, rest


async def test_a_surplus_that_the_bank_charged_goes_back(world: World) -> None:
    """It is booked as it was taken, and what is too much is returned by its rule."""
    order, rest = await more_than_is_due(world)
    await world.sweep()
    await world.advance(days=1)
    await world.sweep()
    assert (await world.payment(rest)).captured == roubles(1750)
    facts = await world.facts(order.id)
    assert (facts.paid, facts.refunded, facts.due) == (roubles(3250), roubles(750), roubles(0))
    assert "payment.bank_completed" in await world.events(order.id)
    assert not await world.broken()


async def test_the_receipts_are_of_what_was_charged(
    urls: Urls, emptied: None, move: Callable[[timedelta], Awaitable[None]]
) -> None:
    """Where the bank makes them: of the whole, and of the surplus that went back. Doctor says that they may not come."""
    _ = emptied
    fiscal = Fiscal(by="bank", tax_system="osn")
    contract = {"autocompletion_hours": HOURS}
    async with open_world(urls, move, stages="two", fiscal=fiscal, contract=contract) as world:
        order, rest = await more_than_is_due(world)
        await world.sweep()
        await world.advance(days=1)
        await world.sweep()
        made = await world.tx(lambda tx: receipt_store.of_order(tx, order.id))
        (told,) = [one.sentence async for one in examine(world.service) if "its own clock" in one.sentence]
        assert told.endswith(
            "it sends no cart then, so the fiscal receipt may not come and is work for a person (/desk/worklist)"
        )
        assert {(one.payment_id, one.amount) for one in made} >= {(rest, roubles(1750))}
        assert (await world.facts(order.id)).refunded == roubles(750)
        assert not await world.broken()
