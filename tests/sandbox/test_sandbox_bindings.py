"""Saved cards at the sandbox: left by paying, listed, switched off and on, and paid with again."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from gateways import sandbox
from gateways.sandbox.dispatch import dispatch
from gateways.sandbox.wire import WireRequest

CARD = sandbox.CardEntry("4111111111111111", "203412", "123", "MARIA")
LEGACY, ECOM = "/payment/rest/", "/ecomm/gw/partner/api/v1/"
LOGIN = {"userName": "sandbox-api", "password": "sandbox"}
pytestmark = pytest.mark.parametrize("road", [LEGACY, ECOM])


@pytest.fixture
def bank() -> sandbox.Bank:
    return sandbox.Bank([sandbox.Merchant(callback_url="http://127.0.0.1:9/cb")])


def call(bank: sandbox.Bank, road: str, method: str, **params: Any) -> dict[str, Any]:
    fields = LOGIN | params
    body = json.dumps(fields) if road == ECOM else urlencode(fields)
    kind = "application/json" if road == ECOM else "application/x-www-form-urlencoded"
    reply = dispatch(bank, WireRequest("POST", road + method, "", kind, body.encode()))
    assert reply.status == 200
    return dict(json.loads(reply.body))


def registered(bank: sandbox.Bank, road: str, number: str, **params: Any) -> str:
    made = call(
        bank, road, "register.do", orderNumber=number, amount=25000, returnUrl="https://shop.example/r", **params
    )
    return str(made["orderId"])


def saved(bank: sandbox.Bank, road: str, client: str = "c-1", number: str = "A-1") -> str:
    """An order of the client is paid by card; the answer is the card's binding."""
    order = bank.find(bank.merchants["sandbox-api"], order_id=registered(bank, road, number, clientId=client))
    sandbox.pay(bank, order, CARD)
    return str(order.binding_id)


def codes(answer: dict[str, Any]) -> str:
    return str(answer["errorCode"])


def test_a_client_without_cards_is_answered_with_a_code(bank: sandbox.Bank, road: str) -> None:
    """Two, "no information": callers take it for an empty list."""
    assert codes(call(bank, road, "getBindings.do", clientId="c-1")) == "2"


def test_paying_with_a_client_leaves_the_card(bank: sandbox.Bank, road: str) -> None:
    """The status names it, the list shows it masked, a callback tells of it; without a client nothing is kept."""
    binding = saved(bank, road)
    status = call(bank, road, "getOrderStatusExtended.do", orderNumber="A-1")
    assert status["bindingInfo"]["bindingId"] == binding
    (shown,) = call(bank, road, "getBindings.do", clientId="c-1")["bindings"]
    assert (shown["bindingId"], shown["expiryDate"], shown["paymentSystem"]) == (binding, "203412", "VISA")
    assert "1111111111" not in shown["maskedPan"]
    assert [one.operation for one in bank.take_due_callbacks()].count("bindingCreated") == 1
    order = bank.find(bank.merchants["sandbox-api"], order_id=registered(bank, road, "A-2"))
    sandbox.pay(bank, order, CARD)
    assert order.binding_id is None


def test_the_same_card_is_saved_once(bank: sandbox.Bank, road: str) -> None:
    assert saved(bank, road) == saved(bank, road, number="A-2")


def test_a_card_is_switched_off_and_on(bank: sandbox.Bank, road: str) -> None:
    """Off, it is neither listed nor paid with; what is so already is refused."""
    binding = saved(bank, road)
    assert codes(call(bank, road, "unBindCard.do", bindingId=binding)) == "0"
    assert codes(call(bank, road, "unBindCard.do", bindingId=binding)) == "2"
    assert codes(call(bank, road, "getBindings.do", clientId="c-1")) == "2"
    order = registered(bank, road, "A-2", clientId="c-1")
    refused = call(bank, road, "paymentOrderBinding.do", mdOrder=order, bindingId=binding, ip="127.0.0.1", cvc="123")
    assert refused["errorCode"] in (2, "2")
    assert codes(call(bank, road, "bindCard.do", bindingId=binding)) == "0"
    assert codes(call(bank, road, "bindCard.do", bindingId=binding)) == "2"


