"""A service as a form: what it is, what it costs now, and what it will cost from a day on. Pure.

A price that holds is never edited: the form adds another one, from this moment or from a day, or takes back one that is
still to come.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from typing import Any, Final, Self

from checkout.catalogue.catalogue import Kind
from checkout.catalogue.changes import Held
from checkout.catalogue.file import ACCOUNTS_ZONE, Catalogue, LongWords, PriceEntry, ServiceEntry, Words
from checkout.ground.errors import Invalid
from checkout.web.desk.catalogue import fields as read
from checkout.web.desk.catalogue.fields import YES, Fields
from checkout.web.desk.typed import plainly
from gateways.money import Money

VATS: Final = ("none", "0", "5", "7", "10", "20", "22")
KINDS: Final = tuple(Kind)
DROP: Final = "drop-"
OPTION: Final = "option-"
LONGEST_VISIT: Final = 600  # minutes
LAST_PLACE: Final = 9999
_RENAMED: Final = {"deposit_fixed": "deposit"}


@dataclass(frozen=True, slots=True)
class ServiceForm:
    """`before`: what there is; None: a new service."""

    held: Held
    moment: datetime
    before: ServiceEntry | None

    def over(self, before: Any) -> Self:
        return replace(self, before=before)

    @property
    def options(self) -> list[ServiceEntry]:
        """What may go with a service: on sale, or chosen once."""
        chosen = self.before.options if self.before else ()
        return [
            one
            for one in self.held.catalogue.services
            if one.kind == "option" and (("service", one.slug) not in self.held.off or one.slug in chosen)
        ]

    def shown(self) -> dict[str, str]:
        one = self.before
        if one is None:
            return {"kind": Kind.SERVICE, "position": "0"}
        return {
            "name_ru": one.name.ru,
            "name_en": one.name.en,
            "about_ru": one.about.ru.strip(),
            "about_en": one.about.en.strip(),
            "minutes": str(one.minutes),
            "position": str(one.position),
            "deposit_percent": str(one.deposit_percent or ""),
            "deposit": plainly(Money(one.deposit_fixed)) if one.deposit_fixed else "",
            **read.box("at_clinic", chosen=one.at_clinic),
            **read.boxes(OPTION, one.options),
        }

    def typed(self, fields: Fields) -> ServiceEntry:
        """Raises Invalid naming the field."""
        kind = self.before.kind if self.before else read.one_of(fields, "kind", KINDS)
        deposit_percent, deposit_fixed = _deposit(fields)
        values: dict[str, Any] = {
            "slug": self.before.slug if self.before else read.slug(fields),
            "kind": kind,
            "name": Words(ru=read.words(fields, "name_ru"), en=read.words(fields, "name_en")),
            "about": LongWords(ru=read.text(fields, "about_ru"), en=read.text(fields, "about_en")),
            "minutes": _minutes(fields, kind),
            "position": read.whole(fields, "position", 0, LAST_PLACE),
            "deposit_percent": deposit_percent,
            "deposit_fixed": deposit_fixed,
            "at_clinic": fields.get("at_clinic") == YES,
            "options": read.ticked(fields, OPTION, [one.slug for one in self.options]) if kind == Kind.SERVICE else (),
            **self._prices(fields),
        }
        return read.made(ServiceEntry, {**read.kept(self.before), **values}, _RENAMED)

    def _prices(self, fields: Fields) -> dict[str, Any]:
        """The price that holds, and those that are planned."""
        price, vat = read.kopecks(fields, "price"), fields.get("vat", "")
        if vat:
            read.one_of(fields, "vat", VATS)
        if self.before is None:
            if price is None:
                raise Invalid("price_missing", pointer="/price")
            return {"price": price, "vat": vat or "none"}
        planned = [one for one in self.before.prices if fields.get(DROP + price_id(one)) != YES]
        start = read.day(fields, "from", self.moment.astimezone(ACCOUNTS_ZONE).date())
        if price is None and not vat:
            if start is not None:
                raise Invalid("price_missing", pointer="/price")
            return {"prices": tuple(planned)}
        price, vat = price or self.before.price, vat or self.before.vat
        at = datetime.combine(start, time(), ACCOUNTS_ZONE).astimezone(UTC) if start else self.moment
        if at <= self.moment:  # the day that is asked for has begun: from now on
            return {"price": price, "vat": vat, "prices": tuple(planned)}
        others = [one for one in planned if one.valid_from != at]
        made = read.made(PriceEntry, {"from": at, "price": price, "vat": vat}, {})
        return {"prices": tuple(sorted([*others, made], key=lambda one: one.valid_from))}

    def placed(self, entry: ServiceEntry) -> Catalogue:
        return Catalogue(services=(entry,))


def price_id(price: PriceEntry) -> str:
    """What the field that takes it back is called after."""
    return str(int(price.valid_from.timestamp()))


def _minutes(fields: Fields, kind: str) -> int:
    if kind == Kind.GOODS:
        return 0
    return read.whole(fields, "minutes", int(kind == Kind.SERVICE), LONGEST_VISIT)


def _deposit(fields: Fields) -> tuple[int | None, int | None]:
    percent = read.whole(fields, "deposit_percent", 1, 99) if fields.get("deposit_percent") else None
    fixed = read.kopecks(fields, "deposit")
    if percent and fixed:
        raise Invalid("deposit_twice", pointer="/deposit")
    return percent, fixed
