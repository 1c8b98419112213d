"""The new dialect: JSON both ways, POST only, `/ecomm/gw/partner/api/v1/<method>.do`.

Source: gateway.md §3, §4, §5, §10.2.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gateways.sandbox import instant_calls, reverting
from gateways.sandbox.bank import Bank
from gateways.sandbox.clock import MOSCOW
from gateways.sandbox.codes import Reason, Refusal
from gateways.sandbox.desk import Call, Words, answer, order_by_either, order_by_id
from gateways.sandbox.merchants import Dialect
from gateways.sandbox.registering import Asked, json_object, read_registration
from gateways.sandbox.statement import Speech, statement
from gateways.sandbox.wire import Params, Reply, amount, text

VERBS = frozenset({"POST"})

_WRONG_REQUEST = ("5", "Ошибка валидации данных запроса", "The request data are not valid")
_FORBIDDEN = ("5", "Операция запрещена", "The operation is forbidden")
_WRONG_STATE = ("5", "Неверный статус заказа", "Wrong order status")
_MISSING = ("4", "[{}] не задан", "[{}] is empty")
REFUSALS: dict[Reason, tuple[str, str, str]] = {
    Reason.ACCESS_DENIED: ("5", "Доступ запрещен", "Access denied"),
    Reason.NUMBER_EMPTY: ("4", "Номер заказа не может быть пуст", "Order number is empty"),
    Reason.NUMBER_WRONG: ("6", "Неверный номер заказа", "Wrong order number"),
    Reason.NUMBER_TAKEN: (
        "1",
        "Заказ с таким номером уже обработан",
        "Order number is duplicated, order with given order number is processed already",
    ),
    Reason.AMOUNT_MISSING: ("4", "Отсутствует сумма", "Amount is missing"),
    Reason.AMOUNT_WRONG: ("5", "Неверная сумма", "Wrong amount"),
    Reason.RETURN_URL_MISSING: ("4", "URL возврата не может быть пуст", "Return URL is empty"),
    Reason.CURRENCY_UNKNOWN: ("3", "Не найдена валюта с кодом: {}", "No currency with the code: {}"),
    Reason.LANGUAGE_WRONG: _WRONG_REQUEST,
    Reason.JSON_PARAMS_WRONG: _WRONG_REQUEST,
    Reason.PARAMETER_WRONG: _WRONG_REQUEST,
    Reason.PARAMETER_MISSING: _MISSING,
    Reason.FEATURES_WRONG: ("14", "Features указаны некорректно", "Features are wrong"),
    Reason.CART_WRONG: ("8", "Неверный формат корзины", "Wrong format of the cart"),
    Reason.CART_SUM_WRONG: (
        "8",
        "Сумма товарных позиций в Корзине не совпадает с общей суммой заказа",
        "The items in the cart do not add up to the amount of the order",
    ),
    Reason.ORDER_UNKNOWN: ("6", "Заказ не найден", "Order not found"),
    Reason.NOT_PAID: ("7", "Не найдена успешная платежная операция", "No successful payment was found"),
    Reason.REFUND_TOO_LARGE: (
        "7",
        "Общая сумма возвратов превышает сумму заказа",
        "The refunds exceed the amount of the order",
    ),
    Reason.REFUND_LOCKED: _WRONG_REQUEST,
    Reason.REFUND_TOO_EARLY: _FORBIDDEN,
    Reason.REFUND_ID_REUSED: _WRONG_REQUEST,
    Reason.REVERSE_IMPOSSIBLE: ("7", "Не найдена успешная платежная операция", "No successful payment was found"),
    Reason.REVERSE_PARTIAL: _FORBIDDEN,
    Reason.DECLINE_IMPOSSIBLE: _WRONG_STATE,
    Reason.NOT_PAYABLE: _WRONG_STATE,
    Reason.BUSY: (
        "5",
        "Невозможно отменить заказ - заблокирован другим действием",
        "The order cannot be cancelled: it is locked by another action",
    ),
}


def handle(bank: Bank, method: str, params: Params) -> Reply:
    """Answer one call, such as `register.do`. Amounts in kopecks."""
    return answer(_WORDS, bank, method, params)


def _register(call: Call) -> dict[str, Any]:
    asked = Asked(call.merchant, Dialect.ECOM, call.bank.clock.now())
    order = call.bank.register(call.merchant, read_registration(call.params, asked))
    return {
        **call.ok,
        "orderId": order.id,
        "formUrl": call.bank.base_url + order.form_path,
        "externalParams": instant_calls.with_order(call.bank, order),
    }


def _extended(call: Call) -> dict[str, Any]:
    order = order_by_either(call)
    fields = {**call.ok, **statement(order, Speech(Dialect.ECOM, call.language))}
    if order.refunded_at is not None:
        fields["refundedDate"] = f"{datetime.fromtimestamp(order.refunded_at, MOSCOW):%Y-%m-%d %H:%M:%S}"
    return fields


def _refund(call: Call) -> dict[str, Any]:
    """The same `jsonParams.externalRefundId` with the same amount is replayed; with another one it is an error."""
    order = order_by_id(call)
    kopecks = amount(call.params, "amount")
    external_id = _external_id(call)
    earlier = reverting.earlier_refund(order, external_id)
    if earlier is not None and kopecks not in (0, earlier.amount):
        raise Refusal(Reason.REFUND_ID_REUSED)
    reverting.refund(call.bank, order, kopecks, external_id=external_id)
    return dict(call.ok)


def _external_id(call: Call) -> str | None:
    try:
        extra = json_object(call.params, "jsonParams", Dialect.ECOM) or {}
    except (ValueError, TypeError) as error:
        raise Refusal(Reason.JSON_PARAMS_WRONG) from error
    return text(extra, "externalRefundId")


def _reverse(call: Call) -> dict[str, Any]:
    wanted = amount(call.params, "amount") if "amount" in call.params else None
    reverting.reverse(call.bank, order_by_id(call), wanted)
    return dict(call.ok)


def _decline(call: Call) -> dict[str, Any]:
    reverting.decline(call.bank, order_by_either(call))
    return dict(call.ok)


_WORDS = Words(
    dialect=Dialect.ECOM,
    methods={
        "register.do": _register,
        "getorderstatusextended.do": _extended,
        "refund.do": _refund,
        "reverse.do": _reverse,
        "decline.do": _decline,
    }
    | instant_calls.ECOM_METHODS,
    success=("Обработка запроса прошла без системных ошибок", "Success"),
    refusals=REFUSALS,
)
