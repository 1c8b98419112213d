"""Where saved cards are kept, whose they are at the bank, and which orders proved their contact."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from checkout.ground.db import Row, Tx, one, rows, run, sql
from checkout.ground.ids import CardId, ClientId, OrderId, PaymentId
from checkout.payment.card import RESTORABLE, Card, Rebinding, Unbinding
from checkout.payment.payment import LIVE
from gateways.bindings import Binding, SavedCard
from gateways.gateway import CardFacts

CARD: Final = "s.*, c.merchant FROM saved_card s JOIN card_client c ON c.id = s.client_id"
_LEASE: Final = "interval '60 seconds'"  # longer than two calls to the bank
DAY_OVER: Final = (
    f"saved_at <= app_now() - interval '{RESTORABLE.total_seconds():.0f} seconds'"  # of what was wanted back
)
# Those that this very order saved; once its contact is proven, all that were saved under the same phone and e-mail.
SEEN: Final = f"""
WITH this AS MATERIALIZED (
  SELECT o.id, p.phone_index, p.email_index, EXISTS (SELECT FROM contact_proof x WHERE x.order_id = o.id) AS proven
    FROM orders o JOIN person p ON p.id = o.payer_id AND p.erased_at IS NULL WHERE o.id = :order),
mine AS MATERIALIZED (
  SELECT s.id FROM this JOIN saved_card s ON s.order_id = this.id
  UNION
  SELECT s.id FROM this JOIN card_client c ON this.proven AND c.merchant = :merchant
     AND c.phone_index = this.phone_index AND c.email_index = this.email_index
    JOIN saved_card s ON s.client_id = c.id)
SELECT {CARD} JOIN mine ON mine.id = s.id WHERE c.merchant = :merchant"""  # noqa: S608 - a constant of this file
_STANDING: Final = sql(f"{SEEN} AND s.removed_at IS NULL ORDER BY s.id")
_USABLE: Final = sql(f"{SEEN} AND s.removed_at IS NULL AND coalesce(s.rebinding, 'done') = 'done' ORDER BY s.id")
_CLIENT: Final = sql("""
INSERT INTO card_client (id, merchant, phone_index, email_index, order_id)
SELECT :id, :merchant, p.phone_index, p.email_index,
       CASE WHEN EXISTS (SELECT FROM contact_proof x WHERE x.order_id = o.id) THEN NULL ELSE o.id END
  FROM orders o JOIN person p ON p.id = o.payer_id AND p.erased_at IS NULL WHERE o.id = :order
ON CONFLICT DO NOTHING""")
_ITS_CLIENT: Final = sql("""
SELECT c.id FROM orders o JOIN person p ON p.id = o.payer_id AND p.erased_at IS NULL
  JOIN card_client c ON c.merchant = :merchant AND c.phone_index = p.phone_index AND c.email_index = p.email_index
   AND c.order_id IS NOT DISTINCT FROM
       CASE WHEN EXISTS (SELECT FROM contact_proof x WHERE x.order_id = o.id) THEN NULL ELSE o.id END
 WHERE o.id = :order""")
_KEEP: Final = sql("""
INSERT INTO saved_card (id, client_id, order_id, payment_id, binding, brand, last4, expiry, consent, due_at)
SELECT :id, c.client_id, p.order_id, p.id, :binding, :brand, :last4, :expiry, c.consent, :due_at
  FROM payment p JOIN payment_card c ON c.payment_id = p.id WHERE p.id = :payment
   AND (:anew OR NOT EXISTS (SELECT FROM saved_card s WHERE s.client_id = c.client_id AND s.binding = :binding))
