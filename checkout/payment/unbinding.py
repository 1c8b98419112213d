"""A chore: a removed card is unbound at the bank until the bank says so; of one that stands it is asked whether it is there.

Removing is over with the press: what is done here only keeps the bank in step. That it is about to be told is written with
the lease, so a call whose answer was lost is known as one that may have been heard, and is made again: a card that the bank
does not have, or has switched off, is unbound. A page of the bank that is open for it is closed first.

The same binding may be another card's by the time that somebody with an old lease gets round to it (`restoring`): so the
lease is asked for once more right before each call, and without it there is none.
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from checkout.ground.db import Tx, in_transaction, now
from checkout.ground.events import SYSTEM, Event, record
from checkout.ground.observe import OUTCOMES
from checkout.ground.service import Service
from checkout.payment import card_store, cards, restoring
from checkout.payment.card import WATCHED, Card, Unbinding, next_try
from checkout.payment.settle import First, settle
from gateways.bindings import Bindings, SavedCard
from gateways.gateway import GatewayError, Refused

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Heard:
    """What the bank said. `shown`: its cards of the client, where it was asked for them; `done`: it is unbound."""

    outcome: str
    done: bool = False
    shown: tuple[SavedCard, ...] | None = None


async def run_due(service: Service, limit: int = 20) -> int:
    """One round over cards that are due; the number seen to."""
    await restoring.expire(service, limit)
    for done in range(limit):
        held = await in_transaction(service.engine, card_store.claim)
        if held is None:
            return done
        await see_to(service, held)
    return limit


async def see_to(service: Service, held: Card) -> None:
    """One card that was leased. Whoever was overtaken meanwhile asks the bank for nothing and writes nothing."""
    if held.unbinding is not None:
        await _close(service, held)
    if not await in_transaction(service.engine, lambda tx: card_store.hold(tx, held)):
        OUTCOMES.labels("card", "overtaken").inc()
        return
    if held.awaited:
        OUTCOMES.labels("card", await restoring.bind(service, held)).inc()
        return
    heard = await _heard(service.gateway(held.merchant).bindings, held)
    OUTCOMES.labels("card", heard.outcome).inc()
    await in_transaction(service.engine, lambda tx: _write(tx, held, heard))


async def _close(service: Service, held: Card) -> None:
    """Whoever removed the card may have left a page open that it still pays on."""
    for payment in await in_transaction(service.engine, lambda tx: card_store.live_payments(tx, held.id)):
        await settle(service, payment, First.DECLINE)


async def _heard(bank: Bindings | None, held: Card) -> Heard:
    if bank is None:  # the contract saves no cards any more: a person must see to those that there are
        return Heard("refused")
    try:
        if held.unbinding is None:
            return Heard("seen", shown=await bank.of(str(held.client)))
        await bank.unbind(held.binding)
    except Refused as reason:
        log.warning("card_refused", card=str(held.id), code=reason.code)
        return Heard("refused")
    except GatewayError as reason:
        log.info("card_unknown", card=str(held.id), reason=type(reason).__name__)
        return Heard("unknown")
    return Heard("unbound", done=True)


async def _write(tx: Tx, held: Card, heard: Heard) -> None:
    moment = await now(tx)
    if heard.done:
        if await card_store.unbound(tx, held):
            await record(tx, held.order_id, SYSTEM, [Event("card", held.id, "unbound")])
        return
    if heard.shown is None:
        unbinding = Unbinding.REFUSED if heard.outcome == "refused" else Unbinding.UNKNOWN
        await card_store.again(tx, held, unbinding, due_at=next_try(held.tries, moment))
        return
    mine = next((one for one in heard.shown if one.id == held.binding), None)
    if mine is not None:
        if await card_store.seen(tx, held, mine, due_at=moment + WATCHED) and _later(mine.expiry, held.expiry):
            await record(tx, held.order_id, SYSTEM, [Event("card", held.id, "prolonged")])
    elif (await card_store.read(tx, held.id)).token == held.token:
        await cards.missing(tx, held)


def _later(shown: str | None, known: str | None) -> bool:
    """Whether the bank has another month than we had: somebody has prolonged the card."""
    return shown is not None and known is not None and shown > known
