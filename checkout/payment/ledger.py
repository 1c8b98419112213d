"""The ledger: double entry in kopecks, append-only. A debit is positive, a credit negative; every transaction sums to 0.

    what happened     debit                       credit
    capture           bank_clearing:<merchant>    customer:<order>
    cash_in           till:<shift>                customer:<order>
    refund            customer:<order>            bank_clearing:<merchant>
    cash_out          customer:<order>            till:<shift>
    chargeback        customer:<order>            bank_clearing:<merchant>
    settlement        bank_account:<merchant>     bank_clearing:<merchant>    the net of a line of the bank's registry
                      bank_fee:<merchant>                                     and its fee; of money back, the other way

Source: decisions.md 10. A visit marked given posts nothing yet: `revenue` joins with the office's own screens.
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
    CHARGEBACK = "chargeback"
    SETTLEMENT = "settlement"


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


@dataclass(frozen=True, slots=True)
class Settlement:
    """What one line of the bank's registry moves: `net` reaches the account, the bank keeps `fee`; both have signs."""

    order: OrderId
    merchant: str
    line: int
    net: Money
    fee: Money

    def entries(self) -> list[tuple[str, int]]:
        moved = self.net + self.fee
        each = (
            (account(self.merchant), self.net.amount),
            (fee(self.merchant), self.fee.amount),
            (clearing(self.merchant), -moved.amount),
        )
        return [(name, amount) for name, amount in each if amount]


def customer(order: OrderId) -> str:
    return f"customer:{order}"


def clearing(merchant: str) -> str:
    return f"bank_clearing:{merchant}"


def account(merchant: str) -> str:
    return f"bank_account:{merchant}"


def fee(merchant: str) -> str:
    return f"bank_fee:{merchant}"


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


def chargeback(order: OrderId, merchant: str, amount: Money) -> Posting:
    return Posting(Kind.CHARGEBACK, order, customer(order), clearing(merchant), amount)
