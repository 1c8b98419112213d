"""What merchants ask of receipts, in both dialects. Source: gateway.md §9.5.

The new dialect keeps its receipts at a place of their own, whose answers carry no errorCode: HTTP tells how it went.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gateways.sandbox.carts import read_cart
from gateways.sandbox.clock import MOSCOW
from gateways.sandbox.codes import Reason, Refusal
from gateways.sandbox.desk import Call, order_by_either
from gateways.sandbox.merchants import Dialect
from gateways.sandbox.orders import Order
from gateways.sandbox.receipts import FAILED, Receipt
from gateways.sandbox.wire import amount, text

_DRIVE, _ECR = "9999078900006364", "1234567890023481"
_OFD = {"name": "Учебный ОФД", "website": "https://ofd.example", "INN": "7707083893"}
# By whether it is of a refund: sent, delivered, error.
_LEGACY = {False: (0, 1, 2), True: (3, 4, 5)}
_WAITING, _SENT, _DONE, _ERROR = 1, 2, 3, 4


def legacy_status(call: Call) -> dict[str, Any]:
    """`getReceiptStatus.do`: by the order, or one receipt by its `uuid`."""
    wanted = text(call.params, "uuid")
    order = call.bank.receipts.find(wanted).order if wanted else order_by_either(call)
    _own(call, order)
    found = [one for one in call.bank.receipts.by_order[order.id] if wanted in (None, one.id)]
    rows = [_legacy(call, one) for one in found]
    return {**call.ok, "orderNumber": order.number, "orderId": order.id, "receipt": rows}


def legacy_close(call: Call) -> dict[str, Any]:
    """`closeOfdReceipt.do`: `mdOrder` or `orderNumber`, the sum and the cart."""
    order = call.bank.find(
        call.merchant, order_id=text(call.params, "mdOrder"), number=text(call.params, "orderNumber")
    )
    kopecks = amount(call.params, "amount")
    cart = read_cart(call.params, Dialect.LEGACY, kopecks, order.request.currency)
    if cart is None:
        raise Refusal(Reason.PARAMETER_MISSING, "orderBundle")
    call.bank.receipts.close(order, kopecks, cart["cartItems"]["items"])
    return dict(call.ok)


def ecom_status(call: Call) -> dict[str, Any]:
    """`/ofd/v1/getReceiptStatus`: by `receiptId`, `orderId` or `orderNumber`."""
    wanted = text(call.params, "receiptId")
    order = call.bank.receipts.find(wanted).order if wanted else order_by_either(call)
    _own(call, order)
    found = [one for one in call.bank.receipts.by_order[order.id] if wanted in (None, one.id)]
    rows = [_ecom(call, one) for one in found]
    return {"message": "Успешно", "orderId": order.id, "orderNumber": order.number, "receipts": rows}


def ecom_retry(call: Call) -> dict[str, Any]:
    """`/ofd/v1/retryReceipt`: print a receipt that failed once more."""
    receipt = call.bank.receipts.find(text(call.params, "receiptId") or "")
    _own(call, receipt.order)
    call.bank.receipts.retry(receipt)
    return {"message": "Успешно", "receiptId": receipt.id}


def ecom_close(call: Call) -> dict[str, Any]:
    """`/ofd/v1/doReceipt`: a receipt over what was paid before."""
    order = order_by_either(call)
    bundle = call.params.get("orderBundle")
    total = bundle.get("total") if isinstance(bundle, dict) else None
    if not isinstance(total, int):
        raise Refusal(Reason.CART_WRONG)
    cart = read_cart(call.params, Dialect.ECOM, total, order.request.currency)
    if cart is None or "ffdVersion" not in cart:
        raise Refusal(Reason.CART_WRONG)
    receipt = call.bank.receipts.close(order, total, cart["cartItems"]["items"])
    return {"message": "Успешно", "orderId": order.id, "receiptId": receipt.id}


def _own(call: Call, order: Order) -> None:
    if order.merchant.login != call.merchant.login:
        raise Refusal(Reason.RECEIPT_UNKNOWN)


def _legacy(call: Call, one: Receipt) -> dict[str, Any]:
    """Its documents disagree about the name of the time and about numbers: both names, numbers as numbers."""
    book = call.bank.receipts
    sent, delivered, error = _LEGACY[one.refund]
    if not book.ready(one):
        return {"receiptStatus": sent, "uuid": one.id, "amount_total": _roubles(one)}
    if one.fails:
        return {"receiptStatus": error, "uuid": one.id, "amount_total": _roubles(one), "error": FAILED}
    at = int(one.ready_at * 1000)
    return {
        "receiptStatus": delivered,
        "uuid": one.id,
        "original_ofd_uuid": one.id,
        "shift_number": 27,
        "fiscal_receipt_number": one.number,
        "receipt_date_time": at,
        "receipt_datetime": str(at),
        "fn_number": _DRIVE,
        "ecr_registration_number": _ECR,
        "fiscal_document_number": one.number,
        "fiscal_document_attribute": one.sign,
        "amount_total": _roubles(one),
        "ofd_receipt_url": _url(one),
        "OFD": _OFD,
    }


def _ecom(call: Call, one: Receipt) -> dict[str, Any]:
    book = call.bank.receipts
    done = book.ready(one)
    halfway = call.bank.clock.now() >= (one.made_at + one.ready_at) / 2
    fields: dict[str, Any] = {
        "receiptId": one.id,
        "operationType": "REFUND" if one.refund else "DEPOSIT",
        "receiptType": "sell_refund" if one.refund else "sell",
        "receiptStatus": (_ERROR if one.fails else _DONE) if done else _SENT if halfway else _WAITING,
        "timestamp": _moscow(one.ready_at if done else one.made_at),
    }
    if done and one.fails:
        return fields | {"error": {"code": 421, "text": FAILED}, "payload": {"total": _roubles(one)}}
    if not done:
        return fields | {"payload": {"total": _roubles(one)}}
    return fields | {
        "payload": {
            "fiscalReceiptNumber": one.number,
            "shiftNumber": 27,
            "receiptDatetime": _moscow(one.ready_at),
            "total": one.amount / 100,
            "fnNumber": _DRIVE,
            "ecrRegistrationNumber": _ECR,
            "fiscalDocumentNumber": one.number,
            "fiscalDocumentAttribute": int(one.sign),
            "fnsSite": "www.nalog.gov.ru",
            "ofdInn": _OFD["INN"],
            "ofdReceiptUrl": _url(one),
        }
    }


def _roubles(one: Receipt) -> str:
    return f"{one.amount // 100}.{one.amount % 100:02}"


def _moscow(at: float) -> str:
    return f"{datetime.fromtimestamp(at, MOSCOW):%d.%m.%Y %H:%M:%S}"


def _url(one: Receipt) -> str:
    return f"{_OFD['website']}/rec/{_DRIVE}/{one.number}/{one.sign}"
