"""Where postings are kept: insert only, balanced by a trigger; one a cause, and one storno a posting, by index."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from ulid import ULID

from checkout.ground.db import Tx, run, sql
from checkout.ground.ids import PaymentId, RefundId
from checkout.payment.ledger import Kind, Posting, Settlement

_POST = sql("""
WITH t AS (INSERT INTO ledger_tx (id, order_id, clinic_id, kind, payment_id, refund_id, fact_id, entry_id, reverses)
           VALUES (:id, :order_id, (SELECT clinic_id FROM cash_entry WHERE id = :entry_id AND CAST(:order_id AS uuid) IS NULL),
                   :kind, :payment_id, :refund_id, :fact_id, :entry_id,
                   (SELECT id FROM ledger_tx WHERE payment_id = :undone_payment OR entry_id = :undone_entry)) RETURNING id)
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
    undone: PaymentId | int | None = None,
) -> None:
    """Append one balanced transaction with its cause: a payment (and the bank's fact), a refund, or an entry of the till.

    `undone`: whose posting a storno reverses, a payment's or an entry's own.
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
