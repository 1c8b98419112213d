"""The look holds under strain: longer words, larger letters, forced colours, fingers and keyboards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import pytest
from playwright.async_api import Page

from checkout.payment.place import link_token
from tests.browser.conftest import Visiting
from tests.browser.test_payer import choose
from tests.world import World

# Every word grows by two fifths, as Russian does against English and German against both.
GROW: Final = """() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode;
    node.data = node.data.replace(/[\\p{L}]{3,}/gu, word => word + word.slice(-Math.ceil(word.length * 0.4)));
  }
}"""
# What a finger presses, by the box that takes the press; a link inside a sentence is as high as its line (WCAG 2.5.8).
SMALL: Final = """() => [...document.querySelectorAll('button, .button, .act a, nav a, .times a, input, select, summary')]
  .filter(node => node.checkVisibility() && node.type !== 'hidden')
  .map(node => [node, (node.closest('label') ?? node).getBoundingClientRect()])
  .filter(([, box]) => box.width < 44 || box.height < 44)
  .map(([node, box]) => `${node.outerHTML.slice(0, 80)} ${box.width}x${box.height}`)"""
TINY: Final = """() => [...document.querySelectorAll('body *')]
  .filter(node => node.checkVisibility() && [...node.childNodes].some(child => child.nodeType === 3 && child.data.trim()))
  .filter(node => parseFloat(getComputedStyle(node).fontSize) < 16)
  .map(node => node.outerHTML.slice(0, 80))"""
RING: Final = """() => {
  const node = document.activeElement, box = node.closest('.pick') ?? node;
  return node === document.body ? null : [node.outerHTML.slice(0, 80), getComputedStyle(box).outlineStyle];
}"""


async def every(page: Page, world: World, language: str = "ru") -> AsyncIterator[str]:
    """Each kind of page, one after the other."""
    booked, _ = await world.paid()
    held, waiting = await world.order(), await world.order()
    await world.start(waiting)
    addresses = [
        "/",
        "/?service=consultation",
        "/?service=consultation&clinic=tverskaya",
        "/nowhere",
        "/problems/slot_taken",
    ]
    addresses += [f"/o/{link_token(world.service, order.id)}" for order in (booked, held, waiting)]
    for address in addresses:
        await page.goto(f"{world.url}{address}{'&' if '?' in address else '?'}lang={language}")
        yield address
    await choose(page, world.url, language=f"&lang={language}")
    yield "the form"
    await page.locator("#form").click()
    yield "the form, refused"


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_longer_words_and_larger_letters_fit(visiting: Visiting, world: World, language: str) -> None:
    """Nothing scrolls sideways at 320 px with words longer by 40 %, nor with letters twice as large at 640 px."""
    visit = await visiting(javascript=True, width=320)
    page = visit.page
    async for address in every(page, world, language):
        await page.evaluate(GROW)
        assert not await visit.width_overflows(), address
        await page.set_viewport_size({"width": 640, "height": 844})
        await page.evaluate("document.documentElement.style.fontSize = '212%'")
        assert not await visit.width_overflows(), address
        await page.set_viewport_size({"width": 320, "height": 844})


@pytest.mark.parametrize("width", [320, 1280])
async def test_controls_suit_a_finger_and_letters_an_eye(visiting: Visiting, world: World, width: int) -> None:
    """44 px for whatever is pressed, 16 px for whatever is read."""
    page = (await visiting(javascript=True, width=width)).page
    async for address in every(page, world):
        assert not await page.evaluate(SMALL), address
        assert not await page.evaluate(TINY), address


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
