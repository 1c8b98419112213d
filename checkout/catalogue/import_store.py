"""Bring a catalogue into the database, whole or not at all: a file, or what a form says of one entry.

A price that changes is a new row that is valid from now on; a row that was ever in force is never edited. Whatever changes
is told to the history (`history_store`), by whichever road it came.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any, Final

from checkout.catalogue import history_store
from checkout.catalogue.catalogue import Exceptions
from checkout.catalogue.changes import Held, Key, Plan, faults, plan
from checkout.catalogue.file import Catalogue, CatalogueError, ClinicEntry, ResourceEntry, ServiceEntry, yesterday
from checkout.catalogue.held_store import held
from checkout.ground.db import Tx, now, one, run, sql
from checkout.ground.events import SYSTEM

Source = Callable[[Held], Catalogue]
_ALONE = sql("SELECT pg_advisory_xact_lock(hashtextextended('catalogue', 0))")

_SERVICE = sql("""
INSERT INTO service (slug, kind, name_ru, name_en, about_ru, about_en, minutes, deposit_percent, deposit_fixed, at_clinic,
                     vat, position)
VALUES (:slug, :kind, :name_ru, :name_en, :about_ru, :about_en, :minutes, :deposit_percent, :deposit_fixed, :at_clinic,
        :vat, :position)
ON CONFLICT (slug) DO UPDATE SET
  kind = excluded.kind, name_ru = excluded.name_ru, name_en = excluded.name_en, about_ru = excluded.about_ru,
  about_en = excluded.about_en, minutes = excluded.minutes, deposit_percent = excluded.deposit_percent,
  deposit_fixed = excluded.deposit_fixed, at_clinic = excluded.at_clinic, position = excluded.position, active = true
RETURNING id""")
_FIRST_PRICE = sql("""
INSERT INTO service_price (service_id, valid_from, amount, vat) VALUES (:service, '-infinity', :amount, :vat)
ON CONFLICT DO NOTHING""")
_PRICE = sql(
    "INSERT INTO service_price (service_id, valid_from, amount, vat) VALUES (:service, :valid_from, :amount, :vat)"
)
_UNPLAN = sql("DELETE FROM service_price WHERE service_id = :service AND valid_from > :now")
_UNLINK = sql("DELETE FROM resource_service WHERE service_id = :service")
_NO_OPTIONS = sql("DELETE FROM service_option WHERE service_id = :service")
_OPTIONS = sql("""
INSERT INTO service_option (service_id, option_id)
SELECT :service, id FROM service WHERE slug = ANY(CAST(:options AS text[]))""")
_CLINIC = sql("""
INSERT INTO clinic (slug, merchant, name_ru, name_en, address_ru, address_en, zone, phone, step_minutes, keeps_holidays,
                    paused, map_url, notes_ru, notes_en)
VALUES (:slug, :merchant, :name_ru, :name_en, :address_ru, :address_en, :zone, :phone, :step_minutes, :keeps_holidays,
        :paused, :map_url, :notes_ru, :notes_en)
ON CONFLICT (slug) DO UPDATE SET
  merchant = excluded.merchant, name_ru = excluded.name_ru, name_en = excluded.name_en,
  address_ru = excluded.address_ru, address_en = excluded.address_en, zone = excluded.zone, phone = excluded.phone,
  step_minutes = excluded.step_minutes, keeps_holidays = excluded.keeps_holidays, paused = excluded.paused,
  map_url = excluded.map_url, notes_ru = excluded.notes_ru, notes_en = excluded.notes_en, active = true
RETURNING id""")
_NO_HOURS = sql("DELETE FROM opening_hours WHERE clinic_id = :owner")
_HOURS = sql("""
INSERT INTO opening_hours (clinic_id, weekday, opens, closes)
SELECT :owner, weekday, opens, closes
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS h(weekday int, opens time, closes time)""")
_NO_EXCEPTIONS = sql("DELETE FROM opening_exception WHERE clinic_id = :owner AND day >= :today")
_EXCEPTIONS = sql("""
INSERT INTO opening_exception (clinic_id, day, opens, closes)
SELECT :owner, day, opens, closes
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS x(day date, opens time, closes time)""")
_RESOURCE = sql("""
INSERT INTO resource (clinic_id, slug, kind, name, name_en, position)
SELECT id, :slug, :kind, :name, :name_en, :position FROM clinic WHERE slug = :clinic
ON CONFLICT (clinic_id, slug) DO UPDATE SET
  kind = excluded.kind, name = excluded.name, name_en = excluded.name_en, position = excluded.position, active = true
