"""Somebody else pays: a link that its holder may pass on. It shows whom one pays, for which order and how much.

Nothing of the visit: no service, no person, no hour. Whoever pays for another learns nothing of their health, nor why
their card was refused; and to the bank one is led by a press only, for it marks the payment as one to be silent about.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from checkout.booking.booking import State as BookingState
from checkout.ground.db import Tx, in_transaction
from checkout.ground.errors import Refusal
from checkout.payment import orders
from checkout.payment.payment import UNSETTLED
from checkout.payment.store import Payment
from checkout.web.guesses import Nowhere
from checkout.web.pages import page_after, see_other
from checkout.web.payer import paying, standing
from checkout.web.payer.guard import from_here
from checkout.web.payer.order import hop
from checkout.web.payer.paying import methods
from checkout.web.payer.private import tongue
from checkout.web.payer.sight import REFRESH, Sight, Ways, by_app, outcome, stands
from checkout.web.payer.standing import Face, Mark, Standing
from checkout.web.routes import SERVICE, Routes
from gateways.money import Money

routes = Routes()
GUEST: Final = "guest"  # the principal of whoever pays by the link
_FAILED: Final = (Face.DECLINED, Face.NOT_TAKEN, Face.LAPSED, Face.VOIDED)
_WAITING: Final = ("at_bank", "silent", "guest_checking")
MARKS: Final = {
    "guest_due": Mark.WAIT,
    "guest_paid": Mark.GOOD,
    "guest_closed": Mark.OVER,
    **dict.fromkeys(_WAITING, Mark.WAIT),
    **{str(face): standing.MARKS[face] for face in _FAILED},
}


@routes.page("GET", "/p/{token}")
async def asked(request: web.Request) -> web.Response:
    sight, language = await _look(request)
    return _shown(request, sight, language)


@routes.page("POST", "/p/{token}/pay")
@from_here
async def start(request: web.Request) -> web.Response:
    """To the bank: whoever is there already for this order shares its one page."""
    sight, language = await _look(request)
    try:
        way = await paying.wanted(request, sight.order)
        started = await paying.start(request, sight.order.id, language, principal=GUEST, guest=True, way=way)
    except Refusal as refusal:
        sight, language = await _look(request)
        return _shown(request, sight, language, refusal)
    return see_other(
        paying.onward(request, started, sight.order, language, _address(request, sight, language, "/bank"))
    )


@routes.page("GET", "/p/{token}/bank")
async def bank(request: web.Request) -> web.Response:
    """The hop, for whoever has pressed: the payment's result then tells nothing of the visit."""
    sight, language = await _look(request)
    return hop(request, sight.order, _led(sight), language, home=_address(request, sight, language))


async def _look(request: web.Request) -> tuple[Sight, str]:
    """Raises Nowhere for a link that leads nowhere."""

    async def work(tx: Tx) -> tuple[Sight, str]:
        found = await orders.by_pay_link(tx, request.match_info["token"])
        if found is None:
            raise Nowhere
        language = tongue(request, found[0])
        return await outcome(tx, request, *found, language), language

    return await in_transaction(request.app[SERVICE].engine, work)


def _shown(request: web.Request, sight: Sight, language: str, refusal: Refusal | None = None) -> web.Response:
    ways = Ways(
        here=f"/p/{request.match_info['token']}",
        pay=_address(request, sight, language, "/pay"),
        bank=_address(request, sight, language, "/bank"),
    )
    return show(request, sight, language, ways, refusal)


def _address(request: web.Request, sight: Sight, language: str, rest: str = "") -> str:
    return f"/p/{request.match_info['token']}{rest}" + ("" if language == sight.order.language else f"?lang={language}")


def show(request: web.Request, sight: Sight, language: str, ways: Ways, refusal: Refusal | None = None) -> web.Response:
    """As `sight.show`, for somebody who is not to learn of the visit."""
    found, order = stands(request, sight), sight.order
    charge = found.charge if ways.payable else None
    told = _told(sight, found, charge)
    shown = page_after(
        request,
        "guest.html",
        refusal,
        language=language,
        zone=order.zone,
        here=ways.here,
        clinic=sight.clinic,
        refresh=REFRESH if told in _WAITING and not refusal else None,
        told=told,
        mark=MARKS[told],
        waiting=told in _WAITING,
        decline=found.decline if _led(sight) else None,
        at_bank=found.at_bank and ways.payable,
        by_app=by_app(sight),
        way=sight.payments[-1].way if sight.payments else None,
        methods=methods(request, order.merchant),
        led=_led(sight) is not None,
        charge=charge,
        amount=sight.payments[-1].belief.amount if told in _WAITING else charge,
        code=order.code,
        until=order.hold_until if charge and BookingState.HELD in sight.facts.bookings else None,
        place=sight.clinic,
        legal=request.app[SERVICE].config.merchant(order.merchant).legal,
        ways=ways,
    )
    shown.headers["X-Face"] = told
    return shown


def _led(sight: Sight) -> Payment | None:
    """The newest payment, if it was somebody else than its payer who was led to the bank."""
    newest = sight.payments[-1] if sight.payments else None
    return newest if newest and newest.discreet else None


def _told(sight: Sight, found: Standing, charge: Money | None) -> str:
    """The name of the heading and of the sentence under it: of the money alone."""
    newest, facts = sight.payments[-1] if sight.payments else None, sight.facts
    if newest is not None and newest.state in UNSETTLED:
        return "at_bank" if found.at_bank else "silent" if found.face is Face.SILENT else "guest_checking"
    if charge is None and facts.kept and facts.bookings & {BookingState.CONFIRMED, BookingState.GIVEN}:
        return "guest_paid"
    if found.face in _FAILED and _led(sight):
        return str(found.face)
    return "guest_due" if charge else "guest_closed"
