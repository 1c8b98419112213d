"""Read the catalogue back as a file would say it: what an import is compared with, and what an export writes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from checkout.catalogue.catalogue import Shift
from checkout.catalogue.changes import Held, Key
from checkout.catalogue.file import (
    Catalogue,
    ClinicEntry,
    LongWords,
    PriceEntry,
    ResourceEntry,
    ServiceEntry,
    Words,
    yesterday,
)
from checkout.catalogue.notation import in_order
from checkout.catalogue.store import exceptions, span
from checkout.ground.db import Row, Tx, now, rows, sql

_SERVICES = sql("""
SELECT s.*, p.amount AS price, coalesce(p.vat, s.vat) AS vat_mark,
  (SELECT jsonb_agg(jsonb_build_array(f.valid_from, f.amount, coalesce(f.vat, s.vat)) ORDER BY f.valid_from)
     FROM service_price f WHERE f.service_id = s.id AND f.valid_from > :now) AS planned,
  (SELECT array_agg(o.slug ORDER BY o.slug)
     FROM service_option so JOIN service o ON o.id = so.option_id AND o.active WHERE so.service_id = s.id) AS options
  FROM service s
  JOIN LATERAL (SELECT amount, vat FROM service_price WHERE service_id = s.id
                 ORDER BY valid_from > :now, CASE WHEN valid_from <= :now THEN valid_from END DESC, valid_from
                 LIMIT 1) AS p ON true
 ORDER BY s.id""")
_CLINICS = sql("""
SELECT c.*,
  (SELECT jsonb_agg(jsonb_build_array(h.weekday, h.opens, h.closes) ORDER BY h.weekday, h.opens)
     FROM opening_hours h WHERE h.clinic_id = c.id) AS hours,
  (SELECT jsonb_agg(jsonb_build_array(x.day, x.opens, x.closes) ORDER BY x.day, x.opens)
     FROM opening_exception x WHERE x.clinic_id = c.id AND x.day >= :today) AS exceptions,
  (SELECT jsonb_object_agg(s.slug, s.kind) FROM clinic_service cs JOIN service s ON s.id = cs.service_id
    WHERE cs.clinic_id = c.id AND s.active AND s.kind IN ('goods', 'option')) AS extras
  FROM clinic c ORDER BY c.id""")
_RESOURCES = sql("""
SELECT r.*, c.slug AS clinic,
  (SELECT array_agg(s.slug ORDER BY s.slug) FROM resource_service rs JOIN service s ON s.id = rs.service_id
    WHERE rs.resource_id = r.id AND s.active) AS services,
  (SELECT jsonb_agg(jsonb_build_array(h.weekday, h.opens, h.closes, h.valid_from, h.valid_until))
     FROM resource_hours h WHERE h.resource_id = r.id) AS hours,
  (SELECT jsonb_agg(jsonb_build_array(x.day, x.opens, x.closes) ORDER BY x.day, x.opens)
     FROM resource_exception x WHERE x.resource_id = r.id AND x.day >= :today) AS exceptions
  FROM resource r JOIN clinic c ON c.id = r.clinic_id ORDER BY r.id""")
_WORKING_DAYS = sql("SELECT day, working FROM working_day WHERE day >= :today ORDER BY day")


async def held(tx: Tx, moment: datetime) -> Held:
    """What there is, switched off or not; of dated records those that are not over."""
    today = yesterday(moment)
    off: set[Key] = set()
    services = await rows(tx, _SERVICES, now=moment)
    off |= {("service", row.slug) for row in services if not row.active}
    resources: dict[str, list[ResourceEntry]] = defaultdict(list)
    for row in await rows(tx, _RESOURCES, today=today):
        resources[row.clinic].append(_resource(row))
        off |= set() if row.active else {("resource", row.clinic, row.slug)}
    clinics = await rows(tx, _CLINICS, today=today)
    off |= {("clinic", row.slug) for row in clinics if not row.active}
    catalogue = Catalogue(
        clinics=tuple(_clinic(row, resources[row.slug]) for row in clinics),
        services=tuple(_service(row) for row in services),
        working_days={row.day: row.working for row in await rows(tx, _WORKING_DAYS, today=today)},
    )
    return Held(catalogue, frozenset(off))


async def offered(tx: Tx) -> Catalogue:
    """What is not switched off: what an export writes."""
    found = await held(tx, await now(tx))
    return found.catalogue.model_copy(
        update={
            "services": tuple(one for one in found.catalogue.services if ("service", one.slug) not in found.off),
            "clinics": tuple(
                clinic.model_copy(
                    update={
                        "resources": tuple(
                            one for one in clinic.resources if ("resource", clinic.slug, one.slug) not in found.off
                        )
                    }
                )
                for clinic in found.catalogue.clinics
                if ("clinic", clinic.slug) not in found.off
            ),
        }
    )


def _service(row: Row[Any]) -> ServiceEntry:
    return ServiceEntry(
        slug=row.slug,
        kind=row.kind,
        name=Words(ru=row.name_ru, en=row.name_en),
        about=LongWords(ru=row.about_ru, en=row.about_en),
        minutes=row.minutes,
        price=row.price,
        vat=row.vat_mark,
        prices=tuple(
            PriceEntry(valid_from=datetime.fromisoformat(valid_from), price=amount, vat=vat)
            for valid_from, amount, vat in row.planned or ()
        ),
        deposit_percent=row.deposit_percent,
        deposit_fixed=row.deposit_fixed,
        at_clinic=row.at_clinic,
        position=row.position,
        options=tuple(row.options or ()),
    )


def _clinic(row: Row[Any], resources: Iterable[ResourceEntry]) -> ClinicEntry:
    extras = row.extras or {}
    return ClinicEntry(
        slug=row.slug,
        merchant=row.merchant,
        name=Words(ru=row.name_ru, en=row.name_en),
        address=Words(ru=row.address_ru, en=row.address_en),
        zone=row.zone,
        phone=row.phone,
        step_minutes=row.step_minutes,
        keeps_holidays=row.keeps_holidays,
        paused=row.paused,
        map_url=row.map_url,
        notes=LongWords(ru=row.notes_ru, en=row.notes_en),
        hours=tuple((day, hours) for day, opens, closes in row.hours or () if (hours := span(opens, closes))),
        exceptions=exceptions(row.exceptions),
        goods=tuple(slug for slug, kind in extras.items() if kind == "goods"),
        options=tuple(slug for slug, kind in extras.items() if kind == "option"),
        resources=tuple(resources),
    )


def _resource(row: Row[Any]) -> ResourceEntry:
    shifts = [
        Shift(day, hours, _day(first), _day(last))
        for day, opens, closes, first, last in row.hours or ()
        if (hours := span(opens, closes))
    ]
    return ResourceEntry(
        slug=row.slug,
        kind=row.kind,
        name=row.name,
        name_en=row.name_en,
        position=row.position,
        services=tuple(row.services or ()),
        hours=in_order(shifts),
        exceptions=exceptions(row.exceptions),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
