"""The doors: sign in, the second factor, sign out, choose a password by a link. What is refused is refused alike."""

from __future__ import annotations

import base64
import io
from typing import Final

import segno
from aiohttp import web

from checkout.ground.crypto import CannotOpen, seal, unseal
from checkout.ground.db import in_transaction
from checkout.ground.errors import Forbidden, Missing, Refusal
from checkout.people import enter, second, staff_store
from checkout.web.client import origin
from checkout.web.desk.gate import cookie_name, session_of
from checkout.web.desk.passkeys import asked
from checkout.web.desk.places import HOME, LOGIN, SECOND, local
from checkout.web.desk.proof import second_shown, takes_code
from checkout.web.desk.visit import Visit
from checkout.web.pages import language_of, page, see_other
from checkout.web.payer.guard import from_here, read_form
from checkout.web.routes import SERVICE, Routes
from checkout.web.texts import explain

routes = Routes()
LONGEST: Final = 254  # of an address


@routes.page("GET", "/desk/login")
async def login(request: web.Request) -> web.StreamResponse:
    """Whoever is in already goes on."""
    if (session := await session_of(request)) is not None:
        return see_other(local(request.query.get("back", "")) if session.whole else SECOND)
    return _login(request)


def _login(request: web.Request, refusal: Refusal | None = None, email: str = "") -> web.Response:
    language = language_of(request)
    return page(
        request,
        "desk/login.html",
        language=language,
        status=refusal.status if refusal else 200,
        alert=explain(refusal, language) if refusal else None,
        email=email,
        back=local(request.query.get("back", "")),
    )


@routes.page("POST", "/desk/login")
@from_here
async def sign_in(request: web.Request) -> web.StreamResponse:
    """A new session each time: nobody is let in by one that was there before."""
    fields = await read_form(request)
    email = fields.get("email", "")[:LONGEST]
    try:
        token = await enter.enter(request.app[SERVICE], email, fields.get("password", ""), origin(request))
    except Refusal as refusal:
        return _login(request, refusal, email)
    answer = see_other(local(fields.get("back", "")))
    secure = request.app[SERVICE].config.public_url.startswith("https:")
    answer.set_cookie(cookie_name(request), token, path="/", httponly=True, samesite="Strict", secure=secure)
    return answer


@routes.screen("POST", "/desk/logout", door=True)
async def sign_out(visit: Visit) -> web.StreamResponse:
    await in_transaction(visit.service.engine, lambda tx: enter.leave(tx, visit.session, visit.origin))
    answer = see_other(LOGIN)
    answer.del_cookie(cookie_name(visit.request), path="/")
    return answer


@routes.screen("GET", "/desk/second", door=True)
async def second_factor(visit: Visit) -> web.StreamResponse:
    """The code of the authenticator, or setting one up."""
    if visit.session.whole and visit.session.staff.has_second:
        return visit.go(HOME)
    return await _second(visit)


async def _second(visit: Visit) -> web.Response:
    if visit.session.staff.has_second:
        return visit.page("desk/second.html", options=await asked(visit), code=takes_code(visit))
    sealed = visit.fields.get("kept", "")
    secret = _opened(visit, sealed) or second.new_secret()
    person = await in_transaction(
        visit.service.engine, lambda tx: staff_store.person(tx, visit.service.vault, visit.session.staff)
    )
    address = second.address(
        secret,
        account=person.email if person else "",
        issuer=visit.service.config.merchants[0].legal.name,
    )
    return visit.page("desk/set_up.html", secret=secret, qr=_qr(address), kept=_sealed(visit, secret), address=address)


def _qr(address: str) -> str:
    """An inline picture, for pages that load nothing from elsewhere."""
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", scale=5, border=4, dark="#000", light="#fff")
    return "data:image/svg+xml;base64," + base64.b64encode(out.getvalue()).decode()


# The secret is not kept before it has shown a right code; until then the form carries it, sealed for this session alone.
def _sealed(visit: Visit, secret: str) -> str:
    key = visit.service.vault.answer_key
    return base64.urlsafe_b64encode(seal(key, secret.encode(), place=f"set-up/{visit.session.id}")).decode()


def _opened(visit: Visit, sealed: str) -> str | None:
    if not sealed:
        return None
    try:
        raw = base64.urlsafe_b64decode(sealed)
        return unseal(visit.service.vault.answer_key, raw, place=f"set-up/{visit.session.id}").decode()
    except (ValueError, CannotOpen) as reason:
        raise Forbidden("form_expired") from reason


@routes.screen("POST", "/desk/second", door=True, again=_second)
async def show_second(visit: Visit) -> web.StreamResponse:
    code = visit.fields.get("code", "")
    if visit.session.staff.has_second:
        await second_shown(visit, code, visit.fields.get("passkey", ""))
        return visit.go(HOME)
    secret = _opened(visit, visit.fields.get("kept", ""))
    if secret is None:
        raise Forbidden("form_expired")
    codes = await enter.set_up_second(visit.service, visit.session, secret, code, visit.origin)
    return visit.page("desk/paper.html", codes=codes)


@routes.page("GET", "/desk/ticket/{token}")
async def ticket(request: web.Request) -> web.StreamResponse:
    """Choose a password: by an invitation or a recovery."""
    found = await in_transaction(
        request.app[SERVICE].engine, lambda tx: staff_store.ticket_of(tx, request.match_info["token"])
    )
    if found is None or found[0].disabled:
        return _ticket(request, Missing("ticket_used"), language_of(request), dead=True)
    return _ticket(request, None, language_of(request, found[0].language))


def _ticket(request: web.Request, refusal: Refusal | None, language: str, *, dead: bool = False) -> web.Response:
    alert = explain(refusal, language) if refusal else None
    return page(
        request,
        "desk/ticket.html",
        language=language,
        status=refusal.status if refusal else 200,
        alert=alert,
        wrong={"password": alert} if refusal and refusal.pointer else {},
        dead=dead,
    )


@routes.page("POST", "/desk/ticket/{token}")
@from_here
async def choose_password(request: web.Request) -> web.StreamResponse:
    fields = await read_form(request)
    try:
        await enter.choose_password(
            request.app[SERVICE], request.match_info["token"], fields.get("password", ""), origin(request)
        )
    except Refusal as refusal:
        return _ticket(request, refusal, language_of(request), dead=refusal.code == "ticket_used")
    return see_other(LOGIN)
