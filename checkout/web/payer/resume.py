"""The holder comes back: one cookie says which order this browser made last.

The payer's pages need no cookie (decisions.md 30): what a page may do, it may by the secret in its address or its form,
and with cookies switched off every step works. This one is set once an order exists, never before, and can do one thing:
where the booking steps would tell people that their own visit has taken the time they ask for, it lets us say so instead,
with a link to go on. It is the order's private link, which that browser has in its history anyway; no script can read it,
no other page of ours is sent it, and it lives no longer than the longest hold. One that is broken, foreign or old means
nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aiohttp import web

from checkout.booking.booking import State
from checkout.ground.config import Config
from checkout.ground.db import Tx
from checkout.payment import orders
from checkout.payment.order import Order
from checkout.web.payer.menu import Visit

COOKIE: Final = "booked"
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{22}")


@dataclass(frozen=True, slots=True)
class Own:
    """An order that this browser made and that still has its time. `held`: it waits to be paid."""

    order: Order
    lines: frozenset[tuple[int, int]]
    held: bool
    address: str

    def meets(self, visit: Visit, at: datetime) -> bool:
        """Whether it lies across that visit."""
        order = self.order
        return order.clinic_id == visit.clinic.id and order.starts_at < visit.ends(at) and at < order.ends_at

    def same(self, visit: Visit, at: datetime) -> bool:
        """Whether it is that visit."""
        lines = {(line.service.id, line.quantity) for line in visit.basket.lines}
        return self.meets(visit, at) and self.order.starts_at == at and self.lines == lines


def keep(answer: web.Response, config: Config, token: str) -> None:
    """Let the browser come back to the order behind this private link."""
    answer.set_cookie(
        COOKIE,
        token,
        max_age=config.limits.hold_cap_minutes * 60,
        path="/book",
        httponly=True,
        samesite="Lax",
        secure=config.public_url.startswith("https:"),
    )


async def own(tx: Tx, request: web.Request) -> Own | None:
    """The order behind the cookie, if it is one of ours and its time is still kept for it."""
    token = request.cookies.get(COOKIE, "")
    found = await orders.by_link(tx, token) if _TOKEN.fullmatch(token) else None
    if found is None:
        return None
    order, _ = found
    facts = await orders.facts(tx, order.id)
    if facts.cancelled or not facts.bookings & {State.HELD, State.CONFIRMED}:
        return None
    lines = frozenset((row.service_id, row.quantity) for row in await orders.lines(tx, order.id))
    return Own(order, lines, State.HELD in facts.bookings, f"/o/{token}")
