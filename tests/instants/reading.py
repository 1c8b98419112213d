"""Hours read back as their readers do: from words, from a page's marks, from a calendar file. Not one line of ours in it.

A person reads the date, the hour and whose clock it is; a text message leaves the year to them. A program knows no zone
but the one that the file carries.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from typing import Final

from dateutil import tz  # type: ignore[import-untyped]  # as in checkout.booking.busy_calendar

from tests.zones import CITIES

MONTHS: Final = {
    "ru": (
        *("января", "февраля", "марта", "апреля", "мая", "июня"),
        *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}
WEEKDAYS: Final = {
    "ru": ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
WEEKDAYS_BRIEF: Final = {
    "ru": ("пн", "вт", "ср", "чт", "пт", "сб", "вс"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
# Thursday, 3 December 2026, 10:30 (Moscow, UTC+3); inside a sentence without its weekday.
_WHOLE: Final = re.compile(
    r"(?:(\w+), )?(\d{1,2}) (\w+) (\d{4}), (\d\d):(\d\d) \(([^(),]+), UTC([+−])(\d{1,2})(?::(\d\d))?\)"
)
_DATE: Final = re.compile(r"(\d{1,2}) (\w+) (\d{4})")
# Thu 3 Dec, 10:30; on a page Thu, 3 December, 10:30.
_BRIEF: Final = re.compile(r"(\w+),? (\d{1,2}) (\w+?)\.?, (\d\d):(\d\d)")


def typed(text: str) -> str:
    """Spaces as one types them."""
    return text.replace("\u00a0", " ")


def whole(text: str, language: str) -> list[tuple[datetime, str]]:
    """Every instant that is told with its offset, and whose clock it was told on. A weekday must be that day's."""
    found = []
    for weekday, day, month, year, hour, minute, city, sign, hours, minutes in _read(_WHOLE, text):
        on = date(int(year), MONTHS[language].index(month) + 1, int(day))
        assert not weekday or WEEKDAYS[language][on.weekday()] == weekday, text
        offset = timedelta(hours=int(hours), minutes=int(minutes or 0)) * (1 if sign == "+" else -1)
        at = datetime(on.year, on.month, on.day, int(hour), int(minute), tzinfo=UTC) - offset
        found.append((at, zone_of(city, language)))
    return found


def dated(text: str, language: str) -> list[date]:
    """Every date that is told."""
    return [date(int(y), MONTHS[language].index(m) + 1, int(d)) for d, m, y in _read(_DATE, text)]


def brief(text: str, zone: str, language: str, *, after: datetime) -> datetime:
    """The instant told without a year, on the clock of `zone`: the next one with that date."""
    ((weekday, day, month, hour, minute),) = _read(_BRIEF, text)
    number = next(n for n, known in enumerate(MONTHS[language], start=1) if month[:3] == known[:3])
    years = (after.year - 1, after.year, after.year + 1)
    candidates = [wall(date(y, number, int(day)), f"{hour}:{minute}", zone) for y in years if _is_day(y, number, day)]
    found = next(at for at in candidates if at > after)
    assert WEEKDAYS_BRIEF[language][found.astimezone(tz.gettz(zone)).weekday()] == weekday, text
    return found


def _is_day(year: int, month: int, day: str) -> bool:
    return int(day) < 29 or month != 2 or year % 4 == 0  # between 1901 and 2099


def wall(day: date, clock: str, zone: str) -> datetime:
    """The instant at which a clock in `zone` shows this for the first time; by another library than ours."""
    hour, minute = clock.split(":")
    return datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=tz.gettz(zone)).astimezone(UTC)


def zone_of(city: str, language: str) -> str:
    return next(zone for zone, (ru, en) in CITIES.items() if city == (en if language == "en" else ru))


def _read(pattern: re.Pattern[str], text: str) -> list[tuple[str, ...]]:
    return [found.groups(default="") for found in pattern.finditer(typed(text))]


@dataclass(slots=True)
class Mark:
    """A `time` of a page: what it says, and what it carries for programs."""

    at: datetime
    zone: str
    until: datetime | None
    text: str = ""


class Marks(HTMLParser):
    """Collects the `time` elements of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[Mark] = []
        self._open = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "time":
            facts = {name: value or "" for name, value in attrs}
            until = datetime.fromisoformat(facts["data-until"]) if "data-until" in facts else None
            self.found.append(Mark(datetime.fromisoformat(facts["datetime"]), facts["data-zone"], until))
            self._open = True

    def handle_endtag(self, tag: str) -> None:
        self._open &= tag != "time"

    def handle_data(self, data: str) -> None:
        if self._open:
            self.found[-1].text += data


def entry(file: bytes) -> tuple[datetime, datetime]:
    """When the one visit of a calendar file begins and ends, by the rules for zones that stand in the file itself."""
    text = file.decode().replace("\r\n ", "")
    event = text.split("BEGIN:VEVENT")[1]
    start = re.search(r"^DTSTART;TZID=([^:]+):(\d{8}T\d{6})\r$", event, re.MULTILINE)
    lasts = re.search(r"^DURATION:PT(?:(\d+)H)?(?:(\d+)M)?\r$", event, re.MULTILINE)
    assert start is not None
    assert lasts is not None
    zone = tz.tzical(io.StringIO(text)).get(start[1])
    begins = datetime.strptime(start[2], "%Y%m%dT%H%M%S").replace(tzinfo=zone).astimezone(UTC)
    return begins, begins + timedelta(hours=int(lasts[1] or 0), minutes=int(lasts[2] or 0))
