"""Busy time of an ICS calendar (RFC 5545): events with their repetitions and exceptions, in whatever zone they are said.

Cancelled events and those marked as free are left out. Their ids are kept as hashes: an id may hold a name.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from hashlib import sha256
from itertools import islice, takewhile
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr  # type: ignore[import-untyped]  # stubs would be a dependency for one call
from icalendar import Calendar, vRecur
from icalendar.error import BrokenCalendarProperty, IncompleteComponent

from checkout.booking.busy import Block, wrong
from checkout.booking.busy_file import FAULTS, MOST, OUTSIDE, BusyFileError, at_wall
from checkout.catalogue.slots import Interval
from checkout.ground import files

Moment = date | datetime
Event = Any  # the library's own type knows neither its fields nor what they hold
# What an event is understood by; a fault in anything else is nothing to us.
FIELDS: Final = frozenset(
    {"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "STATUS", "TRANSP"}
)
ONCE: Final = ("UID", "RECURRENCE-ID", "STATUS", "TRANSP")
TOO_OFTEN: Final = ("SECONDLY", "MINUTELY")
END_OF_DAY: Final = time(23, 59, 59)


class _Fault(Exception):
    """What cannot be understood of one field of one event."""

    def __init__(self, field: str, sentence: object) -> None:
        super().__init__(field)
        self.field = field
        self.sentence = re.sub(r"\s+", " ", str(sentence))


def read(path: Path, tz: ZoneInfo, window: Interval) -> tuple[list[Block], Counter[str]]:
    """The blocks around the window, and how many events were left out for which reason. Raises BusyFileError."""
    try:
        text = files.text(path)
        calendars = Calendar.from_ical(text, multiple=True)
    except (OSError, ValueError) as reason:
        raise BusyFileError(f"{path}: {_Fault('', reason).sentence}") from reason
    if not calendars:
        raise BusyFileError(f"{path}: there is no calendar in it")
    if any(calendar.walk("VFREEBUSY") for calendar in calendars):
        raise BusyFileError(f"{path}: VFREEBUSY is not read: export the events themselves")
    events = [event for calendar in calendars for event in calendar.walk("VEVENT")]
    places = list(_places(text))
    if len(events) != len(places):
        raise BusyFileError(f"{path}: where its events begin and end cannot be told")
    return _blocks(path, list(zip(events, places, strict=True)), tz, window)


def _places(text: str) -> Iterator[dict[str, int]]:
    """For each event in its order the lines of its fields; under BEGIN its first. Alarms inside it have their own."""
    inside: list[str] = []
    fields: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), start=1):  # as the library does: a value may hold other separators
        name, _, value = line.rstrip("\r").partition(":")
        name = name.partition(";")[0].upper()
        if name == "BEGIN":
            inside.append(value.strip().upper())
            fields = {name: number} if inside[-1] == "VEVENT" else fields
        elif name == "END" and inside:
            if inside.pop() == "VEVENT":
                yield fields
        elif inside[-1:] == ["VEVENT"]:
            fields.setdefault(name, number)


def _blocks(
    path: Path, events: list[tuple[Event, dict[str, int]]], tz: ZoneInfo, window: Interval
) -> tuple[list[Block], Counter[str]]:
    found: dict[str, Block] = {}
    skipped: Counter[str] = Counter()
    faults: list[str] = []
    moved = _moved(events)
    for event, lines in events:
        try:
            why, blocks = _left_out(event), []
            if why is None:
                series = _series(event, tz)
                why = OUTSIDE if series.length else "of no length"
                blocks = list(_of(event, series, moved, window))
            skipped.update([] if blocks else [why])
            for block in blocks:
                _add(found, block)
        except OverflowError:
            faults.append(f"{path}: line {lines['BEGIN']}: a date at the end of the calendar cannot be meant")
        except _Fault as fault:
            faults.append(f"{path}: line {lines.get(fault.field, lines['BEGIN'])}: {fault.field}: {fault.sentence}")
        if len(found) > MOST:
            raise BusyFileError(f"{path}: more than {MOST} blocks")
    if faults:
        raise BusyFileError("\n".join(faults))
    return list(found.values()), skipped


def _add(found: dict[str, Block], block: Block) -> None:
    if found.setdefault(block.external_id, block) != block:
        raise _Fault("UID", "stands twice, with different times")


def _left_out(event: Event) -> str | None:
    """Why an event takes nobody's time. Raises _Fault for one that is not understood."""
    for field, sentence in event.errors:
        if field is None or field in FIELDS:
            raise _Fault(field or "BEGIN", sentence)
    if "UID" not in event:
        raise _Fault("UID", "is missing")
    for field in ONCE:
        if isinstance(event.get(field), list):
            raise _Fault(field, "stands twice")
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return "cancelled"
    busy = str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "BUSY")).upper()
    return "marked as free" if str(event.get("TRANSP", "")).upper() == "TRANSPARENT" or busy == "FREE" else None


