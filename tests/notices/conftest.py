"""A mailbox that can be out of sorts, and a provider of text messages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest

from checkout.postgres import Urls
from tests.notices.offices import Grumpy, Provider, open_provider
from tests.world import World, open_world

Move = Callable[[timedelta], Awaitable[None]]


@pytest.fixture
def grumpy() -> Grumpy:
    """A mailbox in good temper until it is told otherwise."""
    return Grumpy()


@pytest.fixture
async def trouble(urls: Urls, emptied: None, move: Move, grumpy: Grumpy) -> AsyncIterator[World]:
    """A world whose letters go to the grumpy mailbox."""
    _ = emptied
    async with open_world(urls, move, inbox=grumpy) as found:
        yield found


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    """Whoever carries text messages."""
    async with open_provider() as found:
        yield found


@pytest.fixture
async def texting(urls: Urls, emptied: None, move: Move, provider: Provider) -> AsyncIterator[World]:
    """A world that also sends text messages."""
    _ = emptied
    async with open_world(urls, move, sms=provider.contract) as found:
        yield found
