"""The refund clock: when it may be asked, when it must be answered, when the money is promised. Pure.

Working days follow the Russian production calendar (library `holidays`); finance may overrule a day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from holidays import HolidayBase

ANSWER_DAYS: Final = 10  # calendar days to answer a demand, consumer law (product.md §6.3)


@lru_cache(maxsize=8)
def _calendar(year: int) -> HolidayBase:
    import holidays  # noqa: PLC0415 - 60 ms and 10 MB that only a refund needs

    return holidays.country_holidays("RU", years=year)


def working(day: date, overrides: Mapping[date, bool]) -> bool:
    """Whether `day` is a working day in Russia, unless finance says otherwise."""
    if day in overrides:
        return overrides[day]
    return _calendar(day.year).is_working_day(day)


def add_working_days(start: date, count: int, overrides: Mapping[date, bool]) -> date:
    """The `count`-th working day after `start`."""
    day = start
    for _ in range(count):
        day += timedelta(days=1)
        while not working(day, overrides):
            day += timedelta(days=1)
    return day


@dataclass(frozen=True, slots=True)
class Promise:
    """What the payer is told."""

    answer_due: date
    expected_from: date
    expected_by: date


def promise(*, asked: date, sent: date, days_from: int, days_to: int, overrides: Mapping[date, bool]) -> Promise:
    """`asked` and `sent` are days of the bank (Moscow); money is promised from the day the bank gets the order."""
    return Promise(
        answer_due=asked + timedelta(days=ANSWER_DAYS),
        expected_from=add_working_days(sent, days_from, overrides),
        expected_by=add_working_days(sent, days_to, overrides),
    )
