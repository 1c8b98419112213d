"""Export rows as CSV or XLSX: exactly what the filter chooses, as of one moment, with totals that are the ledger's.

A file is written whole before anybody reads it: a slow reader holds no transaction, and a broken export is no file. One
chunk of rows is in memory; the writing is done in a thread, so that the others are served meanwhile.
"""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Protocol, TextIO
from zoneinfo import ZoneInfo

from checkout.books.sources import Column, Filter, Shape, Source
from checkout.catalogue.catalogue import Text
from checkout.ground import table
from checkout.ground.db import Row, Tx, in_transaction, now, one, snapshot, stream
from checkout.ground.errors import Conflict
from checkout.ground.events import From, audit
from checkout.ground.service import Service

TOTAL: Final = Text("Итого", "Total")
TEST: Final = Text("ТЕСТ: учебные данные, не для учёта", "ТЕСТ: rehearsal data, not for the books")
MADE: Final = Text("Составлено {moment}, время {zone}", "Made {moment}, times of {zone}")
PATIENCE: Final = 300  # seconds that a statement over all of the books may take
SHEET_ROWS: Final = 1_048_576  # the format's own limit
_WIDTHS: Final = {Shape.TEXT: 16, Shape.WORD: 22, Shape.MONEY: 14, Shape.NUMBER: 10, Shape.MOMENT: 17, Shape.DAY: 12}


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
    """Takes rows of cells as they are, and says each by its column's shape. `total`: words, kopecks and gaps."""

    def head(self, lines: Sequence[str]) -> None: ...
    def rows(self, rows: Sequence[Sequence[Any]]) -> None: ...
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
        writer: Writer = _Csv(path, ask) if kind is Format.CSV else _Xlsx(path, ask)
        try:
            async with snapshot(service.engine, seconds=PATIENCE) as tx:
                done = await _written(tx, writer, ask, test=service.config.mode == "test")
        finally:
            # With no transaction open: packing a large sheet takes its time.
            await asyncio.to_thread(writer.close)
    return done


async def totals(service: Service, ask: Ask) -> dict[str, int]:
    """What the ledger says that the rows come to, in kopecks by column, without a file."""
    async with snapshot(service.engine, seconds=PATIENCE) as tx:
        found = await one(tx, ask.source.ledger, **ask.filter.values())
    assert found is not None  # noqa: S101 - sums
    return dict(found._mapping)  # noqa: SLF001 - its public face, whatever its name begins with


@contextmanager
def _whole(path: Path) -> Iterator[None]:
    """The file is there afterwards, or it is not."""
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


async def _written(tx: Tx, writer: Writer, ask: Ask, *, test: bool) -> Exported:
    writer.head(_head(ask, await now(tx), test=test))
    done = Exported(totals={column.key: 0 for column in ask.source.columns if column.total})
    async for rows in stream(tx, ask.source.statement, ask.filter.values()):
        await asyncio.to_thread(_pass_on, writer, rows, ask, done)
    await _compare(tx, ask, done)
    writer.total(_total(ask, done))
    return done


def _pass_on(writer: Writer, rows: Sequence[Row[Any]], ask: Ask, done: Exported) -> None:
    for key in done.totals:
        done.totals[key] += sum(getattr(row, key) for row in rows)
    done.rows += len(rows)
    values = [column.value for column in ask.chosen]
    writer.rows([[value(row) for value in values] for row in rows])


async def _compare(tx: Tx, ask: Ask, done: Exported) -> None:
    ledger = await one(tx, ask.source.ledger, **ask.filter.values())
    assert ledger is not None  # noqa: S101 - sums
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


def _roubles(kopecks: int) -> str:
    """With a comma, as Russian spreadsheets read sums."""
    sign, (whole, rest) = "-" if kopecks < 0 else "", divmod(abs(kopecks), 100)
    return f"{sign}{whole},{rest:02d}"


