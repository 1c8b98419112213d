"""Free starts, computed: a slot is (clinic, services, start). There are no slot rows. Pure.

A visit is a chain of steps, one a service; each step needs, for its own minutes, one free resource of each kind that
gives its service. Seen from a resource, a busy range forbids a run of starts. So a month is not tried start by start: the
grid of its starts is one row of bits, every busy range clears a run of them, and rows are joined by "or" over the
resources of a kind and by "and" over kinds and steps. Source: decisions.md 12.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from checkout.catalogue.catalogue import Clinic, Kind, Line, Resource
from checkout.catalogue.clock import DAY, instant, minute_of, reached, shown


@dataclass(frozen=True, slots=True)
class Interval:
    """Half-open, in UTC."""

    start: datetime
    end: datetime

    def meets(self, other: Interval) -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Seat:
    """One line's place with one resource. A line that needs a specialist and a room has two."""

    line_no: int
    resource_id: int
    during: Interval


Busy = tuple[Sequence[int], Sequence[int]]  # the starts and the ends of ranges, in whole minutes since 1970
FREE: Busy = ((), ())


@dataclass(frozen=True, slots=True)
class Diary:
    """Who can give what, and when they are taken. `resources`: those that are preferred first."""

    resources: Sequence[Resource]
    busy: Mapping[int, Busy]

    def groups(self, service_id: int, wanted: int | None = None) -> list[list[Resource]]:
        """One group for each kind that the service needs; one resource of each has to be free. None at all: not given.

        Somebody who has left is still what the service needs, but can be nobody's choice. If `wanted` gives the
        service, nobody else of their kind will do.
        """
        givers = [resource for resource in self.resources if service_id in resource.services]
        asked = {resource.kind for resource in givers if resource.id == wanted}
        return [
            [
                resource
                for resource in givers
                if resource.kind is kind and resource.active and (kind not in asked or resource.id == wanted)
            ]
            for kind in dict.fromkeys(resource.kind for resource in givers)
        ]


@dataclass(frozen=True, slots=True)
class Step:
    """A stretch of a visit: which line it is for, from which minute of the visit on, and for how long."""

    line_no: int
    service_id: int
    offset: int
    minutes: int


def steps(lines: Sequence[Line]) -> list[Step]:
    """The visit's services one after the other. An option lengthens the service before it; goods take no time."""
    found: list[Step] = []
    at = 0
    for number, line in enumerate(lines, start=1):
        if line.service.kind is Kind.OPTION and found:
            found[-1] = replace(found[-1], minutes=found[-1].minutes + line.minutes)
        elif line.service.kind is Kind.SERVICE:
            found.append(Step(number, line.service.id, at, line.minutes))
        at += line.minutes
    return found


def visit_minutes(lines: Sequence[Line]) -> int:
    return sum(line.minutes for line in lines)


def grid(clinic: Clinic, day: date, minutes: int) -> list[int]:
    """Every start on `day` from which `minutes` fit between opening and closing without a break, in minutes since 1970.

    The grid is the wall clock's, so that no time is shown twice and none that the clock skips.
    """
    found: set[int] = set()
    for span in clinic.spans(day):
        opens, closes = span.walls
        last = reached(day, closes, clinic.tz) - minutes
        starts = (shown(day, wall, clinic.tz) for wall in range(opens, closes, clinic.step_minutes))
        found.update(start for start in starts if start is not None and start <= last)
    return sorted(found)


def grid_starts(clinic: Clinic, day: date, minutes: int) -> Iterator[datetime]:
    """The same as instants."""
    return map(instant, grid(clinic, day, minutes))


@dataclass(frozen=True, slots=True)
class _Starts:
    """The starts that are asked about, in order, and the days they lie on. A set of them is a number: one bit a start."""

    minutes: Sequence[int]
    days: Sequence[date]
    tz: ZoneInfo

    @property
    def all(self) -> int:
        return (1 << len(self.minutes)) - 1

    def between(self, first: int, last: int) -> int:
        """The starts from minute `first` to minute `last`, both included."""
        low, high = bisect_left(self.minutes, first), bisect_right(self.minutes, last)
        return (1 << high) - (1 << low) if low < high else 0

    def worked(self, resource: Resource, step: Step) -> int:
        """The starts at which the resource is at work for the whole step."""
        if not resource.hours and not resource.exceptions:
            return self.all
        found = 0
        for day in self.days:
            spans = resource.spans(day)
            for opens, closes in [(0, DAY)] if spans is None else [span.walls for span in spans]:
                first, last = reached(day, opens, self.tz), reached(day, closes, self.tz)
                found |= self.between(first - step.offset, last - step.offset - step.minutes)
        return found

    def taken(self, busy: Busy, step: Step) -> int:
        """The starts at which something busy meets the step. The innermost loop of all, so it stands written out."""
        before, after = step.offset + step.minutes - 1, step.offset + 1
        minutes, found = self.minutes, 0
        for first, last in zip(*busy, strict=True):
            low = bisect_left(minutes, first - before)
            high = bisect_right(minutes, last - after, low)
            if low < high:
                found |= (1 << high) - (1 << low)
        return found

    def free(self, resource: Resource, step: Step, diary: Diary) -> int:
        worked = self.worked(resource, step)
        return worked & ~self.taken(diary.busy.get(resource.id, FREE), step) if worked else 0

    def any_free(self, group: Sequence[Resource], step: Step, diary: Diary, asked: int) -> int:
        """Those of the starts `asked` at which somebody of the group is free; no more diaries are read than needed."""
        found = 0
        for resource in group:
            found |= self.free(resource, step, diary) & asked
            if found == asked:
                break
        return found


def free_starts(
    clinic: Clinic,
    lines: Sequence[Line],
    days: Sequence[date],
    diary: Diary,
    *,
    now: datetime,
    wanted: int | None = None,
) -> list[datetime]:
    """The starts on these days, in order, that can be booked now. `wanted`: the specialist that was asked for."""
    minutes, this_minute = visit_minutes(lines), minute_of(now)
    asked = (start for day in days for start in grid(clinic, day, minutes) if start > this_minute)
    starts = _Starts(list(asked), days, clinic.tz)
    found = starts.all
    for step in steps(lines):
        groups = diary.groups(step.service_id, wanted)
        for group in groups or [[]]:
            found = starts.any_free(group, step, diary, found)
    return [instant(start) for number, start in enumerate(starts.minutes) if found >> number & 1]


def seats(
    clinic: Clinic, lines: Sequence[Line], start: datetime, diary: Diary, *, wanted: int | None = None
) -> list[Seat] | None:
    """A seat with one resource of each kind for each line that takes time, from `start` on; None if one has nobody."""
    alone = _Starts([minute_of(start)], [start.astimezone(clinic.tz).date()], clinic.tz)
    found = []
    for step in steps(lines):
        begins = start + timedelta(minutes=step.offset)
        during = Interval(begins, begins + timedelta(minutes=step.minutes))
        for group in diary.groups(step.service_id, wanted) or [[]]:
            giver = next((resource for resource in group if alone.free(resource, step, diary)), None)
            if giver is None:
                return None
            found.append(Seat(step.line_no, giver.id, during))
    return found


def nearest(free: Sequence[datetime], wanted: datetime, count: int = 3) -> list[datetime]:
    """The `count` free starts closest to the wanted one, in order of time."""
    return sorted(sorted(free, key=lambda start: abs(start - wanted))[:count])
