"""The one place that answers "when?": for pages, API, placing and moving alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from checkout.catalogue import diary_store, slots, store
from checkout.catalogue.catalogue import Clinic, Line
from checkout.ground.db import Tx
from checkout.ground.errors import Invalid

AROUND: Final = timedelta(days=7)


async def free_starts(
    tx: Tx,
    clinic: Clinic,
    lines: Sequence[Line],
    first: date,
    last: date,
    *,
    now: datetime,
    wanted: int | None = None,
) -> list[datetime]:
    """Every start on the clinic's days `first` to `last` that can be booked now, in order; none while it is paused.

    `wanted`: the id of the specialist that was asked for (see `specialist`).
    """
    if clinic.paused or last < first:
        return []
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    known = await diary_store.diary(tx, clinic, lines, first, last)
    return slots.free_starts(clinic, lines, days, known, now=now, wanted=wanted)


async def seats(
    tx: Tx, clinic: Clinic, lines: Sequence[Line], start: datetime, *, wanted: int | None = None
) -> list[slots.Seat] | None:
    """A seat with each resource that the lines need, if the visit fits into the day and all of them are free."""
    day = start.astimezone(clinic.tz).date()
    if start not in slots.grid_starts(clinic, day, slots.visit_minutes(lines)):
        return None
    known = await diary_store.diary(tx, clinic, lines, day, day)
    return slots.seats(clinic, lines, start, known, wanted=wanted)


async def nearest(
    tx: Tx,
    clinic: Clinic,
    lines: Sequence[Line],
    around: datetime,
    *,
    now: datetime,
    horizon: datetime,
    wanted: int | None = None,
) -> list[datetime]:
    """The free starts closest to `around`, in order: within a week of it, and if there is none, up to the horizon."""
    today, end = (moment.astimezone(clinic.tz).date() for moment in (now, horizon))
    middle = min(max(around, now), horizon).astimezone(clinic.tz).date()
    for first, last in ((max(middle - AROUND, today), min(middle + AROUND, end)), (today, end)):
        free = await free_starts(tx, clinic, lines, first, last, now=now, wanted=wanted)
        if found := slots.nearest([start for start in free if start <= horizon], around):
            return found
    return []


async def specialist(tx: Tx, clinic: Clinic, lines: Sequence[Line], slug: str) -> int:
    """The id of a specialist who is asked for by name. Raises Invalid for one who gives none of the lines there."""
    found = await store.specialist_id(tx, clinic.id, slug, [line.service.id for line in lines])
    if found is None:
        raise Invalid("specialist_unknown", pointer="/specialist", clinic=clinic.slug)
    return found
