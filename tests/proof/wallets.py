"""Saved cards: kept by consent, paid with, removed by their payer, by the bank, with the person; and what must be true of them.

A card may be removed while a page is open for it, and while a payment that saves it is on its way.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from checkout.ground.db import Row, Tx, in_transaction, rows, run, sql
from checkout.ground.ids import CheckId, ClientId, OrderId, PaymentId
from checkout.payment import card_store, cards, orders
from checkout.payment.card import PLAIN, WATCHED, Asked, Card
from gateways.sandbox import bindings
from tests.proof.pages import LONG, SHORT
from tests.proof.stage import Stage

__all__ = ["WATCHED", "asked", "come", "proves", "reckon"]
_ERASE: Final = sql("""
UPDATE person SET data_key = NULL, sealed = NULL, erased_at = app_now()
 WHERE id = (SELECT payer_id FROM orders WHERE id = :order) AND erased_at IS NULL""")
_CARDS: Final = sql("""
SELECT s.*, extract(epoch FROM s.unbound_at) AS unbound, p.erased_at FROM saved_card s
  JOIN orders o ON o.id = s.order_id JOIN person p ON p.id = o.payer_id
 WHERE s.order_id = ANY(CAST(:orders AS uuid[]))""")
_NAMED: Final = sql("""
SELECT p.id, false AS checks, t.client_id, t.consent, s.binding FROM payment p JOIN payment_card t ON t.payment_id = p.id
  LEFT JOIN saved_card s ON s.id = t.card_id WHERE p.order_id = ANY(CAST(:orders AS uuid[]))
UNION ALL
SELECT k.id, true, k.client_id, k.consent, NULL FROM card_check k WHERE k.order_id = ANY(CAST(:orders AS uuid[]))""")


async def proves(stage: Stage, rng: random.Random, order_id: OrderId) -> None:
    """Most type the code that was sent to them, and see the cards of their other orders."""
    if stage.offer.cards and rng.random() < 0.7:
        await stage.trying("prove", stage.tx(lambda tx: card_store.prove(tx, order_id, "email")))


async def asked(stage: Stage, rng: random.Random, order_id: OrderId) -> Asked:
    """What somebody wants of a payment: to save the card, to pay with one, or neither."""
    if not stage.offer.cards or rng.random() < 0.2:
        return PLAIN
    found = await _seen(stage, order_id)
    return Asked(card=rng.choice(found).id) if found and rng.random() < 0.9 else Asked(save=True)


async def _seen(stage: Stage, order_id: OrderId) -> list[Card]:
    async def work(tx: Tx) -> list[Card]:
        order, _now = await orders.read(tx, order_id)
        return await cards.of(tx, stage.service, order)

    return await stage.trying("cards", stage.tx(work)) or []


def come(stage: Stage) -> None:
    """Whoever sees to cards in a history in which they are saved."""
    if not stage.offer.cards:
        return
    rng, spawn = stage.rng("cards"), stage.scheduler.spawn
    spawn("card holder", _holder(stage))
    if rng.random() < 0.4:
        spawn("issuer", _issuer(stage), lasting=True)
    if rng.random() < 0.3:
        spawn("eraser", _eraser(stage))


async def _holder(stage: Stage) -> None:
    """Looks at the list of cards now and then, and removes one."""
    rng = stage.rng("card holder")
    for _ in range(3):
        await stage.nap(rng.choice((*SHORT, *LONG)))
        for order_id in rng.sample(stage.orders, min(1, len(stage.orders))):
            for card in await _seen(stage, order_id):
                if rng.random() < 0.3:
                    await _removes(stage, order_id, card)


async def _removes(stage: Stage, order_id: OrderId, card: Card) -> None:
    async def work(tx: Tx) -> None:
        order, _now = await orders.read(tx, order_id)
        await cards.remove(tx, stage.service, order, card.id, principal="payer")

    await stage.trying("remove a card", stage.tx(work))


async def _issuer(stage: Stage) -> None:
    """Their bank switches a card off, and rings."""
    rng = stage.rng("issuer")
    while True:
        await stage.nap(rng.choice((90.0, *LONG)))
        standing = [one for one in stage.bank.bindings.by_id.values() if one.active]
        if standing and rng.random() < 0.5:
            bindings.switch(stage.bank, rng.choice(standing), on=False)
            stage.outcomes["card: switched off"] += 1


async def _eraser(stage: Stage) -> None:
    """Somebody has the right to be forgotten."""
    rng = stage.rng("eraser")
    await stage.nap(rng.choice(LONG))
    if stage.orders:
        order_id = rng.choice(stage.orders)
        await stage.trying("erase", stage.tx(lambda tx: run(tx, _ERASE, order=order_id.uuid)))


@dataclass(frozen=True, slots=True)
class Books:
    """Our cards of one history, and the payments and checks of which the bank was told a client."""

    cards: list[Row[Any]]
    named: list[Row[Any]]


async def reckon(stage: Stage) -> list[str]:
    """Our cards against the bank's: each is there, stands or is gone on both sides, and was agreed to."""
    if not stage.offer.cards:
        return []
    books = await in_transaction(stage.hall.engine, lambda tx: _books(tx, stage))
    for card in books.cards:
        stage.outcomes[f"card: {'removed by ' + card.removed_by if card.removed_by else 'stands'}"] += 1
    return [
        *_both_have_them(books, stage),
        *_agreed_to(books, stage),
        *_told_by_name(books, stage),
        *_removed_pays_nothing(books, stage),
    ]


