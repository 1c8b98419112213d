"""Finance's books on the screen: figures, the bank's registry, exports."""

from __future__ import annotations

from checkout.books import figures_store
from tests.desk.clerk import at_work
from tests.pages.visitor import told
from tests.world import World


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
