"""The daily registry: what was settled of a banking day, by the tariff, as CSV and as a spreadsheet."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from gateways.sandbox import Bank, Merchant
from gateways.sandbox.chargebacks import charge_back, win
from gateways.sandbox.holding import complete
from gateways.sandbox.registry import HEADERS, as_csv, as_xlsx, days, fee, lines, settled_on
from gateways.sandbox.reverting import refund, reverse
from tests.sandbox.live import CARD, world
from tests.sandbox.rehearsal import bank, held, paid, register

DAY = date(2026, 5, 20)  # of the bank's noon; a Wednesday


def told(here: Bank, day: date = DAY) -> list[tuple[str, str, int, int, int]]:
    found = lines(here, here.merchants["sandbox-api"], day)
    return [(line.number, line.kind, line.amount, line.fee, line.net) for line in found]


def test_a_day_holds_what_was_settled() -> None:
    """Payments less the fee, refunds; neither unpaid orders nor what was reversed on its day."""
    here = bank()
    first, second = paid(here, "A-1"), paid(here, "A-2")
    register(here, "A-3")
    refund(here, first, 5000, external_id="r-1")
    reverse(here, second)
    assert told(here) == [("A-1", "Оплата", 19900, 398, 19502), ("A-1", "Возврат", 5000, 0, -5000)]


def test_later_days_hold_what_happened_later() -> None:
    """A refund of tomorrow stands in tomorrow's registry; a reversal of what was settled too, where it is allowed."""
    here = bank(reverse_same_day_only=False)
    first, second = paid(here, "A-1"), paid(here, "A-2")
    here.advance(86400)
    refund(here, first, 19900, external_id="r-1")
    reverse(here, second)
    assert [line[:3] for line in told(here)] == [("A-1", "Оплата", 19900), ("A-2", "Оплата", 19900)]
    tomorrow = told(here, date(2026, 5, 21))
    assert tomorrow == [("A-1", "Возврат", 19900, 0, -19900), ("A-2", "Отмена", 19900, 0, -19900)]
    assert days(here, here.merchants["sandbox-api"]) == [date(2026, 5, 21), DAY]


def test_a_dispute_stands_under_the_day_on_which_the_money_moved() -> None:
    """What the payer's bank took, and what it gave up again; no fee of either."""
    here = bank()
    order = paid(here)
    here.advance(86400)
    charge_back(here, order, 5000)
    win(here, order, 2000)
    assert told(here, date(2026, 5, 21)) == [
        ("A-1", "Чарджбэк", 5000, 0, -5000),
        ("A-1", "Отмена чарджбэка", 2000, 0, 2000),
    ]


def test_a_hold_is_settled_when_it_is_completed() -> None:
    """What was completed, on that day; what was only held, or released, never."""
    here = bank()
    order, released = held(here), held(here, "A-2")
    reverse(here, released)
    assert told(here) == []
    here.advance(86400)
    complete(here, order, 10_000)
    assert told(here, date(2026, 5, 21)) == [("A-1", "Оплата", 10_000, 200, 9800)]
    assert told(here) == []


@pytest.mark.parametrize(
    ("percent", "least", "kept"),
    [("2", 0, 398), ("1.8", 0, 358), ("2.5", 0, 498), ("0", 0, 0), ("1", 350, 350), ("0", 50_000, 19900)],
)
def test_the_fee_is_the_tariffs(percent: str, least: int, kept: int) -> None:
    """Half a kopeck is rounded up, a least fee holds, and the bank never keeps more than was paid."""
    assert fee(Merchant(fee_percent=Decimal(percent), fee_least=least), 19900) == kept


@pytest.mark.parametrize(("day", "next_"), [((2026, 5, 20), 21), ((2026, 5, 22), 25), ((2026, 5, 23), 25)])
def test_money_moves_on_the_next_working_day(day: tuple[int, int, int], next_: int) -> None:
    """Friday's on Monday."""
    assert settled_on(date(*day)) == date(2026, 5, next_)


def test_both_files_say_the_same() -> None:
    """Roubles with a comma for the accounts, numbers in the spreadsheet; an order's number is never a formula."""
    here = bank()
    order = paid(here, "=1+1")
    refund(here, order, 5000, external_id="r-1")
    found = lines(here, here.merchants["sandbox-api"], DAY)
    plain = list(csv.reader(io.StringIO(as_csv(found, DAY).decode("cp1251")), delimiter=";"))
    sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx(found, DAY))).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert tuple(plain[0]) == rows[0] == HEADERS
    assert plain[1][:4] == ["20.05.2026", "21.05.2026", "333333", "=1+1"]
    assert [row[7:] for row in plain[1:]] == [["199,00", "3,98", "195,02"], ["50,00", "0,00", "-50,00"]]
    assert [row[7:] for row in rows[1:]] == [(199, 3.98, 195.02), (50, 0, -50)]
    assert [row[3] for row in rows[1:]] == ["=1+1"] * 2
    assert sheet.cell(2, 4).data_type == "s"


async def test_files_are_fetched_by_day_and_merchant() -> None:
    """The list of days names them; another merchant's is its own; what is no day is not found."""
    async with world() as here:
        here.bank.admit(Merchant(login="other-api"))
        order = await here.register()
        await here.post(order["formUrl"], CARD)
        _, listed = await here.control("GET", "registry")
        (sheet,) = listed["registries"]
        assert (sheet["merchant"], sheet["lines"], sheet["net"]) == ("sandbox-api", 1, 441000)
        for kind in ("csv", "xlsx"):
            address = f"{here.bank.base_url}/sandbox/registry/{sheet['day']}.{kind}"
            async with here.client.get(address) as answer:
                body = await answer.read()
                assert answer.headers["Content-Disposition"] == (
                    f'attachment; filename="registry-sandbox-{sheet["day"]}.{kind}"'
                )
            assert (b"A-1" in body) is (kind == "csv")
        async with here.client.get(
            f"{here.bank.base_url}/sandbox/registry/{sheet['day']}.csv?merchant=other-api"
        ) as answer:
            assert len((await answer.text()).splitlines()) == 1
        wrong: list[Any] = ["2026-13-45.csv", f"{sheet['day']}.csv?merchant=nobody", f"{sheet['day']}.pdf"]
        for path in wrong:
            async with here.client.get(f"{here.bank.base_url}/sandbox/registry/{path}") as answer:
                assert answer.status == 404
