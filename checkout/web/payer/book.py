"""Choose and book, in three steps. Each step is an address; only the last one holds a form that changes something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from aiohttp import web

from checkout.catalogue import legal_store
from checkout.ground.config import Consent
from checkout.ground.db import Tx, in_transaction
from checkout.ground.errors import Refusal
from checkout.ground.service import Service
from checkout.payment.card import Asked
from checkout.payment.order import Order, Plan
from checkout.payment.place import CONSENT_CHANGED, Wish, link_token
from checkout.web.client import client_address
from checkout.web.framing import embedded
from checkout.web.pages import language_of, patient, see_other
from checkout.web.payer import choosing, code, details, menu, paying, resume, ticket
from checkout.web.payer.choice import chosen
from checkout.web.payer.form import Fault, Sent, reading_anew, sent, understood
from checkout.web.payer.guard import from_here, read_form
from checkout.web.payer.placing import PriceChanged, place_once
from checkout.web.routes import SERVICE, Routes
from checkout.web.texts import explain, money
from checkout.web.words import say

routes = Routes()
# Which field of the page a refusal of the whole order belongs to.
_FIELDS: Final = {"/starts_at": "at", "/plan": "plan", "/patient/born": "born", "/relation": "relation"}


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of a form that was sent. `status` 0: it was not sent yet. `nearest`: to choose from in its stead."""

    status: int = 0
    faults: tuple[Fault, ...] = ()
    taken: bool = False
    nearest: tuple[datetime, ...] = ()


@routes.page("GET", "/")
@routes.page("GET", "/book")
async def book(request: web.Request) -> web.Response:
    """The step that the address has come to."""
    return await _shown(request, Sent(chosen(request.query, language_of(request))), _Outcome())


@routes.page("POST", "/book")
@from_here
async def submit(request: web.Request) -> web.Response:
    """Book, and go on to the bank; or show the form again with everything that was typed."""
    form = sent(await read_form(request), language_of(request))
    if form.switch:
        return await _shown(request, form, _Outcome(200))
    service = request.app[SERVICE]
    texts = await in_transaction(service.engine, lambda tx: legal_store.in_force(tx, service.config.consents))
    wish, faults = understood(form, texts, client_address(request))
    if wish is None:
        return await _shown(request, form, _Outcome(422, tuple(faults)))
    asked = ticket.read(service, form.ticket)
    try:
        proof = await code.proof(request, wish, asked)
        if proof is not None:
            return proof
        order = await in_transaction(service.engine, lambda tx: _placed(tx, service, wish, asked, form.shown))
    except Refusal as refusal:
        again = await _shown(request, form, _refused(refusal, texts, form.choice.language))
        return patient(again, refusal)
    answer = see_other(await _onward(request, order, wish, form))
    resume.keep(answer, service.config, link_token(service, order.id))
    return answer


async def _placed(tx: Tx, service: Service, wish: Wish, asked: ticket.Ticket | None, shown: str) -> Order:
    order = await place_once(tx, service, wish, asked, shown=shown)
    await code.keep_proof(tx, service, order, asked)
    return order


def _refused(refusal: Refusal, texts: Sequence[Consent], language: str) -> _Outcome:
    anew = reading_anew(refusal.facts.get("kinds", ()), texts, language) if refusal.code == CONSENT_CHANGED else ()
    return _Outcome(
        refusal.status,
        anew or (_fault(refusal, language),),
        taken=refusal.code == "slot_taken",
        nearest=tuple(refusal.facts.get("nearest", ())),
    )


def _fault(refusal: Refusal, language: str) -> Fault:
    if isinstance(refusal, PriceChanged):
        before, after = money(refusal.before, language), money(refusal.after, language)
        return Fault("price", say(language, "price_changed", before=before, after=after))
    return Fault(_FIELDS.get(refusal.pointer or "", "form"), explain(refusal, language))


async def _onward(request: web.Request, order: Order, wish: Wish, form: Sent) -> str:
    """Where the payer goes with an order: to the bank, or to the order's page if there is nothing to pay or no bank.

    A form sent again with another plan opens the order as it was made: its page names the sum before anything is paid.
    """
    home = f"/o/{link_token(request.app[SERVICE], order.id)}"
    if order.plan is Plan.AT_CLINIC or order.plan is not wish.plan:
        return home
    try:
        way = paying.meant(form.method, paying.methods(request, order.merchant))
        card = Asked(save=bool(form.save_card), read=form.save_card)
        started = await paying.start(request, order.id, order.language, way=way, card=card)
    except Refusal:
        return home  # the place is held; the page says what the bank said, its button what holds us back
    return paying.onward(request, started, order, order.language, f"{home}/bank")


async def _shown(request: web.Request, form: Sent, outcome: _Outcome) -> web.Response:
    return await in_transaction(request.app[SERVICE].engine, lambda tx: _step(tx, request, form, outcome))


async def _step(tx: Tx, request: web.Request, form: Sent, outcome: _Outcome) -> web.Response:
    """The first step at which something is still to be chosen, or has to be chosen anew; else the form."""
    found = await menu.menu(tx, form.choice)
    choice = replace(form.choice, lines=found.basket.chosen, embed=embedded(request))
    closed = found.clinic or found.named
    if closed and closed.paused:
        return choosing.paused(request, choice, found, closed)
    if choice.counting or found.basket.unknown or not found.basket.minutes:
        return choosing.services(request, choice, found)
    choice = replace(choice, search="")
    if found.clinic is None:
        return choosing.clinics(request, choice, found)
    visit = await menu.visit_to(tx, found, found.clinic, choice.who)
    who = visit.wanted.slug if visit.wanted else ""
    form = replace(form, choice=replace(choice, clinic=found.clinic.slug, who=who))
    return await _visit(tx, request, form, visit, outcome)


async def _visit(tx: Tx, request: web.Request, form: Sent, visit: menu.Visit, outcome: _Outcome) -> web.Response:
    """When; then the form. A time, or a specialist, that cannot be had is looked up before the form is first shown."""
    at = None if visit.missed and not outcome.status else form.choice.at
    own = await resume.own(tx, request)
    if at is None or (not outcome.status and not await menu.is_free(tx, visit, at, _horizon(request, visit.now))):
        return await choosing.times(tx, request, replace(form.choice, at=at), visit, own)
    mine = own if own and own.meets(visit, at) else None
    if mine and outcome.taken and mine.same(visit, at):
        return see_other(mine.address)
    return details.show(
        request,
        form,
        visit,
        _ticket(request, form, visit.now),
        await legal_store.in_force(tx, request.app[SERVICE].config.consents),
        status=outcome.status or 200,
        faults=() if mine and outcome.taken else outcome.faults,
        nearest=outcome.nearest,
        own=mine,
    )


def _horizon(request: web.Request, now: datetime) -> datetime:
    return now + timedelta(days=request.app[SERVICE].config.limits.booking_horizon_days)


def _ticket(request: web.Request, form: Sent, now: datetime) -> ticket.Ticket:
    """The form keeps its ticket for as long as that is good: what is sent twice stays one order."""
    kept = ticket.read(request.app[SERVICE], form.ticket)
    return kept if kept and now < kept.ends else ticket.fresh(now)
