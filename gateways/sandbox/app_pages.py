"""The payer's phone, pretended: what waits in the banking application, and the buttons it would show.

The payload of a QR code leads here, so that it can be "scanned" on a machine without a camera or the internet: follow the
address, or find it in the list at `/app`, where what was pushed by SberPay is too. Plain HTML, no script.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web

from gateways.sandbox import instant, texts
from gateways.sandbox.apps import Ask, AskKind, AskStatus
from gateways.sandbox.bank import Bank
from gateways.sandbox.payer import APP, APP_ASK, BANK, page, return_address, see_other, unknown

routes = web.RouteTableDef()
_SHOWN = 20
_ACTS: dict[str, Callable[[Bank, Ask], bool]] = {
    "pay": instant.accept,
    "agree": instant.confirm,
    "refuse": instant.refuse,
    "accept": lambda bank, ask: instant.finish(bank, ask, accepted=True),
    "reject": lambda bank, ask: instant.finish(bank, ask, accepted=False),
}
_BUTTONS = {AskStatus.STARTED: ("pay", "agree", "refuse"), AskStatus.CONFIRMED: ("accept", "reject")}


@routes.get("/app")
async def waiting(request: web.Request) -> web.Response:
    """The application when it is opened: everybody's, since there is one pretended phone for all."""
    bank = request.app[BANK]
    bank.tick()
    return page(APP, _language(request), asks=bank.apps.waiting(_SHOWN))


@routes.get("/sberpay/{order}")
async def sberpay(request: web.Request) -> web.Response:
    """From the bank's page on a computer to the application."""
    bank = request.app[BANK]
    bank.tick()
    order = bank.orders.get(request.match_info["order"])
    if order is None:
        return unknown(request)
    return see_other(f"/app/{instant.invoice(bank, order).id}?lang={_language(request, order.request.language)}")


@routes.get("/qr/{id}")
@routes.get("/app/{id}")
async def show(request: web.Request) -> web.Response:
    bank = request.app[BANK]
    bank.tick()
    ask = bank.apps.asks.get(request.match_info["id"])
    return unknown(request) if ask is None else _shown(request, ask)


@routes.post("/app/{id}")
async def press(request: web.Request) -> web.Response:
    """One button. What cannot be done any more changes nothing: the page then says how it stands."""
    bank, typed = request.app[BANK], await request.post()
    ask, act = bank.apps.asks.get(request.match_info["id"]), _ACTS.get(str(typed.get("action", "")))
    if ask is None or act is None:
        return unknown(request)
    act(bank, ask)
    return see_other(f"/app/{ask.id}?lang={_language(request)}")


def _shown(request: web.Request, ask: Ask) -> web.Response:
    language = _language(request, ask.order.request.language)
    answered = ask.status in (AskStatus.ACCEPTED, AskStatus.REJECTED, AskStatus.REJECTED_BY_USER)
    facts: dict[str, Any] = {
        "ask": ask,
        "order": ask.order,
        "amount": texts.money(ask.order.amount, ask.order.request.currency, language),
        "buttons": _BUTTONS.get(ask.status, ()) if ask.open or ask.decided is AskStatus.CONFIRMED else (),
        "back": _back(request.app[BANK], ask, language) if answered else None,
        "told": ask.status.lower() if ask.open or ask.status is not AskStatus.STARTED else "busy",
    }
    return page(APP_ASK, language, **facts)


def _back(bank: Bank, ask: Ask, language: str) -> str:
    """Where the application leads back to: its own address if one was given, with the outcome filled in."""
    own = dict(ask.order.request.params).get("sberpay.backurl") if ask.kind is AskKind.SBERPAY else None
    if own is None:
        return return_address(bank, ask.order, language)
    outcome = {AskStatus.ACCEPTED: "success", AskStatus.REJECTED_BY_USER: "cancel"}.get(ask.status, "return")
    return own.replace("@{BankResultState}", outcome)


def _language(request: web.Request, usual: str = "ru") -> str:
    return texts.page_language(request.query.get("lang", usual))
