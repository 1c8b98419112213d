"""A bank for each test, one process of Node for all."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.foreign.clients import Node
from tests.foreign.shop import Shop, open_shop


@pytest.fixture(scope="session")
async def node() -> AsyncIterator[Node]:
    started = await Node.start()
    yield started
    await started.stop()


@pytest.fixture
async def shop(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shop]:
    """A merchant and its bank; whatever proxy this machine has is not asked the way to it."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    async with open_shop() as opened:
        yield opened
