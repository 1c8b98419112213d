"""Count a drawer, and open a shift with what was counted: each one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checkout.ground.db import Tx
from checkout.ground.errors import Conflict, Invalid
from checkout.ground.events import audit
from checkout.ground.ids import ShiftId
from checkout.till import counts_store, store
from checkout.till.book import book
from checkout.till.count import Count, explained, fits, total
from checkout.till.till import Kind, Movement, Shift
from gateways.money import Money


@dataclass(frozen=True, slots=True)
class Cash:
    """What somebody says there is: so many of each note and coin, or only the total."""

    pieces: Mapping[int, int] | None = None
    amount: Money | None = None

    def total(self) -> Money:
        """Raises Invalid."""
        if self.pieces is not None:
            return total(self.pieces)
        if self.amount is None or self.amount.amount < 0:
            raise Invalid("count_needed", pointer="/pieces")
        return self.amount


async def count(tx: Tx, clinic_id: int, cash: Cash, *, principal: str) -> Count:
    """Keep a blind count of the clinic's drawer; what was expected stands in the answer, not before.

    With a shift open it is counted to be closed, by notes and coins; else it is counted to be opened. Raises Invalid.
    """
    shift = await store.lock_open(tx, clinic_id)
    if shift is not None and cash.pieces is None:
        raise Invalid("count_needed", pointer="/pieces")
    if shift is not None:
        expected: Money | None = await store.drawer(tx, shift.id)
    else:
        before = await store.last_closed(tx, clinic_id)
        expected = before.counted if before else None
    kept = await counts_store.keep(
        tx,
        clinic_id,
        shift.id if shift else None,
        pieces=cash.pieces,
        counted=cash.total(),
        expected=expected,
        receipt_no=await store.last_receipt(tx, clinic_id),
        principal=principal,
    )
    await audit(
        tx,
        principal=principal,
        action="cash.counted",
        object_=str(shift.id) if shift else f"clinic {clinic_id}",
        outcome="done",
        data={"count": kept.id, "counted": kept.counted.amount, "difference": kept.difference.amount},
    )
    return kept


async def open_shift(tx: Tx, clinic_id: int, count_id: int, *, explanation: str | None = None, principal: str) -> Shift:
    """Open the clinic's shift with the float that was counted; what differs from the last close is explained and booked.

    Raises Conflict `shift_open` (naming who opened it), `count_outdated`; Invalid `explanation_needed`.
    """
    await refuse_open(tx, clinic_id)
    kept = fits(await counts_store.newest(tx, clinic_id), count_id, None, await store.last_receipt(tx, clinic_id))
    words = explained(kept, explanation)
    shift_id = ShiftId.new()
    if not await store.open_shift(tx, shift_id, kept, explanation=words, principal=principal):
        await refuse_open(tx, clinic_id)
        raise Conflict("count_outdated")  # it was opened, and closed again, a moment ago
    shift = await store.lock(tx, shift_id)
    await _float(tx, shift, kept, principal=principal)
    data = {"float": kept.counted.amount, "difference": kept.difference.amount, "explanation": words}
    await audit(tx, principal=principal, action="cash.opened", object_=str(shift_id), outcome="done", data=data)
    return shift


async def refuse_open(tx: Tx, clinic_id: int) -> None:
    """Raises Conflict `shift_open`, naming who opened it."""
    found = await store.open_of(tx, clinic_id)
    if found is not None:
        raise Conflict("shift_open", by=found.opened_by, at=found.opened_at)


async def _float(tx: Tx, shift: Shift, kept: Count, *, principal: str) -> None:
    """What was left comes back into the drawer, then what was found over or short. The very first comes from the safe."""
    left = kept.expected if kept.expected is not None else kept.counted
    source = "cash_safe" if kept.expected is None else "cash_float"
    if left:
        await book(tx, shift, Movement(Kind.FLOAT, left), source, principal=principal)
    await difference(tx, shift, kept.difference, principal=principal)


async def difference(tx: Tx, shift: Shift, found: Money, *, principal: str) -> None:
    """What was counted over or short becomes an entry: the books then say what there is."""
    if found:
        kind = Kind.SHORTAGE if found.amount < 0 else Kind.SURPLUS
        await book(tx, shift, Movement(kind, Money(abs(found.amount))), "cash_difference", principal=principal)
