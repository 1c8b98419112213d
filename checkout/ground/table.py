"""CSV as people's programs write it: UTF-8 with or without a mark, `;` or `,` between the cells, names in the first line."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from checkout.ground import files

Cells = dict[str, str]
_FORMULA: Final = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "'",
)  # with these a spreadsheet calculates, unless one apostrophe stands before

_NOT_PLAIN: Final = (";", '"', "\r", *(f"\n{sign}" for sign in _FORMULA))


class TableError(Exception):
    """The file is no such table. One sentence a line, each naming the line and the column."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: where it stands in the file, and its cells by column, spaces around them gone."""

    number: int
    cells: Cells


def read(path: Path, *, needed: Collection[str], known: Collection[str]) -> list[Line]:
    """The lines below the first, empty ones left out. Raises TableError for anything that is not understood."""
    try:
        text = files.text(path)
    except UnicodeDecodeError as reason:
        raise TableError(f"{path}: not UTF-8: save it as CSV UTF-8") from reason
    except OSError as reason:
        raise TableError(f"{path}: {reason}") from reason
    if "\0" in text:
        raise TableError(f"{path}: no text: it has a zero byte in it")
    first, *_ = text.splitlines() or [""]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in first else ",", strict=True)
    try:
        header = [name.strip() for name in next(rows, [])]
        _check(path, header, needed, known)
        return [
            Line(rows.line_num, dict(zip(header, _cells(path, rows.line_num, row, len(header)), strict=True)))
            for row in rows
            if any(cell.strip() for cell in row)
        ]
    except csv.Error as reason:
        raise TableError(f"{path}: line {rows.line_num}: {reason}") from reason


def _check(path: Path, header: Sequence[str], needed: Collection[str], known: Collection[str]) -> None:
    faults = [f"line 1: the column {name} is missing" for name in needed if name not in header]
    faults += [f"line 1: {name!r} is no column: there are {', '.join(known)}" for name in header if name not in known]
    faults += [f"line 1: the column {name} stands twice" for name in dict.fromkeys(header) if header.count(name) > 1]
    if faults:
        raise TableError("\n".join(f"{path}: {fault}" for fault in faults))


def _cells(path: Path, number: int, row: Sequence[str], width: int) -> list[str]:
    if len(row) != width:
        raise TableError(f"{path}: line {number}: {len(row)} cells, but the first line names {width} columns")
    return [_plain(cell.strip()) for cell in row]


def _plain(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _FORMULA else cell


def write(columns: Sequence[str], lines: Iterable[Cells]) -> str:
    """With `;` and a mark, so that a Russian spreadsheet opens it as a table; no cell is a formula to it."""
    return "\ufeff" + body(columns, [{name: name for name in columns}]) + body(columns, lines)


def body(columns: Sequence[str], lines: Iterable[Cells]) -> str:
    """More lines of a table that `write` has begun."""
    found = io.StringIO(newline="")
    writer = csv.DictWriter(found, columns, delimiter=";", lineterminator="\n", restval="")
    for line in lines:
        writer.writerow({name: inert(cell) for name, cell in line.items()})
    return found.getvalue()


def plain(cells: Sequence[str]) -> bool:
    """Whether each of the cells stands in a line as it is: `quoted` and `inert` would change none of them."""
    lines = "\n" + "\n".join(cells)
    return lines.count("\n") == len(cells) and not any(sign in lines for sign in _NOT_PLAIN)


def quoted(cell: str) -> str:
    """As it stands in a line with `;` between the cells: in quotes, where it would be taken for more than one cell."""
    if ";" in cell or '"' in cell or "\n" in cell or "\r" in cell:
        cell = cell.replace('"', '""')
        return f'"{cell}"'
    return cell


def inert(cell: str) -> str:
    """The same text, and no formula to a spreadsheet; `read` takes the apostrophe away again."""
    return f"'{cell}" if cell[:1] in _FORMULA else cell
