"""The clinic's till: what a shift is, what moves in it, and what may be taken. Pure.

A clinic has one open shift at a time, opened and closed by counting. Whatever is paid at the desk is an entry of the
open shift with the clinic's next receipt number; what is in the drawer is the sum of the shift's cash entries, always.

    kind        direction  against                  what happened
    float       in         cash_float:<clinic>      the shift before left it in the drawer (the very first: cash_safe)
    taking      in         customer:<order>         somebody paid for a visit
    paid_in     in         by its reason            money came that pays for nothing
    refund      out        customer:<order>         a refund was paid
    paid_out    out        by its reason            money went that refunds nothing
    hand_over   out        cash_safe:<clinic>       takings that somebody else accepted
    storno      opposite   as what it reverses      an entry of this shift was a mistake
    surplus     in         cash_difference:<clinic> counted more than the books say
    shortage    out        cash_difference:<clinic> counted less
    left        out        cash_float:<clinic>      stays in the drawer for the next shift
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from checkout.catalogue.catalogue import Text
from checkout.ground.errors import Conflict, Invalid
from checkout.ground.ids import OrderId, PaymentId, RefundId, ShiftId
from checkout.payment.order import Facts
from gateways.money import Money

OLDEST: Final = timedelta(hours=24)  # 54-FZ: receipts stand in a shift of a day at most (product.md §6.2)
LATE: Final = timedelta(hours=20)


class Tender(StrEnum):
    """What somebody pays in at the desk. A card there is the bank's terminal, not our page."""

    CASH = "cash"
    TERMINAL = "terminal"
    TRANSFER = "transfer"


class Kind(StrEnum):
    TAKING = "taking"
    REFUND = "refund"
    STORNO = "storno"
    FLOAT = "float"
    SURPLUS = "surplus"
    SHORTAGE = "shortage"
    PAID_IN = "paid_in"
    PAID_OUT = "paid_out"
    HAND_OVER = "hand_over"
    LEFT = "left"


class Reason(StrEnum):
    """Why money moves that nobody paid, or why an entry was a mistake."""

    CHANGE = "change"
    ADVANCE = "advance"
    BANK = "bank"
    EXPENSE = "expense"
    OTHER = "other"
    WRONG_SUM = "wrong_sum"
    WRONG_ORDER = "wrong_order"
    WRONG_TENDER = "wrong_tender"
    TWICE = "twice"
    NOT_RECEIVED = "not_received"


class Age(StrEnum):
    FRESH = "fresh"
    LATE = "late"  # close it soon
    OVER = "over"  # nothing is taken or paid until it is closed


INTO: Final = frozenset({Kind.FLOAT, Kind.TAKING, Kind.PAID_IN, Kind.SURPLUS})
PRINTED: Final = frozenset({Kind.TAKING, Kind.REFUND, Kind.STORNO})  # the fiscal printer has a receipt of these
REVERSIBLE: Final = frozenset({Kind.TAKING, Kind.PAID_IN, Kind.PAID_OUT})
# Each reason of a movement with the account that the money comes from or goes to.
PAID_IN: Final = {Reason.CHANGE: "cash_safe", Reason.ADVANCE: "cash_advance", Reason.OTHER: "cash_other"}
PAID_OUT: Final = {
    Reason.BANK: "cash_in_transit",
    Reason.ADVANCE: "cash_advance",
    Reason.EXPENSE: "cash_expense",
    Reason.OTHER: "cash_other",
}
MISTAKES: Final = (Reason.WRONG_SUM, Reason.WRONG_ORDER, Reason.WRONG_TENDER, Reason.TWICE, Reason.NOT_RECEIVED)

TENDERS: Final = {
    Tender.CASH: Text("Наличные", "Cash"),
    Tender.TERMINAL: Text("Карта через терминал", "Card at the terminal"),
    Tender.TRANSFER: Text("Банковский перевод", "Bank transfer"),
}
KINDS: Final = {
    Kind.TAKING: Text("Приём оплаты", "Payment taken"),
    Kind.REFUND: Text("Возврат", "Refund"),
    Kind.STORNO: Text("Сторно", "Reversal"),
    Kind.FLOAT: Text("Остаток на начало", "Opening float"),
    Kind.SURPLUS: Text("Излишек", "Over"),
    Kind.SHORTAGE: Text("Недостача", "Short"),
    Kind.PAID_IN: Text("Внесение", "Paid in"),
    Kind.PAID_OUT: Text("Изъятие", "Paid out"),
    Kind.HAND_OVER: Text("Передано в сейф", "Handed over to the safe"),
    Kind.LEFT: Text("Оставлено в кассе", "Left in the drawer"),
}
REASONS: Final = {
    Reason.CHANGE: Text("Размен", "Change"),
    Reason.ADVANCE: Text("Под отчёт", "Staff advance"),
    Reason.BANK: Text("Сдано в банк", "Taken to the bank"),
    Reason.EXPENSE: Text("Хозяйственные расходы", "Petty expenses"),
    Reason.OTHER: Text("Другое", "Other"),
    Reason.WRONG_SUM: Text("Ошибка в сумме", "Wrong sum"),
    Reason.WRONG_ORDER: Text("Не тот заказ", "Wrong order"),
    Reason.WRONG_TENDER: Text("Не тот способ оплаты", "Wrong way of paying"),
    Reason.TWICE: Text("Записано дважды", "Entered twice"),
    Reason.NOT_RECEIVED: Text("Деньги не получены", "Money not received"),
}


