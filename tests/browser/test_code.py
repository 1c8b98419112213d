"""The page that asks for a code, and a page that a brake refuses, in a real browser."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
from playwright.async_api import expect

from checkout.ground.config import Brakes
from checkout.postgres import Urls
from tests.browser.payer import choose, fill
from tests.browser.visit import Visiting
from tests.pages.codes import last_code
from tests.world import World, open_world


@pytest.fixture
async def world(urls: Urls, emptied: None, move: Callable[[timedelta], Awaitable[None]]) -> AsyncIterator[World]:
    """Every booking on the pages needs a code, and hardly a wrong link is forgiven."""
    _ = emptied
    brakes = Brakes(contact_code="email", code_after_holds=0, wrong_links_burst=1)
    async with open_world(urls, move, brakes=brakes) as found:
        yield found


async def test_a_code_is_typed_and_entered_with_the_keyboard(visiting: Visiting, world: World) -> None:
    """The field has the focus, Enter confirms, a wrong code is explained, the right one leads on to the bank."""
    visit = await visiting()
    page = visit.page
    await choose(page, world.url)
    await fill(page)
    await page.locator("#form").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Введите код")
    await expect(page.locator("#code")).to_be_focused()
    await page.keyboard.type("00000")
    await page.keyboard.press("Enter")
    await expect(page).to_have_title(re.compile("^Ошибка: "))
    await expect(page.get_by_role("alert")).to_contain_text("Код не подошёл")
    await page.locator("#code").fill(await last_code(world))
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#pan")


async def test_contacts_are_changed_with_nothing_lost(visiting: Visiting, world: World) -> None:
    """Back in the form everything stands as it was typed."""
    visit = await visiting()
    page = visit.page
    await choose(page, world.url)
    await fill(page, plan="deposit")
    await page.locator("#form").click()
    await page.get_by_role("button", name="Изменить контакты").click()
    assert await page.locator("#name").input_value() == "Мария <b>Петрова</b>"
    assert await page.locator("#consent-offer").is_checked()
    assert await page.locator("input[name=plan][value=deposit]").is_checked()
