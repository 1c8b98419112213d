"""Paying by a saved card in a real browser, without typing anything on the bank's page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
from playwright.async_api import Page, expect

from checkout.payment import card_store
from checkout.payment.place import link_token
from checkout.postgres import Urls
from gateways.sandbox import Fault, Rule
from tests.browser.visit import Visiting
from tests.flows.test_press import ASKED, saved
from tests.world import GOOD, World, open_world


@pytest.fixture
async def world(urls: Urls, emptied: None, move: Callable[[timedelta], Awaitable[None]]) -> AsyncIterator[World]:
    """A contract that lets a press pay, and no callback."""
    _ = emptied
    async with open_world(urls, move, saved_cards=True, one_press=True) as found:
        found.bank.faults.add(Rule(Fault.DROP, method="callback", times=None))
        yield found


async def room(world: World, page: Page) -> None:
    """The page of one's cards, reached from the booking by pressing."""
    order = await world.order()
    await world.tx(lambda tx: card_store.prove(tx, order.id, "email"))
    await page.goto(f"{world.url}/o/{link_token(world.service, order.id)}")
    await page.get_by_role("link", name="Оплатить сохранённой картой").click()


async def test_without_javascript_a_press_leads_by_the_issuer_to_the_visit(visiting: Visiting, world: World) -> None:
    """The browser lets the form go to the issuer, and comes back from there to «Вы записаны»."""
    await saved(world, ASKED)
    page = (await visiting(javascript=False)).page
    await room(world, page)
    await page.get_by_role("button", name="Оплатить 2 500 ₽ картой Mastercard 5599").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Подтвердите оплату")
    await page.get_by_role("button", name="Подтвердить в банке").click()
    await page.wait_for_url(f"{world.bank.base_url}/3ds/acs")
    await page.locator("#code").fill("111111")
    await page.locator("#code").press("Enter")
    await page.get_by_role("button", name="Вернуться к оплате").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Вы записаны", timeout=30_000)
    (order,) = [found for found in world.bank.recent(1) if found.paid]
    assert order.attempts == 1
    assert not await world.broken()


async def test_one_key_pays(visiting: Visiting, world: World) -> None:
    """By keyboard: Tab to the button, Enter, paid."""
    await saved(world, GOOD)
    page = (await visiting(javascript=True)).page
    await room(world, page)
    button = page.get_by_role("button", name="Оплатить 2 500 ₽ картой Visa 1111")
    for _ in range(20):
        await page.keyboard.press("Tab")
        if await button.evaluate("node => node === document.activeElement"):
            break
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Вы записаны", timeout=30_000)
    order = world.bank.recent(1)[0]
    assert order.paid
