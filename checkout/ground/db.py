"""Transactions over PostgreSQL: SQLAlchemy Core on asyncpg. Statements stand as text in each `store.py`.

READ COMMITTED with explicit locks, always in the order: order → payment or refund → till. No transaction is ever open
during a network call: whoever talks to the bank holds no `Tx`.

The database shows a transaction the rows of its scope alone (migration 0010). A connection of ours says "everything";
whoever works at some clinics is handed an engine `within` those, and every transaction on it says so first.
"""

from __future__ import annotations

import asyncio
import errno
import random
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

import structlog
from sqlalchemy import Row, TextClause, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

Tx = AsyncConnection
Engine = AsyncEngine
__all__ = [
    "DATABASE_TROUBLE",
    "EXCLUSION_VIOLATION",
    "Engine",
    "IntegrityError",
    "LostRace",
    "Row",
    "Scope",
    "Tx",
    "explained",
    "in_transaction",
    "listen",
    "now",
    "one",
    "open_engine",
    "rows",
    "run",
    "shared",
    "snapshot",
    "spare",
    "sql",
    "sqlstate",
    "stream",
    "transaction",
    "within",
]
Result = TypeVar("Result")
log = structlog.get_logger()

TRIES = 4
PAUSE = (0.01, 0.1)  # seconds, drawn anew before each further try
# Losing a lock race or a serialisation race is normal; the transaction did nothing and may run again.
_TRANSIENT = {"40001", "40P01", "55P03"}
EXCLUSION_VIOLATION = "23P01"
DATABASE_TROUBLE = (DBAPIError, PoolTimeoutError)  # down, slow, read-only, out of connections
UNIQUE_VIOLATION = "23505"
EVERYTHING: Final = "*"
_SCOPE: Final = "checkout_scope"


@dataclass(frozen=True, slots=True)
class Scope:
    """Who acts, and the clinics whose rows they may see; None: every clinic's."""

    principal: str
    clinics: frozenset[int] | None

    @property
    def said(self) -> str:
        """As the policies read it. No clinic at all is an empty list, which shows nothing."""
        return EVERYTHING if self.clinics is None else ",".join(str(clinic) for clinic in sorted(self.clinics))


def open_engine(url: str, *, pool: int = 10, application: str = "checkout") -> AsyncEngine:
    """`pool` connections at most; each statement is bounded in time by the server (milliseconds below)."""
    return create_async_engine(
        url,
        pool_size=pool,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=False,
        hide_parameters=True,  # an error's words reach the log
        connect_args={
            "timeout": 10,
            "prepared_statement_cache_size": 300,
            "server_settings": {
                "application_name": application,
                "timezone": "UTC",
                "datestyle": "ISO",
                "app.principal": "system",
                "app.clinics": EVERYTHING,
                "jit": "off",  # no statement of ours runs for so long that compiling it would pay
                "lock_timeout": "5000",
                "statement_timeout": "15000",
                "idle_in_transaction_session_timeout": "30000",
            },
        },
    )


def sqlstate(error: DBAPIError) -> str:
    """The five-character SQLSTATE behind a driver error, or an empty string."""
    return str(getattr(error.orig, "sqlstate", "") or "")


def explained(error: Exception) -> str | None:
    """One sentence for an operator about a database that cannot be worked with; None if it is something else."""
    if isinstance(error, DBAPIError) and sqlstate(error) == "42P01":
        return "the database has no schema yet: run `checkout migrate`"
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return f"the port is taken: {error.strerror}"
    if isinstance(error, (*DATABASE_TROUBLE, ConnectionError)):
        return f"the database cannot be worked with: {getattr(error, 'orig', None) or error}"
    return None


class LostRace(Exception):
    """Somebody was quicker; the whole transaction may run again and will see what they did."""


def _transient(error: BaseException) -> bool:
    return isinstance(error, LostRace) or (isinstance(error, DBAPIError) and sqlstate(error) in _TRANSIENT)


def within(engine: AsyncEngine, scope: Scope) -> AsyncEngine:
    """The same connections, but whatever runs on this engine sees the rows of the scope alone."""
    return engine.execution_options(**{_SCOPE: scope})


_ENTER = text("SELECT set_config('app.principal', :principal, true), set_config('app.clinics', :clinics, true)")


async def _enter(engine: AsyncEngine, tx: Tx) -> None:
    """Until this transaction ends; the connection itself goes back to what it was opened with."""
    scope: Scope | None = engine.get_execution_options().get(_SCOPE)
    if scope is not None:
        await tx.execute(_ENTER, {"principal": scope.principal, "clinics": scope.said})


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[Tx]:
    """Commit at the end, roll back on any exception."""
    async with engine.begin() as tx:
        await _enter(engine, tx)
        yield tx


