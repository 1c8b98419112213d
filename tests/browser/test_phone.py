"""Paying by QR code in a real browser: from the form into the pretended application and back; and waiting beside it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
from playwright.async_api import expect

from checkout.payment.order import Word
from checkout.payment.pay import return_token
from checkout.postgres import Urls
from gateways.gateway import Way
from gateways.sandbox import Fault, Rule, instant
from tests.browser.payer import GOOD, card, choose, fill, word
from tests.browser.visit import Visiting
from tests.world import World, open_world


@pytest.fixture
async def world(urls: Urls, emptied: None, move: Callable[[timedelta], Awaitable[None]]) -> AsyncIterator[World]:
    """Every way to pay, and no callback."""
    _ = emptied
    async with open_world(urls, move, methods=tuple(Way)) as found:
        found.bank.faults.add(Rule(Fault.DROP, method="callback", times=None))
        yield found


async def test_without_javascript_a_code_is_followed_paid_and_found_paid(visiting: Visiting, world: World) -> None:
    """Chosen in the form; the link of the page opens the application; its way back leads to «Вы записаны»."""
    page = (await visiting(javascript=False)).page
    await choose(page, world.url)
    await fill(page)
    await page.locator("input[name=method][value=sbp]").check()
    await page.locator("#form").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Оплатите по QR-коду")
    await expect(page.get_by_role("img", name=re.compile("QR-код СБП"))).to_be_visible()
    await page.wait_for_load_state("load")
    assert await page.locator(".qr img").evaluate("image => image.naturalWidth") > 0
    await page.get_by_role("link", name="в приложении банка").click()
    await page.locator("#pay").click()
    await page.locator("#back").click()
    # Whoever is back within two seconds of the last look sees that one, and the page refreshes itself.
    await expect(page.get_by_role("heading", level=1)).to_have_text("Вы записаны", timeout=30_000)
    assert await word(world) is Word.PAID
    assert not await world.broken()


async def test_the_application_comes_first_where_nobody_can_scan(visiting: Visiting, world: World) -> None:
    """On a phone the button stands over the code; on a wide screen the code does."""
    page = (await visiting(javascript=False)).page
    started = await world.start(await world.order(), way=Way.SBP)
    await page.goto(f"{world.url}/r/{return_token(world.service, started.payment_id)}/phone")
    for width, first in ((390, ".on-phone"), (1280, ".qr")):
        await page.set_viewport_size({"width": width, "height": 844})
        tops = {what: await page.locator(what).evaluate("node => node.offsetTop") for what in (".on-phone", ".qr")}
        assert min(tops, key=tops.__getitem__) == first


async def test_the_page_beside_the_phone_turns_by_itself(visiting: Visiting, world: World) -> None:
    """Paid on another device: whoever waits sees first that the banks are at work, and then the result."""
    page = (await visiting(javascript=True)).page
    await choose(page, world.url)
    await fill(page)
    await page.locator("input[name=method][value=sbp]").check()
    await page.locator("#form").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Оплатите по QR-коду")
    (ask,) = world.bank.apps.asks.values()
    instant.confirm(world.bank, ask)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Банк проводит оплату", timeout=30_000)
    instant.finish(world.bank, ask, accepted=True)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Вы записаны", timeout=30_000)


async def test_another_mind_ends_on_the_card_page(visiting: Visiting, world: World) -> None:
    """From the code to the card, with one press; the money is taken once."""
    page = (await visiting(javascript=True)).page
    await choose(page, world.url)
    await fill(page)
    await page.locator("input[name=method][value=sbp]").check()
    await page.locator("#form").click()
    await page.get_by_role("button", name="Заплатить картой").click()
    await card(page, GOOD)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Вы записаны", timeout=30_000)
    assert len(world.bank.orders) == 1
    assert await word(world) is Word.PAID
