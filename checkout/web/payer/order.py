"""The order's private page, found by an unguessable address: how it stands, the pay button, the way to the bank."""

from __future__ import annotations

from aiohttp import web

from checkout.ground.db import Tx, in_transaction
from checkout.ground.errors import Refusal
from checkout.payment import orders
from checkout.payment.order import Order
from checkout.payment.payment import State
from checkout.payment.store import Payment
from checkout.web.pages import fault_page, page, see_other
from checkout.web.payer import paying
from checkout.web.payer.guard import from_elsewhere
from checkout.web.payer.sight import Sight, show, tongue, whole
from checkout.web.routes import SERVICE, Routes

routes = Routes()


@routes.page("GET", "/o/{token}")
async def private(request: web.Request) -> web.Response:
    sight, language = await _look(request)
    return _shown(request, sight, language)


@routes.page("POST", "/o/{token}/pay")
async def start(request: web.Request) -> web.Response:
    """Pay, or pay again: the same order, a new bank order if the old one is over. A second press finds the first."""
    if from_elsewhere(request):
        return fault_page(request, 403, "form_expired")
    sight, language = await _look(request)
    try:
        await paying.start(request, sight.order.id)
    except Refusal as refusal:
        if refusal.code == "nothing_due":
            return see_other(_address(request, sight, language))
        sight, language = await _look(request)
        return _shown(request, sight, language, refusal)
    return see_other(_address(request, sight, language, "/bank"))


@routes.page("GET", "/o/{token}/bank")
async def bank(request: web.Request) -> web.Response:
    """The hop: a page of ours that leads to the bank's, as long as there is one to lead to."""
    sight, language = await _look(request)
    home = _address(request, sight, language)
    return hop(request, sight.order, sight.payments[-1] if sight.payments else None, language, home=home)


def hop(request: web.Request, order: Order, payment: Payment | None, language: str, *, home: str) -> web.Response:
    """A page, not a redirect: browsers hold a redirect after a form against our policy of where forms may lead."""
    if payment is None or payment.state is not State.PENDING or payment.form_url is None:
        return see_other(home)
    return page(
        request,
        "bank.html",
        language=language,
        here=request.path,
        form_url=payment.form_url,
        amount=payment.belief.amount,
        code=order.code,
        home=home,
    )


async def _look(request: web.Request) -> tuple[Sight, str]:
    """What the link in the address leads to. Raises HTTPNotFound if it leads nowhere."""

    async def work(tx: Tx) -> tuple[Sight, str] | None:
        found = await orders.by_link(tx, request.match_info["token"])
        if found is None:
            return None
        language = tongue(request, found[0])
        return await whole(tx, request, *found, language), language

    looked = await in_transaction(request.app[SERVICE].engine, work)
    if looked is None:
        raise web.HTTPNotFound
    return looked


def _shown(request: web.Request, sight: Sight, language: str, refusal: Refusal | None = None) -> web.Response:
    return show(
        request,
        sight,
        language,
        here=_path(request),
        pay=_address(request, sight, language, "/pay"),
        bank=_address(request, sight, language, "/bank"),
        refusal=refusal,
    )


def _path(request: web.Request) -> str:
    return f"/o/{request.match_info['token']}"


def _address(request: web.Request, sight: Sight, language: str, rest: str = "") -> str:
    """An address of this order, in the language that the reader has chosen."""
    return _path(request) + rest + ("" if language == sight.order.language else f"?lang={language}")
