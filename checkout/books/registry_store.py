"""Where the bank's registry is kept: files and lines as they came, and what they agree with."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from checkout.books.registry import Line, Operation, Tariff, learned
from checkout.ground.db import Row, Tx, one, rows, run, sql
from checkout.ground.errors import Missing
from checkout.ground.ids import OrderId, PaymentId, RefundId
from gateways.gateway import Way
from gateways.money import Money

_ALONE = sql("SELECT pg_advisory_xact_lock(hashtextextended('registry ' || :merchant, 0))")
_KNOWN_FILE = sql("SELECT id FROM registry_file WHERE merchant = :merchant AND sha256 = :sha256")
_FIRST_DAY = sql("SELECT min(first_day) AS day FROM registry_file WHERE merchant = :merchant")
_FILE = sql("""
INSERT INTO registry_file (id, merchant, template, sha256, lines, first_day, last_day, imported_by)
VALUES (:id, :merchant, :template, :sha256, :lines, :first_day, :last_day, :principal)""")
_LINES = sql("""
INSERT INTO registry_line (file_id, merchant, line_no, operation, reference, order_number, parent, currency, amount, fee, net,
                           said_at, operated_on, settled_on)
SELECT :file, :merchant, r.* FROM jsonb_to_recordset(CAST(:rows AS jsonb))
    AS r(line_no int, operation text, reference text, order_number text, parent text, currency text, amount bigint,
         fee bigint, net bigint, said_at text, operated_on date, settled_on date)
ON CONFLICT ON CONSTRAINT registry_line_once DO NOTHING RETURNING id, line_no""")
# The file's row is written last, when its days are known; its lines point to it from the start.
_LATER = sql("SET CONSTRAINTS registry_line_file_id_fkey DEFERRED")
_PAYMENTS = sql("""
WITH named AS (
  SELECT p.* FROM payment p WHERE p.id = ANY(CAST(:ids AS uuid[]))
  UNION
  SELECT p.* FROM payment p JOIN unnest(CAST(:merchants AS text[])) AS m(slug) ON p.merchant = m.slug
   WHERE p.reference = ANY(CAST(:references AS text[])))
SELECT p.id, p.order_id, p.merchant, p.reference, p.captured, o.currency, coalesce(p.way, 'card') AS way,
       EXISTS (SELECT 1 FROM registry_match x WHERE x.payment_id = p.id AND x.refund_id IS NULL) AS settled
  FROM named p JOIN orders o ON o.id = p.order_id WHERE p.method = 'card'""")
_REFUNDS = sql("""
SELECT r.id, r.payment_id, r.amount, o.operation, o.operation <> 'refund' AND c.source = 'flag' AS supposed
  FROM refund r LEFT JOIN chargeback c ON c.refund_id = r.id
  CROSS JOIN LATERAL (
    SELECT CASE r.basis WHEN 'chargeback' THEN 'chargeback' ELSE 'refund' END AS operation, false AS won
     WHERE r.state = 'done' OR c.state = 'won'
    UNION ALL SELECT 'chargeback_won', true WHERE c.state = 'won') o
 WHERE r.payment_id = ANY(CAST(:payments AS uuid[])) AND r.method = 'card'
   AND NOT EXISTS (SELECT 1 FROM registry_match x WHERE x.refund_id = r.id AND x.won = o.won)
 ORDER BY r.done_at, r.id""")
_LAST_FEE = sql("""
SELECT l.amount, l.fee FROM registry_line l JOIN registry_match m ON m.line_id = l.id JOIN payment p ON p.id = m.payment_id
 WHERE l.operation = 'payment' AND coalesce(p.way, 'card') = :way AND l.file_id = (
   SELECT f.id FROM registry_file f WHERE f.merchant = :merchant AND EXISTS (
     SELECT 1 FROM registry_line x JOIN registry_match y ON y.line_id = x.id JOIN payment q ON q.id = y.payment_id
      WHERE x.file_id = f.id AND x.operation = 'payment' AND coalesce(q.way, 'card') = :way)
    ORDER BY f.last_day DESC, f.imported_at DESC LIMIT 1)
 ORDER BY l.amount DESC LIMIT 1""")
_MATCH = sql("""
INSERT INTO registry_match (line_id, order_id, payment_id, refund_id, difference, won, matched_by)
SELECT r.*, (SELECT l.operation = 'chargeback_won' FROM registry_line l WHERE l.id = r.line_id), :principal
  FROM jsonb_to_recordset(CAST(:rows AS jsonb))
    AS r(line_id bigint, order_id uuid, payment_id uuid, refund_id uuid, difference bigint)""")
# A line that agrees ends what was open about it and about our side of it; an odd fee stays a question.
_AGREED = sql("""
UPDATE registry_break b SET state = 'cured', cure = 'agree', decided_by = :principal, decided_at = app_now()
  FROM registry_match m
 WHERE m.line_id = ANY(CAST(:lines AS bigint[])) AND b.state IN ('open', 'asked') AND b.kind <> 'fee'
   AND (b.line_id = m.line_id
        OR b.line_id IS NULL AND b.payment_id = m.payment_id AND b.refund_id IS NOT DISTINCT FROM m.refund_id)""")
_LINE = sql("SELECT * FROM registry_line WHERE id = :id")


@dataclass(frozen=True, slots=True)
class Known:
    """A payment of ours that a line may mean. `back`: what went back, or was won back, and has no line yet, oldest first."""

    id: PaymentId
    order: OrderId
    merchant: str
    reference: str | None
    captured: Money
    way: Way
    settled: bool
    back: tuple[Back, ...]


@dataclass(frozen=True, slots=True)
class Back:
    """Money that went back on a payment by our books, by way of `operation`; or, if that says so, came to us again.

    `supposed`: the sum of a chargeback that the bank's status showed without one.
    """

    id: RefundId
    amount: Money
    operation: Operation
    supposed: bool


@dataclass(frozen=True, slots=True)
class Matched:
    """A line and what it settles. `difference`: kopecks by which our sum is more, accepted by a person."""

    line: int
    order: OrderId
    payment: PaymentId
    refund: RefundId | None
    difference: int = 0


async def alone(tx: Tx, merchant: str) -> None:
    """Nobody else matches this merchant's lines until the end of the transaction."""
    await run(tx, _ALONE, merchant=merchant)


