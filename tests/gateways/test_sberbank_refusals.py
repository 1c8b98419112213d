"""Registrations, refusals, and everything that is no answer at all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from gateways.gateway import (
    AccessDenied,
    AlreadyExists,
    Garbled,
    GatewayError,
    NotFound,
    Refused,
    Registered,
    Response,
    Throttled,
    Unreachable,
    WrongState,
)
from gateways.sbp import QrCode
from tests.gateways.samples import (
    ECOM_REGISTERED,
    FORM_URL,
    LEGACY_REGISTERED,
    NUMBER,
    PAGE,
    REFERENCE,
    REFUND,
    REGISTRATION,
    answer,
    bank,
    refusal,
)


async def failure(operation: str, response: Response, **changes: Any) -> GatewayError:
    """The error with which an operation ends after this answer."""
    gateway, _ = bank(response, response, response, **changes)
    holds = gateway.two_stage
    assert holds is not None
    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "register": lambda: gateway.register(REGISTRATION),
        "look": lambda: gateway.look(number=NUMBER, reference=REFERENCE),
        "refund": lambda: gateway.refund(REFUND),
        "reverse": lambda: gateway.reverse(reference=REFERENCE, number=NUMBER),
        "decline": lambda: gateway.decline(reference=REFERENCE, number=NUMBER),
        "hold": lambda: holds.hold(REGISTRATION),
        "complete": lambda: holds.complete(reference=REFERENCE, number=NUMBER, amount=REFUND.amount),
        "release": lambda: holds.release(reference=REFERENCE, number=NUMBER),
    }
    with pytest.raises(GatewayError) as caught:
        await calls[operation]()
    return caught.value


# Registration


@pytest.mark.parametrize(
    ("kind", "body"),
    [("sberbank-legacy", LEGACY_REGISTERED), ("alfabank", LEGACY_REGISTERED), ("sberbank", ECOM_REGISTERED)],
)
async def test_a_registration_gives_the_banks_id_and_page(kind: str, body: dict[str, Any]) -> None:
    """Both dialects' documented answers to a registration are understood, with and without an errorCode."""
    gateway, _ = bank(answer(body), kind=kind)
    link = body.get("externalParams", {}).get("sbolDeepLink")
    assert await gateway.register(REGISTRATION) == Registered(REFERENCE, body["formUrl"], app_link=link)


@pytest.mark.parametrize(
    ("given", "code", "link"),
    [
        (
            {"qrcId": "AD1", "sbpPayload": "https://qr.nspk.ru/AD1?sum=1"},
            QrCode("AD1", "https://qr.nspk.ru/AD1?sum=1"),
            None,
        ),
        ({"qrcId": "AD1", "sbpPayload": "https://bank.example/AD1"}, QrCode("AD1", "https://bank.example/AD1"), None),
        ({"qrcId": "AD1", "sbpPayload": "https://qr.nspk.ru.evil.example/AD1"}, None, None),
        ({"qrcId": "AD1", "sbpPayload": "https://qr.nspk.ru@evil.example/"}, None, None),
        ({"qrcId": "AD1", "sbpPayload": "javascript:alert(1)"}, None, None),
        ({"qrcId": "AD1"}, None, None),
        ({"qrcId": "<b>", "sbpPayload": "https://qr.nspk.ru/AD1"}, None, None),
        ({"qrcId": 7, "sbpPayload": ["https://qr.nspk.ru/AD1"]}, None, None),
        ({"sbolDeepLink": "sberpay://invoicing/v2?a=1&b=2"}, None, "sberpay://invoicing/v2?a=1&b=2"),
        ({"sbolDeepLink": "https://evil.example/"}, None, None),
        ({"sbolDeepLink": 'sberpay://"><script>'}, None, None),
        ({"sbolDeepLink": "sberpay://" + "a" * 600}, None, None),
        ("no block at all", None, None),
        (None, None, None),
    ],
)
async def test_other_ways_to_pay_lead_to_the_system_the_bank_or_its_application(
    given: object, code: QrCode | None, link: str | None
) -> None:
    """A code or a link of a wrong shape, or to a stranger, is as good as none: the order is paid on the page."""
    gateway, _ = bank(answer(ECOM_REGISTERED | {"externalParams": given}), kind="sberbank")
    made = await gateway.register(REGISTRATION)
    assert (made.reference, made.code, made.app_link) == (REFERENCE, code, link)


