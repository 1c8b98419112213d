"""The catalogue file: its shape, read from YAML with every fault by its key's path, and written so that it reads the same."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    model_validator,
)

from checkout.catalogue import notation
from checkout.catalogue.catalogue import Exceptions
from checkout.ground import files

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
ShortText = Annotated[str, Field(min_length=1, max_length=200)]
Kopecks = Annotated[int, Field(strict=True, gt=0, le=99_999_999_900)]
Vat = Annotated[str, BeforeValidator(str), Field(pattern=r"^(none|0|5|7|10|20|22)$")]
ACCOUNTS_ZONE: Final = ZoneInfo("Europe/Moscow")  # a price from a date on is valid from midnight there


class CatalogueError(Exception):
    """The catalogue file is wrong. One sentence a line, each naming its key or its line."""


def _zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError(f"{value!r} is no time zone: write a name such as Asia/Novosibirsk")
    return value


def _instant(value: object) -> object:
    """A date means midnight in Moscow; a time needs its offset."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if len(value) > len("2026-12-31") else notation.read_day(value)
    if type(value) is date:
        return datetime.combine(value, time(), ACCOUNTS_ZONE).astimezone(UTC)
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError("write a date, or a time with its offset")
    return value


def _said(value: datetime) -> date | datetime:
    local = value.astimezone(ACCOUNTS_ZONE)
    return local.date() if local.time() == time() else value.astimezone(UTC)


def _set(value: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(value)) != len(value):
        raise ValueError("a slug stands twice")
    return tuple(sorted(value))


Slugs = Annotated[tuple[Slug, ...], AfterValidator(_set)]
Week = Annotated[notation.Week, BeforeValidator(notation.read_week), PlainSerializer(notation.write_week)]
Shifts = Annotated[notation.Shifts, BeforeValidator(notation.read_shifts), PlainSerializer(notation.write_shifts)]
Days = Annotated[Exceptions, BeforeValidator(notation.read_exceptions), PlainSerializer(notation.write_exceptions)]
Instant = Annotated[datetime, BeforeValidator(_instant), PlainSerializer(_said)]


