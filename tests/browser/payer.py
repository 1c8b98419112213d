"""What a payer does in a browser, from the first free time to the bank's pages."""

from __future__ import annotations

from typing import Final

from playwright.async_api import FrameLocator, Page

from checkout.payment.listing import Scope, newest
from checkout.payment.order import Word
from tests.browser.keys import Keys
from tests.world import World

# Number, expiry and CVC of the bank's test cards.
CHALLENGE: Final = ("5555555555555599", "12/34", "123")
POOR: Final = ("2202205000060910", "06/28", "810")
GOOD: Final = ("4111111111111111", "12/34", "123")


async def choose(page: Page, url: str, *, language: str = "") -> None:
    """Service, clinic, day and time: the first of each."""
    await page.goto(f"{url}/?service=consultation&clinic=tverskaya{language}")
    await page.locator("a[href*='at=']").first.click()


async def fill(page: Page | FrameLocator, *, plan: str = "full") -> None:
    """The form, ready to be sent."""
    await page.locator("#name").fill("Мария <b>Петрова</b>")
    await page.locator("#phone").fill("8 (912) 345-67-89")
    await page.locator("#email").fill("maria@example.com")
    await page.locator(f"input[name=plan][value={plan}]").check()
    for kind in ("adult", "offer", "personal-data"):
        await page.locator(f"#consent-{kind}").check()


async def card(page: Page, entry: tuple[str, str, str]) -> None:
    """The bank's form."""
    await page.wait_for_selector("#pan")
    for name, value in zip(("#pan", "#expiry", "#cvc"), entry, strict=True):
        await page.locator(name).fill(value)
    if await page.locator("#cardholder").count():
        await page.locator("#cardholder").fill("MARIA PETROVA")
    await page.locator("#pay").click()


async def code(page: Page, value: str = "111111") -> None:
    """The issuer's page."""
    await page.wait_for_selector("#code")
    await page.locator("#code").fill(value)
    await page.locator("#confirm").click()


async def word(world: World) -> Word:
    """How the newest order stands."""
    found = await world.tx(lambda tx: newest(tx, Scope(), after=None, limit=1))
    return await world.word(found[0].order.id)


async def by_keys(keys: Keys) -> None:
    """On the bank's page, without a mouse: the card is typed, and the code that its issuer asks for."""
    await keys.page.wait_for_selector("#pan")
    for field, typed in zip(("#pan", "#expiry", "#cvc"), CHALLENGE, strict=True):
        await keys.to(field)
        await keys.type(typed)
    await keys.to("#pay")
    await keys.press("Enter")
    await keys.page.wait_for_selector("#code")
    await keys.to("#code")
    await keys.type("111111")
    await keys.press("Enter")
