"""The two dialects as a client sees them: paths, verbs, shapes, words."""

from __future__ import annotations

import json
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest

from gateways.sandbox import Bank, Clock, Dialect, Merchant, Quirks, Status, WireRequest, dispatch, ecom, legacy, pay
from gateways.sandbox.codes import Reason
from tests.sandbox.rehearsal import (
    CHALLENGE,
    CREDENTIALS,
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


# Paths, verbs, parameters


@pytest.mark.parametrize("prefix", ["/payment/rest/", "/rest/", "/ab_by/rest/"])
@pytest.mark.parametrize("verb", ["GET", "POST"])
@pytest.mark.parametrize("method", ["register.do", "REGISTER.DO"])
def test_the_old_dialect_listens_everywhere_to_both_verbs(prefix: str, verb: str, method: str) -> None:
    """Aliases of the path, either verb, parameters in the query, any case of the method."""
    reply = dispatch(bank(), WireRequest(verb, prefix + method, urlencode(CREDENTIALS | NEW_ORDER)))
    assert reply.status == 200
    assert json.loads(reply.body).keys() == {"orderId", "formUrl"}


@pytest.mark.parametrize(
    ("verb", "path", "expected"),
    [
        ("GET", "/ecomm/gw/partner/api/v1/register.do", 405),
        ("DELETE", "/payment/rest/register.do", 405),
        ("POST", "/payment/rest/nonsense.do", 404),
        ("POST", "/ecomm/gw/partner/api/v1/getOrderStatus.do", 404),
        ("POST", "/elsewhere/register.do", 404),
    ],
)
def test_wrong_doors_are_html_errors(verb: str, path: str, expected: int) -> None:
    """Only there an HTTP status says what is wrong."""
    reply = dispatch(bank(), WireRequest(verb, path, urlencode(CREDENTIALS)))
    assert reply.status == expected
    assert reply.content_type.startswith("text/html")


@pytest.mark.parametrize(
    ("path", "expected"), [("/payment/rest/register.do", 400), ("/ecomm/gw/partner/api/v1/register.do", 500)]
)
@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b"[" * 100_000])
def test_unreadable_bodies_are_http_errors(path: str, expected: int, body: bytes) -> None:
    """Not JSON, not an object, not UTF-8, too deep."""
    assert dispatch(bank(), WireRequest("POST", path, "", "application/json", body)).status == expected


def test_query_and_body_are_merged() -> None:
    """The body wins, and an empty value is none at all."""
    query = urlencode(CREDENTIALS | NEW_ORDER | {"amount": 1, "currency": ""})
    body = urlencode({"amount": 555, "orderNumber": ""}).encode()
    here = bank()
    kind = "application/x-www-form-urlencoded"
    dispatch(here, WireRequest("POST", "/payment/rest/register.do", query, kind, body))
    order = here.lookup("A-1")
    assert order is not None
    assert order.amount == 555


def test_an_empty_json_body_leaves_the_query() -> None:
    """Some clients post nothing with a JSON content type and all parameters in the query."""
    request = WireRequest("POST", "/rest/register.do", urlencode(CREDENTIALS | NEW_ORDER), "application/json", b"")
    assert "orderId" in json.loads(dispatch(bank(), request).body)


# Credentials


@BOTH
@pytest.mark.parametrize(
    "wrong",
    [{"password": "x"}, {"userName": "sandbox"}, {"userName": ""}, {"password": ""}, {"token": "t"}],
)
def test_wrong_credentials_are_refused_with_5(dialect: Dialect, wrong: dict[str, str]) -> None:
    """HTTP 200, errorCode 5, and nothing happens."""
    here = bank()
    answer = call(here, "register.do", dialect, **NEW_ORDER | wrong)
    assert answer["errorCode"] == "5"
    assert answer["errorMessage"].startswith("Доступ запр")
    assert here.orders == {}


def test_a_token_replaces_the_password_but_not_the_order_id() -> None:
    """With a token the status is asked by order id only."""
    here = Bank([merchant(token="secret-token")], clock=Clock.virtual(NOON))
    body: dict[str, Any] = {"userName": "", "password": "", "token": "secret-token"}
    order = register(here, **body)
    assert status(here, order, **body)["errorCode"] == "0"
    answer = call(here, "getOrderStatusExtended.do", orderNumber="A-1", **body)
    assert (answer["errorCode"], answer["errorMessage"]) == ("5", "[orderId] не задан")


