"""`sber-payments` (PyPI): POSTs JSON by its header, but everything stands in the query, and it takes 0 for "all"."""

from __future__ import annotations

import pytest
import sber_payments
from sber_payments.exceptions import ApiError, BadCredentialsException

from gateways.sandbox import Fault, Rule
from tests.foreign.clients import Client, Python
from tests.foreign.shop import RETURN_URL, TOKEN, Shop, shown, shows


@pytest.fixture
def client(shop: Shop) -> Client:
    return Python(pointed(shop, sber_payments.Client(shop.merchant.login, shop.merchant.password)))


def pointed(shop: Shop, client: sber_payments.Client) -> sber_payments.Client:
    client.URL = f"{shop.url}/payment/rest/"
    return client


async def registered(client: Client, number: str = "A-1", amount: int = 19900) -> str:
    made = await client("register_order", number, amount, RETURN_URL)
    return str(made["orderId"])


@shows("register_order", "get_order_status")
async def test_an_order_is_registered_and_paid(shop: Shop, client: Client) -> None:
    """The answer of a registration is the two fields and nothing else; the order goes from 0 to 2 when it is paid."""
    made = await client("register_order", "A-1", 19900, RETURN_URL)
    assert set(made) == {"orderId", "formUrl"}
    assert "199,00" in await shop.sees(made["formUrl"])
    before = await client("get_order_status", made["orderId"])
    assert (before["orderStatus"], before["actionCode"], before["paymentAmountInfo"]["depositedAmount"]) == (0, -100, 0)
    shop.pays(made["orderId"])
    after = await client("get_order_status", made["orderId"])
    assert (after["errorCode"], after["orderStatus"], after["amount"], after["currency"]) == ("0", 2, 19900, "643")
    assert after["cardAuthInfo"]["maskedPan"] == "411111**1111"


@shows("register_order")
async def test_a_number_is_taken_for_ever(client: Client) -> None:
    """The second order of a number is refused in words, with code 1 and HTTP 200."""
    await registered(client)
    again = await client("register_order", "A-1", 19900, RETURN_URL)
    assert again == {"errorCode": "1", "errorMessage": "Заказ с таким номером уже обработан"}


@shows("refund", "get_order_status")
async def test_money_goes_back_in_parts_and_then_all(shop: Shop, client: Client) -> None:
    """A part, then the rest: the client's default of 0 means "whatever is left"."""
    order_id = await registered(client)
    shop.pays(order_id)
    assert (await client("refund", order_id, 4900))["errorCode"] == "0"
    part = await client("get_order_status", order_id)
    assert (part["orderStatus"], part["paymentAmountInfo"]["depositedAmount"]) == (4, 15000)
    assert (await client("refund", order_id))["errorCode"] == "0"
    whole = await client("get_order_status", order_id)
    assert [row["amount"] for row in whole["refunds"]] == [4900, 15000]
    assert whole["paymentAmountInfo"]["refundedAmount"] == 19900
    assert (await client("refund", order_id, 1))["errorMessage"] == "Сумма возврата превышает сумму списания"


@shows("reverse", "get_order_status")
async def test_a_payment_is_cancelled_once(shop: Shop, client: Client) -> None:
    """On the day of the payment nothing is charged after all; another try is refused with code 7."""
    order_id = await registered(client)
    shop.pays(order_id)
    assert (await client("reverse", order_id))["errorCode"] == "0"
    assert (await client("get_order_status", order_id))["orderStatus"] == 3
    assert (await client("reverse", order_id))["errorCode"] == "7"


@shows("register_order_pre_auth", "deposit", "get_order_status")
async def test_a_hold_is_completed_in_part(shop: Shop, client: Client) -> None:
    """Two stages: the money is held, then less of it is taken than was held."""
    made = await client("register_order_pre_auth", "A-2", "19900", RETURN_URL, description="Консультация")
    shop.pays(made["orderId"])
    held = await client("get_order_status", made["orderId"])
    assert (held["orderStatus"], held["paymentAmountInfo"]["approvedAmount"]) == (1, 19900)
    assert held["orderDescription"] == "Консультация"
    assert int((await client("deposit", made["orderId"], 12000))["errorCode"]) == 0
    taken = await client("get_order_status", made["orderId"])
    assert (taken["orderStatus"], taken["paymentAmountInfo"]["depositedAmount"]) == (2, 12000)


@shows("register_order_pre_auth", "deposit")
async def test_a_hold_is_completed_whole_by_default(shop: Shop, client: Client) -> None:
    """The client's default of 0 completes the whole hold."""
    made = await client("register_order_pre_auth", "A-3", "19900", RETURN_URL)
    shop.pays(made["orderId"])
    assert int((await client("deposit", made["orderId"]))["errorCode"]) == 0
    taken = await client("get_order_status", made["orderId"])
    assert taken["paymentAmountInfo"]["depositedAmount"] == 19900


@shows("register_order_pre_auth", "reverse")
async def test_a_hold_is_let_go(shop: Shop, client: Client) -> None:
    """A hold that is not wanted is reversed, and nothing was ever charged."""
    made = await client("register_order_pre_auth", "A-4", "19900", RETURN_URL)
    shop.pays(made["orderId"])
    assert int((await client("reverse", made["orderId"]))["errorCode"]) == 0
    gone = await client("get_order_status", made["orderId"])
    assert (gone["orderStatus"], gone["paymentAmountInfo"]["depositedAmount"]) == (3, 0)


@shows("register_order")
async def test_a_token_opens_the_door_and_a_wrong_password_does_not(shop: Shop, client: Client) -> None:
    """The client enters by login or by token; a wrong password is code 5, nothing at all is refused by the client."""
    order_id = await registered(client)
    by_token = Python(pointed(shop, sber_payments.Client(token=TOKEN)))
    assert (await by_token("get_order_status", order_id))["orderNumber"] == "A-1"
    stranger = Python(pointed(shop, sber_payments.Client(shop.merchant.login, "guess")))
    assert await stranger("get_order_status", order_id) == {"errorCode": "5", "errorMessage": "Доступ запрещён"}
    with pytest.raises(BadCredentialsException):
        sber_payments.Client()


@shows("get_order_status")
async def test_a_broken_bank_is_an_exception(shop: Shop, client: Client) -> None:
    """Only an HTTP error makes this client raise: so a business refusal must never be one."""
    shop.bank.faults.add(Rule(Fault.HTTP_500))
    with pytest.raises(ApiError):
        await client("get_order_status", "70906e55-7114-41d6-8332-4609dc6590f4")


async def test_its_whole_range_was_tried(client: Client) -> None:
    """No public method of the client is left out."""
    assert shown(globals()) == client.methods
