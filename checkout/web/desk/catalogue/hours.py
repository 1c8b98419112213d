"""Hours in a form: a line for each weekday, and days with other hours, each as people write them: 9-13, 14:00–18:30. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from checkout.catalogue import notation
from checkout.catalogue.catalogue import Exceptions, Span
from checkout.catalogue.notation import DAYS, Week
from checkout.ground import dates
from checkout.ground.errors import Invalid
from checkout.web.desk.catalogue.fields import YES, Fields, day

EXCEPT: Final = "except-"  # with its day: the hours of a day that is known
DROP: Final = "usual-"  # with its day: it is to be as usual again
NEW: Final = ("1", "2", "3")  # rows for days that are added
_DASHES: Final = str.maketrans("–—−.", "---:")
_BARE: Final = re.compile(r"(?<![\d:])(\d{1,2})(?![\d:])")
_SHORT: Final = re.compile(r"(?<!\d)(\d:)")


def spans(fields: Fields, name: str) -> list[Span]:
    """Of one day, in order; none if nothing is written. Raises Invalid."""
    found = fields.get(name, "")
    plain = _SHORT.sub(r"0\1", _BARE.sub(r"\1:00", found.translate(_DASHES)))
    try:
        return notation.read_spans(plain) if found else []
    except ValueError as reason:
        raise Invalid("hours_unreadable", pointer=f"/{name}") from reason


def week(fields: Fields) -> Week:
    """Raises Invalid."""
    return tuple((number, span) for number, name in enumerate(DAYS, 1) for span in spans(fields, name))


def week_shown(week: Week) -> dict[str, str]:
    return {
        name: notation.write_spans(span for weekday, span in week if weekday == number)
        for number, name in enumerate(DAYS, 1)
    }


def exceptions(fields: Fields, before: Exceptions, today: date) -> Exceptions:
    """Those that were known, as the form says them now, and those that it adds. Nothing written: the day is off.

    Raises Invalid.
    """
    found = {known: spans(fields, EXCEPT + known.isoformat()) for known in _days(before) if not _dropped(fields, known)}
    for number in NEW:
        name = f"new-day-{number}"
        added = day(fields, name, today)
        if added in found:
            raise Invalid("day_repeated", pointer=f"/{name}")
        if added:
            found[added] = spans(fields, f"new-hours-{number}")
        elif fields.get(f"new-hours-{number}"):
            raise Invalid("day_unreadable", pointer=f"/{name}")
    return tuple(_spread(sorted(found.items())))


def _days(known: Exceptions) -> list[date]:
    return list(dict.fromkeys(one for one, _ in known))


def _dropped(fields: Fields, known: date) -> bool:
    return fields.get(DROP + known.isoformat()) == YES


def _spread(found: Iterable[tuple[date, list[Span]]]) -> Iterator[tuple[date, Span | None]]:
    for one, hours in found:
        yield from ((one, span) for span in (*hours,) or (None,))


def rows(known: Exceptions, language: str) -> list[tuple[str, str, str]]:
    """For each day that is known: its field, the day as the field's name has it, and as people read it."""
    return [(EXCEPT + one.isoformat(), one.isoformat(), dates.plain(one, language)) for one in _days(known)]


def exceptions_shown(known: Exceptions) -> dict[str, str]:
    """A field for each day that is known."""
    return {
        EXCEPT + one.isoformat(): notation.write_spans(span for other, span in known if span and other == one)
        for one in _days(known)
    }
