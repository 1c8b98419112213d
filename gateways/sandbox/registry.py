"""The bank's daily registry: what was settled of one merchant's money, and what the bank keeps of it.

No public description of a real one was found, so its layout is ours [I]: the columns that acquirers commonly send.
Amounts in kopecks.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import xlsxwriter

from gateways.sandbox.bank import Bank
from gateways.sandbox.clock import MOSCOW, banking_day
from gateways.sandbox.journal import Effect, Kind
from gateways.sandbox.merchants import Merchant
from gateways.sandbox.orders import Operation, OperationType, Order
from gateways.sandbox.statement import TERMINAL, approval

HEADERS = (
    "Дата операции",
    "Дата расчётов",
    "Терминал",
    "Номер заказа",
    "RRN",
    "Код авторизации",
    "Тип операции",
    "Сумма операции",
    "Комиссия",
    "Сумма к зачислению",
)
PAYMENT, REFUND, REVERSAL = "Оплата", "Возврат", "Отмена"
# What the payer's bank took, and what it gave up again.
_DISPUTES = {Kind.CHARGED_BACK: "Чарджбэк", Kind.CHARGEBACK_WON: "Отмена чарджбэка"}
_BRINGS = frozenset({PAYMENT, _DISPUTES[Kind.CHARGEBACK_WON]})
_ENCODING = "cp1251"
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `amount` is what moved, never below zero; `net` is what the merchant's account gets or gives."""

    at: float
    number: str
    reference: str
    approval: str
    kind: str
    amount: int
    fee: int

    @property
    def net(self) -> int:
        return self.amount - self.fee if self.kind in _BRINGS else -self.amount


def lines(bank: Bank, merchant: Merchant, day: date) -> list[Line]:
    """What was settled of the merchant's operations of one banking day, in order of time.

    A payment that was reversed within its day was never settled, and is not there.
    """
    return sorted((line for line in _all(bank, merchant) if banking_day(line.at) == day), key=lambda line: line.at)


def days(bank: Bank, merchant: Merchant) -> list[date]:
    """The banking days with anything to settle, newest first."""
    return sorted({banking_day(line.at) for line in _all(bank, merchant)}, reverse=True)


def settled_on(day: date) -> date:
    """The next working day: when the money moves between the bank and the merchant [I]."""
    following = day + timedelta(days=1)
    return following + timedelta(days=7 - following.weekday() if following.weekday() >= _SATURDAY else 0)


def fee(merchant: Merchant, kopecks: int) -> int:
    """What the bank keeps of a payment, rounded to the kopeck, half up."""
    share = (Decimal(kopecks) * merchant.fee_percent / 100).quantize(Decimal(1), ROUND_HALF_UP)
    return min(kopecks, max(int(share), merchant.fee_least))


def as_csv(found: list[Line], day: date) -> bytes:
    """Semicolons, decimal commas, the encoding of Windows."""
    written = io.StringIO(newline="")
    rows = csv.writer(written, delimiter=";", lineterminator="\r\n")
    rows.writerow(HEADERS)
    rows.writerows([cell if isinstance(cell, str) else _roubles(cell) for cell in row] for row in _rows(found, day))
    return written.getvalue().encode(_ENCODING, errors="replace")


def as_xlsx(found: list[Line], day: date) -> bytes:
    """The same columns on one sheet; sums are numbers."""
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet, sums = book.add_worksheet("Реестр"), book.add_format({"num_format": "#,##0.00"})
        sheet.write_row(0, 0, HEADERS, book.add_format({"bold": True}))
        for number, row in enumerate(_rows(found, day), start=1):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(number, column, cell)
                else:
                    sheet.write_number(number, column, cell / 100, sums)
        sheet.set_column(0, len(HEADERS) - 1, 18)
        sheet.freeze_panes(1, 0)
    return written.getvalue()


def _rows(found: list[Line], day: date) -> Iterator[tuple[str | int, ...]]:
    settled = f"{settled_on(day):%d.%m.%Y}"
    for line in found:
        operated = f"{datetime.fromtimestamp(line.at, MOSCOW):%d.%m.%Y}"
        names = (operated, settled, TERMINAL, line.number, line.reference, line.approval, line.kind)
        yield (*names, line.amount, line.fee, line.net)


def _all(bank: Bank, merchant: Merchant) -> Iterator[Line]:
    """The lines of all days; chargebacks stand in the journal alone, for no operation of an order shows them."""
    for order in bank.orders.values():
        if order.merchant.login == merchant.login:
            yield from _settled(order, merchant)
    for effect in bank.journal.effects:
        if effect.kind in _DISPUTES and effect.merchant == merchant.login:
            yield _disputed(bank.orders[effect.order_id], effect)


def _settled(order: Order, merchant: Merchant) -> Iterator[Line]:
    """What one order has in the registries of all days."""
    taken = approval(order)
    if taken is None or order.deposited_at is None:
        return
    undone = sum(line.amount for line in _late_reversals(order))
    captured = order.deposited + order.refunded + undone
    if captured:
        yield _line(order, taken, PAYMENT, captured, fee(merchant, captured), at=order.deposited_at)
    for line in order.refunds:
        yield _line(order, line, REFUND, line.amount)
    for line in _late_reversals(order):
        yield _line(order, line, REVERSAL, line.amount)


def _disputed(order: Order, effect: Effect) -> Line:
    """Named by the payment's own reference: there is no other."""
    taken = approval(order)
    reference, code = (taken.reference, taken.approval) if taken else ("", "")
    return Line(effect.at, order.number, reference, code, _DISPUTES[effect.kind], effect.amount, 0)


def _late_reversals(order: Order) -> list[Operation]:
    """Reversals of what was settled already: of a later day than the payment."""
    paid_at = order.deposited_at or 0.0
    undone = (line for line in order.operations if line.type is OperationType.REVERSAL)
    return [line for line in undone if banking_day(line.at) > banking_day(paid_at)]


def _line(order: Order, line: Operation, kind: str, amount: int, kept: int = 0, *, at: float | None = None) -> Line:
    return Line(line.at if at is None else at, order.number, line.reference, line.approval, kind, amount, kept)


def _roubles(kopecks: int) -> str:
    return f"{'-' if kopecks < 0 else ''}{abs(kopecks) // 100},{abs(kopecks) % 100:02}"