async def known_file(tx: Tx, merchant: str, sha256: bytes) -> UUID | None:
    """The import of this very file, if there was one."""
    row = await one(tx, _KNOWN_FILE, merchant=merchant, sha256=sha256)
    return row.id if row else None


async def add_file(
    tx: Tx,
    file: UUID,
    *,
    merchant: str,
    template: str,
    sha256: bytes,
    lines: int,
    days: tuple[date, date],
    principal: str,
) -> None:
    await run(
        tx,
        _FILE,
        id=file,
        merchant=merchant,
        template=template,
        sha256=sha256,
        lines=lines,
        first_day=days[0],
        last_day=days[1],
        principal=principal,
    )


async def first_day(tx: Tx, merchant: str) -> date:
    """The first day that any registry of the merchant tells of."""
    row = await one(tx, _FIRST_DAY, merchant=merchant)
    assert row is not None  # noqa: S101 - a minimum
    first: date = row.day
    return first


async def file_follows(tx: Tx) -> None:
    """Lines may come before the row of their file, in this transaction."""
    await run(tx, _LATER)


async def add_lines(tx: Tx, file: UUID, merchant: str, lines: Sequence[Line]) -> dict[int, int]:
    """Keep the lines that nobody has seen before: their ids by their number in the file."""
    values = [
        {
            "line_no": line.number,
            "operation": line.operation,
            "reference": line.reference,
            "order_number": line.order_number,
            "parent": line.parent,
            "currency": line.amount.currency,
            "amount": line.amount.amount,
            "fee": line.fee.amount,
            "net": line.net.amount,
            "said_at": line.said_at,
            "operated_on": line.operated_on.isoformat(),
            "settled_on": line.settled_on.isoformat() if line.settled_on else None,
        }
        for line in lines
    ]
    kept = await rows(tx, _LINES, file=file, merchant=merchant, rows=json.dumps(values))
    return {row.line_no: row.id for row in kept}


def line(row: Row[Any]) -> Line:
    """The line in a row of `registry_line`."""
    return Line(
        number=row.line_no,
        operation=Operation(row.operation),
        reference=row.reference,
        order_number=row.order_number,
        parent=row.parent,
        amount=Money(row.amount, row.currency),
        fee=Money(row.fee, row.currency),
        net=Money(row.net, row.currency),
        said_at=row.said_at,
        operated_on=row.operated_on,
        settled_on=row.settled_on,
    )


async def read_line(tx: Tx, line_id: int) -> Line:
    """Raises Missing."""
    row = await one(tx, _LINE, id=line_id)
    if row is None:
        raise Missing("registry_line_missing")
    return line(row)


async def payments(
    tx: Tx, numbers: Collection[PaymentId], references: Collection[str], merchants: Collection[str]
) -> list[Known]:
    """Card payments by our number, or by the bank's reference with any of our merchants."""
    found = await rows(
        tx,
        _PAYMENTS,
        ids=[number.uuid for number in numbers],
        references=list(references),
        merchants=list(merchants),
    )
    back: dict[UUID, list[Back]] = {}
    for row in await rows(tx, _REFUNDS, payments=[row.id for row in found]):
        one_back = Back(RefundId(row.id), Money(row.amount), Operation(row.operation), bool(row.supposed))
        back.setdefault(row.payment_id, []).append(one_back)
    return [
        Known(
            id=PaymentId(row.id),
            order=OrderId(row.order_id),
            merchant=row.merchant,
            reference=row.reference,
            captured=Money(row.captured, row.currency),
            way=Way(row.way),
            settled=row.settled,
            back=tuple(back.get(row.id, ())),
        )
        for row in found
    ]


async def last_tariff(tx: Tx, merchant: str, way: Way) -> Tariff | None:
    """What the merchant's newest registry with payments by this way was charged by: learned from the largest of them."""
    row = await one(tx, _LAST_FEE, merchant=merchant, way=way)
    return learned(row.amount, row.fee) if row else None


async def match(tx: Tx, matched: Sequence[Matched], *, principal: str) -> None:
    """Append what agrees, and end what was open about it."""
    if not matched:
        return
    values = [
        {
            "line_id": each.line,
            "order_id": str(each.order.uuid),
            "payment_id": str(each.payment.uuid),
            "refund_id": str(each.refund.uuid) if each.refund else None,
            "difference": each.difference,
        }
        for each in matched
    ]
    await run(tx, _MATCH, rows=json.dumps(values), principal=principal)
    await run(tx, _AGREED, lines=[each.line for each in matched], principal=principal)
