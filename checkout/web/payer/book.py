"""Choose and book, in three steps. Each step is an address; only the last one holds a form that changes something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from aiohttp import web

from checkout.ground.db import Tx, in_transaction
from checkout.ground.errors import Refusal
from checkout.payment.order import Order, Plan
from checkout.payment.place import Wish, link_token
from checkout.web.client import client_address
from checkout.web.pages import fault_page, language_of, patient, see_other
from checkout.web.payer import choosing, code, details, menu, paying, ticket
from checkout.web.payer.choice import chosen
from checkout.web.payer.form import Fault, Sent, sent, understood
from checkout.web.payer.guard import Unreadable, from_elsewhere, read_form
from checkout.web.payer.placing import PriceChanged, place_once
from checkout.web.routes import SERVICE, Routes
from checkout.web.texts import explain, money
from checkout.web.words import say

routes = Routes()
# Which field of the page a refusal of the whole order belongs to.
_FIELDS: Final = {"/starts_at": "at", "/plan": "plan", "/patient/born": "born", "/relation": "relation"}


@routes.page("GET", "/")
@routes.page("GET", "/book")
async def book(request: web.Request) -> web.Response:
    """The step that the address has come to."""
    choice = chosen(request.query, language_of(request))
    engine = request.app[SERVICE].engine
    return await in_transaction(engine, lambda tx: _step(tx, request, Sent(choice)))


@routes.page("POST", "/book")
async def submit(request: web.Request) -> web.Response:
    """Book, and go on to the bank; or show the form again with everything that was typed."""
    if from_elsewhere(request):
        return fault_page(request, 403, "form_expired")
    try:
        form = sent(await read_form(request), language_of(request))
    except Unreadable as reason:
        return fault_page(request, reason.status, reason.code)
    if form.switch:
        return await _again(request, form, 200)
    service = request.app[SERVICE]
    wish, faults = understood(form, service.config, client_address(request))
    if wish is None:
        return await _again(request, form, 422, faults)
    asked = ticket.read(service, form.ticket)
    try:
        proof = await code.proof(request, wish, asked)
        if proof is not None:
            return proof
        order = await in_transaction(service.engine, lambda tx: place_once(tx, service, wish, asked, shown=form.shown))
    except Refusal as refusal:
        near = refusal.facts.get("nearest", ())
        again = await _again(request, form, refusal.status, [_fault(refusal, form.choice.language)], near)
        return patient(again, refusal)
    return see_other(await _onward(request, order, wish))


def _fault(refusal: Refusal, language: str) -> Fault:
    if isinstance(refusal, PriceChanged):
        before, after = money(refusal.before, language), money(refusal.after, language)
        return Fault("price", say(language, "price_changed", before=before, after=after))
    return Fault(_FIELDS.get(refusal.pointer or "", "form"), explain(refusal, language))


async def _onward(request: web.Request, order: Order, wish: Wish) -> str:
    """Where the payer goes with an order: to the bank, or to the order's page if there is nothing to pay or no bank.

    A form sent again with another plan opens the order as it was made: its page names the sum before anything is paid.
    """
    home = f"/o/{link_token(request.app[SERVICE], order.id)}"
    if order.plan is Plan.AT_CLINIC or order.plan is not wish.plan:
        return home
    try:
        await paying.start(request, order.id)
    except Refusal:
        return home  # the place is held; the page says what the bank said, its button what holds us back
    return f"{home}/bank"


async def _again(
    request: web.Request, form: Sent, status: int, faults: Sequence[Fault] = (), nearest: Sequence[datetime] = ()
) -> web.Response:
    """The form once more; or an earlier step, if what was chosen is not there any more."""
    engine = request.app[SERVICE].engine
    return await in_transaction(
        engine, lambda tx: _step(tx, request, form, status=status, faults=faults, nearest=nearest)
    )


async def _step(
    tx: Tx,
    request: web.Request,
    form: Sent,
    *,
    status: int = 0,
    faults: Sequence[Fault] = (),
    nearest: Sequence[datetime] = (),
) -> web.Response:
    """`status` 0: the form was not sent yet, so the time in it is looked up first."""
    choice = form.choice
    found = await menu.menu(tx, choice)
    if found.service is None:
        return choosing.services(request, choice, found)
    if found.clinic is None:
        return choosing.clinics(request, choice, found)
    visit = menu.Visit(found.service, found.clinic)
    choice = replace(choice, clinic=visit.clinic.slug)
    if choice.at is None:
        return await choosing.times(tx, request, choice, found, visit)
    if not status and not await menu.is_free(tx, visit, choice.at, _horizon(request, found.now)):
        return await choosing.times(tx, request, choice, found, visit, taken=True)
    form = replace(form, choice=choice)
    good = _ticket(request, form, found.now)
    return details.show(request, form, visit, good, status=status or 200, faults=faults, nearest=nearest)


def _horizon(request: web.Request, now: datetime) -> datetime:
    return now + timedelta(days=request.app[SERVICE].config.limits.booking_horizon_days)


def _ticket(request: web.Request, form: Sent, now: datetime) -> ticket.Ticket:
    """The form keeps its ticket for as long as that is good: what is sent twice stays one order."""
    kept = ticket.read(request.app[SERVICE], form.ticket)
    return kept if kept and now < kept.ends else ticket.fresh(now)