RETURNING id""")
_NO_SERVICES = sql("DELETE FROM resource_service WHERE resource_id = :owner")
_GIVES = sql("""
INSERT INTO resource_service (resource_id, service_id)
SELECT :owner, id FROM service WHERE slug = ANY(CAST(:services AS text[]))""")
_NO_SHIFTS = sql("DELETE FROM resource_hours WHERE resource_id = :owner")
_SHIFTS = sql("""
INSERT INTO resource_hours (resource_id, weekday, opens, closes, valid_from, valid_until)
SELECT :owner, weekday, opens, closes, valid_from, valid_until FROM jsonb_to_recordset(CAST(:rows AS jsonb))
    AS h(weekday int, opens time, closes time, valid_from date, valid_until date)""")
_NO_ABSENCES = sql("DELETE FROM resource_exception WHERE resource_id = :owner AND day >= :today")
_ABSENCES = sql("""
INSERT INTO resource_exception (resource_id, day, opens, closes)
SELECT :owner, day, opens, closes
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS x(day date, opens time, closes time)""")
# A service is offered where an active resource gives it; goods and options where the clinic's entry names them.
_NOT_OFFERED = sql("""
DELETE FROM clinic_service cs USING service s
 WHERE s.id = cs.service_id AND s.kind = 'service' AND NOT EXISTS (
   SELECT 1 FROM resource r JOIN resource_service rs ON rs.resource_id = r.id
    WHERE r.clinic_id = cs.clinic_id AND r.active AND rs.service_id = cs.service_id)""")
_OFFERED = sql("""
INSERT INTO clinic_service (clinic_id, service_id)
SELECT DISTINCT r.clinic_id, rs.service_id
  FROM resource r JOIN resource_service rs ON rs.resource_id = r.id WHERE r.active
ON CONFLICT DO NOTHING""")
_NO_EXTRAS = sql("""
DELETE FROM clinic_service cs USING service s
 WHERE cs.clinic_id = :owner AND s.id = cs.service_id AND s.kind IN ('goods', 'option')""")
_EXTRAS = sql("""
INSERT INTO clinic_service (clinic_id, service_id)
SELECT :owner, id FROM service WHERE slug = ANY(CAST(:extras AS text[])) ON CONFLICT DO NOTHING""")
_WORKING_DAY = sql("""
INSERT INTO working_day (day, working) VALUES (:day, :works) ON CONFLICT (day) DO UPDATE SET working = excluded.working""")
_OFF: Final = {
    "service": sql("UPDATE service SET active = false WHERE slug = :slug"),
    "clinic": sql("UPDATE clinic SET active = false WHERE slug = :slug"),
    "resource": sql("""
