"""Notifications to the merchant: what they say, and in what form. Source: gateway.md §6."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from gateways.sandbox.events import BindingEvent, Event
from gateways.sandbox.extras import EXTRAS
from gateways.sandbox.merchants import Dialect, Merchant, Verb
from gateways.sandbox.orders import Order
from gateways.sandbox.signing import Keyring

FORM_TYPE = "application/x-www-form-urlencoded"
JSON_TYPE = "application/json;charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notification to be sent, at `due_at` (seconds since the epoch) or later; `attempt` counts from 1.

    One about a saved card alone has no order: its `order_id` and `number` are empty.
    """

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
class Message:
    """A notification as it goes over the wire."""

    method: str
    url: str
    content_type: str
    body: bytes


def compose(order: Order, event: Event, url: str, keys: Keyring, *, forged: bool = False) -> Message:
    """The notification in the order's dialect, or in the one the merchant insists on."""
    dialect = order.merchant.callback_dialect or order.request.dialect
    if dialect is Dialect.ECOM:
        return _as_json(url, _said(order, event, forged=forged))
    return _signed(order.merchant, url, _params(order, event), keys, forged=forged)


def compose_binding(merchant: Merchant, event: BindingEvent, url: str, keys: Keyring) -> Message:
    """A saved card's own notification, which names no order; the old dialect unless the merchant insists on the new."""
    if merchant.callback_dialect is Dialect.ECOM:
        fields = {"bindingId": event.binding_id, "clientId": event.client_id, "operation": event.operation}
        return _as_json(url, fields)
    params = {"bindingId": event.binding_id, "clientId": event.client_id, "enabled": str(event.enabled).lower()}
    return _signed(merchant, url, params, keys, forged=False)


def _signed(merchant: Merchant, url: str, params: dict[str, str], keys: Keyring, *, forged: bool) -> Message:
    """Only what the bank adds is signed, not the parameters that the address had before [I]."""
    signature = keys.sign(merchant, params)
    if forged:
        signature["checksum"] = _spoilt(signature.get("checksum", ""))
    told = urlencode(params | signature)
    if merchant.callback_verb is Verb.POST:
        return Message("POST", url, FORM_TYPE, told.encode())
    return Message("GET", f"{url}{'&' if '?' in url else '?'}{told}", "", b"")


def _params(order: Order, event: Event) -> dict[str, str]:
    merchant = order.merchant
    params = {
        "mdOrder": order.id,
        "orderNumber": order.number,
        "operation": event.operation,
        "status": str(int(event.succeeded)),
    }
    extras = {name: EXTRAS[name](order, event) for name in merchant.callback_extras}
    own = {name: value for name, value in order.request.params if name in merchant.callback_params}
    more = own | {name: value for name, value in extras.items() if value is not None}
    return params | {name: value for name, value in more.items() if name not in params}


def _said(order: Order, event: Event, *, forged: bool) -> dict[str, Any]:
    """There is no signature to spoil, so a forged one lies: it says that the order was paid."""
    return {
        "mdOrder": order.id,
        "orderNumber": order.number,
        "operation": "deposited" if forged else event.operation,
        "status": int(event.succeeded or forged),
    }


def _as_json(url: str, fields: dict[str, Any]) -> Message:
    return Message("POST", url, JSON_TYPE, json.dumps(fields, ensure_ascii=False).encode())


def _spoilt(signature: str) -> str:
    """A signature of the right shape that fits nothing."""
    return signature[::-1] if signature[::-1] != signature and signature else "0" * 64
