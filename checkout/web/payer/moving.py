"""Another time for a visit that is booked already. Two steps, each an address; only the button changes something."""

from __future__ import annotations

from functools import partial

from aiohttp import web

from checkout.ground.db import Tx, in_transaction
from checkout.ground.errors import Refusal
from checkout.payment import move
from checkout.web.pages import page_after, see_other
from checkout.web.payer.choice import chosen, written
from checkout.web.payer.elsewhen import Offered, offered
from checkout.web.payer.guard import from_here, read_form
from checkout.web.payer.placing import PAYER
from checkout.web.payer.private import Opened, change, enter, home, opened
from checkout.web.routes import SERVICE, Routes
from checkout.web.words import say

routes = Routes()


@routes.page("GET", "/o/{token}/move")
async def choose(request: web.Request) -> web.Response:
    """The first free days and the times of one of them; or the time that was chosen, and the button."""
    return await _shown(request)


@routes.page("POST", "/o/{token}/move")
@from_here
async def submit(request: web.Request) -> web.Response:
    """Move it. If the new time has been taken meanwhile, the old one stays, and the page says what else is free."""
    fields = await read_form(request)
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
    service = request.app[SERVICE]

    async def work(tx: Tx) -> tuple[Opened, Offered]:
        door = await opened(tx, request)
        return door, await offered(tx, service, door.order, choice, now=door.now)

    door, found = await in_transaction(service.engine, work)
    order, refusal = door.order, refused or found.against(choice)
    return page_after(
        request,
        "move.html",
        refusal,
        language=door.language,
        zone=order.zone,
        words=_words(refusal, door.language),
        here=f"{home(request)}/move",
        clinic=found.clinic,
        order=order,
        place=found.clinic,
        lines=found.lines,
        stands=found.stands,
        at=None if refusal else choice.at,
        written=written,
        days=found.days,
        shown=found.shown(choice),
        near=refusal.facts.get("nearest", ()) if refusal else (),
        first=found.first,
        earlier=found.first > found.today,
        later=found.later,
        back=door.address(request),
        action=f"{home(request)}/move",
        link=partial(door.address, request, "/move"),
    )


def _words(refusal: Refusal | None, language: str) -> str | None:
    """Those of a taken time; its usual ones are for a visit that was never booked."""
    return say(language, "move_taken") if refusal and refusal.code == "slot_taken" else None
