"""The old dialect ("RBS"): form fields, the refund's key at the top level and a lock on the deposited amount."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from gateways.gateway import Refund, Registration, Request
from gateways.sberbank import dialect
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
    if len(registration.email or "") > _EMAIL_LENGTH:
        del fields["email"]  # only a convenience to prefill; too long, it would fail the whole order
    return fields


def _refund(refund: Refund, *, lock: bool) -> Fields:
    fields = dialect.refund(refund) | {"externalRefundId": refund.key}
    if lock:
        fields["expectedDepositedAmount"] = dialect.minor_units(refund.expected_deposited)
    return fields


def _decline(reference: str | None, number: str) -> Fields:
    """Both names where both are known: the documents call each of them mandatory."""
    return dialect.look(None, number) | ({"orderId": reference} if reference else {})


LEGACY: Final = Dialect(encode, _register, _refund, _decline)
