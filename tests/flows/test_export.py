"""Exports: exactly the filtered rows, totals that equal the ledger's, and no cell that a spreadsheet would calculate."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from ulid import ULID

from checkout.books import as_xlsx
from checkout.books.export import Ask, Exported, Format, export
from checkout.books.figures_store import today
from checkout.books.sources import METHODS, SOURCES, Filter, Source
from checkout.ground.db import Tx, rows, shared, snapshot, sql, stream
from checkout.ground.errors import Conflict
from checkout.ground.service import open_service
from checkout.ground.table import inert
from checkout.payment.order import Plan
from checkout.payment.payment import WORDS, State
from checkout.postgres import Urls
from checkout.till import storno
from checkout.till.take import take
from checkout.till.till import Reason, Tender
from refunds.source import REFUNDS
from tests.flows.drawer import held, moved, taken
from tests.flows.registry import Said, brought_in
from tests.flows.test_registry import balances, refunded
from tests.world import World, roubles

MOSCOW = "Europe/Moscow"
EVERY = {**SOURCES, REFUNDS.name: REFUNDS}
AS_KEPT = sql("""
SELECT p.*, o.code, c.slug AS clinic FROM payment p JOIN orders o ON o.id = p.order_id JOIN clinic c ON c.id = o.clinic_id
 ORDER BY p.id""")


async def exported(world: World, source: Source, path: Path, kind: Format = Format.CSV, **chosen: Any) -> Exported:
    ask = Ask(source, Filter(MOSCOW, **chosen))
    return await export(world.service, ask, kind, path, principal="anna")


def table(path: Path) -> list[list[str]]:
    """The file's lines as a spreadsheet sees them."""
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=";"))


async def some_business(world: World, folder: Path) -> None:
    """Two card payments, one of them refunded in part, one in cash; a registry of one."""
    _, payment = await world.paid()
    await refunded(world)
    order = await world.order(plan=Plan.AT_CLINIC)
    await world.open_till()
    await world.tx(lambda tx: take(tx, world.service, order.id, roubles(2500), principal="olga"))
    await brought_in(world, folder / "registry.csv", Said("=1+1", payment))


async def test_totals_are_the_ledgers(world: World, tmp_path: Path) -> None:
    """Each table comes to what the accounts say, and both formats to the same."""
    await some_business(world, tmp_path)
    ledger = await balances(world)
    csv_totals, xlsx_totals = {}, {}
    for name, source in EVERY.items():
        csv_totals[name] = await exported(world, source, tmp_path / f"{name}.csv")
        xlsx_totals[name] = await exported(world, source, tmp_path / f"{name}.xlsx", Format.XLSX)
    assert csv_totals == xlsx_totals
    assert csv_totals["payments"].totals == {"captured": 750_000, "refunded": 100_000}
    assert csv_totals["payments"].totals["captured"] - 100_000 == -ledger["customer"]
    assert csv_totals["cash"].totals == {"amount": ledger["till"]}
    assert csv_totals["registry"].totals == {"fee": ledger["bank_fee"], "net": ledger["bank_account"], "difference": 0}
    assert csv_totals["refunds"].totals == {"returned": 100_000}
    assert csv_totals["orders"].totals == {"total": 750_000, "paid": 750_000, "refunded": 100_000, "earned": 0}


async def test_a_table_tells_what_it_is(world: World, tmp_path: Path) -> None:
    """Rehearsal data is marked, then moment, zone and filter; then columns, rows, totals."""
    await some_business(world, tmp_path)
    await exported(world, SOURCES["payments"], tmp_path / "a.csv", method="card", clinic="tverskaya")
    lines = table(tmp_path / "a.csv")
    assert lines[0] == ["ТЕСТ: учебные данные, не для учёта"]
    assert lines[1] == ["Платежи"]
    assert lines[2][0].endswith("время Europe/Moscow")
    assert lines[3] == ["клиника tverskaya; способ Карта"]
    assert lines[4][:5] == ["Платёж", "Заказ", "Клиника", "Способ", "Состояние"]
    assert [line[3:5] for line in lines[5:7]] == [["Карта", "Оплачено"]] * 2
    assert lines[-1][0] == "Итого"
    assert lines[-1][8:10] == ["5000,00", "1000,00"]


