"""Finance's books on the screen: figures, the bank's registry, exports."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from aiohttp import FormData

from checkout.books import figures_store, registry_lists
from checkout.books.registry import State
from checkout.books.registry_file import LARGEST
from checkout.books.registry_lists import Shown, Wanted
from tests.desk.clerk import Clerk, at_work
from tests.flows.registry import Said, written
from tests.flows.test_registry import refund_at_the_bank
from tests.pages.visitor import Seen, same_site, told
from tests.world import World, roubles


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