ON CONFLICT DO NOTHING RETURNING id""")
# Whoever asks the bank about it right now writes nothing, for they asked about a card that stood; that they are done is waited
# for, since they may be binding it.
_REMOVE: Final = sql("""
UPDATE saved_card SET removed_at = app_now(), removed_by = :by, unbinding = 'intended', due_at = app_now(), tries = 0,
       token = token + 1, lease_until = CASE WHEN :asked THEN NULL ELSE lease_until END
 WHERE id = :id AND removed_at IS NULL""")
_OF_BINDING: Final = sql(f"""
SELECT {CARD} WHERE c.merchant = :merchant AND s.binding = :binding AND s.removed_at IS NULL""")
_OF_CLIENT: Final = sql(f"SELECT {CARD} WHERE s.client_id = :client ORDER BY s.id")
_OFF_BEFORE: Final = sql("""
SELECT 1 FROM saved_card WHERE client_id = :client AND binding = :binding AND removed_at IS NOT NULL LIMIT 1""")
_READ: Final = sql(f"SELECT {CARD} WHERE s.id = :id")
_WAKE: Final = sql("UPDATE saved_card SET due_at = least(due_at, app_now()) WHERE id = :id AND removed_at IS NULL")
# What is due of a bank that rests waits, and so does a card that is wanted back until the bank has let go of the one before it;
# once its day is over it is claimed no more.
# A card that is about to be told of, either way: from here on the bank may have heard.
_CLAIM: Final = sql(f"""
WITH due AS (SELECT s.id FROM saved_card s JOIN card_client c ON c.id = s.client_id
              WHERE s.due_at <= app_now() AND (s.lease_until IS NULL OR s.lease_until < app_now())
                AND NOT EXISTS (SELECT FROM gateway_breaker b WHERE b.merchant = c.merchant AND b.retry_at > app_now())
                AND NOT (s.removed_at IS NULL AND s.rebinding IS NOT DISTINCT FROM 'intended' AND (s.{DAY_OVER} OR EXISTS (
                  SELECT FROM saved_card o WHERE o.client_id = s.client_id AND o.binding = s.binding AND o.id <> s.id
                     AND o.unbound_at IS NULL)))
              ORDER BY s.due_at LIMIT 1 FOR NO KEY UPDATE OF s SKIP LOCKED),
     leased AS (UPDATE saved_card s SET token = s.token + 1, tries = s.tries + 1,
                       lease_until = app_now() + {_LEASE},
                       unbinding = CASE WHEN s.removed_at IS NULL THEN NULL ELSE 'unknown' END,
                       rebinding = CASE WHEN s.removed_at IS NULL AND s.rebinding = 'intended' THEN 'unknown'
                                        ELSE s.rebinding END
                  FROM due WHERE s.id = due.id RETURNING s.*)
SELECT {CARD.replace("saved_card s", "leased s")}""")  # noqa: S608 - as above
_HOLD: Final = sql(f"""
UPDATE saved_card SET lease_until = app_now() + {_LEASE} WHERE id = :id AND token = :token""")  # noqa: S608 - as above
_UNBOUND: Final = sql("""
UPDATE saved_card SET unbinding = 'done', unbound_at = app_now(), due_at = NULL, lease_until = NULL
 WHERE id = :id AND token = :token AND unbinding IS NOT NULL AND unbinding <> 'done'""")
_AGAIN: Final = sql("""
UPDATE saved_card SET unbinding = CASE WHEN removed_at IS NULL THEN NULL ELSE CAST(:unbinding AS text) END,
       due_at = :due_at, lease_until = NULL
 WHERE id = :id AND token = :token""")
_SEEN: Final = sql("""
UPDATE saved_card SET brand = coalesce(:brand, brand), last4 = coalesce(:last4, last4), expiry = coalesce(:expiry, expiry),
       due_at = CASE WHEN removed_at IS NULL THEN CAST(:due_at AS timestamptz) ELSE due_at END, tries = 0, lease_until = NULL
 WHERE id = :id AND token = :token""")
_LIVE: Final = sql("""
SELECT p.id FROM payment_card t JOIN payment p ON p.id = t.payment_id
 WHERE t.card_id = :card AND p.state = ANY(CAST(:live AS text[]))""")
_PROVE: Final = sql("INSERT INTO contact_proof (order_id, channel) VALUES (:order, :channel) ON CONFLICT DO NOTHING")
_PROVEN: Final = sql("SELECT 1 FROM contact_proof WHERE order_id = :order")


def card_of(row: Row[Any]) -> Card:
    """The card in a row of `CARD`."""
    return Card(
        id=CardId(row.id),
        client=ClientId(row.client_id),
        merchant=row.merchant,
        order_id=OrderId(row.order_id),
        binding=row.binding,
        brand=row.brand,
        last4=row.last4,
        expiry=row.expiry,
        consent=row.consent,
        saved_at=row.saved_at,
        removed_at=row.removed_at,
        removed_by=row.removed_by,
        unbinding=None if row.unbinding is None else Unbinding(row.unbinding),
        restores=CardId(row.restores) if row.restores else None,
        rebinding=None if row.rebinding is None else Rebinding(row.rebinding),
        tries=row.tries,
        token=row.token,
    )


async def usable(tx: Tx, order_id: OrderId, merchant: str) -> list[Card]:
    """The cards that whoever holds the order's private link may see, use and remove; oldest first."""
    return [card_of(row) for row in await rows(tx, _USABLE, order=order_id.uuid, merchant=merchant)]


