"""The dashboard's figures: what happened today and in thirty days, counted from the books."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from checkout.books import figures_store
from checkout.books.figures import Dashboard, change, percentile
from checkout.ground.dates import local
from checkout.ground.db import rows, sql
from checkout.payment.order import Plan
from checkout.payment.settle import settle
from checkout.till.take import take
from gateways.sberbank.action_codes import DeclineReason
from tests.flows.test_registry import refunded
from tests.world import POOR, World, roubles

MOSCOW = "Europe/Moscow"
_ROWS = sql("SELECT day, clinic_id, kind, key, number, amount FROM figure_day ORDER BY 1, 2, 3, 4")


async def counted(world: World, *, clinics: list[int] | None = None) -> Dashboard:
    """The dashboard, once the chore has gone round."""
    await figures_store.count(world.service)
    return await world.tx(lambda tx: figures_store.dashboard(tx, clinics=clinics, zone=MOSCOW))


async def test_thirty_days_in_figures(world: World) -> None:
    """Paid by card and in cash, refunded, refused for want of money, and not even tried."""
    await world.paid()
    await refunded(world)
    cash = await world.order(plan=Plan.AT_CLINIC)
    await world.open_till()
    await world.tx(lambda tx: take(tx, world.service, cash.id, roubles(2500), principal="olga"))
    poor = await world.start(await world.order())
    await world.pay_at_bank(poor.payment_id, POOR)
    await settle(world.service, poor.payment_id)
    await world.order()
    current = (await counted(world)).current
    day = local(await world.now(), MOSCOW)
    assert current.revenue == {"card": {day: roubles(5000)}, "cash": {day: roubles(2500)}}
    assert (current.received, current.returned, current.refunds) == (roubles(7500), roubles(1000), 1)
    assert current.returned_percent == Decimal("13.3")
    assert (current.placed, current.to_bank, current.paid) == (4, 3, 2)
    assert (current.to_bank_percent, current.paid_percent) == (Decimal("75.0"), Decimal("50.0"))
    assert current.declines == ((DeclineReason.INSUFFICIENT_FUNDS, 1),)
    assert (current.median_hours, current.p90_hours) == (0, 0)
    assert len(current.days) == 30


async def test_the_days_before_are_the_previous_period(world: World) -> None:
    """After thirty days what was this period is the one before; after sixty it is gone."""
    await world.paid()
    await counted(world)
    await world.advance(days=30)
    later = await counted(world)
    assert (later.current.received, later.previous.received) == (roubles(0), roubles(2500))
    assert later.previous.until + timedelta(days=1) == later.current.since
    await world.advance(days=30)
    assert (await counted(world)).previous.received == roubles(0)


async def test_a_day_is_counted_again_while_it_runs(world: World) -> None:
    """A minute later the figures are new; a day that is long over is counted no more, and comes to the same."""
    await world.paid()
    await counted(world)
    await world.paid()
    assert (await counted(world)).current.received == roubles(2500)
    await world.advance(minutes=1)
    assert (await counted(world)).current.received == roubles(5000)
    await world.advance(days=5)
    await counted(world)
    before = await world.tx(lambda tx: rows(tx, _ROWS))
    for day in {row.day for row in before}:
        await world.tx(lambda tx, d=day: figures_store.count_day(tx, d))  # type: ignore[misc]
    assert await world.tx(lambda tx: rows(tx, _ROWS)) == before


async def test_only_ones_own_clinics(world: World) -> None:
    """Whoever sees no clinic sees no sum."""
    await world.paid()
    found = await counted(world, clinics=[])
    assert (found.current.received, found.today) == (roubles(0), ())


async def test_today_at_the_clinics(world: World) -> None:
    """Visits of the day by what was paid for them, the drawer, and refunds that wait for a person."""
    clinic = "tverskaya"
    starts = await world.free(clinic=clinic)
    whole, _ = await world.paid(starts_at=starts[0])
    part, _ = await world.paid(starts_at=starts[1], plan=Plan.DEPOSIT)
    desk = await world.order(starts_at=starts[2], plan=Plan.AT_CLINIC)
    walkin = await world.order(starts_at=starts[3], plan=Plan.AT_CLINIC)
    await world.order(starts_at=starts[4])
    await world.open_till(clinic=clinic)
    await world.tx(lambda tx: take(tx, world.service, walkin.id, roubles(2500), principal="olga"))
    day = local(whole.starts_at, whole.zone)
    await world.advance(seconds=(whole.starts_at - await world.now()).total_seconds() - 600)
    assert local(await world.now(), whole.zone) == day
    await world.sweep()
    (here,) = [one for one in (await counted(world)).today if one.clinic == clinic]
    assert (here.visits, here.paid, here.owing, here.unpaid) == (4, 2, 1, 1)
    owed = await world.facts(part.id)
    assert here.due == owed.total - owed.paid + desk.total
    assert (here.drawer, here.waiting) == (roubles(2500), 0)


def test_percentiles_and_changes() -> None:
    """From whole hours; nothing of nothing."""
    assert percentile({}, 50) is None
    assert percentile({1: 9, 50: 1}, 90) == 1
    assert percentile({1: 8, 50: 2}, 90) == 50
    assert percentile({3: 1}, 50) == 3
    assert change(3, 2) == Decimal("50.0")
    assert change(1, 2) == Decimal("-50.0")
    assert change(1, 0) is None
