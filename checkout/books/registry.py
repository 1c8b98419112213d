"""The bank's registry against our ledger: what a line says, what it can disagree about, and what can be done. Pure.

A line that agrees is settled: what the bank owed us is on the account, less its fee. Whatever does not agree is a break:

missing_at_bank  we have the money by our books, the bank's registry of that day does not name it
missing_with_us  the bank names a payment that we do not have, or do not believe paid
amount           both know it, the sums differ
fee              it is settled, but the fee is not the contract's, or not the one of the last registry
duplicate        the bank names one payment of ours a second time
refund_unknown   money went back at the bank without us
refund_missing   we believe a refund accepted, the bank's registry does not name it
foreign          another merchant's payment, or another currency
chargeback       the payer's bank took the money back, and our books do not say so yet, or only suppose the sum
chargeback_won   it gave the money up again, and our books do not say so yet

A break is open until somebody decides or the line agrees after all. Source: product.md §4 items 5, 18 and 21.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final

from checkout.catalogue.catalogue import Text
from checkout.ground.ids import OrderId, PaymentId, RefundId
from checkout.ground.steps import commands
from gateways.money import Money


class Operation(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"
    CHARGEBACK = "chargeback"
    CHARGEBACK_WON = "chargeback_won"

    @property
    def brings(self) -> bool:
        """Whether its money comes to us; of any other it goes."""
        return self in (Operation.PAYMENT, Operation.CHARGEBACK_WON)


class Kind(StrEnum):
    MISSING_AT_BANK = "missing_at_bank"
    MISSING_WITH_US = "missing_with_us"
    AMOUNT = "amount"
    FEE = "fee"
    DUPLICATE = "duplicate"
    REFUND_UNKNOWN = "refund_unknown"
    REFUND_MISSING = "refund_missing"
    FOREIGN = "foreign"
    CHARGEBACK = "chargeback"
    CHARGEBACK_WON = "chargeback_won"


class State(StrEnum):
    OPEN = "open"
    ASKED = "asked"
    ACCEPTED = "accepted"
    CURED = "cured"


class Cure(StrEnum):
    LOOK_AGAIN = "look_again"  # the payment's status is read from the bank now; the line is judged again
    BOOK = "book"  # what went back without us enters our books
    ASK_BANK = "ask_bank"
    ACCEPT = "accept"  # with a note; a differing sum is settled as the bank says it


COMMANDS: Final = commands(
    "registry_break",
    State,
    """
    open   --look_again-->  open
    open   --ask_bank-->    asked
    open   --accept-->      accepted
    open   --book-->        cured
    open   --agree-->       cured
    asked  --look_again-->  asked
    asked  --ask_bank-->    asked
    asked  --accept-->      accepted
    asked  --book-->        cured
    asked  --agree-->       cured
    """,
)

# The first is what usually helps.
CURES: Final = {
    Kind.MISSING_AT_BANK: (Cure.LOOK_AGAIN, Cure.ASK_BANK, Cure.ACCEPT),
    Kind.MISSING_WITH_US: (Cure.LOOK_AGAIN, Cure.ASK_BANK, Cure.ACCEPT),
    Kind.AMOUNT: (Cure.ASK_BANK, Cure.LOOK_AGAIN, Cure.ACCEPT),
    Kind.FEE: (Cure.ASK_BANK, Cure.ACCEPT),
    Kind.DUPLICATE: (Cure.ASK_BANK, Cure.ACCEPT),
    Kind.REFUND_UNKNOWN: (Cure.BOOK, Cure.LOOK_AGAIN, Cure.ASK_BANK, Cure.ACCEPT),
    Kind.REFUND_MISSING: (Cure.LOOK_AGAIN, Cure.ASK_BANK, Cure.ACCEPT),
    Kind.FOREIGN: (Cure.ASK_BANK, Cure.ACCEPT),
    Kind.CHARGEBACK: (Cure.BOOK, Cure.ASK_BANK, Cure.ACCEPT),
    Kind.CHARGEBACK_WON: (Cure.BOOK, Cure.ASK_BANK, Cure.ACCEPT),
}
# What another look at our books may bring into agreement.
JUDGED_AGAIN: Final = (
    Kind.MISSING_WITH_US,
    Kind.AMOUNT,
    Kind.REFUND_UNKNOWN,
    Kind.CHARGEBACK,
    Kind.CHARGEBACK_WON,
)

KIND_WORDS: Final = {
    Kind.MISSING_AT_BANK: Text("Нет в реестре банка", "Missing in the bank’s registry"),
    Kind.MISSING_WITH_US: Text("Нет у нас", "Missing with us"),
    Kind.AMOUNT: Text("Сумма не совпадает", "The sum differs"),
    Kind.FEE: Text("Комиссия не по договору", "The fee is not the contract’s"),
    Kind.DUPLICATE: Text("Платёж указан дважды", "A payment named twice"),
    Kind.REFUND_UNKNOWN: Text("Возврат в банке мимо нас", "A refund at the bank without us"),
    Kind.REFUND_MISSING: Text("Наш возврат не найден в реестре", "Our refund is missing in the registry"),
    Kind.FOREIGN: Text("Чужой продавец или валюта", "Another merchant or currency"),
    Kind.CHARGEBACK: Text("Оспорено держателем карты", "Charged back by the cardholder"),
    Kind.CHARGEBACK_WON: Text("Оспаривание снято: деньги вернулись", "A chargeback given up: the money is back"),
}
STATE_WORDS: Final = {
    State.OPEN: Text("Требует решения", "Needs a decision"),
    State.ASKED: Text("Запрос в банке", "Asked at the bank"),
    State.ACCEPTED: Text("Принято с пояснением", "Accepted with a note"),
    State.CURED: Text("Исправлено", "Cured"),
}
CURE_WORDS: Final = {
    Cure.LOOK_AGAIN: Text("Спросить банк о платеже", "Look at the bank again"),
    Cure.BOOK: Text("Провести у нас", "Book it with us"),
    Cure.ASK_BANK: Text("Отметить: запросили банк", "Mark as asked at the bank"),
    Cure.ACCEPT: Text("Принять с пояснением", "Accept with a note"),
}

ROUNDING: Final = 1  # kopecks by which a bank's own rounding may differ from ours


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a registry. `fee`, `net` have signs: what the bank keeps, and what reaches the account.

    `reference`: the operation's at the bank. `order_number`: ours, as it was registered. `parent`: of a refund, the
    payment's reference. `said_at`: the date as the file writes it.
    """

    number: int
    operation: Operation
    reference: str
    order_number: str | None
    parent: str | None
    amount: Money
    fee: Money
    net: Money
    said_at: str
    operated_on: date
    settled_on: date | None = None


