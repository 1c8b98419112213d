"""Shared fixtures: one throw-away PostgreSQL a session, emptied for each test; a world on top of it."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from checkout import postgres
from checkout.ground.config import Brakes
from tests.emptying import emptying, run_all
from tests.memory import settle_memory
from tests.setting import CATALOGUE
from tests.world import World, connected, furnish, open_world, stock

TOLD: Final = "told"
# A plain Wednesday, 10:07 in Moscow and 14:07 in Novosibirsk: no test depends on the hour or the day when it is run.
_CLOCK_BACK: Final = "UPDATE installation SET clock_offset = timestamptz '2026-12-02 07:07Z' - clock_timestamp()"


def pytest_collection_finish() -> None:
    """All that the tests need is loaded."""
    settle_memory()


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Iterator[list[str]]:
    """Lines for the end of the run: what was counted and measured is part of the proof."""
    lines: list[str] = []
    yield lines
    for line in lines:
        record_property(TOLD, line)  # it travels with the report, so that runs side by side tell all the same


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [report for found in terminalreporter.stats.values() for report in found]
    lines = [
        str(line)
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "teardown"
        for name, line in report.user_properties
        if name == TOLD
    ]
    if lines:
        terminalreporter.section("told")
        for line in lines:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """A cluster of our own, fast and forgetful."""
    folder = Path(tempfile.mkdtemp(prefix="cct-"))
    folder.chmod(0o711)  # as root the server runs as a user who must be able to pass through
    server = postgres.start(folder / "db", durable=False)
    yield server
    postgres.stop(server)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
async def urls(postgres_server: postgres.Server) -> AsyncIterator[postgres.Urls]:
    """The database, migrated, with the fictional catalogue and the tests' keys."""
    await furnish(postgres_server.urls, _CLOCK_BACK)
    async with connected(postgres_server.urls):
        yield postgres_server.urls


@pytest.fixture(scope="session")
async def owner(urls: postgres.Urls) -> AsyncIterator[AsyncEngine]:
    """The schema's owner, who alone may empty tables and move the clock."""
    engine = create_async_engine(urls.owner)
    yield engine
    await engine.dispose()


@pytest.fixture(scope="session")
async def to_empty(owner: AsyncEngine) -> str:
    """What empties the database."""
    return await emptying(owner)


@pytest.fixture
async def emptied(owner: AsyncEngine, urls: postgres.Urls, to_empty: str) -> None:
    """No order has ever been made, the clock shows its first morning, and the catalogue is the fictional one."""
    async with owner.begin() as tx:
        changed = (await tx.execute(text("SELECT EXISTS (SELECT FROM catalogue_change)"))).scalar_one()
    if changed:
        await run_all(owner, await emptying(owner, CATALOGUE))
    await run_all(owner, f"{to_empty}; {_CLOCK_BACK}")
    if changed:
        await stock(urls)


@pytest.fixture
async def move(owner: AsyncEngine) -> Callable[[timedelta], Awaitable[None]]:
    """Move the installation's clock."""

    async def forward(step: timedelta) -> None:
        async with owner.begin() as tx:
            await tx.execute(text("UPDATE installation SET clock_offset = clock_offset + :step"), {"step": step})

    return forward


@pytest.fixture
def quiet_logs() -> Iterator[None]:
    """The application says only what it cannot live with."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**before)


@pytest.fixture
async def braked(
    request: pytest.FixtureRequest, urls: postgres.Urls, emptied: None, move: Callable[[timedelta], Awaitable[None]]
) -> AsyncIterator[World]:
    """A world behind one proxy, with the brakes as they are shipped but for what an indirect parameter changes."""
    _ = emptied
    brakes = Brakes(**getattr(request, "param", {}))
    async with open_world(urls, move, brakes=brakes, trusted_proxy_hops=1) as found:
        yield found


@pytest.fixture
async def world(
    urls: postgres.Urls, emptied: None, move: Callable[[timedelta], Awaitable[None]]
) -> AsyncIterator[World]:
    """Application and bank, over HTTP, with nothing in them yet."""
    _ = emptied
    async with open_world(urls, move) as found:
        yield found
