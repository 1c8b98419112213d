"""That a payment by a saved card was pressed: written once, before the bank is told to charge it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from checkout.ground.db import Tx, one, sql
from checkout.ground.ids import PaymentId
from gateways.one_press import Press

# A removal that is under way is waited for, and then seen: its card is not pressed.
_PRESS: Final = sql("""
WITH card AS MATERIALIZED (
  SELECT s.id, s.binding FROM payment_card t JOIN saved_card s ON s.id = t.card_id
   WHERE t.payment_id = :payment AND s.removed_at IS NULL AND s.consent = ANY(CAST(:consents AS text[])) FOR SHARE OF s)
UPDATE payment_card t SET pressed_at = app_now() FROM card, payment p
 WHERE t.payment_id = :payment AND t.card_id = card.id AND t.pressed_at IS NULL
   AND p.id = t.payment_id AND p.state = 'pending' AND p.reference IS NOT NULL
RETURNING card.binding, p.reference""")


async def press(tx: Tx, payment_id: PaymentId, *, consents: Collection[str], address: str) -> Press | None:
    """What the bank is to be told, for a payer at this address; the card was saved under one of these words.

    None: it was pressed before, the payment is not open, or the card is not to be charged like this (any more).
    """
    row = await one(tx, _PRESS, payment=payment_id.uuid, consents=list(consents))
    return None if row is None else Press(row.reference, str(payment_id), row.binding, address)