UPDATE resource r SET active = false FROM clinic c WHERE c.id = r.clinic_id AND c.slug = :clinic AND r.slug = :slug"""),
    "working day": sql("DELETE FROM working_day WHERE day = CAST(CAST(:slug AS text) AS date)"),
}


async def alone(tx: Tx) -> None:
    """Until this transaction ends nobody else changes the catalogue."""
    await one(tx, _ALONE)


async def bring_in(
    tx: Tx,
    read: Source,
    *,
    principal: str = SYSTEM,
    merchants: frozenset[str] | None = None,
    prune: bool = False,
    dry_run: bool = False,
) -> Plan:
    """Make the database hold what the file wants; what that changes. Raises CatalogueError, and nothing is done.

    `read`: the file, laid over what is held. `merchants`: those of the installation; None where they are not at hand.
    """
    await alone(tx)
    moment = await now(tx)
    known = await held(tx, moment)
    wanted = read(known)
    found = faults(known, wanted, merchants)
    if found:
        raise CatalogueError("\n".join(found))
    planned = plan(known, wanted, moment, prune=prune)
    if not dry_run:
        await write(tx, planned, known, moment, principal=principal)
    return planned


async def write(tx: Tx, planned: Plan, known: Held, moment: datetime, *, principal: str) -> None:
    """Do what was planned over what is held at `moment`, and tell the history."""
    if not planned.changes:
        return
    await _write(tx, planned, known, moment)
    await history_store.append(tx, planned, known, principal=principal)


async def _write(tx: Tx, planned: Plan, known: Held, moment: datetime) -> None:
    await _put_services(tx, planned, known, moment)
    for clinic in planned.wanted.clinics:
        if ("clinic", clinic.slug) in planned.touched:
            await _put_clinic(tx, clinic, yesterday(moment))
        for resource in clinic.resources:
            if ("resource", clinic.slug, resource.slug) in planned.touched:
                await _put_resource(tx, clinic.slug, resource, yesterday(moment))
    for day, works in planned.wanted.working_days.items():
        await run(tx, _WORKING_DAY, day=day, works=works)
    await _switch_off(tx, [change.key for change in planned.changes if change.sign == "-"])
    await run(tx, _NOT_OFFERED)
    await run(tx, _OFFERED)


async def _put_services(tx: Tx, planned: Plan, known: Held, moment: datetime) -> None:
    """All of them first: an option may stand below the service that it goes with."""
    before = {service.slug: service for service in known.catalogue.services}
    touched = [service for service in planned.wanted.services if ("service", service.slug) in planned.touched]
    ids = {service.slug: await _put_service(tx, service, before.get(service.slug), moment) for service in touched}
    for service in touched:
        if ("service", service.slug) in known.off:
            await run(tx, _UNLINK, service=ids[service.slug])  # what gave it long ago is asked again
        await run(tx, _NO_OPTIONS, service=ids[service.slug])
        await run(tx, _OPTIONS, service=ids[service.slug], options=list(service.options))


async def _switch_off(tx: Tx, keys: Iterable[Key]) -> None:
    for kind, *clinics, slug in keys:
        await run(tx, _OFF[kind], slug=slug, **({"clinic": clinics[0]} if clinics else {}))


async def _id(tx: Tx, statement: Any, **values: Any) -> int:
    row = await one(tx, statement, **values)
    assert row is not None  # noqa: S101 - an upsert that returns
    return int(row.id)


async def _put_service(tx: Tx, service: ServiceEntry, before: ServiceEntry | None, moment: datetime) -> int:
    values = service.model_dump(include={"slug", "kind", "minutes", "deposit_percent", "deposit_fixed", "at_clinic"})
    service_id = await _id(
        tx,
        _SERVICE,
        **values,
        name_ru=service.name.ru,
        name_en=service.name.en,
        about_ru=service.about.ru,
        about_en=service.about.en,
        vat=service.vat,
        position=service.position,
    )
    if before is None:
        await run(tx, _FIRST_PRICE, service=service_id, amount=service.price, vat=service.vat)
    elif (before.price, before.vat) != (service.price, service.vat):
        await run(tx, _PRICE, service=service_id, valid_from=moment, amount=service.price, vat=service.vat)
    await run(tx, _UNPLAN, service=service_id, now=moment)
    for price in service.prices:
        await run(tx, _PRICE, service=service_id, valid_from=price.valid_from, amount=price.price, vat=price.vat)
    return service_id


async def _put_clinic(tx: Tx, clinic: ClinicEntry, today: date) -> None:
    plain = {"slug", "merchant", "zone", "phone", "step_minutes", "keeps_holidays", "paused", "map_url"}
    clinic_id = await _id(
        tx,
        _CLINIC,
        **clinic.model_dump(include=plain),
        name_ru=clinic.name.ru,
        name_en=clinic.name.en,
        address_ru=clinic.address.ru,
        address_en=clinic.address.en,
        notes_ru=clinic.notes.ru,
        notes_en=clinic.notes.en,
    )
    hours = [{"weekday": day, "opens": f"{span.opens}", "closes": f"{span.closes}"} for day, span in clinic.hours]
    await run(tx, _NO_HOURS, owner=clinic_id)
    await run(tx, _HOURS, owner=clinic_id, rows=json.dumps(hours))
    await run(tx, _NO_EXCEPTIONS, owner=clinic_id, today=today)
    await run(tx, _EXCEPTIONS, owner=clinic_id, rows=json.dumps(_exception_rows(clinic.exceptions)))
    await run(tx, _NO_EXTRAS, owner=clinic_id)
    await run(tx, _EXTRAS, owner=clinic_id, extras=[*clinic.goods, *clinic.options])


async def _put_resource(tx: Tx, clinic: str, resource: ResourceEntry, today: date) -> None:
    plain = resource.model_dump(include={"slug", "kind", "name", "name_en", "position"})
    resource_id = await _id(tx, _RESOURCE, clinic=clinic, **plain)
    shifts = [
        {
            "weekday": shift.weekday,
            "opens": f"{shift.span.opens}",
            "closes": f"{shift.span.closes}",
            "valid_from": shift.valid_from.isoformat() if shift.valid_from else None,
            "valid_until": shift.valid_until.isoformat() if shift.valid_until else None,
        }
        for shift in resource.hours
    ]
    await run(tx, _NO_SERVICES, owner=resource_id)
    await run(tx, _GIVES, owner=resource_id, services=list(resource.services))
    await run(tx, _NO_SHIFTS, owner=resource_id)
    await run(tx, _SHIFTS, owner=resource_id, rows=json.dumps(shifts))
    await run(tx, _NO_ABSENCES, owner=resource_id, today=today)
    await run(tx, _ABSENCES, owner=resource_id, rows=json.dumps(_exception_rows(resource.exceptions)))


def _exception_rows(found: Exceptions) -> list[dict[str, str | None]]:
    return [
        {
            "day": day.isoformat(),
            "opens": f"{hours.opens}" if hours else None,
            "closes": f"{hours.closes}" if hours else None,
        }
        for day, hours in found
    ]
