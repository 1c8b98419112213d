"""Bad values in the catalogue's forms, and two people at one entry: each is told, and nothing that was typed is lost."""

from __future__ import annotations

import asyncio

import pytest

from checkout.catalogue.file import Catalogue
from checkout.catalogue.import_store import bring_in
from tests.desk.catalogue import (
    CLINIC,
    ORLOV,
    SERVICE,
    changed,
    held,
    lines,
    looked,
    moscow,
    saved,
    service,
)
from tests.desk.clerk import at_work, two_administrators
from tests.pages.visitor import told
from tests.world import World


@pytest.mark.parametrize(
    ("path", "name", "typed"),
    [
        (SERVICE, "price", "дорого"),
        (SERVICE, "price", "0"),
        (SERVICE, "price", "999999999,99"),
        (SERVICE, "from", "2020-01-01"),
        (SERVICE, "from", "завтра"),
        (SERVICE, "vat", "99"),
        (SERVICE, "minutes", "0"),
        (SERVICE, "minutes", "601"),
        (SERVICE, "deposit_percent", "100"),
        (SERVICE, "deposit", "500"),  # beside the percent that there is
        (SERVICE, "name_ru", " "),
        (SERVICE, "name_en", "a" * 201),
        (SERVICE, "about_ru", "я" * 2001),
        (CLINIC, "mon", "с утра"),
        (CLINIC, "phone", ""),
        (CLINIC, "map_url", "http://example.com"),
        (CLINIC, "step_minutes", "4"),
        (CLINIC, "new-day-1", "2020-01-01"),
        (ORLOV, "name", ""),
        (ORLOV, "works", "never"),
        (ORLOV, "week-from", "2020-01-01"),
    ],
)
async def test_a_bad_value_names_its_field_and_is_kept(world: World, path: str, name: str, typed: str) -> None:
    """With all the others; nothing is changed."""
    admin = await at_work(world, "administrator")
    before = await held(world)
    given = {name: typed, **({"price": "3000"} if name == "from" else {}), "position": "7"}
    for press in ("check", "save"):
        page = await admin.press_all(await admin.get(path), path, **{**given, "press": press})
        assert page.status == 422, told(page.text)
        assert f'<a href="#{name}">' in page.html
        assert f'id="{name}"' in page.html
        assert page.values.get("position", "7") == "7"
        assert name in ("works", "vat") or page.values[name] == typed.strip()
    assert await held(world) == before


async def test_a_day_without_a_price_and_hours_of_nobody_are_refused(world: World) -> None:
    admin = await at_work(world, "administrator")
    page = await looked(admin, SERVICE, **{"from": (await moscow(world, 3)).isoformat()})
    assert '<a href="#price">' in page.html
    page = await looked(admin, ORLOV, works="own")
    assert '<a href="#mon">' in page.html


@pytest.mark.parametrize("press", ["check", "save"])
async def test_whoever_comes_second_is_told_who_changed_what_and_loses_nothing(world: World, press: str) -> None:
    """The other's change stands in the form beside one's own; saved once more, both are kept."""
    olga, nina = await two_administrators(world)
    form = await olga.get(SERVICE)
    await changed(nina, SERVICE, minutes="40", about_ru="Новое описание.")
    stale = await olga.press_all(form, SERVICE, press=press, name_ru="Терапевт", deposit_percent="50")
    assert stale.status == 409
    page = told(stale.text)
    assert "это изменил другой человек: Нина Орлова. Ничего не сохранено" in page
    assert "Минут: 30 → 40" in page
    assert (await service(world)).name.ru == "Приём терапевта"
    values = stale.values
    assert (values["name_ru"], values["deposit_percent"]) == ("Терапевт", "50")
    assert (values["minutes"], values["about_ru"]) == ("40", "Новое описание.")
    check = await olga.press_all(stale, SERVICE, press="check")
    assert [line[0] for line in lines(check)] == ["Название (по-русски)", "Предоплата, процент"]
    await saved(olga, check)
    entry = await service(world)
    assert (entry.name.ru, entry.minutes, entry.deposit_percent) == ("Терапевт", 40, 50)


async def test_of_two_who_save_at_once_one_wins(world: World) -> None:
    olga, nina = await two_administrators(world)
    checks = [await looked(one, SERVICE, minutes=text) for one, text in ((olga, "35"), (nina, "50"))]
    sent = await asyncio.gather(
        olga.press_all(checks[0], SERVICE, press="save"), nina.press_all(checks[1], SERVICE, press="save")
    )
    assert sorted(page.status for page in sent) == [303, 409]
    won = "35" if sent[0].status == 303 else "50"
    assert (await service(world)).minutes == int(won)


async def test_what_a_file_changed_meanwhile_is_somebodys_change_too(world: World) -> None:
    """Told as the operator's; a file of services alone leaves the clinics' history as it was."""
    olga = await at_work(world, "administrator")
    form = await olga.get(SERVICE)
    entry = (await service(world)).model_copy(update={"minutes": 25})
    await world.tx(lambda tx: bring_in(tx, lambda _: Catalogue(services=(entry,)), principal="operator"))
    stale = await olga.press_all(form, SERVICE, press="save", name_ru="Терапевт")
    assert stale.status == 409
    assert "Администратор сервера" in stale.text


async def test_a_form_sent_twice_is_done_once(world: World) -> None:
    olga = await at_work(world, "administrator")
    check = await looked(olga, SERVICE, price="2600")
    first = await olga.press_all(check, SERVICE, press="save")
    again = await olga.press_all(check, SERVICE, press="save")
    assert (first.status, first.location) == (again.status, again.location) == (303, f"{SERVICE}?saved=yes")
    assert len((await olga.get(SERVICE)).html.split("Действует с")) == 3
