"""What an import would change: the file against what is held, entry by entry. Pure.

What the file names is as the file says. What it does not name stays, and so does what was once dated (planned prices,
exceptions, working days), unless `prune` says that the file is everything there is. A form is a file of one entry that says
everything of it: `exact`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from pydantic import BaseModel

from checkout.catalogue.catalogue import Exceptions
from checkout.catalogue.file import Catalogue, ClinicEntry, ResourceEntry, ServiceEntry

LONGEST: Final = 60  # characters of a value that are shown
Key = tuple[str, ...]  # ("service", "massage"), ("clinic", "krasny"), ("resource", "krasny", "petrov")


@dataclass(frozen=True, slots=True)
class Held:
    """What the database holds, as the file would say it; `off`: what of it is switched off. Prices are as of now."""

    catalogue: Catalogue
    off: frozenset[Key] = frozenset()


@dataclass(frozen=True, slots=True)
class Detail:
    """One key of an entry: what stood there and what will, as JSON."""

    name: str
    old: Any
    new: Any

    def __str__(self) -> str:
        return f"{self.name} {_short(self.old)} → {_short(self.new)}"


@dataclass(frozen=True, slots=True)
class Change:
    """One entry that is added (+), changed (~) or switched off (-), and what about it. `again`: it had been switched off."""

    sign: str
    key: Key
    details: tuple[Detail, ...] = ()
    again: bool = False

    def __str__(self) -> str:
        kind, *slugs = self.key
        said = [*(["switched on again"] if self.again else []), *map(str, self.details)]
        return f"{self.sign} {kind} {'/'.join(slugs)}" + (f": {'; '.join(said)}" if said else "")


@dataclass(frozen=True, slots=True)
class Plan:
    """`wanted`: what is to be held of the entries that the file names. `unchanged`: how many of them are so already."""

    wanted: Catalogue
    changes: tuple[Change, ...]
    unchanged: int

    @property
    def touched(self) -> frozenset[Key]:
        return frozenset(change.key for change in self.changes)

    def __str__(self) -> str:
        signs = [change.sign for change in self.changes]
        counts = f"{signs.count('+')} added, {signs.count('~')} changed, {signs.count('-')} switched off"
        return "\n".join([*map(str, self.changes), f"{counts}, {self.unchanged} unchanged"])


def entries(catalogue: Catalogue) -> Iterator[tuple[Key, Any]]:
    """Every entry under its key. A clinic stands without its resources, which are entries of their own."""
    for service in catalogue.services:
        yield ("service", service.slug), service
    for clinic in catalogue.clinics:
        yield ("clinic", clinic.slug), clinic.model_copy(update={"resources": ()})
        for resource in clinic.resources:
            yield ("resource", clinic.slug, resource.slug), resource
    for day, works in sorted(catalogue.working_days.items()):
        yield ("working day", day.isoformat()), _Day(works=works)


class _Day(BaseModel):
    works: bool


def plan(
    held: Held,
    wanted: Catalogue,
    now: datetime,
    *,
    prune: bool = False,
    exact: bool = False,
    off: frozenset[Key] = frozenset(),
) -> Plan:
    """What to do so that the database holds what the file wants.

    `exact`: the entries that it names have no dated records but those that it says. `off`: what is to be switched off, or to
    stay so.
    """
    merged = _merged(held.catalogue, wanted, now, exact=exact or prune)
    before = dict(entries(held.catalogue))
    after = dict(entries(merged))
    named = tuple(_named(before, after, held.off - off))
    stays_off = held.off - {change.key for change in named}
    ending = off | (before.keys() - after.keys() if prune else set())
    changes = (*named, *(Change("-", key) for key in before if key in ending and key not in stays_off))
    return Plan(merged, changes, len(after.keys() - {change.key for change in changes}))


def _named(before: Mapping[Key, Any], after: Mapping[Key, Any], off: frozenset[Key]) -> Iterator[Change]:
    """`off`: of what is switched off, that which naming it switches on again."""
    for key, entry in after.items():
        if key not in before:
            yield Change("+", key)
            continue
        details = tuple(differences(dump(before[key]), dump(entry)))
        if details or key in off:
            yield Change("~", key, details, again=key in off)


def dump(entry: BaseModel) -> dict[str, Any]:
    """An entry as JSON, as the file would say it."""
    return entry.model_dump(mode="json", by_alias=True)


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Detail]:
    """Key by key; what one of them does not have is None."""
    for name in new:
        if old.get(name) != new[name]:
            yield Detail(name, old.get(name), new[name])


def _short(value: object) -> str:
    if isinstance(value, dict):
        text = "{" + ", ".join(f"{name}: {_short(inner)}" for name, inner in value.items()) + "}"
    elif isinstance(value, list):
        text = "[" + ", ".join(map(_short, value)) + "]"
    else:
        text = "none" if value in (None, "") else str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _merged(held: Catalogue, wanted: Catalogue, now: datetime, *, exact: bool) -> Catalogue:
    """The file as of now, with the dated records that it does not name, unless it is exact."""
    wanted = wanted.at(now)
    if exact:
        return wanted
    services = {service.slug: service for service in held.services}
    clinics = {clinic.slug: clinic for clinic in held.clinics}
    return wanted.model_copy(
        update={
            "services": tuple(_with_prices(services.get(service.slug), service) for service in wanted.services),
            "clinics": tuple(_with_days(clinics.get(clinic.slug), clinic) for clinic in wanted.clinics),
        }
    )


def _with_prices(held: ServiceEntry | None, wanted: ServiceEntry) -> ServiceEntry:
    prices = {price.valid_from: price for price in (*(held.prices if held else ()), *wanted.prices)}
    return wanted.model_copy(update={"prices": tuple(prices[valid_from] for valid_from in sorted(prices))})


def _with_days(held: ClinicEntry | None, wanted: ClinicEntry) -> ClinicEntry:
    known = {resource.slug: resource for resource in held.resources} if held else {}
    return wanted.model_copy(
        update={
            "exceptions": _days(held.exceptions if held else (), wanted.exceptions),
            "resources": tuple(_resource(known.get(one.slug), one) for one in wanted.resources),
        }
    )


def _resource(held: ResourceEntry | None, wanted: ResourceEntry) -> ResourceEntry:
    return wanted.model_copy(update={"exceptions": _days(held.exceptions if held else (), wanted.exceptions)})


def _days(held: Exceptions, wanted: Exceptions) -> Exceptions:
    """Of a day that both speak of, the file's hours."""
    said: set[date] = {day for day, _ in wanted}
    return tuple(sorted([*(one for one in held if one[0] not in said), *wanted], key=lambda one: one[0]))


