"""What a dashboard tells: today by clinic, thirty days and the thirty before them. Pure.

A day is a clinic's own. Days are counted from the books into small rows (`figures_store`), so that a dashboard costs the same
whatever the number of orders. An order counts on the day it was placed, with what became of it within three days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from checkout.catalogue.catalogue import Text
from gateways.money import Money
from gateways.sberbank.action_codes import EXPLANATIONS, DeclineReason

DAYS: Final = 30
SETTLED_AFTER: Final = timedelta(days=3)  # a day's row is counted again until then
# Not a refusal of a card, whatever else it is.
NO_DECLINE: Final = {
    DeclineReason.NONE,
    DeclineReason.NOT_ATTEMPTED,
    DeclineReason.IN_PROGRESS,
    DeclineReason.ALREADY_PAID,
}
REASONS: Final = {code: words.reason for code, words in EXPLANATIONS.items()}


@dataclass(frozen=True, slots=True)
class Today:
    """A clinic now. `owing`: visits paid in part; `due`: what all of today's visits still owe.

    `drawer` None: no shift is open. `waiting`: refunds that need a person.
    """

    clinic: str
    name: Text
    visits: int
    paid: int
    owing: int
    unpaid: int
    due: Money
    drawer: Money | None
    waiting: int


@dataclass(frozen=True, slots=True)
class Period:
    """So many days. `revenue`: by method and day, days without any left out; `returns`: by day. `hours`: of refunds, from
    asked to done.

    `steps`: by day, how many orders that were to be paid online were `placed`, met the bank (`to_bank`), were `paid`.
    `declines`: payments in which a card was refused for this reason, the most frequent first.
    """

    since: date
    until: date
    revenue: Mapping[str, Mapping[date, Money]]
    returns: Mapping[date, Money]
    refunds: int
    steps: Mapping[str, Mapping[date, int]]
    declines: tuple[tuple[DeclineReason, int], ...]
    hours: Mapping[int, int]

    @property
    def days(self) -> list[date]:
        return [self.since + timedelta(days=n) for n in range((self.until - self.since).days + 1)]

    @property
    def received(self) -> Money:
        return sum((amount for each in self.revenue.values() for amount in each.values()), Money(0))

    @property
    def returned(self) -> Money:
        return sum(self.returns.values(), Money(0))

    @property
    def placed(self) -> int:
        return self._met("placed")

    @property
    def to_bank(self) -> int:
        return self._met("to_bank")

    @property
    def paid(self) -> int:
        return self._met("paid")

    def _met(self, step: str) -> int:
        return sum(self.steps.get(step, {}).values())

    @property
    def returned_percent(self) -> Decimal | None:
        """Of what was received in the same days."""
        return percent(self.returned.amount, self.received.amount)

    @property
    def to_bank_percent(self) -> Decimal | None:
        return percent(self.to_bank, self.placed)

    @property
    def paid_percent(self) -> Decimal | None:
        return percent(self.paid, self.placed)

    @property
    def median_hours(self) -> int | None:
        return percentile(self.hours, 50)

    @property
    def p90_hours(self) -> int | None:
        return percentile(self.hours, 90)


@dataclass(frozen=True, slots=True)
class Dashboard:
    """`counted_at`: how fresh the periods are; None if nothing was counted yet. `today` is as of now."""

    today: tuple[Today, ...]
    current: Period
    previous: Period
    counted_at: datetime | None


def percent(part: int, whole: int) -> Decimal | None:
    """With one place; None of nothing."""
    return (Decimal(100 * part) / whole).quantize(Decimal("0.1"), ROUND_HALF_UP) if whole else None


def percentile(buckets: Mapping[int, int], share: int) -> int | None:
    """The smallest value that at least `share` percent of all do not exceed; None without any."""
    wanted, met = share * sum(buckets.values()), 0
    for value, number in sorted(buckets.items()):
        met += 100 * number
        if met >= wanted:
            return value
    return None


def change(now: int, before: int) -> Decimal | None:
    """By how many percent more (or less) than before; None if there was nothing before."""
    return percent(now - before, before)
