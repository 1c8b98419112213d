"""Read a bank's registry by its template, line after line. Whatever is not understood stops it, named by line and column."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from checkout.books.registry import Line, Operation
from checkout.books.template import Meaning, Template
from checkout.catalogue.catalogue import Text
from gateways.money import Money

LARGEST: Final = 50_000_000  # bytes
MOST_LINES: Final = 200_000
MOST_FAULTS: Final = 20
_SUM: Final = re.compile(r"-?[0-9]{1,11}([.,][0-9]{1,2})?")
_SPACES: Final = str.maketrans("", "", " \u00a0\u202f")
_LONGEST: Final = 100  # characters of a reference
_LONGEST_SAID: Final = 40

FAULTS: Final = {
    "too_large": Text("Файл больше {limit} МБ.", "The file is larger than {limit} MB."),
    "too_long": Text("В файле больше {limit} строк.", "The file has more than {limit} lines."),
    "unreadable": Text("Файл не читается как {encoding}.", "The file cannot be read as {encoding}."),
    "no_table": Text("Строка не читается как таблица.", "The line cannot be read as a table."),
    "layout": Text(
        "Ожидается столбец «{wanted}», в файле «{found}».", "“{wanted}” is expected, the file has “{found}”."
    ),
    "width": Text("В строке {found} ячеек, нужно {wanted}.", "The line has {found} cells, not {wanted}."),
    "empty": Text("Ячейка пуста.", "The cell is empty."),
    "strange": Text("Слишком длинно или с невидимыми знаками.", "Too long, or with invisible characters."),
    "sum": Text("«{cell}» — не сумма.", "“{cell}” is no sum."),
    "zero": Text("Сумма равна нулю.", "The sum is zero."),
    "day": Text("«{cell}» — не дата вида {wanted}.", "“{cell}” is no date such as {wanted}."),
    "operation": Text("Неизвестная операция «{cell}».", "“{cell}” is no known operation."),
    "currency": Text("Неизвестная валюта «{cell}».", "“{cell}” is no known currency."),
    "adds_up": Text(
        "Сумма без комиссии — {wanted}, в файле {cell}.", "The sum less the fee is {wanted}, the file says {cell}."
    ),
    "repeated": Text("Та же строка, что и {first}.", "The same line as {first}."),
    "no_lines": Text("В файле нет операций.", "The file has no operations."),
    "no_overlap": Text(
        "Ни одна операция не относится к нашим заказам. Проверьте продавца и шаблон.",
        "Not one operation is of our orders. Check the merchant and the template.",
    ),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where. `code`: its words are in `FAULTS`."""

    code: str
    line: int | None = None
    column: str | None = None
    facts: tuple[tuple[str, Any], ...] = ()

    def words(self, language: str) -> str:
        place = [
            Text("строка {0}", "line {0}").of(language).format(self.line) if self.line else "",
            self.column or "",
            FAULTS[self.code].of(language).format(**dict(self.facts)),
        ]
        return ": ".join(filter(None, place))


class RegistryError(Exception):
    """The file was refused, and nothing was done."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("\n".join(fault.words("en") for fault in faults))
        self.faults = faults


def digest(path: Path) -> bytes:
    """SHA-256 of the file. Raises RegistryError if it is too large, and OSError."""
    if path.stat().st_size > LARGEST:
        raise RegistryError(Fault("too_large", facts=(("limit", LARGEST // 1_000_000),)))
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def read(path: Path, template: Template) -> Iterator[Line]:
    """The lines one by one; raises RegistryError at the first twenty faults, or at the end if there was any, and OSError."""
    with path.open(encoding=template.encoding, newline="") as file:
        rows = csv.reader(file, delimiter=template.delimiter, strict=True)
        try:
            _check_layout(next(rows, []), template)
            numbered = ((rows.line_num, row) for row in rows if any(cell.strip() for cell in row))
            yield from _sound(numbered, template)
        except csv.Error as reason:
            raise RegistryError(Fault("no_table", rows.line_num)) from reason
        except UnicodeDecodeError as reason:
            raise RegistryError(Fault("unreadable", facts=(("encoding", template.encoding),))) from reason


def _sound(numbered: Iterable[tuple[int, list[str]]], template: Template) -> Iterator[Line]:
    faults: list[Fault] = []
    seen: dict[tuple[object, ...], int] = {}
    for number, row in numbered:
        try:
            line = _line(number, row, template)
            _once(line, seen)
        except RegistryError as reason:
            faults += reason.faults
        else:
            if not faults:
                yield line
        if len(seen) > MOST_LINES:
            raise RegistryError(Fault("too_long", facts=(("limit", MOST_LINES),)))
        if len(faults) >= MOST_FAULTS:
            break
    if faults:
        raise RegistryError(*faults)
    if not seen:
        raise RegistryError(Fault("no_lines"))


def _check_layout(found: list[str], template: Template) -> None:
    """Exactly the template's columns in its order: a file that was rearranged may have been recalculated too."""
    wanted = template.headers
    longest = max(len(found), len(wanted))
    for name, header in zip(_padded(wanted, longest), _padded(found, longest), strict=True):
        if name != header.strip():
            raise RegistryError(Fault("layout", 1, facts=(("wanted", name), ("found", header.strip()[:40]))))


