"""Cancel a visit: first what becomes of the money, then the button."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from checkout.catalogue import store as catalogue
from checkout.catalogue.catalogue import Clinic
from checkout.ground.db import Tx, in_transaction
from checkout.ground.errors import Conflict, Refusal
from checkout.payment import cancel, orders
from checkout.payment.order import Facts
from checkout.web.pages import page_after, see_other
from checkout.web.payer.guard import from_here, read_form
from checkout.web.payer.own import cannot_cancel
from checkout.web.payer.placing import PAYER
from checkout.web.payer.private import Opened, change, home, opened
from checkout.web.routes import PANELS, SERVICE, PanelRow, Routes

routes = Routes()
KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Asked:
    """What would happen. `returns`: each payment's way back. `refusal`: why nothing would."""

    door: Opened
    clinic: Clinic
    facts: Facts
    returns: Sequence[PanelRow]
    refusal: Refusal | None
    keep_until: datetime


@routes.page("GET", "/o/{token}/cancel")
async def ask(request: web.Request) -> web.Response:
    """Nothing happens yet: what was paid, what goes back, how and when. Cancelled before: the order's page says how it is."""
    asked = await _ask(request)
    if asked.door.order.cancelled_at:
        return see_other(asked.door.address(request))
    return _shown(request, asked)


@routes.page("POST", "/o/{token}/cancel")
@from_here
async def submit(request: web.Request) -> web.Response:
    """The place is free at once; the money goes back at once too, unless it is to wait for another time."""
    fields = await read_form(request)
    asked = await _ask(request)
    try:
        await change(
            request,
            asked.door.order,
            lambda tx: _cancel(tx, request, at_once=fields.get("money") != KEEP, shown=fields.get("shown", "")),
            given_up=True,
        )
    except Refusal as refusal:
        return _shown(request, await _ask(request), refusal)
    return see_other(asked.door.address(request))


async def _cancel(tx: Tx, request: web.Request, *, at_once: bool, shown: str) -> None:
    """Raises Conflict `money_changed` if other money is with us than the payer was shown: a payment that went through."""
    service = request.app[SERVICE]
    order, now = await orders.lock(tx, (await opened(tx, request)).order.id)
    facts = await orders.facts(tx, order.id)
    if not order.cancelled_at:
        refusal = cannot_cancel(order, facts, now)
        if refusal:
            raise refusal
        if shown != str(facts.kept.amount):
            raise Conflict("money_changed")
    await cancel.cancel(tx, service, order.id, principal=PAYER, at_once=at_once)


async def _ask(request: web.Request) -> Asked:
    service = request.app[SERVICE]

    async def work(tx: Tx) -> Asked:
        door = await opened(tx, request)
        order, language = door.order, door.language
        facts = await orders.facts(tx, order.id)
        return Asked(
            door=door,
            clinic=await catalogue.clinic_by_id(tx, order.clinic_id),
            facts=facts,
            returns=[row for panel in request.app[PANELS] for row in await panel.preview(tx, service, order, language)],
            refusal=cannot_cancel(order, facts, door.now),
            keep_until=door.now + timedelta(hours=service.config.limits.late_money_hours),
        )

    return await in_transaction(service.engine, work)


def _shown(request: web.Request, asked: Asked, refused: Refusal | None = None) -> web.Response:
    door, order = asked.door, asked.door.order
    return page_after(
        request,
        "cancel.html",
        refused or asked.refusal,
        language=door.language,
        zone=order.zone,
        here=f"{home(request)}/cancel",
        clinic=asked.clinic,
        order=order,
        place=asked.clinic,
        facts=asked.facts,
        returns=asked.returns,
        possible=asked.refusal is None,
        keep_until=asked.keep_until if asked.keep_until > door.now and asked.facts.untouched else None,
        back=door.address(request),
        move=door.address(request, "/move"),
    )
