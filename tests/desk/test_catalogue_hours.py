"""Clinics, who works there and when, on the staff's screens: visits that a change would leave outside are named."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from checkout.booking.booking import State
from checkout.catalogue import store
from checkout.catalogue.catalogue import Clinic
from checkout.ground.db import one, sql
from checkout.payment.order import Word
from tests.desk.catalogue import (
    CLINIC,
    ORLOV,
    changed,
    clinic,
    held,
    lines,
    looked,
    moscow,
    saved,
)
from tests.desk.clerk import at_work
from tests.world import World


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
