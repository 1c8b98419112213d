"""Prove anew who you are, before what gives money away, lets data out or changes rights.

A form that meets this is carried along and done once the proof is right: nothing typed is lost.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final

from aiohttp import web

from checkout.ground.errors import Forbidden, Refusal
from checkout.people import enter
from checkout.web.desk.passkeys import asked, site
from checkout.web.desk.places import local
from checkout.web.desk.visit import KEY, TOKEN, Visit
from checkout.web.routes import Routes

routes = Routes()
CODE: Final = "proof-code"
PASSWORD: Final = "proof-password"  # noqa: S105 - the name of a field
BROUGHT: Final = "proof-passkey"
_PROOFS: Final = (CODE, PASSWORD, BROUGHT)
_OURS: Final = (*_PROOFS, TOKEN, KEY)


async def before(visit: Visit, handler: Callable[[Any], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
    """The proof first, then the form that came with it."""
    if not any(name in visit.fields for name in _PROOFS):
        return await _asked(visit, visit.request.path)
    try:
        await _prove(visit)
    except Refusal as refusal:
        return await _asked(visit.refused(refusal), visit.request.path)
    fields = {name: value for name, value in visit.fields.items() if name not in _PROOFS}
    return await handler(replace(visit, fields=fields))


async def _prove(visit: Visit) -> None:
    if visit.session.staff.has_second:
        await second_shown(visit, visit.fields.get(CODE, ""), visit.fields.get(BROUGHT, ""))
    else:
        await enter.prove_by_password(visit.service, visit.session, visit.fields.get(PASSWORD, ""), visit.origin)


async def second_shown(visit: Visit, code: str, brought: str) -> None:
    """The second factor, by passkey or by code. Raises Forbidden for a code of whoever must show a passkey."""
    if brought:
        await enter.prove_by_passkey(visit.service, visit.session, site(visit), brought, visit.origin)
    elif visit.needs_passkey and visit.session.staff.has_passkey:
        raise Forbidden("passkey_needed")
    else:
        await enter.prove(visit.service, visit.session, code, visit.origin)


def takes_code(visit: Visit) -> bool:
    """Whether a code would do."""
    staff = visit.session.staff
    return staff.has_code and not (visit.needs_passkey and staff.has_passkey)


async def _asked(visit: Visit, action: str) -> web.Response:
    carried = {name: value for name, value in visit.fields.items() if name not in _OURS}
    return visit.page(
        "desk/proof.html",
        action=action,
        carried=carried,
        carried_key=visit.fields.get(KEY),
        options=await asked(visit),
        code=takes_code(visit),
        second=visit.session.staff.has_second,
    )


@routes.screen("GET", "/desk/proof")
async def ask(visit: Visit) -> web.StreamResponse:
    """For a page that wants it; then back to that page."""
    return await _asked(replace(visit, fields={"back": local(visit.fields.get("back", ""))}), "/desk/proof")


async def _again(visit: Visit) -> web.StreamResponse:
    return await _asked(visit, "/desk/proof")


@routes.screen("POST", "/desk/proof", again=_again)
async def prove(visit: Visit) -> web.StreamResponse:
    await _prove(visit)
    return visit.go(local(visit.fields.get("back", "")))
