"""What waits in payers' banking applications: QR codes of СБП, and SberPay. Source: gateway.md §8.2, §8.4."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from gateways.sandbox.orders import Order, Status


class AskKind(StrEnum):
    SBP = "sbp"
    SBERPAY = "sberpay"


class AskStatus(StrEnum):
    """`qrStatus` on the wire."""

    STARTED = "STARTED"
    CONFIRMED = "CONFIRMED"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    REJECTED_BY_USER = "REJECTED_BY_USER"


@dataclass(slots=True)
class Ask:
    """One thing to agree to in an application. `subscribes`: and to being charged again; `phone`: whom it was pushed to."""

    id: str
    kind: AskKind
    order: Order
    subscribes: bool = False
    phone: str | None = None
    decided: AskStatus = AskStatus.STARTED

    @property
    def open(self) -> bool:
        """Whether its payer can still agree: not while another try of the order is under way."""
        return self.decided is AskStatus.STARTED and self.order.status is Status.CREATED

    @property
    def status(self) -> AskStatus:
        """With the end of its order an ask that nobody answered is over too."""
        over = self.decided is AskStatus.STARTED and not self.order.unpaid
        return AskStatus.REJECTED if over else self.decided


@dataclass(slots=True)
class Subscription:
    """A payer's consent to be charged through СБП without being asked again."""

    id: str
    client_id: str
    merchant: str
    active: bool = True


@dataclass(slots=True)
class Apps:
    """Asks and subscriptions, by id, oldest first."""

    asks: dict[str, Ask] = field(default_factory=dict)
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    _newest: dict[tuple[str, AskKind], Ask] = field(default_factory=dict)

    def add(self, ask: Ask) -> Ask:
        self.asks[ask.id] = self._newest[ask.order.id, ask.kind] = ask
        return ask

    def newest(self, order: Order, kind: AskKind) -> Ask | None:
        return self._newest.get((order.id, kind))

    def waiting(self, count: int) -> list[Ask]:
        """What can be agreed to or is under way, newest first."""
        found = (ask for ask in reversed(self.asks.values()) if ask.open or ask.decided is AskStatus.CONFIRMED)
        return [ask for ask, _ in zip(found, range(count), strict=False)]
