"""The sandbox alone, over HTTP: were it slow, `make bench` would measure the bank and not the service."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp

from tests.bench import readings
from tests.bench.load import CARD, ServiceFailed
from tests.bench.stage import Running
from tests.setting import PATHS

WARM_UP: Final = 1.0
SECONDS: Final = 5.0
CLIENTS: Final = 16
_CREDENTIALS: Final = {"userName": "sandbox-api", "password": "sandbox"}
_PAID: Final = 2


@dataclass(frozen=True, slots=True)
class Bank:
    """Lifecycles (registered, paid on the form, looked at) in a second, and processor milliseconds of one."""

    rate: float
    cpu_ms: float


@dataclass(slots=True)
class _Shop:
    url: str
    http: aiohttp.ClientSession
    numbers: Iterator[int] = field(default_factory=itertools.count)
    done: int = 0

    async def keep_on(self) -> None:
        while True:
            await self._lifecycle()
            self.done += 1

    async def _lifecycle(self) -> None:
        number = f"bench-{next(self.numbers)}"
        made = await self._call("register.do", orderNumber=number, amount="450000", returnUrl="http://127.0.0.1/back")
        async with self.http.post(made["formUrl"], data=CARD, allow_redirects=False) as page:
            if page.status != 302:
                raise ServiceFailed(f"the bank's form: {page.status}")
        told = await self._call("getOrderStatusExtended.do", orderId=made["orderId"])
        if told["orderStatus"] != _PAID:
            raise ServiceFailed(f"a paid order has the status {told['orderStatus']}")

    async def _call(self, method: str, **fields: str) -> dict[str, Any]:
        async with self.http.post(self.url + PATHS["sberbank-legacy"] + method, data=_CREDENTIALS | fields) as answer:
            found: dict[str, Any] = await answer.json()
            return found


async def measured(url: str, parts: Running, seconds: float = SECONDS) -> Bank:
    """Nobody else is at work. Raises ServiceFailed for any wrong answer."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as http:
        shop = _Shop(url, http)
        tasks = [asyncio.create_task(shop.keep_on()) for _ in range(CLIENTS)]
        try:
            await _unless_one_fails(tasks, WARM_UP)
            first, before = readings.read(parts.pids), shop.done
            await _unless_one_fails(tasks, seconds)
            last, after = readings.read(parts.pids), shop.done
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    spent = readings.cpu_between(first, last)["sandbox"]
    return Bank((after - before) / (last.at - first.at), 1000 * spent / (after - before))


async def _unless_one_fails(tasks: list[asyncio.Task[None]], seconds: float) -> None:
    ended, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in ended:
        task.result()
