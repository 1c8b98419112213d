"""`gocream-pysberbank` (PyPI): forms, and any errorCode but the string "0" is an exception."""

from __future__ import annotations

import pytest
from gocream_pysberbank import SberbankClient
from gocream_pysberbank.errors import SberbankApiException, SberbankException, SberbankRequestException

from gateways.sandbox import Fault, Rule
from tests.foreign.clients import Client, Python
from tests.foreign.shop import POOR, RETURN_URL, TOKEN, Shop, shown, shows

CART = {
    "customerDetails": {"email": "a@example.com"},
    "cartItems": {
        "items": [
            {
                "positionId": 1,
                "name": "Консультация",
                "quantity": {"value": 1, "measure": "шт"},
                "itemPrice": 19900,
                "itemAmount": 19900,
                "itemCode": "SRV-1",
                "tax": {"taxType": 0},
            }
        ]
    },
}


@pytest.fixture
def client(shop: Shop) -> Client:
    return Python(SberbankClient(shop.merchant.login, shop.merchant.password, url=address(shop)))


def address(shop: Shop) -> str:
    return shop.url + "/payment/{api_type}/{method}"


async def registered(client: Client, number: str = "A-1", amount: int = 19900) -> str:
    return str((await client("register", number, amount, RETURN_URL))["orderId"])


async def code_of(client: Client, method: str, *given: object) -> str:
    with pytest.raises(SberbankApiException) as caught:
        await client(method, *given)
    return str(caught.value.code)


@shows("register", "order_status_extended")
async def test_a_whole_registration_comes_back(client: Client) -> None:
    """What was sent (parameters of the shop, a cart, a description, a page in English) is what the status tells."""
    made = await client(
        "register",
        "A-1",
        19900,
        RETURN_URL,
        failUrl="https://shop.example/failed",
        description="Заказ A-1",
        language="en",
        jsonParams={"cms": "django"},
        order_bundle=CART,
        tax_system=0,
        sessionTimeoutSecs=600,
    )
    assert made["formUrl"].endswith(f"/payment_en.html?mdOrder={made['orderId']}")
    told = await client("order_status_extended", made["orderId"])
    assert told["merchantOrderParams"] == [{"name": "cms", "value": "django"}]
    assert told["orderDescription"] == "Заказ A-1"
    assert told["orderBundle"]["cartItems"]["items"][0]["itemCode"] == "SRV-1"


@shows("register")
async def test_a_refusal_is_an_exception_with_the_banks_code(client: Client) -> None:
    """A taken number is code 1, no sum 5, an unknown currency 3: each raised as the string that it is on the wire."""
    await registered(client)
    assert await code_of(client, "register", "A-1", 19900, RETURN_URL) == "1"
    assert await code_of(client, "register", "A-2", 0, RETURN_URL) == "5"
    assert await code_of(client, "register", "A-3", 19900, RETURN_URL, "999") == "3"


@shows("order_status", "order_status_extended")
async def test_both_statuses_tell_of_the_payment(shop: Shop, client: Client) -> None:
    """The short status spells its names with capitals; the long one can be asked by the shop's own number."""
    order_id = await registered(client)
    shop.pays(order_id)
    short = await client("order_status", order_id)
    assert (short["ErrorCode"], short["OrderStatus"], short["OrderNumber"], short["Amount"]) == ("0", 2, "A-1", 19900)
    assert (short["authCode"], short["Pan"], short["depositAmount"]) == (2, "411111**1111", 19900)
    long = await client("order_status_extended", None, "A-1")
    assert (long["orderStatus"], long["attributes"]) == (2, [{"name": "mdOrder", "value": order_id}])


@shows("order_status_extended")
async def test_a_declined_card_leaves_the_order_open(shop: Shop, client: Client) -> None:
    """Errors 0 and status 0: only the actionCode tells that a card was tried and had no money."""
    order_id = await registered(client)
    shop.pays(order_id, POOR)
    told = await client("order_status_extended", order_id)
    assert (told["errorCode"], told["orderStatus"], told["actionCode"]) == ("0", 0, 116)


@shows("order_status", "order_status_extended")
async def test_an_unknown_order_is_code_six(client: Client) -> None:
    """The long status raises 6; the short one says so under its capital name, which this client does not look at."""
    assert await code_of(client, "order_status_extended", "123456notexists") == "6"
    assert (await client("order_status", "123456notexists"))["ErrorCode"] == "6"
    with pytest.raises(SberbankException):
        await client("order_status_extended")


@shows("refund", "order_status_extended")
async def test_money_goes_back(shop: Shop, client: Client) -> None:
    """A part of the money goes back; more than is left is refused with code 7."""
    order_id = await registered(client)
    assert await code_of(client, "refund", order_id, 100) == "7"
    shop.pays(order_id)
    assert (await client("refund", order_id, 9900))["errorCode"] == "0"
    assert await code_of(client, "refund", order_id, 10001) == "7"
    told = await client("order_status_extended", order_id)
    assert told["paymentAmountInfo"]["refundedAmount"] == 9900


@shows("reverse", "order_status")
async def test_a_payment_is_cancelled(shop: Shop, client: Client) -> None:
    """Paid today, cancelled today."""
    order_id = await registered(client)
    assert await code_of(client, "reverse", order_id) == "7"
    other = await registered(client, "A-2")
    shop.pays(other)
    assert (await client("reverse", other))["errorMessage"] == "Успешно"
    assert (await client("order_status", other))["OrderStatus"] == 3


@shows("order_status_extended")
async def test_a_token_asks_by_the_banks_number_only(shop: Shop, client: Client) -> None:
    """With a token the shop's own number is not enough; what breaks on the way is another exception than a refusal."""
    order_id = await registered(client)
    by_token = Python(SberbankClient(token=TOKEN, url=address(shop)))
    assert (await by_token("order_status_extended", order_id))["orderNumber"] == "A-1"
    assert await code_of(by_token, "order_status_extended", None, "A-1") == "5"
    shop.bank.faults.add(Rule(Fault.HTML))
    with pytest.raises(SberbankRequestException):
        await client("order_status_extended", order_id)


async def test_its_whole_range_was_tried(client: Client) -> None:
    """No public method of the client is left out."""
    assert shown(globals()) == client.methods
