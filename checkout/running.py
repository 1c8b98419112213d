"""Long-running processes: serve, worker, and both together; opened and closed in one place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from checkout.books.invariants import Invariant
from checkout.books.worklist import Source
from checkout.ground.config import Config
from checkout.ground.service import Service, open_service
from checkout.web.app import make_app
from checkout.web.routes import Panel, Routes
from checkout.worker import Chore, stop_on_signals, work


@dataclass(frozen=True, slots=True)
class Parts:
    """What the composition root joins: rooms of the web, chores, invariants, panels of the order page, the worklist."""

    rooms: Sequence[Routes]
    chores: Sequence[Chore]
    invariants: Sequence[Invariant]
    panels: Sequence[Panel]
    work: Sequence[Source]


@asynccontextmanager
async def listening(service: Service, parts: Parts, *, host: str, port: int) -> AsyncIterator[None]:
    """The web server, draining on the way out."""
    app = make_app(service, parts.rooms, parts.panels, parts.work)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=10.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, backlog=512, reuse_address=True).start()
        yield
    finally:
        await runner.cleanup()


async def serve(config: Config, url: str, parts: Parts, announce: Callable[[str], None]) -> None:
    """Answer requests until a signal."""
    stopping = asyncio.Event()
    stop_on_signals(stopping)
    async with (
        open_service(config, url, application="checkout serve") as service,
        listening(service, parts, host=config.listen.host, port=config.listen.port),
    ):
        announce(f"clinic-checkout on {config.public_url}, listening on {config.listen.host}:{config.listen.port}")
        await stopping.wait()


async def worker(config: Config, url: str, chores: Iterable[Chore]) -> None:
    """Do chores until a signal."""
    stopping = asyncio.Event()
    stop_on_signals(stopping)
    async with open_service(config, url, application="checkout worker") as service:
        await work(service, list(chores), stopping)
