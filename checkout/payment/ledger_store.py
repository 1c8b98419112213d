"""Where postings are kept: insert only, balanced by a trigger; one a cause, and one storno a posting, by index."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from ulid import ULID

from checkout.ground.db import Tx, one, run, sql
from checkout.ground.ids import OrderId, PaymentId, RefundId
from checkout.payment.earning import Work
from checkout.payment.ledger import Kind, Posting, Settlement
from gateways.money import Money

_POST = sql("""
WITH t AS (INSERT INTO ledger_tx (id, order_id, clinic_id, kind, payment_id, refund_id, fact_id, entry_id, reverses)
           VALUES (:id, :order_id, (SELECT clinic_id FROM cash_entry WHERE id = :entry_id AND CAST(:order_id AS uuid) IS NULL),
                   :kind, :payment_id, :refund_id, :fact_id, :entry_id,
                   (SELECT id FROM ledger_tx WHERE payment_id = :undone_payment OR entry_id = :undone_entry
                       OR refund_id = :undone_refund)) RETURNING id)
INSERT INTO ledger_entry (tx_id, account, amount)
SELECT t.id, e.account, e.amount
  FROM t, unnest(CAST(:accounts AS text[]), CAST(:amounts AS bigint[])) AS e(account, amount)""")

_SETTLE = sql("""
WITH t AS (INSERT INTO ledger_tx (id, order_id, kind, registry_line_id)
           SELECT id, order_id, :kind, line
             FROM unnest(CAST(:ids AS uuid[]), CAST(:orders AS uuid[]), CAST(:lines AS bigint[])) AS r(id, order_id, line))
INSERT INTO ledger_entry (tx_id, account, amount)
SELECT e.tx_id, e.account, e.amount
  FROM unnest(CAST(:entry_ids AS uuid[]), CAST(:accounts AS text[]), CAST(:amounts AS bigint[])) AS e(tx_id, account, amount)""")

_WORK = sql("""
WITH done AS (SELECT l.line_no, l.amount FROM orders o JOIN order_line l ON l.order_id = o.id
               WHERE o.id = :id AND CASE l.kind WHEN 'goods' THEN o.handed_over_at ELSE o.given_at END IS NOT NULL),
     back AS (SELECT * FROM refund WHERE order_id = :id AND state = 'done')
SELECT o.currency, o.total, (SELECT coalesce(sum(amount), 0)::bigint FROM done) AS done,
       (SELECT coalesce(sum(captured), 0)::bigint FROM payment WHERE order_id = o.id) AS paid,
       (SELECT coalesce(sum(amount), 0)::bigint FROM back) AS gone,
       (SELECT coalesce(sum(CAST(part.value AS bigint)), 0)::bigint FROM back, jsonb_each_text(back.allocation) part
          JOIN done ON done.line_no = CAST(part.key AS int) WHERE back.basis <> 'surplus') AS lowered,
       (SELECT coalesce(sum(amount), 0)::bigint FROM back WHERE basis = 'surplus') AS surplus,
       (SELECT coalesce(-sum(e.amount), 0)::bigint FROM ledger_tx t JOIN ledger_entry e ON e.tx_id = t.id
         WHERE t.order_id = o.id AND left(e.account, 8) = 'revenue:') AS booked
  FROM orders o WHERE o.id = :id""")


def _uuid(value: PaymentId | RefundId | None) -> UUID | None:
    return value.uuid if value else None


async def post(
    tx: Tx,
    posting: Posting,
    *,
    payment: PaymentId | None = None,
    refund: RefundId | None = None,
    fact: int | None = None,
    entry: int | None = None,
    undone: PaymentId | RefundId | int | None = None,
) -> None:
    """Append one balanced transaction with its cause: a payment (and the bank's fact), a refund, or an entry of the till.

    What was earned has none of its own: it stands beside what caused it, in one transaction and so at one instant.

    `undone`: whose posting a storno reverses, a payment's or an entry's own; a refund's, if its chargeback was won.
    """
    entries = posting.entries()
    await run(
        tx,
        _POST,
        id=ULID().to_uuid(),
        order_id=posting.order.uuid if posting.order else None,
        kind=posting.kind,
        payment_id=_uuid(payment),
        refund_id=_uuid(refund),
        fact_id=fact,
        entry_id=entry,
        undone_payment=undone.uuid if isinstance(undone, PaymentId) else None,
        undone_refund=undone.uuid if isinstance(undone, RefundId) else None,
        undone_entry=undone if isinstance(undone, int) else None,
        accounts=[account for account, _ in entries],
        amounts=[amount for _, amount in entries],
    )


async def settle(tx: Tx, settlements: Sequence[Settlement]) -> None:
    """Append what lines of the bank's registry moved, all in one statement."""
    if not settlements:
        return
    ids = [ULID().to_uuid() for _ in settlements]
    entries = [(one, *entry) for one, each in zip(ids, settlements, strict=True) for entry in each.entries()]
    await run(
        tx,
        _SETTLE,
        kind=Kind.SETTLEMENT,
        ids=ids,
        orders=[each.order.uuid for each in settlements],
        lines=[each.line for each in settlements],
        entry_ids=[one for one, _, _ in entries],
        accounts=[name for _, name, _ in entries],
        amounts=[amount for _, _, amount in entries],
    )


async def work(tx: Tx, order_id: OrderId) -> Work:
    """What was done for an order and what was paid for it; the caller holds the order."""
    row = await one(tx, _WORK, id=order_id.uuid)
    assert row is not None  # noqa: S101 - the caller holds the order

    def money(amount: int) -> Money:
        return Money(amount, row.currency)

    return Work(
        total=money(row.total),
        done=money(row.done),
        paid=money(row.paid),
        gone=money(row.gone),
        lowered=money(row.lowered),
        surplus=money(row.surplus),
        booked=money(row.booked),
    )
