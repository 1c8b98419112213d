"""Lists of refunds, newest first, within what the reader may see."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from checkout.ground.db import Tx, rows, sql
from checkout.ground.ids import OrderId, RefundId
from refunds.refund import State
from refunds.store import Refund, refund

_SEEN: Final = """
SELECT r.*, o.currency FROM refund r JOIN orders o ON o.id = r.order_id
 WHERE (CAST(:clinics AS int[]) IS NULL OR o.clinic_id = ANY(CAST(:clinics AS int[])))
   AND (CAST(:order AS uuid) IS NULL OR r.order_id = CAST(:order AS uuid))
   AND (CAST(:after AS uuid) IS NULL OR r.id < CAST(:after AS uuid))"""
_NEWEST = sql(f"{_SEEN} ORDER BY r.id DESC LIMIT :limit")
# One each: a plan that is made for any state would look for the few that wait among all that are done.
_IN_STATE: Final = {
    str(state): sql(f"{_SEEN} AND r.state = '{state}' ORDER BY r.id DESC LIMIT :limit") for state in State
}


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose refunds: None is no limit."""

    clinics: Collection[int] | None = None
    status: str | None = None
    order: OrderId | None = None


async def newest(tx: Tx, scope: Scope, *, after: RefundId | None, limit: int) -> list[Refund]:
    """At most `limit` refunds asked for before `after`; none in a state that there is not."""
    statement = _IN_STATE.get(scope.status) if scope.status else _NEWEST
    if statement is None:
        return []
    found = await rows(
        tx,
        statement,
        clinics=list(scope.clinics) if scope.clinics is not None else None,
        order=scope.order.uuid if scope.order else None,
        after=after.uuid if after else None,
        limit=limit,
    )
    return [refund(row) for row in found]
