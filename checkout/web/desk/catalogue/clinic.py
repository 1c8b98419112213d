"""A clinic as a form: how it is found, when it is open, what it sells besides visits, and what it tells whoever comes. Pure.

Its time zone and its payee are chosen once: bookings and money hang on them, so that a form changes neither.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

from checkout.catalogue.changes import Held
from checkout.catalogue.file import Catalogue, ClinicEntry, LongWords, ServiceEntry, Words
from checkout.web.desk.catalogue import fields as read
from checkout.web.desk.catalogue import hours
from checkout.web.desk.catalogue.fields import YES, Fields

EXTRA: Final = "extra-"
ZONES: Final = (  # of Russia; a clinic elsewhere comes by the catalogue file
    *("Europe/Kaliningrad", "Europe/Moscow", "Europe/Samara", "Asia/Yekaterinburg", "Asia/Omsk", "Asia/Novosibirsk"),
    *("Asia/Krasnoyarsk", "Asia/Irkutsk", "Asia/Yakutsk", "Asia/Vladivostok", "Asia/Magadan", "Asia/Kamchatka"),
)
STEPS: Final = (5, 240)  # minutes, as the catalogue file wants them


@dataclass(frozen=True, slots=True)
class ClinicForm:
    """`before`: what there is, without its resources; None: a new clinic. `merchants`: those of the installation."""

    held: Held
    moment: datetime
    before: ClinicEntry | None
    merchants: tuple[str, ...]

    def over(self, before: Any) -> Self:
        return replace(self, before=before)

    @property
    def today(self) -> date:
        """On the clinic's calendar."""
        return self.moment.astimezone(ZoneInfo(self.before.zone if self.before else "UTC")).date()

    @property
    def extras(self) -> list[ServiceEntry]:
        """Goods and options: on sale, or offered here already."""
        chosen = (*self.before.goods, *self.before.options) if self.before else ()
        return [
            one
            for one in self.held.catalogue.services
            if one.kind != "service" and (("service", one.slug) not in self.held.off or one.slug in chosen)
        ]

    def shown(self) -> dict[str, str]:
        one = self.before
        if one is None:
            return {"step_minutes": "30", "zone": "Europe/Moscow"}
        return {
            "name_ru": one.name.ru,
            "name_en": one.name.en,
            "address_ru": one.address.ru,
            "address_en": one.address.en,
            "phone": one.phone,
            "map_url": one.map_url or "",
            "notes_ru": one.notes.ru.strip(),
            "notes_en": one.notes.en.strip(),
            "step_minutes": str(one.step_minutes),
            **read.box("keeps_holidays", chosen=one.keeps_holidays),
            **read.box("paused", chosen=one.paused),
            **hours.week_shown(one.hours),
            **hours.exceptions_shown(one.exceptions),
            **read.boxes(EXTRA, (*one.goods, *one.options)),
        }

    def typed(self, fields: Fields) -> ClinicEntry:
        """Raises Invalid naming the field."""
        chosen = read.ticked(fields, EXTRA, [one.slug for one in self.extras])
        kinds = {one.slug: one.kind for one in self.extras}
        values: dict[str, Any] = {
            **self._fixed(fields),
            "name": Words(ru=read.words(fields, "name_ru"), en=read.words(fields, "name_en")),
            "address": Words(ru=read.words(fields, "address_ru"), en=read.words(fields, "address_en")),
            "phone": read.words(fields, "phone"),
            "map_url": read.link(fields, "map_url"),
            "notes": LongWords(ru=read.text(fields, "notes_ru"), en=read.text(fields, "notes_en")),
            "step_minutes": read.whole(fields, "step_minutes", *STEPS),
            "keeps_holidays": fields.get("keeps_holidays") == YES,
            "paused": fields.get("paused") == YES,
            "hours": hours.week(fields),
            "exceptions": hours.exceptions(fields, self.before.exceptions if self.before else (), self.today),
            "goods": tuple(slug for slug in chosen if kinds[slug] == "goods"),
            "options": tuple(slug for slug in chosen if kinds[slug] == "option"),
        }
        return read.made(ClinicEntry, {**read.kept(self.before), **values}, {})

    def _fixed(self, fields: Fields) -> dict[str, str]:
        """What is chosen once."""
        if self.before is not None:
            return {}
        return {
            "slug": read.slug(fields),
            "zone": read.one_of(fields, "zone", ZONES),
            "merchant": read.one_of(fields, "merchant", self.merchants),
        }

    def placed(self, entry: ClinicEntry) -> Catalogue:
        return Catalogue(clinics=(entry,))