@pytest.mark.parametrize(
    "url",
    [
        f"https://evil.example/payment?mdOrder={REFERENCE}",
        f"https://bank.example.evil.example/?mdOrder={REFERENCE}",
        f"https://bank.example@evil.example/?mdOrder={REFERENCE}",
        f"https://evil.example\\@bank.example/?mdOrder={REFERENCE}",
        f"https://evil.example#@bank.example/?mdOrder={REFERENCE}",
        f"http://bank.example/payment?mdOrder={REFERENCE}",
        f"https://bank.example:8443/payment?mdOrder={REFERENCE}",
        f"//bank.example/payment?mdOrder={REFERENCE}",
        f"https:bank.example/payment?mdOrder={REFERENCE}",
        f"https://bank.example\r\n/payment?mdOrder={REFERENCE}",
        f" https://bank.example/payment?mdOrder={REFERENCE}",
        f'https://bank.example/"><script>?mdOrder={REFERENCE}',
        "javascript:alert(1)//bank.example/",
        f"https://bank.example/{'x' * 2048}",
        f"{PAGE}?mdOrder=ed6f3abf-cea0-427e-afdf-0ba43ead124f",
        f"{FORM_URL}&orderId=ed6f3abf-cea0-427e-afdf-0ba43ead124f",
        "",
        None,
        17,
    ],
)
async def test_a_payment_page_elsewhere_is_not_believed(url: object) -> None:
    """A payment page on another host, without TLS, of another order or in an ambiguous address is refused."""
    assert type(await failure("register", answer(LEGACY_REGISTERED | {"formUrl": url}))) is Garbled


@pytest.mark.parametrize(
    ("hosts", "url"),
    [
        (["pay.example"], f"https://pay.example/x?mdOrder={REFERENCE}"),
        (["pay.example"], "https://pay.example:443/short/1"),
        (["pay.example"], "https://Pay.Example/short/1"),
        (["pay.example:443"], "https://pay.example/short/1"),
        (["other.example", "pay.example:8443"], "https://pay.example:8443/"),
        (["127.0.0.1:8090"], "http://127.0.0.1:8090/pay"),
        (["[::1]:8090"], "http://[::1]:8090/pay"),
    ],
)
async def test_payment_pages_may_be_on_listed_hosts(hosts: list[str], url: str) -> None:
    """A bank whose pages are on other hosts than its API needs them listed; the default port may be written or not."""
    gateway, _ = bank(answer(LEGACY_REGISTERED | {"formUrl": url}), form_hosts=hosts)
    assert (await gateway.register(REGISTRATION)).form_url == url


@pytest.mark.parametrize("missing", ["orderId", "formUrl"])
async def test_half_a_registration_is_garbled(missing: str) -> None:
    """A registration without its id or its page is no registration, and no refusal either."""
    body = {name: value for name, value in ECOM_REGISTERED.items() if name != missing}
    assert type(await failure("register", answer(body))) is Garbled


# What an errorCode means

REFUSALS = [
    ("register", "1", "Заказ с таким номером уже обработан", AlreadyExists),
    ("register", 1, "Заказ с таким номером был зарегистрирован, но не был оплачен", AlreadyExists),
    ("register", "1", "Order number is duplicated, order with given order number is processed already", AlreadyExists),
    ("register", "1", "", AlreadyExists),
    ("register", "1", "Неверный номер заказа", Refused),
    ("register", "3", "Неизвестная валюта", Refused),
    ("register", "4", "Отсутствует сумма", Refused),
    ("register", "5", "Неверная сумма", Refused),
    ("register", "5", "Доступ запрещён", AccessDenied),
    ("register", "5", "Доступ запрещен.", AccessDenied),
    ("register", 5, "Access denied", AccessDenied),
    ("register", "5", "Пользователь должен сменить свой пароль", AccessDenied),
    ("register", "8", "Сумма товарных позиций в Корзине не совпадает с общей суммой заказа", Refused),
    ("register", "7", "Системная ошибка", Unreachable),
    ("register", "77", "", Garbled),
    ("look", "6", "Незарегистрированный orderId", NotFound),
    ("look", 6, "Неверныий номер заказа", NotFound),
    ("look", "5", "Заказ не найден", NotFound),
    ("look", "5", "[orderId] не задан", Refused),
    ("look", "5", "Доступ запрещён", AccessDenied),
    ("look", "7", "", Unreachable),
    ("refund", "7", "Сумма возврата превышает сумму списания", WrongState),
    ("refund", "7", "Платёж должен быть в корректном состоянии", WrongState),
    ("refund", "7", "", WrongState),
    ("refund", "7", "Системная ошибка", Unreachable),
    ("refund", "5", "Неверная сумма", Refused),
    ("refund", "5", "Общая сумма возвратов превышает сумму заказа", Refused),
    ("refund", "5", "Невозможно отменить заказ - заблокирован другим действием", WrongState),
    ("refund", "5", "Неверный статус заказа", WrongState),
    ("refund", "5", "Ошибка при проведении операции", Unreachable),
    ("refund", "5", "Не получен ответ от банка. Повторите позже", Unreachable),
    ("refund", "5", "Заказ не найден", NotFound),
    ("refund", 6, "Неверный номер заказа", NotFound),
    ("refund", "5", "Доступ запрещен", AccessDenied),
    ("refund", "99", "", Garbled),
    ("refund", "-1", "", Garbled),
    ("reverse", "7", "Операция невозможна для текущего состояния платежа", WrongState),
    ("reverse", "7", "Ошибка системы", Unreachable),
    ("reverse", "5", "Неверный статус заказа", WrongState),
    ("reverse", "5", "Нельзя провести частичную отмену более одного раза", Refused),
    ("reverse", "6", "Незарегистрированный OrderId", NotFound),
    ("hold", "1", "Заказ с таким номером уже обработан", AlreadyExists),
    ("hold", "7", "Системная ошибка", Unreachable),
    ("complete", "7", "Платёж должен быть в корректном состоянии", WrongState),
    ("complete", "7", "Неверная сумма депозита (менее одного рубля)", Refused),
    ("complete", "7", "Ошибка системы", Unreachable),
    ("complete", "7", "Не найдена успешная предавторизация", WrongState),
    ("complete", "5", "Неверная сумма", Refused),
    ("complete", "5", "Сумма завершения превышает сумму холдирования", Refused),
    ("complete", "5", "Невозможно оплатить/завершить/отменить заказ - заблокирован другим действием", WrongState),
    ("complete", "6", "Неверный номер заказа", NotFound),
    ("release", "7", "Операция невозможна для текущего состояния платежа", WrongState),
    ("release", "5", "Доступ запрещён", AccessDenied),
    ("decline", "7", "Недопустимая операция для текущего состояния заказа", WrongState),
    ("decline", "5", "Невозможно оплатить/завершить/отменить заказ - заблокирован другим действием", WrongState),
    ("decline", "6", "Неверный номер заказа", NotFound),
]


