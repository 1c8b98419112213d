"""The bank's clockwork in the server: ends sessions and delivers callbacks when they are due."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import aiohttp
from aiohttp import web
from yarl import URL

from gateways.sandbox.bank import Bank
from gateways.sandbox.callbacks import Delivery
from gateways.sandbox.payer import BANK

_PATIENCE = aiohttp.ClientTimeout(total=5)
_AT_ONCE = 32
_LONGEST_SLEEP_SECONDS = 5.0
_log = logging.getLogger(__name__)


class Courier:
    """Runs until it is cancelled; wakes up when the bank says there is work, or when something falls due."""

    def __init__(self, bank: Bank, session: aiohttp.ClientSession) -> None:
        self._bank = bank
        self._session = session
        self._work = asyncio.Event()
        self._free = asyncio.Semaphore(_AT_ONCE)
        self._under_way: set[asyncio.Task[None]] = set()
        bank.on_work = self._work.set

    async def run(self) -> None:
        while True:
            self._work.clear()
            for delivery in self._bank.take_due_callbacks():
                self._start(self._deliver(delivery))
            await self._sleep()

    async def stop(self) -> None:
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _sleep(self) -> None:
        due = self._bank.next_event()
        wait = _LONGEST_SLEEP_SECONDS if due is None else max(0.0, due - self._bank.clock.now())
        # Not wait_for: on Python 3.11 it swallows a cancellation that meets the event.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(wait, _LONGEST_SLEEP_SECONDS)):
                await self._work.wait()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _deliver(self, delivery: Delivery) -> None:
        async with self._free:
            status = await self._send(delivery)
        self._bank.callback_answered(delivery, status)
        self._work.set()

    async def _send(self, delivery: Delivery) -> int | None:
        """The merchant's HTTP status; None for no answer within five seconds, or an address that cannot be called."""
        headers = {"Content-Type": delivery.content_type} if delivery.content_type else {}
        try:
            async with self._session.request(
                delivery.method,
                URL(delivery.url, encoded=True),
                data=delivery.body or None,
                headers=headers,
                allow_redirects=False,
            ) as response:
                return response.status
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            _log.info("callback %s to order %s failed: %r", delivery.operation, delivery.number, error)
            return None


async def courier_of(app: web.Application) -> AsyncIterator[None]:
    """The courier's life inside an application: a `cleanup_ctx` entry."""
    bank = app[BANK]
    async with aiohttp.ClientSession(timeout=_PATIENCE, cookie_jar=aiohttp.DummyCookieJar()) as session:
        courier = Courier(bank, session)
        task = asyncio.create_task(courier.run())
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await courier.stop()
