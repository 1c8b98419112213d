"""A real Chromium over the world; what its windows said and asked for is judged at the end of each test."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Final

import pytest
from playwright.async_api import Browser, BrowserContext

from checkout.web.payer.resume import COOKIE
from tests.browser.chromium import open_chromium
from tests.browser.visit import Visit, Visiting, Weight, csp_reports
from tests.world import World

PROVOKED: Final = pytest.StashKey[list[int]]()
WEIGHED: Final = pytest.StashKey[dict[str, list[tuple[Weight, str]]]]()


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with open_chromium() as opened:
        yield opened


@pytest.fixture
def weights(request: pytest.FixtureRequest) -> dict[str, list[tuple[Weight, str]]]:
    """What pages weigh, and in which state, by their template: the heaviest are told at the end of the run."""
    return request.config.stash.setdefault(WEIGHED, defaultdict(list))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    weighed = config.stash.get(WEIGHED, {})
    lines = ["heaviest of each kind: requests, kB on the wire"] if weighed else []
    for template, found in sorted(weighed.items()):
        weight, state = max(found, key=lambda one: one[0].wire)
        lines.append(f"  {template:<16}{weight.requests:4}{weight.wire / 1000:8.1f}  {state}")
    if lines:
        provoked = config.stash.get(PROVOKED, [])
        reports = csp_reports() - sum(provoked)
        terminalreporter.section("pages in a browser")
        for line in [*lines, f"reports against our policy that no test meant to cause: {reports:.0f}"]:
            terminalreporter.write_line(line)


@pytest.fixture
async def visiting(world: World, browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Visiting]:
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
        found.page.on("response", found.answered)
        found.page.on("framenavigated", found.came)
        opened.append((context, found))
        return found

    before = csp_reports()
    yield visit
    provoked = sum(found.provoked for _, found in opened)
    request.config.stash.setdefault(PROVOKED, []).append(provoked)
    assert csp_reports() == before + provoked
    for context, found in opened:
        # With an order one cookie, never before.
        named = [cookie.get("name") for cookie in await context.cookies()]
        assert named == [COOKIE] * found.booked + ["desk"] * found.staff
        await context.close()
        assert not found.complaints
        assert not found.strangers
