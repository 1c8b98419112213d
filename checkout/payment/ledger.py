"""The ledger: double entry in kopecks, append-only. A debit is positive, a credit negative; every transaction sums to 0.

    what happened     debit                       credit
    capture           bank_clearing:<merchant>    customer:<order>
    cash_in           till:<shift>                customer:<order>
    manual_in         terminal_clearing:<merchant> customer:<order>    by the desk's terminal; a transfer: bank_account:<merchant>
    refund            customer:<order>            bank_clearing:<merchant>
    cash_out          customer:<order>            till:<shift>
    manual_out        customer:<order>            terminal_clearing:<merchant>, or bank_account:<merchant>
    till              money of no order into the drawer or out of it; against what, `checkout.till.till` says
    storno            what it reverses, with the sides changed
    chargeback        customer:<order>            bank_clearing:<merchant>    the payer's bank took the money back
    chargeback_won    bank_clearing:<merchant>    customer:<order>            and gave it up again; names what it reverses
    given             customer:<order>            revenue:<clinic>            what of the money was earned, see `earning`
    unearned          revenue:<clinic>            customer:<order>            what of it was earned no more: it went back
    settlement        bank_account:<merchant>     bank_clearing:<merchant>    the net of a line of the bank's registry
                      bank_fee:<merchant>                                     and its fee; of money back, the other way

A clinic stands in an account's name by its number, a merchant by its slug. Source: decisions.md 10.
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
    CHARGEBACK = "chargeback"
    CHARGEBACK_WON = "chargeback_won"
    GIVEN = "given"
    UNEARNED = "unearned"
    SETTLEMENT = "settlement"


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
            (bank_account(self.merchant), self.net.amount),
            (fee(self.merchant), self.fee.amount),
            (clearing(self.merchant), -moved.amount),
        )
        return [(name, amount) for name, amount in each if amount]


def customer(order: OrderId) -> str:
    return f"customer:{order}"


def clearing(merchant: str) -> str:
    return f"bank_clearing:{merchant}"


def terminal(merchant: str) -> str:
    return f"terminal_clearing:{merchant}"


def bank_account(merchant: str) -> str:
    return f"bank_account:{merchant}"


def fee(merchant: str) -> str:
    return f"bank_fee:{merchant}"


def revenue(clinic_id: int) -> str:
    return f"revenue:{clinic_id}"


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


def chargeback(order: OrderId, merchant: str, amount: Money) -> Posting:
    return Posting(Kind.CHARGEBACK, order, customer(order), clearing(merchant), amount)


def chargeback_won(order: OrderId, merchant: str, amount: Money) -> Posting:
    return Posting(Kind.CHARGEBACK_WON, order, clearing(merchant), customer(order), amount)


def earn(order: OrderId, clinic_id: int, change: Money) -> Posting:
    """So much more of the order's money is revenue; so much less, if `change` is negative."""
    if change.amount > 0:
        return Posting(Kind.GIVEN, order, customer(order), revenue(clinic_id), change)
    return Posting(Kind.UNEARNED, order, revenue(clinic_id), customer(order), -change)
