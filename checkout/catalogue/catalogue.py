"""What a clinic offers: clinics, services with today's price, and who or what gives them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from gateways.money import Money


class Kind(StrEnum):
    SERVICE = "service"
    GOODS = "goods"


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in both languages of the product."""

    ru: str
    en: str

    def of(self, language: str) -> str:
        return self.en if language == "en" else self.ru


@dataclass(frozen=True, slots=True)
class Span:
    """Open from `opens` to `closes`, the clinic's wall clock."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Clinic:
    """One address. `hours` by ISO weekday (1 = Monday); `exceptions` overrule a day, None closes it.

    `notes`: what to bring and how to find us, for those who have booked.
    """

    id: int
    slug: str
    merchant: str
    name: Text
    address: Text
    zone: str
    phone: str
    step_minutes: int
    hours: tuple[tuple[int, Span], ...]
    exceptions: tuple[tuple[date, Span | None], ...] = ()
    map_url: str | None = None
    notes: Text = Text("", "")

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def spans(self, day: date) -> list[Span]:
        """When the clinic is open on `day`."""
        for exception, span in self.exceptions:
            if exception == day:
                return [span] if span else []
        return [span for weekday, span in self.hours if weekday == day.isoweekday()]


@dataclass(frozen=True, slots=True)
class Service:
    """What can be bought, at the price valid now. `deposit_percent` None: only the whole price is taken online."""

    id: int
    slug: str
    kind: Kind
    name: Text
    minutes: int
    price: Money
    deposit_percent: int | None
    at_clinic: bool
    vat: str


@dataclass(frozen=True, slots=True)
class Line:
    """A service and how many of it."""

    service: Service
    quantity: int

    @property
    def amount(self) -> Money:
        return self.service.price * self.quantity

    @property
    def minutes(self) -> int:
        return self.service.minutes * self.quantity


def deposit(lines: tuple[Line, ...]) -> Money:
    """What the deposit plan asks for: percent of each line, half up to whole roubles; lines without a deposit in full.

    Source of the rule: decisions.md 6.
    """
    due = 0
    for line in lines:
        percent = line.service.deposit_percent or 100
        roubles = (line.amount.amount * percent + 5_000) // 10_000
        due += min(roubles * 100, line.amount.amount) if percent < 100 else line.amount.amount  # noqa: PLR2004 - percent
    return Money(due, lines[0].amount.currency)