@dataclass(slots=True)
class _Known:
    """Services by slug with their kind: what an entry may refer to."""

    kinds: Mapping[str, str]
    faults: list[str] = field(default_factory=list)

    def need(self, at: str, slugs: Iterable[str], kind: str) -> None:
        for slug in slugs:
            found = self.kinds.get(slug)
            if found is None:
                self.faults.append(f"{at}: there is no service {slug!r}")
            elif found != kind:
                self.faults.append(f"{at}: {slug!r} is of kind {found}, not {kind}")


def faults(held: Held, wanted: Catalogue, merchants: frozenset[str] | None) -> list[str]:
    """References that lead nowhere and slugs that stand twice, each by its key's path.

    `merchants`: those of the installation file; None where it is not at hand.
    """
    kinds = {service.slug: service.kind for service in (*held.catalogue.services, *wanted.services)}
    known = _Known(kinds)
    for number, service in enumerate(wanted.services):
        known.need(f"services.{number} ({service.slug}).options", service.options, "option")
    for number, clinic in enumerate(wanted.clinics):
        at = f"clinics.{number} ({clinic.slug})"
        if merchants is not None and clinic.merchant not in merchants:
            known.faults.append(f"{at}.merchant: the installation file has no merchant {clinic.merchant!r}")
        known.need(f"{at}.goods", clinic.goods, "goods")
        known.need(f"{at}.options", clinic.options, "option")
        for place, resource in enumerate(clinic.resources):
            known.need(f"{at}.resources.{place} ({resource.slug}).services", resource.services, "service")
    return [*_twice(wanted), *known.faults]


def _twice(wanted: Catalogue) -> Iterator[str]:
    seen: set[Key] = set()
    for key, _ in entries(wanted):
        if key in seen:
            yield f"{key[0]} {'/'.join(key[1:])}: stands twice"
        seen.add(key)
