"""The refund clock: when it may be asked, when it must be answered, when the money is promised. Pure.

Working days follow the Russian production calendar; finance may overrule a day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from checkout.catalogue.calendar import add_working_days

ANSWER_DAYS: Final = 10  # calendar days to answer a demand, consumer law (product.md §6.3)


@dataclass(frozen=True, slots=True)
class Promise:
    """What the payer is told."""

    answer_due: date
    expected_from: date
    expected_by: date


def promise(*, asked: date, sent: date, days_from: int, days_to: int, overrides: Mapping[date, bool]) -> Promise:
    """`asked`: the day it is then at the clinic. `sent`: the day it is at the bank, which counts on from there."""
    return Promise(
        answer_due=asked + timedelta(days=ANSWER_DAYS),
        expected_from=add_working_days(sent, days_from, overrides),
        expected_by=add_working_days(sent, days_to, overrides),
    )
