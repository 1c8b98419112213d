"""Where days that are called off are kept: the list that was asked for, who approved it, and how each visit came out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from checkout.catalogue.catalogue import Text
from checkout.ground.db import Row, Tx, one, rows, run, sql
from checkout.ground.errors import Missing
from checkout.ground.ids import DayOffId, OrderId, PersonId

if TYPE_CHECKING:
    from checkout.payment.day_off import Wish

_INSERT = sql("""
INSERT INTO day_off (id, clinic_id, day, resource_id, reason, asked_by)
VALUES (:id, :clinic_id, :day, :resource_id, :reason, :principal)""")
_VISITS = sql("""
INSERT INTO day_off_visit (day_off_id, order_id, cure, starts_at, sequence)
SELECT :id, r.* FROM jsonb_to_recordset(CAST(:rows AS jsonb))
  AS r(order_id uuid, cure text, starts_at timestamptz, sequence int)""")
_READ = sql("SELECT * FROM day_off WHERE id = :id")
_LOCK = sql("SELECT * FROM day_off WHERE id = :id FOR NO KEY UPDATE")
_OF_CLINIC = sql("SELECT * FROM day_off WHERE clinic_id = :clinic_id ORDER BY asked_at DESC LIMIT :limit")
_DECIDE = sql("""
UPDATE day_off SET state = :state, decided_by = :principal, decided_at = app_now() WHERE id = :id AND state = 'asked'""")
_WAITING = sql("""
SELECT v.*, o.code AS order_code, coalesce(o.patient_id, o.payer_id) AS who, d.decided_by
  FROM day_off_visit v JOIN day_off d ON d.id = v.day_off_id
  JOIN orders o ON o.id = v.order_id
 WHERE v.state = 'waits' AND d.state = 'approved' ORDER BY d.decided_at, v.order_id LIMIT :limit""")
_ITEMS = sql("""
SELECT v.*, o.code AS order_code, coalesce(o.patient_id, o.payer_id) AS who, d.decided_by
  FROM day_off_visit v JOIN day_off d ON d.id = v.day_off_id
  JOIN orders o ON o.id = v.order_id
 WHERE v.day_off_id = :id ORDER BY o.starts_at, o.id""")
_SETTLE = sql("""
UPDATE day_off_visit SET state = :state, code = :code, settled_at = app_now()
 WHERE day_off_id = :id AND order_id = :order AND state = 'waits'""")
_AGAIN = sql("""
UPDATE day_off_visit SET state = 'waits', code = NULL, settled_at = NULL
 WHERE day_off_id = :id AND order_id = :order AND state = 'refused'""")
_RESOURCES = sql("""
SELECT id, slug, name AS name_ru, coalesce(name_en, name) AS name_en FROM resource
 WHERE clinic_id = :clinic_id AND active ORDER BY kind DESC, position, id""")
# What is done is done in one transaction, and so at one instant.
_REFUNDED = sql("""
SELECT d.asked_by, d.decided_by FROM day_off_visit v JOIN day_off d ON d.id = v.day_off_id
  JOIN orders o ON o.id = v.order_id
 WHERE v.order_id = :order AND v.state = 'done' AND v.cure = 'refund' AND v.settled_at = o.cancelled_at""")
_BEHIND = sql("""
SELECT 1 FROM day_off_visit v JOIN event e ON e.order_id = v.order_id AND e.at = v.settled_at
 WHERE v.order_id = :order AND v.state = 'done' AND e.seq = :seq""")


@dataclass(frozen=True, slots=True)
class Called:
    """What is called off, and why. `resource_id`: whose day; None: the whole clinic's."""

    clinic_id: int
    day: date
    resource_id: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class DayOff:
    """`resource_id` None: the whole clinic's. `state`: asked, approved, withdrawn."""

    id: DayOffId
    clinic_id: int
    day: date
    resource_id: int | None
    reason: str
    state: str
    asked_by: str
    asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Item:
    """One visit of the list. `who`: comes. `state`: waits, done, refused; `why`: the code of the refusal."""

    day_off_id: DayOffId
    order_id: OrderId
    code: str
    who: PersonId
    cure: str
    starts_at: datetime | None
    sequence: int
    state: str
    why: str | None
    approved_by: str


