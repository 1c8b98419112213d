"""A merchant with a running bank, and what its payer does."""

from __future__ import annotations

import functools
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

from gateways import sandbox
from tests.foreign.clients import Client

TOKEN: Final = "token-of-the-shop"
RETURN_URL: Final = "https://shop.example/back?from=bank"
GOOD: Final = sandbox.CardEntry("4111111111111111", "203412", "123", "IVAN IVANOV")
POOR: Final = sandbox.CardEntry("2202205000060910", "202806", "810", "IVAN IVANOV")


@dataclass(frozen=True)
class Shop:
    """The bank runs on `url`; amounts in kopecks."""

    bank: sandbox.Bank
    merchant: sandbox.Merchant

    @property
    def url(self) -> str:
        return self.bank.base_url

    def pays(self, order_id: str, card: sandbox.CardEntry = GOOD) -> None:
        """The payer fills in the form, and types the issuer's code where one is asked for."""
        order = self.bank.find(self.merchant, order_id=order_id)
        sandbox.pay(self.bank, order, card)
        if order.challenge is not None:
            sandbox.confirm(self.bank, order.challenge, sandbox.ACS_CODES[0])

    async def sees(self, address: str) -> str:
        """The page that the payer is led to."""
        async with aiohttp.ClientSession() as browser, browser.get(address) as page:
            assert page.status == 200
            return await page.text()


@asynccontextmanager
async def open_shop() -> AsyncIterator[Shop]:
    merchant = sandbox.Merchant(token=TOKEN, pays_without_cvc=True)
    bank = sandbox.Bank([merchant], rng=random.Random(11))  # noqa: S311  (repeatable on purpose)
    runner = await sandbox.start(sandbox.make_app(bank), 0)
    try:
        yield Shop(bank, merchant)
    finally:
        await runner.cleanup()


Story = Callable[..., Awaitable[None]]


def shows(*methods: str) -> Callable[[Story], Story]:
    """This test calls these methods of its client."""

    def mark(story: Story) -> Story:
        @functools.wraps(story)
        async def told(client: Client, **fixtures: Any) -> None:
            await story(client=client, **fixtures)
            assert client.called >= set(methods), "a method that this test names was not called"

        told.shows = frozenset(methods)  # type: ignore[attr-defined]  # a function carries what it is about
        return told

    return mark


def shown(stories: dict[str, object]) -> set[str]:
    """Every method that the tests of a module exercise."""
    return {method for story in stories.values() for method in getattr(story, "shows", ())}
