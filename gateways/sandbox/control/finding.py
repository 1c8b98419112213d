"""Finding orders by whatever one knows of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateways.sandbox.bank import Bank
from gateways.sandbox.orders import Order


@dataclass(frozen=True, slots=True)
class Wanted:
    """`text`: part of a number, an id, a description, an address, a phone, or a card's last digits. Empty: any."""

    text: str = ""
    state: str = ""
    merchant: str = ""


def orders(bank: Bank, wanted: Wanted) -> Iterator[Order]:
    """Newest first."""
    text = wanted.text.strip().casefold()
    for order in reversed(bank.orders.values()):
        if wanted.state and order.status.name.lower() != wanted.state:
            continue
        if wanted.merchant and order.merchant.login != wanted.merchant:
            continue
        if text and not any(text in fact.casefold() for fact in _facts(order)):
            continue
        yield order


def _facts(order: Order) -> tuple[str, ...]:
    request = order.request
    known = (request.description, request.email, request.phone, order.card.last4 if order.card else None)
    return (order.number, order.id, *(fact for fact in known if fact))
