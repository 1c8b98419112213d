"""A removed card that its payer wants back: a new agreement, and so another card of ours over the same binding of the bank.

What was removed pays nothing from that moment on and stays removed (376-ФЗ). The other card is written down first and pays
nothing either until the bank has said yes. Two calls must never meet: the one that lets the removed card go, which may be
tried many times, and the one that brings the other back. So the bank is not asked to bind before it has confirmed that it
let go (the claim waits for that, and an index of the database would not have it otherwise), and whoever comes late with an
old lease finds another token right before the call, and makes none. What the network alone still carries nobody can call
back: so the bank's list is looked at after the yes, and once more soon, and a card that is not there is removed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from checkout.ground.db import Tx, in_transaction, now
from checkout.ground.errors import Conflict
from checkout.ground.events import SYSTEM, Event, record
from checkout.ground.ids import CardId
from checkout.ground.service import Service
from checkout.payment import card_store, cards, restore_store
from checkout.payment.card import CONFIRMED, RESTORABLE, Card, Rebinding, Unbinding, next_try
from checkout.payment.order import Order
from gateways.bindings import Bindings, SavedCard
from gateways.gateway import GatewayError, Refused

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Left:
    """Of the cards that do not pay: what may be taken back, what the bank is asked for, and what it did not give."""

    restorable: Sequence[Card] = ()
    awaited: Sequence[Card] = ()
    refused: Sequence[Card] = ()


async def left(tx: Tx, service: Service, order: Order, standing: Sequence[Card], *, at: datetime) -> Left:
    """What the holder of the order's private link is shown beside the cards that are `standing`."""
    if not cards.offered(service, order.merchant):
        return Left()
    found = await restore_store.left(tx, order.id, order.merchant, since=at - RESTORABLE)
    there = {_face(card) for card in (*standing, *found) if card.removed_at is None}
    return Left(
        restorable=[card for card in found if card.removed_by == "payer" and _face(card) not in there],
        awaited=[card for card in found if card.awaited],
        refused=[card for card in found if card.rebinding is Rebinding.REFUSED and _face(card) not in there],
    )


async def ask(tx: Tx, service: Service, order: Order, card_id: CardId, *, principal: str, read: str = "") -> None:
    """Its payer wants a removed card back; the bank is asked by a chore. A second press finds it done.

    `read`: as of `card.Asked`. Raises Conflict `card_not_restorable` for one that is not theirs, was not removed by
    them, or was removed too long ago.
    """
    moment, standing = await now(tx), await cards.of(tx, service, order)
    found = await left(tx, service, order, standing, at=moment)
    if any(card.restores == card_id for card in (*standing, *found.awaited)):
        return
    for card in found.restorable:
        if card.id == card_id:
            agreed = cards.agreed(service, order.merchant, read)
            made = await restore_store.intend(tx, card, order.id, agreed, since=moment - RESTORABLE)
            if made is not None:
                await record(
                    tx, order.id, principal, [Event("card", made, "restoring", data={"restores": str(card_id)})]
                )
            return
    raise Conflict("card_not_restorable")


async def expire(service: Service, limit: int) -> None:
    """A bank that did not let go of the removed card for a day, or could not be asked, has not given it back."""

    async def work(tx: Tx) -> None:
        for card, order in await restore_store.expire(tx, limit):
            await record(tx, order, SYSTEM, [Event("card", card, "not_restored")])

    await in_transaction(service.engine, work)


async def bind(service: Service, held: Card) -> str:
    """One try under the lease of `held`, in one word for the metrics."""
    shown = await _shown(service.gateway(held.merchant).bindings, held)
    return await in_transaction(service.engine, lambda tx: _write(tx, held, shown))


async def _shown(bank: Bindings | None, held: Card) -> SavedCard | Rebinding:
    """The card as the bank lists it once it was bound; else what came of asking."""
    if bank is None:  # the contract saves no cards any more
        return Rebinding.REFUSED
    try:
        await bank.bind(held.binding)
        listed = await bank.of(str(held.client))
    except Refused as reason:
        log.warning("card_not_restored", card=str(held.id), code=reason.code)
        return Rebinding.REFUSED
    except GatewayError as reason:
        log.info("card_unknown", card=str(held.id), reason=type(reason).__name__)
        return Rebinding.UNKNOWN
    return next((one for one in listed if one.id == held.binding), Rebinding.REFUSED)


async def _write(tx: Tx, held: Card, shown: SavedCard | Rebinding) -> str:
    """A yes that comes after the day counts no more: its payer was told by then that nothing came of it, or soon is."""
    moment = await now(tx)
    in_time = moment < held.saved_at + RESTORABLE
    if isinstance(shown, SavedCard) and in_time:
        if await restore_store.bound(tx, held, shown, due_at=moment + CONFIRMED):
            await record(tx, held.order_id, SYSTEM, [Event("card", held.id, "restored")])
        return "restored"
    if shown is Rebinding.UNKNOWN and in_time:
        await card_store.again(tx, held, Unbinding.UNKNOWN, due_at=next_try(held.tries, moment))
        return "unknown"
    if await restore_store.refused(tx, held):
        await record(tx, held.order_id, SYSTEM, [Event("card", held.id, "not_restored")])
    return "refused"


def _face(card: Card) -> tuple[object, ...]:
    """What its payer knows it by: two of one face would be one card to them."""
    return (card.brand, card.last4) if card.last4 else (card.id,)
