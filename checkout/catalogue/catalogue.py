"""What a clinic offers: clinics and their hours, services with today's price, and who or what gives them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from checkout.catalogue import calendar
from gateways.money import Money


class Kind(StrEnum):
    """A service takes time, goods take none; an option goes with a service and may lengthen its visit."""

    SERVICE = "service"
    GOODS = "goods"
    OPTION = "option"


class ResourceKind(StrEnum):
    """A service that is linked to both kinds needs one of each at the same time."""

    SPECIALIST = "specialist"
    ROOM = "room"


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in both languages of the product."""

    ru: str
    en: str

    def of(self, language: str) -> str:
        return self.en if language == "en" else self.ru


NOTHING = Text("", "")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From `opens` to `closes`, the clinic's wall clock, within one day."""

    opens: time
    closes: time

    @property
    def walls(self) -> tuple[int, int]:
        """The same in minutes since the wall clock showed midnight."""
        return self.opens.hour * 60 + self.opens.minute, self.closes.hour * 60 + self.closes.minute


def joined(spans: Sequence[Span]) -> list[Span]:
    """The same time in order, spans that touch or overlap made one: only a real gap is a break."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.opens <= found[-1].closes:
            found[-1] = Span(found[-1].opens, max(found[-1].closes, span.closes))
        else:
            found.append(span)
    return found


Exceptions = tuple[tuple[date, Span | None], ...]


def excepted(exceptions: Exceptions, day: date) -> list[Span] | None:
    """The spans that a day has instead of its weekday's; None if nothing is said of it. A None among them closes it."""
    found = [span for exception, span in exceptions if exception == day]
    if not found:
        return None
    return [] if None in found else joined([span for span in found if span])


@dataclass(frozen=True, slots=True)
class Clinic:
    """One address. `hours` by ISO weekday (1 = Monday), several spans a day where there is a break.

    `exceptions` overrule a day, None closes it. `paused`: shown, but nothing can be booked. `working_days` overrule the
    production calendar, which a clinic that `keeps_holidays` follows. `notes`: what to bring and how to find us.
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
    exceptions: Exceptions = ()
    keeps_holidays: bool = False
    working_days: tuple[tuple[date, bool], ...] = ()
    paused: bool = False
    map_url: str | None = None
    notes: Text = NOTHING

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def spans(self, day: date) -> list[Span]:
        """When the clinic is open on `day`: an exception says so, else the holidays it keeps, else the weekday."""
        overruled = excepted(self.exceptions, day)
        if overruled is not None:
            return overruled
        if self.keeps_holidays and calendar.holiday(day, dict(self.working_days)):
            return []
        return joined([span for weekday, span in self.hours if weekday == day.isoweekday()])


@dataclass(frozen=True, slots=True)
class Shift:
    """A resource's hours on one weekday, while they are valid; None: without a bound."""

    weekday: int
    span: Span
    valid_from: date | None = None
    valid_until: date | None = None

    def valid(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )


@dataclass(frozen=True, slots=True)
class Resource:
    """A specialist or a room, as far as a diary needs to know them. `services`: the ids of those it gives."""

    id: int
    kind: ResourceKind
    services: frozenset[int]
    active: bool = True
    hours: tuple[Shift, ...] = ()
    exceptions: Exceptions = ()

    def spans(self, day: date) -> list[Span] | None:
        """When they work on `day`, inside the clinic's opening; None: whenever the clinic is open."""
        overruled = excepted(self.exceptions, day)
        if overruled is not None:
            return overruled
        if not self.hours:
            return None
        weekday = day.isoweekday()
        return joined([shift.span for shift in self.hours if shift.weekday == weekday and shift.valid(day)])


@dataclass(frozen=True, slots=True)
class Specialist:
    """Who can be asked for by name: at which clinic, and for which services, all by slug."""

    slug: str
    clinic: str
    name: Text
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """What can be bought, at the price and VAT mark valid now. `options`: the slugs of what may go with it.

    The deposit rule is a percentage or a fixed sum a piece; with neither only the whole price is taken online.
    """

    id: int
    slug: str
    kind: Kind
    name: Text
    minutes: int
    price: Money
    deposit_percent: int | None
    at_clinic: bool
    vat: str
    deposit_fixed: Money | None = None
    about: Text = NOTHING
    position: int = 0
    options: tuple[str, ...] = ()

    @property
    def has_deposit(self) -> bool:
        return self.deposit_percent is not None or self.deposit_fixed is not None


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

    @property
    def deposit(self) -> Money:
        """What the deposit rule asks for: never more than the price, which is also asked for without a rule."""
        whole, service = self.amount, self.service
        if service.deposit_fixed is not None:
            return min(service.deposit_fixed * self.quantity, whole)
        if service.deposit_percent is None:
            return whole
        roubles = (whole.amount * service.deposit_percent + 5_000) // 10_000
        return min(Money(roubles * 100, whole.currency), whole)


def total(amounts: Iterable[Money]) -> Money:
    """The sum of at least one amount."""
    first, *others = amounts
    return sum(others, first)


def deposit(lines: Sequence[Line]) -> Money:
    """What the deposit plan asks for: percent of each line, half up to whole roubles, or a fixed sum; else in full.

    Source of the rule: decisions.md 6.
    """
    return total(line.deposit for line in lines)


def misplaced(lines: Sequence[Line]) -> int | None:
    """The index of the first option that does not go with the service before it; None if all do."""
    carrier: Service | None = None
    for index, line in enumerate(lines):
        if line.service.kind is Kind.SERVICE:
            carrier = line.service
        elif line.service.kind is Kind.OPTION and (carrier is None or line.service.slug not in carrier.options):
            return index
    return None
