"""Where the bank's registry is kept: files and lines as they came, what they agree with, and what they do not."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from ulid import ULID

from checkout.books.registry import JUDGED_AGAIN, Cure, Kind, Line, Operation, State, Tariff, learned
from checkout.ground.db import Row, Tx, one, rows, run, sql
from checkout.ground.errors import Missing
from checkout.ground.ids import OrderId, PaymentId, RefundId
from gateways.money import Money

_ALONE = sql("SELECT pg_advisory_xact_lock(hashtextextended('registry ' || :merchant, 0))")
_KNOWN_FILE = sql("SELECT id FROM registry_file WHERE merchant = :merchant AND sha256 = :sha256")
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
SELECT p.id, p.order_id, p.merchant, p.reference, p.captured, o.currency,
       EXISTS (SELECT 1 FROM registry_match x WHERE x.payment_id = p.id AND x.refund_id IS NULL) AS settled
  FROM named p JOIN orders o ON o.id = p.order_id WHERE p.method = 'card'""")
_REFUNDS = sql("""
SELECT r.id, r.payment_id, r.amount, r.basis = 'chargeback' AS charged_back FROM refund r
 WHERE r.payment_id = ANY(CAST(:payments AS uuid[])) AND r.state = 'done' AND r.method = 'card'
   AND NOT EXISTS (SELECT 1 FROM registry_match x WHERE x.refund_id = r.id)
 ORDER BY r.done_at, r.id""")
_LAST_FEE = sql("""
SELECT l.amount, l.fee FROM registry_line l JOIN registry_match m ON m.line_id = l.id
 WHERE l.operation = 'payment' AND l.file_id = (
   SELECT f.id FROM registry_file f WHERE f.merchant = :merchant AND EXISTS (
     SELECT 1 FROM registry_line x JOIN registry_match y ON y.line_id = x.id
      WHERE x.file_id = f.id AND x.operation = 'payment')
    ORDER BY f.last_day DESC, f.imported_at DESC LIMIT 1)
 ORDER BY l.amount DESC LIMIT 1""")
_MATCH = sql("""
INSERT INTO registry_match (line_id, order_id, payment_id, refund_id, difference, matched_by)
SELECT r.*, :principal FROM jsonb_to_recordset(CAST(:rows AS jsonb))
    AS r(line_id bigint, order_id uuid, payment_id uuid, refund_id uuid, difference bigint)""")
_BREAKS = sql("""
INSERT INTO registry_break (id, kind, merchant, line_id, order_id, payment_id)
SELECT r.id, r.kind, :merchant, r.line_id, r.order_id, r.payment_id FROM jsonb_to_recordset(CAST(:rows AS jsonb))
    AS r(id uuid, kind text, line_id bigint, order_id uuid, payment_id uuid)
ON CONFLICT DO NOTHING""")
# A line that agrees ends what was open about it and about our side of it; an odd fee stays a question.
_AGREED = sql("""
UPDATE registry_break b SET state = 'cured', cure = 'agree', decided_by = :principal, decided_at = app_now()
  FROM registry_match m
 WHERE m.line_id = ANY(CAST(:lines AS bigint[])) AND b.state IN ('open', 'asked') AND b.kind <> 'fee'
   AND (b.line_id = m.line_id
        OR b.line_id IS NULL AND b.payment_id = m.payment_id AND b.refund_id IS NOT DISTINCT FROM m.refund_id)""")
_ENDED = sql("""
UPDATE registry_break SET state = 'cured', cure = 'agree', decided_by = :principal, decided_at = app_now()
 WHERE line_id = :line AND kind <> :kind AND kind <> 'fee' AND state IN ('open', 'asked')""")
_FIRST_DAY = sql("SELECT min(first_day) AS day FROM registry_file WHERE merchant = :merchant")
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
_LINE = sql("SELECT * FROM registry_line WHERE id = :id")
_OUR_PAYMENT = sql("""
SELECT p.captured AS amount, o.currency, CAST(NULL AS uuid) AS refund_id FROM payment p JOIN orders o ON o.id = p.order_id
 WHERE p.id = :payment""")
_OUR_REFUND = sql("""
SELECT r.amount, o.currency, r.id AS refund_id FROM refund r JOIN orders o ON o.id = r.order_id
 WHERE r.payment_id = :payment AND r.state = 'done' AND (r.basis = 'chargeback') = :charged_back
   AND NOT EXISTS (SELECT 1 FROM registry_match m WHERE m.refund_id = r.id)
 ORDER BY r.done_at, r.id LIMIT 1""")
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


@dataclass(frozen=True, slots=True)
class Known:
    """A payment of ours that a line may mean. `back`: refunds that are done and not yet matched, oldest first."""

    id: PaymentId
    order: OrderId
    merchant: str
    reference: str | None
    captured: Money
    settled: bool
    back: tuple[Back, ...]


@dataclass(frozen=True, slots=True)
class Back:
    """Money that went back on a payment by our books."""

    id: RefundId
    amount: Money
    charged_back: bool


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
        one_back = Back(RefundId(row.id), Money(row.amount), row.charged_back)
        back.setdefault(row.payment_id, []).append(one_back)
    return [
        Known(
            id=PaymentId(row.id),
            order=OrderId(row.order_id),
            merchant=row.merchant,
            reference=row.reference,
            captured=Money(row.captured, row.currency),
            settled=row.settled,
            back=tuple(back.get(row.id, ())),
        )
        for row in found
    ]


async def last_tariff(tx: Tx, merchant: str) -> Tariff | None:
    """What the merchant's newest registry was charged by: learned from its largest payment."""
    row = await one(tx, _LAST_FEE, merchant=merchant)
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


async def first_day(tx: Tx, merchant: str) -> date:
    """The first day that any registry of the merchant tells of."""
    row = await one(tx, _FIRST_DAY, merchant=merchant)
    assert row is not None  # noqa: S101 - a minimum
    first: date = row.day
    return first


async def find_missing(
    tx: Tx, merchant: str, *, since: datetime, payments_until: datetime, refunds_until: datetime, zone: str
) -> None:
    """Payments and refunds of ours since then that no line names."""
    await run(tx, _MISSING_PAYMENTS, merchant=merchant, since=since, until=payments_until, zone=zone)
    await run(tx, _MISSING_REFUNDS, merchant=merchant, since=since, until=refunds_until, zone=zone)


async def count_breaks(tx: Tx, merchant: str, file: UUID) -> dict[Kind, int]:
    """Open breaks of a file that is imported in this very transaction, by kind."""
    return {Kind(row.kind): row.number for row in await rows(tx, _COUNT, merchant=merchant, file=file)}


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
        charged_back = meant.operation is Operation.CHARGEBACK
        row = await one(tx, _OUR_REFUND, payment=payment.uuid, charged_back=charged_back)
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
