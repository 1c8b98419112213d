"""The long answer about an order, as both dialects share it. Source: gateway.md §4.2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gateways.sandbox.carts import left
from gateways.sandbox.codes import WRONG_CARD_DATA, action_text
from gateways.sandbox.merchants import Dialect
from gateways.sandbox.orders import Operation, OperationType, Order, Status, UsedCard

_PAYMENT_STATES = {
    Status.CREATED: "CREATED",
    Status.APPROVED: "APPROVED",
    Status.DEPOSITED: "DEPOSITED",
    Status.REVERSED: "REVERSED",
    Status.REFUNDED: "REFUNDED",
    Status.AT_ACS: "CREATED",
    Status.DECLINED: "DECLINED",
    Status.PENDING: "PENDING",
}
_ECOM_WRONG_CARD_DATA = 1015
TERMINAL = "333333"
_AUTHORISATIONS = (OperationType.AUTHORIZATION, OperationType.PREAUTHORIZATION)


@dataclass(frozen=True, slots=True)
class Speech:
    """How an answer is to be worded."""

    dialect: Dialect
    language: str


def milliseconds(at: float) -> int:
    return int(at * 1000)


def statement(order: Order, speech: Speech) -> dict[str, Any]:
    """Everything the bank says of an order, apart from errorCode and errorMessage."""
    action_code = wire_action(order.action_code, speech.dialect)
    fields: dict[str, Any] = {
        "orderNumber": order.number,
        "orderStatus": int(order.status),
        "actionCode": action_code,
        "actionCodeDescription": action_text(order.action_code, speech.language),
        "amount": order.amount,
        "currency": order.request.currency,
        "date": milliseconds(order.registered_at),
        "merchantOrderParams": [{"name": name, "value": value} for name, value in order.request.params],
        "transactionAttributes": _transaction_attributes(order, speech.dialect),
        "attributes": [{"name": name, "value": value} for name, value in _attributes(order)],
        "paymentAmountInfo": _amounts(order),
        "bankInfo": {"bankCountryName": "<unknown>"},
        "chargeback": order.disputed,
    }
    paid_by = _card_part(order, speech.dialect) if order.way is None else _app_part(order, speech.dialect)
    known = paid_by | _binding(order)
    return fields | _optional(order) | _dates(order) | known | _refunds(order, speech.dialect)


def payment_state(order: Order) -> str:
    """`paymentState` on the wire."""
    return _PAYMENT_STATES[order.status]


def masked(card: UsedCard, dialect: Dialect) -> str:
    """Six digits, stars, four digits: the old dialect writes two stars, the new one keeps the length."""
    stars = card.length - 10 if dialect is Dialect.ECOM else 2
    return card.first6 + "*" * stars + card.last4


def wire_action(code: int, dialect: Dialect) -> int:
    """The new dialect dropped the first digits of one code."""
    return _ECOM_WRONG_CARD_DATA if code == WRONG_CARD_DATA and dialect is Dialect.ECOM else code


def approval(order: Order) -> Operation | None:
    """The authorisation that was approved, if any."""
    return next((line for line in order.operations if line.type in _AUTHORISATIONS and line.action_code == 0), None)


def _attributes(order: Order) -> list[tuple[str, str]]:
    """The bank's id; of an order that was charged by subscription whose it was too."""
    found = [("mdOrder", order.id)]
    return found if order.subscription is None else [*found, ("subscriptionId", order.subscription)]


def _app_part(order: Order, dialect: Dialect) -> dict[str, Any]:
    """What is known of a payment in a banking application: no card, and so no system of cards."""
    fields: dict[str, Any] = {"paymentWay": order.way}
    line = approval(order)
    if line is None:
        return fields
    fields |= {"authDateTime": milliseconds(line.at), "authRefNum": line.reference}
    if dialect is Dialect.ECOM:
        fields["cardAuthInfo"] = {
            "paymentSystem": "Undefined",
            "approvalCode": line.approval,
            "paymentWay": order.way,
        }
    return fields


def _amounts(order: Order) -> dict[str, Any]:
    return {
        "paymentState": payment_state(order),
        "approvedAmount": order.approved,
        "depositedAmount": order.deposited,
        "refundedAmount": order.refunded,
        "feeAmount": 0,
        "totalAmount": order.amount,
    }


def _transaction_attributes(order: Order, dialect: Dialect) -> list[dict[str, str]]:
    if dialect is Dialect.LEGACY:
        return []
    return [{"name": "SbolBankInvoiceId", "value": order.id.replace("-", "")}]


def _optional(order: Order) -> dict[str, Any]:
    """Fields that are only there when they were given."""
    request = order.request
    payer = {"email": request.email, "phone": request.phone}
    fields = {
        "orderDescription": request.description,
        "ip": order.ip,
        "orderBundle": request.cart,
        "ofdOrderBundle": left(request.cart, order.returned_items) if request.cart else None,
        "payerData": {name: value for name, value in payer.items() if value is not None} or None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _dates(order: Order) -> dict[str, int]:
    moments = {
        "depositedDate": order.deposited_at,
        "refundedDate": order.refunded_at,
        "reversedDate": order.reversed_at,
    }
    return {name: milliseconds(at) for name, at in moments.items() if at is not None}


def _card_part(order: Order, dialect: Dialect) -> dict[str, Any]:
    """What is known of the card: there from its first entry, on declined orders too."""
    card = order.card
    if card is None:
        return {}
    line = approval(order)
    known: dict[str, Any] = {
        "maskedPan": masked(card, dialect),
        "pan": masked(card, dialect),
        "expiration": card.expiry,
        "paymentSystem": card.system,
        "secureAuthInfo": {"eci": card.eci},
    }
    if card.holder:
        known["cardHolderName" if dialect is Dialect.ECOM else "cardholderName"] = card.holder
    if order.disputed:
        known["chargeback"] = True
    way = "CARD_BINDING" if order.by_binding else "CARD"
    fields: dict[str, Any] = {"cardAuthInfo": known, "paymentWay": way, "terminalId": TERMINAL}
    if line is not None:
        known["approvalCode"] = line.approval
        fields |= {"authDateTime": milliseconds(line.at), "authRefNum": line.reference}
    return fields


def _binding(order: Order) -> dict[str, Any]:
    """The saved card that paid, or that this payment saved."""
    if order.binding_id is None:
        return {}
    known: dict[str, Any] = {"clientId": order.request.client_id, "bindingId": order.binding_id}
    line = approval(order)
    if line is not None:
        known |= {"authDateTime": milliseconds(line.at), "authRefNum": line.reference, "terminalId": TERMINAL}
    return {"bindingInfo": known}


def _refunds(order: Order, dialect: Dialect) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    lines = order.refunds
    if lines:
        fields["refunds"] = [_line(line, dialect) for line in lines]
    if dialect is Dialect.ECOM:
        fields["operations"] = [_line(line, dialect) | {"type": line.type.value} for line in order.operations]
    return fields


def _line(line: Operation, dialect: Dialect) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "date": milliseconds(line.at),
        "amount": line.amount,
        "referenceNumber": line.reference,
        "approvalCode": line.approval,
        "actionCode": wire_action(line.action_code, dialect),
    }
    return fields if line.external_id is None else fields | {"externalRefundId": line.external_id}
