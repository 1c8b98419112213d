"""The catalogue on the staff's screens: a form, what would come of it, and what then is, for services, clinics and hours."""

from __future__ import annotations

import asyncio
import re
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import quote

import pytest

from checkout.booking.booking import State
from checkout.catalogue import edit, held_store, store
from checkout.catalogue.catalogue import Clinic
from checkout.catalogue.file import Catalogue, ClinicEntry, ResourceEntry, ServiceEntry
from checkout.catalogue.import_store import bring_in
from checkout.ground.db import DATABASE_TROUBLE, Scope, in_transaction, one, rows, sql, within
from checkout.payment.order import Word
from gateways.money import Money
from tests.desk.clerk import Clerk, at_work
from tests.pages.visitor import Seen, told
from tests.world import World

SERVICE: Final = "/desk/catalogue/services/consultation"
CLINIC: Final = "/desk/catalogue/clinics/tverskaya"
ORLOV: Final = "/desk/catalogue/clinics/tverskaya/resources/orlov"
_AUDIT = sql("SELECT object, data FROM audit WHERE action = 'catalogue.change' ORDER BY seq DESC LIMIT 1")
_HISTORY = sql("SELECT sign, principal, before, after FROM catalogue_change WHERE key = :key ORDER BY id DESC LIMIT 1")


async def looked(clerk: Clerk, path: str, **typed: str) -> Seen:
    """The form filled in, and what would come of it."""
    return await clerk.press_all(await clerk.get(path), path, press="check", **typed)


async def saved(clerk: Clerk, check: Seen) -> Seen:
    """What was looked at, saved: the page that it leads to."""
    sent = await clerk.press_all(check, check.path, press="save")
    assert sent.status == 303, told(sent.text)
    return await clerk.get(sent.location)


async def changed(clerk: Clerk, path: str, **typed: str) -> Seen:
    check = await looked(clerk, path, **typed)
    assert check.status == 200, told(check.text)
    return await saved(clerk, check)


def lines(page: Seen) -> list[list[str]]:
    """What a preview says would change: what, from, to."""
    found = re.findall(r"<tr data-line><th[^>]*>(.*?)</th><td>(.*?)</td><td>(.*?)</td></tr>", page.html, re.DOTALL)
    return [[told(cell) for cell in line] for line in found]


async def service(world: World, slug: str = "consultation") -> ServiceEntry:
    return next(one for one in (await held(world)).services if one.slug == slug)


async def clinic(world: World, slug: str = "tverskaya") -> ClinicEntry:
    return next(one for one in (await held(world)).clinics if one.slug == slug)


async def resource(world: World, slug: str = "orlov") -> ResourceEntry:
    return next(one for one in (await clinic(world)).resources if one.slug == slug)


async def held(world: World) -> Catalogue:
    return await world.tx(held_store.offered)


async def price(world: World, slug: str = "consultation") -> Money:
    """What a payer would pay now."""

    async def work(tx: Any) -> Money:
        return next(found.price for found, _ in await store.services(tx) if found.slug == slug)

    return await world.tx(work)


async def moscow(world: World, days: int) -> date:
    return (await world.now() + timedelta(hours=3, days=days)).date()


# --- a service and its price


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


# --- bad input


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


# --- two at one entry


async def _two(world: World) -> tuple[Clerk, Clerk]:
    olga = await at_work(world, "administrator", email="olga@clinic.example")
    nina = await at_work(world, "administrator", email="nina@clinic.example", name="Нина Орлова")
    return olga, nina


@pytest.mark.parametrize("press", ["check", "save"])
async def test_whoever_comes_second_is_told_who_changed_what_and_loses_nothing(world: World, press: str) -> None:
    """The other's change stands in the form beside one's own; saved once more, both are kept."""
    olga, nina = await _two(world)
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
    olga, nina = await _two(world)
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


# --- hours


async def _orlovs_visit(world: World) -> tuple[Any, Any]:
    """A paid visit, and who it is with."""
    order, _ = await world.paid()
    row = await world.tx(
        lambda tx: one(
            tx,
            sql("SELECT r.slug FROM booking b JOIN resource r ON r.id = b.resource_id WHERE b.order_id = :id"),
            id=order.id.uuid,
        )
    )
    return order, f"{CLINIC}/resources/{row.slug}" if row else ""


