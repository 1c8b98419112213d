"""The wire of `instant`: the `sbp/…` methods of the old dialect, SberPay and subscriptions of the new one.

Source: gateway.md §3.2, §3.3, §8.2, §8.4. Shapes that no source shows (the list of banks, of subscriptions) are ours.
"""

from __future__ import annotations

import base64
import io
import json
import re
from typing import Any

import segno

from gateways.sandbox import instant
from gateways.sandbox.apps import Ask, AskKind, Subscription
from gateways.sandbox.bank import Bank
from gateways.sandbox.codes import Reason, Refusal
from gateways.sandbox.desk import Action, Call, order_by_id
from gateways.sandbox.orders import Order, Status
from gateways.sandbox.scenarios import SUBSCRIBES, says
from gateways.sandbox.wire import Params, text

_PHONE = re.compile(r"7\d{10}")
_SIDE = range(10, 1001)
_USUAL_SIDE = 300
_LONGEST = {
    "paymentPurpose": 140,
    "redirectUrl": 1024,
    "subscriptionServiceId": 32,
    "subscriptionServiceName": 70,
}
_BANKS = (("100000000111", "Учебный банк"), ("100000000008", "Второй учебный банк"))


# With the registration ----------------------------------------------------------------------------------------------


def with_order(bank: Bank, order: Order) -> dict[str, str]:
    """`externalParams` of the new dialect: each key only for the scenario that needs it."""
    params = dict(order.request.params)
    fields = {"sbolDeepLink": _deep_link(order)}
    if any(says(params, name) for name in ("app2app", "web2app", "back2app")):
        fields["sbolBankInvoiceId"] = instant.invoice_id(order)
    if params.get("qrType") in ("DYNAMIC_QR_SBP", "SUBSCRIPTION_SBP"):
        ask = instant.code(bank, order, subscribes=params.get("sbp.scenario") in SUBSCRIBES)
        fields |= {"qrcId": ask.id, "sbpPayload": instant.payload(bank, ask)}
    if params.get("qrType") == "SBERPAY_DYNAMIC_QR" or says(params, "sberpay.qr.c2b"):
        instant.invoice(bank, order)
        fields["sberPayload"] = f"https://platiqr.ru/?dynamicQr={instant.invoice_id(order)}"
    return fields


def with_legacy_order(order: Order) -> dict[str, str] | None:
    """`externalParams` of the old dialect: only for whoever asked for the application."""
    params = dict(order.request.params)
    if not any(says(params, name) for name in ("app2app", "back2app")):
        return None
    return {"sbolDeepLink": _deep_link(order), "sbolBankInvoiceId": instant.invoice_id(order)}


def _deep_link(order: Order) -> str:
    invoice = instant.invoice_id(order)
    return f"sberpay://invoicing/v2?bankInvoiceId={invoice}&operationType=Web2App&option=Connect"


# QR codes of the old dialect ----------------------------------------------------------------------------------------


def _get(call: Call) -> dict[str, Any]:
    order = _order(call)
    height, width = _side(call.params, "qrHeight"), _side(call.params, "qrWidth")
    form = text(call.params, "qrFormat") or "image"
    if form not in ("image", "matrix"):
        raise Refusal(Reason.PARAMETER_WRONG, "qrFormat")
    for name, longest in _LONGEST.items():
        if len(text(call.params, name) or "") > longest:
            raise Refusal(Reason.PARAMETER_WRONG, name)
    subscribes = (text(call.params, "createSubscription") or "").lower() == "true"
    ask = instant.code(call.bank, order, subscribes=subscribes)
    address = instant.payload(call.bank, ask)
    return {
        "errorCode": call.ok["errorCode"],
        "qrId": ask.id,
        "payload": address,
        "qrStatus": ask.status.value,
        "status": ask.status.value,
        "renderedQr": _drawn(address, min(height, width)) if form == "image" else _matrix(address),
    }


def _status(call: Call) -> dict[str, Any]:
    """The documented answer has no errorCode."""
    ask = _ask(call)
    return {"qrType": "DYNAMIC", "qrStatus": ask.status.value, "transactionState": _transaction(ask)}


def _reject(call: Call) -> dict[str, Any]:
    return {"rejected": instant.reject(_ask(call))}


def _transaction(ask: Ask) -> str:
    if ask.order.paid:
        return "DEPOSITED"
    return "DECLINED" if ask.order.status is Status.DECLINED else "CREATED"


def _order(call: Call) -> Order:
    order_id = text(call.params, "mdOrder")
    if order_id is None:
        raise Refusal(Reason.PARAMETER_MISSING, "mdOrder")
    return call.bank.find(call.merchant, order_id=order_id)


