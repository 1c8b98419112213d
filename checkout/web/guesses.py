"""Private pages are found by unguessable addresses; whoever tries many that lead nowhere is held for a while.

Nothing is looked up for an address that is held, so that guessing neither learns anything nor costs the database more than
an ordinary visitor does. Who is held is known from the bucket in the database; a process remembers it for some seconds
only to spare the question.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from aiohttp import web

from checkout.ground.bucket import counted
from checkout.ground.errors import TooMany
from checkout.payment import brakes
from checkout.web.client import client_address
from checkout.web.pages import braked_page
from checkout.web.routes import SERVICE

PRIVATE: Final = ("/o/", "/r/", "/p/")
REMEMBERED: Final = timedelta(seconds=10)
MOST: Final = 10_000  # addresses remembered at once; past that all are asked about again
Next = Callable[[web.Request], Awaitable[web.StreamResponse]]
Held = dict[str, tuple[float, TooMany]]
HELD: Final = web.AppKey("held", Held)


@web.middleware
async def guesses(request: web.Request, handler: Next) -> web.StreamResponse:
    """Count the private addresses that lead nowhere; refuse whoever has opened too many."""
    service = request.app[SERVICE]
    address = counted(service.config.brakes, client_address(request))
    if address is None or not request.path.startswith(PRIVATE):
        return await handler(request)
    refusal = _remembered(request.app[HELD], address)
    if refusal is not None:
        return braked_page(request, refusal)
    try:
        return await handler(request)
    except web.HTTPNotFound:
        refusal = await brakes.wrong_link(service, address)
        if refusal is None:
            raise
        _remember(request.app[HELD], address, refusal)
        return braked_page(request, refusal)


def _remembered(held: Held, address: str) -> TooMany | None:
    until, refusal = held.get(address, (0.0, None))
    return refusal if time.monotonic() < until else None


def _remember(held: Held, address: str, refusal: TooMany) -> None:
    if len(held) >= MOST:
        held.clear()
    held[address] = time.monotonic() + min(refusal.wait, REMEMBERED).total_seconds(), refusal
