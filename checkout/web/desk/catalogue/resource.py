"""A specialist or a room as a form: what they give, their weeks one after the other, and their days off. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

from checkout.catalogue import weeks
from checkout.catalogue.catalogue import ResourceKind
from checkout.catalogue.changes import Held
from checkout.catalogue.file import Catalogue, ClinicEntry, ResourceEntry, ServiceEntry
from checkout.catalogue.notation import Shifts
from checkout.catalogue.weeks import Stretch
from checkout.ground.errors import Conflict, Invalid
from checkout.web.desk.catalogue import fields as read
from checkout.web.desk.catalogue import hours
from checkout.web.desk.catalogue.fields import Fields

GIVES: Final = "gives-"
DROP: Final = "drop-week-"
WORKS: Final = "works"  # the field that says whose hours they work
CLINIC: Final = "clinic"
OWN: Final = "own"
SINCE: Final = "week-since"  # of which week the lines speak
KINDS: Final = tuple(ResourceKind)
LAST_PLACE: Final = 9999


@dataclass(frozen=True, slots=True)
class ResourceForm:
    """`before`: what there is; None: a new one. `clinic`: where."""

    held: Held
    moment: datetime
    before: ResourceEntry | None
    clinic: ClinicEntry

    def over(self, before: Any) -> Self:
        return replace(self, before=before)

    @property
    def today(self) -> date:
        """On the clinic's calendar."""
        return self.moment.astimezone(ZoneInfo(self.clinic.zone)).date()

    @property
    def services(self) -> list[ServiceEntry]:
        """What they may give: on sale, or given already."""
        chosen = self.before.services if self.before else ()
        return [
            one
            for one in self.held.catalogue.services
            if one.kind == "service" and (("service", one.slug) not in self.held.off or one.slug in chosen)
        ]

    @property
    def week(self) -> Stretch:
        """What holds today, which the lines of the form show."""
        return weeks.current(self.before.hours if self.before else (), self.today)

    @property
    def planned(self) -> list[Stretch]:
        return weeks.planned(self.before.hours if self.before else (), self.today)

    def shown(self) -> dict[str, str]:
        one, week = self.before, self.week
        known = {
            WORKS: CLINIC if week.week is None else OWN,
            SINCE: _since(week),
            **hours.week_shown(week.week or ()),
        }
        if one is None:
            return {"kind": ResourceKind.SPECIALIST, "position": "0", **known}
        return {
            "name": one.name,
            "name_en": one.name_en or "",
            "position": str(one.position),
            **known,
            **hours.exceptions_shown(one.exceptions),
            **read.boxes(GIVES, one.services),
        }

    def typed(self, fields: Fields) -> ResourceEntry:
        """Raises Invalid naming the field; Conflict `week_over` if the week that was shown has ended meanwhile."""
        values: dict[str, Any] = {
            "slug": self.before.slug if self.before else read.slug(fields),
            "kind": self.before.kind if self.before else read.one_of(fields, "kind", KINDS),
            "name": read.words(fields, "name"),
            "name_en": read.maybe(fields, "name_en"),
            "position": read.whole(fields, "position", 0, LAST_PLACE),
            "services": read.ticked(fields, GIVES, [one.slug for one in self.services]),
            "hours": self._hours(fields),
            "exceptions": hours.exceptions(fields, self.before.exceptions if self.before else (), self.today),
        }
        return read.made(ResourceEntry, {**read.kept(self.before), **values}, {})

    def _hours(self, fields: Fields) -> Shifts:
        """Without what is taken back, and with another week if the lines say another."""
        before = self.before.hours if self.before else ()
        known = [one.first.isoformat() for one in self.planned if one.first]
        left = weeks.without(before, [date.fromisoformat(one) for one in read.ticked(fields, DROP, known)])
        start = read.day(fields, "week-from", self.today)
        wanted = hours.week(fields) if read.one_of(fields, WORKS, (CLINIC, OWN)) == OWN else None
        if wanted == () and not before:
            raise Invalid("hours_missing", pointer="/mon")
        if wanted == self.week.week and start is None:
            return left
        if fields.get(SINCE, "") != _since(self.week):
            raise Conflict("week_over")
        try:
            return weeks.changed(left, wanted, self.today, start if start != self.today else None)
        except ValueError as reason:
            raise Invalid("hours_missing", pointer="/mon") from reason

    def placed(self, entry: ResourceEntry) -> Catalogue:
        return Catalogue(clinics=(self.clinic.model_copy(update={"resources": (entry,)}),))


def _since(week: Stretch) -> str:
    return week.first.isoformat() if week.first else ""