@dataclass(frozen=True, slots=True)
class Shift:
    """One shift as it is kept. `left_before`: what the shift before left in the drawer; None if there was none.

    Once closed: `z_total` ought to have been in the drawer, `counted` was and stays in it; `receipt_to` is the last
    receipt before those of the close itself.
    """

    id: ShiftId
    clinic_id: int
    opened_by: str
    opened_at: datetime
    float_amount: Money
    left_before: Money | None = None
    float_explanation: str | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    counted_by: str | None = None
    z_no: int | None = None
    z_total: Money | None = None
    counted: Money | None = None
    explanation: str | None = None
    receipt_to: int | None = None

    def age(self, now: datetime) -> Age:
        since = now - self.opened_at
        return Age.OVER if since >= OLDEST else Age.LATE if since >= LATE else Age.FRESH


@dataclass(frozen=True, slots=True)
class Entry:
    """One movement as it is kept. `receipt_no`: the clinic's own, without gaps; not a fiscal document.

    `fiscal`: the number that stands of the fiscal printer's receipt, if it was noted.
    """

    id: int
    shift_id: ShiftId
    receipt_no: int
    kind: Kind
    into: bool
    tender: Tender
    amount: Money
    principal: str
    at: datetime
    reason: Reason | None = None
    note: str | None = None
    received: Money | None = None
    payment_id: PaymentId | None = None
    refund_id: RefundId | None = None
    order_id: OrderId | None = None
    reverses: int | None = None
    reversed_by: int | None = None
    fiscal: str | None = None

    @property
    def in_drawer(self) -> Money:
        """What it changed in the drawer: nothing, unless it was cash."""
        if self.tender is not Tender.CASH:
            return Money(0, self.amount.currency)
        return self.amount if self.into else -self.amount


@dataclass(frozen=True, slots=True)
class Movement:
    """What is to become an entry; a storno turns the direction of its kind, and says so."""

    kind: Kind
    amount: Money
    tender: Tender = Tender.CASH
    into: bool | None = None
    reason: Reason | None = None
    note: str | None = None
    received: Money | None = None

    @property
    def direction(self) -> str:
        into = self.kind in INTO if self.into is None else self.into
        return "in" if into else "out"


def drawer(entries: Iterable[Entry]) -> Money:
    """What is in the drawer after these entries."""
    return sum((entry.in_drawer for entry in entries), Money(0))


def working(shift: Shift | None, now: datetime) -> Shift:
    """The open shift, if it still takes and pays. Raises Conflict `shift_closed`, `shift_too_old`."""
    if shift is None:
        raise Conflict("shift_closed")
    if shift.age(now) is Age.OVER:
        raise Conflict("shift_too_old", since=shift.opened_at)
    return shift


def still_open(shift: Shift) -> Shift:
    """Raises Conflict `shift_closed_already`, naming who closed it and when."""
    if shift.closed_at is not None:
        raise Conflict("shift_closed_already", by=shift.closed_by, at=shift.closed_at)
    return shift


def check(facts: Facts, amount: Money) -> None:
    """Whether this much may be taken now. Raises Invalid or Conflict with what is due."""
    positive(amount)
    if not facts.due:
        raise Conflict("nothing_due")
    if facts.due < amount:
        raise Conflict("more_than_due", pointer="/amount", due=facts.due)


def positive(amount: Money) -> None:
    if amount.amount <= 0:
        raise Invalid("amount_not_positive", pointer="/amount")


def enough(held: Money, amount: Money) -> None:
    """No drawer pays what it does not have. Raises Conflict `drawer_short` with what is in it."""
    if held < amount:
        raise Conflict("drawer_short", pointer="/amount", left=held)


def proof(tender: Tender, reference: str | None) -> str | None:
    """The reference that a tender needs: of the terminal's slip or the payment order; none for cash. Raises Invalid."""
    if tender is Tender.CASH:
        return None
    if not reference:
        raise Invalid("reference_needed", pointer="/reference")
    return reference


def change(amount: Money, received: Money) -> Money:
    """What goes back over the counter. Raises Invalid `received_too_little`."""
    if received < amount:
        raise Invalid("received_too_little", pointer="/received", amount=amount)
    return received - amount
