"""Lists of refunds, newest first, within what the reader may see."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from checkout.ground.db import Tx, rows, sql
from checkout.ground.ids import OrderId, RefundId
from refunds.store import Refund, refund

_NEWEST = sql("""
SELECT r.*, o.currency FROM refund r JOIN orders o ON o.id = r.order_id
 WHERE (CAST(:clinics AS int[]) IS NULL OR o.clinic_id = ANY(CAST(:clinics AS int[])))
   AND (CAST(:status AS text) IS NULL OR r.state = :status)
   AND (CAST(:order AS uuid) IS NULL OR r.order_id = CAST(:order AS uuid))
   AND (CAST(:after AS uuid) IS NULL OR r.id < CAST(:after AS uuid))
 ORDER BY r.id DESC LIMIT :limit""")


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose refunds: None is no limit."""

    clinics: Collection[int] | None = None
    status: str | None = None
    order: OrderId | None = None


async def newest(tx: Tx, scope: Scope, *, after: RefundId | None, limit: int) -> list[Refund]:
    """At most `limit` refunds asked for before `after`."""
    found = await rows(
        tx,
        _NEWEST,
        clinics=list(scope.clinics) if scope.clinics is not None else None,
        status=scope.status,
        order=scope.order.uuid if scope.order else None,
        after=after.uuid if after else None,
        limit=limit,
    )
    return [refund(row) for row in found]