async def test_visits_outside_of_new_hours_are_named_and_stand(world: World) -> None:
    """With the way to the order and to the whole day; new bookings keep to the new hours."""
    admin = await at_work(world, "administrator")
    order, place = await _orlovs_visit(world)
    late = {"works": "own", **dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "20-21")}
    check = await looked(admin, place, **late)
    assert "Записи вне новых часов: 1" in check.text
    assert f"/desk/orders/{order.code}" in check.links
    assert any(link.startswith("/desk/day?clinic=tverskaya&day=") for link in check.links)
    await saved(admin, check)
    assert await world.word(order.id) is Word.PAID
    assert (await world.facts(order.id)).bookings == {State.CONFIRMED}
    again = await looked(admin, place, position="3")
    assert "Все записи помещаются" in again.text  # what stood outside before this change is not its doing


async def test_new_hours_from_a_day_on_name_only_the_visits_after_it(world: World) -> None:
    admin = await at_work(world, "administrator")
    _, place = await _orlovs_visit(world)
    day = (await world.now() + timedelta(days=40)).date()
    check = await looked(admin, place, works="own", tue="9-13", **{"week-from": day.isoformat()})
    assert "Все записи помещаются" in check.text
    form = await saved(admin, check)
    assert form.values["works"] == "clinic"  # today's hours
    assert f"drop-week-{day.isoformat()}" in form.fields
    assert "вт 09:00–13:00" in form.text
    await changed(admin, place, **{f"drop-week-{day.isoformat()}": "yes"})
    assert all(not one.hours for one in (await clinic(world)).resources if place.endswith(one.slug))


async def test_a_day_off_is_added_and_nobody_is_booked_on_it(world: World) -> None:
    admin = await at_work(world, "administrator")
    free = (await world.free("child-consultation", days=3))[0]
    day = free.astimezone((await _core(world)).tz).date().isoformat()
    check = await looked(admin, ORLOV, **{"new-day-1": day})
    assert lines(check)[0][1:] == ["как обычно", "закрыто"]
    form = await saved(admin, check)
    assert not await world.free("child-consultation", days=3)
    assert form.values[f"except-{day}"] == ""
    await changed(admin, ORLOV, **{f"usual-{day}": "yes"})
    assert free in await world.free("child-consultation", days=3)


async def _core(world: World) -> Clinic:
    found = await world.tx(lambda tx: store.clinic(tx, "tverskaya"))
    assert found is not None
    return found


async def test_a_clinic_is_changed_with_its_hours_days_and_words(world: World) -> None:
    """What the payer is told changes; its zone and payee cannot be, whatever is sent."""
    admin = await at_work(world, "administrator")
    order, _ = await world.paid()
    check = await looked(
        admin, CLINIC, name_ru="Клиника у метро", sun="", notes_ru="Вход с торца.", zone="Asia/Omsk", merchant="other",
        **{"new-day-1": (await moscow(world, 9)).isoformat(), "new-hours-1": "10-12", "extra-insoles": ""},
    )  # fmt: skip
    named = [line[0] for line in lines(check)]
    assert {"Название (по-русски)", "Часы", "Что скажем записавшимся (по-русски)", "Товары"} <= set(named)
    await saved(admin, check)
    found = await clinic(world)
    assert (found.name.ru, found.notes.ru, found.zone, found.merchant) == (
        *("Клиника у метро", "Вход с торца."),
        *("Europe/Moscow", "zdorovie"),
    )
    assert 7 not in {weekday for weekday, _ in found.hours}
    assert found.goods == ()
    assert len(found.exceptions) == 1
    assert await world.word(order.id) is Word.PAID


async def test_a_specialist_who_is_switched_off_keeps_their_visits(world: World) -> None:
    admin = await at_work(world, "administrator")
    order, place = await _orlovs_visit(world)
    check = await looked(admin, place, on="no")
    assert order.code in check.text
    await saved(admin, check)
    assert not [one for one in (await clinic(world)).resources if place.endswith(one.slug)]
    assert await world.word(order.id) is Word.PAID


async def test_a_new_clinic_and_who_works_there(world: World) -> None:
    admin = await at_work(world, "administrator")
    await changed(
        admin, "/desk/catalogue/new-clinic", slug="omsk", zone="Asia/Omsk", merchant="zdorovie", name_ru="Омск",
        name_en="Omsk", address_ru="Омск, 1", address_en="1 Omsk", phone="+7 381 000-00-01", mon="9-18", tue="9-18",
        wed="9-18", thu="9-18", fri="9-18", sat="9-18", sun="9-18",
    )  # fmt: skip
    await changed(
        admin, "/desk/catalogue/clinics/omsk/new-resource", slug="lee", kind="specialist", name="Ли С. О.",
        **{"gives-consultation": "yes"},
    )  # fmt: skip
    assert await world.free(clinic="omsk")


