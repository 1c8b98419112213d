"""A chargeback: the payer's bank took the money of a payment back, and we answer or do not. Pure.

open      it was recognised: the money is gone, and somebody has to say what we do about it, by a day
disputed  our evidence was sent to the bank; its answer is awaited
accepted  we do not dispute it: the money stays gone
lost      the bank did not take our evidence: the money stays gone
won       the payer's bank gave the money up again: it is ours

Money moves twice at most: away when it is recognised, back when it is won. That a bank's registry brings the money back is
believed of any that is lost or accepted, too (`return`); people may only close what is open. Source: decisions.md 10.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from checkout.catalogue.catalogue import Text
from checkout.ground.ids import ChargebackId, OrderId, PaymentId, RefundId
from checkout.ground.steps import commands
from gateways.money import Money


class State(StrEnum):
    OPEN = "open"
    DISPUTED = "disputed"
    WON = "won"
    LOST = "lost"
    ACCEPTED = "accepted"


class Source(StrEnum):
    """By what it was recognised."""

    FLAG = "flag"  # a status read: it says that there is one, and not of how much
    REGISTRY = "registry"  # a line of the bank's registry, with its sum


COMMANDS: Final = commands(
    "chargeback",
    State,
    """
    open      --dispute-->  disputed
    open      --accept-->   accepted
    open      --win-->      won
    open      --lose-->     lost
    disputed  --accept-->   accepted
    disputed  --win-->      won
    disputed  --lose-->     lost
    open      --return-->   won
    disputed  --return-->   won
    lost      --return-->   won
    accepted  --return-->   won
    """,
)
# What people may say of it; `return` is the bank's own word.
PRESSED: Final = ("dispute", "accept", "win", "lose")
WAITS: Final = frozenset({State.OPEN, State.DISPUTED})

WORDS: Final = {
    State.OPEN: Text("Нужно ответить", "To be answered"),
    State.DISPUTED: Text("Оспариваем", "Disputed by us"),
    State.WON: Text("Выиграли: деньги у нас", "Won: the money is ours"),
    State.LOST: Text("Проиграли", "Lost"),
    State.ACCEPTED: Text("Приняли", "Accepted"),
}
SOURCE_WORDS: Final = {
    Source.FLAG: Text("Признак в ответе банка", "A flag in the bank’s answer"),
    Source.REGISTRY: Text("Строка реестра банка", "A line of the bank’s registry"),
}


@dataclass(frozen=True, slots=True)
class Chargeback:
    """One chargeback as it is kept. `refund_id`: what our books say of its money. `answer_by`: the last day to answer.

    `supposed`: the bank did not tell the sum yet, so all that was left of the payment counts. `reference`: of the operation at
    the bank. `note`: what finance wrote last, such as the case's number or reason code.
    """

    id: ChargebackId
    order_id: OrderId
    payment_id: PaymentId
    refund_id: RefundId
    amount: Money
    source: Source
    state: State
    supposed: bool
    reference: str | None
    recognised_at: datetime
    answer_by: date
    note: str | None
    decided_by: str | None
    decided_at: datetime | None

    @property
    def commands(self) -> tuple[str, ...]:
        """What people may say of it now, in the order of its life."""
        return tuple(command for command in PRESSED if (self.state, command) in COMMANDS.table)

    def days_left(self, today: date) -> int:
        """Whole days after this one in which it can still be answered; below zero: it is late."""
        return (self.answer_by - today).days


def answer_by(today: date, days: int, *, happened: date | None = None) -> date:
    """The last day to answer: the bank counts from the day that its registry names, and not from when we noticed."""
    return min(today, happened or today) + timedelta(days=days)
