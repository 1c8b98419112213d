"""A running bank, a shop that hears its callbacks, and a payer whose browser runs no scripts."""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import aiohttp
from aiohttp import web
from yarl import URL

from gateways.sandbox import Bank, Dialect, Merchant, make_app, start
from tests.sandbox.rehearsal import CREDENTIALS, PREFIXES, SECRET

RUSSIAN_FORM = "/payment/merchants/sandbox/payment_ru.html"
CARD = {"pan": "4111 1111 1111 1111", "expiry": "12/34", "cvc": "123", "cardholder": "Ivan Ivanov"}
CHALLENGED = CARD | {"pan": "5555555555555599"}
REFUSED = CARD | {"pan": "5168494895055780", "expiry": "12/26"}


@dataclass
class Shop:
    """The merchant's side: what callbacks it got, and how it answers the next ones (200 when the list is used up)."""

    url: str = ""
    got: list[dict[str, str]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    rang: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def callback(self, request: web.Request) -> web.Response:
        told: dict[str, str] = await request.json() if request.content_type == "application/json" else {}
        form = {name: str(value) for name, value in (await request.post()).items()}
        async with self.rang:
            self.got.append({**request.query, **form, **told, "method": request.method})
            self.rang.notify_all()
        return web.Response(status=self.answers.pop(0) if self.answers else 200)

    async def heard(self, count: int) -> list[dict[str, str]]:
        """Wait until so many callbacks have come."""
        async with self.rang:
            await asyncio.wait_for(self.rang.wait_for(lambda: len(self.got) >= count), 5)
        return self.got


@dataclass
class World:
    """A running bank, a shop, and a client that does not follow redirects by itself."""

    bank: Bank
    shop: Shop
    client: aiohttp.ClientSession

    async def call(self, method: str, dialect: Dialect = Dialect.LEGACY, **params: Any) -> dict[str, Any]:
        body = CREDENTIALS | params
        sent: dict[str, Any] = {"json": body} if dialect is Dialect.ECOM else {"data": body}
        async with self.client.post(self.bank.base_url + PREFIXES[dialect] + method, **sent) as answer:
            assert answer.status == 200
            fields: dict[str, Any] = await answer.json()
            return fields

    async def register(self, number: str = "A-1", dialect: Dialect = Dialect.LEGACY, **params: Any) -> dict[str, Any]:
        usual = {"orderNumber": number, "amount": 450000, "returnUrl": f"{self.shop.url}/back?x=1"}
        return await self.call("register.do", dialect, **usual | params)

    async def get(self, url: str) -> tuple[int, str, str]:
        """Status, body, Location."""
        async with self.client.get(URL(self.bank.base_url).join(URL(url)), allow_redirects=False) as answer:
            return answer.status, await answer.text(), answer.headers.get("Location", "")

    async def post(self, url: str, fields: dict[str, str]) -> tuple[int, str, str]:
        target = URL(self.bank.base_url).join(URL(url))
        async with self.client.post(target, data=fields, allow_redirects=False) as answer:
            return answer.status, await answer.text(), answer.headers.get("Location", "")

    async def browse(
        self, verb: str, path: str, fields: dict[str, str] | None = None, **headers: str
    ) -> tuple[int, str, str]:
        """As a browser does it, from the bank's own pages unless the headers say otherwise: status, body, Location."""
        usual = {"Accept": "text/html,*/*;q=0.8", "Accept-Language": "ru"}
        own = {"Origin": self.bank.base_url, "Sec-Fetch-Site": "same-origin"} if verb == "POST" else {}
        sent = usual | own | {name.replace("_", "-"): value for name, value in headers.items()}
        target = f"{self.bank.base_url}/sandbox/{path}"
        async with self.client.request(verb, target, data=fields, headers=sent, allow_redirects=False) as answer:
            return answer.status, await answer.text(), answer.headers.get("Location", "")

    async def control(self, verb: str, path: str, body: Any = None) -> tuple[int, Any]:
        async with self.client.request(verb, f"{self.bank.base_url}/sandbox/{path}", json=body) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if text else None


@asynccontextmanager
async def world(**facts: Any) -> AsyncIterator[World]:
    """A bank and a shop on free ports."""
    shop = Shop()
    app = web.Application()
    app.router.add_route("*", "/callback", shop.callback)
    shop_runner = web.AppRunner(app)
    await shop_runner.setup()
    await web.TCPSite(shop_runner, "127.0.0.1", 0).start()
    shop.url = f"http://127.0.0.1:{shop_runner.addresses[0][1]}"
    usual: dict[str, Any] = {
        "callback_url": f"{shop.url}/callback",
        "callback_secret": SECRET,
        "callback_spacing": 0.05,
    }
    bank = Bank([Merchant(**usual | facts)], rng=random.Random(3))  # noqa: S311  (repeatable on purpose)
    bank_runner = await start(make_app(bank), 0)
    try:
        async with aiohttp.ClientSession() as client:
            yield World(bank, shop, client)
    finally:
        await bank_runner.cleanup()
        await shop_runner.cleanup()


class Page(HTMLParser):
    """What a browser without scripts would find: elements by id, and what must not be there."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: dict[str, dict[str, str | None]] = {}
        self.tags: list[str] = []
        self.inline: list[str] = []
        self.labels: list[str | None] = []
        self.links: dict[str | None, str] = {}
        self.form: dict[str, str | None] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        self.inline += [name for name in found if name == "style" or name.startswith("on")]
        self.ids |= {found["id"]: found} if found.get("id") else {}  # type: ignore[dict-item]  # get() has just said so
        if tag == "a" and "hreflang" in found:
            self.links[found["hreflang"]] = found.get("href") or ""
        if tag == "label":
            self.labels.append(found.get("for"))
        if tag == "form":
            self.form = found


def plain(text: str) -> str:
    """Narrow and non-breaking spaces as plain ones, to compare what people read."""
    return re.sub(r"\s", " ", text)
