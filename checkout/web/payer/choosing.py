"""The steps that only choose: services, a clinic, a day and a time."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from aiohttp import web

from checkout.catalogue.catalogue import Clinic, Kind
from checkout.ground.db import Tx
from checkout.ground.errors import Conflict, Invalid
from checkout.web.pages import page
from checkout.web.payer import menu
from checkout.web.payer.choice import MOST_PIECES, QUANTITY, Choice
from checkout.web.payer.menu import Menu, Visit
from checkout.web.payer.resume import Own
from checkout.web.routes import SERVICE
from checkout.web.texts import explain
from checkout.web.words import say

FEW: Final = 8  # a list longer than this can be searched


def services(request: web.Request, choice: Choice, found: Menu) -> web.Response:
    """Step 1: the calculator. A service that was named but is not there makes it a 404, with the list as the way on."""
    lists = {kind: menu.items(found, kind) for kind in (Kind.SERVICE, Kind.GOODS)}
    shown = {kind: [one for one in every if one.ticked() or one.says(choice.search)] for kind, every in lists.items()}
    status, alert = _trouble(request, choice, found)
    return page(
        request,
        "service.html",
        language=choice.language,
        here=choice.href(),
        clinic=found.named,
        status=status,
        choice=choice,
        basket=found.basket,
        alert=alert,
        named=found.named,
        visits=shown[Kind.SERVICE],
        goods=shown[Kind.GOODS],
        searchable=sum(map(len, lists.values())) > FEW,
        any_deposit=any(one.deposit for every in lists.values() for one in every),
        pieces=range(1, MOST_PIECES + 1),
        quantity=QUANTITY,
    )


def _trouble(request: web.Request, choice: Choice, found: Menu) -> tuple[int, str | None]:
    """What keeps the payer from the next step, if they wanted to go there: the button before it says `next`."""
    basket, language = found.basket, choice.language
    if basket.unknown:
        return 404, say(language, "service_gone")
    if choice.counting or not (basket.lines or "next" in request.query):
        return 200, None
    return 422, say(language, "goods_alone") if basket.lines else explain(Invalid("visit_needed"), language)


def clinics(request: web.Request, choice: Choice, found: Menu) -> web.Response:
    """Step 1, second half: where. If no clinic gives all of it, what is missing at each."""
    gone = bool(choice.clinic) and bool(found.clinics)
    status = 404 if gone else 200 if found.clinics else 409
    return page(
        request,
        "clinic.html",
        language=choice.language,
        here=choice.href(),
        status=status,
        choice=choice,
        basket=found.basket,
        gone=gone,
        clinics=found.clinics,
        lacking=[] if found.clinics else [(clinic, found.lacking(clinic)) for clinic in found.everywhere],
    )


def paused(request: web.Request, choice: Choice, found: Menu, clinic: Clinic) -> web.Response:
    """A clinic that takes no bookings online for now: its telephone, and the other clinics that give the same."""
    return page(
        request,
        "paused.html",
        language=choice.language,
        here=choice.href(),
        clinic=clinic,
        status=409,
        choice=choice,
        basket=found.basket,
        place=clinic,
        others=found.elsewhere(clinic),
    )


async def times(tx: Tx, request: web.Request, choice: Choice, visit: Visit, own: Own | None) -> web.Response:
    """Step 2: the first free days and the times of one of them. A time in the choice is one that cannot be had."""
    at = choice.at
    today, last = _window(request, visit)
    first = max(choice.since or choice.day or today, today)
    days = await menu.free_days(tx, visit, first, last)
    shown = next((free for free in days if free.day == choice.day), days[0] if days else None)
    later = days[-1].day + timedelta(days=1) if days else last
    mine = _mine(own, visit, at)
    taken = at is not None and mine is None
    return page(
        request,
        "time.html",
        language=choice.language,
        here=choice.href(),
        clinic=visit.clinic,
        status=409 if taken else 200,
        choice=choice,
        basket=visit.basket,
        visit=visit,
        place=visit.clinic,
        own=mine,
        first=first,
        days=days,
        shown=shown,
        near=await menu.nearest(tx, visit, at, today, last) if at else [],
        soonest=days[0].starts[0] if days and first == today and not at else None,
        later=later if later < last else None,
        earlier=first > today,
        full=choice.day is not None and shown is not None and shown.day != choice.day,
        alert=explain(Conflict("slot_taken"), choice.language) if taken else None,
    )


def _mine(own: Own | None, visit: Visit, at: datetime | None) -> Own | None:
    """The visit of this browser's own that explains why a time is not free: that one, or any held at this clinic."""
    if own is None or own.order.clinic_id != visit.clinic.id:
        return None
    return own if (own.held if at is None else own.meets(visit, at)) else None


def _window(request: web.Request, visit: Visit) -> tuple[date, date]:
    """The first and the last day on which visits can be booked, whole days only."""
    horizon, tz = timedelta(days=request.app[SERVICE].config.limits.booking_horizon_days - 1), visit.clinic.tz
    return visit.now.astimezone(tz).date(), (visit.now + horizon).astimezone(tz).date()
