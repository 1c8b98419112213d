"""What both dialects answer about an order, and to refunds, reversals and declines."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest

from gateways.sandbox import (
    ActionCodeType,
    Bank,
    Clock,
    ContentType,
    Dialect,
    ErrorCodeType,
    Merchant,
    Quirks,
    Status,
    ecom,
    legacy,
    pay,
)
from gateways.sandbox.codes import Reason
from tests.sandbox.rehearsal import (
    CHALLENGE,
    FRICTIONLESS,
    NOON,
    REFUSED,
    RETURN_URL,
    ask,
    bank,
    call,
    merchant,
    paid,
    register,
    status,
)

LEGACY, ECOM = Dialect.LEGACY, Dialect.ECOM
BOTH = pytest.mark.parametrize("dialect", [LEGACY, ECOM])
NEW_ORDER: dict[str, Any] = {"orderNumber": "A-1", "amount": 19900, "returnUrl": RETURN_URL}
MILLISECONDS = int(NOON * 1000)


# Status


UNPAID: dict[str, Any] = {
    "errorCode": "0",
    "errorMessage": "Успешно",
    "orderNumber": "A-1",
    "orderStatus": 0,
    "actionCode": -100,
    "actionCodeDescription": "Не было попыток оплаты",
    "amount": 19900,
    "currency": "643",
    "date": MILLISECONDS,
    "merchantOrderParams": [],
    "transactionAttributes": [],
    "paymentAmountInfo": {
        "paymentState": "CREATED",
        "approvedAmount": 0,
        "depositedAmount": 0,
        "refundedAmount": 0,
        "feeAmount": 0,
        "totalAmount": 19900,
    },
    "bankInfo": {"bankCountryName": "<unknown>"},
    "chargeback": False,
}


def test_an_unpaid_order_in_the_old_dialect() -> None:
    """Every field, and none that only comes with a card."""
    here = bank()
    order = register(here)
    assert status(here, order) == UNPAID | {"attributes": [{"name": "mdOrder", "value": order.id}]}


def test_a_refunded_order_in_the_old_dialect() -> None:
    """Status 4, the deposited sum lower, the card with two stars, the refund with its id."""
    here = bank()
    order = paid(here, description="Заказ A-1", email="a@example.com", ip="192.0.2.1")
    call(here, "refund.do", orderId=order.id, amount=10000, externalRefundId="r-1")
    payment, back = order.operations
    answer = status(here, order)
    expected = {
        "orderStatus": 4,
        "actionCode": 0,
        "actionCodeDescription": "",
        "orderDescription": "Заказ A-1",
        "ip": "192.0.2.1",
        "payerData": {"email": "a@example.com"},
        "paymentWay": "CARD",
        "depositedDate": MILLISECONDS,
        "refundedDate": MILLISECONDS,
        "authDateTime": MILLISECONDS,
        "authRefNum": payment.reference,
        "cardAuthInfo": {
            "maskedPan": "411111**1111",
            "pan": "411111**1111",
            "expiration": "203412",
            "cardholderName": "IVAN IVANOV",
            "paymentSystem": "VISA",
            "secureAuthInfo": {"eci": 5},
            "approvalCode": payment.approval,
        },
        "refunds": [
            {
                "date": MILLISECONDS,
                "amount": 10000,
                "referenceNumber": back.reference,
                "approvalCode": back.approval,
                "actionCode": 0,
                "externalRefundId": "r-1",
            }
        ],
    }
    assert {name: answer[name] for name in expected} == expected
    sums = answer["paymentAmountInfo"]
    assert (sums["paymentState"], sums["approvedAmount"], sums["depositedAmount"], sums["refundedAmount"]) == (
        "REFUNDED",
        19900,
        9900,
        10000,
    )


def test_a_refunded_order_in_the_new_dialect() -> None:
    """Stars to the real length, another spelling of the holder, operations, a date as text."""
    here = bank()
    order = paid(here, dialect=ECOM)
    call(here, "refund.do", ECOM, orderId=order.id, amount=10000, jsonParams={"externalRefundId": "r-1"})
    answer = status(here, order, ECOM)
    assert answer["errorMessage"] == "Обработка запроса прошла без системных ошибок"
    assert answer["refundedDate"] == "2026-05-20 12:00:00"
    assert answer["cardAuthInfo"]["maskedPan"] == "411111******1111"
    assert answer["cardAuthInfo"]["cardHolderName"] == "IVAN IVANOV"
    assert "cardholderName" not in answer["cardAuthInfo"]
    assert answer["transactionAttributes"] == [{"name": "SbolBankInvoiceId", "value": order.id.replace("-", "")}]
    assert [(one["type"], one["amount"]) for one in answer["operations"]] == [
        ("AUTHORIZATION", 19900),
        ("REFUND", 10000),
    ]
    assert answer["refunds"][0]["externalRefundId"] == "r-1"


@BOTH
def test_states_on_the_wire(dialect: Dialect) -> None:
    """At the issuer 5, declined 6, reversed 3, expired 6 with the card still shown."""
    here = bank()
    orders = [register(here, f"A-{index}", dialect) for index in range(4)]
    pay(here, orders[0], CHALLENGE)
    call(here, "decline.do", dialect, orderNumber="A-1")
    pay(here, orders[2], FRICTIONLESS)
    call(here, "reverse.do", dialect, orderId=orders[2].id)
    pay(here, orders[3], REFUSED)
    seen = [status(here, order, dialect) for order in orders]
    assert [(one["orderStatus"], one["paymentAmountInfo"]["paymentState"]) for one in seen] == [
        (5, "CREATED"),
        (6, "DECLINED"),
        (3, "REVERSED"),
        (0, "CREATED"),
    ]
    assert [one["actionCode"] for one in seen] == [-100, 4005, 0, -2025]
    here.advance(1200)
    expired = status(here, orders[3], dialect)
    assert (expired["orderStatus"], expired["actionCode"]) == (6, -2007)
    assert "cardAuthInfo" in expired


def test_wrong_card_data_have_two_codes() -> None:
    """71015 in the old dialect, 1015 in the new one."""
    here = bank()
    order = register(here)
    order.action_code = 71015
    assert status(here, order)["actionCode"] == 71015
    assert status(here, order, ECOM)["actionCode"] == 1015


@BOTH
def test_an_order_is_found_by_number_or_id(dialect: Dialect) -> None:
    """The id wins when both are given; nothing at all is a missing parameter."""
    here = bank()
    order = register(here, "A-1", dialect)
    register(here, "A-2", dialect)
    method = "getOrderStatusExtended.do"
    assert call(here, method, dialect, orderNumber="A-2")["orderNumber"] == "A-2"
    assert call(here, method, dialect, orderId=order.id, orderNumber="A-2")["orderNumber"] == "A-1"
    assert call(here, method, dialect, orderId="123456notexists")["errorCode"] == "6"
    assert call(here, method, dialect, orderNumber="A-3")["errorCode"] == "6"
    assert call(here, method, dialect)["errorCode"] == ("5" if dialect is LEGACY else "4")


def test_the_short_status_spells_in_capitals() -> None:
    """The old method's own shape, before and after payment, and for an unknown order."""
    here = bank()
    order = register(here)
    unpaid = {
        "depositAmount": 0,
        "currency": "643",
        "authCode": 2,
        "ErrorCode": "0",
        "ErrorMessage": "Успешно",
        "OrderStatus": 0,
        "OrderNumber": "A-1",
        "Amount": 19900,
    }
    assert call(here, "getOrderStatus.do", orderId=order.id) == unpaid
    pay(here, order, FRICTIONLESS)
    assert call(here, "getOrderStatus.do", orderId=order.id) == unpaid | {
        "depositAmount": 19900,
        "OrderStatus": 2,
        "expiration": "203412",
        "cardholderName": "IVAN IVANOV",
        "approvalCode": order.operations[0].approval,
        "Pan": "411111**1111",
        "Ip": "127.0.0.1",
    }
    unknown = call(here, "getOrderStatus.do", orderId="nonsense")
    assert unknown == {"ErrorCode": "6", "ErrorMessage": "Неверный номер заказа"}