async def in_transaction(engine: AsyncEngine, work: Callable[[Tx], Awaitable[Result]]) -> Result:
    """Run `work` in a transaction of its own; lost lock races run it again, at most four times in all.

    A plain loop, because every transaction pays for the machinery that only a lost race needs.
    """
    for tries_left in reversed(range(TRIES)):
        try:
            async with engine.begin() as tx:
                await _enter(engine, tx)
                return await work(tx)
        except (LostRace, DBAPIError) as lost:
            if not (tries_left and _transient(lost)):
                raise
        await asyncio.sleep(random.uniform(*PAUSE))  # noqa: S311 - apart, not unguessable
    raise AssertionError("the last try returns or raises")


# Whoever reads so much joins in memory, and is not kept waiting for a sort where rows can come by an index.
_PATIENCE = text("""
SELECT set_config('statement_timeout', :milliseconds, true), set_config('work_mem', '32MB', true),
       set_config('enable_sort', 'off', true)""")


_SHARE = text("SELECT pg_export_snapshot() AS mark")


async def shared(tx: Tx) -> str:
    """The mark by which another transaction sees what this snapshot sees, as long as this one is open."""
    mark: str = (await tx.execute(_SHARE)).scalar_one()
    return mark


def spare(engine: AsyncEngine) -> bool:
    """Whether another connection is to be had at once: whoever holds one never waits for a second."""
    pool: Any = engine.pool
    return bool(pool.checkedout() < pool.size())


@asynccontextmanager
async def snapshot(engine: AsyncEngine, *, seconds: int | None = None, mark: str | None = None) -> AsyncIterator[Tx]:
    """A reading transaction over one REPEATABLE READ snapshot.

    `seconds`: for a statement, if the usual bound is too tight because it reads a great deal. `mark`: of another's snapshot
    (`shared`).
    """
    async with engine.connect() as connection:
        tx = await connection.execution_options(isolation_level="REPEATABLE READ")
        async with tx.begin():
            if mark is not None:
                await tx.execute(text(f"SET TRANSACTION SNAPSHOT '{mark}'"))
            await _enter(engine, tx)
            if seconds is not None:
                await tx.execute(_PATIENCE, {"milliseconds": str(1000 * seconds)})
            yield tx


def sql(statement: str) -> TextClause:
    """One statement with `:named` parameters. Built once at import, never from user text."""
    return text(statement)


_NOW = text("SELECT app_now() AS now")


async def now(tx: Tx) -> datetime:
    """The one clock: the database's at the start of the transaction, moved only in test mode."""
    moment: datetime = (await tx.execute(_NOW)).scalar_one()
    return moment


async def one(tx: Tx, statement: TextClause, **values: Any) -> Row[Any] | None:
    return (await tx.execute(statement, values)).one_or_none()


async def rows(tx: Tx, statement: TextClause, **values: Any) -> list[Row[Any]]:
    return list((await tx.execute(statement, values)).all())


async def stream(
    tx: Tx, statement: TextClause, values: Mapping[str, Any], *, chunk: int = 2000
) -> AsyncGenerator[Mapping[str, Sequence[Any]]]:
    """The rows in chunks from a cursor of the server's, each chunk as its columns by name: only two chunks are in memory.

    The driver is asked itself: a wrapper around each of a million rows would take as long as all that is done with them.
    The next chunk comes while the present one is worked on, so `tx` is not free for anything else before the end; whoever
    may leave early closes the generator (`aclosing`).
    """
    await now(tx)  # the driver's transaction begins with its first statement
    compiled = statement.compile(dialect=tx.dialect)
    driver: Any = (await tx.get_raw_connection()).driver_connection
    cursor = await driver.cursor(str(compiled), *(values[name] for name in compiled.positiontup or ()))
    coming = asyncio.ensure_future(cursor.fetch(chunk))
    try:
        while part := await coming:
            coming = asyncio.ensure_future(cursor.fetch(chunk))
            yield dict(zip(part[0].keys(), zip(*part, strict=True), strict=True))
    finally:
        await asyncio.wait([coming])


async def run(tx: Tx, statement: TextClause, **values: Any) -> int:
    """Execute and tell how many rows changed: 0 means that a guard did not hold."""
    return (await tx.execute(statement, values)).rowcount


async def listen(engine: AsyncEngine, channel: str, heard: Callable[[], None]) -> None:
    """Call `heard` for every NOTIFY on `channel` until the connection is lost."""
    async with engine.connect() as connection:
        raw = await connection.get_raw_connection()
        driver: Any = raw.driver_connection
        gone = asyncio.Event()
        driver.add_termination_listener(lambda *_: gone.set())
        await driver.add_listener(channel, lambda *_: heard())
        try:
            await gone.wait()
        finally:
            if not driver.is_closed():
                await driver.reset()
