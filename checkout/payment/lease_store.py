"""Who looks at the bank for a payment: a lease, and the token under which alone a result is written."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from checkout.ground.db import Tx, one, rows, run, sql
from checkout.ground.ids import PaymentId
from checkout.payment.payment import State
from checkout.payment.store import COLUMNS, JOINED, Payment, payment
from gateways.gateway import CardFacts, Way
from gateways.money import Money

LEASE: Final = "interval '30 seconds'"  # at least twice the longest bank call plus its commit
_TAKEN: Final = """(EXISTS (SELECT 1 FROM payment other WHERE other.merchant = payment.merchant
       AND other.method = 'card' AND other.reference = :reference AND other.id <> payment.id)
    OR EXISTS (SELECT 1 FROM card_check k WHERE k.merchant = payment.merchant AND k.reference = :reference))"""
_IS_TAKEN = sql(f"SELECT {_TAKEN} AS taken FROM payment WHERE id = :id")  # noqa: S608 - constants of this file
_CLAIM = sql(f"""
WITH p AS (UPDATE payment SET token = token + 1, looks = looks + 1, lease_until = app_now() + {LEASE}
            WHERE id = :id AND method = 'card' AND (lease_until IS NULL OR lease_until < app_now()) RETURNING *)
SELECT {COLUMNS} FROM p {JOINED}""")  # noqa: S608 - constants of this file
# By a payer who came back: reloads, however many, look at the bank once in two seconds.
_CLAIM_ASKED = sql(f"""
WITH p AS (UPDATE payment SET token = token + 1, looks = looks + 1, lease_until = app_now() + {LEASE}, asked_at = app_now()
            WHERE id = :id AND method = 'card' AND (lease_until IS NULL OR lease_until < app_now())
              AND (asked_at IS NULL OR asked_at <= app_now() - interval '2 seconds') RETURNING *)
SELECT {COLUMNS} FROM p {JOINED}""")  # noqa: S608 - constants of this file
_LEASED = sql("SELECT lease_until > app_now() AS leased FROM payment WHERE id = :id")
# What is due at a bank that rests waits; while any bank is in trouble, one call at a time finds out whether it is back.
_CLAIM_DUE = sql(f"""
WITH due AS (SELECT id FROM payment WHERE due_at <= app_now() AND (lease_until IS NULL OR lease_until < app_now())
                AND NOT EXISTS (SELECT FROM gateway_breaker b WHERE b.merchant = payment.merchant AND b.retry_at > app_now())
              ORDER BY due_at
              LIMIT CASE WHEN EXISTS (SELECT FROM gateway_breaker WHERE retry_at IS NOT NULL) THEN 1 ELSE :limit END
                FOR NO KEY UPDATE SKIP LOCKED),
     p AS (UPDATE payment SET token = token + 1, looks = looks + 1, lease_until = app_now() + {LEASE}
            FROM due WHERE payment.id = due.id RETURNING payment.*)
