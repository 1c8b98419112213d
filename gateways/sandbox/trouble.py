"""Troubles that only a server can make: silence, a connection that breaks, a page that comes late."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from gateways.sandbox.bank import Bank
from gateways.sandbox.faults import PAGE, Fault, Rule
from gateways.sandbox.orders import Order

CLOSING = web.AppKey("closing", asyncio.Event)
_LONGEST_HANG_SECONDS = 120.0
_GLANCE_SECONDS = 0.05
_STATUSES = {Fault.HTTP_500: 500, Fault.HTTP_502: 502}


async def hang(request: web.Request) -> None:
    """Say nothing until the client gives up, the server closes, or two minutes have passed."""
    closing = request.app[CLOSING]
    for _ in range(int(_LONGEST_HANG_SECONDS / _GLANCE_SECONDS)):
        if closing.is_set() or request.transport is None or request.transport.is_closing():
            return
        await asyncio.sleep(_GLANCE_SECONDS)


def cut(request: web.Request) -> None:
    """Break the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()


async def pressed(
    request: web.Request, bank: Bank, order: Order, act: Callable[[], Awaitable[web.Response]]
) -> web.Response:
    """What becomes of a payer's press: as it should be, or with the fault that was ordered for the bank's pages."""
    names = (order.number, order.id)
    rule = bank.faults.take(PAGE, order.merchant.login, names) if bank.faults.rules else None
    if rule is None:
        return await act()
    answer = await act() if rule.acts else web.Response()
    return await _spoilt(request, rule, answer)


async def _spoilt(request: web.Request, rule: Rule, answer: web.Response) -> web.Response:
    if rule.kind is Fault.DELAY:
        await asyncio.sleep(1.0 if rule.value is None else rule.value)
        return answer
    if rule.kind in _STATUSES:
        return web.Response(status=_STATUSES[rule.kind], text=f"{_STATUSES[rule.kind]}")
    cut(request)
    return answer
