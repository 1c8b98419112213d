"""What every page behind the private link needs: whose order it opens, and the addresses around it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlencode

from aiohttp import web

from checkout.ground.db import Tx, in_transaction
from checkout.payment import orders, pay
from checkout.payment.order import Order
from checkout.web.guesses import Nowhere
from checkout.web.routes import SERVICE
from checkout.web.words import LANGUAGES

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Opened:
    """The order that the link leads to, when it was opened, and the reader's language."""

    order: Order
    now: datetime
    language: str

    def address(self, request: web.Request, rest: str = "", **query: str) -> str:
        """An address of this order, in the language that the reader has chosen."""
        chosen = {} if self.language == self.order.language else {"lang": self.language}
        asked = urlencode(query | chosen)
        return home(request) + rest + (f"?{asked}" if asked else "")


async def opened(tx: Tx, request: web.Request) -> Opened:
    """Raises Nowhere for a link that leads nowhere."""
    found = await orders.by_link(tx, request.match_info["token"])
    if found is None:
        raise Nowhere
    return Opened(*found, tongue(request, found[0]))


async def enter(request: web.Request) -> Opened:
    """As `opened`, in a transaction of its own."""
    return await in_transaction(request.app[SERVICE].engine, lambda tx: opened(tx, request))


def home(request: web.Request) -> str:
    """The order's own page."""
    return f"/o/{request.match_info['token']}"


def tongue(request: web.Request, order: Order) -> str:
    """The order's own language, unless the address asks for the other. The bank adds a `lang` at its end: not ours."""
    asked = request.query.getall("lang", [])
    ours = asked[:-1] if "orderId" in request.query else asked
    return ours[0] if ours and ours[0] in LANGUAGES else order.language


async def change(
    request: web.Request, order: Order, work: Callable[[Tx], Awaitable[Result]], *, given_up: bool = False
) -> Result:
    """Do the work in a transaction; an open bank page in its way is closed at the bank first.

    `given_up`: as of `pay.letting_go`.
    """
    service = request.app[SERVICE]
    return await pay.letting_go(service, order.id, lambda: in_transaction(service.engine, work), given_up=given_up)
