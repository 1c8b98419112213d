"""The worklist: one list of everything that needs a person, each with its cure."""

from __future__ import annotations

from collections import Counter
from typing import Final

from aiohttp import web

from checkout.books import broken, worklist
from checkout.books.broken import Broken
from checkout.books.worklist import Item
from checkout.catalogue import store as catalogue
from checkout.catalogue.catalogue import Clinic
from checkout.ground.db import Tx, in_transaction, now
from checkout.ground.errors import Missing
from checkout.ground.ids import PaymentId
from checkout.payment import orders
from checkout.payment import settle as settling
from checkout.payment import store as payments
from checkout.people import staff_store
from checkout.web.desk.visit import Visit
from checkout.web.named import named
from checkout.web.routes import WORKLIST, Routes

routes = Routes()
BEFORE: Final = 20  # times that it was broken before


@routes.screen("GET", "/desk/worklist", action="worklist.read")
async def show(visit: Visit) -> web.StreamResponse:
    return await _shown(visit)


async def _shown(visit: Visit) -> web.Response:
    wanted = visit.fields.get("kind", "") if visit.request.method == "GET" else ""
    sources = visit.request.app[WORKLIST]
    clinics = visit.principal.where("worklist.read")

    async def work(tx: Tx) -> tuple[list[Item], dict[int, Clinic], dict[str, str]]:
        found = await worklist.items(tx, sources, clinics)
        places = {clinic.id: clinic for clinic in await catalogue.clinics(tx)}
        roles = {role.name: role.title(visit.language) for role in await staff_store.roles(tx)}
        return found, places, roles

    found, places, roles = await visit.read(work)
    return visit.page(
        "desk/worklist.html",
        found=[item for item in found if wanted in ("", item.source.kind)],
        counts=Counter(item.source.kind for item in found),
        places=places,
        roles=roles,
        wanted=wanted,
        may=visit.principal.may,
        now=await in_transaction(visit.service.engine, now),
    )


@routes.screen("POST", "/desk/worklist/payments/{id}/look", action="worklist.act", again=_shown)
async def look(visit: Visit) -> web.StreamResponse:
    """Ask the bank once more about a payment that nobody asks about any longer."""
    payment_id = named(PaymentId, visit.path["id"], "payment_missing")

    async def work(tx: Tx) -> str:
        payment = await payments.read(tx, payment_id)
        order = (await orders.read(tx, payment.order_id))[0] if payment else None
        if order is None or not visit.principal.may("worklist.act", order.clinic_id):
            raise Missing("payment_missing")
        return f"/desk/orders/{order.code}#why"

    answer = await visit.change("payment.look", str(payment_id), work)
    await settling.settle(visit.service, payment_id)
    return answer


@routes.screen("GET", "/desk/worklist/invariants/{name}", action="worklist.read")
async def invariant(visit: Visit) -> web.StreamResponse:
    """One that is broken: what it says, what breaks it, since when, and what to do. It belongs to no clinic."""
    if visit.principal.where("worklist.read") is not None:
        raise Missing("invariant_whole")
    name = visit.path["name"]

    async def work(tx: Tx) -> tuple[Broken, list[Broken]]:
        return await broken.read(tx, name), await broken.before(tx, name, limit=BEFORE)

    found, before = await visit.read(work)
    return visit.page("desk/invariant.html", found=found, before=before)
