"""The diary: who gives what at a clinic, when they work, and when they are taken, by a booking or by another system."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from checkout.catalogue.catalogue import Clinic, Line, Resource, ResourceKind, Shift
from checkout.catalogue.clock import DAY, instant, reached
from checkout.catalogue.slots import FREE, Diary
from checkout.catalogue.store import exceptions, span
from checkout.ground.db import Row, Tx, rows, sql

# What is taken comes merged, as whole minutes since 1970. A booking lies within one day of its clinic, so that a plain
# index over its start finds it; a busy block may be long, and is found as a range (a resource as a one-number range).
# Both are read from views that say when, and not whose it is: see migration 0010.
_DIARY = sql("""
SELECT giver.*, taken.starts, taken.ends,
  (SELECT CAST(jsonb_agg(jsonb_build_array(h.weekday, h.opens, h.closes, h.valid_from, h.valid_until)) AS text)
     FROM resource_hours h WHERE h.resource_id = giver.id) AS hours,
  (SELECT jsonb_agg(jsonb_build_array(x.day, x.opens, x.closes))
     FROM resource_exception x WHERE x.resource_id = giver.id AND x.day BETWEEN :first AND :last) AS exceptions
  FROM (SELECT r.id, r.kind, r.active, r.position, array_agg(rs.service_id) AS services
          FROM resource r JOIN resource_service rs ON rs.resource_id = r.id
         WHERE r.clinic_id = :clinic AND rs.service_id = ANY(CAST(:services AS int[]))
         GROUP BY r.id) AS giver
  CROSS JOIN LATERAL
       (SELECT array_agg(CAST(floor(date_part('epoch', lower(whole)) / 60) AS int)) AS starts,
               array_agg(CAST(ceil(date_part('epoch', upper(whole)) / 60) AS int)) AS ends
          FROM unnest((SELECT range_agg(during) FROM (
                  SELECT b.during FROM booked b
                   WHERE b.resource_id = giver.id AND b.state IN ('held', 'confirmed', 'given')
                     AND lower(b.during) >= CAST(:start AS timestamptz) - interval '2 days'
                     AND lower(b.during) < CAST(:until AS timestamptz)
                  UNION ALL
                  SELECT o.during FROM blocked o
                   WHERE int4range(o.resource_id, o.resource_id, '[]') && int4range(giver.id, giver.id, '[]')
                     AND o.during && tstzrange(:start, :until)) AS each)) AS whole) AS taken
 ORDER BY giver.position, giver.id""")


async def diary(tx: Tx, clinic: Clinic, lines: Sequence[Line], first: date, last: date) -> Diary:
    """Who gives the lines at the clinic, and when they work and are taken on its days `first` to `last`."""
    found = await rows(
        tx,
        _DIARY,
        clinic=clinic.id,
        services=[line.service.id for line in lines],
        first=first,
        last=last,
        start=instant(reached(first, 0, clinic.tz)),
        until=instant(reached(last, DAY, clinic.tz)),
    )
    busy = {row.id: (row.starts, row.ends) if row.starts else FREE for row in found}
    return Diary([_resource(row) for row in found], busy)


def _resource(row: Row[Any]) -> Resource:
    return Resource(
        id=row.id,
        kind=ResourceKind(row.kind),
        services=frozenset(row.services),
        active=row.active,
        hours=_shifts(row.hours) if row.hours else (),
        exceptions=exceptions(row.exceptions),
    )


@lru_cache(maxsize=1024)
def _shifts(text: str) -> tuple[Shift, ...]:
    """Hours seldom change and colleagues often share them: the same text is taken apart once."""
    return tuple(_shift(*shift) for shift in json.loads(text))


def _shift(weekday: int, opens: str, closes: str, valid_from: str | None, valid_until: str | None) -> Shift:
    hours = span(opens, closes)
    assert hours is not None  # noqa: S101 - the table wants both
    return Shift(weekday, hours, _day(valid_from), _day(valid_until))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
