"""Dates as people read them, on the clock of the clinic, with words that do not break apart.

Babel is imported when the first date is shown: it costs a tenth of a second and ten megabytes.
"""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

LOCALES: Final = {"ru": "ru", "en": "en_GB"}
_DAY: Final = "EEEE, d\u00a0MMMM"
_FULL: Final = "EEEE, d\u00a0MMMM\u00a0y, HH:mm"
_HOUR: Final = "d\u00a0MMMM\u00a0y, HH:mm"
_SHORT: Final = "EEE, d\u00a0MMMM, HH:mm"
_STAMP: Final = "d\u00a0MMM\u00a0y, HH:mm"
_BRIEF: Final = "EEE d MMM, HH:mm"
_MINUTE_LONG, _HOUR_LONG = timedelta(minutes=1), timedelta(hours=1)
_DATE: Final = "d\u00a0MMMM\u00a0y"


def _at(value: datetime, zone: str, pattern: str, language: str) -> str:
    from babel.dates import format_datetime  # noqa: PLC0415 - see the head of this file

    return format_datetime(value, pattern, tzinfo=ZoneInfo(zone), locale=LOCALES[language])


def _on(value: date, pattern: str, language: str) -> str:
    from babel.dates import format_date  # noqa: PLC0415 - see the head of this file

    return format_date(value, pattern, locale=LOCALES[language])


def moment(value: datetime, zone: str, language: str) -> str:
    """четверг, 3 декабря 2026, 10:30 (Новосибирск, UTC+7)."""
    return f"{_at(value, zone, _FULL, language)} ({place(value, zone, language)})"


def deadline(value: datetime, zone: str, language: str) -> str:
    """3 декабря 2026, 10:30 (Новосибирск, UTC+7): to stand inside a sentence."""
    return f"{_at(value, zone, _HOUR, language)} ({place(value, zone, language)})"


def short(value: datetime, zone: str, language: str) -> str:
    """чт, 3 декабря, 10:30."""
    return _at(value, zone, _SHORT, language)


def stamp(value: datetime, zone: str, language: str) -> str:
    """3 дек. 2026, 10:30: in a table."""
    return _at(value, zone, _STAMP, language)


def brief(value: datetime, zone: str, language: str) -> str:
    """чт 3 дек., 10:30: where every character costs money."""
    return _at(value, zone, _BRIEF, language)


def local(value: datetime, zone: str) -> date:
    """The day it is then in `zone`."""
    return value.astimezone(ZoneInfo(zone)).date()


def clock(value: datetime, zone: str) -> str:
    """10:30, the same in both languages."""
    return f"{value.astimezone(ZoneInfo(zone)):%H:%M}"


def until(value: datetime, zone: str, language: str) -> str:
    """10:30 (Новосибирск): the end of something short."""
    return f"{clock(value, zone)} ({city(zone, language)})"


def day(value: date, language: str) -> str:
    """четверг, 3 декабря."""
    return _on(value, _DAY, language)


def plain(value: date, language: str) -> str:
    """3 декабря 2026."""
    return _on(value, _DATE, language)


def date_in(value: datetime, zone: str, language: str) -> str:
    """3 декабря 2026: the day of an instant on the zone's calendar."""
    return plain(local(value, zone), language)


def ahead(value: timedelta, language: str) -> str:
    """через 12 минут: to stand inside a sentence. Rounded up, so that it never promises too much."""
    from babel.dates import format_timedelta  # noqa: PLC0415 - see the head of this file

    unit = _HOUR_LONG if value > _HOUR_LONG else _MINUTE_LONG
    whole = max(math.ceil(value / unit), 1) * unit
    return format_timedelta(whole, threshold=1, add_direction=True, locale=LOCALES[language])


def age(value: timedelta, language: str) -> str:
    """3 дня: how long something has waited."""
    from babel.dates import format_timedelta  # noqa: PLC0415 - see the head of this file

    return format_timedelta(max(value, _MINUTE_LONG), threshold=1, granularity="minute", locale=LOCALES[language])


@lru_cache(maxsize=64)
def city(zone: str, language: str) -> str:
    """The zone's city as the language calls it."""
    from babel.dates import get_timezone_location  # noqa: PLC0415 - see the head of this file

    return get_timezone_location(ZoneInfo(zone), locale=LOCALES[language], return_city=True)


def place(value: datetime, zone: str, language: str) -> str:
    """Новосибирск, UTC+7: whose clock is meant, beyond doubt."""
    offset = value.astimezone(ZoneInfo(zone)).strftime("%z")
    hours, minutes = int(offset[:3]), offset[3:5]
    shown = f"{abs(hours)}" if minutes == "00" else f"{abs(hours)}:{minutes}"
    return f"{city(zone, language)}, UTC{'−' if offset[0] == '-' else '+'}{shown}"
