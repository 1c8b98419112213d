"""Where busy blocks are kept. A batch first locks its resource: a booking and a batch never both slip through unseen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from checkout.booking.busy import Block, Kept, Meeting, Taken, Window
from checkout.catalogue.slots import Interval
from checkout.ground.db import Row, Tx, one, rows, run, sql
from checkout.ground.errors import Invalid

# Conflicts with the lock that a booking's foreign key takes. Whoever comes second reads what the first has written.
_LOCK = sql("SELECT id FROM resource WHERE clinic_id = :clinic AND slug = :slug FOR UPDATE")
_PUT = sql("""
WITH put AS (
  INSERT INTO busy (resource_id, during, source, external_id)
  SELECT :resource, tstzrange(starts, ends), :source, external_id
    FROM jsonb_to_recordset(CAST(:blocks AS jsonb)) AS b(external_id text, starts timestamptz, ends timestamptz)
  ON CONFLICT (source, resource_id, external_id) DO UPDATE SET during = excluded.during, imported_at = app_now()
   WHERE busy.during <> excluded.during
  RETURNING (xmax = 0) AS added)
SELECT count(*) FILTER (WHERE added) AS added, count(*) FILTER (WHERE NOT added) AS changed FROM put""")
_REPLACED = sql("""
DELETE FROM busy
 WHERE source = :source AND resource_id = :resource AND during && tstzrange(:since, :until)
   AND external_id <> ALL(CAST(:ids AS text[]))""")
_REMOVE = sql("""
DELETE FROM busy WHERE source = :source AND resource_id = :resource AND external_id = ANY(CAST(:ids AS text[]))""")

_KEPT: Final = """
SELECT b.id, b.source, b.external_id, r.slug AS resource, lower(b.during) AS starts, upper(b.during) AS ends, met.bookings
  FROM busy b
  JOIN resource r ON r.id = b.resource_id
  LEFT JOIN LATERAL (
       SELECT jsonb_agg(jsonb_build_array(o.code, lower(k.during), upper(k.during)) ORDER BY lower(k.during)) AS bookings
         FROM booked k JOIN booking own ON own.id = k.id JOIN orders o ON o.id = own.order_id
        WHERE int4range(k.resource_id, k.resource_id, '[]') && int4range(b.resource_id, b.resource_id, '[]')
          AND k.during && b.during AND k.state IN ('held', 'confirmed', 'given')) AS met ON true
"""
_MET = sql(
    _KEPT
    + """
 WHERE b.source = :source AND b.resource_id = :resource AND b.external_id = ANY(CAST(:ids AS text[]))
   AND met.bookings IS NOT NULL
 ORDER BY lower(b.during), b.id"""
)
_LIST = sql(
    _KEPT  # noqa: S608 - constants of this file
    + """
 WHERE r.clinic_id = :clinic AND b.id IN (SELECT z.id FROM blocked z WHERE z.during && tstzrange(:since, :until))
   AND (CAST(:slug AS text) IS NULL OR r.slug = :slug)
   AND (CAST(:source AS text) IS NULL OR b.source = :source)
   AND (CAST(:after AS bigint) IS NULL OR b.id < :after)
   AND (NOT :conflicts OR met.bookings IS NOT NULL)
 ORDER BY b.id DESC LIMIT :limit"""
)


async def _lock(tx: Tx, clinic_id: int, slug: str) -> int:
    """The resource, locked. Raises Invalid if this clinic has no such one."""
    row = await one(tx, _LOCK, clinic=clinic_id, slug=slug)
    if row is None:
        raise Invalid("resource_unknown", pointer="/resource")
    return int(row.id)


async def put(
    tx: Tx, clinic_id: int, resource: str, source: str, blocks: Sequence[Block], *, replace: Interval | None = None
) -> Taken:
    """Add these blocks, or move those that are known. Their ids are unique among them.

    `replace`: the batch is everything that the source knows of in this window; what it kept there before goes.
    """
    resource_id = await _lock(tx, clinic_id, resource)
    place: dict[str, Any] = {"source": source, "resource": resource_id}
    ids = [block.external_id for block in blocks]
    removed = 0
    if replace:
        removed = await run(tx, _REPLACED, **place, since=replace.start, until=replace.end, ids=ids)
    row = await one(tx, _PUT, **place, blocks=json.dumps([_json(block) for block in blocks]))
    assert row is not None  # noqa: S101 - a count
    met = await rows(tx, _MET, **place, ids=ids)
    return Taken(
        added=row.added,
        changed=row.changed,
        unchanged=len(blocks) - row.added - row.changed,
        removed=removed,
        conflicts=tuple(_kept(found) for found in met),
    )


def _json(block: Block) -> dict[str, str]:
    return {
        "external_id": block.external_id,
        "starts": block.during.start.isoformat(),
        "ends": block.during.end.isoformat(),
    }


async def remove(tx: Tx, clinic_id: int, resource: str, source: str, ids: Sequence[str]) -> int:
    """Give this time back; how many of the blocks there were."""
    resource_id = await _lock(tx, clinic_id, resource)
    return await run(tx, _REMOVE, source=source, resource=resource_id, ids=list(ids))


async def kept(tx: Tx, clinic_id: int, window: Window, *, limit: int) -> list[Kept]:
    """The blocks of a clinic that meet the window, newest first."""
    found = await rows(
        tx,
        _LIST,
        clinic=clinic_id,
        since=window.since,
        until=window.until,
        slug=window.resource,
        source=window.source,
        after=window.after,
        conflicts=window.conflicts,
        limit=limit,
    )
    return [_kept(row) for row in found]


def _kept(row: Row[Any]) -> Kept:
    meets = [
        Meeting(code, Interval(datetime.fromisoformat(starts), datetime.fromisoformat(ends)))
        for code, starts, ends in row.bookings or ()
    ]
    block = Block(row.external_id, Interval(row.starts, row.ends))
    return Kept(row.id, row.source, row.resource, block, tuple(meets))
