"""A fiscal cart, which the bank makes a receipt of (54-FZ), and what it says of its receipts. Pure.

The numbers are the law's own tags: 1214 how it is paid, 1212 what is paid for, 2108 in what it is measured, 1055 how the
seller is taxed. What cannot be a receipt cannot be made here. Source: gateway.md §9.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Final, Protocol

from gateways.money import Money

NAME_LENGTH: Final = 128  # the operator of fiscal data takes no more
CODE_LENGTH: Final = 100
_STEP: Final = Decimal("0.001")
_HALF: Final = 2


class Payment(IntEnum):
    """Tag 1214: what this money is to the thing it is paid for."""

    FULL_PREPAYMENT = 1
    PREPAYMENT = 2
    ADVANCE = 3  # for something that is not determined yet
    FULL_PAYMENT = 4

    @property
    def before(self) -> bool:
        """Whether the thing itself is still to come."""
        return self is not Payment.FULL_PAYMENT


class Subject(IntEnum):
    """Tag 1212."""

    GOODS = 1
    JOB = 3
    SERVICE = 4
    PAYMENT = 10  # an advance is for nothing in particular


class Measure(IntEnum):
    """Tag 2108; what a clinic sells is counted."""

    PIECE = 0
    OTHER = 255


class Taxation(IntEnum):
    """Tag 1055, as its order number: the seller's system of taxation."""

    GENERAL = 0
    INCOME = 1
    INCOME_LESS_OUTCOME = 2
    AGRICULTURE = 4
    PATENT = 5


class Vat(StrEnum):
    """A rate in percent, or the same one taken out of a sum that came before the thing itself."""

    NONE = "none"
    ZERO = "0"
    FIVE = "5"
    SEVEN = "7"
    TEN = "10"
    TWENTY = "20"
    TWENTY_TWO = "22"
    FIVE_OF = "5/105"
    SEVEN_OF = "7/107"
    TEN_OF = "10/110"
    TWENTY_OF = "20/120"
    TWENTY_TWO_OF = "22/122"

    @property
    def percent(self) -> int:
        return 0 if self is Vat.NONE else int(self.partition("/")[0])

    @property
    def before(self) -> Vat:
        """As it is told of money that comes before the thing itself."""
        return Vat(f"{self.percent}/{100 + self.percent}") if self.percent else self

    def within(self, amount: Money) -> Money:
        """The tax in a sum, half a kopeck rounded up."""
        whole = 100 + self.percent
        return Money((_HALF * amount.amount * self.percent + whole) // (_HALF * whole), amount.currency)


class Ffd(StrEnum):
    """The version of the format of fiscal documents that the merchant's contract speaks."""

    OLD = "1.05"
    NEW = "1.2"


@dataclass(frozen=True, slots=True)
class Position:
    """One row of a receipt. `code` is its own in the cart. Raises ValueError for a row that no receipt can have."""

    code: str
    name: str
    quantity: Decimal
    price: Money
    amount: Money
    vat: Vat
    payment: Payment
    subject: Subject
    measure: Measure = Measure.PIECE

    def __post_init__(self) -> None:
        if not (self.code and len(self.code) <= CODE_LENGTH and self.name.strip() and len(self.name) <= NAME_LENGTH):
            raise ValueError("a position has a code and a name, neither too long")
        if self.quantity <= 0 or self.quantity % _STEP:
            raise ValueError("a quantity is above nothing and has at most three decimals")
        if self.amount.amount <= 0 or self.price.amount <= 0:
            raise ValueError("a position costs something")
        if self.price.amount * self.quantity != self.amount.amount:
            raise ValueError("price times quantity is the position's sum to the kopeck")


@dataclass(frozen=True, slots=True)
class Seller:
    """Whose receipt it is. `address`: the site where it was paid; `email`: what the receipt gives as its sender."""

    ffd: Ffd
    taxation: Taxation
    inn: str
    email: str
    address: str


@dataclass(frozen=True, slots=True)
class Contact:
    """Where the receipt goes: one of the two is enough. Of a payer: never shown."""

    email: str = ""
    phone: str = ""  # E.164

    def __repr__(self) -> str:
        return "Contact(…)"


@dataclass(frozen=True, slots=True)
class Cart:
    """What goes to the bank with a sum. `offset`: nothing is paid now, it was paid before.

    Raises ValueError without positions, without a contact, or with one code twice.
    """

    seller: Seller
    contact: Contact
    positions: tuple[Position, ...]
    offset: bool = False

    def __post_init__(self) -> None:
        if not self.positions or len({one.code for one in self.positions}) != len(self.positions):
            raise ValueError("a cart has positions, each with a code of its own")
        if not (self.contact.email or self.contact.phone):
            raise ValueError("a receipt goes somewhere")

    @property
    def amount(self) -> Money:
        return sum((one.amount for one in self.positions[1:]), self.positions[0].amount)


class ReceiptState(StrEnum):
    """How far the bank has come with a receipt."""

    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class BankReceipt:
    """One receipt in the bank's list. `number`, `sign`, `drive`: of the fiscal document. `error`: the bank's own words."""

    id: str
    refund: bool
    state: ReceiptState
    amount: Money | None = None
    number: str | None = None
    sign: str | None = None
    drive: str | None = None
    printed_at: datetime | None = None
    url: str | None = None
    error: str | None = None


class Receipts(Protocol):
    """What a bank that makes receipts can be asked. Every method may raise Unreachable (Garbled) or Refused.

    `retries`: whether a receipt that failed can be made again.
    """

    retries: bool

    async def of_order(self, *, number: str, reference: str) -> tuple[BankReceipt, ...]:
        """The receipts of one bank order, in the bank's order; none yet is an empty answer."""

    async def retry(self, *, number: str, receipt: str) -> None:
        """Make a receipt that failed once more. Raises Refused where the bank cannot."""

    async def close(self, *, number: str, reference: str, cart: Cart) -> None:
        """Print the receipt of the full settlement over what was paid before. It is sent once and has no key of its own."""
