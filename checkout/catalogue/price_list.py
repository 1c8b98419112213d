"""Services and prices as a table, for a spreadsheet. A line is a service; a line with `valid_from` is its price from then on.

Only the columns that are there are changed, sums are in roubles, an empty cell means none. Which clinic gives what stands
in the YAML file alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from checkout.catalogue.changes import Held
from checkout.catalogue.file import Catalogue, CatalogueError, PriceEntry, ServiceEntry
from checkout.ground import table
from checkout.ground.table import Cells, Line

DATED: Final = ("slug", "price_rub", "vat", "valid_from")  # what a line with `valid_from` says
_SUM: Final = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,12})?")
YES: Final = {"yes": True, "да": True, "1": True, "true": True, "no": False, "нет": False, "0": False, "false": False}


def _kopecks(cell: str) -> int:
    plain = "".join(cell.split()).replace(",", ".").removesuffix("₽")
    if not _SUM.fullmatch(plain):
        raise ValueError(f"{cell!r} is no sum in roubles")
    kopecks = Decimal(plain) * 100
    if kopecks != int(kopecks):
        raise ValueError(f"{cell!r} has more than two places")
    return int(kopecks)


def _number(cell: str) -> int:
    if not cell.isascii() or not cell.isdigit():
        raise ValueError(f"{cell!r} is no whole number")
    return int(cell)


def _yes(cell: str) -> bool:
    if cell.lower() not in YES:
        raise ValueError(f"{cell!r} is neither yes nor no")
    return YES[cell.lower()]


# Where a cell belongs in an entry, and how it is read. An empty cell leaves the entry without it.
COLUMNS: Final[dict[str, tuple[tuple[str, ...], Callable[[str], Any]]]] = {
    "slug": (("slug",), str),
    "kind": (("kind",), str),
    "name_ru": (("name", "ru"), str),
    "name_en": (("name", "en"), str),
    "about_ru": (("about", "ru"), str),
    "about_en": (("about", "en"), str),
    "minutes": (("minutes",), _number),
    "price_rub": (("price",), _kopecks),
    "vat": (("vat",), str),
    "valid_from": (("from",), str),
    "deposit_percent": (("deposit_percent",), _number),
    "deposit_rub": (("deposit_fixed",), _kopecks),
    "at_clinic": (("at_clinic",), _yes),
    "position": (("position",), _number),
    "options": (("options",), str.split),
}


def read(path: Path) -> Callable[[Held], Catalogue]:
    """The table, to be laid over what is held. Raises CatalogueError by line and column, now or then."""
    try:
        lines = table.read(path, needed=("slug",), known=tuple(COLUMNS))
    except table.TableError as reason:
        raise CatalogueError(str(reason)) from reason
    return lambda held: _laid_over(path, lines, held)


def _laid_over(path: Path, lines: list[Line], held: Held) -> Catalogue:
    known = {service.slug: service for service in held.catalogue.services}
    services: dict[str, ServiceEntry] = {}
    faults: list[str] = []
    for line in sorted(lines, key=lambda one: bool(one.cells.get("valid_from"))):
        slug = line.cells["slug"]
        try:
            if line.cells.get("valid_from"):
                services[slug] = _priced(line.cells, services.get(slug) or known.get(slug))
            else:
                _new(slug, services)
                services[slug] = _service(line.cells, known.get(slug))
        except ValidationError as reason:
            faults += [f"{path}: line {line.number}: {_column(fault)}" for fault in reason.errors()]
        except ValueError as reason:
            faults.append(f"{path}: line {line.number}: {reason}")
    if faults:
        raise CatalogueError("\n".join(faults))
    return Catalogue(services=tuple(services.values()))


def _new(slug: str, services: Mapping[str, ServiceEntry]) -> None:
    if slug in services:
        raise ValueError("slug: stands twice")


def _values(cells: Cells, names: Iterable[str]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name in names:
        if name in cells:
            place, understood = COLUMNS[name]
            try:
                yield place, understood(cells[name]) if cells[name] else None
            except ValueError as reason:
                raise ValueError(f"{name}: {reason}") from reason


def _service(cells: Cells, before: ServiceEntry | None) -> ServiceEntry:
    entry: dict[str, Any] = before.model_dump(by_alias=True, exclude_defaults=True) if before else {}
    for (name, *inner), value in _values(cells, COLUMNS):
        if inner:
            entry[name] = {**entry.get(name, {}), inner[0]: value or ""}
        elif value is None:
            entry.pop(name, None)
        else:
            entry[name] = value
    entry.pop("from", None)
    return ServiceEntry.model_validate(entry)


def _priced(cells: Cells, before: ServiceEntry | None) -> ServiceEntry:
    if before is None:
        raise ValueError("slug: a new service needs a line without valid_from first")
    if other := [name for name, cell in cells.items() if cell and name not in DATED]:
        raise ValueError(f"{', '.join(other)}: a line with valid_from says the price and vat alone")
    entry = {place[0]: value for place, value in _values(cells, DATED[1:]) if value is not None}
    price = PriceEntry.model_validate(entry)
    others = tuple(one for one in before.prices if one.valid_from != price.valid_from)
    return before.model_copy(update={"prices": (*others, price)})


def _column(fault: Any) -> str:
    place = tuple(str(step) for step in fault["loc"])
    name = next((name for name, (known, _) in COLUMNS.items() if known == place), ".".join(place))
    sentence = str(fault["msg"]).removeprefix("Value error, ")
    return f"{name}: {sentence}" if name else sentence


def text(catalogue: Catalogue) -> str:
    """The table of a catalogue's services. Reading it changes nothing of them."""
    return table.write(tuple(COLUMNS), (line for service in catalogue.services for line in _lines(service)))


def _lines(service: ServiceEntry) -> Iterator[Cells]:
    yield {
        "slug": service.slug,
        "kind": service.kind,
        "name_ru": service.name.ru,
        "name_en": service.name.en,
        "about_ru": service.about.ru,
        "about_en": service.about.en,
        "minutes": str(service.minutes),
        "price_rub": _roubles(service.price),
        "vat": service.vat,
        "deposit_percent": str(service.deposit_percent or ""),
        "deposit_rub": _roubles(service.deposit_fixed) if service.deposit_fixed else "",
        "at_clinic": "yes" if service.at_clinic else "no",
        "position": str(service.position),
        "options": " ".join(service.options),
    }
    for price in service.prices:
        said = price.model_dump(mode="json")["valid_from"]
        yield {"slug": service.slug, "price_rub": _roubles(price.price), "vat": price.vat or "", "valid_from": said}


def _roubles(kopecks: int) -> str:
    return f"{kopecks // 100},{kopecks % 100:02d}" if kopecks % 100 else str(kopecks // 100)
