"""An order is the money story of one visit. Its state is not stored: it is a word derived from the facts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from checkout.booking import booking
from checkout.catalogue.catalogue import Kind, Line, Text, deposit
from checkout.ground.errors import Invalid
from checkout.ground.ids import OrderId, PersonId
from checkout.payment import payment
from gateways.money import Money


class Plan(StrEnum):
    FULL = "full"
    DEPOSIT = "deposit"
    AT_CLINIC = "at_clinic"


class Word(StrEnum):
    """What everybody calls the order's state."""

    DRAFT = "draft"
    AWAITING_PAYMENT = "awaiting_payment"
    CHECKING = "checking"
    DEPOSIT_PAID = "deposit_paid"
    PAID = "paid"
    TO_DECIDE = "to_decide"
    PART_REFUNDED = "part_refunded"
    REFUNDED = "refunded"
    CHARGED_BACK = "charged_back"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REVIEW = "review"


WORDS: Final = {
    Word.DRAFT: Text("Черновик", "Draft"),
    Word.AWAITING_PAYMENT: Text("Ждёт оплаты", "Awaiting payment"),
    Word.CHECKING: Text("Проверяем у банка", "Checking with the bank"),
    Word.DEPOSIT_PAID: Text("Внесена предоплата", "Deposit paid"),
    Word.PAID: Text("Оплачено", "Paid"),
    Word.TO_DECIDE: Text("Деньги получены, время занято: нужно решение", "Money received, time taken: to decide"),
    Word.PART_REFUNDED: Text("Возвращено частично", "Partly refunded"),
    Word.REFUNDED: Text("Возвращено", "Refunded"),
    Word.CHARGED_BACK: Text("Оплата оспорена в банке плательщика", "Charged back by the payer’s bank"),
    Word.CANCELLED: Text("Отменена", "Cancelled"),
    Word.EXPIRED: Text("Истекла", "Expired"),
    Word.REVIEW: Text("Проверяем у банка", "Checking with the bank"),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the word is derived from. `reserved` is promised back, not yet gone.

    `charged_back`: some of what went back was not ours to give: the payer's bank took it.
    """

    plan: Plan
    total: Money
    paid: Money
    refunded: Money
    reserved: Money
    cancelled: bool
    bookings: frozenset[booking.State]
    payments: frozenset[payment.State]
    charged_back: bool = False

    @property
    def ours(self) -> Money:
        """What is with us, promised back or not: a promise may still be taken back by a person."""
        return self.paid - self.refunded

    @property
    def kept(self) -> Money:
        """What is with us and not promised back."""
        return self.ours - self.reserved

    @property
    def untouched(self) -> bool:
        """There is money, and none of it was promised or given back: only then may it have a visit again."""
        return bool(self.paid) and self.kept == self.paid

    @property
    def due(self) -> Money:
        """What is still to be paid for the visit; nothing once it is cancelled, never negative.

        A refund does not raise it: money given back on a visit that stands lowers what it costs.
        """
        left = self.total.amount - self.paid.amount
        visit = bool(self.bookings & booking.TAKES_PLACE) and not self.cancelled
        return Money(max(left, 0) if visit else 0, self.total.currency)


def word(facts: Facts) -> Word:
    """The order's state in one word; the first rule that holds."""
    visit = bool(facts.bookings & booking.TAKES_PLACE)
    if payment.State.REVIEW in facts.payments:
        return Word.REVIEW
    if facts.paid:
        return _with_money(facts, visit=visit)
    if facts.cancelled:
        return Word.CANCELLED
    if facts.payments & {payment.State.REGISTERING, payment.State.UNKNOWN, payment.State.AUTHORIZED}:
        return Word.CHECKING
    if not visit:
        return Word.EXPIRED
    waiting = facts.payments or facts.plan is Plan.AT_CLINIC
    return Word.AWAITING_PAYMENT if waiting else Word.DRAFT


def _with_money(facts: Facts, *, visit: bool) -> Word:
    if facts.refunded and facts.refunded == facts.paid:
        return Word.CHARGED_BACK if facts.charged_back else Word.REFUNDED
    if facts.kept and not visit and booking.State.NO_SHOW not in facts.bookings:
        return Word.TO_DECIDE
    if facts.refunded or facts.reserved:
        return Word.CHARGED_BACK if facts.charged_back else Word.PART_REFUNDED
    return Word.PAID if facts.total <= facts.paid else Word.DEPOSIT_PAID


def asked_before_visit(plan: Plan, lines: Sequence[Line]) -> Money:
    """What the plan takes online. Raises Invalid for a plan that a line does not offer."""
    total = sum((line.amount for line in lines[1:]), lines[0].amount)
    if plan is Plan.FULL:
        return total
    if plan is Plan.AT_CLINIC:
        if not all(line.service.at_clinic for line in lines):
            raise Invalid("plan_not_offered", pointer="/plan", plan=plan)
        return Money(0, total.currency)
    if not any(line.service.has_deposit for line in lines):
        raise Invalid("plan_not_offered", pointer="/plan", plan=plan)
    return deposit(lines)


def next_charge(facts: Facts, asked: Money) -> Money:
    """What the next card payment takes: the plan's sum first, then whatever is still due."""
    first = asked.amount - facts.paid.amount
    return Money(min(first, facts.due.amount), asked.currency) if first > 0 else facts.due


def undecided(facts: Facts, now: datetime, hours: int, *, before: datetime | None = None) -> datetime | None:
    """By when it must be decided what becomes of the money; None if all of it has its visit. A surplus need not wait.

    `before`: the limit that was set already; more money does not put it off.
    """
    if facts.bookings & booking.EARNS:
        return now if facts.total < facts.ours else None
    if not facts.ours:
        return None
    limit = now + timedelta(hours=hours)
    return min(limit, before) if before else limit


def window_end(base: datetime, zone: str, days: int) -> datetime:
    """The last instant at which a refund may be asked: the end of the `days`-th day after the base date.

    Calendar days in the clinic's zone. Source: decisions.md 9.
    """
    tz = ZoneInfo(zone)
    after = base.astimezone(tz).date() + timedelta(days=days + 1)
    return datetime.combine(after, time(), tz).astimezone(UTC) - timedelta(seconds=1)  # 23:59 may be shown twice


class Goods(StrEnum):
    """Where goods are: promised, promised and overdue, at the clinic, with the patient."""

    AWAITED = "awaited"
    LATE = "late"
    ARRIVED = "arrived"
    HANDED_OVER = "handed_over"


@dataclass(frozen=True, slots=True)
class Order:
    """One order as it is kept; what may change over its life is in `Facts`.

    `relation`: what the payer is to a patient under age. `sequence`: how often the visit was moved. `deliver_by`,
    `goods_arrived_at`, `handed_over_at`: of its goods, None without any (or not yet). `wanted_id`: the specialist that was
    asked for.
    """

    id: OrderId
    code: str
    merchant: str
    clinic_id: int
    clinic: str
    zone: str
    payer_id: PersonId
    patient_id: PersonId | None
    plan: Plan
    language: str
    total: Money
    asked: Money
    starts_at: datetime
    ends_at: datetime
    given_at: datetime | None
    hold_until: datetime
    hold_cap: datetime
    decide_by: datetime | None
    cancelled_at: datetime | None
    return_url: str | None
    principal: str
    created_at: datetime
    relation: str | None = None
    sequence: int = 0
    extended_at: datetime | None = None
    deliver_by: datetime | None = None
    goods_arrived_at: datetime | None = None
    handed_over_at: datetime | None = None
    wanted_id: int | None = None

    @property
    def has_goods(self) -> bool:
        return self.deliver_by is not None

    def goods(self, now: datetime) -> Goods | None:
        """None if none were bought."""
        if self.deliver_by is None:
            return None
        if self.handed_over_at is not None:
            return Goods.HANDED_OVER
        if self.goods_arrived_at is not None:
            return Goods.ARRIVED
        return Goods.LATE if self.deliver_by < now else Goods.AWAITED


@dataclass(frozen=True, slots=True)
class Window:
    """Until when a refund of one kind of line may be asked. `planned`: `base` is a plan as yet, not what happened."""

    kind: Kind
    base: datetime
    planned: bool
    ends: datetime


def windows(order: Order, kinds: Iterable[Kind], days: int) -> list[Window]:
    """The windows of lines of these kinds, of services first. Options go with their service.

    A service's runs from the visit given, until then from its planned end; that of goods from their receipt at the
    clinic, until then from the day on which they are due there. Source: decisions.md 9.
    """
    goods = [kind is Kind.GOODS for kind in kinds]
    found = []
    if not all(goods):
        found.append(_window(order, Kind.SERVICE, order.given_at, order.ends_at, days))
    if any(goods):
        found.append(_window(order, Kind.GOODS, order.handed_over_at, order.deliver_by or order.ends_at, days))
    return found


def _window(order: Order, kind: Kind, happened: datetime | None, plan: datetime, days: int) -> Window:
    base = happened or plan
    return Window(kind, base, planned=happened is None, ends=window_end(base, order.zone, days))


def widest(found: Sequence[Window]) -> Window:
    """The window that ends last: a refund over several kinds may be asked for as long as any of them allows."""
    return max(found, key=lambda window: window.ends)