@pytest.mark.parametrize("kind", ["sberbank", "sberbank-legacy"])
@pytest.mark.parametrize(("operation", "code", "words", "error"), REFUSALS)
async def test_each_documented_refusal_has_its_type(
    kind: str, operation: str, code: object, words: str, error: type[GatewayError]
) -> None:
    """A documented errorCode becomes one type of error; the bank's own failures and unknown codes are never a no."""
    found = await failure(operation, refusal(code, words), kind=kind)
    assert type(found) is error
    if isinstance(found, Refused):
        assert (found.code, found.message) == (str(code), words)


# Anything but an answer


@pytest.mark.parametrize(
    "operation", ["register", "look", "refund", "reverse", "decline", "hold", "complete", "release"]
)
@pytest.mark.parametrize(
    ("response", "error"),
    [
        (answer(b"<html><body>502 Bad Gateway</body></html>", 502), Unreachable),
        (answer({"errorCode": "5", "errorMessage": "Доступ запрещён"}, 500), Unreachable),
        (answer(b"slow down", 429), Throttled),
        (answer(b"", 302), Garbled),
        (answer(b"<html>404</html>", 404), Garbled),
        (answer(b"", 204), Garbled),
        (answer(b"<html>login page</html>"), Garbled),
        (answer(b""), Garbled),
        (answer(b"null"), Garbled),
        (answer(b"[]"), Garbled),
        (answer(b'"0"'), Garbled),
        (answer(b"{}"), Garbled),
        (answer(b'{"errorCode":"0"'), Garbled),
        (answer(b'{"errorCode":"0","errorCode":"0"}'), Garbled),
        (answer(b'{"errorCode":"5","errorCode":"0"}'), Garbled),
        (answer(b'{"errorCode":"0","x":NaN}'), Garbled),
        (answer(b'{"errorCode":"0","x":-Infinity}'), Garbled),
        (answer('{"errorCode":"0","errorMessage":"Успешно"}'.encode("cp1251")), Garbled),
        (answer('{"errorCode":"0"}'.encode("utf-16")), Garbled),
        (answer(b'{"errorCode":' + b"[" * 100_000 + b"]" * 100_000 + b"}"), Garbled),
        (answer({"errorCode": True}), Garbled),
        (answer({"errorCode": False}), Garbled),
        (answer({"errorCode": 0.0}), Garbled),
        (answer({"errorCode": "ноль"}), Garbled),
        (answer({"errorCode": "٠"}), Garbled),
        (answer({"errorCode": [0]}), Garbled),
        (answer(b'{"errorCode":' + b"9" * 5000 + b"}"), Garbled),
        (answer(b'{"errorCode":' + b"9" * 500 + b"}"), Garbled),
    ],
)
async def test_no_answer_is_no_refusal(operation: str, response: Response, error: type[GatewayError]) -> None:
    """Whatever is not a whole, understood answer leaves the outcome unknown, for every operation."""
    assert type(await failure(operation, response)) is error


@pytest.mark.parametrize("code", [0, "0"])
@pytest.mark.parametrize("operation", ["refund", "reverse", "decline"])
async def test_an_explicit_zero_is_a_yes(operation: str, code: object) -> None:
    """A movement of money is accepted by an errorCode of 0, as a number or as text, and by nothing else."""
    gateway, wire = bank(refusal(code, "Успешно"))
    if operation == "refund":
        await gateway.refund(REFUND)
    elif operation == "reverse":
        await gateway.reverse(reference=REFERENCE, number=NUMBER)
    else:
        await gateway.decline(reference=REFERENCE, number=NUMBER)
    assert len(wire.sent) == 1
