"""The order's private page, found by an unguessable address: how it stands, the pay button, the way to the bank."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from checkout.ground.db import Tx, in_transaction
from checkout.ground.errors import Refusal
from checkout.payment import at_clinic, cancel, extend
from checkout.payment.card import Asked
from checkout.payment.order import Order
from checkout.payment.payment import State
from checkout.payment.store import Payment
from checkout.web.pages import page, see_other
from checkout.web.payer import paying
from checkout.web.payer.guard import from_here
from checkout.web.payer.placing import PAYER
from checkout.web.payer.private import Opened, enter, home, opened
from checkout.web.payer.sight import Sight, Ways, show, whole
from checkout.web.routes import SERVICE, Routes

routes = Routes()


@dataclass(frozen=True, slots=True)
class Looked:
    """The opened link, and everything its page shows."""

    door: Opened
    sight: Sight


@routes.page("GET", "/o/{token}")
async def private(request: web.Request) -> web.Response:
    return _shown(request, await _look(request))


@routes.page("POST", "/o/{token}/pay")
@from_here
async def start(request: web.Request) -> web.Response:
    """Pay, or pay again: the same order, a new bank order if the old one is over. A second press finds the first."""
    door = await enter(request)
    try:
        fields = await paying.pressed(request)
        way = paying.meant(fields.get("method", ""), paying.methods(request, door.order.merchant))
        card = Asked(save="save_card" in fields, read=fields.get("save_card", ""))
        started = await paying.start(request, door.order.id, door.language, way=way, card=card)
    except Refusal as refusal:
        if refusal.code == "nothing_due":
            return see_other(door.address(request))
        return _shown(request, await _look(request), refusal)
    bank_ = door.address(request, "/bank")
    return see_other(paying.onward(request, started, door.order, door.language, bank_))


@routes.page("POST", "/o/{token}/extend")
@from_here
async def stretch(request: web.Request) -> web.Response:
    """A little more time to pay in, once."""
    service = request.app[SERVICE]
    return await _changed(
        request, lambda tx, order: extend.extend(tx, service, order.id, principal=PAYER), done="extended"
    )


@routes.page("POST", "/o/{token}/at-clinic")
@from_here
async def pay_there(request: web.Request) -> web.Response:
    """The bank gives us no page: the visit stands all the same, and is paid at the clinic."""
    return await _changed(request, lambda tx, order: at_clinic.pay_at_clinic(tx, order.id, principal=PAYER))


@routes.page("POST", "/o/{token}/return")
@from_here
async def give_back(request: web.Request) -> web.Response:
    """The money of a visit that is not there any more goes back now, not at the end of the time to decide."""
    return await _changed(request, lambda tx, order: cancel.give_back(tx, order.id, principal=PAYER))


async def _changed(request: web.Request, work: Callable[[Tx, Order], Awaitable[object]], **done: str) -> web.Response:
    """What one press does in one transaction; the page says how the order then stands, or why nothing happened."""
    door = await enter(request)
    try:
        await in_transaction(request.app[SERVICE].engine, lambda tx: work(tx, door.order))
    except Refusal as refusal:
        return _shown(request, await _look(request), refusal)
    return see_other(door.address(request, **done))


@routes.page("GET", "/o/{token}/bank")
async def bank(request: web.Request) -> web.Response:
    """The hop: a page of ours that leads to the bank's, as long as there is one to lead to."""
    looked = await _look(request)
    door, payments = looked.door, looked.sight.payments
    return hop(request, door.order, payments[-1] if payments else None, door.language, home=door.address(request))


def hop(request: web.Request, order: Order, payment: Payment | None, language: str, *, home: str) -> web.Response:
    """A page, not a redirect: browsers hold a redirect after a form against our policy of where forms may lead.

    Whoever pays in a banking application goes to the page that waits for it instead.
    """
    if payment is None or payment.state is not State.PENDING or payment.form_url is None:
        return see_other(home)
    if payment.by_app:
        return see_other(paying.phone(request, payment.id, order, language))
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


async def _look(request: web.Request) -> Looked:
    """What the link in the address leads to. Raises Nowhere if it leads nowhere."""

    async def work(tx: Tx) -> Looked:
        door = await opened(tx, request)
        return Looked(door, await whole(tx, request, door))

    return await in_transaction(request.app[SERVICE].engine, work)


def _shown(request: web.Request, looked: Looked, refusal: Refusal | None = None) -> web.Response:
    door = looked.door
    ways = Ways(here=home(request), pay=door.address(request, "/pay"), bank=door.address(request, "/bank"))
    return show(request, looked.sight, door.language, ways, refusal)
