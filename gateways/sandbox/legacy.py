"""The old dialect: forms in, JSON out, `/payment/rest/<method>.do`. Source: gateway.md §3, §4, §5, §10.1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateways.sandbox import (
    additions,
    binding_calls,
    card_calls,
    holding,
    instant_calls,
    page_calls,
    receipt_calls,
    reverting,
    wallets,
)
from gateways.sandbox.bank import Bank
from gateways.sandbox.carts import completion_cart, read_refund
from gateways.sandbox.codes import Reason, Refusal
from gateways.sandbox.desk import Call, Words, answer, order_by_either, order_by_id
from gateways.sandbox.merchants import Dialect
from gateways.sandbox.orders import Order
from gateways.sandbox.registering import Asked, read_registration
from gateways.sandbox.statement import Speech, approval, masked, statement
from gateways.sandbox.wire import Params, Reply, amount, html_reply, text

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
    Reason.FEATURES_CLASH: (
        "13",
        "Использование обоих значений Features FORCETDS/FORCESSL и AUTO_PAYMENT недопустимо",
        "Features FORCETDS/FORCESSL cannot be used together with AUTO_PAYMENT",
    ),
    Reason.AUTO_FORBIDDEN: (
        "13",
        "Мерчант не имеет привилегии выполнять AUTO платежи",
        "Merchant has no permission for AUTO payments",
    ),
    Reason.VERIFY_FORBIDDEN: (
        "13",
        "Мерчант не имеет привилегии выполнять проверочные платежи",
        "Merchant has no permission for verification payments",
    ),
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
    Reason.ORDER_UNKNOWN: ("6", "Неверный номер заказа", "Wrong order number"),
    Reason.NOT_PAID: _WRONG_STATE,
    Reason.NO_HOLD: _WRONG_STATE,
    Reason.DEPOSIT_TOO_LARGE: ("5", "Неверная сумма", "Wrong amount"),
    Reason.DEPOSIT_TOO_SMALL: (
        "7",
        "Неверная сумма депозита (менее одного рубля)",
        "Wrong deposit amount (less than one rouble)",
    ),
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
    Reason.REVERSE_PARTIAL_AGAIN: _NO_REVERSAL,
    Reason.DECLINE_IMPOSSIBLE: _NO_REVERSAL,
    Reason.BUSY: _NO_REVERSAL,
    Reason.NOTHING_FOUND: ("2", "Информация не найдена", "No information was found"),
    Reason.BINDING_UNKNOWN: ("2", "Информация не найдена", "No information was found"),
    Reason.BINDING_FOREIGN: (
        "1",
        "Заказ не может быть оплачен данной связкой",
        "The order cannot be paid with this binding",
    ),
    Reason.BINDING_ACTIVE: ("2", "Binding is active", "Binding is active"),
    Reason.BINDING_INACTIVE: ("2", "Связка не активна", "Binding isn't active"),
    Reason.NOT_PAYABLE: _WRONG_STATE,
}


def handle(bank: Bank, method: str, params: Params) -> Reply:
    """Answer one call, such as `register.do`. Amounts in kopecks."""
    if method.lower() in page_calls.ERRANDS:
        return page_calls.attend(_WORDS, bank, method, params)
    return answer(_WORDS, bank, method, params)


def handle_wallet(bank: Bank, method: str, params: Params) -> Reply:
    """Answer `/payment/<wallet>/payment.do`."""
    return wallets.answer(_WORDS, bank, params) if method.lower() == "payment.do" else html_reply(404, "Not Found")


def handle_recurrent(bank: Bank, method: str, params: Params) -> Reply:
    """Answer `/payment/recurrentPayment.do`, which stands outside of the other methods' folder."""
    return answer(_WORDS, bank, f"recurrent{method}", params)


def _register(call: Call, *, two_stage: bool = False) -> dict[str, Any]:
    """Success has no errorCode here: some clients take its presence for failure."""
    asked = Asked(call.merchant, Dialect.LEGACY, call.bank.clock.now(), two_stage)
    order = call.bank.register(call.merchant, read_registration(call.params, asked))
    fields: dict[str, Any] = {"orderId": order.id, "formUrl": call.bank.base_url + order.form_path}
    external = instant_calls.with_legacy_order(order)
    return fields if external is None else fields | {"externalParams": external}


