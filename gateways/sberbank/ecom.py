"""The new dialect ("ecom"): JSON with exact types, the refund's key inside `jsonParams`, no callback address per order.

The idempotency header is documented as unfinished and is not relied on.
"""

from __future__ import annotations

import json
from typing import Final

from gateways.fiscal import Cart
from gateways.gateway import Refund, Registration, Request
from gateways.money import Money
from gateways.sberbank import carts, dialect, ways
from gateways.sberbank.dialect import Dialect, Fields

_HEADERS: Final = {"Content-Type": "application/json"}


def encode(url: str, fields: Fields) -> Request:
    return Request("POST", url, _HEADERS, json.dumps(fields, ensure_ascii=False).encode())


def _register(registration: Registration) -> Fields:
    fields = dialect.register(registration)
    if extra := ways.code_with_order(registration):
        fields["jsonParams"] = extra
    cart = registration.cart
    if cart is None:
        return fields
    return fields | carts.contact(cart) | {"orderBundle": carts.new(cart, carts.SELL)}


def _refund(refund: Refund, *, lock: bool) -> Fields:
    _ = lock  # there is none here
    fields = dialect.refund(refund) | {"jsonParams": {"externalRefundId": refund.key}}
    return fields | ({"orderBundle": carts.new(refund.cart, carts.REFUND)} if refund.cart else {})


def _decline(reference: str | None, number: str) -> Fields:
    return dialect.look(reference, number)


def _reverse(reference: str, cart: Cart | None) -> Fields:
    return dialect.reverse(reference) | ({"orderBundle": carts.new(cart, carts.REFUND)} if cart else {})


def _complete(reference: str, amount: Money, cart: Cart | None) -> Fields:
    return dialect.complete(reference, amount) | ({"orderBundle": carts.new(cart, carts.SELL)} if cart else {})


ECOM: Final = Dialect(encode, _register, dialect.check, _refund, _decline, _reverse, _complete)
