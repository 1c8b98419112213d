"""What a payer takes along: the calendar entry, the evidence, their own data; and what they agreed to, to be withdrawn."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from aiohttp import web

from checkout.books import pack
from checkout.catalogue import store as catalogue
from checkout.catalogue.catalogue import Clinic
from checkout.ground.config import Consent
from checkout.ground.db import Tx, in_transaction
from checkout.ground.errors import Missing, Refusal, TooMany
from checkout.ground.events import audit
from checkout.notices import calendar
from checkout.notices.record import record
from checkout.payment import brakes, evidence, orders
from checkout.payment.evidence import Given
from checkout.payment.order import Order
from checkout.payment.own_data import own_data
from checkout.payment.place import link_token
from checkout.web.download import File, Json, Zip, download
from checkout.web.pages import braked_page, page_after, see_other
from checkout.web.payer.guard import from_here
from checkout.web.payer.own import has_visit
from checkout.web.payer.placing import PAYER
from checkout.web.payer.private import Opened, enter, home, opened
from checkout.web.routes import PANELS, REQUEST_ID, SERVICE, Routes

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
async def data(request: web.Request) -> web.StreamResponse:
    """Everything we keep on this order and its payer."""

    async def work(tx: Tx, order: Order) -> File:
        service = request.app[SERVICE]
        found = await own_data(tx, service, order) | {"messages": await record(tx, service, order)}
        for panel in request.app[PANELS]:
            found |= await panel.record(tx, order)
        return Json(content=json.dumps(found, ensure_ascii=False, indent=2).encode(), name=f"order-{order.code}.json")

    return await _taken_along(request, "person.export", work)


@routes.page("GET", "/o/{token}/evidence.zip")
async def proof(request: web.Request) -> web.StreamResponse:
    """What was agreed to, as the clinic's lawyer would see it."""

    async def work(tx: Tx, order: Order) -> File:
        return Zip(content=await pack.pack(tx, request.app[SERVICE], order), name=pack.file_name(order))

    return await _taken_along(request, "evidence.read", work)


async def _taken_along(
    request: web.Request, action: str, work: Callable[[Tx, Order], Awaitable[File]]
) -> web.StreamResponse:
    """A file for the payer. That it was read is written down, so it is not read without end."""
    service = request.app[SERVICE]

    async def whole(tx: Tx) -> File:
        order = (await opened(tx, request)).order
        await brakes.before_download(tx, service, order)
        name, request_id = str(order.id), request[REQUEST_ID]
        await audit(tx, principal=PAYER, action=action, object_=name, outcome="done", request_id=request_id)
        return await work(tx, order)

    try:
        found = await in_transaction(service.engine, whole)
    except TooMany as refusal:
        return braked_page(request, refusal)
    return download(found.content, found.name, found.media)


@dataclass(frozen=True, slots=True)
class Agreed:
    """What was agreed to, and how each of it is withdrawn."""

    door: Opened
    clinic: Clinic
    given: list[Given]


@routes.page("GET", "/o/{token}/consents")
async def consents(request: web.Request) -> web.Response:
    """The texts as they were read, with their dates, and a button beside what can be withdrawn."""
    return await _agreed(request)


@routes.page("POST", "/o/{token}/consents/{kind}/withdraw")
@from_here
async def withdraw(request: web.Request) -> web.Response:
    """Withdrawn at once, or written down to be answered; the page then says what goes on by law."""
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
        given = _as_on_the_form(await evidence.of_order(tx, service, door.order), service.config.consents)
        return Agreed(door, clinic, given)

    agreed = await in_transaction(service.engine, work)
    door = agreed.door
    return page_after(
        request,
        "consents.html",
        refusal,
        language=door.language,
        zone=door.order.zone,
        here=f"{home(request)}/consents",
        clinic=agreed.clinic,
        order=door.order,
        legal=service.config.merchant(agreed.clinic.merchant).legal,
        given=agreed.given,
        answered_within=ANSWERED_WITHIN,
        back=door.address(request),
        link=lambda rest: door.address(request, rest),
    )


def _as_on_the_form(given: Sequence[Given], consents: Sequence[Consent]) -> list[Given]:
    """In the order in which they were read; what the form does not ask for any more comes last."""
    places = {text.kind: place for place, text in enumerate(consents)}
    return sorted(given, key=lambda one: places.get(one.kind, len(places)))