def test_an_order_is_paid_with_a_saved_card(bank: sandbox.Bank, road: str) -> None:
    """Of the same client and no other; the order then says by which card."""
    binding = saved(bank, road)
    strange = registered(bank, road, "A-2", clientId="c-2")
    refused = call(bank, road, "paymentOrderBinding.do", mdOrder=strange, bindingId=binding, ip="127.0.0.1", cvc="123")
    assert int(refused["errorCode"]) == 1
    order = registered(bank, road, "A-3", clientId="c-1")
    paid = call(bank, road, "paymentOrderBinding.do", mdOrder=order, bindingId=binding, ip="127.0.0.1", cvc="123")
    assert (int(paid["errorCode"]), paid["bindingId"]) == (0, binding)
    status = call(bank, road, "getOrderStatusExtended.do", orderId=order)
    assert (status["orderStatus"], status["paymentWay"]) == (2, "CARD_BINDING")


def test_the_code_may_be_left_out_on_the_merchants_initiative_alone(bank: sandbox.Bank, road: str) -> None:
    """An order of the payer's own asks for it."""
    binding = saved(bank, road)
    order = registered(bank, road, "A-2", clientId="c-1")
    asks = {"mdOrder": order, "bindingId": binding, "ip": "127.0.0.1"}
    refused = call(bank, road, "paymentOrderBinding.do", **asks)
    assert int(refused["errorCode"]) != 0
    assert "cvc" in (refused.get("errorMessage") or refused["error"])
    assert int(call(bank, road, "paymentOrderBinding.do", tii="U", **asks)["errorCode"]) == 0


def test_the_holders_own_word_brings_the_issuer_in(bank: sandbox.Bank, road: str) -> None:
    """Without a code, where that is permitted, the issuer asks whoever is there (`tii` F), and nobody where nobody is."""
    bank.merchants["sandbox-api"] = sandbox.Merchant(pays_without_cvc=True)
    binding = saved(bank, road)
    bank.bindings.by_id[binding].pan = "5555555555555599"  # whose issuer asks for a code
    for number, initiative in (("A-2", "F"), ("A-3", "U")):
        order = registered(bank, road, number, clientId="c-1")
        said = call(
            bank, road, "paymentOrderBinding.do", mdOrder=order, bindingId=binding, ip="127.0.0.1", tii=initiative
        )
        assert (int(said["errorCode"]), "acsUrl" in said, "redirect" in said) == (
            0,
            *(initiative == "F", initiative == "U"),
        )


def test_a_recurrent_payment_is_registration_and_payment_in_one(bank: sandbox.Bank, road: str) -> None:
    """It answers in a shape of its own, success or not."""
    binding = saved(bank, road)
    paid = call(bank, road, "recurrentPayment.do", orderNumber="A-2", bindingId=binding, amount=5000, currency="643")
    assert (paid["success"], paid["orderStatus"]["orderStatus"]) == (True, 2)


def test_another_merchants_card_is_unknown(bank: sandbox.Bank, road: str) -> None:
    """Neither shown nor switched."""
    binding = saved(bank, road)
    bank.merchants["other-api"] = sandbox.Merchant(login="other-api", password="other")
    strange = {"userName": "other-api", "password": "other"}
    fields = (
        json.dumps(strange | {"bindingId": binding}) if road == ECOM else urlencode(strange | {"bindingId": binding})
    )
    kind = "application/json" if road == ECOM else "application/x-www-form-urlencoded"
    reply = dispatch(bank, WireRequest("POST", road + "unBindCard.do", "", kind, fields.encode()))
    assert json.loads(reply.body)["errorCode"] != "0"
    assert bank.bindings.by_id[binding].active
