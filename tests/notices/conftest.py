"""A mailbox that can be out of sorts, and a provider of text messages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
from aiohttp import web

from checkout.ground.channels import Sms
from checkout.postgres import Urls
from tests.notices.offices import Grumpy, Provider
from tests.setting import free_port
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
    """A provider of text messages that takes everything until it is told otherwise."""
    found = Provider(free_port())
    app = web.Application()
    app.router.add_post("/send", found.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", found.port).start()
    yield found
    await runner.cleanup()


@pytest.fixture
async def texting(urls: Urls, emptied: None, move: Move, provider: Provider) -> AsyncIterator[World]:
    """A world that also sends text messages."""
    _ = emptied
    sms = Sms.model_validate(
        {
            "url": f"http://127.0.0.1:{provider.port}/send",
            "headers": {"Authorization": "Bearer a-token"},
            "body": '{"to": "{phone}", "text": "{text}", "external_id": "{id}"}',
        }
    )
    async with open_world(urls, move, sms=sms) as found:
        yield found
