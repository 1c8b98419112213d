"""The catalogue over the API: clinics, services, specialists, free starts. Public: it is what the site shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from checkout.catalogue import free as catalogue_free
from checkout.catalogue import legal_store, store
from checkout.catalogue.catalogue import Line, Service, Text
from checkout.catalogue.legal import Standing
from checkout.ground.db import Tx, in_transaction, now
from checkout.ground.errors import Invalid
from checkout.payment import seating
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
                name=_text(clinic.name),
                address=_text(clinic.address),
                zone=clinic.zone,
                phone=clinic.phone,
                paused=clinic.paused,
                map_url=clinic.map_url,
                notes=_text(clinic.notes),
            )
            for clinic in found
        ]
    )


@routes.op("GET", "/v1/services", out=models.ServiceList, summary="Services at today's prices", tag="Catalogue")
async def list_services(call: Call) -> models.ServiceList:
    found = await in_transaction(call.service.engine, store.services)
    return models.ServiceList(data=[_service(service, places) for service, places in found])


def _service(service: Service, places: tuple[str, ...]) -> models.ServiceOut:
    return models.ServiceOut(
        slug=service.slug,
        name=_text(service.name),
        about=_text(service.about),
        kind=service.kind,
        minutes=service.minutes,
        price=models.MoneyOut.of(service.price),
        deposit=models.MoneyOut.of(Line(service, 1).deposit) if service.has_deposit else None,
        at_clinic=service.at_clinic,
        vat=service.vat,
        options=list(service.options),
        clinics=list(places),
    )


def _text(text: Text) -> models.TextOut:
    return models.TextOut(ru=text.ru, en=text.en)


@routes.op(
    "GET",
    "/v1/specialists",
    query=models.SpecialistQuery,
    out=models.SpecialistList,
    summary="Specialists who can be asked for by name",
    tag="Catalogue",
)
async def list_specialists(call: Call) -> models.SpecialistList:
    query: models.SpecialistQuery = call.query
    found = await in_transaction(call.service.engine, lambda tx: store.specialists(tx, query.clinic))
    return models.SpecialistList(
        data=[
            models.SpecialistOut(
                slug=specialist.slug,
                clinic=specialist.clinic,
                name=_text(specialist.name),
                services=list(specialist.services),
            )
            for specialist in found
        ]
    )


@routes.op(
    "GET",
    "/v1/slots",
    query=models.SlotQuery,
    out=models.SlotList,
    summary="Free starts of a visit; none while the clinic is paused",
    tag="Catalogue",
    refusals=("clinic_unknown", "service_unknown", "option_unfit", "visit_needed", "specialist_unknown"),
)
async def list_slots(call: Call) -> models.SlotList:
    query: models.SlotQuery = call.query

    async def work(tx: Tx) -> models.SlotList:
        services = query.service.split(",")
        zone, starts = await free(tx, query.clinic, services, query.day, query.days, specialist=query.specialist)
        return models.SlotList(zone=zone, data=[models.SlotOut(starts_at=start) for start in starts])

    return await in_transaction(call.service.engine, work)


async def free(
    tx: Tx, clinic_slug: str, services: Sequence[str], day: date, days: int, *, specialist: str | None = None
) -> tuple[str, list[datetime]]:
    """The clinic's zone and the free starts on `days` days from `day` on. Raises Invalid for what is not given there."""
    clinic = await store.clinic(tx, clinic_slug)
    if clinic is None:
        raise Invalid("clinic_unknown", pointer="clinic")
    try:
        lines = await seating.lines_of(tx, clinic, [(slug, 1) for slug in services])
        wanted = await catalogue_free.specialist(tx, clinic, lines, specialist) if specialist else None
    except Invalid as refusal:
        field = "specialist" if refusal.pointer == "/specialist" else "service"
        raise Invalid(refusal.code, pointer=field, **refusal.facts) from refusal
    last = day + timedelta(days=days - 1)
    found = await catalogue_free.free_starts(tx, clinic, lines, day, last, now=await now(tx), wanted=wanted)
    return clinic.zone, found


@routes.op(
    "GET",
    "/v1/consents",
    out=models.ConsentList,
    summary="Texts that payers agree to, as they are in force",
    tag="Catalogue",
)
async def list_consents(call: Call) -> models.ConsentList:
    """What a site shows beside its boxes; the versions go back with the order, in `consents_read`."""
    consents = call.service.config.consents
    found = await in_transaction(call.service.engine, lambda tx: legal_store.standing(tx, consents))
    return models.ConsentList(data=[_consent(one) for one in found.values()])


def _consent(one: Standing) -> models.ConsentOut:
    text = one.current
    return models.ConsentOut(
        kind=text.kind,
        version=text.version,
        since=one.since,
        required=text.required,
        title=models.TextOut(ru=text.title_ru, en=text.title_en),
        text=models.TextOut(ru=text.text_ru, en=text.text_en),
    )
