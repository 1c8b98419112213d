"""Cancel an order: the places go back at once; money that was taken is to be decided within the configured hours."""

from __future__ import annotations

from datetime import timedelta

from checkout.booking import store as bookings
from checkout.booking.booking import State as BookingState
from checkout.ground.db import Tx
from checkout.ground.errors import Conflict
from checkout.ground.events import Event, record
from checkout.ground.ids import OrderId
from checkout.ground.service import Service
from checkout.payment import orders, store


async def cancel(tx: Tx, service: Service, order_id: OrderId, *, principal: str) -> None:
    """Raises Conflict: `bank_session_open` (close it first, see `pay.abandon`), `order_closed` if there is no visit."""
    order, now = await orders.lock(tx, order_id)
    if order.cancelled_at:
        return
    await store.refuse_unsettled(tx, order_id)
    facts = await orders.facts(tx, order_id)
    if facts.bookings & {BookingState.GIVEN, BookingState.NO_SHOW}:
        raise Conflict("order_closed")
    events = [
        *await bookings.move(tx, order_id, BookingState.HELD, "cancel"),
        *await bookings.move(tx, order_id, BookingState.CONFIRMED, "cancel"),
    ]
    decide_by = now + timedelta(hours=service.config.limits.late_money_hours) if facts.ours else None
    await orders.cancel(tx, order_id, decide_by)
    await record(tx, order_id, principal, [Event("order", order_id, "cancelled"), *events])
