"""The first days on which something is free, for a list that is short enough to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from checkout.catalogue.catalogue import Clinic, Line
from checkout.catalogue.free import free_starts
from checkout.ground.db import Tx

DAYS_SHOWN: Final = 7
DAYS_AT_ONCE: Final = 14
NOON, EVENING = time(12), time(17)


@dataclass(frozen=True, slots=True)
class FreeDay:
    """A day in the clinic's zone with something free on it."""

    day: date
    starts: tuple[datetime, ...]

    def parts(self, zone: str) -> list[tuple[str, list[datetime]]]:
        """Morning, afternoon, evening: those that have something."""
        tz = ZoneInfo(zone)
        found: dict[str, list[datetime]] = {}
        for start in self.starts:
            wall = start.astimezone(tz).time()
            part = "morning" if wall < NOON else "afternoon" if wall < EVENING else "evening"
            found.setdefault(part, []).append(start)
        return list(found.items())


async def free_days(
    tx: Tx, clinic: Clinic, lines: Sequence[Line], first: date, last: date, *, now: datetime, wanted: int | None
) -> list[FreeDay]:
    """The first days from `first` to `last` with something free for these lines; a fortnight is read at a time."""
    found: list[FreeDay] = []
    while first <= last and len(found) < DAYS_SHOWN:
        until = min(last, first + timedelta(days=DAYS_AT_ONCE - 1))
        starts = await free_starts(tx, clinic, lines, first, until, now=now, wanted=wanted)
        by_day = groupby(starts, lambda start: start.astimezone(clinic.tz).date())
        found += [FreeDay(day, tuple(of_day)) for day, of_day in by_day]
        first = until + timedelta(days=1)
    return found[:DAYS_SHOWN]


def bookable(clinic: Clinic, now: datetime, horizon_days: int) -> tuple[date, date]:
    """The first and the last day on which visits can be booked, whole days only."""
    last = now + timedelta(days=horizon_days - 1)
    return now.astimezone(clinic.tz).date(), last.astimezone(clinic.tz).date()
