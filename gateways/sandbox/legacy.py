"""The old dialect: forms in, JSON out, `/payment/rest/<method>.do`. Source: gateway.md §3, §4, §5, §10.1."""

from __future__ import annotations

from typing import Any

from gateways.sandbox import instant_calls, reverting
from gateways.sandbox.bank import Bank
from gateways.sandbox.codes import Reason
from gateways.sandbox.desk import Call, Words, answer, order_by_either, order_by_id
from gateways.sandbox.merchants import Dialect
from gateways.sandbox.orders import Order
from gateways.sandbox.registering import Asked, read_registration
from gateways.sandbox.statement import Speech, approval, masked, statement
from gateways.sandbox.wire import Params, Reply, amount, text

VERBS = frozenset({"GET", "POST"})

_WRONG_STATE = ("7", "Платёж должен быть в корректном состоянии", "The payment must be in the right state")
_NO_REVERSAL = (
    "7",
    "Операция невозможна для текущего состояния платежа",
    "The operation is impossible in the payment's state",
)
REFUSALS: dict[Reason, tuple[str, str, str]] = {
    Reason.ACCESS_DENIED: ("5", "Доступ запрещён", "Access denied"),
    Reason.NUMBER_EMPTY: ("4", "Номер заказа не может быть пуст", "Order number is empty"),
    Reason.NUMBER_WRONG: ("1", "Неверный номер заказа", "Order number is wrong"),
    Reason.NUMBER_TAKEN: (
        "1",
        "Заказ с таким номером уже обработан",
        "Order number is duplicated, order with given order number is processed already",
    ),
    Reason.AMOUNT_MISSING: ("4", "Отсутствует сумма", "Amount is missing"),
    Reason.AMOUNT_WRONG: ("5", "Неверная сумма", "Wrong amount"),
    Reason.RETURN_URL_MISSING: ("4", "URL возврата не может быть пуст", "Return URL is empty"),
    Reason.CURRENCY_UNKNOWN: ("3", "Неизвестная валюта", "Unknown currency"),
    Reason.LANGUAGE_WRONG: ("5", "Неправильный параметр 'Язык'", "Wrong parameter 'language'"),
    Reason.JSON_PARAMS_WRONG: ("5", "[jsonParams] неверен", "[jsonParams] is wrong"),
    Reason.PARAMETER_WRONG: ("5", "[{}] неверен", "[{}] is wrong"),
    Reason.PARAMETER_MISSING: ("5", "[{}] не задан", "[{}] is empty"),
    Reason.FEATURES_WRONG: ("14", "Features указаны некорректно", "Features are wrong"),
    Reason.CART_WRONG: ("8", "Неверный формат корзины", "Wrong format of the cart"),
    Reason.CART_SUM_WRONG: (
        "8",
        "Сумма товарных позиций в Корзине не совпадает с общей суммой заказа",
        "The items in the cart do not add up to the amount of the order",
    ),
    Reason.ORDER_UNKNOWN: ("6", "Неверный номер заказа", "Wrong order number"),
    Reason.NOT_PAID: _WRONG_STATE,
    Reason.REFUND_TOO_LARGE: (
        "7",
        "Сумма возврата превышает сумму списания",
        "Refund amount exceeds deposited amount",
    ),
    Reason.REFUND_LOCKED: (
        "7",
        "Ожидаемая сумма списания не совпадает с текущей",
        "Expected deposited amount does not match the current one",
    ),
    Reason.REFUND_ID_REUSED: _WRONG_STATE,
    Reason.REFUND_TOO_EARLY: _WRONG_STATE,
    Reason.REVERSE_IMPOSSIBLE: _NO_REVERSAL,
    Reason.REVERSE_PARTIAL: ("5", "Доступ запрещён", "Access denied"),
    Reason.DECLINE_IMPOSSIBLE: _NO_REVERSAL,
    Reason.BUSY: _NO_REVERSAL,
    Reason.NOT_PAYABLE: _WRONG_STATE,
}


def handle(bank: Bank, method: str, params: Params) -> Reply:
    """Answer one call, such as `register.do`. Amounts in kopecks."""
    return answer(_WORDS, bank, method, params)


def _register(call: Call) -> dict[str, Any]:
    """Success has no errorCode here: some clients take its presence for failure."""
    asked = Asked(call.merchant, Dialect.LEGACY, call.bank.clock.now())
    order = call.bank.register(call.merchant, read_registration(call.params, asked))
    fields: dict[str, Any] = {"orderId": order.id, "formUrl": call.bank.base_url + order.form_path}
    external = instant_calls.with_legacy_order(order)
    return fields if external is None else fields | {"externalParams": external}


def _extended(call: Call) -> dict[str, Any]:
    return {**call.ok, **statement(order_by_either(call), Speech(Dialect.LEGACY, call.language))}


def _short(call: Call) -> dict[str, Any]:
    order = order_by_id(call)
    fields = {
        "depositAmount": order.deposited,
        "currency": order.request.currency,
        "authCode": 2,
        "ErrorCode": call.ok["errorCode"],
        "ErrorMessage": call.ok["errorMessage"],
        "OrderStatus": int(order.status),
        "OrderNumber": order.number,
        "Amount": order.amount,
    }
    return fields | _short_card(order)


def _short_card(order: Order) -> dict[str, Any]:
    line = approval(order)
    if line is None or order.card is None:
        return {}
    return {
        "expiration": order.card.expiry,
        **({"cardholderName": order.card.holder} if order.card.holder else {}),
        "approvalCode": line.approval,
        "Pan": masked(order.card, Dialect.LEGACY),
        "Ip": order.ip or "127.0.0.1",
    }


def _refund(call: Call) -> dict[str, Any]:
    """A known `externalRefundId` is answered with success and nothing new happens, whatever the amount."""
    order = order_by_id(call)
    expected = amount(call.params, "expectedDepositedAmount") if "expectedDepositedAmount" in call.params else None
    external_id = text(call.params, "externalRefundId")
    reverting.refund(call.bank, order, amount(call.params, "amount"), external_id=external_id, expected=expected)
    return dict(call.ok)


def _reverse(call: Call) -> dict[str, Any]:
    wanted = amount(call.params, "amount") if "amount" in call.params else None
    reverting.reverse(call.bank, order_by_either(call), wanted)
    return dict(call.ok)


def _decline(call: Call) -> dict[str, Any]:
    reverting.decline(call.bank, order_by_either(call))
    return dict(call.ok)


_WORDS = Words(
    dialect=Dialect.LEGACY,
    methods={
        "register.do": _register,
        "getorderstatusextended.do": _extended,
        "getorderstatus.do": _short,
        "refund.do": _refund,
        "reverse.do": _reverse,
        "decline.do": _decline,
    }
    | instant_calls.LEGACY_METHODS,
    success=("Успешно", "Success"),
    refusals=REFUSALS,
    capitalised=frozenset({"getorderstatus.do"}),
)
