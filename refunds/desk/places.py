"""Addresses and fields that more than one page of finance's desk names."""

from __future__ import annotations

from typing import Final

from checkout.ground.errors import Missing
from checkout.ground.ids import PaymentId, RefundId

QUEUE: Final = "/desk/refunds"
TICK: Final = "tick-"  # a field `tick-<refund>` each


def named(text: str) -> RefundId:
    """Raises Missing for what is no refund's id."""
    try:
        return RefundId.parse(text)
    except ValueError as reason:
        raise Missing("refund_missing") from reason


def payment_named(text: str) -> PaymentId:
    """Raises Missing for what is no payment's id."""
    try:
        return PaymentId.parse(text)
    except ValueError as reason:
        raise Missing("payment_missing") from reason
