"""Stretch the hold of an unpaid visit: once, before any payment is started, within the cap. Source: decisions.md 11."""

from __future__ import annotations

from datetime import datetime, timedelta

from checkout.booking.booking import State
from checkout.ground.config import Limits
from checkout.ground.db import Tx
from checkout.ground.errors import Conflict
from checkout.ground.events import Event, record
from checkout.ground.ids import OrderId
from checkout.ground.service import Service
from checkout.payment import orders
from checkout.payment.order import Facts, Order


async def extend(tx: Tx, service: Service, order_id: OrderId, *, principal: str) -> datetime:
    """Until when the time is held now. Raises Conflict `hold_not_extendable`."""
    order, now = await orders.lock(tx, order_id)
    until = longer(order, await orders.facts(tx, order_id), service.config.limits, now)
    if until is None or not await orders.extend(tx, order_id, until):
        raise Conflict("hold_not_extendable")
    await record(tx, order_id, principal, [Event("order", order_id, "extended", data={"until": until.isoformat()})])
    return until


def longer(order: Order, facts: Facts, limits: Limits, now: datetime) -> datetime | None:
    """Until when the hold could be stretched; None if it cannot be. Pure.

    A payment that was started has stretched it already, so that the hold outlives the bank's page.
    """
    if State.HELD not in facts.bookings or facts.payments or order.extended_at or order.hold_until <= now:
        return None
    until = min(order.hold_until + timedelta(minutes=limits.hold_minutes), order.hold_cap)
    return until if until > order.hold_until else None
