"""How soon a page shows what it is about, and how still it stands: on slow 4G, with a processor four times as slow.

Tests print the figures, `make bench` holds them to its budgets.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from playwright.async_api import Browser, BrowserContext, Page

from checkout.web.payer.resume import COOKIE
from tests.browser.payer import GOOD, card, fill

NETWORK: Final = {
    "offline": False,
    "latency": 150,  # milliseconds a request
    "downloadThroughput": 1_600_000 / 8,  # bytes a second
    "uploadThroughput": 750_000 / 8,
}
SLOWER: Final = 4
WATCH: Final = """
window.pace = {lcp: 0, cls: 0};
const watch = (type, note) => new PerformanceObserver(list => list.getEntries().forEach(note)).observe({type, buffered: true});
watch("largest-contentful-paint", entry => { pace.lcp = entry.startTime; });
watch("layout-shift", entry => { pace.cls += entry.hadRecentInput ? 0 : entry.value; });
"""
# A shift that comes late is seen as well.
RESTED: Final = "new Promise(done => setTimeout(() => requestAnimationFrame(() => done(pace)), 500))"


@dataclass(frozen=True, slots=True)
class Pace:
    """`lcp`: the largest thing is painted, in milliseconds from the start. `cls`: how much moved, 0 being nothing."""

    lcp: float
    cls: float


async def measured(browser: Browser, url: str, *, times: int = 1) -> dict[str, Pace]:
    """Book and pay once, then load each page of the way so many times as on a first visit: the median of each figure."""
    context = await _telephone(browser)
    addresses = await _walked(await context.new_page(), url)
    await context.close()
    return {name: await _paced(browser, address, times) for name, address in addresses.items()}


async def _telephone(browser: Browser) -> BrowserContext:
    return await browser.new_context(locale="ru-RU", viewport={"width": 390, "height": 844})


async def _walked(page: Page, url: str) -> Mapping[str, str]:
    """The addresses of the steps, of the result and of the order's private page."""
    found = {"services": url}
    await page.goto(url)
    await page.locator("[name=service]").first.check()
    await page.locator("[name=next]").click()
    found["clinics"] = page.url
    await page.locator("[name=clinic]").first.check()
    await page.locator("main form button").click()
    found["times"] = page.url
    await page.locator(".soonest a").click()
    found["form"] = page.url
    await fill(page)
    await page.locator("#form").click()
    await card(page, GOOD)
    await page.wait_for_selector(".state.good")
    found["result"] = page.url
    token = next(cookie["value"] for cookie in await page.context.cookies() if cookie["name"] == COOKIE)
    return {**found, "order": f"{url}/o/{token}"}


async def _paced(browser: Browser, address: str, times: int) -> Pace:
    seen = [await _loaded(browser, address) for _ in range(times)]
    return Pace(statistics.median(one.lcp for one in seen), statistics.median(one.cls for one in seen))


async def _loaded(browser: Browser, address: str) -> Pace:
    """In a window that has never been here."""
    context = await _telephone(browser)
    page = await context.new_page()
    await page.add_init_script(WATCH)
    line = await context.new_cdp_session(page)
    await line.send("Network.enable")
    await line.send("Network.emulateNetworkConditions", NETWORK)
    await line.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    await page.goto(address)
    pace = await page.evaluate(RESTED)
    await context.close()
    return Pace(pace["lcp"], pace["cls"])