SELECT {COLUMNS} FROM p {JOINED}""")  # noqa: S608 - constants of this file
_FENCED = sql(f"""
SELECT {COLUMNS} FROM payment p {JOINED} WHERE p.id = :id AND p.token = :token FOR NO KEY UPDATE OF p""")  # noqa: S608 - as above
_WRITE = sql(f"""
UPDATE payment SET state = :state, captured = CASE WHEN :captured THEN coalesce(hold_sum, amount) ELSE captured END,
       captured_at = CASE WHEN :captured THEN app_now() ELSE captured_at END,
       watch_at = CASE WHEN :captured THEN app_now() + interval '1 day' ELSE watch_at END,
       reference = CASE WHEN {_TAKEN} THEN reference ELSE coalesce(:reference, reference) END,
       form_url = CASE WHEN reference <> :reference THEN NULL ELSE form_url END,
       action_code = coalesce(:action_code, action_code),
       way = coalesce(:way, way), card_brand = coalesce(:brand, card_brand), card_last4 = coalesce(:last4, card_last4),
       fact_digest = coalesce(CAST(:digest AS bytea), fact_digest), missed = :missed, parked = :parked,
       lease_until = CASE WHEN :kept THEN app_now() + {LEASE} END,
       due_at = CASE WHEN EXISTS (SELECT 1 FROM callback c WHERE c.payment_id = payment.id AND c.processed_at IS NULL)
                      AND :heard THEN app_now() ELSE :due_at END
 WHERE id = :id AND token = :token""")  # noqa: S608 - constants of this file
_WAKE = sql("UPDATE payment SET due_at = least(due_at, app_now()), parked = NULL WHERE id = :id AND method = 'card'")
# The token moves on: whoever looks at the bank right now saw a payment that was in review, and writes nothing.
_ACCEPT = sql("""
UPDATE payment SET state = :state, accepted = CAST(:captured AS bigint), captured = CAST(:captured AS bigint),
       captured_at = CASE WHEN CAST(:captured AS bigint) > 0 THEN app_now() END,
       watch_at = CASE WHEN CAST(:captured AS bigint) > 0 THEN app_now() + interval '1 day' END,
       token = token + 1, lease_until = NULL, due_at = NULL, parked = NULL
 WHERE id = :id AND state = 'review'""")


async def claim(tx: Tx, payment_id: PaymentId) -> Payment | None:
    """Lease one payment under a new token; None if somebody else is looking at it."""
    row = await one(tx, _CLAIM, id=payment_id.uuid)
    return payment(row) if row else None


async def claim_asked(tx: Tx, payment_id: PaymentId) -> Payment | None:
    """As `claim`, for whoever waits at a page; None also if the bank was asked for them a moment ago."""
    row = await one(tx, _CLAIM_ASKED, id=payment_id.uuid)
    return payment(row) if row else None


async def leased(tx: Tx, payment_id: PaymentId) -> bool:
    """Whether somebody is looking at the bank for it right now."""
    row = await one(tx, _LEASED, id=payment_id.uuid)
    return bool(row and row.leased)


async def claim_due(tx: Tx, limit: int) -> list[Payment]:
    """Lease what is due, oldest first; rows that others hold are passed over."""
    return [payment(row) for row in await rows(tx, _CLAIM_DUE, limit=limit)]


async def taken(tx: Tx, payment_id: PaymentId, reference: str) -> bool:
    """Whether the bank gave this reference to another payment or card check of ours: then its answer was about that one."""
    row = await one(tx, _IS_TAKEN, id=payment_id.uuid, reference=reference)
    return bool(row and row.taken)


async def fenced(tx: Tx, held: Payment) -> Payment | None:
    """The payment, locked, if `held` still carries the newest token."""
    row = await one(tx, _FENCED, id=held.id.uuid, token=held.token)
    return payment(row) if row else None


async def write(
    tx: Tx,
    held: Payment,
    state: State,
    *,
    captured: bool = False,
    reference: str | None = None,
    action_code: int | None = None,
    card: CardFacts | None = None,
    way: Way | None = None,
    digest: bytes | None = None,
    missed: bool = False,
    due_at: datetime | None,
    parked: str | None = None,
    heard: bool = False,
    kept: bool = False,
) -> bool:
    """Write a result under the token it was fetched with; False if the token is old.

    `kept`: the lease begins anew, for whoever holds the token has still to act.
    """
    changed = await run(
        tx,
        _WRITE,
        id=held.id.uuid,
        token=held.token,
        state=state,
        captured=captured,
        reference=reference,
        action_code=action_code,
        way=way,
        brand=card.brand if card else None,
        last4=card.last4 if card else None,
        digest=digest,
        missed=missed,
        due_at=due_at,
        parked=parked,
        heard=heard,
        kept=kept,
    )
    return changed == 1


async def wake(tx: Tx, payment_id: PaymentId) -> None:
    """Let the bank be asked about it now, whatever was agreed on before."""
    await run(tx, _WAKE, id=payment_id.uuid)


async def accept(tx: Tx, payment_id: PaymentId, state: State, captured: Money) -> bool:
    """Out of review with what the bank took, as two people accepted it; False if it is in review no more."""
    return await run(tx, _ACCEPT, id=payment_id.uuid, state=state, captured=captured.amount) == 1
