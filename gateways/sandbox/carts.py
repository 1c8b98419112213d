"""Reading a fiscal cart as the bank does: it must be one, price its rows right, and add up. Source: gateway.md §9."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from gateways.sandbox.codes import Reason, Refusal
from gateways.sandbox.merchants import Dialect
from gateways.sandbox.wire import Params

Cart = dict[str, Any]
SELL, REFUND = "sell", "sell_refund"
_STEP = Decimal("0.001")
_NAME = 255
# What the new dialect cannot print a receipt without.
_OF_RECEIPT = ("company", "payments", "total")
_OF_COMPANY = ("email", "sno", "inn", "paymentAddress")
_OF_ITEM = ("itemCode", "itemPrice", "itemAmount", "paymentMethod", "paymentObject")


def json_object(params: Params, name: str, dialect: Dialect) -> dict[str, Any] | None:
    """A nested object: JSON text in the old dialect, a real object in the new one. Raises ValueError, TypeError."""
    value = params.get(name)
    if value is None:
        return None
    if dialect is Dialect.LEGACY:
        value = json.loads(value)
    if not isinstance(value, dict):
        raise TypeError(name)
    return value


def read_cart(params: Params, dialect: Dialect, kopecks: int, currency: str, kind: str = SELL) -> Cart | None:
    """`orderBundle`, if there is one. Raises Refusal: CART_WRONG, CART_PRICE_WRONG, CART_CURRENCY_WRONG, CART_SUM_WRONG."""
    try:
        cart = json_object(params, "orderBundle", dialect)
        if cart is None:
            return None
        items = cart["cartItems"]["items"]
        _unique(items)
        if dialect is Dialect.ECOM and prints(cart, dialect):
            _of_receipt(cart, kind)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Refusal(Reason.CART_WRONG) from error
    _add_up(items, kopecks, currency)
    if dialect is Dialect.ECOM and prints(cart, dialect) and not _paid_whole(cart, kopecks):
        raise Refusal(Reason.CART_SUM_WRONG)
    return cart


def read_refund(params: Params, dialect: Dialect, kopecks: int, currency: str) -> list[Any] | None:
    """The rows that a refund gives back: `refundItems` in the old dialect, a cart of its own in the new one."""
    if dialect is Dialect.ECOM:
        cart = read_cart(params, dialect, kopecks, currency, REFUND)
        return cart["cartItems"]["items"] if cart else None
    try:
        named = json_object(params, "refundItems", dialect)
        if named is None:
            return None
        items: list[Any] = named["items"]
        _unique(items)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Refusal(Reason.CART_WRONG) from error
    _add_up(items, kopecks, currency)
    return items


def prints(cart: Cart | None, dialect: Dialect) -> bool:
    """Whether a receipt is made of it: in the new dialect only if the cart says what kind of one."""
    if cart is None or dialect is Dialect.LEGACY:
        return cart is not None
    return "ffdVersion" in cart and "receiptType" in cart


def amount_of(item: dict[str, Any]) -> int:
    if "itemAmount" in item:
        return int(item["itemAmount"])
    return int(Decimal(str(item["quantity"]["value"])) * int(item["itemPrice"]))


def left(cart: Cart, returned: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of a cart with what was given back of them taken off; rows without anything left are gone."""
    gone: dict[str, int] = {}
    for item in returned:
        gone[str(item["positionId"])] = gone.get(str(item["positionId"]), 0) + amount_of(item)
    rows = [item | {"itemAmount": amount_of(item) - gone.get(str(item["positionId"]), 0)} for item in _items(cart)]
    return [row for row in rows if row["itemAmount"] > 0]


def _items(cart: Cart) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cart["cartItems"]["items"]
    return found


def _unique(items: list[dict[str, Any]]) -> None:
    names = [str(item["positionId"]) for item in items]
    if not names or len(set(names)) != len(names):
        raise ValueError("positionId is each row's own")
    for item in items:
        quantity = Decimal(str(item["quantity"]["value"]))
        if quantity <= 0 or quantity % _STEP or not 1 <= len(item["name"]) <= _NAME:
            raise ValueError("a row has a name and a quantity of at most three decimals")


def _of_receipt(cart: Cart, kind: str) -> None:
    """The fields that the new dialect calls mandatory. Raises KeyError, ValueError."""
    for name in _OF_RECEIPT:
        _ = cart[name]
    for name in _OF_COMPANY:
        _ = cart["company"][name]
    for item in _items(cart):
        for name in _OF_ITEM:
            _ = item[name]
        _ = item["tax"]["taxType"]
        _ = item["quantity"]["measure"] if cart["ffdVersion"] == "1.2" else item["measurementUnit"]
    _ = [int(part["sum"]) for part in cart["payments"]]
    if cart["ffdVersion"] not in ("1.05", "1.2") or cart["receiptType"] != kind:
        raise ValueError("a receipt is of a known version and kind")


def _paid_whole(cart: Cart, kopecks: int) -> bool:
    return kopecks == sum(int(part["sum"]) for part in cart["payments"]) and bool(kopecks == cart["total"])


def _add_up(items: list[dict[str, Any]], kopecks: int, currency: str) -> None:
    try:
        priced = all(_priced(item) for item in items)
        whole = sum(amount_of(item) for item in items)
        currencies = {str(item["itemCurrency"]) for item in items if "itemCurrency" in item}
    except (ValueError, KeyError, TypeError, InvalidOperation) as error:
        raise Refusal(Reason.CART_WRONG) from error
    if not priced:
        raise Refusal(Reason.CART_PRICE_WRONG)
    if currencies - {currency}:
        raise Refusal(Reason.CART_CURRENCY_WRONG)
    if whole != kopecks:
        raise Refusal(Reason.CART_SUM_WRONG)


def _priced(item: dict[str, Any]) -> bool:
    """Where both are given, the price times the quantity is the sum, exactly."""
    if "itemAmount" not in item or "itemPrice" not in item:
        return True
    return Decimal(str(item["quantity"]["value"])) * int(item["itemPrice"]) == int(item["itemAmount"])


def completion_cart(params: Params, dialect: Dialect) -> int | None:
    """What the rows of a completion add up to, if there are any: `depositItems` in the old dialect, the cart in the new.

    Raises Refusal(CART_WRONG).
    """
    try:
        if dialect is Dialect.LEGACY:
            given = json_object(params, "depositItems", dialect)
            return None if given is None else sum(amount_of(item) for item in given["items"])
        cart = json_object(params, "orderBundle", dialect)
        return None if cart is None else sum(amount_of(item) for item in cart["cartItems"]["items"])
    except (ValueError, KeyError, TypeError, RecursionError, InvalidOperation) as error:
        raise Refusal(Reason.CART_WRONG) from error
