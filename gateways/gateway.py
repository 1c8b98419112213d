"""What a bank can be asked, the facts that come back, and how asking can fail.

    GatewayError
    ├── Unreachable            it may have happened: time-out, cut connection, 5xx: look before anything else
    │   ├── Throttled          429: the bank wants fewer calls, so the next one comes later than usual
    │   └── Garbled            an answer that cannot be understood: HTML, cut JSON, another order's
    └── Refused                it did not happen: the bank said no in its own words
        ├── AlreadyExists      this order number is taken: by ourselves, an attempt ago
        ├── NotFound           the bank knows no such order
        ├── WrongState         the order is not in a state that allows this
        └── AccessDenied       our credentials or rights are wrong: an operator must act
    Forged                     a callback whose signature, shape or merchant is wrong: not an answer, never retried

A gateway reports facts; it never changes our state. It never decides that something is "paid".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from gateways.bindings import Binding, Bindings, Prolonging
from gateways.enrolment import Enrolments
from gateways.fiscal import Cart, Receipts
from gateways.money import Money
from gateways.notes import Notes
from gateways.one_press import OnePress
from gateways.sberpay import SberPay
from gateways.sbp import Codes, QrCode

if TYPE_CHECKING:
    from gateways.card_check import CardChecks
    from gateways.two_stage import TwoStage
    from gateways.witness import Witness


class GatewayError(Exception):
    """Something went wrong between us and the bank."""


class Unreachable(GatewayError):
    """The outcome is unknown: the bank may have acted."""


class Throttled(Unreachable):
    """The bank asks for fewer calls (HTTP 429): widen the pace and say so."""


class Garbled(Unreachable):
    """An answer that cannot be understood; for money it is as good as none."""


class Refused(GatewayError):
    """The bank said no: nothing happened. `code` is its errorCode, `message` its own words (for staff)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class AlreadyExists(Refused):
    """The order number was registered before: good news after our own time-out."""


class NotFound(Refused):
    """The bank knows no such order."""


class WrongState(Refused):
    """The order's state forbids the operation (includes "locked by another action")."""


class AccessDenied(Refused):
    """Credentials or permissions are wrong."""


class Forged(GatewayError):
    """A callback that is not the bank's."""


class BankStatus(StrEnum):
    """The bank's order status, whichever number its dialect uses. Source: gateway.md §2."""

    REGISTERED = "registered"  # 0
    HELD = "held"  # 1, two-stage only
    DEPOSITED = "deposited"  # 2
    REVERSED = "reversed"  # 3
    REFUNDED = "refunded"  # 4: at least one refund, even a partial one
    IN_PROGRESS = "in_progress"  # 5 (the payer is at the ACS), 7, 8
    DECLINED = "declined"  # 6
    UNRECOGNISED = "unrecognised"  # a number we do not know: never read as failure


class Way(StrEnum):
    """How a payer pays one and the same bank order."""

    CARD = "card"
    SBP = "sbp"  # a QR code of the Faster Payments System, paid in the payer's own bank
    SBERPAY = "sberpay"  # in the application of Sberbank


@dataclass(frozen=True, slots=True)
class Registration:
    """Ask for one bank order. `number` is ours, unique for ever, and at once the idempotency key.

    `cart`: what the bank makes the fiscal receipt of; it adds up to `amount`. `ways`: what the payer may choose among; a bank
    that can gives with the order what those need. `client`: whose card is to be kept by the bank once it has paid (see
    `gateways.bindings`). `binding`: the only card that may pay, one that this client saved before. `completes_at`: when the bank
    is to charge by itself what it still holds then, all of it; None: never.
    """

    number: str
    amount: Money
    return_url: str
    session_seconds: int
    description: str
    language: str = "ru"
    callback_url: str | None = None
    email: str | None = None
    cart: Cart | None = None
    ways: frozenset[Way] = frozenset({Way.CARD})
    client: str | None = None
    binding: str | None = None
    completes_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """The bank has the order: its `reference` (orderId) and the page to send the payer to.

    `code`, `app_link`: the QR code of this order, and the address that opens it in the bank's application, where the
    bank gives them at once.
    """

    reference: str
    form_url: str
    code: QrCode | None = None
    app_link: str | None = None


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What is known of the card; never more than first six and last four digits."""

    brand: str | None  # VISA, MASTERCARD, MIR, JCB, ...
    first6: str | None
    last4: str | None
    expiry: str | None = None  # YYYYMM


@dataclass(frozen=True, slots=True)
class BankRefund:
    """One refund in the bank's own list."""

    amount: Money
    external_id: str | None
    action_code: int | None


