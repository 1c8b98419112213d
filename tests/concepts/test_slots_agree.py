"""Free starts against a reference that tries every minute of a day, over random clinics, diaries and zones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from checkout.catalogue.catalogue import Clinic, Kind, Line, Resource, ResourceKind, Service, Shift, Span, Text
from checkout.catalogue.clock import minute_of
from checkout.catalogue.slots import Diary, free_starts, seats, steps
from gateways.money import Money
from tests.zones import RUSSIAN

WORDS = Text("Имя", "Name")
# Zones that still change their clocks: by an hour at night, by half an hour, and at midnight itself.
CHANGING = {
    "Europe/Berlin": ("2026-03-29", "2026-10-25"),
    "America/New_York": ("2027-03-14", "2026-11-01"),
    "Australia/Lord_Howe": ("2026-10-04", "2026-04-05"),
    "Asia/Beirut": ("2026-03-29", "2026-10-25"),
    "Africa/Cairo": ("2026-04-24", "2026-10-29"),
    "America/Santiago": ("2026-09-06", "2026-04-04"),
}
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=256)
def minutes_around(day: date, zone: str) -> list[tuple[int, datetime]]:
    """Every minute that can lie on `day`, and what the wall clock then shows."""
    tz = ZoneInfo(zone)
    first = minute_of(datetime.combine(day, time(), UTC) - timedelta(hours=15))
    around = range(first, first + 54 * 60)
    return [(minute, datetime.fromtimestamp(minute * 60, tz)) for minute in around]


@lru_cache(maxsize=4096)
def first_shown(day: date, zone: str, wall: time) -> int:
    """The first minute of `day` at which the clock has come to `wall`."""
    return next(minute for minute, shown in minutes_around(day, zone) if shown.date() == day and shown.time() >= wall)


@dataclass(frozen=True)
class Case:
    """A visit that somebody wants on a day. The plain rule, tried for every minute of it."""

    clinic: Clinic
    lines: list[Line]
    day: date
    diary: Diary

    def free(self) -> list[datetime]:
        """What is tested."""
        return free_starts(self.clinic, self.lines, [self.day], self.diary, now=LONG_AGO)

    def by_trying(self) -> list[int]:
        around = minutes_around(self.day, self.clinic.zone)
        return [
            minute
            for minute, shown in around
            if shown.date() == self.day and not shown.fold and self.on_the_grid(minute, shown) and self.given(minute)
        ]

    def on_the_grid(self, minute: int, shown: datetime) -> bool:
        length = sum(line.minutes for line in self.lines)
        wall = shown.hour * 60 + shown.minute
        return any(
            (wall - span.opens.hour * 60 - span.opens.minute) % self.clinic.step_minutes == 0
            and self.inside(span, minute, minute + length)
            for _, span in self.clinic.hours
        )

    def inside(self, span: Span, first: int, last: int) -> bool:
        opens, closes = (first_shown(self.day, self.clinic.zone, wall) for wall in (span.opens, span.closes))
        return opens <= first and last <= closes

    def given(self, start: int) -> bool:
        """Every step has somebody of each kind that gives its service, and there is at least one kind."""
        for step in steps(self.lines):
            givers = [one for one in self.diary.resources if step.service_id in one.services]
            free = {one.kind for one in givers if one.active and self.can(one, start + step.offset, step.minutes)}
            if not givers or free != {one.kind for one in givers}:
                return False
        return True

    def can(self, resource: Resource, first: int, minutes: int) -> bool:
        last = first + minutes
        taken = zip(*self.diary.busy[resource.id], strict=True)
        return self.at_work(resource, first, last) and all(last <= begins or ends <= first for begins, ends in taken)

    def at_work(self, resource: Resource, first: int, last: int) -> bool:
        if not resource.exceptions and not resource.hours:
            return True
        spans = [span for _, span in resource.exceptions] or [shift.span for shift in resource.hours]
        return None not in spans and any(self.inside(span, first, last) for span in spans if span)


walls = st.integers(min_value=0, max_value=95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))


@st.composite
def spans(draw: st.DrawFn, most: int = 3) -> list[Span]:
    """Apart from one another, in order."""
    edges = sorted(draw(st.sets(walls, min_size=2, max_size=2 * most)))
    return [Span(opens, closes) for opens, closes in zip(edges[::2], edges[1::2], strict=False)]


@st.composite
def places(draw: st.DrawFn) -> tuple[str, date]:
    """A zone and a day, often one on which the clocks change."""
    if draw(st.booleans()):
        zone = draw(st.sampled_from(sorted(CHANGING)))
        return zone, date.fromisoformat(draw(st.sampled_from(CHANGING[zone])))
    offset = draw(st.integers(min_value=0, max_value=1000))
    return draw(st.sampled_from([*RUSSIAN, *CHANGING])), date(2026, 1, 1) + timedelta(days=offset)


@st.composite
def visits(draw: st.DrawFn) -> list[Line]:
    lengths = draw(st.lists(st.sampled_from((10, 15, 30, 45, 60, 90)), min_size=1, max_size=3))
    found = []
    for number, minutes in enumerate(lengths):
        service = Service(
            number, f"s{number}", Kind.SERVICE, WORDS, minutes, Money(100), None, at_clinic=True, vat="none"
        )
        found.append(Line(service, draw(st.integers(min_value=1, max_value=2))))
        if draw(st.booleans()):
            extra = Service(90 + number, "extra", Kind.OPTION, WORDS, 10, Money(100), None, at_clinic=True, vat="none")
            found.append(Line(extra, 1))
    return found


@st.composite
def staff(draw: st.DrawFn, day: date) -> list[Resource]:
    found = []
    for number in range(draw(st.integers(min_value=1, max_value=4))):
        given_ = draw(st.sets(st.integers(min_value=0, max_value=2), min_size=1))
        own_hours = draw(spans()) if draw(st.booleans()) else []
        exception = draw(st.sampled_from(("none", "none", "closed", "other")))
        found.append(
            Resource(
                id=number,
                kind=draw(st.sampled_from(list(ResourceKind))),
                services=frozenset(given_),
                active=draw(st.integers(min_value=0, max_value=5)) > 0,
                hours=tuple(Shift(day.isoweekday(), span) for span in own_hours),
                exceptions={
                    "none": (),
                    "closed": ((day, None),),
                    "other": tuple((day, span) for span in draw(spans(most=2))),
                }[exception],
            )
        )
    return found


@st.composite
def cases(draw: st.DrawFn) -> Case:
    zone, day = draw(places())
    clinic = Clinic(
        id=1,
        slug="c",
        merchant="m",
        name=WORDS,
        address=WORDS,
        zone=zone,
        phone="1",
        step_minutes=draw(st.sampled_from((5, 15, 20, 30, 45, 60))),
        hours=tuple((day.isoweekday(), span) for span in draw(spans())),
    )
    resources = draw(staff(day))
    begins = minutes_around(day, zone)[0][0]
    busy = {}
    for resource in resources:
        edges = sorted(draw(st.sets(st.integers(min_value=0, max_value=54 * 12), max_size=8)))
        whole = edges[: len(edges) // 2 * 2]
        busy[resource.id] = ([begins + 5 * edge for edge in whole[::2]], [begins + 5 * edge for edge in whole[1::2]])
    return Case(clinic, draw(visits()), day, Diary(resources, busy))


@settings(deadline=None, max_examples=200)
@given(cases())
def test_free_starts_are_those_that_trying_every_minute_finds(case: Case) -> None:
    """The rows of bits say what the plain rule says, on days when the clocks change too."""
    assert [minute_of(start) for start in case.free()] == case.by_trying()


@settings(deadline=None, max_examples=200)
@given(cases())
def test_what_is_free_can_be_seated_and_nothing_else(case: Case) -> None:
    """Every free start has a seat of each kind for each service, one after the other; any other start has none."""
    found = case.free()
    unhindered = free_starts(case.clinic, case.lines, [case.day], Diary(_anybody(case.lines), {}), now=LONG_AGO)
    assert set(found) <= set(unhindered)
    for start in unhindered:
        sat = seats(case.clinic, case.lines, start, case.diary)
        assert (sat is not None) == (start in found)
        for seat in sat or []:
            busy = zip(*case.diary.busy[seat.resource_id], strict=True)
            first, last = minute_of(seat.during.start), minute_of(seat.during.end)
            assert all(last <= begins or ends <= first for begins, ends in busy)


def _anybody(lines: Sequence[Line]) -> list[Resource]:
    return [Resource(1, ResourceKind.ROOM, frozenset(line.service.id for line in lines))]


@given(places())
def test_no_time_is_shown_twice_and_none_that_the_clock_skips(place: tuple[str, date]) -> None:
    """A day round the clock: each wall-clock time at most once, in order, and all on that day."""
    zone, day = place
    service = Service(1, "s", Kind.SERVICE, WORDS, 15, Money(100), None, at_clinic=True, vat="none")
    clinic = Clinic(
        id=1,
        slug="c",
        merchant="m",
        name=WORDS,
        address=WORDS,
        zone=zone,
        phone="1",
        step_minutes=15,
        hours=((day.isoweekday(), Span(time(0), time(23, 59))),),
    )
    found = free_starts(clinic, [Line(service, 1)], [day], Diary(_anybody([Line(service, 1)]), {}), now=LONG_AGO)
    shown = [start.astimezone(clinic.tz) for start in found]
    assert {start.date() for start in shown} == {day}
    times = [start.time() for start in shown]
    assert times == sorted(set(times))
    assert found == sorted(found)
    assert len(found) >= 88