@dataclass(frozen=True, slots=True)
class Resource:
    """A specialist or a room whose day can be called off."""

    id: int
    slug: str
    name: Text


def _day_off(row: Row[Any] | None) -> DayOff:
    if row is None:
        raise Missing("day_off_missing")
    return DayOff(
        id=DayOffId(row.id),
        clinic_id=row.clinic_id,
        day=row.day,
        resource_id=row.resource_id,
        reason=row.reason,
        state=row.state,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )


def _item(row: Row[Any]) -> Item:
    return Item(
        day_off_id=DayOffId(row.day_off_id),
        order_id=OrderId(row.order_id),
        code=row.order_code,
        who=PersonId(row.who),
        cure=row.cure,
        starts_at=row.starts_at,
        sequence=row.sequence,
        state=row.state,
        why=row.code,
        approved_by=row.decided_by or "",
    )


async def insert(tx: Tx, made: DayOffId, called: Called, *, principal: str) -> None:
    await run(tx, _INSERT, id=made.uuid, principal=principal, **asdict(called))


async def insert_visits(tx: Tx, made: DayOffId, wishes: Sequence[Wish]) -> None:
    found = [
        {
            "order_id": str(wish.order_id.uuid),
            "cure": wish.cure,
            "starts_at": wish.starts_at.isoformat() if wish.starts_at else None,
            "sequence": wish.sequence,
        }
        for wish in wishes
    ]
    await run(tx, _VISITS, id=made.uuid, rows=json.dumps(found))


async def read(tx: Tx, day_off_id: DayOffId) -> DayOff:
    """Raises Missing."""
    return _day_off(await one(tx, _READ, id=day_off_id.uuid))


async def lock(tx: Tx, day_off_id: DayOffId) -> DayOff:
    """Raises Missing."""
    return _day_off(await one(tx, _LOCK, id=day_off_id.uuid))


async def of_clinic(tx: Tx, clinic_id: int, *, limit: int) -> list[DayOff]:
    """Newest first."""
    return [_day_off(row) for row in await rows(tx, _OF_CLINIC, clinic_id=clinic_id, limit=limit)]


async def decide(tx: Tx, day_off_id: DayOffId, state: str, *, principal: str) -> bool:
    """False if it was decided before."""
    return await run(tx, _DECIDE, id=day_off_id.uuid, state=state, principal=principal) == 1


async def waiting(tx: Tx, limit: int) -> list[Item]:
    """Visits of approved days that nothing has happened to yet."""
    return [_item(row) for row in await rows(tx, _WAITING, limit=limit)]


async def items(tx: Tx, day_off_id: DayOffId) -> list[Item]:
    return [_item(row) for row in await rows(tx, _ITEMS, id=day_off_id.uuid)]


async def settle(tx: Tx, item: Item, state: str, code: str | None = None) -> bool:
    """How it came out; False if it did before."""
    changed = await run(tx, _SETTLE, id=item.day_off_id.uuid, order=item.order_id.uuid, state=state, code=code)
    return changed == 1


async def again(tx: Tx, day_off_id: DayOffId, order_id: OrderId) -> bool:
    return await run(tx, _AGAIN, id=day_off_id.uuid, order=order_id.uuid) == 1


async def resources(tx: Tx, clinic_id: int) -> list[Resource]:
    """Specialists first, then rooms."""
    found = await rows(tx, _RESOURCES, clinic_id=clinic_id)
    return [Resource(row.id, row.slug, Text(row.name_ru, row.name_en)) for row in found]


async def refunded(tx: Tx, order_id: OrderId) -> tuple[str, str] | None:
    """Who asked for the money to go back with the day, and who approved; None if the order was not cancelled like that."""
    row = await one(tx, _REFUNDED, order=order_id.uuid)
    return (row.asked_by, row.decided_by) if row else None


async def behind(tx: Tx, order_id: OrderId, seq: int) -> bool:
    """Whether it was a day called off that made this event."""
    return await one(tx, _BEHIND, order=order_id.uuid, seq=seq) is not None
