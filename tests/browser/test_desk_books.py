"""The books' pages in a browser: plots, and the same without a script."""

from __future__ import annotations

from tests.browser.desk import sit_down
from tests.browser.desk_states import DESK_STATES
from tests.browser.visit import Visiting
from tests.world import World


async def test_plots_are_drawn_from_their_tables_and_read_by_arrow_keys(visiting: Visiting, world: World) -> None:
    """A plot a table, the table folded; a key reads the day before aloud."""
    state = DESK_STATES["desk_dashboard"]
    desk = await sit_down(world, await visiting(javascript=True), state, "ru")
    await desk.open(await state.bring(desk) or "")
    page = desk.page
    assert await page.locator(".canvas canvas").count() == await page.locator("table[data-plot]").count() == 3
    assert not await page.locator("table[data-plot]").first.is_visible()
    await page.locator(".canvas").first.focus()
    await page.keyboard.press("ArrowLeft")
    reading = await page.locator(".reading").first.inner_text()
    assert reading.endswith("Карта через терминал: 0\u00a0₽")
    assert await page.locator("[data-words]").inner_text() == reading


async def test_without_a_script_the_tables_stand_open(visiting: Visiting, world: World) -> None:
    state = DESK_STATES["desk_dashboard"]
    desk = await sit_down(world, await visiting(javascript=False), state, "ru")
    await desk.open(await state.bring(desk) or "")
    assert await desk.page.locator("table[data-plot]").first.is_visible()
    assert await desk.page.locator(".canvas").count() == 0
