"""Where the breaks between the bank's registry and our books are kept: found, counted, looked at again, decided."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from ulid import ULID

from checkout.books.registry import JUDGED_AGAIN, Cure, Kind, Line, Operation, State
from checkout.books.registry_store import Known, line
from checkout.ground.db import Row, Tx, one, rows, run, sql
from checkout.ground.errors import Missing
from checkout.ground.ids import OrderId, PaymentId, RefundId
from gateways.money import Money

_BREAKS = sql("""
INSERT INTO registry_break (id, kind, merchant, line_id, order_id, payment_id)
SELECT r.id, r.kind, :merchant, r.line_id, r.order_id, r.payment_id FROM jsonb_to_recordset(CAST(:rows AS jsonb))
    AS r(id uuid, kind text, line_id bigint, order_id uuid, payment_id uuid)
ON CONFLICT DO NOTHING""")
_ENDED = sql("""
UPDATE registry_break SET state = 'cured', cure = 'agree', decided_by = :principal, decided_at = app_now()
 WHERE line_id = :line AND kind <> :kind AND kind <> 'fee' AND state IN ('open', 'asked')""")
# A payment that was undone the same day never reaches the registry; one whose line is disputed is not missing.
_MISSING_PAYMENTS = sql("""
INSERT INTO registry_break (id, kind, merchant, order_id, payment_id)
SELECT gen_random_uuid(), 'missing_at_bank', p.merchant, p.order_id, p.id FROM payment p
 WHERE p.merchant = :merchant AND p.method = 'card' AND p.captured > 0
   AND p.captured_at >= CAST(:since AS timestamptz) AND p.captured_at < CAST(:until AS timestamptz)
   AND NOT EXISTS (SELECT 1 FROM registry_match m WHERE m.payment_id = p.id AND m.refund_id IS NULL)
   AND NOT EXISTS (SELECT 1 FROM registry_break b WHERE b.payment_id = p.id AND b.kind = 'amount')
   AND NOT EXISTS (SELECT 1 FROM refund r WHERE r.payment_id = p.id AND r.state = 'done' AND r.amount = p.captured
                      AND (r.done_at AT TIME ZONE :zone)::date = (p.captured_at AT TIME ZONE :zone)::date)
ON CONFLICT DO NOTHING""")
_MISSING_REFUNDS = sql("""
INSERT INTO registry_break (id, kind, merchant, order_id, payment_id, refund_id)
SELECT gen_random_uuid(), 'refund_missing', p.merchant, r.order_id, p.id, r.id FROM refund r JOIN payment p ON p.id = r.payment_id
 WHERE p.merchant = :merchant AND r.method = 'card' AND r.state = 'done'
   AND r.done_at >= CAST(:since AS timestamptz) AND r.done_at < CAST(:until AS timestamptz)
   AND NOT EXISTS (SELECT 1 FROM registry_match m WHERE m.refund_id = r.id)
   AND NOT EXISTS (SELECT 1 FROM registry_break b WHERE b.payment_id = p.id AND b.kind = 'amount' AND b.line_id IS NOT NULL)
   AND NOT (r.amount = p.captured AND (r.done_at AT TIME ZONE :zone)::date = (p.captured_at AT TIME ZONE :zone)::date)
ON CONFLICT DO NOTHING""")
_JUDGED_AGAIN = sql("""
SELECT l.*, b.kind FROM registry_break b JOIN registry_line l ON l.id = b.line_id
 WHERE b.merchant = :merchant AND b.state IN ('open', 'asked') AND b.kind = ANY(CAST(:kinds AS text[]))
   AND l.id > :after ORDER BY l.id LIMIT :limit""")
_TROUBLED = sql("""
SELECT DISTINCT merchant FROM registry_break
 WHERE state IN ('open', 'asked') AND line_id IS NOT NULL AND kind = ANY(CAST(:kinds AS text[]))""")
_OUR_PAYMENT = sql("""
SELECT p.captured AS amount, o.currency, CAST(NULL AS uuid) AS refund_id FROM payment p JOIN orders o ON o.id = p.order_id
 WHERE p.id = :payment""")
_OUR_REFUND = sql("""
SELECT r.amount, o.currency, r.id AS refund_id FROM refund r JOIN orders o ON o.id = r.order_id
  LEFT JOIN chargeback c ON c.refund_id = r.id
 WHERE r.payment_id = :payment AND NOT EXISTS (SELECT 1 FROM registry_match m WHERE m.refund_id = r.id AND m.won = :won)
   AND CASE WHEN :won THEN c.state = 'won'
            ELSE (r.state = 'done' OR c.state = 'won') AND (r.basis = 'chargeback') = :charged_back END
 ORDER BY r.done_at, r.id LIMIT 1""")
_TAKEN_BACK = sql("""
UPDATE registry_break SET state = 'cured', cure = 'agree', decided_by = :principal, decided_at = app_now()
 WHERE refund_id = :refund AND line_id IS NULL AND state IN ('open', 'asked')""")
_COUNT = sql("""
SELECT b.kind, count(*) AS number FROM registry_break b LEFT JOIN registry_line l ON l.id = b.line_id
 WHERE b.merchant = :merchant AND (l.file_id = :file OR b.found_at = app_now()) AND b.state IN ('open', 'asked')
 GROUP BY b.kind""")
_BREAK: Final = "SELECT b.* FROM registry_break b WHERE b.id = :id"
_READ = sql(_BREAK)
_LOCK = sql(f"{_BREAK} FOR NO KEY UPDATE")
_DECIDE = sql("""
UPDATE registry_break SET state = :state, cure = :cure, note = coalesce(:note, note), decided_by = :principal,
       decided_at = app_now()
 WHERE id = :id AND state = :before""")


@dataclass(frozen=True, slots=True)
class Break:
    """One disagreement as it is kept."""

    id: UUID
    kind: Kind
    state: State
    merchant: str
    line: int | None
    order: OrderId | None
    payment: PaymentId | None
    refund: RefundId | None
    found_at: datetime
    cure: Cure | None
    note: str | None


async def add_breaks(tx: Tx, merchant: str, found: Mapping[int, tuple[Kind, Known | None]]) -> None:
    """Append breaks of lines, by the line's id; one that was found before stays as it is."""
    if not found:
        return
    values = [
        {
            "id": str(ULID().to_uuid()),
            "kind": kind,
            "line_id": line_id,
            "order_id": str(known.order.uuid) if known else None,
            "payment_id": str(known.id.uuid) if known else None,
        }
        for line_id, (kind, known) in found.items()
    ]
    await run(tx, _BREAKS, merchant=merchant, rows=json.dumps(values))


