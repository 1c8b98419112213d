"""Chargebacks: recognised once, posted, and held against what may go back."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from checkout.ground.errors import Conflict
from checkout.payment.settle import settle
from gateways.sandbox import chargebacks as at_the_bank
from refunds import approve
from refunds import store as refunds
from refunds.chargebacks import recognise
from refunds.chargebacks.chargeback import Source, State
from refunds.refund import State as Refund
from refunds.run import run_due
from tests.flows.registry import Said, brought_in
from tests.refunds.disputes import asked, balances, charged_back, only, open_breaks, said, sound
from tests.world import World, roubles


async def test_a_flag_is_one_chargeback_however_often_it_is_seen(world: World) -> None:
    """All that was left is gone by the books, once; its day to answer is ten days from now; the order's numbers add up."""
    order, payment = await world.paid()
    await charged_back(world, payment)
    await settle(world.service, payment)
    await asyncio.gather(*(recognise.recognise_due(world.service) for _ in range(4)))
    seen = await only(world, order)
    assert (seen.state, seen.source, seen.amount, seen.supposed) == (State.OPEN, Source.FLAG, roubles(2500), True)
    assert seen.answer_by == (await world.now()).astimezone().date() + timedelta(days=10)
    facts = await world.facts(order.id)
    assert (facts.paid, facts.refunded, facts.due) == (roubles(2500), roubles(2500), roubles(0))
    assert await balances(world) == {}
    assert (await world.events(order.id)).count("chargeback.recognised") == 1
    assert await sound(world)


async def test_the_flag_after_the_line_says_nothing_new(world: World, tmp_path: Path) -> None:
    """The registry was first: one chargeback, of its sum; the line is settled, and so nothing is left to decide."""
    order, payment = await world.paid()
    lines = (Said("1", payment), Said("2", payment, "chargeback", amount="1000,00", fee="0,00"))
    await brought_in(world, tmp_path / "a.csv", *lines)
    await recognise.recognise_due(world.service)
    await charged_back(world, payment, 1000)
    seen = await only(world, order)
    assert (seen.source, seen.amount, seen.reference, seen.supposed) == (Source.REGISTRY, roubles(1000), "2", False)
    assert await open_breaks(world) == []
    assert await balances(world) == {"bank_account": 145_000, "bank_fee": 5_000, "customer": -150_000}
    assert await sound(world)


async def test_the_line_names_the_sum_of_what_the_flag_told_of(world: World, tmp_path: Path) -> None:
    """Supposed whole, it was a part: what is over is the customer's again, and may go back."""
    order, payment = await world.paid()
    await charged_back(world, payment, 1000)
    assert (await only(world, order)).amount == roubles(2500)
    lines = (Said("1", payment), Said("2", payment, "chargeback", amount="1000,00", fee="0,00"))
    await brought_in(world, tmp_path / "a.csv", *lines)
    await recognise.recognise_due(world.service)
    seen = await only(world, order)
    assert (seen.amount, seen.reference, seen.supposed, seen.state) == (roubles(1000), "2", False, State.OPEN)
    assert (await world.facts(order.id)).refunded == roubles(1000)
    assert await open_breaks(world) == []
    assert (await asked(world, order.id, 1500)).amount == roubles(1500)
    assert await sound(world)


async def test_the_same_sum_in_the_line_settles_it(world: World, tmp_path: Path) -> None:
    """Nothing is booked anew: the line and the flag mean one thing."""
    order, payment = await world.paid()
    await charged_back(world, payment)
    before = (await only(world, order)).refund_id
    await brought_in(world, tmp_path / "a.csv", Said("1", payment), Said("2", payment, "chargeback", fee="0,00"))
    await recognise.recognise_due(world.service)
    seen = await only(world, order)
    assert (seen.refund_id, seen.supposed) == (before, False)
    assert await open_breaks(world) == []
    assert await sound(world)


async def test_charged_back_money_is_not_given_back_again(world: World) -> None:
    """Asked for while the flag alone is known, and once it is booked: refused with the reason, and nothing is promised."""
    order, payment = await world.paid()
    at_the_bank.charge_back(world.bank, world.bank.find(world.merchant, number=str(payment)))
    await settle(world.service, payment)
    with pytest.raises(Conflict) as early:
        await asked(world, order.id, 100)
    assert early.value.code == "charged_back_unbooked"
    await recognise.recognise_due(world.service)
    for command in ("dispute", "lose"):
        with pytest.raises(Conflict) as refused:
            await asked(world, order.id, 100)
        assert refused.value.code == "charged_back"
        await said(world, await only(world, order), command)
    with pytest.raises(Conflict):
        await asked(world, order.id, 100)
    assert await sound(world)


async def test_the_rest_of_a_payment_goes_back_as_any_money_does(world: World, tmp_path: Path) -> None:
    """A part was charged back; the rest is refunded at the bank, whose status knows nothing of the part."""
    order, payment = await world.paid()
    lines = (Said("1", payment), Said("2", payment, "chargeback", amount="1000,00", fee="0,00"))
    await brought_in(world, tmp_path / "a.csv", *lines)
    await recognise.recognise_due(world.service)
    with pytest.raises(Conflict) as refused:
        await asked(world, order.id, 1501)
    assert refused.value.code == "charged_back_leaves"
    await charged_back(world, payment, 1000)
    refund = await asked(world, order.id, 1500)
    await world.tx(lambda tx: approve.decide(tx, refund.id, "approve", principal="boris"))
    await world.advance(days=1)
    await world.sweep()
    assert (await world.tx(lambda tx: refunds.read(tx, refund.id))).state is Refund.DONE
    assert (await world.facts(order.id)).refunded == roubles(2500)
    assert await sound(world)


async def test_a_promised_refund_is_withdrawn(world: World) -> None:
    """Its payer has the money already: the promise is taken back before it is kept, and the whole is charged back."""
    order, payment = await world.paid()
    refund = await asked(world, order.id, 1000)
    await world.tx(lambda tx: approve.decide(tx, refund.id, "approve", principal="boris"))
    await charged_back(world, payment)
    assert (await world.tx(lambda tx: refunds.read(tx, refund.id))).state is Refund.CANCELLED
    assert (await only(world, order)).amount == roubles(2500)
    await world.sweep()
    assert world.bank.journal.totals()[world.bank.find(world.merchant, number=str(payment)).id].refunded == 0
    assert await sound(world)


async def test_the_look_of_a_refund_that_sees_the_flag_sends_nothing(world: World) -> None:
    """Nobody had looked since: the refund asks the bank first, hears of the chargeback, and is not sent."""
    order, payment = await world.paid()
    refund = await asked(world, order.id, 1000)
    await world.tx(lambda tx: approve.decide(tx, refund.id, "approve", principal="boris"))
    await world.heard()
    await settle(world.service, payment)
    await charged_back(world, payment, looked=False)
    await run_due(world.service)
    assert (await world.tx(lambda tx: refunds.read(tx, refund.id))).state is Refund.SCHEDULED
    await world.sweep()
    assert (await world.tx(lambda tx: refunds.read(tx, refund.id))).state is Refund.CANCELLED
    assert (await only(world, order)).amount == roubles(2500)
    assert await sound(world)
