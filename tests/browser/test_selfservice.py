"""The private link in a real browser, with and without scripts: every page of it, as axe and a thumb would judge it."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from checkout.payment.order import Order, Plan, Word
from checkout.payment.place import link_token, pay_token
from checkout.web.payer.choice import written
from tests.browser.conftest import Visit, Visiting
from tests.pages.test_pages_money_back import late_money
from tests.world import World

GOODS = (("consultation", 1), ("insoles", 1))


def private(world: World, order: Order, rest: str = "") -> str:
    return f"{world.url}/o/{link_token(world.service, order.id)}{rest}"


async def judged(visit: Visit, address: str) -> None:
    """Open it: no barrier, nothing wider than a telephone."""
    await visit.page.goto(address)
    for details in await visit.page.locator("details > summary").all():
        await details.click()
    assert not await visit.axe(), address
    assert not await visit.width_overflows(), address


@pytest.mark.parametrize("dark", [False, True])
async def test_every_page_of_the_private_link_is_without_barriers(visiting: Visiting, world: World, dark: bool) -> None:
    """Held, booked, moved, cancelled, late, refunded, agreed, and the page for whoever else pays: axe finds nothing."""
    visit = await visiting(javascript=True, dark=dark, width=320)
    held = await world.order()
    await judged(visit, private(world, held))
    await judged(visit, f"{world.url}/p/{pay_token(world.service, held.id)}")
    order, _ = await world.paid(lines=GOODS, clinic="krasny", plan=Plan.DEPOSIT)
    later = (await world.free("consultation", "krasny"))[3]
    for rest in (
        "",
        "/move",
        f"/move?at={written(later)}",
        f"/move?at={written(order.starts_at)}",
        "/cancel",
        "/consents",
    ):
        await judged(visit, private(world, order, rest))
    lost, _ = await late_money(world)
    await judged(visit, private(world, lost))
    await visit.page.locator("form[action*='/return'] button").click()
    await world.sweep()
    await judged(visit, private(world, lost))


@pytest.mark.parametrize("javascript", [False, True])
async def test_a_visit_is_moved_and_cancelled_by_pressing(visiting: Visiting, world: World, javascript: bool) -> None:
    """From the private page to another time, and then out of it with the money back: never more than three presses."""
    visit = await visiting(javascript=javascript)
    page = visit.page
    order, _ = await world.paid()
    await page.goto(private(world, order))
    await page.get_by_role("link", name="Перенести визит").first.click()
    await page.locator("a[href*='at=']").nth(2).click()
    await page.get_by_role("button", name="Перенести на").click()
    await expect(page.get_by_role("status").filter(has_text="Визит перенесён")).to_be_visible()
    await page.get_by_role("link", name="Отменить визит").first.click()
    await page.get_by_role("button", name="Отменить и вернуть").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Возвращаем деньги")
    await world.sweep()
    assert await world.word(order.id) is Word.REFUNDED
    assert not await world.broken()
