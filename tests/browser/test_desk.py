"""The staff's pages in a real browser: signed in by hand, judged by axe, narrow and wide, light and dark, in both languages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
from playwright.async_api import Browser, Page

from checkout.ground.events import audit
from checkout.people import staff_store
from tests.browser.visit import Visit, csp_reports
from tests.desk.clerk import PASSWORD, Clerk, hired
from tests.world import World

WINDOWS = [(1280, False, "ru"), (320, False, "ru"), (320, True, "en"), (1280, True, "en")]


@asynccontextmanager
async def _window(
    world: World, browser: Browser, *, width: int = 1280, dark: bool = False, javascript: bool = True
) -> AsyncIterator[Visit]:
    """A window whose page said nothing wrong and asked nobody else by the time it is closed."""
    before = csp_reports()
    context = await browser.new_context(
        locale="ru-RU",
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
        viewport={"width": width, "height": 900},
        java_script_enabled=javascript,
    )
    found = Visit(world, await context.new_page())
    found.page.on("console", found.heard)
    found.page.on("request", found.asked)
    try:
        yield found
    finally:
        await context.close()
    assert not found.complaints
    assert not found.strangers
    assert csp_reports() == before


async def _enter(page: Page, clerk: Clerk) -> None:
    """As people do it: two fields, and a code if one is asked for."""
    await page.goto(f"{clerk.world.url}/desk")
    await page.fill("#email", clerk.email)
    await page.fill("#password", PASSWORD)
    await page.click("main button")
    await page.wait_for_url("**/desk**")
    if page.url.endswith("/second"):
        await page.fill("#code", await clerk.code())
        await page.click("main form > .act button")
        await page.wait_for_url("**/desk")


async def _judged(found: Visit, name: str) -> None:
    assert await found.axe() == [], name
    assert not await found.width_overflows(), name


@pytest.mark.parametrize(("width", "dark", "language"), WINDOWS)
async def test_every_page_of_people_is_fit_for_everybody(
    world: World, browser: Browser, width: int, dark: bool, language: str
) -> None:
    """No finding of axe, nothing wider than the window; each page by each window, its refusals too."""
    boss = await hired(world, "administrator", name="Анна Громова", email="anna@clinic.example")
    other = await hired(world, ("cashier", "tverskaya"), "controller", email="other@clinic.example")
    assert boss.staff_id
    staff_id = boss.staff_id
    await world.tx(lambda tx: staff_store.speak(tx, staff_id, language))
    await world.tx(
        partial(
            audit, principal="key:site", action="order.read", object_="x" * 40, outcome="denied", data={"a": [1, 2]}
        )
    )
    async with _window(world, browser, width=width, dark=dark) as found:
        page, desk = found.page, f"{world.url}/desk"
        await page.goto(f"{desk}/login")
        await _judged(found, "login")
        await page.fill("#email", boss.email)
        await page.fill("#password", "wrong wrong wrong")
        await page.click("main button")
        await _judged(found, "login refused")
        await _enter(page, boss)
        for path in ("", "/people", "/people/new", f"/people/{other.staff_id}", "/me", "/passkey", "/audit", "/proof"):
            await page.goto(desk + path)
            await _judged(found, path)
        await page.goto(f"{desk}/people/new")
        await page.click("main form .act button")
        await _judged(found, "new refused")
        await page.goto(f"{desk}/audit?from=9999-01-01")
        await _judged(found, "audit refused")
        await page.goto(f"{desk}/audit")
        await page.click("td summary >> nth=0")
        await _judged(found, "audit, a line open")


async def test_a_passkey_of_the_browser_itself(world: World, browser: Browser) -> None:
    """Made with a press, it opens the next session with a press; the browser's own authenticator signs."""
    clerk = await hired(world, "accountant")
    async with _window(world, browser) as found:
        page = found.page
        line = await page.context.new_cdp_session(page)
        await line.send("WebAuthn.enable")
        options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
        made = {"options": {**options, "isUserVerified": True, "automaticPresenceSimulation": True}}
        device = await line.send("WebAuthn.addVirtualAuthenticator", made)
        await _enter(page, clerk)
        await page.click("text=Добавить ключ доступа")
        await page.fill("#name", "Ноутбук")
        await page.click("text=Создать ключ")
        await page.wait_for_url("**/desk/me")
        assert await page.locator("text=Ноутбук").count() > 0
        await page.click("text=Выйти")
        await page.fill("#email", clerk.email)
        await page.fill("#password", PASSWORD)
        await page.click("main button")
        await page.wait_for_url("**/desk/second")
        await _judged(found, "second step with a passkey")
        await page.click("text=Подтвердить ключом доступа")
        await page.wait_for_url("**/desk")
        assert await page.locator("h1").inner_text() == "Что делаем?"
        # Whoever does not confirm is told so, and the code is still there.
        await page.click("text=Выйти")
        unsure = {"authenticatorId": device["authenticatorId"], "isUserVerified": False}
        await line.send("WebAuthn.setUserVerified", unsure)
        await page.fill("#email", clerk.email)
        await page.fill("#password", PASSWORD)
        await page.click("main button")
        await page.wait_for_url("**/desk/second")
        await page.click("text=Подтвердить ключом доступа")
        await page.wait_for_selector("[data-failed]:not([hidden])")
        await _judged(found, "a passkey that failed")


async def test_without_a_script_the_code_is_what_remains(world: World, browser: Browser) -> None:
    """Nothing of the passkey is shown where it could not work."""
    clerk = await hired(world, "cashier")
    async with _window(world, browser, javascript=False) as found:
        await _enter(found.page, clerk)
        await found.page.goto(f"{world.url}/desk/passkey")
        assert not await found.page.locator("[data-passkey]").is_visible()
        assert await found.page.locator("noscript").inner_text() != ""
