"""Where one waits for a banking application: the QR code, the link that opens it, a push; and the way to the card page.

It stands behind the payment's return address and says nothing of the visit, so it serves the holder and a guest alike. It
asks the bank as the result does, and leads there as soon as the payment waits no more. Nothing here decides about money.
"""

from __future__ import annotations

import io
from typing import Final

import segno
from aiohttp import web

from checkout.ground.errors import Refusal
from checkout.payment import brakes, pay, ways
from checkout.payment.payment import LIVE, State
from checkout.privacy.person import telephone
from checkout.web import texts
from checkout.web.pages import page_after, see_other
from checkout.web.payer.guard import from_here, read_form
from checkout.web.payer.result import Returned, ask, look
from checkout.web.payer.sight import REFRESH
from checkout.web.routes import SERVICE, Routes
from gateways.gateway import Way
from gateways.sberbank.action_codes import Explanation, explain, names_cause

routes = Routes()
PUSHED: Final = "done=pushed"
_TITLES: Final = {"agreed": "phone_agreed_title", "spent": "declined_title"}
DOT: Final = 8  # pixels of one square; a code is some forty of them wide


@routes.page("GET", "/r/{token}/phone")
async def wait(request: web.Request) -> web.Response:
    """Ask the bank, briefly; then show what to do, or what became of it."""
    came = await look(request)
    if came.payment.state in LIVE:
        await ask(request.app[SERVICE], came.payment.id)
        came = await look(request)
    return _shown(request, came) if _waits(came) else see_other(came.address(request.match_info["token"]))


@routes.page("GET", "/r/{token}/qr.png")
async def image(request: web.Request) -> web.Response:
    """The code as a picture, drawn here from what it says."""
    came = await look(request)
    if came.payment.code is None or came.payment.state is not State.PENDING:
        raise web.HTTPNotFound
    out = io.BytesIO()
    segno.make(came.payment.code.payload, error="m").save(out, kind="png", scale=DOT, border=4)
    return web.Response(body=out.getvalue(), content_type="image/png")


@routes.page("POST", "/r/{token}/code")
@from_here
async def renew(request: web.Request) -> web.Response:
    """Another code, if there is none or the one there is was refused."""
    service, came = request.app[SERVICE], await look(request)
    if _waits(came):
        await ways.fill(service, came.payment, back=pay.return_address(service, came.payment.id))
    return see_other(came.address(request.match_info["token"], "/phone"))


@routes.page("POST", "/r/{token}/card")
@from_here
async def card(request: web.Request) -> web.Response:
    """Another mind: the card page of the same bank order. A code that nobody used is taken back."""
    came = await look(request)
    if _waits(came):
        await ways.leave(request.app[SERVICE], came.payment)
    return see_other(came.address(request.match_info["token"], "/bank"))


@routes.page("POST", "/r/{token}/push")
@from_here
async def push(request: web.Request) -> web.Response:
    """Let the bank knock at a phone; its number is passed on and kept nowhere."""
    came, typed = await look(request), (await read_form(request)).get("phone", "")
    token = request.match_info["token"]
    if not _waits(came):
        return see_other(came.address(token))
    try:
        phone = telephone(typed, "/phone")
        await brakes.before_push(request.app[SERVICE], came.sight.order, came.payment.id)
        await ways.push(request.app[SERVICE], came.payment, phone)
    except Refusal as refusal:
        return _shown(request, await look(request), refusal, typed)
    home = came.address(token, "/phone")
    return see_other(f"{home}{'&' if '?' in home else '?'}{PUSHED}")


def _waits(came: Returned) -> bool:
    return came.newest and came.payment.state is State.PENDING and came.payment.by_app


def _shown(request: web.Request, came: Returned, refusal: Refusal | None = None, typed: str = "") -> web.Response:
    """`typed`: the telephone number that could not be used."""
    payment, order, token = came.payment, came.sight.order, request.match_info["token"]
    sberpay = request.app[SERVICE].gateway(payment.merchant).sberpay if payment.way is Way.SBERPAY else None
    told = _told(came)
    shown = page_after(
        request,
        "phone.html",
        refusal,
        language=came.language,
        zone=order.zone,
        here=came.address(token, "/phone"),
        clinic=came.sight.clinic,
        refresh=None if refusal else REFRESH,
        told=told,
        title=_TITLES.get(told, f"phone_{payment.way}_title"),
        decline=_decline(came),
        amount=payment.belief.amount,
        order=order,
        now=came.sight.now,
        until=payment.belief.session_ends_at,
        code=payment.code if told == Way.SBP else None,
        image=came.address(token, "/qr.png"),
        link=payment.app_link if told == Way.SBERPAY else None,
        pushes=sberpay is not None and sberpay.push is not None and told == Way.SBERPAY,
        pushed=PUSHED in request.query_string,
        wrong=_wrong(refusal, came.language),
        typed=typed,
        bank_page=sberpay.page(payment.form_url) if sberpay and payment.form_url and sberpay.push is None else None,
        exchange=told in ("spent", "codeless"),
        ways={name: came.address(token, f"/{name}") for name in ("phone", "code", "card", "push")},
    )
    # By this a waiting page sees, without being loaded anew, that it is out of date.
    shown.headers["X-Face"] = f"phone-{told}"
    return shown


def _wrong(refusal: Refusal | None, language: str) -> dict[str, str]:
    """What is wrong with the one field, if it is that."""
    return {"phone": texts.explain(refusal, language)} if refusal and refusal.pointer == "/phone" else {}


def _told(came: Returned) -> str:
    """The name of the sentence under the heading."""
    payment = came.payment
    if ways.agreed(payment):
        return "agreed"
    if payment.way is not Way.SBP:
        return str(payment.way)
    if ways.spent(payment):
        return "spent"
    return str(Way.SBP) if payment.code is not None else "codeless"


def _decline(came: Returned) -> Explanation | None:
    """Why the last try came to nothing, to whoever tried it."""
    payment = came.payment
    said = names_cause(payment.action_code) and not ways.agreed(payment) and not payment.discreet
    return explain(payment.action_code) if said else None