@dataclass(frozen=True, slots=True)
class Tariff:
    """The fee of a payment: so many percent, at least so many kopecks. `unsure`: percent by which that may be off."""

    percent: Decimal
    least: int = 0
    unsure: Decimal = Decimal(0)

    def fee(self, amount: int) -> int:
        share = (amount * self.percent / 100).quantize(Decimal(1), ROUND_HALF_UP)
        return max(int(share), self.least)

    def slack(self, amount: int) -> int:
        return ROUNDING + int(amount * self.unsure / 100)


def learned(amount: int, fee: int) -> Tariff:
    """The tariff behind one settled payment: as sure as its sum is large, for its fee was rounded to a kopeck."""
    return Tariff(Decimal(fee) * 100 / amount, unsure=Decimal(100) / amount)


@dataclass(frozen=True, slots=True)
class Ours:
    """What our books have for a line. `expected` None: nothing that the bank could owe or have given back.

    `settled`: another line was matched with the same payment. `supposed`: of a chargeback whose sum no status told.
    """

    order: OrderId
    payment: PaymentId
    merchant: str
    expected: Money | None
    currency: str
    refund: RefundId | None = None
    settled: bool = False
    supposed: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the line is settled, and what is to be decided about it."""

    agrees: bool
    kind: Kind | None = None


def judge(line: Line, ours: Ours | None, merchant: str, tariff: Tariff | None) -> Verdict:
    """Hold one line of `merchant`'s registry against our books."""
    unknown = {
        Operation.PAYMENT: Kind.MISSING_WITH_US,
        Operation.REFUND: Kind.REFUND_UNKNOWN,
        Operation.CHARGEBACK: Kind.CHARGEBACK,
        Operation.CHARGEBACK_WON: Kind.CHARGEBACK_WON,
    }[line.operation]
    if ours is None:
        return Verdict(agrees=False, kind=unknown)
    if (ours.merchant, ours.currency) != (merchant, line.amount.currency):
        return Verdict(agrees=False, kind=Kind.FOREIGN)
    if ours.settled:
        return Verdict(agrees=False, kind=Kind.DUPLICATE)
    if ours.expected is None:
        return Verdict(agrees=False, kind=unknown)
    if ours.expected != line.amount:
        return Verdict(agrees=False, kind=unknown if ours.supposed else Kind.AMOUNT)
    return Verdict(agrees=True, kind=Kind.FEE if tariff and odd(line, tariff) else None)


def odd(line: Line, tariff: Tariff) -> bool:
    """Whether the fee is another than agreed. With a refund the bank keeps its fee, or gives it back; so it is the other way."""
    usual = tariff.fee(line.amount.amount)
    fair = {Operation.PAYMENT: (usual,), Operation.CHARGEBACK_WON: (0, usual)}.get(line.operation, (0, -usual))
    return all(abs(line.fee.amount - each) > tariff.slack(line.amount.amount) for each in fair)
