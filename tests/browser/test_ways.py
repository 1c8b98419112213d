"""Whole ways in one go: booked, paid, moved, cancelled."""

from __future__ import annotations

import re

from playwright.async_api import expect

from checkout.payment.order import Word
from checkout.payment.place import link_token
from tests.browser.payer import CHALLENGE, card, code, fill, word
from tests.browser.visit import Visiting
from tests.pages.visitor import made, told
from tests.world import World


async def test_without_javascript_from_the_calculator_to_the_money_back(visiting: Visiting, world: World) -> None:
    """Two services and goods are added up, booked, paid with 3-D Secure, moved, and cancelled with the money back."""
    page = (await visiting(javascript=False)).page
    await page.goto(world.url)
    for name in ("consultation", "massage", "insoles"):
        await page.locator(f"[value={name}]").check()
    await page.locator("#quantity-insoles").select_option("2")
    await page.get_by_role("button", name="Посчитать").click()
    assert "Итого 13 300 ₽ 90 мин" in re.sub(r"\s+", " ", told(await page.locator(".tally").inner_text()))
    await page.get_by_role("button", name="Выбрать клинику").click()
    await page.locator("[name=clinic][value=tverskaya]").check()
    await page.get_by_role("button", name="Выбрать время").click()
    await page.locator(".soonest a").click()
    await fill(page)
    await page.locator("#form").click()
    await card(page, CHALLENGE)
    await code(page)
    heading = page.get_by_role("heading", level=1)
    await expect(heading).to_have_text("Вы записаны", timeout=30_000)
    assert await word(world) is Word.PAID

    order = (await made(world))[0].order
    await page.goto(f"{world.url}/o/{link_token(world.service, order.id)}")
    await page.get_by_role("link", name="Перенести визит").first.click()
    await page.locator(".times a").nth(2).click()
    await page.get_by_role("button", name="Перенести на").click()
    await expect(page.get_by_role("status").filter(has_text="Визит перенесён")).to_be_visible()
    await page.get_by_role("link", name="Отменить визит").first.click()
    await page.get_by_role("button", name="Отменить и вернуть").click()
    await expect(heading).to_have_text("Возвращаем деньги")
    await world.sweep()
    await page.reload()
    await expect(heading).to_have_text("Возврат сделан")
    assert await word(world) is Word.REFUNDED
    assert not await world.broken()


async def test_a_visit_is_moved_and_cancelled_by_pressing(visiting: Visiting, world: World) -> None:
    """From the private page to another time, and then out of it with the money back: never more than three presses."""
    page = (await visiting(javascript=True)).page
    order, _ = await world.paid()
    await page.goto(f"{world.url}/o/{link_token(world.service, order.id)}")
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
