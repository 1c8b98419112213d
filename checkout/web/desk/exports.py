"""Rows of the books to take along: what is asked for stands in the address, so that it can be kept and opened again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from checkout.books import export
from checkout.books.export import Ask, Format
from checkout.books.sources import Filter, Source
from checkout.catalogue import store as catalogue
from checkout.catalogue.catalogue import Clinic
from checkout.ground.db import Tx
from checkout.ground.errors import Invalid
from checkout.people import views
from checkout.people.views import View
from checkout.web.desk import filters
from checkout.web.desk.visit import Visit
from checkout.web.download import chunks, stream
from checkout.web.pages import OFFICE
from checkout.web.routes import SOURCES, Routes
from gateways.money import Money

routes = Routes()
ADDRESS: Final = "/desk/export"
FIRST: Final = "payments"
COLUMN: Final = "column-"  # a field `column-<key>` each
PLAIN: Final = ("from", "to", "clinic", "state", "method", "least", "most")
SENT: Final = "from"  # stands in the address once the form was sent
LONGEST: Final = 60
MEDIA: Final = {
    Format.CSV: "text/csv",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@routes.screen("GET", ADDRESS, action="books.export", fresh=True)
async def form(visit: Visit) -> web.StreamResponse:
    """With a filter in the address, what it comes to."""
    source, typed = _source(visit), _typed(visit.fields)
    sums: dict[str, int] = {}
    if SENT in visit.fields and visit.refusal is None:
        try:
            sums = await export.totals(visit.service, _ask(visit, source))
        except Invalid as refusal:
            visit = visit.refused(refusal)
    clinics, kept = await visit.read(lambda tx: _choices(tx, visit))
    wanted = _columns(visit.fields, source)
    return visit.page(
        "desk/export.html",
        source=source,
        sources=sorted(visit.request.app[SOURCES].values(), key=lambda each: (each.name != FIRST, each.name)),
        asked=typed,
        wanted=wanted,
        sums=[(column.title, Money(sums[column.key])) for column in source.columns if column.key in sums],
        clinics=clinics,
        views=kept,
        query=_query(source, typed, wanted),
    )


async def _choices(tx: Tx, visit: Visit) -> tuple[list[Clinic], list[View]]:
    seen = visit.principal.where("books.export")
    clinics = [clinic for clinic in await catalogue.clinics(tx) if seen is None or clinic.id in seen]
    return clinics, await views.of(tx, visit.session.staff.id, ADDRESS)


def _source(visit: Visit) -> Source:
    sources = visit.request.app[SOURCES]
    return sources.get(visit.fields.get("source", ""), sources[FIRST])


def _typed(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: fields.get(name, "").strip()[:LONGEST] for name in PLAIN}


def _columns(fields: Mapping[str, str], source: Source) -> frozenset[str] | None:
    """The columns that were ticked; None, for all, if none was."""
    return frozenset(column.key for column in source.columns if COLUMN + column.key in fields) or None


def _ask(visit: Visit, source: Source) -> Ask:
    """What the address asks for, at their clinics. Raises Invalid naming the field."""
    typed = _typed(visit.fields)
    chosen = Filter(
        zone=OFFICE,
        since=filters.day(typed["from"], "/from"),
        until=filters.day(typed["to"], "/to"),
        clinic=typed["clinic"] or None,
        state=typed["state"] if typed["state"] in source.states else None,
        method=typed["method"] if typed["method"] in source.methods else None,
        least=filters.kopecks(typed["least"], "/least"),
        most=filters.kopecks(typed["most"], "/most"),
        clinics=visit.principal.where("books.export"),
    )
    return Ask(source, chosen, visit.language, _columns(visit.fields, source))


def _query(source: Source, typed: Mapping[str, str], wanted: frozenset[str] | None) -> str:
    columns = {COLUMN + key: "yes" for key in sorted(wanted or ())}
    return urlencode(
        {"source": source.name, **{name: said for name, said in typed.items() if said or name == SENT}, **columns}
    )


@routes.screen("GET", f"{ADDRESS}.csv", action="books.export", fresh=True, again=form)
async def as_csv(visit: Visit) -> web.StreamResponse:
    return await _file(visit, Format.CSV)


@routes.screen("GET", f"{ADDRESS}.xlsx", action="books.export", fresh=True, again=form)
async def as_xlsx(visit: Visit) -> web.StreamResponse:
    return await _file(visit, Format.XLSX)


async def _file(visit: Visit, kind: Format) -> web.StreamResponse:
    """Written whole before the first byte leaves; on record before the first row is read."""
    source = _source(visit)
    ask = _ask(visit, source)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows"
        await export.export(visit.service, ask, kind, path, principal=visit.principal.name, origin=visit.origin)
        return await stream(visit.request, chunks(path), f"{source.name}.{kind}", MEDIA[kind])
