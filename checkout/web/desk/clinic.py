"""At which clinic somebody works: the one that is named, or the only one at which they may; else they are asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from urllib.parse import urlencode

from aiohttp import web

from checkout.catalogue import store as catalogue
from checkout.catalogue.catalogue import Clinic
from checkout.ground.db import Tx
from checkout.ground.errors import Missing
from checkout.web.desk.visit import Visit

AtClinic = Callable[[Visit, Clinic], Awaitable[web.StreamResponse]]
Handler = Callable[[Visit], Awaitable[web.StreamResponse]]


def at_clinic(action: str) -> Callable[[AtClinic], Handler]:
    """A screen of one clinic (the field `clinic`); without it, whoever works at several chooses first.

    Raises Missing `clinic_unknown`: also for a clinic at which this is not theirs to do.
    """

    def keep(handler: AtClinic) -> Handler:
        @wraps(handler)
        async def handle(visit: Visit) -> web.StreamResponse:
            theirs = await visit.read(lambda tx: clinics(tx, visit, action))
            asked = visit.fields.get("clinic")
            if asked is None and len(theirs) != 1:
                return _which(visit, theirs)
            chosen = [clinic for clinic in theirs if asked in (None, clinic.slug)]
            if not chosen:
                raise Missing("clinic_unknown")
            return await handler(visit, chosen[0])

        return handle

    return keep


async def clinics(tx: Tx, visit: Visit, action: str) -> list[Clinic]:
    """Those at which they may do this."""
    where = visit.principal.where(action)
    return [clinic for clinic in await catalogue.clinics(tx) if where is None or clinic.id in where]


def _which(visit: Visit, theirs: list[Clinic]) -> web.Response:
    kept = {} if visit.request.method == "POST" else dict(visit.fields)
    doors = [(clinic, f"{visit.request.path}?{urlencode({**kept, 'clinic': clinic.slug})}") for clinic in theirs]
    return visit.page("desk/which.html", doors=doors)