# Registration


def test_legacy_registration_answers_two_fields() -> None:
    """No errorCode, because its presence reads as failure to some; the id is the form's only parameter."""
    here = bank()
    answer = call(here, "register.do", **NEW_ORDER)
    (order,) = here.orders.values()
    form_url = f"http://bank.test/payment/merchants/sandbox/payment_ru.html?mdOrder={order.id}"
    assert answer == {"orderId": order.id, "formUrl": form_url}


def test_ecom_registration_answers_in_full() -> None:
    """ErrorCode "0", and the deep link with the id without dashes."""
    here = bank()
    answer = call(here, "register.do", ECOM, **NEW_ORDER)
    (order,) = here.orders.values()
    invoice = order.id.replace("-", "")
    link = f"sberpay://invoicing/v2?bankInvoiceId={invoice}&operationType=Web2App&option=Connect"
    assert answer == {
        "errorCode": "0",
        "errorMessage": "Обработка запроса прошла без системных ошибок",
        "orderId": order.id,
        "formUrl": f"http://bank.test/pp/pay_ru?orderId={order.id}",
        "externalParams": {"sbolDeepLink": link},
    }


@pytest.mark.parametrize(
    ("params", "page"),
    [
        ({"language": "en"}, "payment_en.html"),
        ({"pageView": "MOBILE"}, "mobile_payment_ru.html"),
        ({"pageView": "DESKTOP"}, "payment_ru.html"),
        ({"pageView": "bind"}, "bind_payment_ru.html"),
    ],
)
def test_the_page_depends_on_language_and_view(params: dict[str, str], page: str) -> None:
    """A prefix for the view, a suffix for the language."""
    answer = call(bank(), "register.do", **NEW_ORDER | params)
    assert answer["formUrl"].split("/")[-1].split("?")[0] == page


COMPLAINTS: list[tuple[dict[str, Any], str, str]] = [
    # what is wrong, errorCode in the old dialect, in the new one
    ({"orderNumber": ""}, "4", "4"),
    ({"orderNumber": "  "}, "4", "4"),
    ({"amount": ""}, "4", "4"),
    ({"returnUrl": ""}, "4", "4"),
    ({"returnUrl": "http://[broken"}, "5", "5"),
    ({"failUrl": "http://[broken"}, "5", "5"),
    ({"amount": 0}, "5", "5"),
    ({"amount": -1}, "5", "5"),
    ({"amount": 1998.99}, "5", "5"),
    ({"amount": "12 rub"}, "5", "5"),
    ({"amount": "٣"}, "5", "5"),
    ({"amount": 1_000_000_000_000}, "5", "5"),
    ({"amount": "9" * 6000}, "5", "5"),
    ({"currency": "999"}, "3", "3"),
    ({"currency": "RUB"}, "3", "3"),
    ({"language": "xx"}, "5", "5"),
    ({"jsonParams": "{"}, "5", "5"),
    ({"jsonParams": "[1]"}, "5", "5"),
    ({"features": "VERIFY"}, "14", "14"),
    ({"orderBundle": "nonsense"}, "8", "8"),
    ({"sessionTimeoutSecs": "soon"}, "5", "5"),
    ({"expirationDate": "tomorrow"}, "5", "5"),
    ({"orderNumber": "N" * 37}, "1", "6"),
    ({"orderNumber": "a\nb"}, "1", "6"),
]


@pytest.mark.parametrize(("wrong", "old", "new"), COMPLAINTS)
@BOTH
def test_each_complaint_has_its_code(dialect: Dialect, wrong: dict[str, Any], old: str, new: str) -> None:
    """HTTP 200, the code of the dialect, Russian words, no order."""
    here = bank()
    answer = call(here, "register.do", dialect, **NEW_ORDER | wrong)
    assert answer["errorCode"] == (old if dialect is LEGACY else new)
    assert answer["errorMessage"]
    assert here.orders == {}


