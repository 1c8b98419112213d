"""`alfabank` (npm): the Belarusian paths without `/payment`, nested parameters as JSON text, null for an HTTP error."""

from __future__ import annotations

from typing import Any

import pytest

from gateways.sandbox import Fault, Rule
from tests.foreign.clients import Client, Node
from tests.foreign.shop import RETURN_URL, TOKEN, Shop, shown, shows

CART = {
    "orderCreationDate": "2026-05-20T12:00:00",
    "cartItems": {
        "items": [
            {
                "positionId": 1,
                "name": "Консультация",
                "quantity": {"value": 2, "measure": "pieces"},
                "itemPrice": 9950,
                "itemCode": "SRV-1",
            }
        ]
    },
}


@pytest.fixture
async def client(shop: Shop, node: Node) -> Client:
    credentials = {"userName": shop.merchant.login, "password": shop.merchant.password}
    return await node.make("alfabank", shop.url, credentials)


async def registered(client: Client, **more: Any) -> str:
    made = await client("register", {"orderNumber": "A-1", "amount": 19900, "returnUrl": RETURN_URL} | more)
    return str(made["orderId"])


@shows("register", "getOrderStatusExtended")
async def test_an_order_with_a_cart_is_paid(shop: Shop, client: Client) -> None:
    """A cart whose lines name only their price adds up; the client's own `paid` and `params` come out right."""
    order_id = await registered(client, orderBundle=CART, jsonParams={"email": "a@example.com"}, pageView="MOBILE")
    before = await client("getOrderStatusExtended", {"orderId": order_id})
    assert (before["paid"], before["params"]) == (False, {"email": "a@example.com"})
    shop.pays(order_id)
    after = await client("getOrderStatusExtended", {"orderNumber": "A-1"})
    assert (after["paid"], after["orderStatus"], after["amount"]) == (True, 2, 19900)
    assert after["orderBundle"]["cartItems"]["items"][0]["name"] == "Консультация"


@shows("register")
async def test_refusals_are_answers(client: Client) -> None:
    """A cart that does not add up is refused with code 8, in the language that was asked for."""
    refused = await client(
        "register",
        {"orderNumber": "A-2", "amount": 19901, "returnUrl": RETURN_URL, "orderBundle": CART, "language": "en"},
    )
    assert refused["errorCode"] == "8"
    assert refused["errorMessage"].isascii()


@shows("getOrderStatus")
async def test_the_short_status(shop: Shop, client: Client) -> None:
    """Capitals where the bank has capitals; the constant 2; an unknown order is code 6."""
    order_id = await registered(client)
    shop.pays(order_id)
    told = await client("getOrderStatus", {"orderId": order_id})
    assert (told["OrderStatus"], told["OrderNumber"], told["Amount"], told["authCode"]) == (2, "A-1", 19900, 2)
    assert (told["Pan"], told["expiration"], told["cardholderName"]) == ("411111**1111", "203412", "IVAN IVANOV")
    assert (await client("getOrderStatus", {"orderId": "nothing"}))["ErrorCode"] == "6"


@shows("addParams", "getOrderStatusExtended")
async def test_parameters_are_added_later(client: Client) -> None:
    """`true` means that the bank answered with the number 0; what was added stands beside what was there before."""
    order_id = await registered(client, jsonParams={"visit": "7"})
    assert await client("addParams", {"orderId": order_id, "params": {"room": "12"}}) is True
    told = await client("getOrderStatusExtended", {"orderId": order_id})
    assert told["params"] == {"visit": "7", "room": "12"}
    unknown = await client("addParams", {"orderId": "nothing", "params": {"room": "12"}})
    assert int(unknown["errorCode"]) == 6


@shows("getOrderStatusExtended", "register")
async def test_a_token_opens_the_door_and_a_broken_bank_is_null(shop: Shop, client: Client, node: Node) -> None:
    """By token the client asks for the bank's number; whatever is not HTTP 200 comes back as null."""
    order_id = await registered(client)
    by_token = await node.make("alfabank", shop.url, {"token": TOKEN})
    assert (await by_token("getOrderStatusExtended", {"orderId": order_id}))["orderNumber"] == "A-1"
    shop.bank.faults.add(Rule(Fault.HTTP_502))
    assert await client("getOrderStatusExtended", {"orderId": order_id}) is None


async def test_its_whole_range_was_tried(client: Client) -> None:
    """No public method of the client is left out."""
    assert shown(globals()) == client.methods
