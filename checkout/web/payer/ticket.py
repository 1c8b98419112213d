"""The ticket in a form: which order this form makes, and until when it may.

The order's id is drawn when the form is shown, not when it is sent. A form sent twice therefore asks for the same order
twice, and the second time finds it made. The seal keeps others from naming an order of their choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from checkout.ground.crypto import same
from checkout.ground.ids import OrderId
from checkout.ground.service import Service

LIFE: Final = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Ticket:
    """A genuine one. `ends`: from then on it makes no new order, but still finds the one it made."""

    order_id: OrderId
    ends: datetime

    def written(self, service: Service) -> str:
        seconds = str(int(self.ends.timestamp()))
        return f"{self.order_id}.{seconds}.{_seal(service, self.order_id, seconds)}"


def _seal(service: Service, order_id: OrderId, seconds: str) -> str:
    return service.vault.form_token("book", service.config.mode, str(order_id), seconds)


def fresh(now: datetime) -> Ticket:
    return Ticket(OrderId.new(), now + LIFE)


def read(service: Service, text: str) -> Ticket | None:
    """The ticket behind its written form, or None if it is not one of ours."""
    name, _, rest = text.partition(".")
    seconds, _, seal = rest.partition(".")
    try:
        order_id = OrderId.parse(name)
        if not same(seal, _seal(service, order_id, seconds)):
            return None
        return Ticket(order_id, datetime.fromtimestamp(int(seconds), UTC))
    except (ValueError, OverflowError):
        return None
