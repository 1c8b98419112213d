"""Where the bank's words on payments are kept (facts, append-only), and its doorbell (callbacks)."""

from __future__ import annotations

import hashlib

from checkout.ground.db import Tx, one, run, sql
from checkout.ground.ids import PaymentId
from checkout.payment.lease_store import LEASE
from checkout.payment.store import Payment
from gateways.gateway import BankOrder, Notice

# A fact and what it says went back: a refund made at the bank without us is found by a look at the payment alone. So is a
# chargeback: the flag stays on for ever, so once it is booked it says nothing new.
_FACT = sql("""
WITH said AS (UPDATE payment SET bank_gone = CASE WHEN :status = 'reversed' THEN captured ELSE :refunded END,
                     dispute = CASE WHEN :chargeback AND dispute IS NULL THEN 'flagged' ELSE dispute END
               WHERE id = :payment_id)
INSERT INTO gateway_fact (payment_id, reference, status, currency, amount, approved, deposited, refunded, action_code, sealed)
VALUES (:payment_id, :reference, :status, :currency, :amount, :approved, :deposited, :refunded, :action_code, :sealed)
RETURNING id""")
_LAST_FACT = sql("SELECT id FROM gateway_fact WHERE payment_id = :id ORDER BY id DESC LIMIT 1")
_CALLBACK = sql("""
WITH rung AS (
  INSERT INTO callback (digest, merchant, payment_id, operation, succeeded, signed, sealed)
  VALUES (:digest, :merchant, :payment_id, :operation, :succeeded, :signed, :sealed)
  ON CONFLICT (digest) DO NOTHING RETURNING payment_id)
UPDATE payment SET due_at = least(due_at, app_now()) FROM rung WHERE payment.id = rung.payment_id RETURNING payment.id""")
# Only what had rung before this look began (a claim leases for 30 seconds) is answered by it.
_ANSWERED = sql(f"""
UPDATE callback SET processed_at = app_now() FROM payment p
 WHERE callback.payment_id = p.id AND p.id = :id AND callback.processed_at IS NULL
   AND callback.received_at <= p.lease_until - {LEASE}""")  # noqa: S608 - a constant of this file
_RUNG = sql("SELECT 1 FROM callback WHERE payment_id = :id AND processed_at IS NULL LIMIT 1")


def fact_digest(fact: BankOrder) -> bytes:
    """Equal for equal words of the bank: a repeated look adds no row."""
    parts = (fact.reference, fact.status, fact.amount, fact.approved, fact.deposited, fact.refunded, fact.action_code)
    said = (*parts, "chargeback") if fact.chargeback else parts
    return hashlib.sha256(repr(said).encode()).digest()


async def add_fact(tx: Tx, payment_id: PaymentId, fact: BankOrder, sealed: bytes | None) -> int:
    """Keep what the bank said; the id is what a capture rests on."""
    row = await one(
        tx,
        _FACT,
        payment_id=payment_id.uuid,
        reference=fact.reference,
        status=fact.status,
        currency=fact.amount.currency,
        amount=fact.amount.amount,
        approved=fact.approved.amount,
        deposited=fact.deposited.amount,
        refunded=fact.refunded.amount,
        action_code=fact.action_code,
        chargeback=fact.chargeback,
        sealed=sealed,
    )
    assert row is not None  # noqa: S101 - an insert that returns
    return int(row.id)


async def last_fact(tx: Tx, payment_id: PaymentId) -> int | None:
    row = await one(tx, _LAST_FACT, id=payment_id.uuid)
    return int(row.id) if row else None


async def ring(tx: Tx, target: Payment, notice: Notice, *, digest: bytes, sealed: bytes | None) -> bool:
    """Keep a callback and wake its payment; False for one that was kept before."""
    row = await one(
        tx,
        _CALLBACK,
        digest=digest,
        merchant=target.merchant,
        payment_id=target.id.uuid,
        operation=notice.operation,
        succeeded=notice.succeeded,
        signed=notice.signed,
        sealed=sealed,
    )
    return row is not None


async def callbacks_answered(tx: Tx, payment_id: PaymentId) -> None:
    await run(tx, _ANSWERED, id=payment_id.uuid)


async def rung(tx: Tx, payment_id: PaymentId) -> bool:
    """Whether the bank rang and nobody has looked since."""
    return await one(tx, _RUNG, id=payment_id.uuid) is not None
