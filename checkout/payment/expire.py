"""Give back what nobody paid for: at the end of the hold, and only once the bank has said "not paid"."""

from __future__ import annotations

from datetime import timedelta

from checkout.booking import store as bookings
from checkout.booking.booking import State as BookingState
from checkout.ground.db import Tx, in_transaction, rows, sql
from checkout.ground.events import SYSTEM, Event, record
from checkout.ground.ids import OrderId
from checkout.ground.service import Service
from checkout.payment import orders, store
from checkout.payment.payment import UNSETTLED

_DUE = sql("SELECT id FROM orders WHERE due_at <= app_now() ORDER BY due_at LIMIT :limit")
ASK_AGAIN = timedelta(minutes=1)


async def expire_due(service: Service, limit: int = 50) -> int:
    """One round over orders whose hold has ended; the number looked at."""

    async def find(tx: Tx) -> list[OrderId]:
        return [OrderId(row.id) for row in await rows(tx, _DUE, limit=limit)]

    found = await in_transaction(service.engine, find)
    for order_id in found:
        await in_transaction(service.engine, lambda tx, one=order_id: expire(tx, one))  # type: ignore[misc]
    return len(found)


async def expire(tx: Tx, order_id: OrderId) -> bool:
    """Free the places of one order, if its time has come and no bank session may still bring money."""
    order, now = await orders.lock(tx, order_id)
    if now < order.hold_until:
        return False
    states = {payment.state for payment in await store.of_order(tx, order_id)}
    if states & UNSETTLED:
        await orders.due(tx, order_id, now + ASK_AGAIN)
        return False
    freed = await bookings.move(tx, order_id, BookingState.HELD, "expire")
    await orders.due(tx, order_id, None)
    if freed:
        await record(tx, order_id, SYSTEM, [*freed, Event("order", order_id, "expired")])
    return bool(freed)
