"""A card is added without paying, in a real browser and by keyboard alone: from our page over the bank's two and back."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
from playwright.async_api import expect

from checkout.payment.order import Word
from checkout.postgres import Urls
from tests.browser.keys import Keys
from tests.browser.payer import by_keys
from tests.browser.visit import Visiting
from tests.pages.visitor import home
from tests.world import World, open_world


@pytest.fixture
async def world(urls: Urls, emptied: None, move: Callable[[timedelta], Awaitable[None]]) -> AsyncIterator[World]:
    """A merchant whose payers add cards without paying."""
    _ = emptied
    async with open_world(urls, move, saved_cards=True, card_check=True) as found:
        yield found


async def test_a_card_is_added_by_keyboard_alone(visiting: Visiting, world: World) -> None:
    """Button, hop, card, the issuer's code, «Карта добавлена»; the card then stands in the list, and nothing is paid."""
    order = await world.order()
    page = (await visiting(javascript=True)).page
    keys = Keys(page)
    await page.goto(f"{world.url}{home(world, order)}/cards")
    await keys.to("[action$='/add'] button")
    await keys.press("Enter")
    await by_keys(keys)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Карта добавлена", timeout=30_000)
    assert re.fullmatch(r"/r/[\w-]+/check.*", page.url.removeprefix(world.url))
    await page.goto(f"{world.url}{home(world, order)}/cards")
    await expect(page.locator("main")).to_contain_text("5599")
    assert await world.word(order.id) is Word.DRAFT
    assert not await world.broken()
