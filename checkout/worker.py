"""The worker: chores over rows with due times. Any number of workers; nothing that matters is in memory.

Each chore claims its rows (SKIP LOCKED, lease, fencing token) in a short transaction. A chore that fails is logged,
counted and tried again with a growing pause; the others go on. SIGTERM lets what runs end, then leaves.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import structlog
from ulid import ULID

from checkout.books import broken
from checkout.books.invariants import Invariant, verify
from checkout.ground.db import in_transaction, listen, one, run, sql
from checkout.ground.hint import CHANNEL
from checkout.ground.observe import BREAKER, CHORE_ERRORS, CHORES, HEARTBEAT, OLDEST_DUE
from checkout.ground.service import Service
from checkout.payment import breaker, lease_store
from checkout.payment.expire import expire_due
from checkout.payment.settle import settle_claimed

log = structlog.get_logger()
ROUND: Final = 1.0  # seconds between rounds when no hint comes
LONGEST_PAUSE: Final = 60.0
WATCH: Final = "books"
AT_ONCE: Final = 16  # payments looked at side by side
SERIES: Final = ("payment", "refund", "orders", "message", "receipt")

_SEEN = sql("""
INSERT INTO worker (id) VALUES (:id) ON CONFLICT (id) DO UPDATE SET seen_at = now()""")
_GONE = sql("DELETE FROM worker WHERE id = :id OR seen_at < now() - interval '1 day'")
_OLDEST = sql("""
SELECT (SELECT extract(epoch FROM app_now() - min(due_at)) FROM payment WHERE due_at <= app_now()) AS payment,
       (SELECT extract(epoch FROM app_now() - min(due_at)) FROM refund WHERE due_at <= app_now()) AS refund,
       (SELECT extract(epoch FROM app_now() - min(due_at)) FROM orders WHERE due_at <= app_now()) AS orders,
       (SELECT extract(epoch FROM app_now() - min(due_at)) FROM message WHERE due_at <= app_now()) AS message,
       (SELECT extract(epoch FROM app_now() - min(due_at)) FROM receipt WHERE due_at <= app_now()) AS receipt""")


@dataclass(frozen=True, slots=True)
class Chore:
    """One kind of work. `round` does what is due and tells how much that was. `every`: seconds at least between rounds."""

    name: str
    round: Callable[[Service], Awaitable[int]]
    every: float = ROUND
    hinted: bool = False


async def settle_due(service: Service) -> int:
    """Look at the payments that are due, several side by side."""
    held = await in_transaction(service.engine, lambda tx: lease_store.claim_due(tx, AT_ONCE))
    results = await asyncio.gather(*(settle_claimed(service, one) for one in held), return_exceptions=True)
    for failure in results:
        if isinstance(failure, BaseException):
            log.error("settle_failed", reason=repr(failure))
    return len(held)


def core_chores(invariants: Sequence[Invariant]) -> list[Chore]:
    """What checkout itself needs; `refunds` adds its own."""

    async def watch(service: Service) -> int:
        found = await verify(service.engine, invariants)
        for violation in found:
            log.error("invariant_broken", invariant=violation.invariant, rows=violation.rows)
        await in_transaction(service.engine, lambda tx: broken.keep(tx, WATCH, found))
        return 0

    return [
        Chore("settle", settle_due, hinted=True),
        Chore("expire", expire_due),
        Chore("invariants", watch, every=60.0),
    ]


async def work(service: Service, chores: Sequence[Chore], stopping: asyncio.Event) -> None:
    """Run until `stopping` is set; then finish what runs and leave."""
    hint = asyncio.Event()
    worker_id = ULID().to_uuid()

    async def beat(_service: Service) -> int:
        return await _heartbeat(service, worker_id)

    async with _hinted(service, hint):
        loops = [_loop(service, chore, stopping, hint) for chore in (*chores, Chore("heartbeat", beat, every=5.0))]
        await asyncio.gather(*loops)
    with contextlib.suppress(Exception):
        await in_transaction(service.engine, lambda tx: run(tx, _GONE, id=worker_id))


async def _heartbeat(service: Service, worker_id: Any) -> int:
    async def beat(tx: Any) -> Any:
        await run(tx, _SEEN, id=worker_id)
        return await one(tx, _OLDEST), await breaker.troubles(tx)

    ages, troubles = await in_transaction(service.engine, beat)
    resting = {trouble.merchant for trouble in troubles if trouble.resting}
    for merchant in service.gateways:
        BREAKER.labels(merchant).set(merchant in resting)
    for series in SERIES:
        OLDEST_DUE.labels(series).set(float(getattr(ages, series) or 0))
    HEARTBEAT.set_to_current_time()
    return 0


async def _loop(service: Service, chore: Chore, stopping: asyncio.Event, hint: asyncio.Event) -> None:
    pause = chore.every
    while not stopping.is_set():
        try:
            with CHORES.labels(chore.name).time():
                done = await chore.round(service)
            pause = 0.0 if done else chore.every
        except Exception as reason:
            CHORE_ERRORS.labels(chore.name).inc()
            log.exception("chore_failed", chore=chore.name, reason=type(reason).__name__)
            pause = min(max(pause, chore.every) * 2, LONGEST_PAUSE)
        if pause:
            await _rest(pause, stopping, hint if chore.hinted else None)


async def _rest(seconds: float, stopping: asyncio.Event, hint: asyncio.Event | None) -> None:
    """Sleep until the time is over, a hint comes, or the end."""
    waits = [asyncio.ensure_future(event.wait()) for event in (stopping, hint) if event is not None]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
    if hint is not None:
        hint.clear()


@asynccontextmanager
async def _hinted(service: Service, hint: asyncio.Event) -> AsyncIterator[None]:
    """Listen for hints as long as it works; without them polling goes on."""
    task = asyncio.create_task(_keep_listening(service, hint))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _keep_listening(service: Service, hint: asyncio.Event) -> None:
    while True:
        try:
            await listen(service.engine, CHANNEL, hint.set)
        except Exception as reason:  # noqa: BLE001 - a lost connection only costs the hint
            log.warning("hints_lost", reason=type(reason).__name__)
        await asyncio.sleep(ROUND)


def stop_on_signals(stopping: asyncio.Event) -> None:
    """SIGTERM and SIGINT ask for a graceful end."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
