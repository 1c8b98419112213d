"""`make screenshots`: the main pages as pictures under docs/screens, on a day that is always the same.

No test: pytest only lends its fixtures. The clock stands on a Tuesday far ahead, so that dates do not tell when it ran.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Browser, Page

from checkout.payment import cancel
from checkout.payment.order import Order, Plan
from checkout.payment.place import link_token
from tests.pages.test_pages_money_back import late_money
from tests.world import POOR, World

FOLDER: Final = Path(__file__).parents[2] / "docs" / "screens"
DAY: Final = datetime(2030, 4, 9, 6, 40, tzinfo=UTC)
LINES: Final = (("consultation", 1), ("insoles", 1))
VISIT: Final = "service=consultation,insoles&clinic=tverskaya"


@pytest.fixture
async def then(world: World) -> World:
    """The world on that day."""
    await world.advance(seconds=(DAY - await world.now()).total_seconds())
    return world


@asynccontextmanager
async def window(browser: Browser, *, width: int = 390, dark: bool = False) -> AsyncIterator[Page]:
    """One window; it has no scripts, so that nothing on a picture depends on the second."""
    context = await browser.new_context(
        java_script_enabled=False,
        locale="ru-RU",
        color_scheme="dark" if dark else "light",
        viewport={"width": width, "height": 844},
        device_scale_factor=1.5 if width < 1000 else 1,
    )
    yield await context.new_page()
    await context.close()


async def taken(page: Page, address: str, name: str, *, height: int = 1100) -> None:
    """The upper part of a page, as much as one takes in."""
    await page.goto(address)
    size = page.viewport_size
    assert size is not None
    await page.set_viewport_size({"width": size["width"], "height": height})
    FOLDER.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=FOLDER / f"{name}.png")


def private(world: World, order: Order) -> str:
    return f"{world.url}/o/{link_token(world.service, order.id)}"


async def test_booking(then: World, browser: Browser) -> None:
    """Choosing: the calculator, a time, the contacts."""
    async with window(browser) as page:
        await taken(page, f"{then.url}/?service=consultation,insoles&sum=yes", "calculator", height=1250)
        await taken(page, f"{then.url}/book?{VISIT}", "time")
        free = (await then.free())[3]
        at = free.strftime("%Y-%m-%dT%H:%MZ")
        await taken(page, f"{then.url}/book?{VISIT}&at={at}", "contacts", height=1500)
    async with window(browser, width=1280) as page:
        await taken(page, f"{then.url}/book?{VISIT}", "time-wide", height=900)


async def test_the_order(then: World, browser: Browser) -> None:
    """What becomes of it: booked by day and by night, moved, declined, and the bank's own page."""
    start = (await then.free())[3]
    booked, _ = await then.paid(lines=LINES, plan=Plan.DEPOSIT, starts_at=start)
    refused = await then.order(starts_at=(await then.free())[4])
    started = await then.start(refused)
    for dark in (False, True):
        async with window(browser, dark=dark) as page:
            await taken(page, private(then, booked), "booked-dark" if dark else "booked", height=1500)
    async with window(browser) as page:
        await taken(page, f"{private(then, booked)}/move", "move")
        await taken(page, f"{private(then, booked)}/cancel", "cancel")
        assert started.form_url is not None
        await taken(page, started.form_url, "bank", height=900)
        for _ in range(3):
            await then.pay_at_bank(started.payment_id, POOR)
        await then.advance(seconds=30)
        await then.sweep()
        await taken(page, private(then, refused), "declined", height=900)


async def test_money_back(then: World, browser: Browser) -> None:
    """Late money with its choices, and a refund with its days."""
    lost, _ = await late_money(then)
    back, _ = await then.paid(starts_at=(await then.free(days=2))[3])
    await then.tx(lambda tx: cancel.cancel(tx, then.service, back.id, principal="payer", at_once=True))
    await then.sweep()
    async with window(browser) as page:
        await taken(page, private(then, lost), "late")
        await taken(page, private(then, back), "refund", height=1300)
