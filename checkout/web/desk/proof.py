"""Prove anew who you are, before what gives money away, lets data out or changes rights.

A form that meets this is carried along and done once the proof is right: nothing typed is lost.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final

from aiohttp import web

from checkout.ground.errors import Refusal
from checkout.people import enter
from checkout.web.desk.places import local
from checkout.web.desk.visit import KEY, TOKEN, Visit
from checkout.web.routes import Routes

routes = Routes()
CODE: Final = "proof-code"
PASSWORD: Final = "proof-password"  # noqa: S105 - the name of a field
_OURS: Final = (CODE, PASSWORD, TOKEN, KEY)


async def before(visit: Visit, handler: Callable[[Any], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
    """The proof first, then the form that came with it."""
    if CODE not in visit.fields and PASSWORD not in visit.fields:
        return _asked(visit, visit.request.path)
    try:
        await _prove(visit)
    except Refusal as refusal:
        return _asked(visit.refused(refusal), visit.request.path)
    fields = {name: value for name, value in visit.fields.items() if name not in (CODE, PASSWORD)}
    return await handler(replace(visit, fields=fields))


async def _prove(visit: Visit) -> None:
    if visit.session.staff.has_second:
        await enter.prove(visit.service, visit.session, visit.fields.get(CODE, ""), visit.origin)
    else:
        await enter.prove_by_password(visit.service, visit.session, visit.fields.get(PASSWORD, ""), visit.origin)


def _asked(visit: Visit, action: str) -> web.Response:
    carried = {name: value for name, value in visit.fields.items() if name not in _OURS}
    return visit.page(
        "desk/proof.html",
        action=action,
        carried=carried,
        carried_key=visit.fields.get(KEY),
        second=visit.session.staff.has_second,
    )


@routes.screen("GET", "/desk/proof")
async def ask(visit: Visit) -> web.StreamResponse:
    """For a page that wants it; then back to that page."""
    return _asked(replace(visit, fields={"back": local(visit.fields.get("back", ""))}), "/desk/proof")


async def _again(visit: Visit) -> web.StreamResponse:
    return _asked(visit, "/desk/proof")


@routes.screen("POST", "/desk/proof", again=_again)
async def prove(visit: Visit) -> web.StreamResponse:
    await _prove(visit)
    return visit.go(local(visit.fields.get("back", "")))
