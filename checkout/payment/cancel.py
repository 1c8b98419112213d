"""Cancel an order: the places go back at once; money that was taken is to be decided within the configured hours.

Or at once, if the payer says so: refunds' chore looks for money whose hour has come, and is told nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from checkout.booking import store as bookings
from checkout.booking.booking import EARNS
from checkout.booking.booking import State as BookingState
from checkout.ground.db import Tx
from checkout.ground.errors import Conflict
from checkout.ground.events import Event, record
from checkout.ground.ids import OrderId
from checkout.ground.service import Service
from checkout.payment import orders, store
from checkout.payment.order import Facts, Order


async def cancel(tx: Tx, service: Service, order_id: OrderId, *, principal: str, at_once: bool = False) -> None:
    """`at_once`: the money goes back without waiting for a decision.

    Raises Conflict: `bank_session_open` (close it first, see `pay.abandon`), `order_closed` if there is no visit.
    """
    order, now = await orders.lock(tx, order_id)
    facts = await orders.facts(tx, order_id)
    if order.cancelled_at:
        if at_once and facts.kept:
            await _sooner(tx, order, now, principal=principal)
        return
    check(order, facts)  # first: what cannot be cancelled lets no hold go
    await store.refuse_unsettled(tx, order_id)
    events = [
        *await bookings.move(tx, order_id, BookingState.HELD, "cancel"),
        *await bookings.move(tx, order_id, BookingState.CONFIRMED, "cancel"),
    ]
    hours = 0 if at_once else service.config.limits.late_money_hours
    await orders.cancel(tx, order_id, _limit(order, facts, now + timedelta(hours=hours)))
    await record(tx, order_id, principal, [Event("order", order_id, "cancelled"), *events])


def _limit(order: Order, facts: Facts, limit: datetime) -> datetime | None:
    """By when the money is to be decided. Of money that had no visit before either, the payer was told an hour already."""
    if not facts.ours:
        return None
    told = None if facts.bookings & EARNS else order.decide_by
    return min(limit, told) if told else limit


def check(order: Order, facts: Facts) -> None:
    """Whether there is something to cancel. Raises Conflict `order_closed`: a visit behind us is settled by people."""
    if facts.bookings & {BookingState.GIVEN, BookingState.NO_SHOW} or order.handed_over_at:
        raise Conflict("order_closed")


async def give_back(tx: Tx, order_id: OrderId, *, principal: str) -> None:
    """Money without a visit goes back now, without waiting for the hour. Asked twice, it is asked once.

    Raises Conflict `order_closed` if there is a visit for it, or no money.
    """
    order, now = await orders.lock(tx, order_id)
    facts = await orders.facts(tx, order_id)
    if order.decide_by is None or not facts.kept or facts.bookings & EARNS:
        raise Conflict("order_closed")
    await _sooner(tx, order, now, principal=principal)


async def _sooner(tx: Tx, order: Order, now: datetime, *, principal: str) -> None:
    """The hour to decide by is now, if it lies ahead."""
    if order.decide_by and order.decide_by > now and await orders.give_back(tx, order.id):
        await record(tx, order.id, principal, [Event("order", order.id, "return_asked")])
