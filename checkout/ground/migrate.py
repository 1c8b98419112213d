"""Bring the database to the newest schema, under a lock, and pin the installation's mode to it."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final
from urllib.parse import urljoin

import aiohttp
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

import migrations
from checkout.ground.db import Tx, one, run, sql

LOCK: Final = 7_240_116_001  # any fixed number: two migrations never run at once

_LOCK = sql("SELECT pg_advisory_xact_lock(:lock)")
_CYRILLIC = sql(
    "SELECT lower('ПРИВЕТ') = 'привет' AS right_locale, current_setting('server_version_num')::int AS version"
)
_MODE = sql("SELECT mode FROM installation")
_SET_MODE = sql("INSERT INTO installation (mode) VALUES (:mode)")
# Only a test installation may move its clock; the function of production knows no offset.
_MOVABLE = sql("""CREATE OR REPLACE FUNCTION app_now() RETURNS timestamptz LANGUAGE sql STABLE
AS 'SELECT now() + (SELECT clock_offset FROM installation)'""")
_VERSION = sql("SELECT version_num FROM alembic_version")
OLDEST_SERVER: Final = 150_000


class WrongDatabase(RuntimeError):
    """This database must not be used; the message is one sentence for the operator."""


_FOLDER: Final = Path(migrations.__file__).parent


@lru_cache(maxsize=1)
def newest() -> str:
    """The revision that this code needs: migrations are numbered files in one line."""
    return max(path.name.partition("_")[0] for path in (_FOLDER / "versions").glob("[0-9]*.py"))


def _upgrade(connection: Connection) -> None:
    # A quarter of a second and 20 MB that only a migration needs.
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config as AlembicConfig  # noqa: PLC0415 - see above

    settings = AlembicConfig()
    settings.set_main_option("script_location", str(_FOLDER))
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")


async def migrate(owner_url: str, mode: str) -> str:
    """Upgrade as the owner and return the revision. Raises WrongDatabase for another mode's or an unfit database."""
    engine = create_async_engine(owner_url)
    try:
        async with engine.begin() as tx:
            await tx.execute(_LOCK, {"lock": LOCK})
            server = await one(tx, _CYRILLIC)
            if server is None or not server.right_locale:
                raise WrongDatabase(
                    "the database's locale does not know Cyrillic: create it with C.UTF-8 or ru_RU.UTF-8"
                )
            if server.version < OLDEST_SERVER:
                raise WrongDatabase("PostgreSQL 15 or newer is needed")
            await tx.run_sync(_upgrade)
            await _pin_mode(tx, mode)
            found = await one(tx, _VERSION)
            return str(found.version_num) if found else ""
    finally:
        await engine.dispose()


async def _pin_mode(tx: Tx, mode: str) -> None:
    found = await one(tx, _MODE)
    if found is None:
        await run(tx, _SET_MODE, mode=mode)
        if mode == "test":
            await run(tx, _MOVABLE)
    elif found.mode != mode:
        raise WrongDatabase(f"this database belongs to a {found.mode} installation, the configuration says {mode}")


_ADVANCE = sql("""
UPDATE installation SET clock_offset = clock_offset + :step WHERE mode = 'test' RETURNING app_now() + :step AS now""")


async def move_clock(owner_url: str, step: timedelta, banks: Sequence[str]) -> datetime:
    """Move a test installation's clock forward, and that of each sandbox behind a bank address; returns the new time.

    Raises WrongDatabase in production.
    """
    engine = create_async_engine(owner_url)
    try:
        async with engine.begin() as tx:
            row = await one(tx, _ADVANCE, step=step)
            if row is None:
                raise WrongDatabase("the clock of a production database is not moved")
            await _move_sandboxes(step, banks)
            moved: datetime = row.now
            return moved
    finally:
        await engine.dispose()


async def _move_sandboxes(step: timedelta, banks: Sequence[str]) -> None:
    """A sandbox that is not running keeps its own time; that is said by its pages, not here."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3)) as session:
        for address in {urljoin(bank, "/sandbox/clock") for bank in banks}:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                await session.post(address, json={"advance_seconds": step.total_seconds()})
