"""Hands on a keyboard and no mouse: every key that is pressed is counted, and what has the focus on the way is seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from playwright.async_api import Page, expect

from tests.browser.strain import RING

_HAS: Final = "wanted => document.activeElement.matches(wanted)"
_IN_SIGHT: Final = """() => {
  const box = document.activeElement.getBoundingClientRect();
  return box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
}"""
FARTHEST: Final = 80  # presses of Tab from one thing of a page to another


@dataclass(slots=True)
class Keys:
    """One keyboard. `pressed`: every key of it since the count began; what a scanner types is not pressed by anybody."""

    page: Page
    pressed: int = 0

    async def press(self, *names: str) -> None:
        for name in names:
            self.pressed += 1
            await self.page.keyboard.press(name)

    async def type(self, text: str) -> None:
        """A key a letter."""
        self.pressed += len(text)
        await self.page.keyboard.type(text)

    async def scan(self, code: str) -> None:
        """A scanner is a keyboard of its own: whatever has the focus gets the code, and Enter."""
        await self.page.keyboard.type(code)
        await self.page.keyboard.press("Enter")

    async def to(self, wanted: str, *, back: bool = False) -> None:
        """Tab to it; whatever has the focus on the way shows it, and what is reached is in sight."""
        for _ in range(FARTHEST):
            await self.press("Shift+Tab" if back else "Tab")
            found = await self.page.evaluate(RING)
            assert found is None or found[1] != "none", found
            if found is not None and await self.page.evaluate(_HAS, wanted):
                assert await self.page.evaluate(_IN_SIGHT), found
                return
        raise AssertionError(f"{wanted} is not to be reached")

    async def at(self, wanted: str) -> None:
        """The page put the focus there by itself, for all to see."""
        await expect(self.page.locator(wanted)).to_be_focused()
        found = await self.page.evaluate(RING)
        assert found is not None
        assert found[1] != "none", found

    async def leads(self, *names: str, to: str) -> None:
        """Press, and wait for the page that this leads to: an address with stars."""
        await self.press(*names)
        await self.page.wait_for_url(to, wait_until="load")
