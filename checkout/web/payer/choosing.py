"""The steps that only choose: a service, a clinic, a day and a time."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from aiohttp import web

from checkout.catalogue.catalogue import Clinic
from checkout.ground.db import Tx
from checkout.ground.errors import Conflict
from checkout.web.pages import page
from checkout.web.payer import menu
from checkout.web.payer.choice import Choice
from checkout.web.payer.menu import Menu, Visit
from checkout.web.routes import SERVICE
from checkout.web.texts import explain


def services(request: web.Request, choice: Choice, found: Menu) -> web.Response:
    """Step 1. A service that was named but is not there makes it a 404, with the list as the way on."""
    gone = bool(choice.service)
    return page(
        request,
        "service.html",
        language=choice.language,
        here=choice.href(),
        status=404 if gone else 200,
        choice=choice,
        gone=gone,
        offers=[(service, menu.deposit_of(service)) for service in found.services],
    )


def clinics(request: web.Request, choice: Choice, found: Menu) -> web.Response:
    """Step 1, second half: where."""
    gone = bool(choice.clinic)
    return page(
        request,
        "clinic.html",
        language=choice.language,
        here=choice.href(),
        status=404 if gone else 200,
        choice=choice,
        gone=gone,
        service=found.service,
        clinics=found.clinics,
    )


async def times(
    tx: Tx, request: web.Request, choice: Choice, found: Menu, visit: Visit, *, taken: bool = False
) -> web.Response:
    """Step 2: the first free days and the times of one of them. `taken`: the time in the choice cannot be had."""
    today, last = window(request, found, visit.clinic)
    first = max(choice.since or choice.day or today, today)
    days = await menu.free_days(tx, visit, first, last)
    shown = next((free for free in days if free.day == choice.day), days[0] if days else None)
    near = await menu.nearest(tx, visit, choice.at, today, last) if taken and choice.at else []
    later = days[-1].day + timedelta(days=1) if days else last
    return page(
        request,
        "time.html",
        language=choice.language,
        here=choice.href(),
        clinic=visit.clinic,
        status=409 if taken else 200,
        choice=choice,
        service=visit.service,
        place=visit.clinic,
        several=len(found.clinics) > 1,
        now=found.now,
        first=first,
        days=days,
        shown=shown,
        near=near,
        soonest=_soonest(days, today, first, taken=taken),
        later=later if later < last else None,
        earlier=first > today,
        full=choice.day is not None and shown is not None and shown.day != choice.day,
        alert=explain(Conflict("slot_taken"), choice.language) if taken else None,
    )


def _soonest(days: list[menu.FreeDay], today: date, first: date, *, taken: bool) -> datetime | None:
    return days[0].starts[0] if days and first == today and not taken else None


def window(request: web.Request, found: Menu, clinic: Clinic) -> tuple[date, date]:
    """The first and the last day on which visits can be booked, whole days only."""
    horizon = timedelta(days=request.app[SERVICE].config.limits.booking_horizon_days - 1)
    return found.now.astimezone(clinic.tz).date(), (found.now + horizon).astimezone(clinic.tz).date()