def by_hand(row: Any, language: str) -> list[str]:
    """A payment's cells as somebody would write them who takes one row, and one cell, at a time."""

    def moment(at: datetime | None) -> str:
        return f"{at.astimezone(ZoneInfo(MOSCOW)):%d.%m.%Y %H:%M}" if at else ""

    def roubles_of(kopecks: int) -> str:
        return f"{kopecks // 100},{kopecks % 100:02}"

    reference = row.reference or ""
    return [
        f"pay_{ULID.from_uuid(row.id)}",
        row.code,
        row.clinic,
        METHODS[row.method].of(language),
        WORDS[State(row.state)].of(language),
        moment(row.created_at),
        moment(row.captured_at),
        *(roubles_of(sum_) for sum_ in (row.amount, row.captured, row.refunded)),
        row.merchant,
        f"'{reference}" if reference.startswith(("=", "+", "-", "@", "\t", "\r", "'")) else reference,
    ]


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_each_cell_is_said_by_its_shape(world: World, tmp_path: Path, owner: AsyncEngine, language: str) -> None:
    """Byte by byte what a row at a time would come to: words, hours of the zone, sums, gaps, quotes, no formula."""
    await some_business(world, tmp_path)
    await world.start(await world.order())
    async with owner.begin() as tx:
        await tx.execute(text("""UPDATE payment SET reference = E'-1;"2"\\n' || id WHERE state = 'captured'"""))
    ask = Ask(SOURCES["payments"], Filter(MOSCOW), language)
    await export(world.service, ask, Format.CSV, tmp_path / "a.csv", principal="anna")
    found = await world.tx(lambda tx: rows(tx, AS_KEPT))
    assert {row.state for row in found} == {"captured", "pending"}
    expected = io.StringIO(newline="")
    out = csv.writer(expected, delimiter=";", lineterminator="\r\n")
    out.writerows(by_hand(row, language) for row in found)
    written = (tmp_path / "a.csv").read_bytes().decode("utf-8-sig").split("\r\n", 5)[5]
    assert written.startswith(expected.getvalue())
    assert written.removeprefix(expected.getvalue()).count("\r\n") == 1


async def test_both_formats_hold_the_same(world: World, tmp_path: Path) -> None:
    """Every table, cell by cell: what a sheet holds as a number or a day is what the other says in words."""
    await some_business(world, tmp_path)
    await world.start(await world.order())
    for name, source in EVERY.items():
        await exported(world, source, tmp_path / "a.csv")
        await exported(world, source, tmp_path / "a.xlsx", Format.XLSX)
        said = table(tmp_path / "a.csv")[4:]
        sheet = load_workbook(tmp_path / "a.xlsx").active
        width = len(source.columns)
        held = [[plainly(cell) for cell in row] for row in sheet.iter_rows(min_row=5, max_col=width)]
        assert held == [[cell.removeprefix("'") for cell in line] for line in said], name


def plainly(cell: Any) -> str:
    """A sheet's cell as CSV would say it."""
    if cell.value is None:
        return ""
    if cell.is_date:
        shape = "%d.%m.%Y %H:%M" if "hh" in cell.number_format else "%d.%m.%Y"
        return f"{cell.value:{shape}}"
    if cell.data_type == "n" and "0.00" in cell.number_format:
        return f"{cell.value:.2f}".replace(".", ",")
    return str(cell.value)


async def test_only_what_is_asked_for(world: World, tmp_path: Path) -> None:
    """Days are whole days of the filter's zone; a reader's clinics bound what can be asked for."""
    await some_business(world, tmp_path)
    today = (await world.now()).astimezone(Filter(MOSCOW).tz).date()
    tomorrow = today + timedelta(days=1)
    payments = SOURCES["payments"]
    for chosen, count in (
        ({"since": today, "until": today}, 3),
        ({"since": tomorrow}, 0),
        ({"until": today - timedelta(days=1)}, 0),
        ({"method": "cash"}, 1),
        ({"state": "captured"}, 3),
        ({"least": 250_001}, 0),
        ({"most": 250_000}, 3),
        ({"clinic": "krasny"}, 0),
        ({"clinics": frozenset()}, 0),
    ):
        done = await exported(world, payments, tmp_path / "a.csv", **chosen)
        assert done.rows == count, chosen


