"""A sum that the bank holds, on the order's page of the staff and on the payer's own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest

from checkout.payment.order import Order
from checkout.payment.place import link_token
from checkout.payment.settle import settle
from checkout.postgres import Urls
from gateways import sandbox
from tests.desk.clerk import at_work
from tests.world import World, open_world, roubles


@pytest.fixture
async def two(urls: Urls, emptied: None, move: Callable[[timedelta], Awaitable[None]]) -> AsyncIterator[World]:
    """A merchant whose contract has two stages."""
    _ = emptied
    async with open_world(urls, move, stages="two") as found:
        yield found


async def held(world: World) -> Order:
    """Paid by its payer; the bank holds the sum, and for the moment does not charge it."""
    order = await world.order()
    started = await world.start(order)
    await world.pay_at_bank(started.payment_id)
    world.bank.faults.add(sandbox.Rule(sandbox.Fault.HTTP_502, method="deposit.do"))
    await settle(world.service, started.payment_id)
    return order


async def own_page(world: World, order: Order) -> str:
    async with world.http.get(f"{world.url}/o/{link_token(world.service, order.id)}") as answer:
        assert answer.status == 200
        return await answer.text()


async def test_the_desk_sees_what_is_held_and_what_is_asked_of_the_bank(two: World) -> None:
    """Beside the payment, in the story, and in the bank's own words; once it is charged, that is the news."""
    order = await held(two)
    clerk = await at_work(two, "accountant")
    page = (await clerk.get(f"/desk/orders/{order.code}")).text
    assert "Банк удерживает 2" in page
    assert "Просим списать 2" in page
    for told in ("Банк удерживает сумму", "Просим банк списать удержанное"):
        assert told in page, told
    await two.advance(minutes=1)
    await two.sweep()
    page = (await clerk.get(f"/desk/orders/{order.code}")).text
    assert "Банк принял деньги" in page
    assert "Просим списать 2" not in page


async def test_a_hold_that_was_let_go_is_told_at_the_desk(two: World) -> None:
    """Cancelled while the bank holds the sum: asked to let it go, and it did."""
    order = await held(two)
    status, _ = await two.api("POST", f"/v1/orders/{order.id}/cancel", "admin", {})
    assert status == 200
    clerk = await at_work(two, "accountant")
    page = (await clerk.get(f"/desk/orders/{order.code}")).text
    assert "Просим банк снять удержание" in page
    assert "Оплата отменена: денег у нас нет" in page


async def test_the_payer_reads_that_the_sum_is_held_and_then_let_go(two: World) -> None:
    """Not charged yet, no second payment; after cancelling that nothing was taken, and that the bank lets go."""
    order = await held(two)
    page = await own_page(two, order)
    assert "Банк удерживает оплату" in page
    assert "деньги ещё не списаны" in page
    assert "Второй раз платить не нужно" in page
    await two.api("POST", f"/v1/orders/{order.id}/cancel", "admin", {})
    page = await own_page(two, order)
    assert "Деньги не списаны" in page
    assert "удержание снято" in page


async def test_the_cashier_takes_no_money_over_a_hold(two: World) -> None:
    """The page says that it was paid by card; asked about, the bank charges it, and nothing is due."""
    order = await held(two)
    clerk = await at_work(two, "cashier")
    await two.open_till()
    take = f"/desk/till/take/{order.code}"
    page = await clerk.get(take)
    assert "Денег не берите" in page.text
    after = await clerk.press(page, f"{take}/release")
    assert "Денег не берите" not in after.text
    facts = await two.facts(order.id)
    assert facts.paid == roubles(2500)
