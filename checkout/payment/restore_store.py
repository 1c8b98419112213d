"""Where the cards are kept that their payers want back: another row beside the removed one, with a consent of its own."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from checkout.ground.db import Tx, one, rows, run, sql
from checkout.ground.ids import CardId, OrderId
from checkout.payment.card import Card
from checkout.payment.card_store import DAY_OVER, SEEN, card_of
from gateways.bindings import SavedCard

# Of what does not stand: what is awaited; what its payer removed and may take back; what the bank did not let come back.
_LEFT: Final = sql(f"""{SEEN}
   AND NOT EXISTS (SELECT FROM saved_card r WHERE r.restores = s.id)
   AND CASE WHEN s.removed_at IS NULL THEN s.rebinding IN ('intended', 'unknown')
            ELSE s.removed_at > :since AND (s.removed_by = 'payer' OR s.rebinding = 'refused') END
 ORDER BY s.id""")
_INTEND: Final = sql("""
INSERT INTO saved_card (id, client_id, order_id, restores, binding, brand, last4, expiry, consent, rebinding, due_at)
SELECT :id, client_id, :order, id, binding, brand, last4, expiry, :consent, 'intended', app_now()
  FROM saved_card WHERE id = :card AND removed_by = 'payer' AND removed_at > :since
ON CONFLICT DO NOTHING""")
_BOUND: Final = sql("""
UPDATE saved_card SET rebinding = 'done', brand = coalesce(:brand, brand), last4 = coalesce(:last4, last4),
       expiry = coalesce(:expiry, expiry), due_at = :due_at, tries = 0, lease_until = NULL
 WHERE id = :id AND token = :token AND removed_at IS NULL AND rebinding = 'unknown'""")
# To be quite sure that it pays nothing, the bank is told so once more.
_REFUSED: Final = sql("""
UPDATE saved_card SET rebinding = 'refused', removed_at = app_now(), removed_by = 'bank', unbinding = 'intended',
       due_at = app_now(), tries = 0, token = token + 1, lease_until = NULL
 WHERE id = :id AND token = :token AND removed_at IS NULL AND rebinding = 'unknown'""")
# The bank was never told to bind it: so there is nothing to tell it now, whatever becomes of the card before it.
_EXPIRE: Final = sql(f"""
UPDATE saved_card SET rebinding = 'refused', removed_at = app_now(), removed_by = 'bank', unbinding = 'done',
       unbound_at = app_now(), due_at = NULL, tries = 0, token = token + 1, lease_until = NULL
 WHERE id = ANY(ARRAY(
   SELECT id FROM saved_card WHERE due_at <= app_now() AND removed_at IS NULL AND rebinding = 'intended' AND {DAY_OVER}
    ORDER BY due_at LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED))
RETURNING id, order_id""")  # noqa: S608 - constants of this room
_REPLACED: Final = sql("SELECT 1 FROM saved_card WHERE restores = :id AND removed_at IS NULL")


async def left(tx: Tx, order_id: OrderId, merchant: str, *, since: datetime) -> list[Card]:
    """What whoever holds the order's private link may see of cards that do not pay (yet); oldest first."""
    return [card_of(row) for row in await rows(tx, _LEFT, order=order_id.uuid, merchant=merchant, since=since)]


async def intend(tx: Tx, removed: Card, order_id: OrderId, consent: str, *, since: datetime) -> CardId | None:
    """Another card in the stead of the removed one; None if there is one already, or it is too late."""
    card_id = CardId.new()
    found = {"card": removed.id.uuid, "order": order_id.uuid, "consent": consent, "since": since}
    return card_id if await run(tx, _INTEND, id=card_id.uuid, **found) else None


async def bound(tx: Tx, held: Card, shown: SavedCard, *, due_at: datetime) -> bool:
    """The bank lets it pay, and shows it like this; False if the token is old."""
    facts = {"brand": shown.brand, "last4": shown.last4, "expiry": shown.expiry}
    return await run(tx, _BOUND, id=held.id.uuid, token=held.token, due_at=due_at, **facts) == 1


async def refused(tx: Tx, held: Card) -> bool:
    """It does not come back; False if the token is old."""
    return await run(tx, _REFUSED, id=held.id.uuid, token=held.token) == 1


async def expire(tx: Tx, limit: int) -> list[tuple[CardId, OrderId]]:
    """Those that the bank was not even asked for within their day come back no more: each, and by which order it was wanted."""
    return [(CardId(row.id), OrderId(row.order_id)) for row in await rows(tx, _EXPIRE, limit=limit)]


async def replaced(tx: Tx, card_id: CardId) -> bool:
    """Whether another stands in the stead of this one."""
    return await one(tx, _REPLACED, id=card_id.uuid) is not None
