"""The new dialect: JSON both ways, POST only, `/ecomm/gw/partner/api/v1/<method>.do`.

Source: gateway.md §3, §4, §5, §10.2.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gateways.sandbox import binding_calls, card_calls, holding, instant_calls, receipt_calls, reverting, wallets
from gateways.sandbox.bank import Bank
from gateways.sandbox.carts import REFUND, completion_cart, json_object, read_cart, read_refund
from gateways.sandbox.clock import MOSCOW
from gateways.sandbox.codes import Reason, Refusal
from gateways.sandbox.desk import Call, Words, answer, order_by_either, order_by_id
from gateways.sandbox.merchants import Dialect
from gateways.sandbox.registering import Asked, read_registration
from gateways.sandbox.statement import Speech, statement
from gateways.sandbox.wire import Params, Reply, amount, text

VERBS = frozenset({"POST"})

_WRONG_REQUEST = ("5", "Ошибка валидации данных запроса", "The request data are not valid")
_FORBIDDEN = ("5", "Операция запрещена", "The operation is forbidden")
_WRONG_STATE = ("5", "Неверный статус заказа", "Wrong order status")
_FEATURES = ("14", "Features указаны некорректно", "Features are wrong")
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
    Reason.FEATURES_WRONG: _FEATURES,
    Reason.FEATURES_CLASH: _FEATURES,
    Reason.AUTO_FORBIDDEN: _FORBIDDEN,
    Reason.VERIFY_FORBIDDEN: _FORBIDDEN,
    Reason.CART_WRONG: ("8", "Неверный формат корзины", "Wrong format of the cart"),
    Reason.CART_SUM_WRONG: (
        "8",
        "Сумма товарных позиций в Корзине не совпадает с общей суммой заказа",
        "The items in the cart do not add up to the amount of the order",
    ),
    Reason.CART_PRICE_WRONG: (
        "5",
        "Несоответствие между [orderBundle.cartItems.item.itemPrice] и [orderBundle.cartItems.item.itemAmount]",
        "[orderBundle.cartItems.item.itemPrice] does not match [orderBundle.cartItems.item.itemAmount]",
    ),
    Reason.CART_CURRENCY_WRONG: (
        "8",
        "Валюта в Корзине не совпадает с валютой заказа",
        "The currency in the cart is not the order's",
    ),
    Reason.RECEIPT_UNKNOWN: ("5", "Чек не найден", "Receipt not found"),
    Reason.RECEIPT_STANDS: ("5", "Чек уже сформирован", "The receipt is made already"),
    Reason.ORDER_UNKNOWN: ("6", "Заказ не найден", "Order not found"),
    Reason.NOT_PAID: ("7", "Не найдена успешная платежная операция", "No successful payment was found"),
    Reason.NO_HOLD: ("7", "Не найдена успешная предавторизация", "No successful preauthorisation was found"),
    Reason.DEPOSIT_TOO_LARGE: (
        "5",
        "Сумма завершения превышает сумму холдирования",
        "The completion exceeds the sum that is held",
    ),
    Reason.DEPOSIT_TOO_SMALL: ("5", "Неверная сумма", "Wrong amount"),
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
    Reason.REVERSE_PARTIAL_AGAIN: (
        "5",
        "Нельзя провести частичную отмену более одного раза",
        "A payment can be reversed in part only once",
    ),
    Reason.DECLINE_IMPOSSIBLE: _WRONG_STATE,
    Reason.NOT_PAYABLE: _WRONG_STATE,
    Reason.BUSY: (
        "5",
        "Невозможно отменить заказ - заблокирован другим действием",
        "The order cannot be cancelled: it is locked by another action",
    ),
    Reason.NOTHING_FOUND: ("2", "Информация не найдена", "No information was found"),
    Reason.BINDING_UNKNOWN: ("1", "Связка не найдена", "The binding was not found"),
    Reason.BINDING_FOREIGN: (
        "1",
        "Заказ не может быть оплачен данной связкой",
        "The order cannot be paid with this binding",
    ),
    Reason.BINDING_ACTIVE: ("2", "Связка уже активна", "The binding is active already"),
    Reason.BINDING_INACTIVE: ("2", "Связка неактивна", "The binding is inactive"),
}


def handle(bank: Bank, method: str, params: Params) -> Reply:
    """Answer one call, such as `register.do`. Amounts in kopecks."""
    if method.lower() == "mir/paymentdirect.do":
        return wallets.answer(_WORDS, bank, params)
    return answer(_WORDS, bank, method, params)


def handle_receipts(bank: Bank, method: str, params: Params) -> Reply:
    """Answer one call about receipts, such as `getReceiptStatus`: a place of their own, where HTTP tells a refusal."""
    return answer(_OFD, bank, method, params)


def _register(call: Call, *, two_stage: bool = False) -> dict[str, Any]:
    asked = Asked(call.merchant, Dialect.ECOM, call.bank.clock.now(), two_stage)
    order = call.bank.register(call.merchant, read_registration(call.params, asked))
    return {
        **call.ok,
        "orderId": order.id,
        "formUrl": call.bank.base_url + order.form_path,
        "externalParams": instant_calls.with_order(call.bank, order),
    }


def _register_hold(call: Call) -> dict[str, Any]:
    return _register(call, two_stage=True)


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
    items = read_refund(call.params, Dialect.ECOM, kopecks or order.deposited, order.request.currency)
    reverting.refund(call.bank, order, kopecks, external_id=external_id, items=items)
    return dict(call.ok)


def _external_id(call: Call) -> str | None:
    try:
        extra = json_object(call.params, "jsonParams", Dialect.ECOM) or {}
    except (ValueError, TypeError) as error:
        raise Refusal(Reason.JSON_PARAMS_WRONG) from error
    return text(extra, "externalRefundId")


def _deposit(call: Call) -> dict[str, Any]:
    order = order_by_id(call)
    if "amount" not in call.params:
        raise Refusal(Reason.PARAMETER_MISSING, "amount")
    cart = completion_cart(call.params, Dialect.ECOM)
    holding.complete(call.bank, order, amount(call.params, "amount"), cart=cart)
    return dict(call.ok)


def _reverse(call: Call) -> dict[str, Any]:
    wanted = amount(call.params, "amount") if "amount" in call.params else None
    order = order_by_id(call)
    cart = read_cart(call.params, Dialect.ECOM, wanted or order.deposited, order.request.currency, REFUND)
    reverting.reverse(call.bank, order, wanted, items=cart["cartItems"]["items"] if cart else None)
    return dict(call.ok)


def _decline(call: Call) -> dict[str, Any]:
    reverting.decline(call.bank, order_by_either(call))
    return dict(call.ok)


_WORDS = Words(
    dialect=Dialect.ECOM,
    methods={
        "register.do": _register,
        "registerpreauth.do": _register_hold,
        "deposit.do": _deposit,
        "getorderstatusextended.do": _extended,
        "refund.do": _refund,
        "reverse.do": _reverse,
        "decline.do": _decline,
        "paymentorder.do": card_calls.pay_order,
        "finish3dsmethod.do": card_calls.go_on,
        "finish3dspayment.do": card_calls.finish,
        "getbindings.do": binding_calls.get_bindings,
        "getbindingsbycardorid.do": binding_calls.get_by_card,
        "bindcard.do": binding_calls.bind,
        "unbindcard.do": binding_calls.unbind,
        "paymentorderbinding.do": binding_calls.pay,
        "recurrentpayment.do": binding_calls.recurrent,
    }
    | instant_calls.ECOM_METHODS,
    success=("Обработка запроса прошла без системных ошибок", "Success"),
    refusals=REFUSALS,
)
_OFD = Words(
    dialect=Dialect.ECOM,
    methods={
        "getreceiptstatus": receipt_calls.ecom_status,
        "retryreceipt": receipt_calls.ecom_retry,
        "doreceipt": receipt_calls.ecom_close,
    },
    success=_WORDS.success,
    refusals=REFUSALS,
    statuses={Reason.ORDER_UNKNOWN: 404, Reason.RECEIPT_UNKNOWN: 404},
)
