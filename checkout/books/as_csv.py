"""Rows as CSV: UTF-8 with a mark and `;`, so that a double click opens it as a table. No cell of text is a formula."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from checkout.books.sources import Column, Shape
from checkout.ground import table


class Csv:
    """A `Writer`. The csv module writes a gap as nothing."""

    def __init__(self, path: Path, columns: Sequence[Column], language: str, tz: ZoneInfo) -> None:
        self._file: TextIO = path.open("w", encoding="utf-8-sig", newline="")
        self._out = csv.writer(self._file, delimiter=";", lineterminator="\r\n")
        self._titles = [column.title.of(language) for column in columns]
        says = _sayings(language, tz)
        self._cells = [(column.of, column.told(says[column.shape])) for column in columns]

    def head(self, lines: Sequence[str]) -> None:
        self._out.writerows([table.inert(line)] for line in lines)
        self._out.writerow(self._titles)

    def rows(self, selected: Mapping[str, Sequence[Any]]) -> None:
        columns = [map(say, *(selected[name] for name in of)) for of, say in self._cells]
        self._out.writerows(zip(*columns, strict=True))

    def total(self, cells: Sequence[str | int | None]) -> None:
        self._out.writerow([_roubles(cell) if isinstance(cell, int) else cell for cell in cells])

    def close(self) -> None:
        self._file.close()


def _sayings(language: str, tz: ZoneInfo) -> dict[Shape, Callable[[Any], Any]]:
    """How a cell is said, by shape; a gap stays one."""

    def moment(at: datetime | None) -> str | None:
        if at is None:
            return None
        there = at.astimezone(tz)
        return f"{there.day:02d}.{there.month:02d}.{there.year:04d} {there.hour:02d}:{there.minute:02d}"

    return {
        Shape.TEXT: lambda cell: None if cell is None else table.inert(str(cell)),
        Shape.WORD: lambda cell: None if cell is None else table.inert(cell.of(language)),
        Shape.MONEY: lambda cell: None if cell is None else _roubles(cell),
        Shape.NUMBER: lambda cell: cell,
        Shape.MOMENT: moment,
        Shape.DAY: lambda cell: None if cell is None else f"{cell:%d.%m.%Y}",
    }


def _roubles(kopecks: int) -> str:
    """With a comma, as Russian spreadsheets read sums."""
    sign, (whole, rest) = "-" if kopecks < 0 else "", divmod(abs(kopecks), 100)
    return f"{sign}{whole},{rest:02d}"
