"""Where the till is kept: shifts, and cash entries that are only ever added. Counts and hand-overs: `counts_store`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from checkout.ground.db import Row, Tx, one, rows, run, sql
from checkout.ground.errors import Missing
from checkout.ground.ids import HandOverId, OrderId, PaymentId, RefundId, ShiftId
from checkout.till.count import Count
from checkout.till.till import Entry, Kind, Movement, Reason, Shift, Tender
from gateways.money import Money

_OPEN = sql("""
INSERT INTO cash_shift (id, clinic_id, opened_by, float_amount, float_expected, float_explanation)
VALUES (:id, :clinic_id, :principal, :counted, :expected, :explanation)
ON CONFLICT (clinic_id) WHERE closed_at IS NULL DO NOTHING""")
_LOCK_OPEN = sql("SELECT * FROM cash_shift WHERE clinic_id = :clinic_id AND closed_at IS NULL FOR NO KEY UPDATE")
_LOCK = sql("SELECT * FROM cash_shift WHERE id = :id FOR NO KEY UPDATE")
_OPEN_OF = sql("SELECT * FROM cash_shift WHERE clinic_id = :clinic_id AND closed_at IS NULL")
_READ = sql("SELECT * FROM cash_shift WHERE id = :id")
_LAST_CLOSED = sql(
    "SELECT * FROM cash_shift WHERE clinic_id = :clinic_id AND z_no IS NOT NULL ORDER BY z_no DESC LIMIT 1"
)
_CLOSE = sql("""
UPDATE cash_shift SET closed_at = app_now(), closed_by = :closed_by, counted_by = :counted_by, z_total = :expected,
       counted = :counted, explanation = :explanation, confirm_above = :confirm_above, receipt_to = :receipt_to,
       z_no = (SELECT coalesce(max(z.z_no), 0) + 1 FROM cash_shift z WHERE z.clinic_id = cash_shift.clinic_id)
 WHERE id = :id AND closed_at IS NULL""")
_ENTER = sql("""
INSERT INTO cash_entry (clinic_id, shift_id, receipt_no, kind, direction, tender, amount, reason, note, received,
                        payment_id, refund_id, hand_over_id, reverses, principal)
SELECT :clinic_id, :shift_id, coalesce(max(receipt_no), 0) + 1, :kind, :direction, :tender, :amount, :reason, :note,
       :received, :payment_id, :refund_id, :hand_over_id, :reverses, :principal
  FROM cash_entry WHERE clinic_id = :clinic_id
RETURNING id, receipt_no""")
_LAST_RECEIPT = sql("SELECT coalesce(max(receipt_no), 0) AS no FROM cash_entry WHERE clinic_id = :clinic_id")
_DRAWER = sql("""
SELECT coalesce(sum(CASE direction WHEN 'in' THEN amount ELSE -amount END), 0)::bigint AS amount
  FROM cash_entry WHERE shift_id = :id AND tender = 'cash'""")
_ENTRIES: Final = """
SELECT e.*, undo.id AS reversed_by, coalesce(p.order_id, r.order_id, up.order_id) AS order_id,
       (SELECT f.number FROM fiscal_receipt f WHERE f.entry_id = e.id ORDER BY f.id DESC LIMIT 1) AS fiscal
  FROM cash_entry e
  LEFT JOIN cash_entry undo ON undo.reverses = e.id
  LEFT JOIN payment p ON p.id = e.payment_id
  LEFT JOIN refund r ON r.id = e.refund_id
  LEFT JOIN cash_entry u ON u.id = e.reverses
  LEFT JOIN payment up ON up.id = u.payment_id"""
_ENTRIES_OF = sql(f"{_ENTRIES} WHERE e.shift_id = :id ORDER BY e.receipt_no")
_ENTRY = sql(f"{_ENTRIES} WHERE e.shift_id = :id AND e.receipt_no = :receipt_no")
_RECEIPT = sql(f"{_ENTRIES} WHERE e.clinic_id = :clinic_id AND e.receipt_no = :receipt_no")


@dataclass(frozen=True, slots=True)
class Entered:
    """A new entry, with the clinic's receipt number."""

    id: int
    receipt_no: int


def _money(amount: int | None) -> Money | None:
    return Money(amount) if amount is not None else None


def shift(row: Row[Any]) -> Shift:
    return Shift(
        id=ShiftId(row.id),
        clinic_id=row.clinic_id,
        opened_by=row.opened_by,
        opened_at=row.opened_at,
        float_amount=Money(row.float_amount),
        left_before=_money(row.float_expected),
        float_explanation=row.float_explanation,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
        counted_by=row.counted_by,
        z_no=row.z_no,
        z_total=_money(row.z_total),
        counted=_money(row.counted),
        explanation=row.explanation,
        receipt_to=row.receipt_to,
    )


