"""Private pages are found by unguessable addresses; whoever tries many that lead nowhere is held for a while.

Nothing is looked up for an address that is held, so that guessing neither learns anything nor costs the database more than
an ordinary visitor does. Who is held is known from the bucket in the database; a process remembers it for some seconds
only to spare the question.

Nor is anything looked up for what another site's page loads as a part of itself, or ahead: no payer opens a link like
that, and a page with thirty wrong links for pictures would have everybody held who looks at it.
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


class Nowhere(web.HTTPNotFound):
    """A private address that leads nowhere; a file or a room that an order does not have is no guess."""


@web.middleware
async def guesses(request: web.Request, handler: Next) -> web.StreamResponse:
    """Count the private addresses that lead nowhere; refuse whoever has opened too many."""
    service = request.app[SERVICE]
    if not request.path.startswith(PRIVATE):
        return await handler(request)
    if _loaded_by_another(request):
        raise web.HTTPNotFound
    address = counted(service.config.brakes, client_address(request))
    if address is None:
        return await handler(request)
    refusal = _remembered(request.app[HELD], address)
    if refusal is not None:
        return braked_page(request, refusal)
    try:
        return await handler(request)
    except Nowhere:
        refusal = await brakes.wrong_link(service, address)
        if refusal is None:
            raise
        _remember(request.app[HELD], address, refusal)
        return braked_page(request, refusal)


def _loaded_by_another(request: web.Request) -> bool:
    """Whether a page of another site made the browser fetch this without anybody going there."""
    if request.headers.get("Sec-Fetch-Site") not in ("cross-site", "same-site"):
        return False
    return request.headers.get("Sec-Fetch-Dest", "document") != "document" or "Sec-Purpose" in request.headers


def _remembered(held: Held, address: str) -> TooMany | None:
    until, refusal = held.get(address, (0.0, None))
    return refusal if time.monotonic() < until else None


def _remember(held: Held, address: str, refusal: TooMany) -> None:
    if len(held) >= MOST:
        held.clear()
    held[address] = time.monotonic() + min(refusal.wait, REMEMBERED).total_seconds(), refusal
