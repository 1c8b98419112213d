"""Keep what a page was asked for under a name, and forget it: the same for every page with a filter."""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

from aiohttp import web

from checkout.ground.db import Tx
from checkout.ground.errors import Missing
from checkout.people import views
from checkout.web.desk.visit import Visit
from checkout.web.routes import Routes

routes = Routes()
_PAGE: Final = re.compile(r"/desk/[a-z]+(?:/[a-z]+)*")


def _page(visit: Visit) -> str:
    """The page that the form stands on. Raises Missing for what is no page of ours."""
    page = visit.fields.get("page", "")
    if len(page) > views.LONGEST_NAME or not _PAGE.fullmatch(page):
        raise Missing("view_missing")
    return page


@routes.screen("POST", "/desk/views")
async def keep(visit: Visit) -> web.StreamResponse:
    page, name, query = _page(visit), visit.fields.get("name", ""), visit.fields.get("query", "")

    async def work(tx: Tx) -> str:
        return (await views.keep(tx, visit.session.staff.id, page, name, query)).address

    return await visit.change("view.keep", page, work)


@routes.screen("POST", "/desk/views/forget")
async def forget(visit: Visit) -> web.StreamResponse:
    page = _page(visit)
    try:
        wanted = UUID(visit.fields.get("view", ""))
    except ValueError as reason:
        raise Missing("view_missing") from reason

    async def work(tx: Tx) -> str:
        await views.forget(tx, visit.session.staff.id, wanted)
        return page

    return await visit.change("view.forget", page, work)
