"""Passkeys in a real browser, with the browser's own authenticator; and what is there without a script."""

from __future__ import annotations

from playwright.async_api import Page

from tests.browser.visit import Visiting
from tests.desk.clerk import PASSWORD, Clerk, hired
from tests.world import World

DEVICE = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}


async def _password(page: Page, clerk: Clerk) -> None:
    await page.goto(f"{clerk.world.url}/desk")
    await page.fill("#email", clerk.email)
    await page.fill("#password", PASSWORD)
    await page.click("main button")
    await page.wait_for_url("**/desk/second")


async def _code(page: Page, clerk: Clerk) -> None:
    await page.fill("#code", await clerk.code())
    await page.click("main form > .act button")
    await page.wait_for_url("**/desk")


async def test_a_passkey_of_the_browser_itself(visiting: Visiting, world: World) -> None:
    """Made with a press, it opens the next session with a press; whoever does not confirm still has the code."""
    clerk, found = await hired(world, "accountant"), await visiting(javascript=True, width=1280)
    found.staff, page = True, found.page
    line = await page.context.new_cdp_session(page)
    await line.send("WebAuthn.enable")
    made = {"options": {**DEVICE, "isUserVerified": True, "automaticPresenceSimulation": True}}
    device = await line.send("WebAuthn.addVirtualAuthenticator", made)
    await _password(page, clerk)
    await _code(page, clerk)
    await page.click("text=Добавить ключ доступа")
    await page.fill("#name", "Ноутбук")
    await page.click("text=Создать ключ")
    await page.wait_for_url("**/desk/me")
    assert await page.locator("th >> text=Ноутбук").count() == 1
    await page.click("text=Выйти")
    await _password(page, clerk)
    assert await found.axe() == []
    await page.click("text=Подтвердить ключом доступа")
    await page.wait_for_url("**/desk")
    await page.click("text=Выйти")
    unsure = {"authenticatorId": device["authenticatorId"], "isUserVerified": False}
    await line.send("WebAuthn.setUserVerified", unsure)
    await _password(page, clerk)
    await page.click("text=Подтвердить ключом доступа")
    await page.wait_for_selector("[data-failed]:not([hidden])")
    assert await found.axe() == []
    await _code(page, clerk)


async def test_without_a_script_the_code_is_what_remains(visiting: Visiting, world: World) -> None:
    """Nothing of the passkey is shown where it could not work."""
    clerk, found = await hired(world, "accountant"), await visiting(width=1280)
    found.staff = True
    await _password(found.page, clerk)
    await _code(found.page, clerk)
    await found.page.goto(f"{world.url}/desk/passkey")
    assert not await found.page.locator("[data-passkey]").is_visible()
    assert "JavaScript" in await found.page.locator("main").inner_text()
