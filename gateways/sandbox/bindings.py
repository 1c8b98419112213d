"""Saved cards: which client of a merchant left which card with the bank. Source: gateway.md §8.1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gateways.sandbox.cards import CardEntry
from gateways.sandbox.codes import Reason, Refusal
from gateways.sandbox.events import BindingEvent
from gateways.sandbox.merchants import Dialect, Merchant
from gateways.sandbox.orders import Order, UsedCard

if TYPE_CHECKING:
    from gateways.sandbox.bank import Bank


@dataclass(slots=True)
class Binding:
    """One card of one client. `pan`: a rehearsal bank's, which pays with it again; no answer ever shows it."""

    id: str
    merchant: Merchant
    client: str
    card: UsedCard
    pan: str = field(repr=False)
    active: bool = True

    def expired(self, now_month: str) -> bool:
        return self.card.expiry < now_month

    def entry(self, cvc: str) -> CardEntry:
        """The card as its payer would type it."""
        return CardEntry(self.pan, self.card.expiry, cvc, self.card.holder)


@dataclass(slots=True)
class Bindings:
    """Every saved card by its id, and the numbers that were typed for orders whose client wants to be remembered."""

    by_id: dict[str, Binding] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict, repr=False)

    def find(self, merchant: Merchant, binding_id: str) -> Binding:
        """The merchant's own. Raises Refusal(BINDING_UNKNOWN)."""
        found = self.by_id.get(binding_id)
        if found is None or found.merchant.login != merchant.login:
            raise Refusal(Reason.BINDING_UNKNOWN)
        return found

    def of(self, merchant: Merchant) -> Iterator[Binding]:
        return (one for one in self.by_id.values() if one.merchant.login == merchant.login)


def remember(bank: Bank, order: Order, entry: CardEntry) -> None:
    """A card was typed for an order; whether it is kept is seen when the issuer has said yes."""
    if order.request.client_id is not None:
        bank.bindings.typed[order.id] = entry.pan


def keep(bank: Bank, order: Order) -> None:
    """The card has paid: save it for the order's client, unless the payer would rather not or it is saved already."""
    pan, client, card = bank.bindings.typed.pop(order.id, None), order.request.client_id, order.card
    if pan is None or client is None or card is None or not order.keeps_card:
        return
    known = next((one for one in bank.bindings.of(order.merchant) if (one.client, one.pan) == (client, pan)), None)
    if known is not None and known.active:
        order.binding_id = known.id
        return
    order.binding_id = save(bank, order.merchant, client, card, pan).id


def save(bank: Bank, merchant: Merchant, client: str, card: UsedCard, pan: str) -> Binding:
    """A new saved card, and the callback that tells of it."""
    made = Binding(bank.new_id(), merchant, client, card, pan)
    bank.bindings.by_id[made.id] = made
    _tell(bank, made, "bindingCreated")
    return made


def switch(bank: Bank, binding: Binding, *, on: bool) -> None:
    """Activate or deactivate. Raises Refusal(BINDING_ACTIVE, BINDING_INACTIVE) for what is so already."""
    if binding.active is on:
        raise Refusal(Reason.BINDING_ACTIVE if on else Reason.BINDING_INACTIVE)
    binding.active = on
    json = binding.merchant.callback_dialect is Dialect.ECOM
    _tell(bank, binding, "bindingDeactivated" if json and not on else "bindingActivityChanged")


def extend(binding: Binding, expiry: str) -> None:
    """The card was issued anew under the same number; `expiry` is YYYYMM."""
    binding.card = replace(binding.card, expiry=expiry)


def only(bank: Bank, order: Order) -> Binding | None:
    """The saved card that alone may pay this order, if it was registered for one of its client's."""
    binding = bank.bindings.by_id.get(order.request.binding_id or "")
    theirs = (order.merchant.login, order.request.client_id)
    return binding if binding is not None and (binding.merchant.login, binding.client) == theirs else None


def payable(bank: Bank, order: Order, binding_id: str) -> Binding:
    """The card with which this order may be paid. Raises Refusal(BINDING_UNKNOWN, BINDING_FOREIGN, BINDING_INACTIVE)."""
    binding = bank.bindings.find(order.merchant, binding_id)
    if order.request.binding_id not in (None, binding_id) or order.request.client_id != binding.client:
        raise Refusal(Reason.BINDING_FOREIGN)
    if not binding.active:
        raise Refusal(Reason.BINDING_INACTIVE)
    return binding


def _tell(bank: Bank, binding: Binding, operation: str) -> None:
    event = BindingEvent(operation, binding.id, binding.client, binding.active, bank.clock.now())
    bank.notify_binding(binding.merchant, event)
