"""Wallets pay with a token; their answers have a shape of their own."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from gateways.sandbox import Bank, Status, WireRequest, dispatch
from tests.sandbox.rehearsal import RETURN_URL, bank, call, paid, register

TOKEN = base64.urlsafe_b64encode(b'{"data":"opaque?>"}').decode().rstrip("=")
EMPTY = base64.b64encode(b"declined").decode()
PATHS = [f"/payment/{name}/payment.do" for name in ("applepay", "google", "samsung", "mir")]
DIRECT = "/ecomm/gw/partner/api/v1/mir/paymentDirect.do"


def pay(shop: Bank, path: str = PATHS[0], **fields: Any) -> dict[str, Any]:
    asked = {"merchant": "sandbox", "orderNumber": "A-1", "paymentToken": TOKEN} | fields
    reply = dispatch(shop, WireRequest("POST", path, "", "application/json", json.dumps(asked).encode()))
    assert reply.status == 200
    found: dict[str, Any] = json.loads(reply.body)
    return found


@pytest.mark.parametrize("path", [*PATHS, DIRECT])
def test_a_token_pays_a_new_order(path: str) -> None:
    """No password: the merchant's name and the token suffice. The long status stands inside the answer."""
    shop = bank()
    found = pay(shop, path, amount=19900, currencyCode="643", returnUrl=RETURN_URL, description="Консультация")
    assert (found["success"], found["data"]["orderNumber"]) == (True, "A-1")
    order = shop.orders[found["data"]["orderId"]]
    assert (order.status, order.deposited) == (Status.DEPOSITED, 19900)
    assert found["orderStatus"]["orderStatus"] == 2


def test_a_token_pays_an_order_that_waits() -> None:
    """Its sum is the order's: the wallet's request need not name it."""
    shop = bank()
    order = register(shop)
    assert pay(shop)["data"]["orderId"] == order.id
    assert order.status is Status.DEPOSITED


@pytest.mark.parametrize("path", [*PATHS, DIRECT])
@pytest.mark.parametrize("word", [True, "true"])
def test_a_token_opens_a_hold(path: str, word: object) -> None:
    """With `preAuth` the sum is held and not charged, and later completed as any other hold."""
    shop = bank()
    found = pay(shop, path, amount=19900, preAuth=word)
    assert (found["success"], found["orderStatus"]["orderStatus"]) == (True, 1)
    order = shop.orders[found["data"]["orderId"]]
    assert (order.status, order.approved, order.deposited) == (Status.APPROVED, 19900, 0)
    assert call(shop, "deposit.do", orderId=order.id, amount=12000)["errorCode"] == "0"
    assert (order.status, order.deposited) == (Status.DEPOSITED, 12000)


def test_an_order_is_held_if_it_was_registered_so() -> None:
    """What waits already is what it was registered to be, whatever the wallet says."""
    shop = bank()
    for number, method, wish, after in (
        ("A-1", "register.do", True, Status.DEPOSITED),
        ("A-2", "registerPreAuth.do", False, Status.APPROVED),
    ):
        order = register(shop, number, method=method)
        assert pay(shop, orderNumber=number, preAuth=wish)["success"] is True
        assert order.status is after


def test_a_token_without_money() -> None:
    """Not paid: `success` is false, the error has a text for its code, the order is there and open."""
    shop = bank()
    found = pay(shop, amount=19900, paymentToken=EMPTY)
    assert (found["success"], found["error"]["code"]) == (False, "5")
    assert found["error"]["message"] == found["error"]["description"] != ""
    assert found["orderStatus"]["orderStatus"] == 0


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"merchant": "stranger"}, "5"),
        ({"paymentToken": ""}, "5"),
        ({"paymentToken": "Ω"}, "5"),
        ({"orderNumber": ""}, "4"),
        ({}, "4"),
        ({"amount": -1}, "5"),
    ],
)
def test_what_is_refused(fields: dict[str, Any], code: str) -> None:
    """Nobody, no token, no number, no sum: a refusal in the wallet's shape, and no order."""
    shop = bank()
    found = pay(shop, **fields)
    assert (found["success"], found["error"]["code"], "errorCode" in found) == (False, code, False)
    assert not shop.orders


def test_an_order_is_paid_once() -> None:
    """A number whose order is over is taken."""
    shop = bank()
    paid(shop)
    assert pay(shop)["error"]["code"] == "1"
