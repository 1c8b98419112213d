"""The first days on which something is free, for a list that is short enough to read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby

from checkout.catalogue.catalogue import Clinic, Line
from checkout.catalogue.free import free_starts
from checkout.ground.db import Tx
from checkout.web.payer.menu import DAYS_AT_ONCE, DAYS_SHOWN, FreeDay


async def free_days(
    tx: Tx, clinic: Clinic, lines: Sequence[Line], first: date, last: date, *, now: datetime
) -> list[FreeDay]:
    """The first days from `first` to `last` with something free for these lines; a fortnight is read at a time."""
    found: list[FreeDay] = []
    while first <= last and len(found) < DAYS_SHOWN:
        until = min(last, first + timedelta(days=DAYS_AT_ONCE - 1))
        starts = await free_starts(tx, clinic, lines, first, until, now=now)
        by_day = groupby(starts, lambda start: start.astimezone(clinic.tz).date())
        found += [FreeDay(day, tuple(of_day)) for day, of_day in by_day]
        first = until + timedelta(days=1)
    return found[:DAYS_SHOWN]


def bookable(clinic: Clinic, now: datetime, horizon_days: int) -> tuple[date, date]:
    """The first and the last day on which visits can be booked, whole days only."""
    last = now + timedelta(days=horizon_days - 1)
    return now.astimezone(clinic.tz).date(), last.astimezone(clinic.tz).date()
