"""What an order at the bank is. Amounts in kopecks, times in seconds since the epoch. Source: gateway.md §2."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

from gateways.sandbox.codes import NO_ATTEMPTS
from gateways.sandbox.merchants import Dialect, Merchant


class Status(IntEnum):
    """`orderStatus` on the wire."""

    CREATED = 0
    APPROVED = 1
    DEPOSITED = 2
    REVERSED = 3
    REFUNDED = 4  # after the first refund, even a partial one
    AT_ACS = 5
    DECLINED = 6
    PENDING = 7  # agreed to in a banking application; the banks are at work


class OperationType(StrEnum):
    """`operations[].type` on the wire."""

    AUTHORIZATION = "AUTHORIZATION"
    PREAUTHORIZATION = "PREAUTHORIZATION"
    COMPLETION = "COMPLETION"
    REVERSAL = "REVERSAL"
    REFUND = "REFUND"


@dataclass(frozen=True, slots=True)
class Registration:
    """A checked request to register an order. `completes_at`: when the bank is to complete the hold by itself."""

    number: str
    amount: int
    currency: str
    return_url: str
    expires_at: float
    language: str
    dialect: Dialect
    fail_url: str | None = None
    description: str | None = None
    page_view: str | None = None
    callback_url: str | None = None
    email: str | None = None
    phone: str | None = None
    ip: str | None = None
    params: tuple[tuple[str, str], ...] = ()
    cart: dict[str, Any] | None = None
    two_stage: bool = False
    features: frozenset[str] = frozenset()
    client_id: str | None = None  # whose card is to be remembered, and with whose saved card it may be paid
    binding_id: str | None = None  # the only card that may pay
    completes_at: float | None = None


@dataclass(frozen=True, slots=True)
class UsedCard:
    """The card of the last attempt. The number is masked as soon as it is stored."""

    first6: str
    last4: str
    length: int
    expiry: str  # YYYYMM
    holder: str
    system: str
    eci: int


@dataclass(frozen=True, slots=True)
class Operation:
    """One line of the order's history."""

    at: float
    type: OperationType
    amount: int
    reference: str
    approval: str
    action_code: int
    external_id: str | None = None


@dataclass(slots=True)
class Order:
    """One order. `deposited` falls with every refund, so captured = deposited + refunded.

    `way`: how it was last tried, if not by card; `subscription`: whose money it was, without asking.
    """

    id: str
    merchant: Merchant
    request: Registration
    registered_at: float
    status: Status = Status.CREATED
    action_code: int = NO_ATTEMPTS
    attempts: int = 0
    approved: int = 0
    deposited: int = 0
    refunded: int = 0
    card: UsedCard | None = None
    ip: str | None = None
    challenge: str | None = None
    binding_id: str | None = None
    keeps_card: bool = True
    reversal_spent: bool = False
    partly_released: bool = False
    charged_back: int = 0
    disputed: bool = False  # it was charged back at some time
    deposited_at: float | None = None
    refunded_at: float | None = None
    reversed_at: float | None = None
    way: str | None = None
    subscription: str | None = None
    operations: list[Operation] = field(default_factory=list)
    returned_items: list[dict[str, Any]] = field(default_factory=list)  # rows of its cart that were given back

    @property
    def number(self) -> str:
        return self.request.number

    @property
    def amount(self) -> int:
        return self.request.amount

    @property
    def expires_at(self) -> float:
        return self.request.expires_at

    @property
    def key(self) -> tuple[str, str, str]:
        """Merchant login, order id, order number: how the journal names an order."""
        return self.merchant.login, self.id, self.request.number

    @property
    def by_binding(self) -> bool:
        """Whether it was paid with a card that had been saved before."""
        return self.binding_id is not None and not self.keeps_card

    @property
    def unpaid(self) -> bool:
        """Whether the session still runs."""
        return self.status in (Status.CREATED, Status.AT_ACS, Status.PENDING)

    @property
    def in_work(self) -> bool:
        """Whether the payer has agreed in a banking application, and the banks have not answered yet."""
        return self.status is Status.PENDING or (self.status is Status.AT_ACS and self.challenge is None)

    @property
    def paid(self) -> bool:
        return self.status in (Status.DEPOSITED, Status.REFUNDED)

    @property
    def agreed(self) -> bool:
        """Whether the issuer said yes: to a charge, to a hold, or to a check that was undone at once."""
        return self.status in (Status.DEPOSITED, Status.APPROVED, Status.REVERSED)

    @property
    def refunds(self) -> list[Operation]:
        return [line for line in self.operations if line.type is OperationType.REFUND]

    @property
    def form_path(self) -> str:
        """Where the payer pays; the order id is the only query parameter, which some clients rely on."""
        request = self.request
        if request.dialect is Dialect.ECOM:
            return f"/pp/pay_{request.language}?orderId={self.id}"
        prefix = f"{request.page_view}_" if request.page_view else ""
        return f"/payment/merchants/{self.merchant.folder}/{prefix}payment_{request.language}.html?mdOrder={self.id}"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A card attempt that waits for the payer at the issuer's page, and what the issuer will then answer."""

    order: Order
    action_code: int