class Entry(BaseModel):
    """A part of the file. What it leaves out has the default; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, str_strip_whitespace=True)


class Words(Entry):
    ru: ShortText
    en: ShortText


class LongWords(Entry):
    ru: Annotated[str, Field(max_length=2000)] = ""
    en: Annotated[str, Field(max_length=2000)] = ""


class ResourceEntry(Entry):
    """A specialist or a room. `name_en`: how the Latin alphabet writes the name."""

    slug: Slug
    kind: Literal["specialist", "room"]
    name: ShortText
    name_en: ShortText | None = None
    position: int = 0
    services: Slugs
    hours: Shifts = ()
    exceptions: Days = ()


class PriceEntry(Entry):
    """Another price, and perhaps another VAT mark, from a day on."""

    valid_from: Annotated[Instant, Field(alias="from")]
    price: Kopecks
    vat: Vat | None = None


class ServiceEntry(Entry):
    """`price` in kopecks, until the first of `prices` is valid. `options`: what may go with the service, by slug."""

    slug: Slug
    kind: Literal["service", "option", "goods"] = "service"
    name: Words
    about: LongWords = LongWords()
    minutes: Annotated[int, Field(ge=0, le=600)] = 0
    price: Kopecks
    vat: Vat = "none"
    prices: tuple[PriceEntry, ...] = ()
    deposit_percent: Annotated[int, Field(ge=1, le=99)] | None = None
    deposit_fixed: Kopecks | None = None
    at_clinic: bool = False
    position: int = 0
    options: Slugs = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.kind == "service" and not self.minutes:
            raise ValueError("minutes: a service takes time")
        if self.kind == "goods" and self.minutes:
            raise ValueError("minutes: goods take no time")
        if self.deposit_percent and self.deposit_fixed:
            raise ValueError("deposit_fixed: a service has one deposit rule, deposit_percent or this")
        if self.options and self.kind != "service":
            raise ValueError("options: only a service has them")
        if len({price.valid_from for price in self.prices}) != len(self.prices):
            raise ValueError("prices: two are valid from the same day")
        return self

    def at(self, now: datetime) -> ServiceEntry:
        """The same as of now: what is valid as `price` and `vat`, and only what is still to come in `prices`."""
        planned = sorted(self.prices, key=lambda one: one.valid_from)
        planned = [one if one.vat else one.model_copy(update={"vat": self.vat}) for one in planned]
        begun = [one for one in planned if one.valid_from <= now]
        changed = {"price": begun[-1].price, "vat": begun[-1].vat} if begun else {}
        return self.model_copy(update={**changed, "prices": tuple(planned[len(begun) :])})


class ClinicEntry(Entry):
    """One address. `goods`, `options`: which of them it offers; services are offered where somebody gives them."""

    slug: Slug
    merchant: Slug
    name: Words
    address: Words
    zone: Annotated[str, AfterValidator(_zone)]
    phone: ShortText
    step_minutes: Annotated[int, Field(ge=5, le=240)] = 30
    keeps_holidays: bool = False
    paused: bool = False
    map_url: Annotated[str, Field(max_length=500, pattern=r"^https://\S+$")] | None = None
    notes: LongWords = LongWords()
    hours: Week
    exceptions: Days = ()
    goods: Slugs = ()
    options: Slugs = ()
    resources: tuple[ResourceEntry, ...] = ()

    def at(self, today: date) -> ClinicEntry:
        """The same without the exceptions that are over."""
        resources = tuple(
            one.model_copy(update={"exceptions": _since(one.exceptions, today)}) for one in self.resources
        )
        return self.model_copy(update={"exceptions": _since(self.exceptions, today), "resources": resources})


def _since(exceptions: Exceptions, today: date) -> Exceptions:
    return tuple(one for one in exceptions if one[0] >= today)


class Catalogue(Entry):
    """The whole file. `working_days` overrule the production calendar: a date and whether it is worked."""

    clinics: tuple[ClinicEntry, ...] = ()
    services: tuple[ServiceEntry, ...] = ()
    working_days: dict[date, bool] = {}

    def at(self, now: datetime) -> Catalogue:
        """The same as of now, without what is over."""
        today = yesterday(now)
        return self.model_copy(
            update={
                "services": tuple(service.at(now) for service in self.services),
                "clinics": tuple(clinic.at(today) for clinic in self.clinics),
                "working_days": {day: works for day, works in self.working_days.items() if day >= today},
            }
        )


def yesterday(now: datetime) -> date:
    """From this day on dated records matter: it may still be today somewhere."""
    return now.astimezone(UTC).date() - timedelta(days=1)


class _Loader(yaml.SafeLoader):
    """A key that stands twice is a slip, not an overwrite. What aliases repeat has an end: ten lines could mean a billion."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._repeated = 0  # characters that aliases stand for, so far
        self._lengths: dict[int, int] = {}  # of each node, with what is repeated in it

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        alias, before = self.check_event(yaml.AliasEvent), self._repeated
        node = super().compose_node(parent, index)
        if not alias or node is None:
            at, end = (node.start_mark.index, node.end_mark.index) if node else (0, 0)
            self._lengths[id(node)] = end - at + self._repeated - before
            return node
        self._repeated += self._lengths.get(id(node), files.LARGEST)  # one within itself has no end
        if self._repeated >= files.LARGEST:
            raise yaml.composer.ComposerError(
                None, None, "the aliases stand for too much: write it out", node.start_mark
            )
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        found: set[Hashable] = set()
        for name, _ in node.value:
            key = self.construct_object(name, deep=True)
            if not isinstance(key, Hashable):
                continue  # refused below
            if key in found:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} stands twice", name.start_mark)
            found.add(key)
        return super().construct_mapping(node, deep=deep)


def load(path: Path) -> Catalogue:
    """Raises CatalogueError with every fault by its key's path."""
    try:
        read = yaml.load(files.text(path), _Loader)  # noqa: S506 - a SafeLoader
        return Catalogue.model_validate(read)
    except ValidationError as reason:
        faults = [f"{path}: {_path(fault['loc'], read)}: {_sentence(fault['msg'])}" for fault in reason.errors()]
        raise CatalogueError("\n".join(faults)) from reason
    except (OSError, ValueError, yaml.YAMLError) as reason:  # a date or a number that is none is a ValueError
        raise CatalogueError(f"{path}: {reason}") from reason
    except RecursionError as reason:
        raise CatalogueError(f"{path}: too many brackets within brackets") from reason


def _path(location: tuple[int | str, ...], read: object) -> str:
    """clinics.0 (krasny).resources.2 (petrov).kind: numbers as the file counts them, with the slug that stands there."""
    steps = []
    for step in location:
        read = _inside(read, step)
        slug = read.get("slug") if isinstance(read, Mapping) else None
        steps.append(f"{step} ({slug})" if isinstance(step, int) and slug else str(step))
    return ".".join(steps) or "the file"


def _inside(read: object, step: int | str) -> object:
    if isinstance(read, Mapping):
        return read.get(step)
    return read[step] if isinstance(read, list) and isinstance(step, int) and step < len(read) else None


def _sentence(message: str) -> str:
    return re.sub(r"^Value error, ", "", message)


def text(catalogue: Catalogue) -> str:
    """The file. Reading it gives the same catalogue again."""
    written = catalogue.model_dump(mode="python", by_alias=True, exclude_defaults=True)
    return yaml.safe_dump(_lists(written), allow_unicode=True, sort_keys=False, width=120)


def _lists(value: Any) -> Any:
    """YAML knows no tuples."""
    if isinstance(value, dict):
        return {name: _lists(inner) for name, inner in value.items()}
    return [_lists(inner) for inner in value] if isinstance(value, list | tuple) else value
