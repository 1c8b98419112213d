"""Close a shift: count blind, see what differs, explain it; a large difference another person confirms. Then it is sealed."""

from __future__ import annotations

from urllib.parse import urlencode

from aiohttp import web

from checkout.catalogue.catalogue import Clinic
from checkout.ground.db import Tx
from checkout.ground.errors import Conflict
from checkout.till import begin, close, store
from checkout.till.close import Closing
from checkout.till.count import FACES
from checkout.web.desk.clinic import at_clinic
from checkout.web.desk.drawer import drawer, shift_named
from checkout.web.desk.till import TILL, cash, newest, till_of
from checkout.web.desk.typed import note, number
from checkout.web.desk.visit import Visit
from checkout.web.routes import Routes

routes = Routes()


@routes.screen("GET", f"{TILL}/close", action="cash.shift")
@at_clinic("cash.shift")
async def counting(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    """What ought to be there is not told before somebody has said what there is."""
    found = await visit.read(lambda tx: drawer(tx, visit, clinic))
    if found is None:
        return visit.go(till_of(clinic))
    return visit.page("desk/till_close.html", place=clinic, zone=clinic.zone, drawer=found, faces=FACES)


@routes.screen("POST", f"{TILL}/count", action="cash.shift", again=counting)
@at_clinic("cash.shift")
async def count(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    counted = cash(visit.fields)

    async def work(tx: Tx) -> str:
        if await store.open_of(tx, clinic.id) is None:
            raise Conflict("shift_closed")
        kept = await begin.count(tx, clinic.id, counted, principal=visit.principal.name)
        return f"{TILL}/closing?{urlencode({'clinic': clinic.slug, 'count': kept.id})}"

    return await visit.done(work)


@routes.screen("GET", f"{TILL}/closing", action="cash.shift")
@at_clinic("cash.shift")
async def closing(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    found = await visit.read(lambda tx: drawer(tx, visit, clinic))
    kept = await visit.read(lambda tx: newest(tx, clinic, visit.fields.get("count", "")))
    if found is None or kept is None or kept.shift_id != found.shift.id:
        return visit.go(till_of(clinic))
    return visit.page("desk/till_closing.html", place=clinic, zone=clinic.zone, drawer=found, count=kept)


@routes.screen("POST", f"{TILL}/closing", action="cash.shift", again=closing)
@at_clinic("cash.shift")
async def close_till(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    """To the Z report; or back to the till, where the difference waits for somebody else."""
    words = note(visit.fields, "explanation")

    async def work(tx: Tx) -> str:
        shift = await shift_named(tx, clinic, visit.fields.get("shift", ""))
        counted = number(visit.fields.get("count", "")) or 0
        who = visit.principal.name
        return _after(clinic, await close.close(tx, visit.service, shift.id, counted, explanation=words, principal=who))

    return await visit.done(work)


def _after(clinic: Clinic, done: Closing) -> str:
    return till_of(clinic) if done.waits else f"{TILL}/report/{done.shift.id}?{urlencode({'clinic': clinic.slug})}"


@at_clinic("cash.confirm")
async def _confirming(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    return visit.page("desk/refused.html", place=clinic, zone=clinic.zone)


@routes.screen("POST", f"{TILL}/confirm", action="cash.confirm", again=_confirming)
@at_clinic("cash.confirm")
async def confirm(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    """The second person, from their own login."""

    async def work(tx: Tx) -> str:
        shift = await shift_named(tx, clinic, visit.fields.get("shift", ""))
        counted = number(visit.fields.get("count", "")) or 0
        who = visit.principal.name
        return _after(clinic, await close.confirm(tx, visit.service, shift.id, counted, principal=who))

    return await visit.done(work)
