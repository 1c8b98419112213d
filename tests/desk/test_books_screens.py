"""Finance's books on the screen: figures, the bank's registry, exports."""

from __future__ import annotations

import csv
from io import BytesIO
from pathlib import Path

import pytest
from aiohttp import FormData
from openpyxl import load_workbook

from checkout.books import figures_store, registry_lists
from checkout.books.registry import State
from checkout.books.registry_file import LARGEST
from checkout.books.registry_lists import Shown, Wanted
from checkout.ground.db import rows, sql
from tests.desk.clerk import Clerk, at_work
from tests.flows.registry import Said, written
from tests.flows.test_registry import refund_at_the_bank, refunded
from tests.pages.visitor import Seen, same_site, told
from tests.world import World, roubles

_REGISTRY_LINES = sql("SELECT principal, action, client, data FROM audit WHERE action LIKE 'registry.%' ORDER BY seq")
_EXPORTS = sql("SELECT object, data FROM audit WHERE action = 'books.export' ORDER BY seq")


async def test_the_dashboard_tells_today_and_a_month(world: World) -> None:
    """Today by clinic first; what thirty days came to, and that there was nothing before."""
    await world.paid()
    await world.open_till(1000)
    await figures_store.count(world.service)
    olga = await at_work(world, "accountant")
    page = await olga.get("/desk/dashboard")
    text = told(page.text)
    assert page.status == 200
    assert text.index("Сегодня") < text.index("30 дней")
    assert "Клиника на Тверской" in text
    assert "1 000 ₽" in text
    assert "Получено 2 500 ₽ Раньше не было" in text
    assert "Оплатили из оформленных 100 % Раньше: нет данных" in text


async def test_the_dashboard_holds_a_month_against_the_one_before(world: World) -> None:
    """How much less, and than what, in words."""
    await world.paid()
    await world.paid()
    await figures_store.count(world.service)
    await world.advance(days=30)
    await world.paid()
    await figures_store.count(world.service)
    olga = await at_work(world, "accountant")
    assert "Получено 2 500 ₽ На 50 % меньше: было 5 000 ₽" in told((await olga.get("/desk/dashboard")).text)


async def test_the_dashboard_of_another_clinic_knows_nothing_of_ours(world: World) -> None:
    """Neither its name nor a sum."""
    await world.paid()
    await figures_store.count(world.service)
    there = await at_work(world, ("accountant", "krasny"))
    text = told((await there.get("/desk/dashboard")).text)
    assert "Клиника на Красном" in text
    assert "Тверской" not in text
    assert "2 500 ₽" not in text


async def test_a_dashboard_before_the_first_count_says_so(world: World) -> None:
    olga = await at_work(world, "accountant")
    assert "ещё не посчитаны" in (await olga.get("/desk/dashboard")).text


# --- the bank's registry


async def _sent(clerk: Clerk, file: bytes | None, *, template: str = "own", merchant: str = "zdorovie") -> Seen:
    """The form of an import, as a browser sends it."""
    shown = await clerk.get("/desk/registry")
    form = FormData()
    for name in ("token", "form"):
        form.add_field(name, shown.values[name])
    form.add_field("merchant", merchant)
    form.add_field("template", template)
    form.add_field("file", BytesIO(file or b""), filename="registry.csv" if file else "", content_type="text/csv")
    return await clerk.post("/desk/registry/import", form, **same_site(clerk.world))


async def _breaks(world: World, *states: State) -> list[Shown]:
    wanted = Wanted(states=states or (State.OPEN, State.ASKED))
    return await world.tx(lambda tx: registry_lists.breaks(tx, wanted, limit=10))


async def _file(world: World, path: Path, *lines: Said) -> bytes:
    return written(path, lines, await world.now()).read_bytes()