async def test_no_cell_is_a_formula(world: World, tmp_path: Path, owner: AsyncEngine) -> None:
    """What the bank calls a payment may be `=1+1`: text in both formats, and a negative sum is still a number."""
    await some_business(world, tmp_path)
    async with owner.begin() as tx:
        await tx.execute(text("UPDATE payment SET reference = '@SUM(A1)' || id"))
    await exported(world, SOURCES["registry"], tmp_path / "a.csv")
    assert table(tmp_path / "a.csv")[5][3] == "'=1+1"
    await exported(world, SOURCES["payments"], tmp_path / "a.csv")
    assert {line[11][:2] for line in table(tmp_path / "a.csv")[5:8]} == {"'@"}
    await exported(world, SOURCES["registry"], tmp_path / "a.xlsx", Format.XLSX)
    cell = load_workbook(tmp_path / "a.xlsx").active["D6"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@A", "\t=1", "\r=1"])
def test_text_that_begins_like_a_formula_is_made_inert(cell: str) -> None:
    """One apostrophe, and a spreadsheet shows it as it is."""
    assert inert(cell) == f"'{cell}"


async def test_a_sheet_holds_numbers_and_days(world: World, tmp_path: Path) -> None:
    """Sums and moments are what a spreadsheet can add up and sort, on the clock of the zone."""
    await some_business(world, tmp_path)
    await exported(world, SOURCES["payments"], tmp_path / "a.xlsx", Format.XLSX)
    sheet = load_workbook(tmp_path / "a.xlsx").active
    paid = sheet["G6"].value
    assert sheet["I6"].value == 2500
    assert isinstance(paid, datetime)
    assert abs(paid.replace(tzinfo=Filter(MOSCOW).tz) - await world.now()) < timedelta(hours=1)
    assert sheet["A9"].value == "Итого"


async def test_more_rows_than_a_sheet_holds_go_to_the_next(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the columns' names on top again."""
    await some_business(world, tmp_path)
    monkeypatch.setattr(as_xlsx, "SHEET_ROWS", 7)
    await exported(world, SOURCES["payments"], tmp_path / "a.xlsx", Format.XLSX)
    first, second = load_workbook(tmp_path / "a.xlsx").worksheets
    assert (first.max_row, second["A1"].value, second.max_row) == (7, "Платёж", 3)


async def test_rows_that_differ_from_the_ledger_are_no_file(world: World, tmp_path: Path, owner: AsyncEngine) -> None:
    """A total that the books do not hold would be believed: there is no such file, and who asked is on record."""
    await some_business(world, tmp_path)
    async with owner.begin() as tx:
        await tx.execute(text("UPDATE payment SET refunded = 1 WHERE refunded = 0 AND method = 'cash'"))
    for kind in Format:
        with pytest.raises(Conflict) as refused:
            await exported(world, SOURCES["payments"], tmp_path / f"a.{kind}", kind)
        assert (refused.value.code, refused.value.facts) == ("books_differ", {"columns": "refunded"})
        assert not (tmp_path / f"a.{kind}").exists()
    audited = await world.tx(
        lambda tx: rows(tx, sql("SELECT object, principal FROM audit WHERE action = 'books.export'"))
    )
    assert [(row.object, row.principal) for row in audited] == [("payments", "anna")] * 2


async def test_rows_come_in_chunks(world: World) -> None:
    """However many there are, a chunk of them is in memory."""

    async def sizes(tx: Tx) -> list[int]:
        numbers = sql("SELECT n FROM generate_series(1, :last) AS n")
        return [len(part["n"]) async for part in stream(tx, numbers, {"last": 250}, chunk=100)]

    assert await world.tx(sizes) == [100, 100, 50]


async def test_what_is_asked_beside_the_rows_is_of_the_same_moment(world: World) -> None:
    """A payment that came in between is seen by neither transaction."""
    counted = sql("SELECT count(*) AS n FROM payment")
    await world.paid()
    async with snapshot(world.service.engine) as tx:
        mark = await shared(tx)
        await world.paid()
        async with snapshot(world.service.engine, mark=mark) as beside:
            seen = [(await rows(one_, counted))[0].n for one_ in (tx, beside)]
    assert seen == [1, 1]


async def test_an_export_waits_for_no_second_connection(world: World, urls: Urls, tmp_path: Path) -> None:
    """With one connection in all the ledger is asked after the rows, and the totals hold as ever."""
    await world.paid()
    async with open_service(world.config, urls.app, pool=1) as alone:
        ask = Ask(SOURCES["payments"], Filter(MOSCOW))
        done = await export(alone, ask, Format.CSV, tmp_path / "payments.csv", principal="anna")
    assert done.totals == {"captured": 250_000, "refunded": 0}


async def test_whatever_the_till_does_the_totals_hold(world: World, tmp_path: Path) -> None:
    """Float, three tenders, money in and out for no visit, a taking that was a mistake: each table is still the ledger's."""
    order, mistaken = await world.order(plan=Plan.AT_CLINIC), await world.order(plan=Plan.AT_CLINIC)
    shift = await world.open_till(1000)
    await taken(world, order, 1500)
    await taken(world, order, 600, tender=Tender.TERMINAL)
    await taken(world, order, 400, tender=Tender.TRANSFER)
    wrong = await taken(world, mistaken, 2500)
    await world.tx(
        lambda tx: storno.reverse(tx, world.service, shift.id, wrong.receipt_no, Reason.WRONG_ORDER, principal="olga")
    )
    await moved(world, shift, 120, Reason.EXPENSE, into=False)
    done = {name: await exported(world, source, tmp_path / f"{name}.csv") for name, source in EVERY.items()}
    drawer = await held(world, shift)
    assert done["cash"].totals == {"amount": drawer.amount}
    assert done["payments"].totals == {"captured": 250_000, "refunded": 0}
    assert done["orders"].totals == {"total": 500_000, "paid": 250_000, "refunded": 0, "earned": 0}
    (here,) = [
        one for one in await world.tx(lambda tx: today(tx, clinics=[shift.clinic_id])) if one.clinic == order.clinic
    ]
    assert here.drawer == drawer == roubles(2380)
