"""The till by keyboard alone, and on a network that comes and goes."""

from __future__ import annotations

import re
from typing import Final

import pytest
from playwright.async_api import Page, Route, expect

from checkout.payment.order import Order
from tests.browser.desk import Desk, DeskState, sit_down
from tests.browser.visit import Visiting
from tests.world import World

pytestmark = pytest.mark.usefixtures("quiet_logs")
TILL: Final = "/desk/till?clinic=tverskaya"


async def _nothing(_desk: Desk) -> None:
    """The test opens what it needs."""


CLERK: Final = DeskState("till", "desk/till.html", (("cashier", "tverskaya"),), _nothing)


async def _clerk(world: World, visiting: Visiting) -> Desk:
    """At an open shift."""
    await world.open_till(0)
    return await sit_down(world, await visiting(javascript=True, language="ru-RU", width=1280), CLERK, "ru")


async def _scans(page: Page, order: Order) -> None:
    """A scanner is a keyboard: whatever has the focus gets the code, and Enter. The search field has it."""
    await expect(page.locator("#find")).to_be_focused()
    await page.keyboard.type(order.code)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/desk/till/take/*")


async def test_exact_cash_on_a_scanned_order_takes_one_key(world: World, visiting: Visiting) -> None:
    """Scan, Enter; then the next one may be scanned at once. (ux.md allows six.)"""
    desk = await _clerk(world, visiting)
    orders = [await world.order(), await world.order()]
    await desk.open(TILL)
    for order in orders:
        await _scans(desk.page, order)
        await desk.page.keyboard.press("Enter")
        await desk.page.wait_for_url("**/desk/till/taken/*")
        await expect(desk.page.locator("#find")).to_be_focused()
        assert (await world.facts(order.id)).paid == order.total
    assert not await world.broken()


async def test_change_is_counted_while_one_types(world: World, visiting: Visiting) -> None:
    """The note that was put down replaces the sum that stands there; a quick note does the same by one press."""
    desk = await _clerk(world, visiting)
    await desk.open(TILL)
    await _scans(desk.page, await world.order())
    back = desk.page.locator("[data-back]")
    await desk.page.keyboard.type("3000")
    await expect(back).to_have_text("500\u00a0₽")
    await desk.page.click("[data-fill='5000']")
    await expect(back).to_have_text("2\u00a0500\u00a0₽")
    await expect(desk.page.locator("#received")).to_be_focused()
    await desk.page.keyboard.press("Enter")
    await desk.page.wait_for_url("**/desk/till/taken/*")
    await expect(desk.page.locator("[data-back]")).to_have_text("2\u00a0500\u00a0₽")


async def test_an_entry_outlives_a_network_that_is_gone(world: World, visiting: Visiting) -> None:
    """Pressed twice without a network it waits once, and says so; with the network back it is one entry."""
    desk = await _clerk(world, visiting)
    order = await world.order()
    await desk.open(TILL)
    await _scans(desk.page, order)
    await desk.page.context.set_offline(True)
    await desk.page.keyboard.press("Enter")
    bar = desk.page.locator("[data-waiting]")
    await expect(bar).to_contain_text(re.compile(r"Нет связи\. Запись \d\d:\d\d ждёт отправки"))
    await expect(desk.page.locator("#received")).to_have_value("2500")
    await desk.page.focus("#received")
    await desk.page.keyboard.press("Enter")
    await expect(bar.locator("p")).to_have_count(1)
    assert (await world.facts(order.id)).paid.amount == 0
    await desk.page.context.set_offline(False)
    await expect(bar).to_contain_text("отправлена", timeout=15_000)
    assert (await world.facts(order.id)).paid == order.total
    assert not await world.broken()


async def test_a_shift_does_not_close_over_an_entry_that_waits(world: World, visiting: Visiting) -> None:
    """On whatever page the clerk is; once it is sent, it closes."""
    desk = await _clerk(world, visiting)
    order = await world.order()
    place = "**/desk/till/take/*"

    async def lost(route: Route) -> None:
        await (route.abort() if route.request.method == "POST" else route.continue_())

    await desk.open(TILL)
    await _scans(desk.page, order)
    await desk.page.route(place, lost)
    await desk.page.keyboard.press("Enter")
    await expect(desk.page.locator("[data-waiting]")).to_contain_text("ждёт отправки")
    await desk.open("/desk/till/close?clinic=tverskaya")
    button = desk.page.locator("[data-closes] button")
    await expect(button).to_be_disabled()
    await expect(desk.page.locator("[data-waiting]")).to_contain_text("Смену не закрыть")
    await desk.page.unroute(place)
    await expect(button).to_be_enabled(timeout=15_000)
    assert (await world.facts(order.id)).paid == order.total


async def test_an_entry_whose_answer_was_lost_is_not_made_twice(world: World, visiting: Visiting) -> None:
    """It arrived, and nobody heard so: sent again under its own key it leads to the same receipt."""
    desk = await _clerk(world, visiting)
    order = await world.order()
    place = "**/desk/till/take/*"

    async def unheard(route: Route) -> None:
        if route.request.method == "POST":
            await route.fetch(max_redirects=0)
            await route.abort()
        else:
            await route.continue_()

    await desk.open(TILL)
    await _scans(desk.page, order)
    await desk.page.route(place, unheard)
    await desk.page.keyboard.press("Enter")
    bar = desk.page.locator("[data-waiting]")
    await expect(bar).to_contain_text("ждёт отправки")
    await desk.page.unroute(place)
    await expect(bar).to_contain_text("отправлена", timeout=15_000)
    assert (await world.facts(order.id)).paid == order.total
    assert (await world.events(order.id)).count("payment.cash_taken") == 1
    assert not await world.broken()


async def test_a_refusal_is_told_on_the_page_itself(world: World, visiting: Visiting) -> None:
    """Nothing waits then: it was heard, and nothing was done."""
    desk = await _clerk(world, visiting)
    await desk.open(TILL)
    await _scans(desk.page, await world.order())
    await desk.page.keyboard.type("100")
    await desk.page.keyboard.press("Enter")
    await expect(desk.page.locator("#received-wrong")).to_contain_text("Получено меньше")
    await expect(desk.page.locator("[data-waiting]")).to_be_hidden()
