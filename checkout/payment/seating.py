"""Where a visit can sit: what was asked for as lines of today's catalogue, and free seats for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from checkout.catalogue import free, slots
from checkout.catalogue import store as catalogue
from checkout.catalogue.catalogue import Clinic, Kind, Line, misplaced
from checkout.ground.config import Limits
from checkout.ground.db import Tx
from checkout.ground.errors import Conflict, Invalid
from checkout.ground.ids import OrderId
from checkout.payment import orders


async def lines_of(tx: Tx, clinic: Clinic, wanted: Sequence[tuple[str, int]]) -> tuple[Line, ...]:
    """Slugs and quantities as lines at today's prices. Raises Invalid for what this clinic does not give like this."""
    offered = await catalogue.services_at(tx, clinic.id)
    found = []
    for index, (slug, quantity) in enumerate(wanted):
        if slug not in offered:
            raise Invalid("service_unknown", pointer=f"/lines/{index}/service", clinic=clinic.slug)
        found.append(Line(offered[slug], quantity))
    astray = misplaced(found)
    if astray is not None:
        raise Invalid("option_unfit", pointer=f"/lines/{astray}/service")
    if not any(line.service.kind is Kind.SERVICE for line in found):
        raise Invalid("visit_needed", pointer="/lines")
    return tuple(found)


async def lines_as_ordered(tx: Tx, order_id: OrderId) -> tuple[Line, ...]:
    """An order's own lines, to be seated anew: their minutes as they were frozen, whatever the catalogue says now."""
    kept = await orders.lines(tx, order_id)
    services = await catalogue.services_by_id(tx, [row.service_id for row in kept])
    return tuple(
        Line(replace(services[row.service_id], minutes=row.minutes // row.quantity), row.quantity) for row in kept
    )


async def seats(
    tx: Tx,
    clinic: Clinic,
    lines: Sequence[Line],
    start: datetime,
    *,
    now: datetime,
    limits: Limits,
    wanted: int | None = None,
) -> list[slots.Seat]:
    """Seats for every line, with the specialist `wanted` where they give it.

    Raises Conflict: `clinic_paused`, or `slot_taken` with the nearest free starts.
    """
    if clinic.paused:
        raise Conflict("clinic_paused", pointer="/clinic")
    horizon = now + timedelta(days=limits.booking_horizon_days)
    if now < start <= horizon:
        found = await free.seats(tx, clinic, lines, start, wanted=wanted)
        if found is not None:
            return found
    near = await free.nearest(tx, clinic, lines, start, now=now, horizon=horizon, wanted=wanted)
    raise Conflict("slot_taken", pointer="/starts_at", nearest=near, zone=clinic.zone)