async def test_a_clinic_is_switched_off_by_whoever_types_its_name(world: World) -> None:
    """A slip of the hand closes no clinic; its visits stand and are named first."""
    admin = await at_work(world, "administrator")
    order, _ = await world.paid()
    check = await looked(admin, CLINIC, on="no")
    assert order.code in check.text
    for typed in ("", "Клиника"):
        refused = await admin.press_all(check, CLINIC, press="save", confirm=typed)
        assert refused.status == 422
        assert '<a href="#confirm">' in refused.html
        assert refused.values["confirm"] == typed
        assert order.code in refused.text
    assert "tverskaya" in {one.slug for one in (await held(world)).clinics}
    sent = await admin.press_all(refused, CLINIC, press="save", confirm="клиника на  Тверской")
    assert sent.status == 303
    assert "tverskaya" not in {one.slug for one in (await held(world)).clinics}
    assert await world.word(order.id) is Word.PAID


# --- who may


async def test_whoever_works_at_one_clinic_changes_that_one_alone(world: World) -> None:
    """Its hours and its people; no other clinic's, and no service, since those are everybody's."""
    olga = await at_work(world, ("administrator", "tverskaya"))
    before = (await service(world), await clinic(world, "krasny"))
    await changed(olga, ORLOV, position="5")
    await changed(olga, CLINIC, phone="+7 495 000-00-09")
    assert (await resource(world)).position == 5
    assert (await clinic(world)).phone == "+7 495 000-00-09"
    form = await olga.get(CLINIC)
    for path, status in (
        (SERVICE, 403),
        ("/desk/catalogue/new-service", 403),
        ("/desk/catalogue/new-clinic", 403),
        ("/desk/catalogue/clinics/krasny", 404),
        ("/desk/catalogue/clinics/krasny/resources/petrov", 404),
        ("/desk/catalogue/clinics/krasny/new-resource", 404),
        ("/desk/catalogue/clinics/nowhere", 404),
    ):
        assert (await olga.get(path)).status == status, path
        for press in ("check", "save"):
            sent = await olga.press_all(form, path, slug="lee", press=press)
            assert sent.status == status, path
    assert (await service(world), await clinic(world, "krasny")) == before
    shown = await olga.get("/desk/catalogue")
    assert "Клиника на Красном" not in shown.text
    assert SERVICE not in shown.links
    assert ORLOV in shown.links


async def test_whoever_may_only_read_sees_prices_and_no_way_to_change_them(world: World) -> None:
    cashier = await at_work(world, "cashier")
    shown = await cashier.get("/desk/catalogue")
    assert "2 500 ₽" in told(shown.text)
    assert not [link for link in shown.links if link.startswith("/desk/catalogue/")]
    assert (await cashier.get(SERVICE)).status == 403


async def test_the_audit_keeps_what_was_and_what_is(world: World) -> None:
    """And of who works here no name: it outlives them."""
    admin = await at_work(world, "administrator")
    await changed(admin, SERVICE, minutes="40", price="2700")
    row = await world.tx(lambda tx: one(tx, _AUDIT))
    assert row is not None
    assert row.object == "service/consultation"
    assert row.data["~"] == {"minutes": [30, 40], "price": [250_000, 270_000]}
    await changed(admin, ORLOV, name="Орловский М. Ю.", position="4")
    row = await world.tx(lambda tx: one(tx, _AUDIT))
    assert row is not None
    assert row.data["~"] == {"name": "…", "position": [0, 4]}


async def test_every_change_has_its_history(world: World) -> None:
    """Whole, with who made it."""
    admin = await at_work(world, ("administrator", "tverskaya"))
    await changed(admin, ORLOV, position="9")
    found = (await world.tx(lambda tx: rows(tx, _HISTORY, key=["resource", "tverskaya", "orlov"])))[0]
    assert (found.sign, found.principal) == ("~", f"staff:{admin.staff_id}")
    assert (found.before["position"], found.after["position"]) == (0, 9)
    assert ResourceEntry.model_validate(found.after) == await resource(world)


async def test_whatever_forgot_to_ask_the_database_keeps_a_service_from_whoever_works_at_one_clinic(
    world: World,
) -> None:
    """Of another clinic's entry and of what is everybody's no change can be told, and so none is made."""
    ids = await world.tx(edit.clinic_ids)
    engine = within(world.service.engine, Scope("staff:somebody", frozenset({ids["krasny"]})))
    changed_service = (await service(world)).model_copy(update={"minutes": 25})
    changed_clinic = (await clinic(world)).model_copy(update={"phone": "1"})
    for wanted in (Catalogue(services=(changed_service,)), Catalogue(clinics=(changed_clinic,))):
        with pytest.raises(DATABASE_TROUBLE, match="row-level security"):
            await in_transaction(engine, lambda tx, wanted=wanted: bring_in(tx, lambda _: wanted))  # type: ignore[misc]  # at once
    assert (await service(world)).minutes == 30
