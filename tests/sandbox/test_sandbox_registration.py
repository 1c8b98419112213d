"""The doors of both dialects, and registering an order: paths, verbs, credentials, complaints."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from gateways.sandbox import Bank, Clock, Dialect, WireRequest, dispatch
from tests.sandbox.rehearsal import (
    CREDENTIALS,
    NOON,
    RETURN_URL,
    bank,
    call,
    merchant,
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
    ({"features": "NO_SUCH"}, "14", "14"),
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
        "features": "NO_SUCH",
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