@dataclass(frozen=True, slots=True)
class BankOrder:
    """What the bank says of one order, now. `deposited` falls with each refund: captured = deposited + refunded.

    `chargeback`: the payer's bank took the money back, or some of it; how much, and what came of it, no status says.
    `binding`: the saved card that paid, or that was saved by paying.
    """

    number: str
    reference: str
    status: BankStatus
    amount: Money
    approved: Money
    deposited: Money
    refunded: Money
    action_code: int | None = None
    refunds: tuple[BankRefund, ...] = ()
    card: CardFacts | None = None
    way: Way | None = None  # by which it was paid, or last tried; None: the bank does not say, or by another
    paid_at: datetime | None = None
    chargeback: bool = False
    binding: Binding | None = None
    raw: bytes = field(default=b"", repr=False)

    @property
    def captured(self) -> Money:
        return self.deposited + self.refunded


@dataclass(frozen=True, slots=True)
class Refund:
    """Give `amount` back. `key` makes it idempotent at the bank; `expected_deposited` is its lock, where offered.

    `cart`: for which rows, where the payment came with a cart.
    """

    reference: str
    number: str
    key: str
    amount: Money
    expected_deposited: Money
    cart: Cart | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A callback: a doorbell, not a letter. It says where to look, never what to believe.

    `binding`: the saved card that it names, which may be all that it is about; `client`: whose, as the bank was told;
    `switched_off`: that card pays no more.
    """

    reference: str | None
    number: str | None
    operation: str | None
    succeeded: bool | None
    signed: bool
    binding: str | None = None
    client: str | None = None
    switched_off: bool = False


@dataclass(frozen=True, slots=True)
class CallbackRequest:
    """An incoming callback as it came: `query` and `form` keep order and duplicates."""

    method: str
    query: tuple[tuple[str, str], ...]
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What this bank can do, so that no flow asks for the impossible.

    `reverse_completed`: a hold that was completed may still be reversed on its banking day. `reverse` is for payments by one
    of `reversible`.
    """

    reverse: bool = True
    reverse_completed: bool = True
    same_day_refund: bool = True
    signed_callbacks: bool = True
    refund_lock: bool = False
    same_day_cart_refund: bool = True  # also a part of a payment that came with a fiscal cart
    ways: frozenset[Way] = frozenset({Way.CARD})
    reversible: frozenset[Way] = frozenset({Way.CARD})

    def reverses(self, way: Way | None) -> bool:
        """Whether a payment by this way can be cancelled whole within its banking day. One of an unsaid way is a card's."""
        return self.reverse and (way or Way.CARD) in self.reversible


class Gateway(Protocol):
    """One bank contract of one merchant. Every method may raise Unreachable (Garbled) or Refused.

    A further capability is an attribute that is None where the bank lacks it. `codes` is None, too, where QR codes come with
    the registration.
    """

    name: str
    capabilities: Capabilities
    two_stage: TwoStage | None
    receipts: Receipts | None
    codes: Codes | None
    sberpay: SberPay | None
    bindings: Bindings | None
    card_checks: CardChecks | None
    prolonging: Prolonging | None
    witness: Witness | None
    notes: Notes | None
    enrolment: Enrolments | None
    one_press: OnePress | None

    async def register(self, registration: Registration) -> Registered:
        """Create the bank order. AlreadyExists if the number is taken."""

    async def look(self, *, number: str, reference: str | None) -> BankOrder:
        """Read the truth. NotFound if the bank knows no such order; Garbled if the answer is another order's."""

    async def refund(self, refund: Refund) -> None:
        """Ask for a refund; returning means the bank accepted it. WrongState, Refused: it did not."""

    async def reverse(self, *, reference: str, number: str, cart: Cart | None = None) -> None:
        """Cancel a whole payment within its banking day. WrongState if it is too late for that."""

    async def decline(self, *, reference: str | None, number: str) -> None:
        """Cancel an unpaid order. WrongState if the payer is at it, or has paid."""

    def read_callback(self, request: CallbackRequest) -> Notice:
        """Verify and parse a callback; raises Forged."""

    async def close(self) -> None:
        """Let go of connections."""


@dataclass(frozen=True, slots=True)
class Request:
    """One outgoing HTTP request, before any library sees it. The body holds our password: never shown."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Response:
    """What came back: status, content type, and a body within the size limit (of a payer: never shown)."""

    status: int
    content_type: str
    body: bytes = field(repr=False)


class Transport(Protocol):
    """The one seam to the network: the real client in `gateways.http`, an in-process one in the storm test."""

    async def __call__(self, request: Request) -> Response:
        """Send once. Raises Unreachable for everything short of a whole answer."""

    async def close(self) -> None:
        """Let go of connections."""
