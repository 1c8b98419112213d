"""Keyboards alone: what has the focus is seen, whatever the colours, and the whole payment needs no mouse."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from checkout.payment.order import Word
from tests.browser.keys import Keys
from tests.browser.payer import by_keys, choose, word
from tests.browser.strain import RING
from tests.browser.visit import Visiting
from tests.world import World


@pytest.mark.parametrize("forced", ["none", "active"])
async def test_focus_is_always_seen(visiting: Visiting, world: World, forced: str) -> None:
    """Tab by Tab through the form: an outline, which forced colours keep, around each thing that has the focus."""
    page = (await visiting(javascript=True)).page
    await page.emulate_media(forced_colors="active" if forced == "active" else "none")
    await choose(page, world.url)
    seen = set()
    for _ in range(60):
        await page.keyboard.press("Tab")
        found = await page.evaluate(RING)
        if found is None:
            break
        seen.add(found[0])
        assert found[1] != "none", found[0]
    assert len(seen) > 10


async def test_the_whole_payment_by_keyboard_alone(visiting: Visiting, world: World) -> None:
    """Tab, Enter, Space, arrows and letters: from the first page over the bank's two to «Вы записаны»."""
    page = (await visiting(javascript=True)).page
    keys = Keys(page)
    await page.goto(world.url)
    await keys.press("Tab")
    await keys.press("Enter")  # past the header
    for box in ("[value=consultation]", "[value=insoles]"):
        await keys.to(box)
        await keys.press("Space")
    await keys.to("#quantity-insoles")
    await keys.press("ArrowDown")
    await keys.to("[name=next]")
    await keys.press("Enter")
    await page.wait_for_selector("[name=clinic]")
    await keys.to("[name=clinic]")
    await keys.press("Space")
    await keys.press("ArrowDown")
    await keys.to("main button")
    await keys.press("Enter")
    await page.wait_for_selector(".soonest")
    await keys.to(".soonest a")
    await keys.press("Enter")
    await page.wait_for_selector("#name")
    for field, typed in (("#name", "Мария Петрова"), ("#phone", "89123456789"), ("#email", "maria@example.com")):
        await keys.to(field)
        await keys.type(typed)
    await keys.to("[name=plan]")
    await keys.press("ArrowDown")
    for kind in ("adult", "offer", "personal-data"):
        await keys.to(f"#consent-{kind}")
        await keys.press("Space")
    await keys.to("#form")
    await keys.press("Enter")
    await by_keys(keys)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Вы записаны", timeout=30_000)
    assert await word(world) is Word.DEPOSIT_PAID
    assert not await world.broken()
