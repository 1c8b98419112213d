"""A card that is added without paying: the press, our hop to the bank's page, and where the bank sends the payer back to.

The way back carries a token of its own (decisions.md 30), for it passed through the bank. It shows whether the card was added,
and nothing of the card, the order or its visit; there is nothing on it to press but the way to the page that is still open.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aiohttp import web

from checkout.catalogue import store as catalogue
from checkout.catalogue.catalogue import Clinic
from checkout.ground.crypto import token_hash
from checkout.ground.db import Tx, in_transaction
from checkout.ground.errors import Missing, Refusal
from checkout.ground.ids import CheckId
from checkout.ground.service import Service
from checkout.payment import adding, brakes, check_store, orders
from checkout.payment.card_check import LIVE
from checkout.payment.check_store import Check
from checkout.payment.checking import check_claimed
from checkout.web.client import client_address
from checkout.web.guesses import Nowhere
from checkout.web.pages import page, see_other
from checkout.web.payer import paying, result, saved
from checkout.web.payer.checked import at_bank, told
from checkout.web.payer.guard import from_here
from checkout.web.payer.placing import PAYER
from checkout.web.payer.private import Opened, enter, tongue
from checkout.web.payer.sight import REFRESH
from checkout.web.routes import SERVICE, Routes

routes = Routes()


@dataclass(frozen=True, slots=True)
class Returned:
    """A check's return, and the order that it belongs to."""

    check: Check
    door: Opened
    clinic: Clinic


@routes.page("POST", saved.ROOM + "/add")
@from_here
async def add(request: web.Request) -> web.Response:
    """To the bank's page, which takes a card and charges nothing. A second press finds the page that is open."""
    service, door = request.app[SERVICE], await enter(request)
    read = (await paying.pressed(request)).get("read", "")
    try:
        await brakes.before_check(service, door.order.id, address=client_address(request))
        check = await adding.start(service, door.order.id, principal=PAYER, language=door.language, read=read)
    except Missing as reason:
        raise web.HTTPNotFound from reason
    except Refusal as refusal:
        return await saved.refused(request, refusal)
    return see_other(at_bank(request, check, door) or door.address(request, "/cards"))


@routes.page("GET", "/r/{token}/check")
async def came_back(request: web.Request) -> web.Response:
    """Ask the bank, briefly; then show what is known, whatever that is. What the bank adds to the address is ignored."""
    service, came = request.app[SERVICE], await _look(request)
    if came.check.state in LIVE:
        await result.patiently(came.check.id, lambda: _asked(service, came.check.id))
        came = await _look(request)
    door, checked = came.door, told(came.check)
    shown = page(
        request,
        "card_check.html",
        language=door.language,
        here=_here(request, door),
        clinic=came.clinic,
        refresh=REFRESH,
        again=_here(request, door),
        checked=checked,
        to_bank=at_bank(request, came.check, door),
    )
    shown.headers["X-Face"] = checked.face
    return shown


@routes.page("GET", "/r/{token}/check/bank")
async def bank(request: web.Request) -> web.Response:
    """The hop: a page of ours that leads to the bank's, as long as there is one to lead to."""
    came = await _look(request)
    if at_bank(request, came.check, came.door) is None:
        return see_other(_here(request, came.door))
    return page(
        request,
        "bank.html",
        language=came.door.language,
        here=request.path,
        clinic=came.clinic,
        form_url=came.check.form_url,
        amount=None,
        code=came.door.order.code,
        home=_here(request, came.door),
    )


async def _asked(service: Service, check_id: CheckId) -> None:
    """Look at the bank, or wait for whoever is at it already. Asked for a moment ago by the same page: what is known is shown."""
    while True:
        held = await in_transaction(service.engine, lambda tx: check_store.claim_asked(tx, check_id))
        if held is not None:
            await check_claimed(service, held)
            return
        if not await in_transaction(service.engine, lambda tx: check_store.leased(tx, check_id)):
            return
        await asyncio.sleep(result.GLANCE)


async def _look(request: web.Request) -> Returned:
    """The check behind a return address. Raises Nowhere for a token that none has."""

    async def work(tx: Tx) -> Returned | None:
        check = await check_store.by_return(tx, token_hash(request.match_info["token"]))
        if check is None:
            return None
        order, now = await orders.read(tx, check.order_id)
        clinic = await catalogue.clinic_by_id(tx, order.clinic_id)
        return Returned(check, Opened(order, now, tongue(request, order)), clinic)

    found = await in_transaction(request.app[SERVICE].engine, work)
    if found is None:
        raise Nowhere
    return found


def _here(request: web.Request, door: Opened) -> str:
    chosen = "" if door.language == door.order.language else f"?lang={door.language}"
    return f"/r/{request.match_info['token']}/check{chosen}"
