"""A service and its price on the staff's screens: a form, what would come of it, and what then is."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from checkout.catalogue import store
from checkout.payment.order import Word
from gateways.money import Money
from tests.desk.catalogue import (
    ORLOV,
    SERVICE,
    changed,
    held,
    lines,
    looked,
    moscow,
    price,
    saved,
    service,
)
from tests.desk.clerk import at_work
from tests.pages.visitor import told
from tests.world import World


async def test_a_price_from_a_day_on_leaves_todays_price(world: World) -> None:
    """The preview says both, with the deposit of each; the day comes, and the price with it. An order keeps its own."""
    admin = await at_work(world, "administrator")
    order, _ = await world.paid()
    day = await moscow(world, 2)
    check = await looked(admin, SERVICE, price="3 000", **{"from": day.isoformat()})
    assert len(lines(check)) == 1
    assert lines(check)[0][1:] == ["нет", "3 000 ₽, без НДС"]
    page = told(check.text)
    assert "2 500 ₽ , предоплата 750 ₽, остальное в клинике: 1 750 ₽" in page
    assert "3 000 ₽ , предоплата 900 ₽, остальное в клинике: 2 100 ₽" in page
    assert "Записей впереди с этой услугой: 1. Их цена" in page
    assert await price(world) == Money(250_000)
    shown = await saved(admin, check)
    assert "Сохранено" in shown.text
    assert await price(world) == Money(250_000)
    await world.advance(days=3)
    assert await price(world) == Money(300_000)
    assert (await world.facts(order.id)).paid == Money(250_000)


async def test_a_price_without_a_day_holds_at_once_and_the_old_one_is_history(world: World) -> None:
    admin = await at_work(world, "administrator")
    shown = told((await changed(admin, SERVICE, price="2600,50", vat="22")).text)
    assert await price(world) == Money(260_050)
    assert "Сейчас 2 600,50 ₽, НДС 22 %." in shown
    assert "2 500 ₽, без НДС. Действует с самого начала" in shown


async def test_a_planned_price_is_taken_back(world: World) -> None:
    """Before its day, and in no other way."""
    admin = await at_work(world, "administrator")
    day = await moscow(world, 5)
    form = await changed(admin, SERVICE, price="3000", **{"from": day.isoformat()})
    drop = next(name for name in form.fields if name.startswith("drop-"))
    check = await looked(admin, SERVICE, **{drop: "yes"})
    assert lines(check)[0][1:] == ["3 000 ₽, без НДС", "нет"]
    await saved(admin, check)
    assert (await service(world)).prices == ()
    assert await price(world) == Money(250_000)


async def test_the_list_tells_the_next_price_with_its_day(world: World) -> None:
    admin = await at_work(world, "administrator")
    await changed(admin, SERVICE, price="3000", **{"from": (await moscow(world, 400)).isoformat()})
    found = await admin.get(f"/desk/catalogue?q={quote('терапевта')}")
    assert "2 500 ₽ 3 000 ₽ с " in told(found.text)
    assert "Гастроскопия" not in found.text.partition("Услуги")[2].partition("Клиника на")[0]


async def test_what_the_preview_says_is_what_happens(world: World) -> None:
    """Line by line: the entry's history, read from what was written, says the same."""
    admin = await at_work(world, "administrator")
    check = await looked(
        admin, SERVICE, name_en="Therapist", about_ru="Строка\nи ещё.", minutes="45", deposit_percent="", deposit="1000",
        price="2700", vat="10",
    )  # fmt: skip
    promised = lines(check)
    assert len(promised) == 7
    shown = told((await saved(admin, check)).text)
    for what, old, new in promised:
        assert f"{what}: {old} → {new}".replace("\n", " ") in shown
    entry = await service(world)
    assert (entry.name.en, entry.minutes, entry.deposit_percent, entry.deposit_fixed) == (
        "Therapist",
        45,
        None,
        100_000,
    )
    assert (entry.price, entry.vat, entry.about.ru) == (270_000, "10", "Строка\nи ещё.")


async def test_looking_changes_nothing_and_the_way_back_keeps_all(world: World) -> None:
    admin = await at_work(world, "administrator")
    before = await held(world)
    check = await looked(admin, SERVICE, name_ru="Терапевт", price="9999")
    form = await admin.press_all(check, SERVICE, press="edit")
    assert (form.values["name_ru"], form.values["price"]) == ("Терапевт", "9999")
    assert await held(world) == before
    nothing = await looked(admin, SERVICE)
    assert "Ничего не изменится" in nothing.text
    assert "Сохранить" not in nothing.text


async def test_a_new_service_is_sold_once_somebody_gives_it(world: World) -> None:
    admin = await at_work(world, "administrator")
    typed = {"slug": "ecg", "name_ru": "ЭКГ", "name_en": "ECG", "minutes": "20", "price": "900"}
    shown = await changed(admin, "/desk/catalogue/new-service", **typed)
    assert shown.path.startswith("/desk/catalogue/services/ecg")
    assert "ecg" not in await _offered(world)
    await changed(admin, ORLOV, **{"gives-ecg": "yes"})
    assert "ecg" in await _offered(world)
    assert await world.free("ecg")
    again = await looked(admin, "/desk/catalogue/new-service", **typed)
    assert (again.status, "Такой код уже есть" in again.text) == (422, True)


async def _offered(world: World, slug: str = "tverskaya") -> set[str]:
    async def work(tx: Any) -> set[str]:
        place = await store.clinic(tx, slug)
        assert place is not None
        return set(await store.services_at(tx, place.id))

    return await world.tx(work)


async def test_a_service_is_switched_off_and_on_again(world: World) -> None:
    """Off: bought by nobody new, kept by whoever bought it. On again it is asked anew who gives it."""
    admin = await at_work(world, "administrator")
    order, _ = await world.paid()
    check = await looked(admin, SERVICE, on="no")
    assert "Выключится: новых записей не будет." in check.text
    shown = await saved(admin, check)
    assert "Услуга выключена" in shown.text
    assert "consultation" not in await _offered(world)
    assert await world.word(order.id) is Word.PAID
    check = await looked(admin, SERVICE, on="yes")
    assert "Снова включится." in check.text
    await saved(admin, check)
    assert "consultation" in {one.slug for one in (await held(world)).services}
