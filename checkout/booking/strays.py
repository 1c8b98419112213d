"""Visits ahead that a change of the catalogue touches: those that hours would leave outside, and those of a service.

Hours say what can be booked; they never undo what was booked. So a visit that new hours leave outside stands, and people
decide about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from checkout.catalogue.catalogue import Clinic, Resource, ResourceKind, Span, Text
from checkout.catalogue.clock import minute_of, reached
from checkout.catalogue.file import Catalogue, ClinicEntry, ResourceEntry
from checkout.ground.db import Row, Tx, one, rows, sql

_AHEAD = sql("""
SELECT o.code, r.slug, r.name AS seat_ru, coalesce(r.name_en, r.name) AS seat_en, l.name_ru, l.name_en,
       lower(b.during) AS starts_at, upper(b.during) AS ends_at
  FROM clinic c JOIN resource r ON r.clinic_id = c.id
  JOIN booking b ON b.resource_id = r.id
  JOIN orders o ON o.id = b.order_id
  JOIN order_line l ON l.order_id = b.order_id AND l.line_no = b.line_no
 WHERE c.slug = :clinic AND (CAST(:resource AS text) IS NULL OR r.slug = :resource)
   AND b.state IN ('held', 'confirmed') AND lower(b.during) > app_now()
 ORDER BY lower(b.during), o.code""")
_OF_SERVICE = sql("""
SELECT count(*) AS visits FROM orders o
 WHERE o.starts_at > app_now() AND o.cancelled_at IS NULL
   AND EXISTS (SELECT 1 FROM order_line l JOIN service s ON s.id = l.service_id WHERE l.order_id = o.id AND s.slug = :slug)
   AND EXISTS (SELECT 1 FROM booking b WHERE b.order_id = o.id AND b.state IN ('held', 'confirmed'))""")


@dataclass(frozen=True, slots=True)
class Visit:
    """One place of an order that is ahead. `resource`: the slug of who or what it is with."""

    code: str
    resource: str
    seat: Text
    what: Text
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class House:
    """A clinic and who works in it, as a catalogue says. Whoever is not in it works no hours: they are switched off."""

    clinic: Clinic
    resources: dict[str, Resource]

    def hours(self, day: date, resource: str | None = None) -> list[Span]:
        """When the clinic is open, or when its resource works there while it is."""
        opened = self.clinic.spans(day)
        if resource is None:
            return opened
        found = self.resources.get(resource)
        if found is None:
            return []
        theirs = found.spans(day)
        return opened if theirs is None else _shared(opened, theirs)

    def holds(self, visit: Visit) -> bool:
        """Whether these hours would offer the visit's time."""
        tz = self.clinic.tz
        day = visit.starts_at.astimezone(tz).date()
        starts, ends = minute_of(visit.starts_at), minute_of(visit.ends_at)
        walls = (span.walls for span in self.hours(day, visit.resource))
        return any(reached(day, opens, tz) <= starts and ends <= reached(day, closes, tz) for opens, closes in walls)


def _shared(one: Sequence[Span], other: Sequence[Span]) -> list[Span]:
    both = (Span(max(a.opens, b.opens), min(a.closes, b.closes)) for a in one for b in other)
    return [span for span in both if span.opens < span.closes]


def house(entry: ClinicEntry, resources: Sequence[ResourceEntry], catalogue: Catalogue) -> House:
    """`resources`: those that are switched on. The catalogue says which days are worked."""
    clinic = Clinic(
        id=0,
        slug=entry.slug,
        merchant=entry.merchant,
        name=Text(entry.name.ru, entry.name.en),
        address=Text(entry.address.ru, entry.address.en),
        zone=entry.zone,
        phone=entry.phone,
        step_minutes=entry.step_minutes,
        hours=entry.hours,
        exceptions=entry.exceptions,
        keeps_holidays=entry.keeps_holidays,
        working_days=tuple(catalogue.working_days.items()),
    )
    return House(clinic, {one.slug: _resource(one) for one in resources})


def _resource(entry: ResourceEntry) -> Resource:
    return Resource(
        id=0,
        kind=ResourceKind(entry.kind),
        services=frozenset(),
        hours=entry.hours,
        exceptions=entry.exceptions,
    )


async def ahead(tx: Tx, clinic: str, resource: str | None = None) -> list[Visit]:
    """Every place that is taken from now on, at a clinic or with one of its resources, in the order of time."""
    return [_visit(row) for row in await rows(tx, _AHEAD, clinic=clinic, resource=resource)]


def _visit(row: Row[Any]) -> Visit:
    return Visit(
        code=row.code,
        resource=row.slug,
        seat=Text(row.seat_ru, row.seat_en),
        what=Text(row.name_ru, row.name_en),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
    )


def strays(before: House, after: House, visits: Sequence[Visit]) -> list[Visit]:
    """Those that the hours held before and would not hold any more."""
    return [visit for visit in visits if before.holds(visit) and not after.holds(visit)]


async def of_service(tx: Tx, slug: str) -> int:
    """How many visits ahead have the service among what was bought."""
    row = await one(tx, _OF_SERVICE, slug=slug)
    return int(row.visits) if row else 0
