"""A real Chromium over the world: everything it says and asks for is kept, and judged at the end of each test."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request, async_playwright

from checkout.ground.observe import CSP_REPORTS
from checkout.web.payer.resume import COOKIE
from tests.world import World

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def chromium() -> str:
    """The browser that tests/browser/install.sh found or installed. Missing, the tests fail: they are never skipped."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = next(filter(None, map(shutil.which, names)), None)
    assert found is not None, "no browser: run `make browser`"
    return found


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
        opened = await playwright.chromium.launch(executable_path=chromium(), args=flags)
        yield opened
        await opened.close()


@dataclass  # without slots: playwright keeps a mark on whoever listens
class Visit:
    """One payer with one browser window."""

    world: World
    page: Page
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    provoked: int = 0  # reports that the test meant to cause
    friends: frozenset[str] = frozenset()  # hosts of other sites that this test opens itself

    def heard(self, message: ConsoleMessage) -> None:
        # The browser notes by itself every answer that is an error; those are asked for here, and are no complaint.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self.complaints.append(message.text)

    def asked(self, request: Request) -> None:
        host = urlsplit(request.url).netloc
        ours = {urlsplit(self.world.url).netloc, urlsplit(self.world.bank.base_url).netloc}
        if host not in ours | self.friends:
            self.strangers.append(request.url)

    async def axe(self) -> list[str]:
        """What axe finds wrong with the page as it stands, and with each frame in it."""
        wrong: list[str] = []
        for frame in self.page.frames:
            await frame.evaluate(AXE)
            found: dict[str, Any] = await frame.evaluate(
                "rules => axe.run(document, {runOnly: rules, iframes: false})", RULES
            )
            wrong += [f"{one['id']}: {one['nodes'][0]['html']}" for one in found["violations"]]
        return wrong

    async def width_overflows(self) -> bool:
        return bool(await self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


def csp_reports() -> float:
    """How often browsers have told this process that our policy kept something from them."""
    return sum(
        sample.value for metric in CSP_REPORTS.collect() for sample in metric.samples if sample.name.endswith("_total")
    )


Visiting = Callable[..., Awaitable[Visit]]


@pytest.fixture
async def visiting(world: World, browser: Browser) -> AsyncIterator[Visiting]:
    """Open windows; at the end nothing may have complained, and nobody else may have been asked for anything."""
    opened: list[tuple[BrowserContext, Visit]] = []

    async def visit(
        *,
        javascript: bool = False,
        width: int = 390,
        dark: bool = False,
        language: str = "ru-RU",
        friends: frozenset[str] = frozenset(),
        zone: str = "Europe/Moscow",
    ) -> Visit:
        context = await browser.new_context(
            java_script_enabled=javascript,
            locale=language,
            timezone_id=zone,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",  # a colour on its way from one to another has no contrast of its own
            viewport={"width": width, "height": 844},
        )
        found = Visit(world, await context.new_page(), friends=friends)
        found.page.on("console", found.heard)
        found.page.on("request", found.asked)
        opened.append((context, found))
        return found

    before = csp_reports()
    yield visit
    assert csp_reports() == before + sum(found.provoked for _, found in opened)
    for context, found in opened:
        assert {cookie["name"] for cookie in await context.cookies()} <= {COOKIE}  # with an order, never before
        await context.close()
        assert not found.complaints
        assert not found.strangers
