"""A card that its bank issued anew under the same number: its payer types the new month, and the bank is asked to take it.

Asked at once, since somebody waits. That it is being asked is written before, and with it that the bank's list is looked at
soon: so whatever became of the answer, the month that the bank has is ours within minutes.
"""

from __future__ import annotations

from enum import StrEnum, auto
from typing import Final

import structlog

from checkout.ground.db import Tx, in_transaction, now, run, sql
from checkout.ground.errors import Conflict
from checkout.ground.events import Event, record
from checkout.ground.ids import CardId
from checkout.ground.observe import OUTCOMES
from checkout.ground.service import Service
from checkout.payment import cards
from checkout.payment.card import Card
from checkout.payment.order import Order
from gateways.gateway import GatewayError, Refused

log = structlog.get_logger()
# Whoever is looking at the bank's list right now saw, or will see, another month: what they write is out of date.
_ASKED: Final = sql("""
UPDATE saved_card SET token = token + 1, lease_until = NULL, due_at = app_now() + interval '1 minute'
 WHERE id = :id AND removed_at IS NULL""")
_PROLONGED: Final = sql("""
UPDATE saved_card SET expiry = :expiry, token = token + 1, lease_until = NULL, due_at = app_now() + interval '10 minutes'
 WHERE id = :id AND removed_at IS NULL AND expiry IS DISTINCT FROM :expiry""")


class Came(StrEnum):
    """What came of asking."""

    DONE = auto()
    REFUSED = auto()
    UNKNOWN = auto()  # the bank has not answered


def offered(service: Service, merchant: str) -> bool:
    """Whether this bank takes another month for a card."""
    return service.gateway(merchant).prolonging is not None


async def prolong(service: Service, order: Order, card_id: CardId, expiry: str, *, principal: str) -> Came:
    """Ask the bank; `expiry` YYYYMM. Raises Conflict `card_gone` for a card that is not theirs, or cannot be prolonged."""
    card = await in_transaction(service.engine, lambda tx: _asking(tx, service, order, card_id, principal))
    came = await _ask(service, card, expiry)
    OUTCOMES.labels("card", f"prolong_{came}").inc()
    await in_transaction(service.engine, lambda tx: _write(tx, card, expiry, came, principal))
    return came


async def _asking(tx: Tx, service: Service, order: Order, card_id: CardId, principal: str) -> Card:
    found = [card for card in await cards.of(tx, service, order) if card.id == card_id]
    moment = await now(tx)
    if not found or not offered(service, order.merchant) or not found[0].reissued(moment):
        raise Conflict("card_gone")
    await run(tx, _ASKED, id=card_id.uuid)
    await record(tx, found[0].order_id, principal, [Event("card", card_id, "prolonging")])
    return found[0]


async def _ask(service: Service, card: Card, expiry: str) -> Came:
    bank = service.gateway(card.merchant).prolonging
    assert bank is not None  # noqa: S101 - see `_asking`
    try:
        await bank.prolong(card.binding, expiry)
    except Refused as reason:
        log.info("card_not_prolonged", card=str(card.id), code=reason.code)
        return Came.REFUSED
    except GatewayError as reason:
        log.info("card_unknown", card=str(card.id), reason=type(reason).__name__)
        return Came.UNKNOWN
    return Came.DONE


async def _write(tx: Tx, card: Card, expiry: str, came: Came, principal: str) -> None:
    if came is Came.REFUSED:
        await record(tx, card.order_id, principal, [Event("card", card.id, "not_prolonged")])
    if came is Came.DONE and await run(tx, _PROLONGED, id=card.id.uuid, expiry=expiry):
        await record(tx, card.order_id, principal, [Event("card", card.id, "prolonged")])
