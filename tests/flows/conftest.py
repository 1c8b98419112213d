"""Worlds whose bank does more: it makes the receipts, or holds a sum first."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Final

import pytest

from checkout.ground.config import Fiscal
from checkout.postgres import Urls
from tests.world import World, open_world

BY_BANK: Final = Fiscal(by="bank", tax_system="osn")


@pytest.fixture(params=["sberbank-legacy", "sberbank"])
async def till(
    request: pytest.FixtureRequest, urls: Urls, emptied: None, move: Callable[[timedelta], Awaitable[None]]
) -> AsyncIterator[World]:
    """A world whose bank makes the receipts, in either dialect."""
    _ = emptied
    async with open_world(urls, move, kind=request.param, fiscal=BY_BANK) as found:
        yield found


@pytest.fixture(params=["sberbank-legacy", "sberbank"])
async def holding(
    request: pytest.FixtureRequest, urls: Urls, emptied: None, move: Callable[[timedelta], Awaitable[None]]
) -> AsyncIterator[World]:
    """A merchant whose contract has two stages, in either dialect."""
    _ = emptied
    async with open_world(urls, move, kind=request.param, stages="two") as found:
        yield found
