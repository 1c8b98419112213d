"""How the pages feel on a slow line: printed here, judged by `make bench`."""

from __future__ import annotations

from playwright.async_api import Browser

from tests.browser.speed import measured
from tests.world import World


async def test_how_soon_pages_are_there_is_told(world: World, browser: Browser, tell: list[str]) -> None:
    """Each page of the way paints something; when, and how still it stands, is told at the end."""
    paces = await measured(browser, world.url)
    assert all(pace.lcp > 0 for pace in paces.values())
    tell.append("slow 4G, a processor 4 times as slow: LCP ms, CLS")
    tell += [f"  {name:<28}{pace.lcp:6.0f}{pace.cls:8.3f}" for name, pace in paces.items()]
