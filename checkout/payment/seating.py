"""Where a visit can sit: what was asked for as lines of today's catalogue, and a free seat for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from checkout.catalogue import slots
from checkout.catalogue import store as catalogue
from checkout.catalogue.catalogue import Clinic, Line
from checkout.ground.config import Limits
from checkout.ground.db import Tx
from checkout.ground.errors import Conflict, Invalid


async def lines_of(tx: Tx, clinic: Clinic, wanted: Sequence[tuple[str, int]]) -> tuple[Line, ...]:
    """Slugs and quantities as lines at today's prices. Raises Invalid for what this clinic does not give."""
    offered = await catalogue.services_at(tx, clinic.id)
    found = []
    for index, (slug, quantity) in enumerate(wanted):
        if slug not in offered:
            raise Invalid("service_unknown", pointer=f"/lines/{index}/service", clinic=clinic.slug)
        found.append(Line(offered[slug], quantity))
    if not slots.visit_minutes(found):
        raise Invalid("visit_needed", pointer="/lines")
    return tuple(found)


async def seats(
    tx: Tx, clinic: Clinic, lines: Sequence[Line], start: datetime, *, now: datetime, limits: Limits
) -> list[slots.Seat]:
    """A seat for each line. Raises Conflict `slot_taken`."""
    minutes = slots.visit_minutes(lines)
    day = start.astimezone(clinic.tz).date()
    horizon = now + timedelta(days=limits.booking_horizon_days)
    if now < start <= horizon and start in slots.grid_starts(clinic, day, minutes):
        diary = await _diary(tx, clinic, lines, start, start + timedelta(minutes=minutes))
        found = slots.seats(lines, start, diary)
        if found is not None:
            return found
    raise await _slot_taken(tx, clinic, lines, start, now=now)


async def _diary(tx: Tx, clinic: Clinic, lines: Sequence[Line], first: datetime, last: datetime) -> slots.Diary:
    return await catalogue.diary(tx, clinic.id, [line.service.id for line in lines], first, last)


async def _slot_taken(tx: Tx, clinic: Clinic, lines: Sequence[Line], start: datetime, *, now: datetime) -> Conflict:
    """The refusal, with the nearest free starts of the coming week; only it needs the diary of so many days."""
    around = max(start, now)
    diary = await _diary(tx, clinic, lines, around - timedelta(days=1), around + timedelta(days=8))
    first = around.astimezone(clinic.tz).date()
    free = [
        moment
        for offset in range(7)
        for moment in slots.free_starts(clinic, lines, first + timedelta(days=offset), diary, now=now)
    ]
    return Conflict("slot_taken", pointer="/starts_at", nearest=slots.nearest(free, start), zone=clinic.zone)
