"""The ledger: double entry in kopecks, append-only. A debit is positive, a credit negative; every transaction sums to 0.

    what happened     debit                       credit
    capture           bank_clearing:<merchant>    customer:<order>
    cash_in           till:<shift>                customer:<order>
    manual_in         terminal_clearing:<merchant> or bank_account:<merchant>, credit customer:<order>
    refund            customer:<order>            bank_clearing:<merchant>
    cash_out          customer:<order>            till:<shift>
    manual_out        customer:<order>, credit terminal_clearing:<merchant> or bank_account:<merchant>
    till              money of no order into the drawer or out of it; against what, `checkout.till.till` says
    storno            what it reverses, with the sides changed

Source: decisions.md 10. A visit marked given posts nothing yet: `revenue` joins with the office's own screens;
`bank_fee` and `rounding` with the bank's registry.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from checkout.ground.ids import OrderId, ShiftId
from gateways.money import Money


class Kind(StrEnum):
    CAPTURE = "capture"
    CASH_IN = "cash_in"
    MANUAL_IN = "manual_in"
    REFUND = "refund"
    CASH_OUT = "cash_out"
    MANUAL_OUT = "manual_out"
    TILL = "till"
    STORNO = "storno"


@dataclass(frozen=True, slots=True)
class Posting:
    """One balanced transaction: `amount` moves from the credited to the debited account. `order` None: of the till alone."""

    kind: Kind
    order: OrderId | None
    debit: str
    credit: str
    amount: Money

    def entries(self) -> list[tuple[str, int]]:
        return [(self.debit, self.amount.amount), (self.credit, -self.amount.amount)]


def customer(order: OrderId) -> str:
    return f"customer:{order}"


def clearing(merchant: str) -> str:
    return f"bank_clearing:{merchant}"


def terminal(merchant: str) -> str:
    return f"terminal_clearing:{merchant}"


def bank_account(merchant: str) -> str:
    return f"bank_account:{merchant}"


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


def manual_in(order: OrderId, account: str, amount: Money) -> Posting:
    return Posting(Kind.MANUAL_IN, order, account, customer(order), amount)


def manual_out(order: OrderId, account: str, amount: Money) -> Posting:
    return Posting(Kind.MANUAL_OUT, order, customer(order), account, amount)


def drawer(shift: ShiftId, account: str, amount: Money, *, into: bool) -> Posting:
    """Between the drawer and an account of the clinic."""
    debit, credit = (till(shift), account) if into else (account, till(shift))
    return Posting(Kind.TILL, None, debit, credit, amount)


def storno(posting: Posting) -> Posting:
    """The same with its sides changed: together they come to nothing."""
    return replace(posting, kind=Kind.STORNO, debit=posting.credit, credit=posting.debit)