def _moved(events: list[tuple[Event, dict[str, int]]]) -> dict[str, list[Moment]]:
    """By id, the repetitions that have an entry of their own, whatever that says."""
    found: dict[str, list[Moment]] = defaultdict(list)
    for event, _ in events:
        if "RECURRENCE-ID" in event and not event.errors and not isinstance(event["RECURRENCE-ID"], list):
            found[str(event.get("UID"))].append(event["RECURRENCE-ID"].dt)
    return found


def _wall(moment: Moment, tz: tzinfo) -> datetime:
    """What the clock of the zone shows then; a day begins at midnight, and what floats is said by that clock."""
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time())
    return moment.astimezone(tz).replace(tzinfo=None) if moment.tzinfo else moment


@dataclass(frozen=True, slots=True)
class _Series:
    """When an event is first, on the wall clock of its zone."""

    start: datetime
    length: timedelta
    tz: tzinfo

    def wall(self, moment: Moment) -> datetime:
        return _wall(moment, self.tz)

    def at(self, start: datetime) -> Interval:
        return Interval(at_wall(start, self.tz, end=False), at_wall(start + self.length, self.tz, end=True))


def _of(event: Event, series: _Series, moved: dict[str, list[Moment]], window: Interval) -> Iterator[Block]:
    """The event's blocks around the window: one, or one a repetition."""
    uid, own = str(event["UID"]), event.get("RECURRENCE-ID")
    if own is not None and own.params.get("RANGE"):
        raise _Fault("RECURRENCE-ID", "a change of all that follows is not read: export single events")
    if "EXRULE" in event:
        raise _Fault("EXRULE", "is not read: export single events")
    if not series.length:
        return
    if own is not None:
        yield Block(_name(uid, at_wall(series.wall(own.dt), series.tz, end=False)), series.at(series.start))
        return
    repeats = "RRULE" in event or "RDATE" in event
    without = {series.wall(moment) for moment in (*event.exdates, *moved.get(uid, ()))}
    for start in sorted(_starts(event, series, window) - without):
        during = series.at(start)
        yield Block(_name(uid, during.start if repeats else None), during)


def _name(uid: str, repetition: datetime | None) -> str:
    return sha256(f"{uid}\n{repetition.isoformat() if repetition else ''}".encode()).hexdigest()[:32]


def _series(event: Event, tz: ZoneInfo) -> _Series:
    try:
        start, end = event.start, event.end
    except (IncompleteComponent, BrokenCalendarProperty, ValueError) as reason:
        raise _Fault("DTSTART", reason) from reason
    for field in ("DTSTART", "DTEND", "RECURRENCE-ID"):
        said = event.get(field)
        if said is not None and said.params.get("TZID") and isinstance(said.dt, datetime) and not said.dt.tzinfo:
            raise _Fault(field, f"the time zone {said.params['TZID']} is not known and not described in the file")
    zone = start.tzinfo if isinstance(start, datetime) and start.tzinfo else tz
    series = _Series(_wall(start, zone), _wall(end, zone) - _wall(start, zone), zone)
    fault = wrong(Interval(series.start.replace(tzinfo=UTC), (series.start + series.length).replace(tzinfo=UTC)))
    if fault and series.length:
        raise _Fault("DTEND", FAULTS[fault])
    return series


def _starts(event: Event, series: _Series, window: Interval) -> set[datetime]:
    """The wall-clock starts around the window. The first one counts, whether its rule would name it or not."""
    first, last = (series.wall(moment) for moment in (window.start, window.end))
    first, last = first - series.length - timedelta(days=1), last + timedelta(days=1)
    found = {series.start}
    for rule in event.rrules:
        found.update(_repetitions(rule, series, first, last))
    for moment, period in event.rdates:
        if period is not None:
            raise _Fault("RDATE", "periods are not read: export single events")
        found.add(series.wall(moment))
    return {start for start in found if first <= start <= last}


def _repetitions(rule: vRecur, series: _Series, first: datetime, last: datetime) -> list[datetime]:
    parts: dict[str, Any] = dict(rule)
    if "FREQ" not in parts:
        raise _Fault("RRULE", "does not say how often")
    if parts["FREQ"][0] in TOO_OFTEN:
        raise _Fault("RRULE", f"{parts['FREQ'][0].lower()} is no timetable")
    if parts.get("INTERVAL", [1])[0] < 1:
        raise _Fault("RRULE", "an interval is 1 or more")
    if "UNTIL" in parts:
        until = parts["UNTIL"][0]
        ends = series.wall(until)
        parts["UNTIL"] = [ends if isinstance(until, datetime) else datetime.combine(ends, END_OF_DAY)]
    text = vRecur(parts).to_ical().decode()  # type: ignore[no-untyped-call]  # the library leaves it without types
    try:
        starts: Iterator[datetime] = rrulestr(text, dtstart=series.start).xafter(first, inc=True)
        found = list(islice(takewhile(lambda start: start <= last, starts), MOST + 1))
    except ValueError as reason:
        raise _Fault("RRULE", reason) from reason
    if len(found) > MOST:
        raise _Fault("RRULE", f"more than {MOST} repetitions")
    return found
