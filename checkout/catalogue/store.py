"""Where the catalogue is kept: its tables and its statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from checkout.catalogue.catalogue import Clinic, Kind, Service, Span, Text
from checkout.catalogue.slots import Diary, Interval
from checkout.ground.db import Row, Tx, one, rows, sql
from gateways.money import Money

_CLINIC_COLUMNS = """
SELECT c.*,
  (SELECT jsonb_agg(jsonb_build_array(h.weekday, h.opens, h.closes) ORDER BY h.weekday, h.opens)
     FROM opening_hours h WHERE h.clinic_id = c.id) AS hours,
  (SELECT jsonb_agg(jsonb_build_array(x.day, x.opens, x.closes) ORDER BY x.day)
     FROM opening_exception x WHERE x.clinic_id = c.id AND x.day >= CAST(app_now() AS date) - 2) AS exceptions
  FROM clinic c
"""
_CLINIC = sql(_CLINIC_COLUMNS + "WHERE c.slug = :slug AND c.active")
_CLINIC_BY_ID = sql(_CLINIC_COLUMNS + "WHERE c.id = :id")
_CLINICS = sql(_CLINIC_COLUMNS + "WHERE c.active ORDER BY c.id")

_SERVICE_COLUMNS = """
SELECT s.*, p.amount AS price, p.currency
  FROM service s
  CROSS JOIN LATERAL (SELECT amount, currency FROM service_price
                       WHERE service_id = s.id AND valid_from <= app_now() ORDER BY valid_from DESC LIMIT 1) p
"""
_SERVICES_AT = sql(
    _SERVICE_COLUMNS
    + """JOIN clinic_service cs ON cs.service_id = s.id
 WHERE cs.clinic_id = :clinic AND s.active ORDER BY s.id"""
)
_SERVICES = sql(_SERVICE_COLUMNS + "WHERE s.active ORDER BY s.id")
_SERVICES_BY_ID = sql(_SERVICE_COLUMNS + "WHERE s.id = ANY(CAST(:ids AS int[]))")
_CLINICS_OF_SERVICES = sql("""
SELECT s.slug, array_agg(c.slug ORDER BY c.id) AS clinics
  FROM clinic_service cs JOIN clinic c ON c.id = cs.clinic_id AND c.active JOIN service s ON s.id = cs.service_id
 GROUP BY s.slug""")
# Resources are compared as one-number ranges: so the exclusion constraint's index finds a resource's bookings at once.
_DIARY = sql("""
SELECT giver.id, giver.services, taken.starts, taken.ends
  FROM (SELECT r.id, array_agg(rs.service_id) AS services
          FROM resource r JOIN resource_service rs ON rs.resource_id = r.id
         WHERE r.clinic_id = :clinic AND r.active AND rs.service_id = ANY(CAST(:services AS int[]))
         GROUP BY r.id) AS giver
  CROSS JOIN LATERAL
       (SELECT array_agg(lower(b.during)) AS starts, array_agg(upper(b.during)) AS ends
          FROM booking b
         WHERE int4range(b.resource_id, b.resource_id, '[]') && int4range(giver.id, giver.id, '[]')
           AND b.during && tstzrange(:start, :until) AND b.state IN ('held', 'confirmed', 'given')) AS taken
 ORDER BY giver.id""")


def _span(opens: str | None, closes: str | None) -> Span | None:
    return Span(time.fromisoformat(opens), time.fromisoformat(closes)) if opens and closes else None


def _clinic(row: Row[Any]) -> Clinic:
    return Clinic(
        id=row.id,
        slug=row.slug,
        merchant=row.merchant,
        name=Text(row.name_ru, row.name_en),
        address=Text(row.address_ru, row.address_en),
        zone=row.zone,
        phone=row.phone,
        step_minutes=row.step_minutes,
        hours=tuple((day, span) for day, opens, closes in row.hours or [] if (span := _span(opens, closes))),
        exceptions=tuple(
            (date.fromisoformat(day), _span(opens, closes)) for day, opens, closes in row.exceptions or []
        ),
        map_url=row.map_url,
        notes=Text(row.notes_ru, row.notes_en),
    )


def _service(row: Row[Any]) -> Service:
    return Service(
        id=row.id,
        slug=row.slug,
        kind=Kind(row.kind),
        name=Text(row.name_ru, row.name_en),
        minutes=row.minutes,
        price=Money(row.price, row.currency),
        deposit_percent=row.deposit_percent,
        at_clinic=row.at_clinic,
        vat=row.vat,
    )


async def clinic(tx: Tx, slug: str) -> Clinic | None:
    row = await one(tx, _CLINIC, slug=slug)
    return _clinic(row) if row else None


async def clinic_by_id(tx: Tx, clinic_id: int) -> Clinic:
    row = await one(tx, _CLINIC_BY_ID, id=clinic_id)
    assert row is not None  # noqa: S101 - a foreign key holds it
    return _clinic(row)


async def clinics(tx: Tx) -> list[Clinic]:
    return [_clinic(row) for row in await rows(tx, _CLINICS)]


async def services_at(tx: Tx, clinic_id: int) -> dict[str, Service]:
    """What this clinic gives, by slug."""
    return {row.slug: _service(row) for row in await rows(tx, _SERVICES_AT, clinic=clinic_id)}


async def services(tx: Tx) -> list[tuple[Service, tuple[str, ...]]]:
    """Everything on sale, with the slugs of the clinics that give it."""
    places = {row.slug: tuple(row.clinics) for row in await rows(tx, _CLINICS_OF_SERVICES)}
    return [(_service(row), places.get(row.slug, ())) for row in await rows(tx, _SERVICES)]


async def services_by_id(tx: Tx, ids: Sequence[int]) -> dict[int, Service]:
    """Services by their row, on sale or not: what was once ordered."""
    return {row.id: _service(row) for row in await rows(tx, _SERVICES_BY_ID, ids=list(ids))}


async def diary(tx: Tx, clinic_id: int, service_ids: Sequence[int], start: datetime, until: datetime) -> Diary:
    """Who gives these services at the clinic, and when they are taken between the two instants."""
    givers: dict[int, list[int]] = defaultdict(list)
    busy: dict[int, list[Interval]] = {}
    found = await rows(tx, _DIARY, clinic=clinic_id, services=list(service_ids), start=start, until=until)
    for row in found:
        busy[row.id] = [Interval(a, b) for a, b in zip(row.starts or [], row.ends or [], strict=True)]
        for service_id in row.services:
            givers[service_id].append(row.id)
    return Diary(givers, busy)
