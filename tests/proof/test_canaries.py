"""A storm that finds nothing may be a storm that sees nothing: with a guard taken away it must find the hole.

Each guard is forgotten in turn, and histories of the storm are played until one goes wrong. What every second history
notices is tried in every run; the rare ones, which need accidents to meet, with `--histories=5000` or more.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest

from tests.proof.batch import alone
from tests.proof.conftest import option
from tests.proof.guards import GUARDS, Guard, without
from tests.proof.stage import Hall

SOON: Final = 50  # histories
AT_ALL: Final = 2000
THOROUGH: Final = 5000


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The guards that are tried in this run."""
    thorough = (option(metafunc.config, "histories", 1000) or 0) >= THOROUGH
    metafunc.parametrize("name", [name for name, guard in GUARDS.items() if thorough or not guard.rare])


@asynccontextmanager
async def dropped(hall: Hall, guard: Guard) -> AsyncIterator[None]:
    """The database without the constraint that stands behind the guard."""
    await hall.empty()
    if guard.constraint:
        await hall.owner.execute(guard.constraint[0])
    try:
        yield
    finally:
        await hall.empty()
        if guard.constraint:
            await hall.owner.execute(guard.constraint[1])


async def test_the_storm_notices_a_missing_guard(hall: Hall, tell: list[str], name: str) -> None:
    """Without the guard some history goes wrong."""
    guard = GUARDS[name]
    async with dropped(hall, guard):
        with without(guard):
            for seed in range(1, 1 + (AT_ALL if guard.rare else SOON)):
                told = await alone(hall, seed)
                if told.wrong:
                    tell.append(f"canary: without {name!r} history {seed} says: {told.wrong[0][:100]}")
                    return
    pytest.fail(f"nobody noticed that {guard.sentence!r} was forgotten")
