"""Everything we keep on one order and its payer, machine-readable: for the payer, who may take it elsewhere.

It opens with the private link, which belongs to whoever booked; the patient's data in it are what they typed themselves.
What the bank says of a card is not in it: somebody else may have paid. Saved cards are: of this order, and once the contact
is proven all of them.
Source: product.md PRIV-7.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from checkout.ground.db import Row, Tx, now
from checkout.ground.ids import PersonId
from checkout.ground.service import Service
from checkout.payment import cards, check_store, evidence, orders, receipt_store, restoring, store
from checkout.payment.card import Card, Rebinding
from checkout.payment.check_store import Check
from checkout.payment.evidence import Given
from checkout.payment.order import Facts, Order, word
from checkout.payment.receipt import Receipt
from checkout.payment.store import Payment
from checkout.privacy import store as people


async def own_data(tx: Tx, service: Service, order: Order) -> dict[str, Any]:
    """Sums in kopecks, instants in UTC."""
    return {
        "order": _order(order, await orders.facts(tx, order.id)),
        "payer": await _person(tx, service, order.payer_id),
        "patient": await _person(tx, service, order.patient_id),
        "lines": [_line(row) for row in await orders.lines(tx, order.id)],
        "payments": [_payment(payment) for payment in await store.of_order(tx, order.id)],
        "saved_cards": await _cards(tx, service, order),
        "card_checks": [_check(one) for one in await check_store.of_order(tx, order.id)],
        "receipts": [_receipt(one) for one in await receipt_store.of_order(tx, order.id)],
        "consents": [_consent(given) for given in await evidence.of_order(tx, service, order)],
    }


def _order(order: Order, facts: Facts) -> dict[str, Any]:
    return {
        "id": str(order.id),
        "code": order.code,
        "status": str(word(facts)),
        "clinic": order.clinic,
        "zone": order.zone,
        "placed_at": _at(order.created_at),
        "starts_at": _at(order.starts_at),
        "ends_at": _at(order.ends_at),
        "plan": str(order.plan),
        "language": order.language,
        "relation": order.relation,
        "currency": order.total.currency,
        "total": order.total.amount,
        "paid": facts.paid.amount,
        "refunded": facts.refunded.amount,
        "due": facts.due.amount,
        "given_at": _at(order.given_at),
        "deliver_by": _at(order.deliver_by),
        "goods_arrived_at": _at(order.goods_arrived_at),
        "handed_over_at": _at(order.handed_over_at),
        "cancelled_at": _at(order.cancelled_at),
    }


async def _person(tx: Tx, service: Service, person_id: PersonId | None) -> dict[str, Any] | None:
    """None: nobody, or erased."""
    found = await people.read(tx, service.vault, person_id) if person_id else None
    if found is None:
        return None
    born = found.born.isoformat() if found.born else None
    return {"name": found.name, "phone": found.phone, "email": found.email, "born": born}


def _line(row: Row[Any]) -> dict[str, Any]:
    return {
        "line": row.line_no,
        "kind": row.kind,
        "name": {"ru": row.name_ru, "en": row.name_en},
        "quantity": row.quantity,
        "unit_price": row.unit_price,
        "amount": row.amount,
        "vat": row.vat,
    }


def _payment(payment: Payment) -> dict[str, Any]:
    return {
        "id": str(payment.id),
        "method": payment.told,
        "state": str(payment.state),
        "amount": payment.belief.expected.amount,
        "captured": payment.captured.amount,
        "captured_at": _at(payment.captured_at),
        "bank_reference": payment.reference,
    }


async def _cards(tx: Tx, service: Service, order: Order) -> list[dict[str, Any]]:
    """Those that pay, and those of the last hours that do not."""
    standing = await cards.of(tx, service, order)
    left = await restoring.left(tx, service, order, standing, at=await now(tx))
    return [_card(card) for card in (*standing, *left.awaited, *left.refused, *left.restorable)]


def _card(card: Card) -> dict[str, Any]:
    return {
        "brand": card.brand,
        "last4": card.last4,
        "expiry": card.month,
        "saved_at": _at(card.saved_at),
        "agreed_to": card.consent,
        "taken_back": card.restores is not None,
        "bank_has_confirmed": card.rebinding in (None, Rebinding.DONE),
        "removed_at": _at(card.removed_at),
        "removed_by": card.removed_by,
    }


def _check(check: Check) -> dict[str, Any]:
    """A card that was to be added without paying, whatever became of it."""
    return {
        "id": check.number,
        "state": str(check.state),
        "started_at": _at(check.created_at),
        "ended_at": _at(check.ended_at),
        "agreed_to": check.consent,
        "bank_reference": check.reference,
    }


def _receipt(one: Receipt) -> dict[str, Any]:
    return {
        "kind": str(one.kind),
        "state": str(one.state),
        "amount": one.amount.amount,
        "document": one.number,
        "sign": one.sign,
        "issued_at": _at(one.printed_at),
        "url": one.url,
    }


def _consent(given: Given) -> dict[str, Any]:
    return {
        "kind": given.kind,
        "version": given.version,
        "title": given.title,
        "text": given.text,
        "given_at": _at(given.given_at),
        "address": given.address,
        "written_down_by_the_clinic": given.given_to is not None,
        "withdrawn_at": _at(given.withdrawn_at),
    }


def _at(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
