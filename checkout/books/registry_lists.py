"""The registry's three lists (matched, only ours, only the bank's), the breaks, and what the bank still owes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from checkout.books.registry import CURES, Cure, Kind, Operation, State
from checkout.ground.db import Row, Tx, one, rows, sql
from checkout.ground.ids import OrderId, PaymentId, RefundId
from gateways.money import Money

_SEEN: Final = "(CAST(:clinics AS int[]) IS NULL OR o.clinic_id = ANY(CAST(:clinics AS int[])))"
_WHEN: Final = "l.operated_on >= CAST(:since AS date) AND l.operated_on <= CAST(:until AS date)"
_ENTRY: Final = """
  l.id AS line_id, l.merchant, l.operation, l.reference, l.currency, l.amount, l.fee, l.net, l.operated_on, l.settled_on,
  l.line_no"""
_MATCHED = sql(f"""
SELECT {_ENTRY}, o.code, m.order_id, m.payment_id, m.refund_id, m.difference
  FROM registry_line l JOIN registry_match m ON m.line_id = l.id JOIN orders o ON o.id = m.order_id
 WHERE {_WHEN} AND (CAST(:merchant AS text) IS NULL OR l.merchant = :merchant) AND {_SEEN}
   AND (CAST(:after AS bigint) IS NULL OR l.id < :after)
 ORDER BY l.id DESC LIMIT :limit""")  # noqa: S608 - constants of this file
_OF_ORDER = sql(f"""
SELECT {_ENTRY}, o.code, m.order_id, m.payment_id, m.refund_id, m.difference
  FROM registry_match m JOIN registry_line l ON l.id = m.line_id JOIN orders o ON o.id = m.order_id
 WHERE m.order_id = :order ORDER BY l.id""")  # noqa: S608 - as above
# A line without a match always has its break: what is only the bank's is read from there, and so is what is only ours.
_BREAKS = sql(f"""
SELECT b.*, {_ENTRY.replace("l.merchant, ", "")}, o.code, p.captured, r.amount AS refunded, app_now() - b.found_at AS age
  FROM registry_break b LEFT JOIN registry_line l ON l.id = b.line_id LEFT JOIN orders o ON o.id = b.order_id
  LEFT JOIN payment p ON p.id = b.payment_id LEFT JOIN refund r ON r.id = b.refund_id
 WHERE b.state = ANY(CAST(:states AS text[]))
   AND (CAST(:kinds AS text[]) IS NULL OR b.kind = ANY(CAST(:kinds AS text[])))
   AND (CAST(:merchant AS text) IS NULL OR b.merchant = :merchant)
   AND (b.order_id IS NULL AND CAST(:clinics AS int[]) IS NULL OR b.order_id IS NOT NULL AND {_SEEN})
   AND (CAST(:only AS uuid) IS NULL OR b.id = CAST(:only AS uuid))
   AND (CAST(:before AS timestamptz) IS NULL OR (b.found_at, b.id) < (:before, CAST(:after AS uuid)))
 ORDER BY b.found_at DESC, b.id DESC LIMIT :limit""")  # noqa: S608 - as above
_UNDECIDED = sql(f"""
SELECT b.kind, count(*)::int AS number FROM registry_break b LEFT JOIN orders o ON o.id = b.order_id
 WHERE b.state IN ('open', 'asked') AND (CAST(:merchant AS text) IS NULL OR b.merchant = :merchant)
   AND (b.order_id IS NULL AND CAST(:clinics AS int[]) IS NULL OR b.order_id IS NOT NULL AND {_SEEN}) GROUP BY 1""")  # noqa: S608 - as above
_FILE = sql("""
SELECT f.id, f.merchant, f.template, f.lines, f.first_day, f.last_day,
       (SELECT count(*)::int FROM registry_line l WHERE l.file_id = f.id) AS fresh,
       (SELECT count(*)::int FROM registry_line l JOIN registry_match m ON m.line_id = l.id WHERE l.file_id = f.id) AS matched
  FROM registry_file f WHERE f.id = :id""")
_OWED = sql("""
WITH side AS (
  SELECT p.merchant, p.captured AS amount, p.captured_at AS since FROM payment p
   WHERE p.method = 'card' AND p.captured > 0
     AND NOT EXISTS (SELECT 1 FROM registry_match m WHERE m.payment_id = p.id AND m.refund_id IS NULL)
  UNION ALL
  SELECT p.merchant, -r.amount, r.done_at FROM refund r JOIN payment p ON p.id = r.payment_id
   WHERE r.method = 'card' AND r.state = 'done' AND NOT EXISTS (SELECT 1 FROM registry_match m WHERE m.refund_id = r.id)
  UNION ALL
  SELECT l.merchant, r.amount * (1 - 2 * m.won::int), c.decided_at
    FROM chargeback c JOIN refund r ON r.id = c.refund_id JOIN registry_match m ON m.refund_id = r.id
    JOIN registry_line l ON l.id = m.line_id
   WHERE c.state = 'won' AND NOT EXISTS (SELECT 1 FROM registry_match o WHERE o.refund_id = r.id AND o.won <> m.won)
  UNION ALL
  SELECT l.merchant, CASE WHEN l.operation IN ('payment', 'chargeback_won') THEN m.difference ELSE -m.difference END, m.matched_at
    FROM registry_match m JOIN registry_line l ON l.id = m.line_id WHERE m.difference <> 0)