# Refunds, reversals, declines


@BOTH
def test_money_operations_answer_plainly(dialect: Dialect) -> None:
    """Success is errorCode "0" and a message, no more."""
    here = bank()
    one, two = paid(here, "A-1", dialect), paid(here, "A-2", dialect)
    three = register(here, "A-3", dialect)
    for method, order in (("refund.do", one), ("reverse.do", two), ("decline.do", three)):
        answer = call(here, method, dialect, orderId=order.id, **({"amount": 100} if order is one else {}))
        assert answer.keys() == {"errorCode", "errorMessage"}
        assert answer["errorCode"] == "0"
    assert [one.status, two.status, three.status] == [Status.REFUNDED, Status.REVERSED, Status.DECLINED]


def test_the_refund_id_is_read_where_the_dialect_puts_it() -> None:
    """On top in the old one, inside jsonParams in the new one; in the wrong place it is ignored."""
    here = bank()
    old, new = paid(here, "A-1", LEGACY), paid(here, "A-2", ECOM)
    for _ in range(2):
        call(here, "refund.do", LEGACY, orderId=old.id, amount=100, externalRefundId="r")
        call(here, "refund.do", ECOM, orderId=new.id, amount=100, jsonParams={"externalRefundId": "r"})
    assert (old.refunded, new.refunded) == (100, 100)
    for _ in range(2):
        call(here, "refund.do", LEGACY, orderId=old.id, amount=100, jsonParams='{"externalRefundId": "q"}')
        call(here, "refund.do", ECOM, orderId=new.id, amount=100, externalRefundId="q")
    assert (old.refunded, new.refunded) == (300, 300)


