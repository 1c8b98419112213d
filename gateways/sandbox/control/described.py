"""What the bank knows, as JSON has it."""

from __future__ import annotations

from typing import Any

from gateways.sandbox.bank import Bank
from gateways.sandbox.drama_steps import told
from gateways.sandbox.dramas import DRAMAS, Drama
from gateways.sandbox.orders import Operation, Order
from gateways.sandbox.receipts import Receipt
from gateways.sandbox.statement import milliseconds


def order_line(order: Order) -> dict[str, Any]:
    """The order's sums and dates."""
    return {
        "id": order.id,
        "number": order.number,
        "merchant": order.merchant.login,
        "status": int(order.status),
        "state": order.status.name.lower(),
        "action_code": order.action_code,
        "attempts": order.attempts,
        "amount": order.amount,
        "approved": order.approved,
        "deposited": order.deposited,
        "refunded": order.refunded,
        "charged_back": order.charged_back,
        "disputed": order.disputed,
        "refunds": [{"amount": one.amount, "external_id": one.external_id} for one in order.refunds],
        "registered_at": milliseconds(order.registered_at),
        "expires_at": milliseconds(order.expires_at),
        "return_url": order.request.return_url,
        "callback_url": order.request.callback_url or order.merchant.callback_url,
        "form_path": order.form_path,
        "challenge": order.challenge,
    }


def whole_order(bank: Bank, order: Order) -> dict[str, Any]:
    """The same with all that was asked for, and all that happened: operations, effects, callbacks, faults, dramas."""
    request, card = order.request, order.card
    return order_line(order) | {
        "dialect": request.dialect.value,
        "currency": request.currency,
        "language": request.language,
        "description": request.description,
        "email": request.email,
        "phone": request.phone,
        "params": dict(request.params),
        "cart": request.cart,
        "fail_url": request.fail_url,
        "card": None if card is None else f"{card.system} {card.first6}…{card.last4}",
        "deposited_at": _moment(order.deposited_at),
        "refunded_at": _moment(order.refunded_at),
        "reversed_at": _moment(order.reversed_at),
        "operations": [_operation(line) for line in order.operations],
        "effects": [effect.as_json() for effect in bank.journal.effects if effect.order_id == order.id],
        "callbacks": [one.as_json() for one in bank.outbox.tried if one.delivery.order_id == order.id],
        "faults": [rule.as_json() for rule in bank.faults.rules if rule.id in (order.id, order.number)],
        "dramas": [drama.name for drama in DRAMAS if drama.fits(order)],
    }


def receipts(bank: Bank, order: Order) -> dict[str, Any]:
    """The fiscal receipts of an order, oldest first."""
    return {"receipts": [_receipt(bank, one) for one in bank.receipts.by_order[order.id]]}


def _receipt(bank: Bank, one: Receipt) -> dict[str, Any]:
    done = bank.receipts.ready(one)
    return {
        "id": one.id,
        "kind": "refund" if one.refund else "closing" if one.closing else "payment",
        "state": "failed" if done and one.fails else "ready" if done else "waiting",
        "amount": one.amount,
        "number": one.number,
        "sign": one.sign,
        "items": list(one.items),
    }


def drama(one: Drama) -> dict[str, Any]:
    """A row of the table, its steps as one reads them."""
    return {
        "name": one.name,
        "needs": one.needs.value,
        "title": {"ru": one.ru[0], "en": one.en[0]},
        "about": {"ru": one.ru[1], "en": one.en[1]},
        "steps": [told(step) for step in one.steps],
    }


def _operation(line: Operation) -> dict[str, Any]:
    return {
        "at": milliseconds(line.at),
        "type": line.type.value,
        "amount": line.amount,
        "reference": line.reference,
        "approval": line.approval,
        "action_code": line.action_code,
        "external_id": line.external_id,
    }


def _moment(at: float | None) -> int | None:
    return None if at is None else milliseconds(at)