SELECT merchant, least(floor(extract(epoch FROM app_now() - since) / 86400), :oldest)::int AS days, sum(amount)::bigint AS amount,
       count(*)::int AS number FROM side GROUP BY 1, 2 ORDER BY 1, 2""")
_FILES = sql("""
SELECT id, merchant, template, lines, first_day, last_day, imported_by, imported_at FROM registry_file
 WHERE (CAST(:merchant AS text) IS NULL OR merchant = :merchant) ORDER BY imported_at DESC LIMIT :limit""")
OLDEST: Final = 30  # days; what is owed for longer is one group
ONLY_OURS: Final = (Kind.MISSING_AT_BANK, Kind.REFUND_MISSING)
ONLY_THEIRS: Final = tuple(kind for kind in Kind if kind not in ONLY_OURS)
UNDECIDED: Final = (State.OPEN, State.ASKED)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the bank's, as it is shown. `number`: its line in the file."""

    id: int
    number: int
    merchant: str
    operation: Operation
    reference: str
    amount: Money
    fee: Money
    net: Money
    operated_on: date
    settled_on: date | None


@dataclass(frozen=True, slots=True)
class Pair:
    """A line and what it settled. `difference`: by how much our sum is more than the bank's."""

    entry: Entry
    order: OrderId
    code: str
    payment: PaymentId
    refund: RefundId | None
    difference: Money


@dataclass(frozen=True, slots=True)
class Shown:
    """A break with both sides, and what can be done about it now. `age`: whole days."""

    id: UUID
    kind: Kind
    state: State
    merchant: str
    found_at: datetime
    age: int
    entry: Entry | None
    order: OrderId | None
    code: str | None
    payment: PaymentId | None
    refund: RefundId | None
    ours: Money | None
    note: str | None
    decided_by: str | None
    cures: tuple[Cure, ...]


