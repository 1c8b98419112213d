"""Notifications to the merchant: what they say, how they are signed, when they are due. Source: gateway.md §6."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from gateways.sandbox.clock import MOSCOW
from gateways.sandbox.merchants import Dialect
from gateways.sandbox.orders import Order

_UNSIGNED = ("checksum", "sign_alias")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notification to be sent, at `due_at` (seconds since the epoch) or later; `attempt` counts from 1."""

    id: int
    order_id: str
    number: str
    merchant: str
    operation: str
    succeeded: bool
    method: str
    url: str
    content_type: str
    body: bytes
    due_at: float
    attempt: int = 1

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "order_id": self.order_id,
            "number": self.number,
            "merchant": self.merchant,
            "operation": self.operation,
            "status": int(self.succeeded),
            "method": self.method,
            "url": self.url,
            "body": self.body.decode(),
            "due_at": int(self.due_at * 1000),
            "attempt": self.attempt,
        }


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to an order, in the words of the protocol."""

    operation: str
    succeeded: bool
    at: float
    amount: int
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A notification as it goes over the wire."""

    method: str
    url: str
    content_type: str
    body: bytes


def canonical(params: Mapping[str, str]) -> str:
    """`name;value;` for each parameter in byte order of the names, without the signature's own fields."""
    return "".join(f"{name};{params[name]};" for name in sorted(params) if name not in _UNSIGNED)


def checksum(secret: str, params: Mapping[str, str]) -> str:
    """HMAC-SHA256 over the canonical text, upper-case hex."""
    return hmac.new(secret.encode(), canonical(params).encode(), hashlib.sha256).hexdigest().upper()


def compose(order: Order, event: Event, url: str, *, forged: bool = False) -> Message:
    """The notification in the order's dialect, or in the one the merchant insists on."""
    dialect = order.merchant.callback_dialect or order.request.dialect
    if dialect is Dialect.ECOM:
        return Message("POST", url, "application/json;charset=UTF-8", _json_body(order, event, forged=forged))
    params = _params(order, event)
    if order.merchant.callback_secret is not None:
        params["checksum"] = checksum(order.merchant.callback_secret, params)
    if forged:
        params["checksum"] = _spoilt(params.get("checksum", ""))
    return Message("GET", f"{url}{'&' if '?' in url else '?'}{urlencode(params)}", "", b"")


def java_date(at: float) -> str:
    """An instant the way Java prints it, in English and Moscow time: `Mon Jan 31 21:46:52 MSK 2022`."""
    moment = datetime.fromtimestamp(at, MOSCOW)
    days, months = "MonTueWedThuFriSatSun", "JanFebMarAprMayJunJulAugSepOctNovDec"
    day = days[moment.weekday() * 3 :][:3]
    month = months[(moment.month - 1) * 3 :][:3]
    return f"{day} {month} {moment:%d %H:%M:%S} MSK {moment:%Y}"


# The extras a merchant may tick in the portal; each is left out when there is nothing to say.
EXTRAS: dict[str, Callable[[Order, Event], str | None]] = {
    "amount": lambda _order, event: str(event.amount),
    "currency": lambda order, _event: order.request.currency,
    "callbackCreationDate": lambda _order, event: java_date(event.at),
    "actionCode": lambda order, _event: str(order.action_code),
    "approvedAmount": lambda order, _event: str(order.approved),
    "depositedAmount": lambda order, _event: str(order.deposited),
    "refundedAmount": lambda order, _event: str(order.refunded),
    "externalRefundId": lambda _order, event: event.external_id,
    "email": lambda order, _event: order.request.email,
    "orderDescription": lambda order, _event: order.request.description,
    "maskedPan": lambda order, _event: f"{order.card.first6}**{order.card.last4}" if order.card else None,
}


def _params(order: Order, event: Event) -> dict[str, str]:
    params = {
        "mdOrder": order.id,
        "orderNumber": order.number,
        "operation": event.operation,
        "status": str(int(event.succeeded)),
    }
    for name in order.merchant.callback_extras:
        value = EXTRAS[name](order, event)
        if value is not None:
            params[name] = value
    return params


def _json_body(order: Order, event: Event, *, forged: bool) -> bytes:
    """There is no signature to spoil, so a forged one lies: it says that the order was paid."""
    fields = {
        "mdOrder": order.id,
        "orderNumber": order.number,
        "operation": "deposited" if forged else event.operation,
        "status": int(event.succeeded or forged),
    }
    return json.dumps(fields, ensure_ascii=False).encode()


def _spoilt(signature: str) -> str:
    """A signature of the right shape that fits nothing."""
    return signature[::-1] if signature[::-1] != signature and signature else "0" * 64
