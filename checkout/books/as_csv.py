"""Rows as CSV: UTF-8 with a mark and `;`, so that a double click opens it as a table. No cell of text is a formula."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, TextIO

from checkout.books.sources import Column, Shape
from checkout.ground import table

_END = "\r\n"


class Csv:
    """A `Writer`. Rows are joined here: the csv module looks at each character, and would take longest of all."""

    moment: ClassVar = "to_char({} AT TIME ZONE CAST(:zone AS text), 'DD.MM.YYYY HH24:MI')"

    def __init__(self, path: Path, columns: Sequence[Column], language: str) -> None:
        self._file: TextIO = path.open("w", encoding="utf-8-sig", newline="")
        self._out = csv.writer(self._file, delimiter=";", lineterminator=_END)
        self._titles = [column.title.of(language) for column in columns]
        gap = "" if len(columns) > 1 else '""'  # a line of nothing but one gap must not be empty
        says = _sayings(language, gap)
        self._columns = [(column.of, _telling(column, says[column.shape], gap)) for column in columns]

    def head(self, lines: Sequence[str]) -> None:
        self._out.writerows([table.inert(line)] for line in lines)
        self._out.writerow(self._titles)

    def rows(self, selected: Mapping[str, Sequence[Any]]) -> None:
        columns = [tell(*(selected[name] for name in of)) for of, tell in self._columns]
        self._file.write(_END.join(map(";".join, zip(*columns, strict=True))) + _END)

    def total(self, cells: Sequence[str | int | None]) -> None:
        self._out.writerow([_roubles(cell) if isinstance(cell, int) else cell for cell in cells])

    def close(self) -> None:
        self._file.close()


def _telling(column: Column, say: Callable[[Any], str], gap: str) -> Callable[..., Iterable[str]]:
    """How a chunk of the column is told: cell by cell; text that was selected as it is, at one look."""
    if column.shape is Shape.TEXT and column.value is None:
        return partial(_texts, say, gap)
    return partial(map, column.told(say))


def _texts(say: Callable[[str | None], str], gap: str, cells: Sequence[str | None]) -> Iterable[str]:
    """Nearly always there is nothing to quote in any of them, and none is looked at alone."""
    told = [cell or gap for cell in cells]
    return told if table.plain(told) else map(say, cells)


def _sayings(language: str, gap: str) -> dict[Shape, Callable[[Any], str]]:
    """How a cell is said, by shape. `gap`: how nothing is."""

    def text(cell: str | None) -> str:
        return table.quoted(table.inert(cell)) if cell else gap

    return {
        Shape.TEXT: text,
        Shape.WORD: lambda cell: gap if cell is None else text(cell.of(language)),
        Shape.MONEY: lambda cell: gap if cell is None else _roubles(cell),
        Shape.NUMBER: lambda cell: gap if cell is None else str(cell),
        Shape.MOMENT: lambda cell: cell or gap,
        Shape.DAY: lambda cell: f"{cell:%d.%m.%Y}" if cell else gap,
    }


def _roubles(kopecks: int) -> str:
    """With a comma, as Russian spreadsheets read sums."""
    sign, (whole, rest) = "-" if kopecks < 0 else "", divmod(abs(kopecks), 100)
    return f"{sign}{whole},{rest:02d}"