async def end_others(tx: Tx, line_id: int, kind: Kind, *, principal: str) -> None:
    """The line disagrees in another way now: the old question is none any more."""
    await run(tx, _ENDED, line=line_id, kind=kind, principal=principal)


async def find_missing(
    tx: Tx, merchant: str, *, since: datetime, payments_until: datetime, refunds_until: datetime, zone: str
) -> None:
    """Payments and refunds of ours since then that no line names."""
    await run(tx, _MISSING_PAYMENTS, merchant=merchant, since=since, until=payments_until, zone=zone)
    await run(tx, _MISSING_REFUNDS, merchant=merchant, since=since, until=refunds_until, zone=zone)


async def count_breaks(tx: Tx, merchant: str, file: UUID) -> dict[Kind, int]:
    """Open breaks of a file that is imported in this very transaction, by kind."""
    return {Kind(row.kind): row.number for row in await rows(tx, _COUNT, merchant=merchant, file=file)}


async def taken_back(tx: Tx, refund_id: RefundId, *, principal: str) -> None:
    """Our books do not say any more that this money went back: that no line names it is no question now."""
    await run(tx, _TAKEN_BACK, refund=refund_id.uuid, principal=principal)


async def troubled(tx: Tx) -> list[str]:
    """Merchants with lines that another look at our books may settle."""
    return [row.merchant for row in await rows(tx, _TROUBLED, kinds=list(JUDGED_AGAIN))]


async def to_judge_again(tx: Tx, merchant: str, *, after: int, limit: int) -> list[tuple[int, Line, Kind]]:
    """Lines after this one whose break may be over, by id, with what it was."""
    found = await rows(tx, _JUDGED_AGAIN, merchant=merchant, kinds=list(JUDGED_AGAIN), after=after, limit=limit)
    return [(row.id, line(row), Kind(row.kind)) for row in found]


async def our_side(tx: Tx, payment: PaymentId, meant: Line) -> tuple[RefundId | None, Money]:
    """What a line that differs in its sum is about with us: the payment itself, or the oldest refund without a line."""
    if meant.operation is Operation.PAYMENT:
        row = await one(tx, _OUR_PAYMENT, payment=payment.uuid)
    else:
        charged_back, won = meant.operation is Operation.CHARGEBACK, meant.operation is Operation.CHARGEBACK_WON
        row = await one(tx, _OUR_REFUND, payment=payment.uuid, charged_back=charged_back, won=won)
    if row is None:
        raise Missing("refund_missing")
    return RefundId(row.refund_id) if row.refund_id else None, Money(row.amount, row.currency)


def _break(row: Row[Any]) -> Break:
    return Break(
        id=row.id,
        kind=Kind(row.kind),
        state=State(row.state),
        merchant=row.merchant,
        line=row.line_id,
        order=OrderId(row.order_id) if row.order_id else None,
        payment=PaymentId(row.payment_id) if row.payment_id else None,
        refund=RefundId(row.refund_id) if row.refund_id else None,
        found_at=row.found_at,
        cure=Cure(row.cure) if row.cure in set(Cure) else None,
        note=row.note,
    )


async def read(tx: Tx, break_id: UUID, *, lock: bool = False) -> Break:
    """Raises Missing."""
    row = await one(tx, _LOCK if lock else _READ, id=break_id)
    if row is None:
        raise Missing("break_missing")
    return _break(row)


async def decide(tx: Tx, held: Break, state: State, cure: str, *, principal: str, note: str | None) -> bool:
    """Guarded by the state it was read in; False if somebody was quicker."""
    changed = await run(
        tx, _DECIDE, id=held.id, before=held.state, state=state, cure=cure, note=note, principal=principal
    )
    return changed == 1
