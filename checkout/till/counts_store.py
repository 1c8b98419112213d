"""Where counts, hand-overs and prints are kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from checkout.ground.db import IntegrityError, Row, Tx, one, run, sql
from checkout.ground.errors import Conflict, Missing
from checkout.ground.ids import HandOverId, ShiftId
from checkout.till.count import Count
from checkout.till.till import Shift
from gateways.money import Money

_COUNT = sql("""
INSERT INTO cash_count (clinic_id, shift_id, pieces, counted, expected, receipt_no, counted_by)
VALUES (:clinic_id, :shift_id, CAST(:pieces AS jsonb), :counted, :expected, :receipt_no, :principal) RETURNING *""")
_NEWEST = sql("SELECT * FROM cash_count WHERE clinic_id = :clinic_id ORDER BY id DESC LIMIT 1")
_EXPLAIN = sql("UPDATE cash_count SET explanation = :explanation WHERE id = :id AND explanation IS NULL")
_GIVE = sql("""
INSERT INTO cash_hand_over (id, clinic_id, shift_id, amount, given_by)
VALUES (:id, :clinic_id, :shift_id, :amount, :principal)""")
_READ = sql("SELECT * FROM cash_hand_over WHERE id = :id")
_PENDING = sql("SELECT * FROM cash_hand_over WHERE shift_id = :id AND state = 'pending'")
_SETTLE = sql("""
UPDATE cash_hand_over SET state = :state, settled_by = :principal, settled_at = app_now()
 WHERE id = :id AND state = 'pending'""")
_PRINT = sql("""
INSERT INTO cash_print (entry_id, copy_no, principal)
SELECT :id, coalesce(max(copy_no) + 1, 0), :principal FROM cash_print WHERE entry_id = :id
RETURNING copy_no""")
_PRINTED = sql("SELECT max(copy_no) AS copy_no FROM cash_print WHERE entry_id = :id")


@dataclass(frozen=True, slots=True)
class HandOver:
    """Takings that somebody gives and somebody else accepts; `state`: pending, accepted, withdrawn."""

    id: HandOverId
    clinic_id: int
    shift_id: ShiftId
    amount: Money
    state: str
    given_by: str
    given_at: datetime
    settled_by: str | None
    settled_at: datetime | None


def _counted(row: Row[Any]) -> Count:
    return Count(
        id=row.id,
        clinic_id=row.clinic_id,
        shift_id=ShiftId(row.shift_id) if row.shift_id else None,
        counted=Money(row.counted),
        expected=Money(row.expected) if row.expected is not None else None,
        receipt_no=row.receipt_no,
        explanation=row.explanation,
        counted_by=row.counted_by,
        at=row.at,
    )


def _hand_over(row: Row[Any]) -> HandOver:
    return HandOver(
        id=HandOverId(row.id),
        clinic_id=row.clinic_id,
        shift_id=ShiftId(row.shift_id),
        amount=Money(row.amount),
        state=row.state,
        given_by=row.given_by,
        given_at=row.given_at,
        settled_by=row.settled_by,
        settled_at=row.settled_at,
    )


async def keep(
    tx: Tx,
    clinic_id: int,
    shift_id: ShiftId | None,
    *,
    pieces: Mapping[int, int] | None,
    counted: Money,
    expected: Money | None,
    receipt_no: int,
    principal: str,
) -> Count:
    """A count, kept whatever it says."""
    row = await one(
        tx,
        _COUNT,
        clinic_id=clinic_id,
        shift_id=shift_id.uuid if shift_id else None,
        pieces=json.dumps(pieces) if pieces is not None else None,
        counted=counted.amount,
        expected=expected.amount if expected is not None else None,
        receipt_no=receipt_no,
        principal=principal,
    )
    assert row is not None  # noqa: S101 - an insert that returns
    return _counted(row)


async def newest(tx: Tx, clinic_id: int) -> Count | None:
    row = await one(tx, _NEWEST, clinic_id=clinic_id)
    return _counted(row) if row else None


async def explain(tx: Tx, count: Count, explanation: str | None) -> None:
    """Kept beside the count until another person looks at it; what was said first stands."""
    if explanation is not None:
        await run(tx, _EXPLAIN, id=count.id, explanation=explanation)


async def give(tx: Tx, hand_over: HandOverId, shift: Shift, amount: Money, *, principal: str) -> None:
    """Raises Conflict `hand_over_pending` if another one of the shift is not settled."""
    try:
        async with tx.begin_nested():
            await run(
                tx,
                _GIVE,
                id=hand_over.uuid,
                clinic_id=shift.clinic_id,
                shift_id=shift.id.uuid,
                amount=amount.amount,
                principal=principal,
            )
    except IntegrityError as reason:
        raise Conflict("hand_over_pending") from reason


async def hand_over(tx: Tx, hand_over_id: HandOverId) -> HandOver:
    """Raises Missing."""
    row = await one(tx, _READ, id=hand_over_id.uuid)
    if row is None:
        raise Missing("hand_over_missing")
    return _hand_over(row)


async def pending(tx: Tx, shift_id: ShiftId) -> HandOver | None:
    """What is on its way out of the drawer, and still in it."""
    row = await one(tx, _PENDING, id=shift_id.uuid)
    return _hand_over(row) if row else None


async def settle(tx: Tx, hand_over_id: HandOverId, state: str, *, principal: str) -> bool:
    """False if it was settled before."""
    return await run(tx, _SETTLE, id=hand_over_id.uuid, state=state, principal=principal) == 1


async def printed(tx: Tx, entry_id: int, *, principal: str) -> int:
    """Which print of the slip this is: 0 the first, any other a copy. The caller holds the entry's shift."""
    row = await one(tx, _PRINT, id=entry_id, principal=principal)
    assert row is not None  # noqa: S101 - an insert that returns
    return int(row.copy_no)


async def last_print(tx: Tx, entry_id: int) -> int | None:
    """The number of the newest print of a slip; None if it was never printed."""
    row = await one(tx, _PRINTED, id=entry_id)
    return row.copy_no if row else None
