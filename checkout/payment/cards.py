"""Saved cards in the life of an order: named when a payment starts, kept when it is captured, removed when somebody says so.

Whoever knows a phone and an e-mail can book with them, and must not learn that there is a card. So an order sees the cards
that it saved itself, and those of its contact only once a code that was sent there was typed. The API takes no cards: a
site that calls it has proved nothing about who sits before it.
"""

from __future__ import annotations

from typing import Final

from checkout.ground.db import Tx, now
from checkout.ground.errors import Conflict
from checkout.ground.events import SYSTEM, Event, record
from checkout.ground.ids import CardId
from checkout.ground.service import Service
from checkout.payment import card_store, store
from checkout.payment.card import CONSENT, NOTHING, PRESS_CONSENT, WATCHED, Asked, Card, Named
from checkout.payment.order import Order
from gateways.gateway import BankOrder

BANK: Final = "bank"  # the principal of what we only wrote down after it


def offered(service: Service, merchant: str) -> bool:
    """Whether payers of this merchant may save cards."""
    return service.gateway(merchant).bindings is not None


def by_press(service: Service, merchant: str) -> bool:
    """Whether this merchant's contract lets a saved card pay by a press, without its security code."""
    return service.gateway(merchant).one_press is not None


def consent(service: Service, merchant: str) -> str:
    """The version of the words that are shown where a card of this merchant's payers is saved, added or taken back now."""
    return PRESS_CONSENT if by_press(service, merchant) else CONSENT


def agreed(service: Service, merchant: str, read: str) -> str:
    """To what a payer agreed who was shown this version: the words may have changed before the form was sent.

    Then it is to the weaker ones, under which the bank asks for the card's code.
    """
    now_shown = consent(service, merchant)
    return now_shown if read == now_shown else CONSENT


async def of(tx: Tx, service: Service, order: Order) -> list[Card]:
    """What the holder of the order's private link may see, use and remove."""
    return await card_store.usable(tx, order.id, order.merchant) if offered(service, order.merchant) else []


async def named(tx: Tx, service: Service, order: Order, asked: Asked) -> Named:
    """What the bank is to be told of it. Raises Conflict `card_gone` for a card that is not theirs to use (any more)."""
    if asked.card is not None:
        for card in await of(tx, service, order):
            if card.id == asked.card:
                return Named(card.client, card.id, card.binding)
        raise Conflict("card_gone")
    if not asked.save or not offered(service, order.merchant):
        return NOTHING
    client = await card_store.client(tx, order.id, order.merchant)
    return Named(client, consent=agreed(service, order.merchant, asked.read)) if client else NOTHING


async def paid(tx: Tx, payment: store.Payment, fact: BankOrder, *, first: bool, taken: bool) -> list[Event]:
    """A card paid, if only by a hold that was let go: a saved one was used, or it is kept, if its payer agreed to that.

    `taken`: the money is captured just now. `first`: that, or it was let go, is news. A bank that names the card later is
    heard, too, but not on a card that was known before.
    """
    if payment.card is not None:
        return [Event("card", payment.card, "used")] if taken else []
    if payment.card_consent is None or fact.binding is None or fact.binding.client != str(payment.client):
        return []
    due_at = await now(tx) + WATCHED
    kept = await card_store.keep(tx, payment.id, fact.binding, fact.card, due_at=due_at, anew=first)
    if kept is None:
        return []
    saved = [Event("card", kept, "saved")]
    erased = payment.data_key is None and await card_store.remove(tx, kept, "erasure")
    return [*saved, Event("card", kept, "erased", data={"by": "erasure"})] if erased else saved


async def remove(tx: Tx, service: Service, order: Order, card_id: CardId, *, principal: str) -> None:
    """The payer wants it gone: it is, at once; the bank is told by a chore. A second press finds it done."""
    if not offered(service, order.merchant):
        return
    for card in await card_store.standing(tx, order.id, order.merchant):
        if card.id == card_id:
            await _removed(tx, card, "payer", principal)


async def switched_off(tx: Tx, merchant: str, binding: str, *, signed: bool) -> bool:
    """The bank rang about a card that pays no more. Without a signature it is only asked whether that is so.

    It is only asked, too, where we had it switched off ourselves before it was restored: the bank may tell of that by now.
    False: we know no such card that stands.
    """
    found = await card_store.of_binding(tx, merchant, binding)
    for card in found:
        if signed and not await card_store.was_off(tx, card):
            await _removed(tx, card, "bank", BANK)
        else:
            await card_store.wake(tx, card.id)
    return bool(found)


async def missing(tx: Tx, card: Card) -> None:
    """The bank does not have it any more, says whoever has it leased and has asked: nobody need be waited for."""
    await _removed(tx, card, "bank", SYSTEM, asked=True)


async def _removed(tx: Tx, card: Card, by: str, principal: str, *, asked: bool = False) -> None:
    if await card_store.remove(tx, card.id, by, asked=asked):
        await record(tx, card.order_id, principal, [Event("card", card.id, "removed", data={"by": by})])