def entry(row: Row[Any]) -> Entry:
    return Entry(
        id=row.id,
        shift_id=ShiftId(row.shift_id),
        receipt_no=row.receipt_no,
        kind=Kind(row.kind),
        into=row.direction == "in",
        tender=Tender(row.tender),
        amount=Money(row.amount),
        principal=row.principal,
        at=row.at,
        reason=Reason(row.reason) if row.reason else None,
        note=row.note,
        received=_money(row.received),
        payment_id=PaymentId(row.payment_id) if row.payment_id else None,
        refund_id=RefundId(row.refund_id) if row.refund_id else None,
        order_id=OrderId(row.order_id) if row.order_id else None,
        reverses=row.reverses,
        reversed_by=row.reversed_by,
        fiscal=row.fiscal,
    )


async def open_shift(tx: Tx, shift_id: ShiftId, count: Count, *, explanation: str | None, principal: str) -> bool:
    """Begin a shift with what was counted; False if the clinic has an open one."""
    changed = await run(
        tx,
        _OPEN,
        id=shift_id.uuid,
        clinic_id=count.clinic_id,
        principal=principal,
        counted=count.counted.amount,
        expected=count.expected.amount if count.expected is not None else None,
        explanation=explanation,
    )
    return changed == 1


async def lock_open(tx: Tx, clinic_id: int) -> Shift | None:
    """The clinic's open shift, locked after the order; None if there is none."""
    row = await one(tx, _LOCK_OPEN, clinic_id=clinic_id)
    return shift(row) if row else None


async def lock(tx: Tx, shift_id: ShiftId) -> Shift:
    """Raises Missing."""
    return _found(await one(tx, _LOCK, id=shift_id.uuid))


async def read(tx: Tx, shift_id: ShiftId) -> Shift:
    """Raises Missing."""
    return _found(await one(tx, _READ, id=shift_id.uuid))


def _found(row: Row[Any] | None) -> Shift:
    if row is None:
        raise Missing("shift_missing")
    return shift(row)


async def open_of(tx: Tx, clinic_id: int) -> Shift | None:
    """The clinic's open shift, to look at."""
    row = await one(tx, _OPEN_OF, clinic_id=clinic_id)
    return shift(row) if row else None


async def last_closed(tx: Tx, clinic_id: int) -> Shift | None:
    row = await one(tx, _LAST_CLOSED, clinic_id=clinic_id)
    return shift(row) if row else None


async def close(
    tx: Tx, shift_id: ShiftId, count: Count, *, explanation: str | None, confirm_above: Money, closed_by: str
) -> bool:
    """Seal it with the clinic's next Z number; False if it is sealed already."""
    changed = await run(
        tx,
        _CLOSE,
        id=shift_id.uuid,
        closed_by=closed_by,
        counted_by=count.counted_by,
        expected=(count.counted - count.difference).amount,
        counted=count.counted.amount,
        explanation=explanation,
        confirm_above=confirm_above.amount,
        receipt_to=count.receipt_no,
    )
    return changed == 1


async def enter(
    tx: Tx,
    held: Shift,
    movement: Movement,
    *,
    principal: str,
    payment: PaymentId | None = None,
    refund: RefundId | None = None,
    hand_over: HandOverId | None = None,
    reverses: int | None = None,
) -> Entered:
    """Append a movement under the shift's lock; its receipt number is gap-free per clinic."""
    row = await one(
        tx,
        _ENTER,
        clinic_id=held.clinic_id,
        shift_id=held.id.uuid,
        kind=movement.kind,
        direction=movement.direction,
        tender=movement.tender,
        amount=movement.amount.amount,
        reason=movement.reason,
        note=movement.note,
        received=movement.received.amount if movement.received is not None else None,
        payment_id=payment.uuid if payment else None,
        refund_id=refund.uuid if refund else None,
        hand_over_id=hand_over.uuid if hand_over else None,
        reverses=reverses,
        principal=principal,
    )
    assert row is not None  # noqa: S101 - an insert that returns
    return Entered(row.id, row.receipt_no)


async def last_receipt(tx: Tx, clinic_id: int) -> int:
    row = await one(tx, _LAST_RECEIPT, clinic_id=clinic_id)
    return int(row.no) if row else 0


async def drawer(tx: Tx, shift_id: ShiftId) -> Money:
    """What is in the drawer of a shift."""
    row = await one(tx, _DRAWER, id=shift_id.uuid)
    return Money(row.amount if row else 0)


async def entries(tx: Tx, shift_id: ShiftId) -> Sequence[Entry]:
    """All of a shift, in their order."""
    return [entry(row) for row in await rows(tx, _ENTRIES_OF, id=shift_id.uuid)]


async def read_entry(tx: Tx, shift_id: ShiftId, receipt_no: int) -> Entry:
    """Raises Missing."""
    row = await one(tx, _ENTRY, id=shift_id.uuid, receipt_no=receipt_no)
    if row is None:
        raise Missing("entry_missing")
    return entry(row)


async def by_receipt(tx: Tx, clinic_id: int, receipt_no: int) -> Entry:
    """Of whichever shift. Raises Missing."""
    row = await one(tx, _RECEIPT, clinic_id=clinic_id, receipt_no=receipt_no)
    if row is None:
        raise Missing("entry_missing")
    return entry(row)
