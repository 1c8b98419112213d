"""Lists of orders, newest first, within what the reader may see."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from checkout.ground.db import Tx, rows, sql
from checkout.ground.ids import OrderId
from checkout.payment.order import Facts, Order
from checkout.payment.orders import FACTS_COLUMNS, facts_of, order

_NEWEST = sql(f"""
SELECT o.*, c.slug AS clinic, c.zone, {FACTS_COLUMNS}
  FROM orders o JOIN clinic c ON c.id = o.clinic_id
 WHERE (CAST(:clinics AS int[]) IS NULL OR o.clinic_id = ANY(CAST(:clinics AS int[])))
   AND (CAST(:principal AS text) IS NULL OR o.principal = :principal)
   AND (CAST(:clinic AS text) IS NULL OR c.slug = :clinic)
   AND (CAST(:code AS text) IS NULL OR o.code = :code)
   AND (CAST(:after AS uuid) IS NULL OR o.id < CAST(:after AS uuid))
 ORDER BY o.id DESC LIMIT :limit""")  # noqa: S608 - FACTS_COLUMNS is a constant


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose orders: None is no limit."""

    clinics: Collection[int] | None = None
    principal: str | None = None
    clinic: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    order: Order
    facts: Facts


async def newest(tx: Tx, scope: Scope, *, after: OrderId | None, limit: int) -> list[Listed]:
    """At most `limit` orders made before `after`: ids sort by the time they were made."""
    found = await rows(
        tx,
        _NEWEST,
        clinics=list(scope.clinics) if scope.clinics is not None else None,
        principal=scope.principal,
        clinic=scope.clinic,
        code=scope.code,
        after=after.uuid if after else None,
        limit=limit,
    )
    return [Listed(order(row), facts_of(row)) for row in found]
