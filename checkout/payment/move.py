"""Move a visit to another time. What was paid stays with it, prices stay frozen; the old time is free at once.

Also the way out for money that has no visit: paid too late, or called off with the money kept.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from checkout.booking import store as bookings
from checkout.booking.booking import TAKES_PLACE, State
from checkout.catalogue import slots
from checkout.catalogue import store as catalogue
from checkout.ground.db import LostRace, Tx
from checkout.ground.errors import Conflict
from checkout.ground.events import Event, record
from checkout.ground.ids import OrderId
from checkout.ground.service import Service
from checkout.payment import brakes, orders, seating, store
from checkout.payment.order import Facts, Order, undecided

LEFT = (State.HELD, State.CONFIRMED, State.EXPIRED)  # an expired place of a moved visit must not come back by itself


async def move(
    tx: Tx,
    service: Service,
    order_id: OrderId,
    starts_at: datetime,
    *,
    principal: str,
    sequence: int | None = None,
    braked: bool = True,
) -> Order:
    """The order at its new time. Asked twice for the same one, it is moved once.

    `sequence`: how often the visit had been moved when the new time was chosen, None if that does not matter. `braked`:
    not for staff. Raises Conflict: `bank_session_open` (close it first, see `pay.abandon`), `slot_taken` with the nearest
    free starts, `moved_meanwhile`, and what `state_after` raises; TooMany. A refusal leaves everything as it was.
    """
    order, now = await orders.lock(tx, order_id)
    await store.refuse_unsettled(tx, order_id)
    facts = await orders.facts(tx, order_id)
    state = state_after(order, facts, now)
    if starts_at == order.starts_at and state in facts.bookings:
        return order
    if sequence is not None and sequence != order.sequence:
        raise Conflict("moved_meanwhile", at=order.starts_at)
    if braked:
        await brakes.before_move(tx, service, order)
    # The old places go first: a move must not meet itself.
    events = [event for before in LEFT for event in await bookings.move(tx, order_id, before, "cancel")]
    lines = await seating.lines_as_ordered(tx, order_id)
    clinic = await catalogue.clinic_by_id(tx, order.clinic_id)
    limits, wanted = service.config.limits, order.wanted_id
    seats = await seating.seats(tx, clinic, lines, starts_at, now=now, limits=limits, wanted=wanted)
    events += await bookings.insert(tx, order_id, seats, state)
    decide_by = undecided(await orders.facts(tx, order_id), now, limits.late_money_hours)
    ends_at = starts_at + timedelta(minutes=slots.visit_minutes(lines))
    if not await orders.moved(tx, order, starts_at, ends_at, decide_by):
        raise LostRace
    data = {"from": order.starts_at.isoformat(), "to": starts_at.isoformat()}
    await record(tx, order_id, principal, [Event("order", order_id, "moved", data=data), *events])
    return (await orders.read(tx, order_id))[0]


def state_after(order: Order, facts: Facts, now: datetime) -> State:
    """What the visit would be at another time. Pure.

    Raises Conflict: `order_closed`, `visit_begun`, `hold_used_up`, `refund_on_its_way`.
    """
    if facts.bookings & {State.GIVEN, State.NO_SHOW}:
        raise Conflict("order_closed")
    if facts.bookings & TAKES_PLACE and order.starts_at <= now:
        raise Conflict("visit_begun")
    if State.CONFIRMED in facts.bookings:
        return State.CONFIRMED
    if State.HELD in facts.bookings:
        if order.hold_until <= now:
            raise Conflict("hold_used_up")
        return State.HELD
    if not facts.ours:
        raise Conflict("order_closed")
    if not facts.untouched or order.decide_by is None or order.decide_by <= now:
        raise Conflict("refund_on_its_way")
    return State.CONFIRMED
