"""The calculator and the steps after it in a real browser: with and without the script, by keyboard, in a second tab."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.payer import fill
from tests.browser.visit import Visiting
from tests.pages.visitor import told
from tests.world import World

COVERED = """() => {
  const one = document.activeElement, bar = document.querySelector(".tally");
  if (!one || one === document.body || bar.contains(one)) return null;
  const seen = one.getBoundingClientRect(), top = bar.getBoundingClientRect();
  return seen.bottom > top.top + 1 && seen.top < top.bottom - 1 ? one.name + one.value : null;
}"""


async def tally(page: Page) -> str:
    return re.sub(r"\s+", " ", told(await page.locator(".tally").inner_text()))


async def test_the_sum_follows_what_is_ticked(visiting: Visiting, world: World) -> None:
    """With the script at once, without a button for it; the next step says the same."""
    page = (await visiting(javascript=True)).page
    await page.goto(f"{world.url}/?lang=ru")
    await page.locator("[value=massage]").check()
    await page.locator("[value=insoles]").check()
    await page.get_by_label("Сколько: Ортопедические стельки").select_option("3")
    assert "Итого 14 700 ₽ 60 мин Сейчас достаточно внести 13 200 ₽" in await tally(page)
    await expect(page.get_by_role("button", name="Посчитать")).to_be_hidden()
    await page.get_by_role("button", name="Выбрать клинику").click()
    assert "Итого 14 700 ₽. Сейчас можно внести 13 200 ₽" in told(await page.locator("main").inner_text())


async def test_without_the_script_a_button_counts(visiting: Visiting, world: World) -> None:
    """The step again, with everything still ticked and its sum."""
    page = (await visiting()).page
    await page.goto(f"{world.url}/?lang=ru")
    await page.locator("[value=massage]").check()
    await page.get_by_role("button", name="Посчитать").click()
    assert "Итого 3 000 ₽ 60 мин" in await tally(page)
    await expect(page.locator("[value=massage]")).to_be_checked()


@pytest.mark.parametrize(("width", "height"), [(320, 640), (390, 844), (1280, 720), (320, 256)])
async def test_the_sum_never_covers_what_has_the_focus(
    visiting: Visiting, world: World, width: int, height: int
) -> None:
    """Forwards and backwards by keyboard, on small screens and at 400 % zoom."""
    page = (await visiting(javascript=True, width=width)).page
    await page.set_viewport_size({"width": width, "height": height})
    await page.goto(f"{world.url}/?lang=ru")
    covered: list[str | None] = []
    for key in ["Tab"] * 20 + ["Shift+Tab"] * 20:
        await page.keyboard.press(key)
        covered.append(await page.evaluate(COVERED))
    assert [one for one in covered if one] == []


async def test_the_holder_goes_on_in_another_tab(visiting: Visiting, world: World) -> None:
    """The same time in a second tab leads back to the order that holds it, not to an alarm."""
    page = (await visiting()).page
    await page.goto(f"{world.url}/book?service=ultrasound&clinic=tverskaya&lang=ru")
    await page.locator("a[href*='at=']").first.click()
    address = page.url
    await fill(page)
    await page.locator("#form").click()
    await page.wait_for_selector("#pan")
    second = await page.context.new_page()
    await second.goto(address)
    await expect(second.get_by_text("Это время уже держите вы")).to_be_visible()
    await second.get_by_role("link", name="Продолжить").click()
    await expect(second.get_by_role("heading", level=1)).to_have_text("Оплата ещё не подтверждена")