def test_complaints_come_in_the_banks_order() -> None:
    """With everything wrong at once, the first complaint is about the credentials, then one after another."""
    wrong: dict[str, Any] = {
        "password": "x",
        "orderNumber": "",
        "amount": "",
        "returnUrl": "",
        "currency": "999",
        "language": "xx",
        "jsonParams": "{",
        "features": "VERIFY",
        "orderBundle": "{}",
    }
    here = bank()
    register(here)
    repairs: list[dict[str, Any]] = [
        {"password": "sandbox"},
        {"orderNumber": "A-1"},
        {"amount": "x"},
        {"returnUrl": RETURN_URL},
        {"amount": 19900},
        {"currency": "643"},
        {"language": "ru"},
        {"jsonParams": "{}"},
        {"features": ""},
        {"orderBundle": ""},
    ]
    heard = []
    for repair in [{}, *repairs]:
        wrong |= repair
        answer = call(here, "register.do", **wrong)
        heard.append((answer["errorCode"], answer["errorMessage"]))
    assert heard == [
        ("5", "Доступ запрещён"),
        ("4", "Номер заказа не может быть пуст"),
        ("4", "Отсутствует сумма"),
        ("4", "URL возврата не может быть пуст"),
        ("5", "Неверная сумма"),
        ("3", "Неизвестная валюта"),
        ("5", "Неправильный параметр 'Язык'"),
        ("5", "[jsonParams] неверен"),
        ("14", "Features указаны некорректно"),
        ("8", "Неверный формат корзины"),
        ("1", "Заказ с таким номером уже обработан"),
    ]


def test_messages_follow_the_language() -> None:
    """English on demand; other languages of the bank read English too; the merchant's own by default."""
    here = Bank([merchant(language="en")], clock=Clock.virtual(NOON))
    assert (
        call(here, "getOrderStatusExtended.do", language="ru", orderId="x")["errorMessage"] == "Неверный номер заказа"
    )
    for language in ("en", "de", ""):
        answer = call(here, "getOrderStatusExtended.do", language=language, orderId="x")
        assert answer["errorMessage"] == "Wrong order number"


def test_nested_parameters_are_text_in_one_dialect_and_objects_in_the_other() -> None:
    """Each dialect refuses the other's form and gives back what it was told."""
    assert call(bank(), "register.do", ECOM, **NEW_ORDER, jsonParams='{"a": "b"}')["errorCode"] == "5"
    here = bank()
    old = register(here, "A-1", LEGACY, jsonParams='{"cms": "x", "n": 1}')
    new = register(here, "A-2", ECOM, jsonParams={"cms": "x", "n": 1})
    expected = [{"name": "cms", "value": "x"}, {"name": "n", "value": "1"}]
    assert status(here, old)["merchantOrderParams"] == expected
    assert status(here, new, ECOM)["merchantOrderParams"] == expected


def test_the_cart_must_add_up() -> None:
    """A cart that fits is echoed; one that does not is error 8."""
    here = bank()
    item = {"positionId": "1", "name": "Приём", "quantity": {"value": 2, "measure": "0"}, "itemPrice": 9950}
    cart = {"cartItems": {"items": [item]}}
    order = register(here, "A-1", ECOM, orderBundle=cart)
    assert status(here, order, ECOM)["orderBundle"] == cart
    answer = call(here, "register.do", ECOM, **NEW_ORDER | {"orderNumber": "A-2", "amount": 19901, "orderBundle": cart})
    assert answer["errorCode"] == "8"


@pytest.mark.parametrize(
    ("params", "seconds"),
    [
        ({}, 1200),
        ({"sessionTimeoutSecs": 60}, 60),
        ({"sessionTimeoutSecs": 0}, 1200),
        ({"expirationDate": "2026-05-20T13:00:00", "sessionTimeoutSecs": 60}, 3600),
        ({"expirationDate": "2026-05-20T13:00:00+04:00"}, 0),
        ({"expirationDate": str(MILLISECONDS + 90_000)}, 90),
    ],
)
def test_the_session_is_as_long_as_asked(params: dict[str, Any], seconds: float) -> None:
    """Seconds, or a date in Moscow time, with a zone, or in milliseconds; the date wins."""
    assert register(bank(), **params).expires_at == NOON + seconds


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
    odd = merchant(quirks=Quirks(error_code_int=True, action_code_text=True, plain_text=True))
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
