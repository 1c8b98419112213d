"""A real Chromium over the world; what its windows said and asked for is judged at the end of each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Final

import pytest
from playwright.async_api import Browser, BrowserContext

from checkout.web.payer.resume import COOKIE
from tests.browser.chromium import open_chromium
from tests.browser.visit import Visit, Visiting, Weight, csp_reports
from tests.world import World

WEIGHED: Final = "weighed"
UNMEANT: Final = "unmeant"


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with open_chromium() as opened:
        yield opened


@pytest.fixture
def weighed(record_property: Callable[[str, object], None]) -> Callable[[str, Weight, str], None]:
    """Note what a page weighs: template, weight, state. The heaviest of each are told at the end of the run.

    It travels with the test's report, so that runs side by side tell all the same.
    """
    return lambda template, weight, state: record_property(WEIGHED, [template, weight.requests, weight.wire, state])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    found: dict[str, tuple[int, int, str]] = {}
    unmeant = 0.0
    for report in [one for reports in terminalreporter.stats.values() for one in reports]:
        if not isinstance(report, pytest.TestReport) or report.when != "teardown":
            continue
        for name, value in report.user_properties:
            if name == UNMEANT:
                unmeant += float(str(value))
            elif name == WEIGHED and isinstance(value, list):
                template, requests, wire, state = value
                found[template] = max(found.get(template, (0, 0, "")), (wire, requests, state))
    if not found:
        return
    terminalreporter.section("pages in a browser")
    terminalreporter.write_line("heaviest of each kind: requests, kB on the wire")
    for template, (wire, requests, state) in sorted(found.items()):
        terminalreporter.write_line(f"  {template:<16}{requests:4}{wire / 1000:8.1f}  {state}")
    terminalreporter.write_line(f"reports against our policy that no test meant to cause: {unmeant:.0f}")


@pytest.fixture
async def visiting(
    world: World, browser: Browser, record_property: Callable[[str, object], None]
) -> AsyncIterator[Visiting]:
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
    record_property(UNMEANT, csp_reports() - before - provoked)
    assert csp_reports() == before + provoked
    for context, found in opened:
        # With an order one cookie, never before.
        named = [cookie.get("name") for cookie in await context.cookies()]
        assert named == [COOKIE] * found.booked + ["desk"] * found.staff
        await context.close()
        assert not found.complaints
        assert not found.strangers
