"""Close a shift with what was counted, and seal it: one transaction. A large difference needs another person.

What was counted stays in the drawer for the next shift: nothing is carried silently, and a closed drawer is empty.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from checkout.ground.db import Tx
from checkout.ground.errors import Conflict, Forbidden
from checkout.ground.events import audit
from checkout.ground.ids import ShiftId
from checkout.ground.service import Service
from checkout.till import counts_store, store
from checkout.till.begin import difference
from checkout.till.book import book
from checkout.till.count import Count, explained, fits, needs_another
from checkout.till.till import Kind, Movement, Shift, still_open
from gateways.money import Money


@dataclass(frozen=True, slots=True)
class Closing:
    """The shift as it stands, and the count; `waits`: another person has to confirm the difference."""

    shift: Shift
    count: Count
    waits: bool


async def close(
    tx: Tx, service: Service, shift_id: ShiftId, count_id: int, *, explanation: str | None = None, principal: str
) -> Closing:
    """Close by the newest count. With a difference above the limit the explanation is kept, and `confirm` closes.

    Raises Conflict `shift_closed_already` (naming who), `count_outdated`, `hand_over_pending`; Invalid
    `explanation_needed`.
    """
    shift, kept = await _ready(tx, shift_id, count_id)
    words = explained(kept, explanation)
    if needs_another(kept, _limit(service)):
        await counts_store.explain(tx, kept, words)
        await _told(tx, "cash.close", shift, kept, words, principal=principal)
        return Closing(shift, replace(kept, explanation=words), waits=True)
    return await _seal(tx, service, shift, kept, words, principal=principal)


async def confirm(tx: Tx, service: Service, shift_id: ShiftId, count_id: int, *, principal: str) -> Closing:
    """The second person has seen the difference and its explanation. Raises as `close`, and Forbidden `own_count`."""
    shift, kept = await _ready(tx, shift_id, count_id)
    if kept.counted_by == principal:
        raise Forbidden("own_count")
    return await _seal(tx, service, shift, kept, explained(kept, None), principal=principal)


async def waiting(tx: Tx, service: Service, shift: Shift) -> Count | None:
    """The count that another person has to confirm, if one does and nothing has moved since."""
    kept = await counts_store.newest(tx, shift.clinic_id)
    if kept is None or kept.shift_id != shift.id or kept.explanation is None:
        return None
    fresh = kept.receipt_no == await store.last_receipt(tx, shift.clinic_id)
    return kept if fresh and needs_another(kept, _limit(service)) else None


def _limit(service: Service) -> Money:
    return Money(service.config.limits.cash_difference_kopecks)


async def _ready(tx: Tx, shift_id: ShiftId, count_id: int) -> tuple[Shift, Count]:
    shift = still_open(await store.lock(tx, shift_id))
    if await counts_store.pending(tx, shift_id):
        raise Conflict("hand_over_pending")
    receipt_no = await store.last_receipt(tx, shift.clinic_id)
    return shift, fits(await counts_store.newest(tx, shift.clinic_id), count_id, shift_id, receipt_no)


async def _seal(tx: Tx, service: Service, shift: Shift, kept: Count, words: str | None, *, principal: str) -> Closing:
    await difference(tx, shift, kept.difference, principal=principal)
    if kept.counted:
        await book(tx, shift, Movement(Kind.LEFT, kept.counted), "cash_float", principal=principal)
    await store.close(tx, shift.id, kept, explanation=words, confirm_above=_limit(service), closed_by=principal)
    await _told(tx, "cash.closed", shift, kept, words, principal=principal)
    return Closing(await store.read(tx, shift.id), kept, waits=False)


async def _told(tx: Tx, action: str, shift: Shift, kept: Count, words: str | None, *, principal: str) -> None:
    data = {"count": kept.id, "difference": kept.difference.amount, "counted_by": kept.counted_by, "explanation": words}
    await audit(tx, principal=principal, action=action, object_=str(shift.id), outcome="done", data=data)
