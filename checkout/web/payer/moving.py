"""Another time for a visit that is booked already. Two steps, each an address; only the button changes something."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from aiohttp import web

from checkout.booking.booking import TAKES_PLACE
from checkout.catalogue import slots
from checkout.catalogue import store as catalogue
from checkout.catalogue.catalogue import Clinic
from checkout.ground.db import Row, Tx, in_transaction
from checkout.ground.errors import Conflict, Refusal
from checkout.payment import move, orders, seating
from checkout.payment.move import state_after
from checkout.web.pages import fault_page, page_after, see_other
from checkout.web.payer.choice import Choice, chosen, written
from checkout.web.payer.days import FreeDay, bookable, free_days
from checkout.web.payer.guard import Unreadable, from_here, read_form
from checkout.web.payer.placing import PAYER
from checkout.web.payer.private import Opened, change, enter, home, opened
from checkout.web.routes import SERVICE, Routes
from checkout.web.words import say

routes = Routes()


@dataclass(frozen=True, slots=True)
class Offered:
    """What can be chosen. `refusal`: why nothing can. `stands`: there is a time to be moved from.

    `first`, `last`: the days looked at; the list of `days` may end earlier.
    """

    door: Opened
    clinic: Clinic
    lines: list[Row[Any]]
    stands: bool
    refusal: Refusal | None
    today: date
    first: date
    last: date
    days: list[FreeDay]

    @property
    def starts(self) -> list[datetime]:
        return [start for day in self.days for start in day.starts]

    @property
    def later(self) -> date | None:
        """The first day of the next list, None if there is none."""
        following = self.days[-1].day + timedelta(days=1) if self.days else self.last
        return following if following < self.last else None


@routes.page("GET", "/o/{token}/move")
async def choose(request: web.Request) -> web.Response:
    """The first free days and the times of one of them; or the time that was chosen, and the button."""
    return await _shown(request)


@routes.page("POST", "/o/{token}/move")
@from_here
async def submit(request: web.Request) -> web.Response:
    """Move it. If the new time has been taken meanwhile, the old one stays, and the page says what else is free."""
    try:
        fields = await read_form(request)
    except Unreadable as reason:
        return fault_page(request, reason.status, reason.code)
    service = request.app[SERVICE]
    door = await enter(request)
    at, sequence = chosen(fields, door.language).at, _number(fields.get("sequence", ""))
    if at is None:
        return see_other(door.address(request, "/move"))
    try:
        await change(
            request,
            door.order,
            lambda tx: move.move(tx, service, door.order.id, at, principal=PAYER, sequence=sequence),
        )
    except Refusal as refusal:
        return await _shown(request, refusal)
    return see_other(door.address(request, done="moved"))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None  # noqa: PLR2004 - a small number


async def _shown(request: web.Request, refused: Refusal | None = None) -> web.Response:
    choice = chosen(request.query, "")
    offered = await in_transaction(request.app[SERVICE].engine, lambda tx: _offered(tx, request, choice))
    door, order = offered.door, offered.door.order
    refusal = refused or offered.refusal
    if refusal is None and choice.at is not None and choice.at not in offered.starts:
        refusal = Conflict("slot_taken", nearest=slots.nearest(offered.starts, choice.at))
    first_day = offered.days[0] if offered.days else None
    return page_after(
        request,
        "move.html",
        refusal,
        language=door.language,
        zone=order.zone,
        words=_words(refusal, door.language),
        here=f"{home(request)}/move",
        clinic=offered.clinic,
        order=order,
        place=offered.clinic,
        lines=offered.lines,
        stands=offered.stands,
        at=None if refusal else choice.at,
        written=written,
        days=offered.days,
        shown=next((day for day in offered.days if day.day == choice.day), first_day),
        near=refusal.facts.get("nearest", ()) if refusal else (),
        first=offered.first,
        earlier=offered.first > offered.today,
        later=offered.later,
        back=door.address(request),
        action=f"{home(request)}/move",
        link=partial(door.address, request, "/move"),
    )


def _words(refusal: Refusal | None, language: str) -> str | None:
    """Those of a taken time; its usual ones are for a visit that was never booked."""
    return say(language, "move_taken") if refusal and refusal.code == "slot_taken" else None


async def _offered(tx: Tx, request: web.Request, choice: Choice) -> Offered:
    door = await opened(tx, request)
    order, now = door.order, door.now
    clinic = await catalogue.clinic_by_id(tx, order.clinic_id)
    facts = await orders.facts(tx, order.id)
    today, last = bookable(clinic, now, request.app[SERVICE].config.limits.booking_horizon_days)
    asked = choice.at.astimezone(clinic.tz).date() if choice.at else choice.since or choice.day
    first, refusal, days = max(asked or today, today), None, []
    try:
        state_after(order, facts, now)
    except Conflict as reason:
        refusal = reason
    else:
        lines = await seating.lines_as_ordered(tx, order.id)
        days = await free_days(tx, clinic, lines, first, last, now=now, wanted=order.wanted_id)
    return Offered(
        door=door,
        clinic=clinic,
        lines=await orders.lines(tx, order.id),
        stands=bool(facts.bookings & TAKES_PLACE),
        refusal=refusal,
        today=today,
        first=first,
        last=last,
        days=days,
    )