def _padded(names: list[str], length: int) -> list[str]:
    return names + [""] * (length - len(names))


def _once(line: Line, seen: dict[tuple[object, ...], int]) -> None:
    key = (line.reference, line.operation, line.amount.amount, line.said_at)
    first = seen.setdefault(key, line.number)
    if first != line.number:
        raise RegistryError(Fault("repeated", line.number, facts=(("first", first),)))


@dataclass(frozen=True, slots=True)
class _Cells:
    """One line's cells by meaning, and how to say where one stands."""

    number: int
    template: Template
    cells: dict[Meaning, str]

    def fault(self, code: str, meaning: Meaning, **facts: Any) -> RegistryError:
        header = next(column.header for column in self.template.columns if column.field is meaning)
        return RegistryError(Fault(code, self.number, header, tuple(facts.items())))

    def optional(self, meaning: Meaning) -> str | None:
        cell = self.cells.get(meaning) or None
        if cell and (len(cell) > _LONGEST or not cell.isprintable()):
            raise self.fault("strange", meaning)
        return cell

    def needed(self, meaning: Meaning) -> str:
        cell = self.optional(meaning)
        if cell is None:
            raise self.fault("empty", meaning)
        return cell

    def kopecks(self, meaning: Meaning) -> int | None:
        """A sum in roubles with the template's decimal sign, as a whole number of kopecks; None without one."""
        cell = self.optional(meaning)
        if cell is None:
            return None
        plain = cell.translate(_SPACES)
        other = "." if self.template.decimal == "," else ","
        if not _SUM.fullmatch(plain) or other in plain:
            raise self.fault("sum", meaning, cell=cell[:40])
        return int(Decimal(plain.replace(",", ".")) * 100)

    def day(self, meaning: Meaning) -> date:
        cell = self.needed(meaning)
        try:
            # The bank's own day: what midnight it begins at is the template's to say.
            return datetime.strptime(cell, self.template.day).date()  # noqa: DTZ007 - see above
        except ValueError:
            raise self.fault("day", meaning, cell=cell[:40], wanted=self.template.day) from None

    def operation(self) -> Operation:
        if self.template.operation is not None:
            return self.template.operation
        cell = self.needed(Meaning.OPERATION)
        if cell not in self.template.operations:
            raise self.fault("operation", Meaning.OPERATION, cell=cell[:40])
        return self.template.operations[cell]

    def money(self, kopecks: int) -> Money:
        currency = self.optional(Meaning.CURRENCY) or self.template.currency
        try:
            return Money(kopecks, currency)
        except ValueError:
            raise self.fault("currency", Meaning.CURRENCY, cell=currency[:40]) from None


def _line(number: int, row: list[str], template: Template) -> Line:
    if len(row) != len(template.columns):
        raise RegistryError(Fault("width", number, facts=(("found", len(row)), ("wanted", len(template.columns)))))
    pairs = zip(template.columns, row, strict=True)
    cells = _Cells(number, template, {column.field: cell.strip() for column, cell in pairs if column.field})
    operation, amount = cells.operation(), abs(_amount(cells))
    fee, net = _parted(cells, amount if operation.brings else -amount)
    said = cells.needed(Meaning.OPERATED_ON)
    if len(said) > _LONGEST_SAID:
        raise cells.fault("strange", Meaning.OPERATED_ON)
    return Line(
        number=number,
        operation=operation,
        reference=cells.needed(Meaning.REFERENCE),
        order_number=cells.optional(Meaning.ORDER_NUMBER),
        parent=cells.optional(Meaning.PARENT),
        amount=cells.money(amount),
        fee=cells.money(fee),
        net=cells.money(net),
        said_at=said,
        operated_on=cells.day(Meaning.OPERATED_ON),
        settled_on=cells.day(Meaning.SETTLED_ON) if cells.optional(Meaning.SETTLED_ON) else None,
    )


def _amount(cells: _Cells) -> int:
    amount = cells.kopecks(Meaning.AMOUNT)
    if amount is None:
        raise cells.fault("empty", Meaning.AMOUNT)
    if amount == 0:
        raise cells.fault("zero", Meaning.AMOUNT)
    return amount


def _parted(cells: _Cells, moved: int) -> tuple[int, int]:
    """Fee and net of what moved (below zero: back to the payer); banks write the net of a refund with or without sign."""
    fee, net = cells.kopecks(Meaning.FEE), cells.kopecks(Meaning.NET)
    if net is not None and moved < 0:
        net = -abs(net)
    if fee is None:
        return (moved - net, net) if net is not None else (0, moved)
    if net is not None and moved - fee != net:
        raise cells.fault("adds_up", Meaning.NET, wanted=_roubles(moved - fee), cell=_roubles(net))
    return fee, moved - fee


def _roubles(kopecks: int) -> str:
    return f"{Decimal(kopecks) / 100:.2f}"
