"""The ledger: double entry in kopecks, append-only. A debit is positive, a credit negative; every transaction sums to 0.

    what happened     debit                       credit
    capture           bank_clearing:<merchant>    customer:<order>
    cash_in           till:<shift>                customer:<order>
    refund            customer:<order>            bank_clearing:<merchant>
    cash_out          customer:<order>            till:<shift>

Source: decisions.md 10. A visit marked given posts nothing yet: `revenue` joins with the office's own screens;
`bank_account`, `bank_fee` and `rounding` with the bank's registry.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from checkout.ground.ids import OrderId, ShiftId
from gateways.money import Money


class Kind(StrEnum):
    CAPTURE = "capture"
    CASH_IN = "cash_in"
    REFUND = "refund"
    CASH_OUT = "cash_out"


@dataclass(frozen=True, slots=True)
class Posting:
    """One balanced transaction: `amount` moves from the credited to the debited account."""

    kind: Kind
    order: OrderId
    debit: str
    credit: str
    amount: Money

    def entries(self) -> list[tuple[str, int]]:
        return [(self.debit, self.amount.amount), (self.credit, -self.amount.amount)]


def customer(order: OrderId) -> str:
    return f"customer:{order}"


def clearing(merchant: str) -> str:
    return f"bank_clearing:{merchant}"


def till(shift: ShiftId) -> str:
    return f"till:{shift}"


def capture(order: OrderId, merchant: str, amount: Money) -> Posting:
    return Posting(Kind.CAPTURE, order, clearing(merchant), customer(order), amount)


def cash_in(order: OrderId, shift: ShiftId, amount: Money) -> Posting:
    return Posting(Kind.CASH_IN, order, till(shift), customer(order), amount)


def refund(order: OrderId, merchant: str, amount: Money) -> Posting:
    return Posting(Kind.REFUND, order, customer(order), clearing(merchant), amount)


def cash_out(order: OrderId, shift: ShiftId, amount: Money) -> Posting:
    return Posting(Kind.CASH_OUT, order, customer(order), till(shift), amount)
