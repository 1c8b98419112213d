"""Remind of visits that are near: once for each time a visit has, again after a move, and never at night."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from checkout.ground.db import Tx, in_transaction, rows, run, sql
from checkout.ground.events import SYSTEM, Event, record
from checkout.ground.ids import OrderId
from checkout.ground.service import Service
from checkout.payment import orders

# Who booked or moved a moment ago knows the hour; a telephone that rings at three in the morning helps nobody.
_DUE = sql("""
SELECT o.id, o.starts_at FROM orders o JOIN clinic c ON c.id = o.clinic_id
 WHERE o.cancelled_at IS NULL AND o.reminded_for IS DISTINCT FROM o.starts_at
   AND o.starts_at > app_now() + interval '1 hour'
   AND o.starts_at <= app_now() + make_interval(hours => CAST(:hours AS int))
   AND extract(hour FROM app_now() AT TIME ZONE c.zone) BETWEEN 8 AND 20
   AND EXISTS (SELECT 1 FROM booking b WHERE b.order_id = o.id AND b.state = 'confirmed')
   AND app_now() >= interval '3 hours' + greatest(o.created_at,
         (SELECT max(e.at) FROM event e WHERE e.order_id = o.id AND e.subject = 'order' AND e.kind = 'moved'))
 ORDER BY o.starts_at LIMIT :limit""")
_REMINDED = sql("""
UPDATE orders SET reminded_for = starts_at
 WHERE id = :id AND starts_at = :starts_at AND cancelled_at IS NULL AND reminded_for IS DISTINCT FROM starts_at""")
EVERY: Final = 60.0  # seconds between rounds


async def remind_due(service: Service, limit: int = 50) -> int:
    """One round; the number of visits reminded of."""
    hours = service.config.limits.reminder_hours
    found = await in_transaction(service.engine, lambda tx: rows(tx, _DUE, hours=hours, limit=limit))
    for row in found:
        await in_transaction(service.engine, lambda tx, one=row: remind(tx, OrderId(one.id), one.starts_at))  # type: ignore[misc]
    return len(found)


async def remind(tx: Tx, order_id: OrderId, starts_at: datetime) -> bool:
    """The event by which the reminder is told; False if the visit was moved, cancelled or reminded of meanwhile."""
    await orders.lock(tx, order_id)
    if not await run(tx, _REMINDED, id=order_id.uuid, starts_at=starts_at):
        return False
    await record(tx, order_id, SYSTEM, [Event("order", order_id, "reminder")])
    return True