@dataclass(frozen=True, slots=True)
class Owed:
    """What a merchant's bank has and has not paid out, by age in whole days; below zero what it will still take."""

    merchant: str
    total: Money
    by_age: tuple[tuple[int, Money, int], ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which breaks. None is no limit; `only`: this one; `before`, `after`: the time and id of the last one that was shown."""

    kinds: Collection[Kind] | None = None
    states: Collection[State] = UNDECIDED
    merchant: str | None = None
    clinics: Collection[int] | None = None
    only: UUID | None = None
    before: datetime | None = None
    after: UUID | None = None


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        id=row.line_id,
        number=row.line_no,
        merchant=row.merchant,
        operation=Operation(row.operation),
        reference=row.reference,
        amount=Money(row.amount, row.currency),
        fee=Money(row.fee, row.currency),
        net=Money(row.net, row.currency),
        operated_on=row.operated_on,
        settled_on=row.settled_on,
    )


def _pair(row: Row[Any]) -> Pair:
    refund = RefundId(row.refund_id) if row.refund_id else None
    difference = Money(row.difference, row.currency)
    return Pair(_entry(row), OrderId(row.order_id), row.code, PaymentId(row.payment_id), refund, difference)


async def matched(
    tx: Tx,
    *,
    since: date,
    until: date,
    merchant: str | None = None,
    clinics: Collection[int] | None = None,
    after: int | None = None,
    limit: int,
) -> list[Pair]:
    """Lines of these days that are settled, newest first."""
    found = await rows(
        tx,
        _MATCHED,
        since=since,
        until=until,
        merchant=merchant,
        clinics=_list(clinics),
        after=after,
        limit=limit,
    )
    return [_pair(row) for row in found]


async def of_order(tx: Tx, order: OrderId) -> list[Pair]:
    """What the bank paid out and kept for one order."""
    return [_pair(row) for row in await rows(tx, _OF_ORDER, order=order.uuid)]


async def breaks(tx: Tx, wanted: Wanted, *, limit: int) -> list[Shown]:
    """Newest first. `ONLY_OURS` and `ONLY_THEIRS` are two of the three lists."""
    found = await rows(
        tx,
        _BREAKS,
        states=list(wanted.states),
        kinds=_list(wanted.kinds),
        merchant=wanted.merchant,
        clinics=_list(wanted.clinics),
        only=wanted.only,
        before=wanted.before,
        after=wanted.after,
        limit=limit,
    )
    return [_shown(row) for row in found]


def _shown(row: Row[Any]) -> Shown:
    kind, state = Kind(row.kind), State(row.state)
    ours = row.refunded if row.refund_id else row.captured
    cures = tuple(cure for cure in CURES[kind] if cure is not Cure.LOOK_AGAIN or row.payment_id)
    return Shown(
        id=row.id,
        kind=kind,
        state=state,
        merchant=row.merchant,
        found_at=row.found_at,
        age=row.age.days,
        entry=_entry(row) if row.line_id is not None else None,
        order=OrderId(row.order_id) if row.order_id else None,
        code=row.code,
        payment=PaymentId(row.payment_id) if row.payment_id else None,
        refund=RefundId(row.refund_id) if row.refund_id else None,
        ours=Money(ours) if ours else None,
        note=row.note,
        decided_by=row.decided_by,
        cures=cures if state in UNDECIDED else (),
    )


async def owed(tx: Tx) -> list[Owed]:
    """By merchant: what we have of the bank's promise and not of its money. Equal to the ledger's clearing accounts."""
    by_merchant: dict[str, list[tuple[int, Money, int]]] = {}
    for row in await rows(tx, _OWED, oldest=OLDEST):
        by_merchant.setdefault(row.merchant, []).append((row.days, Money(row.amount), row.number))
    return [
        Owed(merchant, sum((amount for _, amount, _ in aged), Money(0)), tuple(aged))
        for merchant, aged in by_merchant.items()
    ]


async def undecided(tx: Tx, merchant: str | None = None, clinics: Collection[int] | None = None) -> dict[Kind, int]:
    """How many breaks of each kind need a person."""
    found = await rows(tx, _UNDECIDED, merchant=merchant, clinics=_list(clinics))
    return {Kind(row.kind): row.number for row in found}


async def file(tx: Tx, id_: UUID) -> Row[Any] | None:
    """One import. `fresh`: lines that no file had before it; `matched`: those of them that are settled by now."""
    return await one(tx, _FILE, id=id_)


async def files(tx: Tx, merchant: str | None = None, *, limit: int = 50) -> list[Row[Any]]:
    """The newest imports."""
    return await rows(tx, _FILES, merchant=merchant, limit=limit)


def _list(values: Collection[Any] | None) -> list[Any] | None:
    return list(values) if values is not None else None