class _Csv:
    """UTF-8 with a mark and `;`: a double click opens it as a table. No cell of text is a formula."""

    def __init__(self, path: Path, ask: Ask) -> None:
        self._file: TextIO = path.open("w", encoding="utf-8-sig", newline="")
        self._out = csv.writer(self._file, delimiter=";", lineterminator="\r\n")
        self._titles = [column.title.of(ask.language) for column in ask.chosen]
        says = _sayings(ask.language, ask.filter.tz)
        self._says = [says[column.shape] for column in ask.chosen]

    def head(self, lines: Sequence[str]) -> None:
        self._out.writerows([table.inert(line)] for line in lines)
        self._out.writerow(self._titles)

    def rows(self, rows: Sequence[Sequence[Any]]) -> None:
        says = self._says
        self._out.writerows(
            ["" if cell is None else say(cell) for say, cell in zip(says, row, strict=True)] for row in rows
        )

    def total(self, cells: Sequence[str | int | None]) -> None:
        self._out.writerow([_roubles(cell) if isinstance(cell, int) else cell or "" for cell in cells])

    def close(self) -> None:
        self._file.close()


def _sayings(language: str, tz: ZoneInfo) -> dict[Shape, Callable[[Any], str]]:
    """How a cell that is not empty is said, by shape."""
    return {
        Shape.TEXT: lambda cell: table.inert(str(cell)),
        Shape.WORD: lambda cell: table.inert(cell.of(language)),
        Shape.MONEY: _roubles,
        Shape.NUMBER: str,
        Shape.MOMENT: lambda cell: f"{cell.astimezone(tz):%d.%m.%Y %H:%M}",
        Shape.DAY: lambda cell: f"{cell:%d.%m.%Y}",
    }


class _Xlsx:
    """One sheet, or as many as the rows need; rows go to the disk as they come. Text is written as text, whatever it says."""

    def __init__(self, path: Path, ask: Ask) -> None:
        from xlsxwriter import Workbook  # noqa: PLC0415 - a twentieth of a second that only those pay who want a sheet

        self._book = Workbook(str(path), {"constant_memory": True, "tmpdir": str(path.parent)})
        self._language, self._tz = ask.language, ask.filter.tz
        self._columns = ask.chosen
        self._money = self._book.add_format({"num_format": "# ##0.00"})
        self._moment = self._book.add_format({"num_format": "dd.mm.yyyy hh:mm"})
        self._day = self._book.add_format({"num_format": "dd.mm.yyyy"})
        self._bold = self._book.add_format({"bold": True})
        self._sum = self._book.add_format({"bold": True, "num_format": "# ##0.00"})

    def head(self, lines: Sequence[str]) -> None:
        self._add_sheet(lines)

    def _add_sheet(self, lines: Sequence[str] = ()) -> None:
        self._sheet, self._row = self._book.add_worksheet(), 0
        for place, column in enumerate(self._columns):
            self._sheet.set_column(place, place, _WIDTHS[column.shape])
        for line in lines:
            self._sheet.write_string(self._row, 0, line)
            self._row += 1
        for place, column in enumerate(self._columns):
            self._sheet.write_string(self._row, place, column.title.of(self._language), self._bold)
        self._row += 1
        puts = self._putting()
        self._puts = [puts[column.shape] for column in self._columns]

    def _putting(self) -> dict[Shape, Callable[[int, int, Any], object]]:
        """How a cell that is not empty goes to the present sheet, by shape."""
        sheet, language, tz = self._sheet, self._language, self._tz
        return {
            Shape.TEXT: lambda row, place, cell: sheet.write_string(row, place, str(cell)),
            Shape.WORD: lambda row, place, cell: sheet.write_string(row, place, cell.of(language)),
            # A sheet knows no other numbers than these.
            Shape.MONEY: lambda row, place, cell: sheet.write_number(row, place, cell / 100, self._money),
            Shape.NUMBER: sheet.write_number,
            Shape.MOMENT: lambda row, place, cell: sheet.write_datetime(
                row, place, cell.astimezone(tz).replace(tzinfo=None), self._moment
            ),
            Shape.DAY: lambda row, place, cell: sheet.write_datetime(row, place, cell, self._day),
        }

    def rows(self, rows: Sequence[Sequence[Any]]) -> None:
        for row in rows:
            if self._row == SHEET_ROWS:
                self._add_sheet()
            for place, (put, cell) in enumerate(zip(self._puts, row, strict=True)):
                if cell is not None:
                    put(self._row, place, cell)
            self._row += 1

    def total(self, cells: Sequence[str | int | None]) -> None:
        if self._row == SHEET_ROWS:
            self._add_sheet()
        for place, cell in enumerate(cells):
            if isinstance(cell, int):
                self._sheet.write_number(self._row, place, cell / 100, self._sum)
            elif cell:
                self._sheet.write_string(self._row, place, cell, self._bold)

    def close(self) -> None:
        self._book.close()