async def _books(tx: Tx, stage: Stage) -> Books:
    ids = [order_id.uuid for order_id in stage.orders]
    return Books(await rows(tx, _CARDS, orders=ids), await rows(tx, _NAMED, orders=ids))


def _both_have_them(books: Books, stage: Stage) -> Iterator[str]:
    """What stands here can pay there, and shows the same card; what was removed here is off there."""
    at_bank = stage.bank.bindings.by_id
    standing = {card.binding for card in books.cards if card.removed_at is None}  # one that was taken back among them
    for card in books.cards:
        theirs = at_bank.get(card.binding)
        if theirs is None or theirs.client != str(ClientId(card.client_id)):
            yield f"card {card.binding}: the bank has none such of this client"
        elif (card.last4, card.expiry) != (theirs.card.last4, theirs.card.expiry):
            yield f"card {card.binding}: we show {card.last4} {card.expiry}, the bank {theirs.card}"
        elif card.removed_at is not None and card.unbinding != "done":
            yield f"card {card.binding}: removed, and its unbinding is {card.unbinding}"
        elif theirs.active is not (card.binding in standing) and not stage.weather.lied:
            yield f"card {card.binding}: removed by {card.removed_by}, at the bank active: {theirs.active}"
        elif card.removed_at is None and card.erased_at is not None:
            yield f"card {card.binding}: stands, though its payer was erased"


def _agreed_to(books: Books, stage: Stage) -> Iterator[str]:
    """The bank keeps no card but by consent, and none that nobody could see and remove here."""
    consents = {str(ClientId(one.client_id)) for one in books.named if one.consent is not None}
    standing = {card.binding for card in books.cards if card.removed_at is None}
    for theirs in stage.bank.bindings.by_id.values():
        if theirs.client not in consents:
            yield f"card {theirs.id}: saved for {theirs.client}, who never agreed"
        if theirs.active and theirs.id not in standing and not stage.weather.lied:
            yield f"card {theirs.id}: the bank keeps it, and nobody sees it here"


def _told_by_name(books: Books, stage: Stage) -> Iterator[str]:
    """Every order that names a client or a card at the bank is one whose payment says so, and the other way round."""
    ours = {
        str((CheckId if one.checks else PaymentId)(one.id)): (str(ClientId(one.client_id)), one.binding)
        for one in books.named
    }
    for order in stage.bank.orders.values():
        theirs = (order.request.client_id, order.request.binding_id)
        if theirs != ours.get(order.number, (None, None)):
            yield f"{order.number}: the bank was told {theirs}, and we say {ours.get(order.number)}"


def _removed_pays_nothing(books: Books, stage: Stage) -> Iterator[str]:
    """Once we say that the bank lets a card pay no more, it has paid nothing."""
    back = {card.restores for card in books.cards}
    unbound = {card.binding: card.unbound for card in books.cards if card.unbound is not None and card.id not in back}
    for order in stage.bank.orders.values():
        if order.by_binding and order.agreed:
            stage.outcomes["card: paid again"] += 1
            said_yes = next(line.at for line in order.operations if line.action_code == 0)
            if float(unbound.get(order.binding_id, said_yes)) < said_yes:
                yield f"{order.number}: paid by a card that was unbound before"
