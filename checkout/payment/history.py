"""What happened to an order, newest first: our events, each with what the bank said at that moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from checkout.ground.crypto import Vault
from checkout.ground.db import Row, Tx, one, rows, sql
from checkout.ground.errors import Missing
from checkout.ground.ids import OrderId, PersonId
from checkout.privacy.store import open_sealed
from gateways.money import Money

# A fact is written in the transaction of the event that follows from it, so both carry its time.
_EVENTS = sql("""
SELECT e.seq, e.at, e.subject, e.subject_id, e.kind, e.from_state, e.to_state, e.principal, e.data,
       CASE e.subject WHEN 'payment' THEN e.subject_id WHEN 'refund' THEN r.payment_id END AS payment_id, f.id AS fact_id
  FROM event e LEFT JOIN refund r ON e.subject = 'refund' AND r.id = e.subject_id
  LEFT JOIN LATERAL (SELECT max(id) AS id FROM gateway_fact WHERE at = e.at
     AND payment_id = CASE e.subject WHEN 'payment' THEN e.subject_id ELSE r.payment_id END) f ON true
 WHERE e.order_id = :order ORDER BY e.seq DESC""")
_WORDS = sql("""
SELECT f.id, f.at, f.payment_id, f.status, f.amount, f.approved, f.deposited, f.refunded, f.currency, f.action_code,
       f.sealed IS NOT NULL AS kept
  FROM gateway_fact f JOIN payment p ON p.id = f.payment_id WHERE p.order_id = :order ORDER BY f.id DESC""")
_RAW = sql("""
SELECT f.sealed, f.at, per.data_key, o.payer_id FROM gateway_fact f JOIN payment p ON p.id = f.payment_id
  JOIN orders o ON o.id = p.order_id JOIN person per ON per.id = o.payer_id
 WHERE f.id = :id AND p.order_id = :order""")


@dataclass(frozen=True, slots=True)
class Happened:
    """One event. `payment_id`: the payment it is about, if any; `fact_id`: what the bank said then."""

    seq: int
    at: datetime
    subject: str
    subject_id: UUID
    kind: str
    from_state: str | None
    to_state: str | None
    principal: str
    data: Mapping[str, Any]
    payment_id: UUID | None
    fact_id: int | None


@dataclass(frozen=True, slots=True)
class Said:
    """The bank's word on one of the order's payments. `kept`: whether its raw text is there to be opened."""

    id: int
    at: datetime
    payment_id: UUID
    status: str
    amount: Money
    approved: Money
    deposited: Money
    refunded: Money
    action_code: int | None
    kept: bool


async def events(tx: Tx, order_id: OrderId) -> list[Happened]:
    """Newest first; never empty: it begins with being placed."""
    return [_happened(row) for row in await rows(tx, _EVENTS, order=order_id.uuid)]


def _happened(row: Row[Any]) -> Happened:
    return Happened(
        seq=row.seq,
        at=row.at,
        subject=row.subject,
        subject_id=row.subject_id,
        kind=row.kind,
        from_state=row.from_state,
        to_state=row.to_state,
        principal=row.principal,
        data=row.data or {},
        payment_id=row.payment_id,
        fact_id=row.fact_id,
    )


async def said(tx: Tx, order_id: OrderId) -> list[Said]:
    """What the bank said of the order's payments, newest first."""
    return [
        Said(
            id=row.id,
            at=row.at,
            payment_id=row.payment_id,
            status=row.status,
            amount=Money(row.amount, row.currency),
            approved=Money(row.approved, row.currency),
            deposited=Money(row.deposited, row.currency),
            refunded=Money(row.refunded, row.currency),
            action_code=row.action_code,
            kept=row.kept,
        )
        for row in await rows(tx, _WORDS, order=order_id.uuid)
    ]


async def raw(tx: Tx, vault: Vault, order_id: OrderId, fact_id: int) -> str:
    """The bank's very words. Raises Missing: no such record of this order, or its payer was erased."""
    row = await one(tx, _RAW, id=fact_id, order=order_id.uuid)
    if row is None or row.sealed is None:
        raise Missing("record_missing")
    payer_id = PersonId(row.payer_id)
    found = open_sealed(vault, payer_id, row.data_key, row.sealed, place=f"payload/{payer_id}")
    if found is None:
        raise Missing("record_missing")
    return found
