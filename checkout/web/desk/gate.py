"""What every screen of the staff passes before its handler: session, right, proof, token. Nobody is let in by default."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from checkout.ground.crypto import same
from checkout.ground.db import Scope, in_transaction
from checkout.ground.errors import Missing, Refusal
from checkout.ground.events import audit
from checkout.ground.service import Service
from checkout.people import staff_store
from checkout.people.access import Principal
from checkout.people.staff import Session
from checkout.web.client import origin
from checkout.web.desk import proof
from checkout.web.desk.names import names
from checkout.web.desk.places import HOME, LOGIN, PASSKEY, PROOF, SECOND
from checkout.web.desk.visit import TOKEN, Visit, token
from checkout.web.pages import fault_page, see_other
from checkout.web.payer.guard import PARTS, Unreadable, from_elsewhere, read_form, read_parts
from checkout.web.routes import SERVICE, Screen

LONGEST_TOKEN: Final = 60
MOST_FIELDS: Final = 500  # a form of ours may have a box for each service, and a line for each day


def screen(entry: Screen) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The aiohttp handler of one declared screen."""

    async def handle(request: web.Request) -> web.StreamResponse:
        session = await session_of(request)
        if session is None:
            return _to_login(request)
        visit = Visit(request, session, scoped(request, session.principal))
        if (elsewhere := _turned(entry, visit)) is not None:
            return elsewhere
        if entry.action and not any(session.principal.may(action) for action in entry.action):
            await _denied(request, session, entry)
            return fault_page(request, 403, "action_forbidden")
        if (entry.upload or entry.bulk) and request.content_type == PARTS:
            with TemporaryDirectory() as folder:
                return await _heard(entry, visit, lambda: read_parts(request, Path(folder), entry.upload, entry.bulk))
        return await _heard(entry, visit, lambda: _fields(request))

    return handle


async def _heard(
    entry: Screen, visit: Visit, read: Callable[[], Awaitable[tuple[Mapping[str, str], Path | None]]]
) -> web.StreamResponse:
    """Answer what was sent, if it can be read and is a form of ours."""
    request = visit.request
    try:
        fields, file = await read()
    except Unreadable as reason:
        return fault_page(request, reason.status, reason.code)
    if request.method == "POST" and not _ours(request, visit.session, fields):
        await _denied(request, visit.session, entry)
        return fault_page(request, 403, "form_expired")
    return await _answered(entry, replace(visit, fields=fields, file=file))


async def session_of(request: web.Request) -> Session | None:
    """The open session behind the cookie."""
    brought = request.cookies.get(cookie_name(request), "")
    if not 0 < len(brought) <= LONGEST_TOKEN:
        return None
    return await in_transaction(request.app[SERVICE].engine, lambda tx: staff_store.session(tx, brought))


def scoped(request: web.Request, principal: Principal) -> Service:
    """What they work with: the database shows it no row of a clinic that is not theirs."""
    return request.app[SERVICE].within(Scope(principal.name, principal.clinics))


def cookie_name(request: web.Request) -> str:
    """Over TLS the browser itself sees to it that no other host and no plain page sets it."""
    return "__Host-desk" if request.app[SERVICE].config.public_url.startswith("https:") else "desk"


def _turned(entry: Screen, visit: Visit) -> web.Response | None:
    """Where whoever has not shown enough is led first; None: nowhere."""
    request, session = visit.request, visit.session
    if not session.whole and not entry.door:
        return see_other(SECOND)
    if visit.needs_passkey and not session.staff.has_passkey and not entry.door and entry.path not in (PASSKEY, PROOF):
        return see_other(PASSKEY)
    if entry.fresh and not session.fresh and request.method == "GET":
        return see_other(f"{PROOF}?{urlencode({'back': request.path_qs})}")
    return None


def _to_login(request: web.Request) -> web.Response:
    back = {"back": request.path_qs} if request.method == "GET" and request.path != HOME else {}
    return see_other(f"{LOGIN}?{urlencode(back)}" if back else LOGIN)


async def _fields(request: web.Request) -> tuple[Mapping[str, str], None]:
    if request.method == "POST":
        return await read_form(request, MOST_FIELDS), None
    if len(dict(request.query)) != len(request.query):
        raise Unreadable(400, "parameter_repeated")
    return dict(request.query), None


def _ours(request: web.Request, session: Session, fields: Mapping[str, str]) -> bool:
    return not from_elsewhere(request) and same(fields.get(TOKEN, ""), token(request, session))


async def _answered(entry: Screen, visit: Visit) -> web.StreamResponse:
    """A refused form is shown again with what was typed; a refused page says why in its place."""
    try:
        if entry.fresh and not visit.session.fresh:
            return await proof.before(visit, entry.handler)
        return await entry.handler(visit)
    except Refusal as refusal:
        await _name(visit, refusal)
        return await _shown_again(entry, visit.refused(refusal))


async def _shown_again(entry: Screen, visit: Visit) -> web.StreamResponse:
    """The form with its refusal; where the form cannot be shown any more, the refusal alone. What is not there is not there."""
    if entry.again is not None:
        try:
            return await entry.again(visit)
        except Missing as gone:
            return visit.refused(gone).page("desk/refused.html")
        except Refusal:
            return visit.page("desk/refused.html")
    return visit.page("desk/refused.html")


async def _name(visit: Visit, refusal: Refusal) -> None:
    """Who was there first is told by name; what the flow knows is who they are in our books."""
    by = refusal.facts.get("by")
    if isinstance(by, str):
        vault, language = visit.service.vault, visit.language
        known = await in_transaction(visit.service.engine, lambda tx: names(tx, vault, [by], language))
        refusal.facts["by"] = known[by]


async def _denied(request: web.Request, session: Session, entry: Screen) -> None:
    came = origin(request)
    await in_transaction(
        request.app[SERVICE].engine,
        lambda tx: audit(
            tx,
            principal=session.principal.name,
            action=entry.action[0] if entry.action else "session",
            object_=entry.path,
            outcome="denied",
            origin=came,
        ),
    )
