"""What would come of a form: what a payer sees, the days to come, and the visits that the new hours would leave outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from checkout.booking import strays
from checkout.booking.strays import House
from checkout.booking.strays import Visit as Ahead
from checkout.catalogue.catalogue import Kind, Service, Span, Text
from checkout.catalogue.catalogue import Line as Bought
from checkout.catalogue.changes import Plan
from checkout.catalogue.edit import Standing, Wish
from checkout.catalogue.file import ACCOUNTS_ZONE, ClinicEntry, ResourceEntry, ServiceEntry
from checkout.catalogue.notation import write_week
from checkout.catalogue.weeks import Stretch
from checkout.ground.db import Tx
from checkout.web.desk import typed
from checkout.web.desk.catalogue import said
from checkout.web.desk.catalogue.said import Names
from gateways.money import Money

MOST: Final = 50  # visits that are named; the rest are counted
DAYS: Final = 14


@dataclass(frozen=True, slots=True)
class Seen:
    """What is looked at. `after`: the entry as it would be."""

    kind: str
    wish: Wish
    found: Standing
    planned: Plan
    after: Any


@dataclass(frozen=True, slots=True)
class Price:
    """What one of it costs from a moment on (None: at once), and how much of that is paid in advance."""

    since: datetime | None
    price: Money
    deposit: Money | None


def prices(after: ServiceEntry) -> list[Price]:
    """Now, and as planned."""
    planned = [(one.valid_from, one.price) for one in after.prices]
    return [_price(after, since, amount) for since, amount in [(None, after.price), *planned]]


def _price(after: ServiceEntry, since: datetime | None, amount: int) -> Price:
    example = Service(
        id=0,
        slug=after.slug,
        kind=Kind(after.kind),
        name=Text(after.name.ru, after.name.en),
        minutes=after.minutes,
        price=Money(amount),
        deposit_percent=after.deposit_percent,
        at_clinic=after.at_clinic,
        vat=after.vat,
        deposit_fixed=Money(after.deposit_fixed) if after.deposit_fixed else None,
    )
    return Price(since, example.price, Bought(example, 1).deposit if example.has_deposit else None)


def zone(seen: Seen) -> str:
    """Whose clock its times are on."""
    if seen.kind == "service":
        return str(ACCOUNTS_ZONE)
    return _clinic_after(seen).zone


def _clinic_after(seen: Seen) -> ClinicEntry:
    if seen.kind == "clinic":
        found: ClinicEntry = seen.after
        return found
    return _clinic_before(seen)


def _clinic_before(seen: Seen) -> ClinicEntry:
    found: ClinicEntry = seen.found.entry(("clinic", seen.wish.key[1]))
    return found


def _resources(seen: Seen) -> dict[str, ResourceEntry]:
    """Of the clinic, those that are switched on, as they are."""
    clinic = seen.wish.key[1]
    return {
        one.slug: one
        for found in seen.found.held.catalogue.clinics
        if found.slug == clinic
        for one in found.resources
        if ("resource", clinic, one.slug) not in seen.found.held.off
    }


def _after(seen: Seen) -> House:
    """What is switched off is nobody's hours."""
    resources = _resources(seen)
    if seen.kind == "resource":
        resources.pop(seen.wish.key[2], None)
        resources |= {} if seen.wish.off else {seen.wish.key[2]: seen.after}
    elif seen.wish.off:
        resources = {}
    return strays.house(_clinic_after(seen), list(resources.values()), seen.found.held.catalogue)


async def left_outside(tx: Tx, seen: Seen) -> list[Ahead]:
    """The visits ahead that the hours held and would not hold any more. They stand: people decide about them."""
    if seen.kind == "service" or seen.wish.seen is None:
        return []
    before = strays.house(_clinic_before(seen), list(_resources(seen).values()), seen.found.held.catalogue)
    _, clinic, *resource = seen.wish.key
    return strays.strays(before, _after(seen), await strays.ahead(tx, clinic, *resource))


def days(seen: Seen, fields: Mapping[str, str]) -> list[tuple[date, Sequence[Span]]]:
    """The hours of two weeks, from today or from the day on which a new week begins."""
    house = _after(seen)
    today = seen.found.moment.astimezone(house.clinic.tz).date()
    first = max(typed.day(fields.get("week-from", "")) or today, today)
    resource = seen.wish.key[2] if seen.kind == "resource" else None
    return [(day, house.hours(day, resource)) for day in (first + timedelta(days=ahead) for ahead in range(DAYS))]


def week(stretch: Stretch, names: Names) -> str:
    """What holds in a stretch of time."""
    if stretch.week is None:
        return names.say("cat_as_clinic")
    return said.week(write_week(stretch.week), names) if stretch.week else names.say("cat_never")
