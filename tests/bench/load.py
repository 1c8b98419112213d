"""The load: a closed loop of so many payers, each walking one order after the other from booking to "paid".

`order` and `start` are the site's API calls, `form` is the bank's card form, posted with a card that needs no code.
Then the payer waits. That the money is booked is read from the database for all waiting payers at once, every 20 ms:
a few primary-key look-ups, about 1 % of what a lifecycle costs, and not repeated in pgbench.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import aiohttp
import asyncpg

from checkout.ground.db import EVERYTHING
from checkout.ground.ids import PaymentId
from tests.bench.readings import Reading
from tests.bench.town import wishes

STEPS: Final = ("order", "start", "form", "paid", "whole")
LOOK_EVERY: Final = 0.02
PATIENCE: Final = 30.0
CARD: Final = {"pan": "4111111111111111", "expiry": "12/34", "cvc": "123", "cardholder": "MARIA PETROVA"}
_PAID: Final = "SELECT id FROM payment WHERE id = ANY($1::uuid[]) AND state = 'captured'"


class ServiceFailed(Exception):
    """The measured service gave a wrong answer: figures of a failing service mean nothing."""


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """When it ended (monotonic seconds), and how long each step took."""

    ended: float
    seconds: dict[str, float]


@dataclass(frozen=True, slots=True)
class Run:
    """What a window of load came to, with the readings at its two ends."""

    first: Reading
    last: Reading
    lifecycles: list[Lifecycle]

    @property
    def rate(self) -> float:
        """Complete lifecycles per second."""
        return len(self.lifecycles) / (self.last.at - self.first.at)

    def seconds(self, step: str, share: float) -> float:
        """The percentile of a step: 0.5 is the median."""
        found = sorted(one.seconds[step] for one in self.lifecycles)
        return found[min(int(len(found) * share), len(found) - 1)]


@dataclass(slots=True)
class Generator:
    """What the payers of one run share."""

    url: str
    key: str
    http: aiohttp.ClientSession
    database: asyncpg.Connection
    wishes: Iterator[bytes]
    numbers: Iterator[int] = field(default_factory=itertools.count)
    waiting: dict[UUID, asyncio.Future[None]] = field(default_factory=dict)
    done: list[Lifecycle] = field(default_factory=list)
    last_order: str = ""

    async def payer(self) -> None:
        """Walk lifecycles until cancelled."""
        while True:
            self.done.append(await self.lifecycle())

    async def lifecycle(self) -> Lifecycle:
        began = time.monotonic()
        order = await self._call("/v1/orders", next(self.wishes))
        ordered = time.monotonic()
        payment = await self._call(f"/v1/orders/{order['id']}/payments", b"{}")
        started = time.monotonic()
        paid = asyncio.get_running_loop().create_future()
        self.waiting[PaymentId.parse(payment["id"]).uuid] = paid
        await self._fill_in(payment["redirect_url"])
        sent = time.monotonic()
        async with asyncio.timeout(PATIENCE):
            await paid
        ended = time.monotonic()
        self.last_order = order["id"]
        spans = (ordered - began, started - ordered, sent - started, ended - sent, ended - began)
        return Lifecycle(ended, dict(zip(STEPS, spans, strict=True)))

    async def _call(self, path: str, body: bytes) -> dict[str, Any]:
        headers = {
            "Authorization": f"Bearer {self.key}",
            "Idempotency-Key": f"bench-{time.monotonic_ns()}-{next(self.numbers)}",
            "Content-Type": "application/json",
        }
        async with self.http.post(self.url + path, data=body, headers=headers) as answer:
            if answer.status != 201:
                raise ServiceFailed(f"POST {path}: {answer.status} {await answer.text()}")
            found: dict[str, Any] = await answer.json()
            return found

    async def _fill_in(self, page: str) -> None:
        async with self.http.post(page, data=CARD, allow_redirects=False) as answer:
            if answer.status != 302:
                raise ServiceFailed(f"the bank's form: {answer.status} {await answer.text()}")

    async def watch(self) -> None:
        """Tell each payer whose money is booked."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            if self.waiting:
                for row in await self.database.fetch(_PAID, list(self.waiting)):
                    self.waiting.pop(row["id"]).set_result(None)

    async def status(self, order: str) -> str:
        headers = {"Authorization": f"Bearer {self.key}"}
        async with self.http.get(f"{self.url}/v1/orders/{order}", headers=headers) as answer:
            return str((await answer.json())["status"])


@asynccontextmanager
async def _opened(url: str, key: str, database: str) -> AsyncIterator[Generator]:
    connection = await asyncpg.connect(database.replace("+asyncpg", ""), server_settings={"app.clinics": EVERYTHING})
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as http:
        today = await connection.fetchval("SELECT now()")
        yield Generator(url, key, http, connection, wishes(today, random.Random()))  # noqa: S311 - bookings, not secrets
    await connection.close()


async def run(
    url: str,
    key: str,
    database: str,
    *,
    clients: int,
    warm_up: float,
    seconds: float,
    read: Callable[[], Reading],
    halfway: Callable[[], Awaitable[None]],
) -> Run:
    """Load the service; `halfway` runs in the middle of the warm-up. Raises ServiceFailed for any wrong answer."""
    async with _opened(url, key, database) as generator:
        tasks = [asyncio.create_task(work()) for work in [generator.payer] * clients + [generator.watch]]
        try:
            await _unless_one_fails(tasks, warm_up / 2)
            await halfway()
            await _unless_one_fails(tasks, warm_up / 2)
            first = read()
            await _unless_one_fails(tasks, seconds)
            last = read()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if (status := await generator.status(generator.last_order)) != "paid":
            raise ServiceFailed(f"an order whose money is booked is {status}")
        return Run(first, last, [one for one in generator.done if first.at < one.ended <= last.at])


async def _unless_one_fails(tasks: list[asyncio.Task[None]], seconds: float) -> None:
    ended, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in ended:
        task.result()
