"""How hours stand in a catalogue file, read and written: "mon-fri": "09:00-13:00, 14:00-18:00"; 2026-12-31: closed. Pure.

What cannot be read raises ValueError with a sentence for whoever wrote the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time
from typing import Any, Final

from checkout.catalogue.catalogue import Exceptions, Shift, Span, joined

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOSED: Final = "closed"
Week = tuple[tuple[int, Span], ...]
Shifts = tuple[Shift, ...]


def weekdays(name: str) -> range:
    """ISO weekdays behind "mon" or "mon-fri"."""
    first, _, last = name.partition("-")
    last = last or first
    if first not in DAYS or last not in DAYS or DAYS.index(first) > DAYS.index(last):
        raise ValueError(f"{name!r} is no weekday: write mon, tue, wed, thu, fri, sat, sun or a range such as mon-fri")
    return range(DAYS.index(first) + 1, DAYS.index(last) + 2)


def read_spans(text: object) -> list[Span]:
    """The spans of one day, in order and apart."""
    found = sorted(_span(part.strip()) for part in str(text).split(","))
    if len(joined(found)) != len(found):
        raise ValueError(f"the hours {text!r} touch or overlap: write them as one")
    return found


def _span(text: str) -> Span:
    opens, _, closes = text.partition("-")
    try:
        found = Span(time.fromisoformat(opens.strip()), time.fromisoformat(closes.strip()))
    except ValueError as reason:
        raise ValueError(f"{text!r} is no span of hours: write 09:00-18:00") from reason
    if found.opens.tzinfo or found.closes.tzinfo:  # 13:00-14:00 is a time with an offset to Python
        raise ValueError(f"{text!r} is no span of hours: write 09:00-18:00")
    if found.closes <= found.opens or found.opens.second or found.closes.second:
        raise ValueError(f"the hours {text!r} must end after they begin, on whole minutes of the same day")
    return found


def write_spans(spans: Iterable[Span]) -> str:
    return ", ".join(f"{span.opens:%H:%M}-{span.closes:%H:%M}" for span in sorted(spans))


def read_week(value: object) -> object:
    """A mapping of weekdays to hours; anything else is left to whoever checks the type."""
    if not isinstance(value, Mapping):
        return value
    found: dict[int, list[Span]] = {}
    for name, text in value.items():
        spans = read_spans(text)
        for weekday in weekdays(str(name)):
            if weekday in found:
                raise ValueError(f"{DAYS[weekday - 1]} is said twice")
            found[weekday] = spans
    return tuple((weekday, span) for weekday in sorted(found) for span in found[weekday])


def write_week(week: Iterable[tuple[int, Span]]) -> dict[str, str]:
    """Neighbours with the same hours as one range."""
    days: dict[int, list[Span]] = {}
    for weekday, span in week:
        days.setdefault(weekday, []).append(span)
    runs: list[tuple[int, int, str]] = []
    for weekday in sorted(days):
        text = write_spans(days[weekday])
        if runs and runs[-1][1:] == (weekday - 1, text):
            runs[-1] = (runs[-1][0], weekday, text)
        else:
            runs.append((weekday, weekday, text))
    return {
        DAYS[first - 1] if first == last else f"{DAYS[first - 1]}-{DAYS[last - 1]}": text for first, last, text in runs
    }


def read_shifts(value: object) -> object:
    """A week that is always valid, or a list of weeks with `from` and `until`."""
    if isinstance(value, Mapping):
        value = [value]
    if not isinstance(value, list):
        return value
    found: list[Shift] = []
    for week in value:
        if not isinstance(week, Mapping):  # pydantic turns a ValueError into a fault of the file, and only that
            raise ValueError("each must be a mapping of weekdays, with from and until")  # noqa: TRY004 - see above
        first, last = (read_day(week.get(name)) for name in ("from", "until"))
        if first and last and last < first:
            raise ValueError(f"until {last} comes before from {first}")
        days = read_week({name: text for name, text in week.items() if name not in ("from", "until")})
        found += [Shift(weekday, span, first, last) for weekday, span in days]  # type: ignore[attr-defined]  # a mapping gave it
    return in_order(found)


def in_order(shifts: Iterable[Shift]) -> Shifts:
    return tuple(sorted(shifts, key=lambda one: (*_bounds(one), one.weekday, one.span)))


def _bounds(shift: Shift) -> tuple[date, date]:
    return shift.valid_from or date.min, shift.valid_until or date.max


def write_shifts(shifts: Sequence[Shift]) -> Any:
    weeks: dict[tuple[date | None, date | None], list[tuple[int, Span]]] = {}
    for shift in shifts:
        weeks.setdefault((shift.valid_from, shift.valid_until), []).append((shift.weekday, shift.span))
    if list(weeks) == [(None, None)]:
        return write_week(weeks[None, None])
    return [
        {
            **({"from": first} if first else {}),
            **({"until": last} if last else {}),
            **write_week(week),
        }
        for (first, last), week in weeks.items()
    ]


def read_day(value: object) -> date | None:
    """A date as YAML gives it, or as text."""
    if value is None or type(value) is date:
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as reason:
        raise ValueError(f"{value!r} is no date: write 2026-12-31") from reason


def read_exceptions(value: object) -> object:
    """A mapping of dates to hours or to "closed"."""
    if not isinstance(value, Mapping):
        return value
    found: dict[date, list[Span] | list[None]] = {}
    for key, text in value.items():
        day = read_day(key)
        if day is None or day in found:
            raise ValueError(f"{key} is said twice" if day else "a date is missing")
        found[day] = [None] if text == CLOSED else read_spans(text)
    return tuple((day, span) for day in sorted(found) for span in found[day])


def write_exceptions(exceptions: Exceptions) -> dict[date, str]:
    days: dict[date, list[Span | None]] = {}
    for day, span in exceptions:
        days.setdefault(day, []).append(span)
    return {
        day: CLOSED if None in spans else write_spans(span for span in spans if span)
        for day, spans in sorted(days.items())
    }
