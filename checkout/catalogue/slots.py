"""Free starts, computed: a slot is (clinic, services, start). There are no slot rows.

A visit's lines follow one another; each needs one resource that gives its service for its minutes. Wall-clock hours are
turned into instants in the clinic's zone, so a clock change never moves a visit. Source: decisions.md 12.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from checkout.catalogue.catalogue import Clinic, Line


@dataclass(frozen=True, slots=True)
class Interval:
    """Half-open, in UTC."""

    start: datetime
    end: datetime

    def meets(self, other: Interval) -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Seat:
    """One line's place: a resource for an interval."""

    line_no: int
    resource_id: int
    during: Interval


@dataclass(frozen=True, slots=True)
class Diary:
    """Who can give what, and when they are taken: resource ids by service id, intervals by resource id."""

    givers: Mapping[int, Sequence[int]]
    busy: Mapping[int, Sequence[Interval]]

    def free(self, resource_id: int, during: Interval) -> bool:
        return not any(taken.meets(during) for taken in self.busy.get(resource_id, ()))


def visit_minutes(lines: Sequence[Line]) -> int:
    return sum(line.minutes for line in lines)


def seats(lines: Sequence[Line], start: datetime, diary: Diary) -> list[Seat] | None:
    """A seat for each line that takes time, from `start` on, or None if one of them has no free resource."""
    found, at = [], start
    for number, line in enumerate(lines, start=1):
        if not line.minutes:
            continue
        during = Interval(at, at + timedelta(minutes=line.minutes))
        giver = next((r for r in diary.givers.get(line.service.id, ()) if diary.free(r, during)), None)
        if giver is None:
            return None
        found.append(Seat(number, giver, during))
        at = during.end
    return found


def grid_starts(clinic: Clinic, day: date, minutes: int) -> Iterator[datetime]:
    """Every start on `day` from which `minutes` fit into the opening hours, in UTC."""
    for span in clinic.spans(day):
        at = datetime.combine(day, span.opens, clinic.tz).astimezone(UTC)
        closes = datetime.combine(day, span.closes, clinic.tz).astimezone(UTC)
        while at + timedelta(minutes=minutes) <= closes:
            yield at
            at += timedelta(minutes=clinic.step_minutes)


def free_starts(clinic: Clinic, lines: Sequence[Line], day: date, diary: Diary, *, now: datetime) -> list[datetime]:
    """The starts on `day` that can be booked now."""
    return [
        start
        for start in grid_starts(clinic, day, visit_minutes(lines))
        if start > now and seats(lines, start, diary) is not None
    ]


def nearest(free: Sequence[datetime], wanted: datetime, count: int = 3) -> list[datetime]:
    """The `count` free starts closest to the wanted one, in order of time."""
    return sorted(sorted(free, key=lambda start: abs(start - wanted))[:count])
