"""The head of the dashboard: what a new installation still needs, and what does not run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from checkout.ground.db import run, sql
from checkout.parts import WORK
from checkout.payment import breaker
from tests.desk.clerk import Clerk, at_work, hired
from tests.desk.counter import says
from tests.desk.test_worklist import failed_message, goods_late
from tests.world import World

PLACE = "/desk/dashboard"


async def _seen(clerk: Clerk) -> str:
    return says(await clerk.get(PLACE))


async def _did(world: World, statement: str) -> None:
    await world.tx(lambda tx: run(tx, sql(statement)))


async def _runs(world: World) -> None:
    """A worker was seen a moment ago."""
    await _did(world, "INSERT INTO worker (id) VALUES (gen_random_uuid())")


async def test_the_card_counts_what_is_there_and_leads_to_what_is_not(world: World) -> None:
    """Alone in a house with a catalogue: three of six. Each step is ticked by what happens, and then the card is gone."""
    admin = await at_work(world, "administrator")
    page = await admin.get(PLACE)
    assert "Запуск: готово 3 из 6 шагов" in says(page)
    assert {"/desk/people/new", f"{world.url}/book", "/desk/book"} <= set(page.links)
    await hired(world, "accountant", email="anna@clinic.example")
    page = await admin.get(PLACE)
    assert "готово 4 из 6" in says(page)
    assert "/desk/people/new" not in page.links
    await world.paid()
    assert "Запуск" not in await _seen(admin)


async def test_each_step_leads_to_a_page_that_is_there(world: World) -> None:
    """In a house without any of it."""
    admin = await at_work(world, "administrator")
    await _did(world, "UPDATE clinic SET active = false")
    try:
        page = await admin.get(PLACE)
    finally:
        await _did(world, "UPDATE clinic SET active = true")
    assert "готово 2 из 6" in says(page)
    assert "/desk/catalogue/new-clinic" in page.links
    for place in ("/desk/catalogue/new-clinic", "/desk/catalogue/new-service", "/desk/catalogue", "/desk/book"):
        assert (await admin.get(place)).status == 200, place


async def test_the_card_is_for_whoever_sets_up_and_is_put_away_by_each(world: World) -> None:
    """Another administrator still sees it; an accountant never did, and cannot put it away."""
    admin, other = (
        await at_work(world, "administrator"),
        await at_work(world, "administrator", email="b@clinic.example"),
    )
    anna = await at_work(world, "accountant")
    assert "Запуск" not in await _seen(anna)
    page = await admin.get(PLACE)
    assert (await admin.press(page, f"{PLACE}/setup")).location == PLACE
    assert "Запуск" not in await _seen(admin)
    assert "Запуск" in await _seen(other)
    assert (await anna.press(await anna.get(PLACE), f"{PLACE}/setup")).status == 403


async def test_a_house_that_runs_has_no_strip(world: World) -> None:
    """And one whose worker was not seen for a minute says so."""
    anna = await at_work(world, "accountant")
    assert "Фоновые задачи не выполняются" in await _seen(anna)
    await _runs(world)
    assert "Не работает" not in await _seen(anna)


async def _rung(world: World) -> None:
    await world.paid()
    await _did(
        world,
        """INSERT INTO callback (digest, merchant, payment_id, signed, received_at)
           SELECT 'x', merchant, id, true, app_now() - interval '6 minutes' FROM payment""",
    )


async def _silent(world: World) -> None:
    await world.start(await world.order())
    await _did(world, "UPDATE payment SET due_at = app_now() - interval '16 minutes'")


async def _resting(world: World) -> None:
    for _ in range(breaker.TRIPS):
        await world.tx(lambda tx: breaker.told(tx, "zdorovie", silent=True, troubled=True))


async def _untold(world: World) -> None:
    await failed_message(world)


async def _stays_open(world: World) -> None:
    await world.open_till()
    await world.advance(hours=25)


async def _late(world: World) -> None:
    await goods_late(world)


async def _unlinked(world: World) -> None:
    await world.advance(hours=1)


PROBLEMS: dict[str, tuple[Callable[[World], Awaitable[None]], str, str]] = {
    "callbacks": (_rung, "Уведомления банка не обработаны: 1", "/desk/worklist?kind=payment"),
    "payments": (_silent, "Банк не отвечает об оплатах: 1", "/desk/worklist?kind=payment"),
    "bank": (_resting, "Банк не отвечает: картой сейчас не платят", "/desk/worklist?kind=payment"),
    "notices": (_untold, "Письма и СМС не уходят: 1", "/desk/worklist?kind=message"),
    "shift": (_stays_open, "Смена открыта больше суток: Клиника на Тверской", "/desk/till?clinic=tverskaya"),
    "overdue": (_late, "Просрочено дел: 1", "/desk/worklist"),
    "audit": (_unlinked, "Журнал действий не подписан вовремя", "/desk/audit"),
}


@pytest.mark.parametrize("kind", PROBLEMS)
async def test_what_does_not_run_is_said_with_the_place_to_look(world: World, kind: str) -> None:
    """Each by itself, once it is there and not before."""
    bring, words, place = PROBLEMS[kind]
    clerk = await hired(world, "controller", "accountant")
    await clerk.enters()  # which is on record, and has to be signed
    await _runs(world)
    assert words not in await _seen(clerk)
    await bring(world)
    await clerk.enters()
    page = await clerk.get(PLACE)
    assert words in says(page)
    assert place in page.links


def test_whatever_has_an_hour_is_looked_at_for_it() -> None:
    """What the strip leaves out has no hour that it must not pass."""
    assert {source.kind for source in WORK if source.may_be_late} == {
        "to_decide",
        "overpaid",
        "goods_late",
        "conflict",
        "answer_due",
        "chargeback",
    }


async def test_another_clinics_shift_is_nobodys_problem_here(world: World) -> None:
    """Whoever works in Novosibirsk is not told of the till in Moscow; whoever may not look gets no link."""
    await _stays_open(world)
    there = await at_work(world, ("administrator", "krasny"), email="there@clinic.example")
    assert "Смена открыта" not in await _seen(there)
    reader = await at_work(world, "read-only")
    assert "Смена открыта больше суток" in await _seen(reader)
