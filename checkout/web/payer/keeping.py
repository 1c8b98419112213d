"""What a payer takes along: the calendar entry, the evidence, their own data; and what they agreed to, to be withdrawn."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from aiohttp import web

from checkout.catalogue import store as catalogue
from checkout.catalogue.catalogue import Clinic
from checkout.ground.db import Tx, in_transaction
from checkout.ground.errors import Missing, Refusal
from checkout.ground.events import audit
from checkout.notices import calendar
from checkout.payment import evidence, orders, pack
from checkout.payment.evidence import Given, Way
from checkout.payment.own_data import own_data
from checkout.payment.place import link_token
from checkout.web.download import Zip, download
from checkout.web.pages import fault_page, page, see_other
from checkout.web.payer.guard import from_elsewhere
from checkout.web.payer.own import has_visit
from checkout.web.payer.placing import PAYER
from checkout.web.payer.private import Opened, enter, home, opened
from checkout.web.routes import PANELS, REQUEST_ID, SERVICE, Routes
from checkout.web.texts import explain

routes = Routes()
ANSWERED_WITHIN: Final = timedelta(days=30)  # product.md PRIV-11


@routes.page("GET", "/o/{token}/visit.ics")
async def entry(request: web.Request) -> web.Response:
    """The visit for a calendar; there is none before it is confirmed, nor after it was cancelled."""
    service = request.app[SERVICE]

    async def work(tx: Tx) -> bytes:
        door = await opened(tx, request)
        order = door.order
        if not has_visit(await orders.facts(tx, order.id)):
            raise web.HTTPNotFound
        return calendar.entry(
            order,
            await catalogue.clinic_by_id(tx, order.clinic_id),
            language=door.language,
            url=f"{service.config.public_url}/o/{link_token(service, order.id)}",
            cancelled=False,
            now=door.now,
        )

    return download(await in_transaction(service.engine, work), "visit.ics", "text/calendar")


@routes.page("GET", "/o/{token}/data.json")
async def data(request: web.Request) -> web.Response:
    """Everything we keep on this order and its payer. That it was read is written down."""

    async def work(tx: Tx) -> tuple[str, dict[str, Any]]:
        order = (await opened(tx, request)).order
        await _read_by_payer(tx, request, "person.export", str(order.id))
        found = await own_data(tx, request.app[SERVICE], order)
        for panel in request.app[PANELS]:
            found |= await panel.record(tx, order)
        return order.code, found

    code, found = await in_transaction(request.app[SERVICE].engine, work)
    return download(json.dumps(found, ensure_ascii=False, indent=2).encode(), f"order-{code}.json", "application/json")


@routes.page("GET", "/o/{token}/evidence.zip")
async def proof(request: web.Request) -> web.Response:
    """What was agreed to, as the clinic's lawyer would see it."""

    async def work(tx: Tx) -> Zip:
        order = (await opened(tx, request)).order
        await _read_by_payer(tx, request, "evidence.read", str(order.id))
        return Zip(content=await pack.pack(tx, request.app[SERVICE], order), name=pack.file_name(order))

    found = await in_transaction(request.app[SERVICE].engine, work)
    return download(found.content, found.name, found.media)


async def _read_by_payer(tx: Tx, request: web.Request, action: str, name: str) -> None:
    await audit(tx, principal=PAYER, action=action, object_=name, outcome="done", request_id=request[REQUEST_ID])


@dataclass(frozen=True, slots=True)
class Agreed:
    """What was agreed to, and how each of it is withdrawn."""

    door: Opened
    clinic: Clinic
    given: list[tuple[Given, Way]]


@routes.page("GET", "/o/{token}/consents")
async def consents(request: web.Request) -> web.Response:
    """The texts as they were read, with their dates, and a button beside what can be withdrawn."""
    return await _agreed(request)


@routes.page("POST", "/o/{token}/consents/{kind}/withdraw")
async def withdraw(request: web.Request) -> web.Response:
    """Withdrawn at once, or written down to be answered; the page then says what goes on by law."""
    if from_elsewhere(request):
        return fault_page(request, 403, "form_expired")
    service, door = request.app[SERVICE], await enter(request)
    kind = request.match_info["kind"]
    try:
        await in_transaction(
            service.engine, lambda tx: evidence.withdraw(tx, service, door.order, kind, principal=PAYER)
        )
    except Missing as reason:
        raise web.HTTPNotFound from reason
    except Refusal as refusal:
        return await _agreed(request, refusal)
    return see_other(door.address(request, "/consents"))


async def _agreed(request: web.Request, refusal: Refusal | None = None) -> web.Response:
    service = request.app[SERVICE]

    async def work(tx: Tx) -> Agreed:
        door = await opened(tx, request)
        clinic = await catalogue.clinic_by_id(tx, door.order.clinic_id)
        given = await evidence.of_order(tx, service, door.order)
        return Agreed(door, clinic, [(one, evidence.way(service.config.consents, one.kind)) for one in given])

    agreed = await in_transaction(service.engine, work)
    door = agreed.door
    return page(
        request,
        "consents.html",
        language=door.language,
        here=f"{home(request)}/consents",
        clinic=agreed.clinic,
        status=refusal.status if refusal else 200,
        alert=explain(refusal, door.language) if refusal else None,
        order=door.order,
        legal=service.config.merchant(agreed.clinic.merchant).legal,
        given=agreed.given,
        answered_within=ANSWERED_WITHIN,
        back=door.address(request),
        link=lambda rest: door.address(request, rest),
    )
