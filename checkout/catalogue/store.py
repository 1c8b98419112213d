"""Where the catalogue is kept: its tables and its statements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time
from typing import Any

from checkout.catalogue.catalogue import Clinic, Exceptions, Kind, Service, Span, Specialist, Text
from checkout.ground.db import Row, Tx, one, rows, sql
from gateways.money import Money

_CLINIC_COLUMNS = """
SELECT c.*,
  (SELECT jsonb_agg(jsonb_build_array(h.weekday, h.opens, h.closes) ORDER BY h.weekday, h.opens)
     FROM opening_hours h WHERE h.clinic_id = c.id) AS hours,
  (SELECT jsonb_agg(jsonb_build_array(x.day, x.opens, x.closes) ORDER BY x.day, x.opens)
     FROM opening_exception x WHERE x.clinic_id = c.id AND x.day >= CAST(app_now() AS date) - 2) AS exceptions,
  (SELECT jsonb_agg(jsonb_build_array(w.day, w.working))
     FROM working_day w WHERE c.keeps_holidays AND w.day >= CAST(app_now() AS date) - 2) AS working_days
  FROM clinic c
"""
_CLINIC = sql(_CLINIC_COLUMNS + "WHERE c.slug = :slug AND c.active")
_CLINIC_BY_ID = sql(_CLINIC_COLUMNS + "WHERE c.id = :id")
_CLINICS = sql(_CLINIC_COLUMNS + "WHERE c.active ORDER BY c.id")

# What is valid now, and the options that may go with it: of one clinic those that it offers, else all that are on sale.
_SERVICE_COLUMNS = """
SELECT s.*, p.amount AS price, p.currency, coalesce(p.vat, s.vat) AS vat_mark,
  (SELECT array_agg(o.slug ORDER BY o.position, o.id)
     FROM service_option so JOIN service o ON o.id = so.option_id AND o.active
    WHERE so.service_id = s.id AND (CAST(:clinic AS int) IS NULL OR EXISTS (
            SELECT 1 FROM clinic_service co WHERE co.clinic_id = :clinic AND co.service_id = o.id))) AS options
  FROM service s
  CROSS JOIN LATERAL (SELECT amount, currency, vat FROM service_price
                       WHERE service_id = s.id AND valid_from <= app_now() ORDER BY valid_from DESC LIMIT 1) p
"""
_SERVICES_AT = sql(
    _SERVICE_COLUMNS
    + """JOIN clinic_service cs ON cs.service_id = s.id
 WHERE cs.clinic_id = :clinic AND s.active ORDER BY s.position, s.id"""
)
_SERVICES = sql(_SERVICE_COLUMNS + "WHERE s.active ORDER BY s.position, s.id")
_SERVICES_BY_ID = sql(_SERVICE_COLUMNS + "WHERE s.id = ANY(CAST(:ids AS int[]))")
_CLINICS_OF_SERVICES = sql("""
SELECT s.slug, array_agg(c.slug ORDER BY c.id) AS clinics
  FROM clinic_service cs JOIN clinic c ON c.id = cs.clinic_id AND c.active JOIN service s ON s.id = cs.service_id
 GROUP BY s.slug""")
_SPECIALISTS = sql("""
SELECT r.slug, c.slug AS clinic, r.name AS name_ru, coalesce(r.name_en, r.name) AS name_en,
       array_agg(s.slug ORDER BY s.position, s.id) AS services
  FROM resource r
  JOIN clinic c ON c.id = r.clinic_id AND c.active
  JOIN resource_service rs ON rs.resource_id = r.id
  JOIN service s ON s.id = rs.service_id AND s.active
 WHERE r.kind = 'specialist' AND r.active AND (CAST(:clinic AS text) IS NULL OR c.slug = :clinic)
 GROUP BY r.id, c.id
 ORDER BY c.id, r.position, r.id""")
_SPECIALIST = sql("""
SELECT r.id FROM resource r
 WHERE r.clinic_id = :clinic AND r.slug = :slug AND r.kind = 'specialist' AND r.active
   AND EXISTS (SELECT 1 FROM resource_service rs
                WHERE rs.resource_id = r.id AND rs.service_id = ANY(CAST(:services AS int[])))""")


def span(opens: str | None, closes: str | None) -> Span | None:
    """Hours as JSON has them; without any the day is closed."""
    return Span(time.fromisoformat(opens), time.fromisoformat(closes)) if opens and closes else None


def exceptions(found: list[Any] | None) -> Exceptions:
    return tuple((date.fromisoformat(day), span(opens, closes)) for day, opens, closes in found or [])


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
        hours=tuple((day, hours) for day, opens, closes in row.hours or [] if (hours := span(opens, closes))),
        exceptions=exceptions(row.exceptions),
        keeps_holidays=row.keeps_holidays,
        working_days=tuple((date.fromisoformat(day), working) for day, working in row.working_days or []),
        paused=row.paused,
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
        vat=row.vat_mark,
        deposit_fixed=Money(row.deposit_fixed, row.currency) if row.deposit_fixed else None,
        about=Text(row.about_ru, row.about_en),
        position=row.position,
        options=tuple(row.options or ()),
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
    """What this clinic gives, by slug; of the options of each those that it offers."""
    return {row.slug: _service(row) for row in await rows(tx, _SERVICES_AT, clinic=clinic_id)}


async def services(tx: Tx) -> list[tuple[Service, tuple[str, ...]]]:
    """Everything on sale, with the slugs of the clinics that give it."""
    places = {row.slug: tuple(row.clinics) for row in await rows(tx, _CLINICS_OF_SERVICES)}
    return [(_service(row), places.get(row.slug, ())) for row in await rows(tx, _SERVICES, clinic=None)]


async def services_by_id(tx: Tx, ids: Sequence[int]) -> dict[int, Service]:
    """Services by their row, on sale or not: what was once ordered."""
    return {row.id: _service(row) for row in await rows(tx, _SERVICES_BY_ID, ids=list(ids), clinic=None)}


async def specialists(tx: Tx, clinic_slug: str | None = None) -> list[Specialist]:
    """Who can be asked for by name, at one clinic or everywhere."""
    return [
        Specialist(row.slug, row.clinic, Text(row.name_ru, row.name_en), tuple(row.services))
        for row in await rows(tx, _SPECIALISTS, clinic=clinic_slug)
    ]


async def specialist_id(tx: Tx, clinic_id: int, slug: str, service_ids: list[int]) -> int | None:
    """The specialist of this clinic, if they give at least one of the services."""
    row = await one(tx, _SPECIALIST, clinic=clinic_id, slug=slug, services=service_ids)
    return row.id if row else None
