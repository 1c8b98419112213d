"""A day that is called off: the doctor is ill, the water is cut. What becomes of each visit is approved once, by somebody else.

    cure    what happens to the visit
    move    it gets another time; what was paid stays with it
    credit  it is off, and the money waits for another time as long as late money does
    refund  it is off, and the money goes back at once

Whoever asks lists the visits; a second person approves the list. A chore then goes through it, a transaction a visit: cut
down at any moment it goes on with the next one, and a visit that somebody has moved in between is refused, not guessed.
The day itself is blocked with the approval, so that nobody books into it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from checkout.booking import busy_store
from checkout.booking.busy import Block
from checkout.catalogue import free, slots
from checkout.catalogue.catalogue import Clinic
from checkout.catalogue.slots import Interval
from checkout.ground.db import Tx, in_transaction
from checkout.ground.errors import Conflict, Forbidden, Invalid, Refusal
from checkout.ground.events import audit
from checkout.ground.ids import DayOffId, OrderId
from checkout.ground.service import Service
from checkout.payment import cancel, move, orders, pay, seating
from checkout.payment import day_off_store as store
from checkout.payment.day import Comer, bounds

SOURCE: Final = "day-off"  # of the blocks that keep such a day free
AHEAD: Final = timedelta(days=28)
OFFERED: Final = 3  # times for each visit
SHORTEST: Final = 3  # letters of a reason


class Cure(StrEnum):
    MOVE = "move"
    CREDIT = "credit"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to become of one visit. `sequence`: how often it had been moved when it was listed. `starts_at`: where to."""

    order_id: OrderId
    sequence: int
    cure: Cure
    starts_at: datetime | None = None


async def ask(tx: Tx, called: store.Called, wishes: Sequence[Wish], *, principal: str) -> DayOffId:
    """Write the list down for a second person. Raises Invalid `day_off_reason`, `day_off_empty`."""
    if len(called.reason) < SHORTEST:
        raise Invalid("day_off_reason", pointer="/reason")
    if not wishes:
        raise Invalid("day_off_empty", pointer="/visits")
    made = DayOffId.new()
    await store.insert(tx, made, called, principal=principal)
    await store.insert_visits(tx, made, wishes)
    await _told(tx, "day_off.ask", made, principal, visits=len(wishes))
    return made


async def approve(tx: Tx, clinic: Clinic, day_off_id: DayOffId, *, principal: str) -> None:
    """Let it happen, and let nobody book into that day. Raises Forbidden `own_day_off`, Conflict `day_off_decided`."""
    held = await store.lock(tx, day_off_id)
    if held.asked_by == principal:
        raise Forbidden("own_day_off")
    await _decide(tx, day_off_id, "approved", principal=principal)
    block = Block(str(day_off_id), Interval(*bounds(clinic, held.day)))
    for resource in await store.resources(tx, clinic.id):
        if held.resource_id in (None, resource.id):
            await busy_store.put(tx, clinic.id, resource.slug, SOURCE, [block])


async def withdraw(tx: Tx, day_off_id: DayOffId, *, principal: str) -> None:
    """Nothing happens after all. Raises Conflict `day_off_decided`."""
    await store.lock(tx, day_off_id)
    await _decide(tx, day_off_id, "withdrawn", principal=principal)


async def _decide(tx: Tx, day_off_id: DayOffId, state: str, *, principal: str) -> None:
    if not await store.decide(tx, day_off_id, state, principal=principal):
        found = await store.read(tx, day_off_id)
        raise Conflict("day_off_decided", by=found.decided_by, at=found.decided_at)
    await _told(tx, f"day_off.{state}", day_off_id, principal)


async def again(tx: Tx, day_off_id: DayOffId, order_id: OrderId, *, principal: str) -> None:
    """Try a visit once more that was refused: what stood in its way may be gone."""
    if await store.again(tx, day_off_id, order_id):
        await _told(tx, "day_off.again", day_off_id, principal, order=str(order_id))


async def _told(tx: Tx, action: str, day_off_id: DayOffId, principal: str, **data: object) -> None:
    await audit(tx, principal=principal, action=action, object_=str(day_off_id), outcome="done", data=data or None)


async def run_due(service: Service, limit: int = 50) -> int:
    """A chore: the visits of approved days that wait, one after another; how many there were."""
    found = await in_transaction(service.engine, lambda tx: store.waiting(tx, limit))
    for item in found:
        await _settle(service, item)
    return len(found)


async def _settle(service: Service, item: store.Item) -> None:
    """A bank page that stands in the way is closed first. Why it could not be done is kept for a person."""

    async def work() -> None:
        await in_transaction(service.engine, lambda tx: _cure(tx, service, item))

    try:
        await pay.letting_go(service, item.order_id, work, given_up=item.starts_at is None)
    except Refusal as refusal:
        code = refusal.code
        await in_transaction(service.engine, lambda tx: store.settle(tx, item, "refused", code))


async def _cure(tx: Tx, service: Service, item: store.Item) -> None:
    order, _ = await orders.lock(tx, item.order_id)
    if not await store.settle(tx, item, "done"):
        return  # by another worker, a moment ago
    if order.sequence != item.sequence:
        raise Conflict("moved_meanwhile", at=order.starts_at)
    who = item.approved_by
    if item.starts_at is not None:
        await move.move(tx, service, order.id, item.starts_at, principal=who, sequence=item.sequence, braked=False)
    else:
        await cancel.cancel(tx, service, order.id, principal=who, at_once=item.cure == Cure.REFUND)


async def offers(
    tx: Tx, clinic: Clinic, comers: Sequence[Comer], day: date, *, now: datetime
) -> dict[OrderId, list[datetime]]:
    """For each visit the first free times after that day; the first of them is offered to nobody else."""
    known: dict[tuple[object, ...], list[datetime]] = {}
    taken: list[Interval] = []
    found: dict[OrderId, list[datetime]] = {}
    for comer in comers:
        order = comer.order
        lines = await seating.lines_as_ordered(tx, order.id)
        key = (order.wanted_id, *((line.service.id, line.quantity, line.minutes) for line in lines))
        if key not in known:
            first, last = day + timedelta(days=1), day + AHEAD
            known[key] = await free.free_starts(tx, clinic, lines, first, last, now=now, wanted=order.wanted_id)
        minutes = timedelta(minutes=slots.visit_minutes(lines))
        left = [start for start in known[key] if not _meets(Interval(start, start + minutes), taken)]
        found[order.id] = left[:OFFERED]
        taken += [Interval(start, start + minutes) for start in left[:1]]
    return found


def _meets(one: Interval, others: Sequence[Interval]) -> bool:
    return any(one.start < other.end and other.start < one.end for other in others)