def _register_hold(call: Call) -> dict[str, Any]:
    return _register(call, two_stage=True)


def _extended(call: Call) -> dict[str, Any]:
    return {**call.ok, **statement(order_by_either(call), Speech(Dialect.LEGACY, call.language))}


def _short(call: Call) -> dict[str, Any]:
    return _short_status(order_by_id(call), call.ok)


def _short_status(order: Order, ok: Mapping[str, Any]) -> dict[str, Any]:
    fields = {
        "depositAmount": order.deposited,
        "currency": order.request.currency,
        "authCode": 2,
        "ErrorCode": ok["errorCode"],
        "ErrorMessage": ok["errorMessage"],
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
        **({"clientId": order.request.client_id, "bindingId": order.binding_id} if order.binding_id else {}),
        "Ip": order.ip or "127.0.0.1",
    }


def _instant(call: Call) -> dict[str, Any]:
    """The answer of a payment, with the short status inside it; that of a check is alike."""
    order, fields = card_calls.pay_at_once(call)
    return {**fields, "orderStatus": _short_status(order, call.ok)}


def _verify(call: Call) -> dict[str, Any]:
    order, fields = card_calls.verify_at_once(call)
    return {**fields, "orderStatus": _short_status(order, call.ok)}


def _refund(call: Call) -> dict[str, Any]:
    """A known `externalRefundId` is answered with success and nothing new happens, whatever the amount."""
    order = order_by_id(call)
    expected = amount(call.params, "expectedDepositedAmount") if "expectedDepositedAmount" in call.params else None
    external_id = text(call.params, "externalRefundId")
    kopecks = amount(call.params, "amount")
    items = read_refund(call.params, Dialect.LEGACY, kopecks or order.deposited, order.request.currency)
    reverting.refund(call.bank, order, kopecks, external_id=external_id, expected=expected, items=items)
    return dict(call.ok)


def _deposit(call: Call) -> dict[str, Any]:
    order = order_by_id(call)
    if "amount" not in call.params:
        raise Refusal(Reason.PARAMETER_MISSING, "amount")
    cart = completion_cart(call.params, Dialect.LEGACY)
    holding.complete(call.bank, order, amount(call.params, "amount"), cart=cart)
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
        "registerpreauth.do": _register_hold,
        "deposit.do": _deposit,
        "getorderstatusextended.do": _extended,
        "getorderstatus.do": _short,
        "refund.do": _refund,
        "reverse.do": _reverse,
        "decline.do": _decline,
        "addparams.do": additions.add_params,
        "getlastordersformerchants.do": additions.last_orders,
        "verifyenrollment.do": additions.enrolment,
        "updatesslcardlist.do": additions.update_ssl_list,
        "paymentorder.do": card_calls.pay_order,
        "instantpayment.do": _instant,
        "verifycard.do": _verify,
        "3ds/continue.do": card_calls.go_on,
        "finish3dspayment.do": card_calls.finish,
        "finish3dsver2payment.do": card_calls.finished,
        "getbindings.do": binding_calls.get_bindings,
        "getallbindings.do": binding_calls.get_all,
        "getbindingsbycardorid.do": binding_calls.get_by_card,
        "bindcard.do": binding_calls.bind,
        "unbindcard.do": binding_calls.unbind,
        "extendbinding.do": binding_calls.extend,
        "createbindingnopayment.do": binding_calls.create,
        "paymentorderbinding.do": binding_calls.pay,
        "recurrentpayment.do": binding_calls.recurrent,
        "getreceiptstatus.do": receipt_calls.legacy_status,
        "closeofdreceipt.do": receipt_calls.legacy_close,
    }
    | instant_calls.LEGACY_METHODS,
    success=("Успешно", "Success"),
    refusals=REFUSALS,
    capitalised=frozenset({"getorderstatus.do"}),
    numeric=frozenset({"paymentorderbinding.do"}),
)
