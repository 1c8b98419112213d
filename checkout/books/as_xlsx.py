"""Rows as a spreadsheet: one sheet, or as many as the rows need. Text is written as text, whatever it says.

The library writes the book, its formats and the lines around the rows. The rows go into its file as the markup that they are
there, a chunk at a time, by means that it does not promise to keep (`_Sheet`, all of them). Measured with 3.3.1 and the twelve
columns of payments: cell by cell, as it promises, a million rows take 78 s of the processor, so 26 s, three times less, where
an export has a minute. Other writers that are as quick want all rows of a sheet at once, or keep them in memory, and know
no lines above and below them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from html import escape
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from checkout.books.sources import Column, Shape

SHEET_ROWS: Final = 1_048_576  # the format's own limit
LONGEST: Final = 32_767  # UTF-16 units in a cell, likewise
_WIDTHS: Final = {Shape.TEXT: 16, Shape.WORD: 22, Shape.MONEY: 14, Shape.NUMBER: 10, Shape.MOMENT: 17, Shape.DAY: 12}
_GAP: Final = "/>"  # how a cell without anything goes on after its place
_ZERO: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - where the days of a sheet begin, in whatever zone it shows
_DAY: Final = timedelta(days=1)


class _Sheet(Worksheet):  # type: ignore[misc]  # the library has no types
    """A sheet that takes rows as markup, between lines that are written cell by cell."""

    def take(self, rows: Iterable[str], last: int) -> None:
        self._write_single_row(last)
        self.fh.writelines(rows)
        self.dim_rowmax = last

    @classmethod
    def text(cls, cell: str) -> str:
        """How a cell of text goes on after its place."""
        space = "" if cell.isprintable() and cell == cell.strip() else ' xml:space="preserve"'
        if space or "&" in cell or "<" in cell or ">" in cell or "_x" in cell or len(cell) > LONGEST // 2:
            cut = cell.encode("utf-16-le")[: 2 * LONGEST].decode("utf-16-le", "ignore")
            cell = escape(cls._escape_control_characters(cut), quote=False)
        return f' t="inlineStr"><is><t{space}>{cell}</t></is></c>'

    @staticmethod
    def number(cell: float, look: Format | None = None) -> str:
        """How a cell with a number goes on after its place."""
        style = f' s="{look._get_xf_index()}"' if look else ""  # noqa: SLF001 - the library's own way to name a format
        return f"{style}><v>{cell:.16G}</v></c>"


class Xlsx:
    """A `Writer`. Rows go to the disk as they come."""

    moment: ClassVar = "{} AT TIME ZONE CAST(:zone AS text)"

    def __init__(self, path: Path, columns: Sequence[Column], language: str) -> None:
        self._book = Workbook(str(path), {"constant_memory": True, "tmpdir": str(path.parent)})
        self._columns, self._language = columns, language
        self._money = self._book.add_format({"num_format": "# ##0.00"})
        self._moment = self._book.add_format({"num_format": "dd.mm.yyyy hh:mm"})
        self._day = self._book.add_format({"num_format": "dd.mm.yyyy"})
        self._bold = self._book.add_format({"bold": True})
        self._sum = self._book.add_format({"bold": True, "num_format": "# ##0.00"})
        self._places = [f'<c r="{xl_col_to_name(place)}' for place in range(len(columns))]
        says = self._sayings()
        self._cells = [(column.of, column.told(says[column.shape])) for column in columns]

    def head(self, lines: Sequence[str]) -> None:
        self._add_sheet(lines)

    def _add_sheet(self, lines: Sequence[str] = ()) -> None:
        self._sheet, self._row = self._book.add_worksheet(worksheet_class=_Sheet), 0
        for place, column in enumerate(self._columns):
            self._sheet.set_column(place, place, _WIDTHS[column.shape])
        for line in lines:
            self._sheet.write_string(self._row, 0, line)
            self._row += 1
        for place, column in enumerate(self._columns):
            self._sheet.write_string(self._row, place, column.title.of(self._language), self._bold)
        self._row += 1

    def _sayings(self) -> dict[Shape, Callable[[Any], str]]:
        """How a cell goes on after its place, by shape."""
        text, number, language = _Sheet.text, _Sheet.number, self._language
        money, moment, day = self._money, self._moment, self._day

        def since(at: datetime) -> float:
            return (at - _ZERO) / _DAY

        def days(on: date) -> int:
            return on.toordinal() - _ZERO.toordinal()

        return {
            Shape.TEXT: lambda cell: _GAP if cell is None else text(cell),
            Shape.WORD: lambda cell: _GAP if cell is None else text(cell.of(language)),
            # A sheet knows no other numbers than these.
            Shape.MONEY: lambda cell: _GAP if cell is None else number(cell / 100, money),
            Shape.NUMBER: lambda cell: _GAP if cell is None else number(cell),
            Shape.MOMENT: lambda cell: _GAP if cell is None else number(since(cell), moment),
            Shape.DAY: lambda cell: _GAP if cell is None else number(days(cell), day),
        }

    def rows(self, selected: Mapping[str, Sequence[Any]]) -> None:
        columns = [map(say, *(selected[name] for name in of)) for of, say in self._cells]
        rows = list(zip(*columns, strict=True))
        while rows:
            if self._row == SHEET_ROWS:
                self._add_sheet()
            room = SHEET_ROWS - self._row
            self._take(rows[:room])
            rows = rows[room:]

    def _take(self, rows: Sequence[tuple[str, ...]]) -> None:
        first = self._row + 1
        self._row += len(rows)
        self._sheet.take(map(self._line, count(first), rows), self._row - 1)

    def _line(self, number: int, cells: tuple[str, ...]) -> str:
        said = "".join([f'{place}{number}"{cell}' for place, cell in zip(self._places, cells, strict=True)])
        return f'<row r="{number}">{said}</row>'

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
