"""Export rows as CSV or XLSX: exactly what the filter chooses, as of one moment, with totals that are the ledger's.

A file is written whole before anybody reads it: a slow reader holds no transaction, and a broken export is no file. One
chunk of rows is in memory; the writing is done in a thread, so that the others are served meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Final, Protocol

from checkout.books.as_csv import Csv
from checkout.books.sources import Column, Filter, Shape, Source
from checkout.catalogue.catalogue import Text
from checkout.ground.db import Engine, Row, Tx, in_transaction, now, one, shared, snapshot, spare, sql, stream
from checkout.ground.errors import Conflict
from checkout.ground.events import From, audit
from checkout.ground.service import Service

TOTAL: Final = Text("Итого", "Total")
TEST: Final = Text("ТЕСТ: учебные данные, не для учёта", "ТЕСТ: rehearsal data, not for the books")
MADE: Final = Text("Составлено {moment}, время {zone}", "Made {moment}, times of {zone}")
PATIENCE: Final = 300  # seconds that a statement over all of the books may take


class Format(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True)
class Ask:
    """What to export. `columns`: keys of the source's columns that are wanted; None for all."""

    source: Source
    filter: Filter
    language: str = "ru"
    columns: frozenset[str] | None = None

    @property
    def chosen(self) -> tuple[Column, ...]:
        return tuple(c for c in self.source.columns if self.columns is None or c.key in self.columns)

    @property
    def words(self) -> str:
        """The filter as people read it: no code of ours."""
        chosen = self.filter
        state, method = self.source.states.get(chosen.state or ""), self.source.methods.get(chosen.method or "")
        said = replace(
            chosen,
            state=state.of(self.language) if state else chosen.state,
            method=method.of(self.language) if method else chosen.method,
        )
        return said.words(self.language)


@dataclass(slots=True)
class Exported:
    """How many rows, and the totals in kopecks by column."""

    rows: int = 0
    totals: dict[str, int] = field(default_factory=dict)


class Writer(Protocol):
    """Takes what was selected, by name, and says its columns' cells by shape. `total`: words, kopecks and gaps.

    `moment`: the moment `{}` as it is to be selected, by the clock of `:zone`.
    """

    moment: ClassVar[str]

    def head(self, lines: Sequence[str]) -> None: ...
    def rows(self, selected: Mapping[str, Sequence[Any]]) -> None: ...
    def total(self, cells: Sequence[str | int | None]) -> None: ...
    def close(self) -> None: ...


async def export(
    service: Service, ask: Ask, kind: Format, path: Path, *, principal: str, origin: From | None = None
) -> Exported:
    """Write the file; who took what along, and from where, is on record before the first row is read.

    Raises Conflict `books_differ` if the rows do not come to what the ledger says: such a file would be believed.
    """
    data = {"filter": ask.filter.words("en"), "format": str(kind)}
    await in_transaction(
        service.engine,
        lambda tx: audit(
            tx,
            principal=principal,
            action="books.export",
            object_=ask.source.name,
            outcome="done",
            origin=origin,
            data=data,
        ),
    )
    with _whole(path):
        writer = _writer(kind, path, ask)
        try:
            async with snapshot(service.engine, seconds=PATIENCE) as tx:
                done = await _written(service, tx, writer, ask)
        finally:
            # With no transaction open: packing a large sheet takes its time.
            await asyncio.to_thread(writer.close)
    return done


def _writer(kind: Format, path: Path, ask: Ask) -> Writer:
    if kind is Format.CSV:
        return Csv(path, ask.chosen, ask.language)
    from checkout.books.as_xlsx import Xlsx  # noqa: PLC0415 - a twentieth of a second that only those pay who want a sheet

    return Xlsx(path, ask.chosen, ask.language)


async def totals(service: Service, ask: Ask) -> dict[str, int]:
    """What the ledger says that the rows come to, in kopecks by column, without a file."""
    async with snapshot(service.engine, seconds=PATIENCE) as tx:
        found = await _sums(tx, ask)
    return dict(found._mapping)  # noqa: SLF001 - its public face, whatever its name begins with


@contextmanager
def _whole(path: Path) -> Iterator[None]:
    """The file is there afterwards, or it is not."""
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


async def _written(service: Service, tx: Tx, writer: Writer, ask: Ask) -> Exported:
    writer.head(_head(ask, await now(tx), test=service.config.mode == "test"))
    done = Exported(totals={column.key: 0 for column in ask.source.columns if column.total})
    wanted = sql(_selected(ask, writer.moment))
    async with _ledger(service.engine, tx, ask) as says:
        async with aclosing(stream(tx, wanted, {**ask.filter.values(), "zone": ask.filter.zone})) as chunks:
            async for selected in chunks:
                await asyncio.to_thread(_pass_on, writer, selected, done)
        _compare(await says(), done)
    writer.total(_total(ask, done))
    return done


@asynccontextmanager
async def _ledger(engine: Engine, tx: Tx, ask: Ask) -> AsyncIterator[Callable[[], Awaitable[Row[Any]]]]:
    """What the ledger says of the same moment: asked beside the rows if a connection is free for it, else after them."""
    if not spare(engine):
        yield lambda: _sums(tx, ask)
        return
    asked = asyncio.ensure_future(_beside(engine, await shared(tx), ask))
    try:
        yield lambda: asked
    finally:
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)


async def _beside(engine: Engine, mark: str, ask: Ask) -> Row[Any]:
    async with snapshot(engine, seconds=PATIENCE, mark=mark) as tx:
        return await _sums(tx, ask)


async def _sums(tx: Tx, ask: Ask) -> Row[Any]:
    found = await one(tx, ask.source.ledger, **ask.filter.values())
    assert found is not None  # noqa: S101 - sums
    return found


def _selected(ask: Ask, moment: str) -> str:
    """What the chosen columns and the totals are made of; moments by the clock of the filter's zone, as the writer takes them."""
    moments = {name for column in ask.chosen if column.shape is Shape.MOMENT for name in column.of}
    totals = (column for column in ask.source.columns if column.total)
    names = dict.fromkeys(name for column in (*ask.chosen, *totals) for name in column.of)
    told = (f"{moment.format(name)} AS {name}" if name in moments else name for name in names)
    return f"SELECT {', '.join(told)} FROM ({ask.source.statement}) every"  # noqa: S608 - names of columns, all of them ours


def _pass_on(writer: Writer, selected: Mapping[str, Sequence[Any]], done: Exported) -> None:
    """Column by column: what is done once a column and not once a cell is done in C."""
    for key in done.totals:
        done.totals[key] += sum(selected[key])
    done.rows += len(next(iter(selected.values())))
    writer.rows(selected)


def _compare(ledger: Row[Any], done: Exported) -> None:
    wrong = [key for key in ledger._fields if done.totals[key] != getattr(ledger, key)]
    if wrong:
        raise Conflict("books_differ", columns=", ".join(wrong))


def _head(ask: Ask, moment: datetime, *, test: bool) -> list[str]:
    said = MADE.of(ask.language).format(
        moment=f"{moment.astimezone(ask.filter.tz):%d.%m.%Y %H:%M}", zone=ask.filter.zone
    )
    mark = [TEST.of(ask.language)] if test else []
    return [*mark, ask.source.title.of(ask.language), said, ask.words]


def _total(ask: Ask, done: Exported) -> list[str | int | None]:
    cells: list[str | int | None] = [done.totals.get(column.key) for column in ask.chosen]
    if cells and cells[0] is None:
        cells[0] = TOTAL.of(ask.language)
    return cells
