"""Keyboards alone: what has the focus is seen, whatever the colours, and the whole payment needs no mouse."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from checkout.payment.order import Word
from tests.browser.payer import CHALLENGE, choose, word
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


async def reach(page: Page, wanted: str) -> None:
    """Tab to it; whatever has the focus on the way shows it."""
    for _ in range(80):
        await page.keyboard.press("Tab")
        found = await page.evaluate(RING)
        assert found is None or found[1] != "none", found
        if await page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
    raise AssertionError(f"{wanted} is not to be reached")


async def test_the_whole_payment_by_keyboard_alone(visiting: Visiting, world: World) -> None:
    """Tab, Enter, Space, arrows and letters: from the first page over the bank's two to «Вы записаны»."""
    page = (await visiting(javascript=True)).page
    keys = page.keyboard
    await page.goto(world.url)
    await keys.press("Tab")
    await keys.press("Enter")  # past the header
    for box in ("[value=consultation]", "[value=insoles]"):
        await reach(page, box)
        await keys.press("Space")
    await reach(page, "#quantity-insoles")
    await keys.press("ArrowDown")
    await reach(page, "[name=next]")
    await keys.press("Enter")
    await page.wait_for_selector("[name=clinic]")
    await reach(page, "[name=clinic]")
    await keys.press("Space")
    await keys.press("ArrowDown")
    await reach(page, "main button")
    await keys.press("Enter")
    await page.wait_for_selector(".soonest")
    await reach(page, ".soonest a")
    await keys.press("Enter")
    await page.wait_for_selector("#name")
    for field, typed in (("#name", "Мария Петрова"), ("#phone", "89123456789"), ("#email", "maria@example.com")):
        await reach(page, field)
        await keys.type(typed)
    await reach(page, "[name=plan]")
    await keys.press("ArrowDown")
    for kind in ("adult", "offer", "personal-data"):
        await reach(page, f"#consent-{kind}")
        await keys.press("Space")
    await reach(page, "#form")
    await keys.press("Enter")
    await page.wait_for_selector("#pan")
    for field, typed in zip(("#pan", "#expiry", "#cvc"), CHALLENGE, strict=True):
        await reach(page, field)
        await keys.type(typed)
    await reach(page, "#pay")
    await keys.press("Enter")
    await page.wait_for_selector("#confirm")
    await reach(page, "#code")
    await keys.type("111111")
    await keys.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Вы записаны", timeout=30_000)
    assert await word(world) is Word.DEPOSIT_PAID
    assert not await world.broken()