async def test_a_registry_is_brought_in_by_its_form(world: World, tmp_path: Path) -> None:
    """What agrees stands with fee and net under its order, the rest in its list; the same file again changes nothing."""
    order, payment = await world.paid()
    alone, _ = await world.paid()
    anna = await at_work(world, "accountant")
    file = await _file(world, tmp_path / "r.csv", Said("b1", payment), Said("b2", "pay_unheard-of"))
    sent = await _sent(anna, file)
    assert sent.status == 303, sent.text
    done = await anna.get(sent.location)
    assert "Строк: 2, из них новых: 2, совпало: 1." in told(done.text)
    assert "Нет у нас" in done.text
    assert f"/desk/orders/{order.code}" in (matched := await anna.get("/desk/registry?list=matched")).links
    assert "50 ₽ 2 450 ₽" in told(matched.text)
    assert alone.code not in matched.text
    assert "Всего" in done.text
    again = await anna.get((await _sent(anna, file)).location)
    assert "уже загружали" in again.text
    assert alone.code in (await anna.get("/desk/registry?list=ours")).text
    assert len(await _breaks(world)) == 2


async def test_a_file_that_is_not_understood_is_named_by_its_lines(world: World, tmp_path: Path) -> None:
    """422 with line and column, the choices kept, and nothing in the books."""
    anna = await at_work(world, "accountant")
    file = await _file(world, tmp_path / "r.csv", Said("b1", "pay_x", amount="much"))
    shown = await _sent(anna, file)
    assert shown.status == 422
    assert "строка 2: amount: «much» — не сумма." in shown.text
    assert "Реестров ещё не загружали" in shown.text
    missing = await _sent(anna, None, template="tochka")
    assert (missing.status, missing.values["template"]) == (422, "tochka")
    assert "Выберите файл" in missing.text
    assert (await _sent(anna, file, merchant="nobody")).status == 422


async def test_a_file_that_is_too_large_is_not_kept(world: World) -> None:
    """413 as soon as it is known; other forms stay as small as they were."""
    anna = await at_work(world, "accountant")
    shown = await _sent(anna, b"a" * (LARGEST + 1))
    assert shown.status == 413
    elsewhere = FormData()
    elsewhere.add_field("file", BytesIO(b"a" * 100_000), filename="x")
    assert (await anna.post("/desk/language", elsewhere, **same_site(world))).status == 413


