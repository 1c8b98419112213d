"""The catalogue over the API: clinics, services with today's prices, free starts. Public: it is what the site shows."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from checkout.catalogue import slots, store
from checkout.catalogue.catalogue import Line, Service, deposit
from checkout.ground.db import Tx, in_transaction, now
from checkout.ground.errors import Invalid
from checkout.web.api import models
from checkout.web.routes import Call, Routes

routes = Routes()


@routes.op("GET", "/v1/clinics", out=models.ClinicList, summary="Clinics and their time zones", tag="Catalogue")
async def list_clinics(call: Call) -> models.ClinicList:
    found = await in_transaction(call.service.engine, store.clinics)
    return models.ClinicList(
        data=[
            models.ClinicOut(
                slug=clinic.slug,
                name=models.TextOut(ru=clinic.name.ru, en=clinic.name.en),
                address=models.TextOut(ru=clinic.address.ru, en=clinic.address.en),
                zone=clinic.zone,
                phone=clinic.phone,
            )
            for clinic in found
        ]
    )


@routes.op("GET", "/v1/services", out=models.ServiceList, summary="Services at today's prices", tag="Catalogue")
async def list_services(call: Call) -> models.ServiceList:
    found = await in_transaction(call.service.engine, store.services)
    return models.ServiceList(data=[_service(service, places) for service, places in found])


def _service(service: Service, places: tuple[str, ...]) -> models.ServiceOut:
    part = deposit((Line(service, 1),)) if service.deposit_percent else None
    return models.ServiceOut(
        slug=service.slug,
        name=models.TextOut(ru=service.name.ru, en=service.name.en),
        kind=service.kind,
        minutes=service.minutes,
        price=models.MoneyOut.of(service.price),
        deposit=models.MoneyOut.of(part) if part else None,
        at_clinic=service.at_clinic,
        clinics=list(places),
    )


@routes.op(
    "GET",
    "/v1/slots",
    query=models.SlotQuery,
    out=models.SlotList,
    summary="Free starts of a visit",
    tag="Catalogue",
    refusals=("clinic_unknown", "service_unknown"),
)
async def list_slots(call: Call) -> models.SlotList:
    query: models.SlotQuery = call.query

    async def work(tx: Tx) -> models.SlotList:
        zone, starts = await free(tx, query.clinic, query.service.split(","), query.day, query.days)
        return models.SlotList(zone=zone, data=[models.SlotOut(starts_at=start) for start in starts])

    return await in_transaction(call.service.engine, work)


async def free(tx: Tx, clinic_slug: str, services: list[str], day: date, days: int) -> tuple[str, list[datetime]]:
    """The clinic's zone and the free starts on `days` days from `day` on. Raises Invalid for unknown slugs."""
    clinic = await store.clinic(tx, clinic_slug)
    if clinic is None:
        raise Invalid("clinic_unknown", pointer="clinic")
    offered = await store.services_at(tx, clinic.id)
    if unknown := [slug for slug in services if slug not in offered]:
        raise Invalid("service_unknown", pointer="service", services=unknown)
    lines = [Line(offered[slug], 1) for slug in services]
    first = datetime.combine(day, datetime.min.time(), clinic.tz)
    diary = await store.diary(
        tx, clinic.id, [line.service.id for line in lines], first, first + timedelta(days=days + 1)
    )
    moment = await now(tx)
    found = [
        start
        for offset in range(days)
        for start in slots.free_starts(clinic, lines, day + timedelta(days=offset), diary, now=moment)
    ]
    return clinic.zone, found
