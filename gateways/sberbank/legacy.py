"""The old dialect ("RBS"): form fields, the refund's key at the top level and a lock on the deposited amount."""

from __future__ import annotations

import json
from typing import Final
from urllib.parse import urlencode

from gateways.card_check import Check
from gateways.fiscal import Cart
from gateways.gateway import Refund, Registration, Request
from gateways.money import Money
from gateways.sberbank import carts, dialect, ways
from gateways.sberbank.dialect import Dialect, Fields

_HEADERS: Final = {"Content-Type": "application/x-www-form-urlencoded"}
_EMAIL_LENGTH: Final = 40


def encode(url: str, fields: Fields) -> Request:
    """POST, never GET: the fields hold the password, and addresses end up in logs."""
    return Request("POST", url, _HEADERS, urlencode(fields).encode())


def _register(registration: Registration) -> Fields:
    fields = dialect.register(registration)
    if registration.callback_url:
        fields["dynamicCallbackUrl"] = registration.callback_url
    if len(str(fields.get("email", ""))) > _EMAIL_LENGTH:
        fields.pop("email", None)  # only a convenience to prefill; too long, it would fail the whole order
    if extra := ways.app_link_with_order(registration):
        fields["jsonParams"] = json.dumps(extra)
    if cart := registration.cart:
        fields["taxSystem"] = int(cart.seller.taxation)
        fields["orderBundle"] = carts.old(cart)
    return fields


def _check(check: Check) -> Fields:
    callback: Fields = {"dynamicCallbackUrl": check.callback_url} if check.callback_url else {}
    return dialect.check(check) | callback


def _refund(refund: Refund, *, lock: bool) -> Fields:
    fields = dialect.refund(refund) | {"externalRefundId": refund.key}
    if refund.cart:
        fields["refundItems"] = carts.old_rows(refund.cart)
    if lock:
        fields["expectedDepositedAmount"] = dialect.minor_units(refund.expected_deposited)
    return fields


def _decline(reference: str | None, number: str) -> Fields:
    """Both names where both are known: the documents call each of them mandatory."""
    return dialect.look(None, number) | ({"orderId": reference} if reference else {})


def _reverse(reference: str, _cart: Cart | None) -> Fields:
    """A whole payment is cancelled with its cart, which the bank has."""
    return dialect.reverse(reference)


def _complete(reference: str, amount: Money, cart: Cart | None) -> Fields:
    return dialect.complete(reference, amount) | ({"depositItems": carts.old_rows(cart)} if cart else {})


LEGACY: Final = Dialect(encode, _register, _check, _refund, _decline, _reverse, _complete)
