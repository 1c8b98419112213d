"""What can be chosen at each step: services, the clinics that give one, its first free days and times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from checkout.catalogue import slots, store
from checkout.catalogue.catalogue import Clinic, Kind, Line, Service, deposit
from checkout.ground.db import Tx, now
from checkout.web.api.catalogue import free
from checkout.web.payer.choice import Choice
from gateways.money import Money

DAYS_SHOWN: Final = 7
DAYS_AT_ONCE: Final = 14
NOON, EVENING = time(12), time(17)


@dataclass(frozen=True, slots=True)
class Visit:
    """What and where."""

    service: Service
    clinic: Clinic


@dataclass(frozen=True, slots=True)
class Menu:
    """`service` and `clinic` are the chosen ones, if they exist and fit together."""

    now: datetime
    services: tuple[Service, ...]
    clinics: tuple[Clinic, ...]
    service: Service | None
    clinic: Clinic | None


async def menu(tx: Tx, choice: Choice) -> Menu:
    """Only what can be booked: services that take time and that some clinic gives."""
    offered = [
        (service, places)
        for service, places in await store.services(tx)
        if service.kind is Kind.SERVICE and service.minutes and places
    ]
    found = next(((service, places) for service, places in offered if service.slug == choice.service), None)
    places = found[1] if found else ()
    clinics = tuple(clinic for clinic in await store.clinics(tx) if clinic.slug in places)
    only = clinics[0].slug if len(clinics) == 1 and not choice.clinic else choice.clinic
    return Menu(
        now=await now(tx),
        services=tuple(service for service, _ in offered),
        clinics=clinics,
        service=found[0] if found else None,
        clinic=next((clinic for clinic in clinics if clinic.slug == only), None),
    )


def deposit_of(service: Service) -> Money | None:
    return deposit((Line(service, 1),)) if service.deposit_percent else None


@dataclass(frozen=True, slots=True)
class FreeDay:
    """A day in the clinic's zone with something free on it."""

    day: date
    starts: tuple[datetime, ...]

    def parts(self, zone: str) -> list[tuple[str, list[datetime]]]:
        """Morning, afternoon, evening: those that have something."""
        tz = ZoneInfo(zone)
        found: dict[str, list[datetime]] = {}
        for start in self.starts:
            wall = start.astimezone(tz).time()
            part = "morning" if wall < NOON else "afternoon" if wall < EVENING else "evening"
            found.setdefault(part, []).append(start)
        return list(found.items())


async def free_days(tx: Tx, visit: Visit, first: date, last: date) -> list[FreeDay]:
    """The first days from `first` to `last` with something free; a fortnight is read at a time."""
    found: list[FreeDay] = []
    while first <= last and len(found) < DAYS_SHOWN:
        count = min((last - first).days + 1, DAYS_AT_ONCE)
        _, starts = await free(tx, visit.clinic.slug, [visit.service.slug], first, count)
        found += _by_day(starts, visit.clinic.tz)
        first += timedelta(days=count)
    return found[:DAYS_SHOWN]


def _by_day(starts: Sequence[datetime], tz: ZoneInfo) -> list[FreeDay]:
    days: dict[date, list[datetime]] = {}
    for start in starts:
        days.setdefault(start.astimezone(tz).date(), []).append(start)
    return [FreeDay(day, tuple(found)) for day, found in days.items()]


async def is_free(tx: Tx, visit: Visit, at: datetime, horizon: datetime) -> bool:
    _, starts = await free(tx, visit.clinic.slug, [visit.service.slug], at.astimezone(visit.clinic.tz).date(), 1)
    return at in starts and at <= horizon


async def nearest(tx: Tx, visit: Visit, at: datetime, first: date, last: date) -> list[datetime]:
    """The free starts nearest to one that is not free."""
    days = await free_days(tx, visit, min(max(at.astimezone(visit.clinic.tz).date(), first), last), last)
    return slots.nearest([start for day in days for start in day.starts], at)
