"""Free starts, computed: a slot is (clinic, services, start). There are no slot rows. Pure.

A visit is a chain of steps, one a service; each step needs, for its own minutes, one free resource of each kind that gives
its service. What is asked of a resource is always the same: is it at work from here to there, and taken by nobody? Both
its shifts and what takes it lie in order and apart, so two look-ups by halving answer that; and starts are sifted step by
step and kind by kind, so that nobody's diary is read for a start that is lost already or that a colleague can serve.
Source: decisions.md 12.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
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


Busy = tuple[Sequence[int], Sequence[int]]  # starts and ends of ranges that lie apart, in order; minutes since 1970
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
class _Time:
    """A resource's time in minutes since 1970: from when to when it is at work, and from when to when it is taken."""

    opens: Sequence[int]
    closes: Sequence[int]
    begins: Sequence[int]
    ends: Sequence[int]

    def free(self, starts: Sequence[int], step: Step) -> list[int]:
        """Those of the visit's starts from which the step finds them free. The innermost loop of all."""
        opens, closes, begins, ends = self.opens, self.closes, self.begins, self.ends
        found = []
        for start in starts:
            first = start + step.offset
            last = first + step.minutes
            shift = bisect_right(opens, first) - 1
            if shift >= 0 and closes[shift] >= last:
                taken = bisect_right(ends, first)
                if taken == len(begins) or begins[taken] >= last:
                    found.append(start)
        return found


@dataclass(frozen=True, slots=True)
class _Days:
    """The days that are asked about, with the shifts that were worked out: colleagues often share theirs."""

    days: Sequence[date]
    tz: ZoneInfo
    shifts: dict[tuple[object, object], Busy] = field(default_factory=dict)

    def time(self, resource: Resource, diary: Diary) -> _Time:
        key = (resource.hours, resource.exceptions)
        if key not in self.shifts:
            self.shifts[key] = self._at_work(resource)
        return _Time(*self.shifts[key], *diary.busy.get(resource.id, FREE))

    def _at_work(self, resource: Resource) -> Busy:
        """Without hours of their own, whole days: the clinic's opening bounds every start."""
        opens, closes = [], []
        for day in self.days:
            spans = resource.spans(day)
            for first, last in [(0, DAY)] if spans is None else [span.walls for span in spans]:
                opens.append(reached(day, first, self.tz))
                closes.append(reached(day, last, self.tz))
        return opens, closes


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
    length, this_minute, known = visit_minutes(lines), minute_of(now), _Days(days, clinic.tz)
    starts = [start for day in days for start in grid(clinic, day, length) if start > this_minute]
    for step in steps(lines):
        for group in diary.groups(step.service_id, wanted) or [[]]:
            starts = _served(starts, step, (known.time(resource, diary) for resource in group))
    return [instant(start) for start in starts]


def _served(starts: Sequence[int], step: Step, times: Iterable[_Time]) -> list[int]:
    """The starts at which at least one of these is free; each is asked only for what those before it cannot serve."""
    served: set[int] = set()
    left = starts
    for time in times:
        served.update(time.free(left, step))
        left = [start for start in left if start not in served]
        if not left:
            break
    return [start for start in starts if start in served]


def seats(
    clinic: Clinic, lines: Sequence[Line], start: datetime, diary: Diary, *, wanted: int | None = None
) -> list[Seat] | None:
    """A seat with one resource of each kind for each line that takes time, from `start` on; None if one has nobody."""
    known, minute = _Days([start.astimezone(clinic.tz).date()], clinic.tz), minute_of(start)
    found = []
    for step in steps(lines):
        begins = start + timedelta(minutes=step.offset)
        during = Interval(begins, begins + timedelta(minutes=step.minutes))
        for group in diary.groups(step.service_id, wanted) or [[]]:
            free = (resource for resource in group if known.time(resource, diary).free([minute], step))
            giver = next(free, None)
            if giver is None:
                return None
            found.append(Seat(step.line_no, giver.id, during))
    return found


def nearest(free: Sequence[datetime], wanted: datetime, count: int = 3) -> list[datetime]:
    """The `count` free starts closest to the wanted one, in order of time."""
    return sorted(sorted(free, key=lambda start: abs(start - wanted))[:count])
