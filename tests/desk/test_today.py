"""A clinic's day: who comes, what they owe, what became of it."""

from __future__ import annotations

from datetime import timedelta

from checkout.payment.order import Plan
from checkout.privacy.person import person
from tests.desk.clerk import Clerk, at_work
from tests.desk.counter import HERE, says
from tests.world import World

IVAN = person(name="Иван Сидоров", phone="+7 912 000-11-22", email="ivan@example.com")


async def _olga(world: World) -> Clerk:
    return await at_work(world, ("cashier", "tverskaya"))


def _on(world_day: str) -> str:
    return f"/desk/today?{HERE}&day={world_day}"


async def test_the_day_tells_who_comes_and_who_owes(world: World) -> None:
    """In the order of the hours, of this clinic alone; with what there is to do for each."""
    olga = await _olga(world)
    first, second = (await world.free(days=1))[:2]
    await world.paid(starts_at=second)
    order = await world.order(starts_at=first, plan=Plan.AT_CLINIC, payer=IVAN)
    await world.order(clinic="krasny", payer=IVAN)
    page = await olga.get(_on(first.astimezone().date().isoformat()))
    text = says(page)
    assert text.index("Иван Сидоров") < text.index("Мария Петрова")
    assert "Визитов: 2, не оплачено до конца: 1." in text
    assert "Должен 2 500 ₽" in text
    assert f"/desk/till/take/{order.code}" in page.links


async def test_days_are_those_of_the_clinic(world: World) -> None:
    """A visit at nine in Novosibirsk is on that morning there, though it is five in Moscow; and each day leads to the next."""
    clerk = await at_work(world, ("cashier", "krasny"))
    start = await world.soonest("consultation", "krasny")
    await world.order(starts_at=start, clinic="krasny")
    day = (start + timedelta(hours=7)).date()
    page = await clerk.get(f"/desk/today?clinic=krasny&day={day.isoformat()}")
    assert "Мария Петрова" in page.text
    assert "Новосибирск" in page.text
    assert f"/desk/today?clinic=krasny&day={(day + timedelta(days=1)).isoformat()}" in page.links
    assert "Мария Петрова" not in (await clerk.get(f"/desk/today?clinic=krasny&day={day - timedelta(days=1)}")).text


async def test_a_visit_is_marked_given_and_its_window_runs(world: World) -> None:
    """Only on its day; twice is once; who was marked is not missed."""
    olga = await _olga(world)
    order, _ = await world.paid()
    day = order.starts_at.date().isoformat()
    early = await olga.get(_on(day))
    assert f"/desk/visits/{order.code}/mark" not in early.actions
    refused = await olga.press(early, f"/desk/visits/{order.code}/mark", clinic="tverskaya", day=day, outcome="given")
    assert refused.status == 409
    await world.advance(days=1)
    await olga.enters()
    page = await olga.get(_on(day))
    place = f"/desk/visits/{order.code}/mark"
    sent = await olga.press(page, place, clinic="tverskaya", day=day, outcome="given")
    assert sent.location == f"{_on(day)}#{order.code}"
    assert "order.given" in await world.events(order.id)
    late = await olga.press(await olga.get(_on(day)), place, clinic="tverskaya", day=day, outcome="no_show")
    assert late.status == 409


async def test_goods_have_two_marks(world: World) -> None:
    """They arrive, and the payer gets a letter; then they are handed over. Late ones are called late."""
    olga = await _olga(world)
    order, _ = await world.paid(lines=(("consultation", 1), ("insoles", 1)))
    day = order.starts_at.date().isoformat()
    page = await olga.get(_on(day))
    assert "Товар ждём до" in page.text
    await world.advance(days=8)
    await olga.enters()
    page = await olga.get(_on(day))
    assert "Товар опаздывает" in page.text
    await olga.press(page, f"/desk/visits/{order.code}/arrived", clinic="tverskaya", day=day)
    page = await olga.get(_on(day))
    assert "Товар в клинике, не выдан" in page.text
    assert f"/desk/visits/{order.code}/arrived" not in page.actions
    assert [mail.subject for mail in await world.letters() if "товар" in mail.subject] == [
        f"Запись {order.code}: товар в клинике"
    ]
    await olga.press(page, f"/desk/visits/{order.code}/goods", clinic="tverskaya", day=day)
    page = await olga.get(_on(day))
    assert "Товар выдан" in page.text
    assert f"/desk/visits/{order.code}/goods" not in page.actions


async def test_goods_are_marked_on_the_page_of_their_order_too(world: World) -> None:
    """Whoever only reads orders sees the state and no button."""
    olga, reader = await _olga(world), await at_work(world, "read-only")
    order, _ = await world.paid(lines=(("consultation", 1), ("insoles", 1)))
    place = f"/desk/orders/{order.code}"
    page = await olga.get(place)
    sent = await olga.press(page, f"/desk/visits/{order.code}/arrived", clinic="tverskaya", on="order")
    assert sent.location == f"{place}#goods"
    sent = await olga.press(await olga.get(place), f"/desk/visits/{order.code}/goods", clinic="tverskaya", on="order")
    page = await olga.get(place)
    assert "Выдан" in page.text
    assert not any("/desk/visits/" in action for action in page.actions)
    seen = await reader.get(place)
    assert "Товар выдан" in seen.text
    assert not any("/desk/visits/" in action for action in seen.actions)


async def test_what_is_let_go_is_not_on_the_list(world: World) -> None:
    """Nobody came who was never held, or called off."""
    olga = await _olga(world)
    order = await world.order()
    await world.advance(hours=2)
    await world.sweep()
    await olga.enters()
    assert order.code not in (await olga.get(_on(order.starts_at.date().isoformat()))).text


async def test_whoever_may_not_know_persons_sees_no_names(world: World) -> None:
    reader = await at_work(world, "read-only")
    assert (await reader.get(f"/desk/today?{HERE}")).status == 403
