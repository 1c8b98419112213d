"""Where the till is kept: shifts, and cash entries that are only ever added."""

from __future__ import annotations

from checkout.ground.db import Tx, one, run, sql
from checkout.ground.ids import PaymentId, RefundId, ShiftId
from gateways.money import Money

_OPEN = sql("""
INSERT INTO cash_shift (id, clinic_id, opened_by) VALUES (:id, :clinic_id, :principal)
ON CONFLICT (clinic_id) WHERE closed_at IS NULL DO NOTHING""")
_LOCK = sql("SELECT id FROM cash_shift WHERE clinic_id = :clinic_id AND closed_at IS NULL FOR UPDATE")
_ENTER = sql("""
INSERT INTO cash_entry (clinic_id, shift_id, receipt_no, direction, amount, payment_id, refund_id, principal)
SELECT :clinic_id, :shift_id, coalesce(max(receipt_no), 0) + 1, :direction, :amount, :payment_id, :refund_id, :principal
  FROM cash_entry WHERE clinic_id = :clinic_id
RETURNING receipt_no""")


async def open_shift(tx: Tx, clinic_id: int, principal: str) -> ShiftId:
    """The clinic's open shift, locked; opened with an empty float if there is none."""
    await run(tx, _OPEN, id=ShiftId.new().uuid, clinic_id=clinic_id, principal=principal)
    row = await one(tx, _LOCK, clinic_id=clinic_id)
    assert row is not None  # noqa: S101 - inserted one statement ago
    return ShiftId(row.id)


async def enter(
    tx: Tx,
    clinic_id: int,
    shift: ShiftId,
    *,
    direction: str,
    amount: Money,
    principal: str,
    payment: PaymentId | None = None,
    refund: RefundId | None = None,
) -> int:
    """Append a movement under the shift's lock and return its receipt number, gap-free per clinic."""
    row = await one(
        tx,
        _ENTER,
        clinic_id=clinic_id,
        shift_id=shift.uuid,
        direction=direction,
        amount=amount.amount,
        principal=principal,
        payment_id=payment.uuid if payment else None,
        refund_id=refund.uuid if refund else None,
    )
    assert row is not None  # noqa: S101 - an insert that returns
    return int(row.receipt_no)
