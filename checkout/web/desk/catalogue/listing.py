"""The catalogue at a glance: services with their prices, clinics, and who and what works in them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from checkout.catalogue import edit
from checkout.catalogue.changes import Held
from checkout.catalogue.file import ClinicEntry, PriceEntry, ResourceEntry, ServiceEntry
from checkout.catalogue.held_store import held
from checkout.ground.db import Tx, now
from checkout.web.desk.catalogue.opening import CATALOGUE, WRITE, address
from checkout.web.desk.visit import Visit
from checkout.web.routes import Routes

routes = Routes()
READ: Final = "catalogue.read"


@dataclass(frozen=True, slots=True)
class Offer:
    """A service as it is offered. `coming`: its next price. `clinics`: where it can be had, of those that are shown."""

    entry: ServiceEntry
    clinics: tuple[ClinicEntry, ...]
    off: bool

    @property
    def coming(self) -> PriceEntry | None:
        return self.entry.prices[0] if self.entry.prices else None


@dataclass(frozen=True, slots=True)
class Place:
    """A clinic with who and what works in it. `writes`: whether whoever looks may change it."""

    entry: ClinicEntry
    off: bool
    resources: tuple[tuple[ResourceEntry, bool], ...]
    writes: bool


@routes.screen("GET", CATALOGUE, action=READ)
async def catalogue(visit: Visit) -> web.StreamResponse:
    """Everything, or what is named like what is looked for, at one clinic or at all of theirs."""
    search = " ".join(visit.fields.get("q", "").split())

    async def work(tx: Tx) -> tuple[Held, dict[str, int]]:
        return await held(tx, await now(tx)), await edit.clinic_ids(tx)

    found, ids = await visit.read(work)
    theirs = [one for one in found.catalogue.clinics if visit.principal.may(READ, ids[one.slug])]
    chosen = next((one for one in theirs if one.slug == visit.fields.get("clinic")), None)
    shown = [chosen] if chosen else theirs
    offers = [_offer(found, one, shown) for one in found.catalogue.services]
    return visit.page(
        "desk/catalogue.html",
        search=search,
        chosen=chosen,
        clinics=theirs,
        offers=[one for one in offers if _named(search, _called(one.entry)) and (one.clinics or not chosen)],
        places=[_place(visit, found, one, ids[one.slug], search) for one in shown],
        everywhere=visit.principal.where(WRITE) is None and visit.principal.may(WRITE),
        address=address,
        services={one.slug: one.name for one in found.catalogue.services},
    )


def _named(search: str, names: Collection[str | None]) -> bool:
    return any(search.casefold() in name.casefold() for name in names if name)


def _called(entry: ServiceEntry) -> tuple[str, ...]:
    return entry.name.ru, entry.name.en, entry.slug


def _offer(found: Held, entry: ServiceEntry, clinics: Sequence[ClinicEntry]) -> Offer:
    there = tuple(one for one in clinics if _offers(found, one, entry.slug))
    return Offer(entry, there, ("service", entry.slug) in found.off)


def _offers(found: Held, clinic: ClinicEntry, slug: str) -> bool:
    """Somebody gives it there, or the clinic sells it."""
    if ("clinic", clinic.slug) in found.off:
        return False
    given = {service for one in _at_work(found, clinic) for service in one.services}
    return slug in given or slug in clinic.goods or slug in clinic.options


def _at_work(found: Held, clinic: ClinicEntry) -> list[ResourceEntry]:
    return [one for one in clinic.resources if ("resource", clinic.slug, one.slug) not in found.off]


def _place(visit: Visit, found: Held, entry: ClinicEntry, clinic_id: int, search: str) -> Place:
    """Of its resources those that are looked for; all of them where the clinic itself is."""
    whole = _named(search, (entry.name.ru, entry.name.en, entry.slug))
    resources = tuple(
        (one, ("resource", entry.slug, one.slug) in found.off)
        for one in entry.resources
        if whole or _named(search, (one.name, one.name_en, one.slug))
    )
    return Place(entry, ("clinic", entry.slug) in found.off, resources, visit.principal.may(WRITE, clinic_id))