@pytest.mark.parametrize(
    "body", [b"", b"--x\r\n", b"nothing", b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--"]
)
async def test_parts_that_cannot_be_read_are_no_form(world: World, body: bytes) -> None:
    """A broken body is refused as such, or as a form without its secret; never a fault of ours."""
    anna = await at_work(world, "accountant")
    sent = {"Content-Type": "multipart/form-data; boundary=x"}
    async with world.http.post(
        world.url + "/desk/registry/import",
        data=body,
        headers=anna.headers | anna._kept("/desk") | same_site(world) | sent,  # noqa: SLF001 - the cookie of the session
    ) as answer:
        assert answer.status in (400, 403)


async def test_only_whoever_works_everywhere_brings_a_registry_in(world: World, tmp_path: Path) -> None:
    """At one clinic there is no form for it, and one that is sent all the same is refused; what is owed is not shown."""
    anna = await at_work(world, ("accountant", "tverskaya"))
    shown = await anna.get("/desk/registry")
    assert "/desk/registry/import" not in shown.actions
    assert "ещё не перечислил" not in shown.text
    _, payment = await world.paid()
    sent = await _sent(anna, await _file(world, tmp_path / "r.csv", Said("b1", payment)))
    assert (sent.status, "во всех клиниках" in sent.text) == (403, True)


async def test_an_import_leaves_one_line_in_the_audit(world: World, tmp_path: Path) -> None:
    """With what it came to and from where; the same form again adds none, the same file in another says that it was known."""
    _, payment = await world.paid()
    anna = await at_work(world, "accountant")
    path = await _file(world, tmp_path / "r.csv", Said("b1", payment))
    assert (await _sent(anna, path)).status == 303
    (line,) = await world.tx(lambda tx: rows(tx, _REGISTRY_LINES))
    assert (line.principal, line.client) == (f"staff:{anna.staff_id}", "127.0.0.1")
    assert line.data == {"merchant": "zdorovie", "template": "own", "lines": 1, "fresh": 1, "breaks": {}}
    assert (await _sent(anna, path)).status == 303
    assert [one.data.get("known") for one in await world.tx(lambda tx: rows(tx, _REGISTRY_LINES))] == [None, True]


async def test_a_break_is_decided_with_a_note(world: World, tmp_path: Path) -> None:
    """Accepting wants a reason, and keeps what was typed; then it needs nobody any more. A second press finds it done."""
    _, payment = await world.paid()
    anna = await at_work(world, "accountant")
    await _sent(anna, await _file(world, tmp_path / "r.csv", Said("b1", payment, amount="2400,00")))
    (broken,) = await _breaks(world)
    place = f"/desk/registry/{broken.id}/cure"
    form = await anna.get("/desk/registry")
    assert place in form.actions
    refused = await anna.press(form, place, cure="accept", note=" ")
    assert (refused.status, "Ошибка: " in refused.title) == (422, True)
    decided = await anna.press(refused, place, cure="accept", note="Так решил банк")
    assert decided.location == "/desk/registry?list=theirs"
    assert (await anna.press(refused, place, cure="accept", note="Так решил банк")).status == 303
    assert [one.note for one in await _breaks(world, State.ACCEPTED)] == ["Так решил банк"]
    *_, line = await world.tx(lambda tx: rows(tx, _REGISTRY_LINES))
    assert (line.action, line.client) == ("registry.cure", "127.0.0.1")
    assert not await _breaks(world)
    assert (await anna.press(await anna.get("/desk/registry"), place, cure="book")).status == 409


async def test_money_that_went_back_at_the_bank_is_booked_by_a_press(world: World, tmp_path: Path) -> None:
    """What only refunds can do is offered in the same place."""
    order, payment = await world.paid()
    refund_at_the_bank(world, payment, 100_000)
    anna = await at_work(world, "accountant")
    lines = (Said("b1", payment), Said("b2", payment, operation="refund", amount="1000,00", fee="0"))
    await _sent(anna, await _file(world, tmp_path / "r.csv", *lines))
    (broken,) = await _breaks(world)
    await anna.press(await anna.get("/desk/registry"), f"/desk/registry/{broken.id}/cure", cure="book")
    assert not await _breaks(world)
    assert (await world.facts(order.id)).refunded == roubles(1000)
    assert not await world.broken()


async def test_a_break_of_another_clinic_does_not_exist(world: World, tmp_path: Path) -> None:
    """Neither in the list nor by its address."""
    _, payment = await world.paid()
    anna = await at_work(world, "accountant")
    await _sent(anna, await _file(world, tmp_path / "r.csv", Said("b1", payment, amount="2400,00")))
    (broken,) = await _breaks(world)
    there = await at_work(world, ("accountant", "krasny"), email="there@clinic.example")
    shown = await there.get("/desk/registry")
    assert "расхождений нет" in shown.text
    tried = await there.press(await there.get("/desk/me"), f"/desk/registry/{broken.id}/cure", cure="ask_bank")
    assert tried.status == 404
    assert [one.state for one in await _breaks(world)] == [State.OPEN]


async def test_a_day_that_is_none_is_named_in_the_list(world: World) -> None:
    anna = await at_work(world, "accountant")
    shown = await anna.get("/desk/registry?list=matched&from=9999-01-01")
    assert (shown.status, "Введите день" in shown.text) == (422, True)


# --- exports and saved filters


async def _table(clerk: Clerk, address: str) -> list[list[str]]:
    """A CSV as a spreadsheet opens it."""
    found = await clerk.get(address)
    assert (found.status, found.headers["Content-Type"]) == (200, "text/csv; charset=utf-8"), found.text
    return list(csv.reader(found.html.lstrip("\ufeff").splitlines(), delimiter=";"))


async def _audited(world: World) -> list[tuple[str, str]]:
    found = await world.tx(lambda tx: rows(tx, _EXPORTS))
    return [(row.object, row.data["filter"]) for row in found]


async def test_what_is_filtered_is_what_is_taken_along(world: World) -> None:
    """The chosen rows and columns with their total, the filter in words in its head, and on record who took it."""
    await world.paid()
    poor = await world.start(await world.order())
    await world.refuse(poor.payment_id)
    anna = await at_work(world, "accountant")
    query = "source=payments&from=&state=captured&method=card&column-code=yes&column-state=yes&column-captured=yes"
    shown = await anna.get(f"/desk/export?{query}")
    assert "Получено 2 500 ₽" in told(shown.text)
    assert (shown.values["state"], shown.values["method"]) == ("captured", "card")
    table = await _table(anna, f"/desk/export.csv?{query}")
    assert table[0][0].startswith("ТЕСТ")
    assert table[3] == ["состояние Оплачено; способ Карта"]
    assert table[4] == ["Заказ", "Состояние", "Получено"]
    assert [row[1:] for row in table[5:]] == [["Оплачено", "2500,00"], ["", "2500,00"]]
    assert await _audited(world) == [("payments", "state captured; method card")]


async def test_a_sheet_is_taken_along_too(world: World, tmp_path: Path) -> None:
    """Refunds, which another department brings, as a sheet that opens."""
    await refunded(world)
    anna = await at_work(world, "accountant")
    async with world.http.get(
        world.url + "/desk/export.xlsx?source=refunds",
        headers=anna.headers | anna._kept("/desk"),  # noqa: SLF001 - the cookie of the session
    ) as answer:
        assert answer.headers["Content-Disposition"] == 'attachment; filename="refunds.xlsx"'
        (tmp_path / "refunds.xlsx").write_bytes(await answer.read())
    cells = [cell.value for row in load_workbook(tmp_path / "refunds.xlsx").active for cell in row]
    assert "Банк принял" in cells
    assert 1000 in cells


async def test_a_filter_that_is_none_names_its_field(world: World) -> None:
    """422 on the form as on the file, with what was typed; nothing is exported."""
    anna = await at_work(world, "accountant")
    for place in ("/desk/export", "/desk/export.csv"):
        shown = await anna.get(f"{place}?source=cash&from=&least=much")
        assert (shown.status, shown.values["least"]) == (422, "much")
        assert "Введите сумму" in shown.text
    assert not await _audited(world)


async def test_an_export_holds_ones_own_clinics_only(world: World) -> None:
    """Whatever the address asks for."""
    await world.paid()
    there = await at_work(world, ("accountant", "krasny"))
    table = await _table(there, "/desk/export.csv?source=payments&clinic=tverskaya")
    assert len(table) == 6
    assert "0,00" in table[-1]
    assert "Тверской" not in (await there.get("/desk/export")).text


async def test_a_proof_comes_before_an_export(world: World) -> None:
    """A session in which nobody proved themselves of late is asked to, and led back to the same filter."""
    anna = await at_work(world, "accountant")
    await world.advance(minutes=10)
    asked = await anna.get("/desk/export.csv?source=cash")
    assert (asked.status, asked.location) == (303, "/desk/proof?back=%2Fdesk%2Fexport.csv%3Fsource%3Dcash")


async def test_a_filter_is_kept_under_a_name(world: World) -> None:
    """A link on its page for whoever kept it, and for nobody else, until they forget it; the same name is kept anew."""
    anna = await at_work(world, "accountant")
    for state in ("captured", "declined"):
        shown = await anna.get(f"/desk/export?source=payments&from=&state={state}")
        typed = {"page": "/desk/export", "name": "  Мои  платежи ", "query": shown.values["query"]}
        kept = await anna.press(shown, "/desk/views", **typed)
        assert kept.location == f"/desk/export?source=payments&from=&state={state}"
    page = await anna.get("/desk/export")
    assert [link for link in page.links if "state=" in link] == [kept.location]
    assert "Мои платежи" in page.text
    other = await at_work(world, "controller")
    assert "Мои платежи" not in (await other.get("/desk/export")).text
    view = page.values["view"]
    await other.press(page, "/desk/views/forget", page="/desk/export", view=view)
    assert "Мои платежи" in (await anna.get("/desk/export")).text
    await anna.press(page, "/desk/views/forget", page="/desk/export", view=view)
    assert "Мои платежи" not in (await anna.get("/desk/export")).text


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ({"name": " "}, 422),
        ({"name": "x" * 61}, 422),
        ({"query": "a=" + "b" * 1000}, 422),
        ({"query": "&".join(f"a{n}=1" for n in range(60))}, 422),
        ({"page": "https://elsewhere.example/desk"}, 404),
        ({"page": "/desk/../v1"}, 404),
    ],
)
async def test_a_filter_that_cannot_be_kept_is_refused(world: World, typed: dict[str, str], status: int) -> None:
    anna = await at_work(world, "accountant")
    sent = {"page": "/desk/export", "name": "Мой", "query": "source=cash", **typed}
    assert (await anna.press(await anna.get("/desk/export"), "/desk/views", **sent)).status == status
