"""The first page of the staff: what is theirs to do. Rooms that they may not enter are not shown."""

from __future__ import annotations

from aiohttp import web

from checkout.ground.db import Tx
from checkout.people import staff_store
from checkout.web.desk.places import HOME
from checkout.web.desk.visit import Visit
from checkout.web.routes import Routes
from checkout.web.words import LANGUAGES

routes = Routes()


@routes.screen("GET", "/desk")
async def home(visit: Visit) -> web.StreamResponse:
    return visit.page("desk/home.html")


@routes.screen("POST", "/desk/language")
async def speak(visit: Visit) -> web.StreamResponse:
    """Their language, from now on and on every machine."""
    wanted = visit.fields.get("language", "")

    async def work(tx: Tx) -> str:
        if wanted in LANGUAGES:
            await staff_store.speak(tx, visit.session.staff.id, wanted)
        return HOME

    return await visit.change("staff.language", str(visit.session.staff.id), work)
