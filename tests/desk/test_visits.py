"""Another time for somebody's visit, or none, by whoever sits at the desk."""

from __future__ import annotations

from datetime import datetime

from checkout.payment.order import Word
from tests.desk.clerk import Clerk, at_work
from tests.desk.counter import says
from tests.pages.visitor import Seen
from tests.world import World


async def _olga(world: World) -> Clerk:
    return await at_work(world, ("cashier", "tverskaya"))


async def _time(clerk: Clerk, place: str, *, nth: int = 3) -> Seen:
    """The page of one of the free times."""
    page = await clerk.get(place)
    return await clerk.get([link for link in page.links if "at=" in link][nth])


async def test_a_visit_is_moved_and_the_money_stays_with_it(world: World) -> None:
    """Two pages and a press; the payer is told by letter."""
    olga = await _olga(world)
    order, _ = await world.paid()
    place = f"/desk/visits/{order.code}/move"
    form = await _time(olga, place)
    assert "Оплачено 2 500 ₽, остаётся за визитом" in says(form)
    sent = await olga.press_all(form, place)
    assert sent.location.startswith("/desk/today?")
    assert "order.moved" in await world.events(order.id)
    assert any("перенесена" in mail.subject for mail in await world.letters())
    assert await world.word(order.id) is Word.PAID
    assert not await world.broken()


async def test_a_time_taken_meanwhile_leaves_the_visit_where_it_is(world: World) -> None:
    """The page says so and offers the nearest."""
    olga = await _olga(world)
    order, _ = await world.paid()
    place = f"/desk/visits/{order.code}/move"
    form = await _time(olga, place, nth=8)
    for _ in range(2):  # two specialists give it
        await world.order(starts_at=datetime.fromisoformat(form.values["at"]))
    late = await olga.press_all(form, place)
    assert late.status == 409
    assert any("at=" in link for link in late.links)
    assert "order.moved" not in await world.events(order.id)


async def test_a_page_that_is_out_of_date_moves_nothing(world: World) -> None:
    """Somebody moved it in between: told to when."""
    olga = await _olga(world)
    order, _ = await world.paid()
    place = f"/desk/visits/{order.code}/move"
    first, second = await _time(olga, place, nth=3), await _time(olga, place, nth=6)
    await olga.press_all(first, place)
    late = await olga.press_all(second, place)
    assert late.status == 409
    assert "уже перенесён" in late.text


async def test_what_becomes_of_the_money_is_told_before_it_is_called_off(world: World) -> None:
    """Then it goes back by itself, at once."""
    olga = await _olga(world)
    order, _ = await world.paid()
    place = f"/desk/visits/{order.code}/cancel"
    form = await olga.get(place)
    assert "Вернётся 2 500 ₽" in says(form)
    await olga.press_all(form, place, money="return")
    await world.sweep()
    assert await world.word(order.id) is Word.REFUNDED
    assert not await world.broken()


async def test_money_may_wait_for_another_time(world: World) -> None:
    olga = await _olga(world)
    order, _ = await world.paid()
    place = f"/desk/visits/{order.code}/cancel"
    await olga.press_all(await olga.get(place), place, money="keep")
    await world.sweep()
    assert await world.word(order.id) is Word.TO_DECIDE
    assert place not in (await olga.get(place)).actions


async def test_money_that_came_meanwhile_is_told_first(world: World) -> None:
    """The page spoke of nothing to give back."""
    olga = await _olga(world)
    order = await world.order()
    place = f"/desk/visits/{order.code}/cancel"
    form = await olga.get(place)
    started = await world.start(order)
    await world.pay_at_bank(started.payment_id)
    late = await olga.press_all(form, place)
    assert late.status == 409
    assert "Вернётся 2 500 ₽" in says(late)


async def test_an_unpaid_visit_is_called_off(world: World) -> None:
    """Even while its payer stands before the bank's page: that page is closed first."""
    olga = await _olga(world)
    order = await world.order()
    await world.start(order)
    place = f"/desk/visits/{order.code}/cancel"
    await olga.press_all(await olga.get(place), place)
    assert await world.word(order.id) is Word.CANCELLED
    assert not await world.broken()