def test_a_reused_refund_id_with_another_amount() -> None:
    """The old dialect answers with the first refund, the new one with an error; nothing moves in either."""
    here = bank()
    old, new = paid(here, "A-1", LEGACY), paid(here, "A-2", ECOM)
    call(here, "refund.do", LEGACY, orderId=old.id, amount=100, externalRefundId="r")
    call(here, "refund.do", ECOM, orderId=new.id, amount=100, jsonParams={"externalRefundId": "r"})
    assert call(here, "refund.do", LEGACY, orderId=old.id, amount=200, externalRefundId="r")["errorCode"] == "0"
    answer = call(here, "refund.do", ECOM, orderId=new.id, amount=200, jsonParams={"externalRefundId": "r"})
    assert answer["errorCode"] == "5"
    assert (old.refunded, new.refunded) == (100, 100)


def test_the_lock_is_read_in_the_old_dialect() -> None:
    """A sum that does not fit is refused with 7; one that is no sum with 5."""
    here = bank()
    order = paid(here)
    body: dict[str, Any] = {"orderId": order.id, "amount": 100}
    assert call(here, "refund.do", **body, expectedDepositedAmount=19900)["errorCode"] == "0"
    assert call(here, "refund.do", **body, expectedDepositedAmount=19900)["errorCode"] == "7"
    assert call(here, "refund.do", **body, expectedDepositedAmount="x")["errorCode"] == "5"
    assert order.refunded == 100


class Case(NamedTuple):
    """A call on an order in some state, and what each dialect says to it."""

    state: str
    method: str
    params: dict[str, Any]
    old: tuple[str, str]
    new: tuple[str, str]


REFUSALS = [
    Case(
        "open",
        "refund.do",
        {"amount": 1},
        ("7", "Платёж должен быть в корректном состоянии"),
        ("7", "Не найдена успешная платежная операция"),
    ),
    Case(
        "paid",
        "refund.do",
        {"amount": 19901},
        ("7", "Сумма возврата превышает сумму списания"),
        ("7", "Общая сумма возвратов превышает сумму заказа"),
    ),
    Case("paid", "refund.do", {}, ("5", "Неверная сумма"), ("5", "Неверная сумма")),
    Case("paid", "refund.do", {"amount": "1.5"}, ("5", "Неверная сумма"), ("5", "Неверная сумма")),
    Case(
        "open",
        "reverse.do",
        {},
        ("7", "Операция невозможна для текущего состояния платежа"),
        ("7", "Не найдена успешная платежная операция"),
    ),
    Case("paid", "reverse.do", {"amount": 1}, ("5", "Доступ запрещён"), ("5", "Операция запрещена")),
    Case(
        "paid",
        "decline.do",
        {},
        ("7", "Операция невозможна для текущего состояния платежа"),
        ("5", "Неверный статус заказа"),
    ),
    Case(
        "at the issuer",
        "decline.do",
        {},
        ("7", "Операция невозможна для текущего состояния платежа"),
        ("5", "Невозможно отменить заказ - заблокирован другим действием"),
    ),
]


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: f"{case.method} {case.state}")
@BOTH
def test_refusals_have_the_dialects_words(dialect: Dialect, case: Case) -> None:
    """HTTP 200, code and text of the dialect, and no money moves."""
    here = bank()
    order = register(here, dialect=dialect)
    if case.state != "open":
        pay(here, order, FRICTIONLESS if case.state == "paid" else CHALLENGE)
    deposited = order.deposited
    answer = call(here, case.method, dialect, orderId=order.id, **case.params)
    assert (answer["errorCode"], answer["errorMessage"]) == (case.old if dialect is LEGACY else case.new)
    assert (order.deposited, order.refunded) == (deposited, 0)


@pytest.mark.parametrize("words", [legacy.REFUSALS, ecom.REFUSALS], ids=["legacy", "ecom"])
def test_each_dialect_can_word_every_refusal(words: dict[Reason, tuple[str, str, str]]) -> None:
    """No reason is without a code and two texts."""
    assert words.keys() == set(Reason)
    assert all(code.isdigit() and russian and english for code, russian, english in words.values())


# Installations differ


def test_quirks_change_the_spelling_only() -> None:
    """Numbers for texts, texts for numbers, another content type: as some installations do."""
    quirks = Quirks(
        error_code_type=ErrorCodeType.INT, action_code_type=ActionCodeType.TEXT, content_type=ContentType.TEXT
    )
    odd = merchant(quirks=quirks)
    here = Bank([odd], clock=Clock.virtual(NOON))
    order = register(here)
    reply = ask(here, "getOrderStatusExtended.do", orderId=order.id)
    answer = json.loads(reply.body)
    assert reply.content_type == "text/plain;charset=UTF-8"
    assert (answer["errorCode"], answer["actionCode"]) == (0, "-100")
    assert call(here, "getOrderStatus.do", orderId=order.id)["ErrorCode"] == 0


def test_the_default_merchant_is_the_documented_one() -> None:
    """`sandbox-api` with the password `sandbox`."""
    assert "orderId" in call(Bank(), "register.do", **NEW_ORDER)
    assert Merchant().folder == "sandbox"
