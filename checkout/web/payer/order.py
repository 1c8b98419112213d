"""The order's private page, found by an unguessable address: how it stands, the pay button, the way to the bank."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from checkout.ground.db import Tx, in_transaction
from checkout.ground.errors import Refusal
from checkout.payment import at_clinic, cancel, extend
from checkout.payment.order import Order
from checkout.payment.payment import State
from checkout.payment.store import Payment
from checkout.web.pages import fault_page, page, see_other
from checkout.web.payer import paying
from checkout.web.payer.guard import from_elsewhere
from checkout.web.payer.placing import PAYER
from checkout.web.payer.private import Opened, enter, home, opened
from checkout.web.payer.sight import Sight, show, whole
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
async def start(request: web.Request) -> web.Response:
    """Pay, or pay again: the same order, a new bank order if the old one is over. A second press finds the first."""
    if from_elsewhere(request):
        return fault_page(request, 403, "form_expired")
    door = await enter(request)
    try:
        await paying.start(request, door.order.id, door.language)
    except Refusal as refusal:
        if refusal.code == "nothing_due":
            return see_other(door.address(request))
        return _shown(request, await _look(request), refusal)
    return see_other(door.address(request, "/bank"))


@routes.page("POST", "/o/{token}/extend")
async def stretch(request: web.Request) -> web.Response:
    """A little more time to pay in, once."""
    if from_elsewhere(request):
        return fault_page(request, 403, "form_expired")
    service, door = request.app[SERVICE], await enter(request)
    try:
        await in_transaction(service.engine, lambda tx: extend.extend(tx, service, door.order.id, principal=PAYER))
    except Refusal as refusal:
        return _shown(request, await _look(request), refusal)
    return see_other(door.address(request, done="extended"))


@routes.page("POST", "/o/{token}/at-clinic")
async def pay_there(request: web.Request) -> web.Response:
    """The bank gives us no page: the visit stands all the same, and is paid at the clinic."""
    if from_elsewhere(request):
        return fault_page(request, 403, "form_expired")
    door = await enter(request)
    try:
        await in_transaction(
            request.app[SERVICE].engine, lambda tx: at_clinic.pay_at_clinic(tx, door.order.id, principal=PAYER)
        )
    except Refusal as refusal:
        return _shown(request, await _look(request), refusal)
    return see_other(door.address(request))


@routes.page("POST", "/o/{token}/return")
async def give_back(request: web.Request) -> web.Response:
    """The money of a visit that is not there any more goes back now, not at the end of the time to decide."""
    if from_elsewhere(request):
        return fault_page(request, 403, "form_expired")
    door = await enter(request)
    try:
        await in_transaction(
            request.app[SERVICE].engine, lambda tx: cancel.give_back(tx, door.order.id, principal=PAYER)
        )
    except Refusal as refusal:
        return _shown(request, await _look(request), refusal)
    return see_other(door.address(request))


@routes.page("GET", "/o/{token}/bank")
async def bank(request: web.Request) -> web.Response:
    """The hop: a page of ours that leads to the bank's, as long as there is one to lead to."""
    looked = await _look(request)
    door, payments = looked.door, looked.sight.payments
    return hop(request, door.order, payments[-1] if payments else None, door.language, home=door.address(request))


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


async def _look(request: web.Request) -> Looked:
    """What the link in the address leads to. Raises Nowhere if it leads nowhere."""

    async def work(tx: Tx) -> Looked:
        door = await opened(tx, request)
        return Looked(door, await whole(tx, request, door))

    return await in_transaction(request.app[SERVICE].engine, work)


def _shown(request: web.Request, looked: Looked, refusal: Refusal | None = None) -> web.Response:
    door = looked.door
    return show(
        request,
        looked.sight,
        door.language,
        here=home(request),
        pay=door.address(request, "/pay"),
        bank=door.address(request, "/bank"),
        refusal=refusal,
    )