async def standing(tx: Tx, order_id: OrderId, merchant: str) -> list[Card]:
    """As `usable`, and what may not pay yet: those that are to be restored."""
    return [card_of(row) for row in await rows(tx, _STANDING, order=order_id.uuid, merchant=merchant)]


async def client(tx: Tx, order_id: OrderId, merchant: str) -> ClientId | None:
    """Under whose number the order's payer may save a card; None once the payer is erased."""
    await run(tx, _CLIENT, id=ClientId.new().uuid, merchant=merchant, order=order_id.uuid)
    row = await one(tx, _ITS_CLIENT, merchant=merchant, order=order_id.uuid)
    return ClientId(row.id) if row else None


async def keep(
    tx: Tx, payment_id: PaymentId, binding: Binding, card: CardFacts | None, *, due_at: datetime, anew: bool
) -> CardId | None:
    """The card that paid, as its payment says; None if it is there already, or is just being unbound.

    `anew`: also if it was there once, and was removed.
    """
    row = await one(
        tx,
        _KEEP,
        id=CardId.new().uuid,
        payment=payment_id.uuid,
        binding=binding.id,
        brand=card.brand if card else None,
        last4=card.last4 if card else None,
        expiry=card.expiry if card else None,
        due_at=due_at,
        anew=anew,
    )
    return CardId(row.id) if row else None


async def remove(tx: Tx, card_id: CardId, by: str, *, asked: bool = False) -> bool:
    """From now on it pays nothing, and the bank is to be told; False if it was removed before.

    `asked`: by whoever has asked the bank about it, and is done with that.
    """
    return await run(tx, _REMOVE, id=card_id.uuid, by=by, asked=asked) == 1


async def of_binding(tx: Tx, merchant: str, binding: str) -> list[Card]:
    """Those that stand, of the merchant, by the bank's id."""
    return [card_of(row) for row in await rows(tx, _OF_BINDING, merchant=merchant, binding=binding)]


async def was_off(tx: Tx, held: Card) -> bool:
    """Whether the bank's id of it was switched off before: what the bank rings about that may come late."""
    return await one(tx, _OFF_BEFORE, client=held.client.uuid, binding=held.binding) is not None


async def of_client(tx: Tx, client_id: ClientId) -> list[Card]:
    """All that were ever saved under this number, the removed ones included; oldest first."""
    return [card_of(row) for row in await rows(tx, _OF_CLIENT, client=client_id.uuid)]


async def read(tx: Tx, card_id: CardId) -> Card:
    row = await one(tx, _READ, id=card_id.uuid)
    assert row is not None  # noqa: S101 - cards are never deleted
    return card_of(row)


async def wake(tx: Tx, card_id: CardId) -> None:
    """Let the bank be asked about it now."""
    await run(tx, _WAKE, id=card_id.uuid)


async def claim(tx: Tx) -> Card | None:
    """Lease the oldest that is due under a new token; None if nothing is."""
    row = await one(tx, _CLAIM)
    return card_of(row) if row else None


async def hold(tx: Tx, held: Card) -> bool:
    """Keep the lease from now on, right before the bank is told; False if somebody else has it by now: then nothing is told."""
    return await run(tx, _HOLD, id=held.id.uuid, token=held.token) == 1


async def unbound(tx: Tx, held: Card) -> bool:
    """The bank lets it pay no more; False if the token is old."""
    return await run(tx, _UNBOUND, id=held.id.uuid, token=held.token) == 1


async def again(tx: Tx, held: Card, unbinding: Unbinding, *, due_at: datetime) -> None:
    """No word, or a no; of a card that stands only that the bank is asked again then."""
    await run(tx, _AGAIN, id=held.id.uuid, token=held.token, unbinding=unbinding, due_at=due_at)


async def live_payments(tx: Tx, card_id: CardId) -> list[PaymentId]:
    """Those that may still be paid by this card."""
    return [PaymentId(row.id) for row in await rows(tx, _LIVE, card=card_id.uuid, live=list(LIVE))]


async def seen(tx: Tx, held: Card, shown: SavedCard, *, due_at: datetime) -> bool:
    """The bank has it still, and shows it like this; False if the token is old."""
    facts = {"brand": shown.brand, "last4": shown.last4, "expiry": shown.expiry}
    return await run(tx, _SEEN, id=held.id.uuid, token=held.token, due_at=due_at, **facts) == 1


async def prove(tx: Tx, order_id: OrderId, channel: str) -> None:
    """The order's payer has typed the code that was sent there."""
    await run(tx, _PROVE, order=order_id.uuid, channel=channel)


async def proven(tx: Tx, order_id: OrderId) -> bool:
    return await one(tx, _PROVEN, order=order_id.uuid) is not None
