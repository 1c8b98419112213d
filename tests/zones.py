"""Clocks that a clinic may live by: the eleven zones of Russia, and zones whose clocks still change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

# Each with its city as Russians and the English call it.
RUSSIAN: Final = {
    "Europe/Kaliningrad": ("Калининград", "Kaliningrad"),
    "Europe/Moscow": ("Москва", "Moscow"),
    "Europe/Samara": ("Самара", "Samara"),
    "Asia/Yekaterinburg": ("Екатеринбург", "Yekaterinburg"),
    "Asia/Omsk": ("Омск", "Omsk"),
    "Asia/Novosibirsk": ("Новосибирск", "Novosibirsk"),
    "Asia/Irkutsk": ("Иркутск", "Irkutsk"),
    "Asia/Yakutsk": ("Якутск", "Yakutsk"),
    "Asia/Vladivostok": ("Владивосток", "Vladivostok"),
    "Asia/Magadan": ("Магадан", "Magadan"),
    "Asia/Kamchatka": ("Петропавловск-Камчатский", "Kamchatka"),
}
# By an hour at night, in both hemispheres; by half an hour; at midnight itself, forwards and back.
CHANGING: Final = {
    "Europe/Berlin": ("Берлин", "Berlin"),
    "Europe/London": ("Лондон", "London"),
    "America/New_York": ("Нью-Йорк", "New York"),
    "America/Santiago": ("Сантьяго", "Santiago"),
    "Australia/Lord_Howe": ("Лорд-Хау", "Lord Howe Island"),
    "Africa/Cairo": ("Каир", "Cairo"),
}
CITIES: Final = RUSSIAN | CHANGING
FIRST, LAST = datetime(2025, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
_QUARTER: Final = timedelta(minutes=15)


@lru_cache(maxsize=64)
def changes(zone: str, first: datetime = FIRST, last: datetime = LAST) -> tuple[datetime, ...]:
    """When the clock of `zone` is put forwards or back between these two instants."""
    tz, found, step = ZoneInfo(zone), [], timedelta(hours=12)
    while first < last:
        early, late = first, first + step
        if early.astimezone(tz).utcoffset() != late.astimezone(tz).utcoffset():
            while late - early > timedelta(minutes=1):
                middle = early + (late - early) / 2
                same = middle.astimezone(tz).utcoffset() == early.astimezone(tz).utcoffset()
                early, late = (middle, late) if same else (early, middle)
            found.append(late.replace(second=0, microsecond=0))
        first += step
    return tuple(found)


def midnight(day: date, zone: str) -> datetime:
    """When that day begins, or the clock passes it by."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def told_once(moment: datetime, zone: str) -> bool:
    """Whether it is the first time that the clock of `zone` shows this hour: no other can be booked."""
    return moment.astimezone(ZoneInfo(zone)).fold == 0


@st.composite
def moments(draw: st.DrawFn, zone: str) -> datetime:
    """An instant on the grid of visits: near a change of the clocks, a new year, a midnight; or any."""
    days = st.integers(0, (LAST - FIRST).days - 1).map(lambda number: (FIRST + timedelta(days=number)).date())
    near = [
        st.sampled_from([midnight(date(year, 1, 1), zone) for year in range(2026, 2030)]),
        days.map(lambda day: midnight(day, zone)),
    ]
    if changes(zone):
        near.append(st.sampled_from(changes(zone)))
    around = st.integers(-16, 16).map(lambda quarters: quarters * _QUARTER)
    anywhere = st.integers(0, (LAST - FIRST) // _QUARTER - 1).map(lambda quarters: FIRST + quarters * _QUARTER)
    found: datetime = draw(st.one_of(*(st.builds(lambda at, by: at + by, one, around) for one in near), anywhere))
    return found


@st.composite
def visits(draw: st.DrawFn) -> tuple[str, datetime]:
    """A zone and a start in it that can be booked."""
    zone = draw(st.sampled_from(list(CITIES)))
    return zone, draw(moments(zone).filter(lambda at: told_once(at, zone)))


@st.composite
def hours(draw: st.DrawFn) -> tuple[str, datetime]:
    """A zone and any instant there: a deadline may lie in the hour that the clock shows twice."""
    zone = draw(st.sampled_from(list(CITIES)))
    return zone, draw(moments(zone))


def slug(zone: str) -> str:
    """Of the clinic that stands there."""
    return zone.lower().replace("/", "-").replace("_", "-")
