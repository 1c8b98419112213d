"""One's passkeys: add one, remove one. Whoever must have one is led here before any room opens."""

from __future__ import annotations

from aiohttp import web

from checkout.ground.db import Tx
from checkout.ground.errors import Conflict, Missing
from checkout.people import passkey, staff_store
from checkout.people.passkey import Site
from checkout.web.desk.places import ME, PASSKEY
from checkout.web.desk.visit import Visit
from checkout.web.routes import Routes

routes = Routes()


def site(visit: Visit) -> Site:
    """Bound to the staff's own address: a passkey answers no page of another."""
    config = visit.service.config
    return Site(config.desk_host, config.desk_url, config.merchants[0].legal.name)


async def asked(visit: Visit) -> str | None:
    """What their browser is to ask a passkey for; None for whoever has none."""
    if not visit.session.staff.has_passkey:
        return None
    return await visit.read(lambda tx: passkey.ask(tx, visit.session, site(visit)))


async def _form(visit: Visit) -> web.Response:
    async def work(tx: Tx) -> str:
        person = await staff_store.person(tx, visit.service.vault, visit.session.staff)
        name, email = (person.name, person.email) if person else ("", "")
        return await passkey.offer(tx, visit.session, site(visit), account=email, name=name)

    return visit.page("desk/passkey.html", options=await visit.read(work))


@routes.screen("GET", PASSKEY, fresh=True)
async def form(visit: Visit) -> web.StreamResponse:
    return await _form(visit)


@routes.screen("POST", PASSKEY, fresh=True, again=_form)
async def add(visit: Visit) -> web.StreamResponse:
    async def work(tx: Tx) -> str:
        brought, name = visit.fields.get("passkey", ""), visit.fields.get("name", "")
        await passkey.add(tx, visit.session, site(visit), brought, name)
        return ME

    return await visit.change("passkey.add", str(visit.session.staff.id), work)


async def _refused(visit: Visit) -> web.Response:
    return visit.page("desk/refused.html")


@routes.screen("POST", f"{PASSKEY}/remove", fresh=True, again=_refused)
async def remove(visit: Visit) -> web.StreamResponse:
    """Raises Conflict for the last one of whoever must have one."""

    async def work(tx: Tx) -> str:
        staff = await staff_store.lock(tx, visit.session.staff.id)
        if visit.needs_passkey and len(await passkey.of(tx, staff.id)) == 1:
            raise Conflict("passkey_last")
        if not await passkey.remove(tx, staff, visit.fields.get("passkey", "")):
            raise Missing("passkey_missing")
        return ME

    return await visit.change("passkey.remove", str(visit.session.staff.id), work)
