"""Rows as CSV: UTF-8 with a mark and `;`, so that a double click opens it as a table. No cell of text is a formula."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, TextIO

from checkout.books.sources import Column, Shape
from checkout.ground import table

_END = "\r\n"


class Csv:
    """A `Writer`. Rows are joined here: the csv module looks at each character, and would take longest of all."""

    moment: ClassVar = "CAST({} AT TIME ZONE CAST(:zone AS text) AS text)"

    def __init__(self, path: Path, columns: Sequence[Column], language: str) -> None:
        self._file: TextIO = path.open("w", encoding="utf-8-sig", newline="")
        self._out = csv.writer(self._file, delimiter=";", lineterminator=_END)
        self._titles = [column.title.of(language) for column in columns]
        says = _sayings(language, "" if len(columns) > 1 else '""')
        self._cells = [(column.of, column.told(says[column.shape])) for column in columns]

    def head(self, lines: Sequence[str]) -> None:
        self._out.writerows([table.inert(line)] for line in lines)
        self._out.writerow(self._titles)

    def rows(self, selected: Mapping[str, Sequence[Any]]) -> None:
        columns = [map(say, *(selected[name] for name in of)) for of, say in self._cells]
        self._file.write(_END.join(map(";".join, zip(*columns, strict=True))) + _END)

    def total(self, cells: Sequence[str | int | None]) -> None:
        self._out.writerow([_roubles(cell) if isinstance(cell, int) else cell for cell in cells])

    def close(self) -> None:
        self._file.close()


def _sayings(language: str, gap: str) -> dict[Shape, Callable[[Any], str]]:
    """How a cell is said, by shape. `gap`: how nothing is; a line of nothing but one gap must not be empty."""

    def text(cell: str | None) -> str:
        return table.quoted(table.inert(cell)) if cell else gap

    return {
        Shape.TEXT: text,
        Shape.WORD: lambda cell: gap if cell is None else text(cell.of(language)),
        Shape.MONEY: lambda cell: gap if cell is None else _roubles(cell),
        Shape.NUMBER: lambda cell: gap if cell is None else str(cell),
        Shape.MOMENT: lambda cell: f"{cell[8:10]}.{cell[5:7]}.{cell[:4]} {cell[11:16]}" if cell else gap,
        Shape.DAY: lambda cell: f"{cell:%d.%m.%Y}" if cell else gap,
    }


def _roubles(kopecks: int) -> str:
    """With a comma, as Russian spreadsheets read sums."""
    sign, (whole, rest) = "-" if kopecks < 0 else "", divmod(abs(kopecks), 100)
    return f"{sign}{whole},{rest:02d}"
