"""What can be chosen at each step: services, the clinics that give them, specialists, the first free days and times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from checkout.catalogue import slots, store
from checkout.catalogue.catalogue import Clinic, Kind, Line, Service, Specialist
from checkout.catalogue.free import free_starts, specialist
from checkout.ground.db import Tx, now
from checkout.web.payer.basket import Basket, Shelf, basket
from checkout.web.payer.choice import Choice
from gateways.money import Money

DAYS_SHOWN: Final = 7
DAYS_AT_ONCE: Final = 14
NOON, EVENING = time(12), time(17)


@dataclass(frozen=True, slots=True)
class Visit:
    """What, where, and with whom: `wanted` is one of the `specialists`, None: any.

    `missed`: somebody was asked for who is none of them. `elsewhere`: the other clinics where all of it can be booked.
    """

    now: datetime
    basket: Basket
    clinic: Clinic
    specialists: tuple[Specialist, ...]
    wanted: Specialist | None
    missed: bool
    elsewhere: tuple[Clinic, ...]

    def ends(self, start: datetime) -> datetime:
        return start + timedelta(minutes=self.basket.minutes)


@dataclass(frozen=True, slots=True)
class Menu:
    """`clinics` give everything in the basket; `clinic` is the chosen one of them. `named`: the one in the address."""

    now: datetime
    shelf: Shelf
    basket: Basket
    everywhere: tuple[Clinic, ...]
    clinics: tuple[Clinic, ...]
    clinic: Clinic | None
    named: Clinic | None

    def elsewhere(self, clinic: Clinic) -> tuple[Clinic, ...]:
        """The other clinics that give everything in the basket, and can be booked."""
        return tuple(other for other in self.clinics if other.slug != clinic.slug and not other.paused)

    def lacking(self, clinic: Clinic) -> list[Service]:
        """What of the basket this clinic does not give."""
        services = [line.service for line in self.basket.lines]
        return [service for service in services if clinic.slug not in self.shelf.clinics[service.slug]]


async def menu(tx: Tx, choice: Choice) -> Menu:
    """Only what can be had: things that some clinic sells, and clinics that sell all of what was chosen."""
    shelf = await _shelf(tx)
    found = basket(shelf, dict(choice.lines))
    everywhere = tuple(await store.clinics(tx))
    fit = [shelf.clinics[line.service.slug] for line in found.lines]
    clinics = tuple(clinic for clinic in everywhere if all(clinic.slug in places for places in fit))
    only = clinics[0].slug if len(clinics) == 1 and not choice.clinic else choice.clinic
    return Menu(
        now=await now(tx),
        shelf=shelf,
        basket=found,
        everywhere=everywhere,
        clinics=clinics,
        clinic=_named(clinics, only),
        named=_named(everywhere, choice.clinic),
    )


async def _shelf(tx: Tx) -> Shelf:
    sold = [(service, frozenset(places)) for service, places in await store.services(tx) if places]
    return Shelf(
        services={service.slug: service for service, _ in sold},
        clinics={service.slug: places for service, places in sold},
    )


def _named(clinics: Iterable[Clinic], slug: str) -> Clinic | None:
    return next((clinic for clinic in clinics if clinic.slug == slug), None)


async def visit_to(tx: Tx, found: Menu, clinic: Clinic, who: str) -> Visit:
    """The visit to `clinic`. Somebody who is not there, or gives none of it, cannot be wanted."""
    named = {line.service.slug for line in found.basket.lines}
    givers = [one for one in await store.specialists(tx, clinic.slug) if named.intersection(one.services)]
    wanted = next((one for one in givers if one.slug == who), None)
    return Visit(
        now=found.now,
        basket=found.basket,
        clinic=clinic,
        specialists=tuple(givers),
        wanted=wanted,
        missed=bool(who) and wanted is None,
        elsewhere=found.elsewhere(clinic),
    )


@dataclass(frozen=True, slots=True)
class Item:
    """One thing on the list. `least`: what is enough to pay for it now; `quantity`: how many were chosen, 0 for none."""

    service: Service
    least: Money
    quantity: int
    options: tuple[Item, ...] = ()

    @property
    def deposit(self) -> Money | None:
        return self.least if self.least < self.service.price else None

    def says(self, search: str) -> bool:
        """Whether every word that is looked for stands in its words, or in those of one of its options."""
        texts = (self.service.name, self.service.about)
        said = _plain(" ".join(words for text in texts for words in (text.ru, text.en)))
        return all(word in said for word in _plain(search).split()) or any(one.says(search) for one in self.options)

    def ticked(self) -> bool:
        return bool(self.quantity) or any(option.quantity for option in self.options)


def _plain(text: str) -> str:
    return text.casefold().replace("ё", "е")


def items(found: Menu, kind: Kind) -> list[Item]:
    """What can be ticked: at the clinic that was named, or anywhere. An option is ticked once, however often it stands."""
    left = dict(found.basket.chosen)

    def item(service: Service, *, with_it: bool = True) -> Item:
        quantity = left.pop(service.slug, 0) if with_it else 0
        added = [option for option in found.shelf.added_to(service) if _there(found, option)]
        options = tuple(item(option, with_it=bool(quantity)) for option in added)
        return Item(service, Basket((Line(service, 1),)).enough, quantity, options)

    return [item(service) for service in found.shelf.of(kind) if _there(found, service)]


def _there(found: Menu, service: Service) -> bool:
    return found.named is None or found.named.slug in found.shelf.clinics[service.slug]


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
        until = min(last, first + timedelta(days=DAYS_AT_ONCE - 1))
        found += _by_day(await _free(tx, visit, first, until), visit.clinic.tz)
        first = until + timedelta(days=1)
    return found[:DAYS_SHOWN]


async def _free(tx: Tx, visit: Visit, first: date, last: date) -> list[datetime]:
    lines = visit.basket.lines
    wanted = await specialist(tx, visit.clinic, lines, visit.wanted.slug) if visit.wanted else None
    return await free_starts(tx, visit.clinic, lines, first, last, now=visit.now, wanted=wanted)


def _by_day(starts: Sequence[datetime], tz: ZoneInfo) -> list[FreeDay]:
    days: dict[date, list[datetime]] = {}
    for start in starts:
        days.setdefault(start.astimezone(tz).date(), []).append(start)
    return [FreeDay(day, tuple(found)) for day, found in days.items()]


async def is_free(tx: Tx, visit: Visit, at: datetime, horizon: datetime) -> bool:
    day = at.astimezone(visit.clinic.tz).date()
    return at <= horizon and at in await _free(tx, visit, day, day)


async def nearest(tx: Tx, visit: Visit, at: datetime, first: date, last: date) -> list[datetime]:
    """The free starts nearest to one that is not free."""
    days = await free_days(tx, visit, min(max(at.astimezone(visit.clinic.tz).date(), first), last), last)
    return slots.nearest([start for day in days for start in day.starts], at)