def _ask(call: Call) -> Ask:
    """The code that is asked about: by `qrId`, of this very order."""
    order, name = _order(call), text(call.params, "qrId")
    if name is None:
        raise Refusal(Reason.PARAMETER_MISSING, "qrId")
    ask = call.bank.apps.asks.get(name)
    if ask is None or ask.order is not order or ask.kind is not AskKind.SBP:
        raise Refusal(Reason.PARAMETER_WRONG, "qrId")
    return ask


def _side(params: Params, name: str) -> int:
    value = text(params, name) or str(_USUAL_SIDE)
    if not (value.isascii() and value.isdigit()) or int(value[:5]) not in _SIDE:
        raise Refusal(Reason.PARAMETER_WRONG, name)
    return int(value)


def _drawn(address: str, side: int) -> str:
    """A PNG in base64, as large as it may be."""
    drawn, out = segno.make(address, error="m"), io.BytesIO()
    drawn.save(out, kind="png", scale=max(1, side // drawn.symbol_size()[0]))
    return base64.b64encode(out.getvalue()).decode()


def _matrix(address: str) -> str:
    """The squares as rows of 0 and 1."""
    return json.dumps([list(row) for row in segno.make(address, error="m").matrix])


def _banks(call: Call) -> dict[str, Any]:
    return {**call.ok, "banks": [{"memberId": member, "bankName": name} for member, name in _BANKS]}


# Subscriptions ------------------------------------------------------------------------------------------------------


def _subscriptions(call: Call) -> dict[str, Any]:
    """Whoever has none is answered with code 2, as with saved cards."""
    client = text(call.params, "clientId")
    if client is None:
        raise Refusal(Reason.PARAMETER_MISSING, "clientId")
    disabled = (text(call.params, "showDisabled") or "").lower() == "true"
    found = [
        _subscription(one)
        for one in call.bank.apps.subscriptions.values()
        if one.merchant == call.merchant.login and one.client_id == client and (one.active or disabled)
    ]
    return {**call.ok, "bindings": found} if found else _said(call, "Информация не найдена", "No information found")


def _subscription(one: Subscription) -> dict[str, Any]:
    return {"bindingId": one.id, "clientId": one.client_id, "paymentWay": "SBP_C2B_BINDING", "enabled": one.active}


def _unbind(call: Call) -> dict[str, Any]:
    """What the documents call success is code 2."""
    name = text(call.params, "bindingId")
    if name is None:
        raise Refusal(Reason.PARAMETER_MISSING, "bindingId")
    found = call.bank.apps.subscriptions.get(name)
    if found is None or found.merchant != call.merchant.login:
        return _said(call, "Связка не найдена", "Binding not found")
    found.active = False
    return _said(call, "Связка отключена", "Binding is disabled")


def _said(call: Call, russian: str, english: str) -> dict[str, Any]:
    return {"errorCode": "2", "errorMessage": russian if call.language == "ru" else english}


def _charge(call: Call) -> dict[str, Any]:
    """The answer says that it was taken on; what became of it, the status."""
    order, name = order_by_id(call), text(call.params, "subscriptionId")
    if name is None:
        raise Refusal(Reason.PARAMETER_MISSING, "subscriptionId")
    instant.charge(call.bank, order, name)
    return dict(call.ok)


# SberPay ------------------------------------------------------------------------------------------------------------


def _push(call: Call) -> dict[str, Any]:
    order, phone = order_by_id(call), text(call.params, "phone")
    if phone is None:
        raise Refusal(Reason.PARAMETER_MISSING, "phone")
    if not _PHONE.fullmatch(phone):
        raise Refusal(Reason.PARAMETER_WRONG, "phone")
    instant.push(call.bank, order, phone)
    return dict(call.ok)


LEGACY_METHODS: dict[str, Action] = {
    "sbp/c2b/qr/dynamic/get.do": _get,
    "sbp/c2b/qr/status.do": _status,
    "sbp/c2b/qr/dynamic/reject.do": _reject,
    # A wide-spread client says `dynamic` once too often.
    "sbp/c2b/qr/dynamic/dynamic/get.do": _get,
    "sbp/c2b/qr/dynamic/status.do": _status,
    "sbp/c2b/qr/dynamic/dynamic/reject.do": _reject,
    "sbp/c2b/getbindings.do": _subscriptions,
    "sbp/c2b/unbind.do": _unbind,
    "sbp/c2b/getbanklistsbp.do": _banks,
    "getbanklistsbp.do": _banks,
}
ECOM_METHODS: dict[str, Action] = {
    "paymentsberpay.do": _push,
    "paymentorderbysubscription": _charge,
}
