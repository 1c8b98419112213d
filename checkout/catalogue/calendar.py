"""The Russian production calendar: which days are worked, public holidays, and days off moved from one date to another.

From the library `holidays`; the table `working_day` overrules single days, and comes in as an argument. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holidays import HolidayBase


@lru_cache(maxsize=8)
def _year(year: int) -> HolidayBase:
    import holidays  # noqa: PLC0415 - 60 ms and 10 MB that only a holiday needs

    return holidays.country_holidays("RU", years=year)


def working(day: date, overrides: Mapping[date, bool]) -> bool:
    """Whether `day` is a working day in Russia, unless somebody says otherwise."""
    if day in overrides:
        return overrides[day]
    return _year(day.year).is_working_day(day)


def holiday(day: date, overrides: Mapping[date, bool]) -> bool:
    """Whether `day` is a public holiday or a day off that was moved to it; a plain weekend is neither."""
    if day in overrides:
        return not overrides[day]
    return day in _year(day.year)


def add_working_days(start: date, count: int, overrides: Mapping[date, bool]) -> date:
    """The `count`-th working day after `start`."""
    day = start
    for _ in range(count):
        day += timedelta(days=1)
        while not working(day, overrides):
            day += timedelta(days=1)
    return day
