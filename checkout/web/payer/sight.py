"""Everything one look at an order's page needs, read in one transaction; and the page itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from aiohttp import web

from checkout.booking.booking import State as BookingState
from checkout.catalogue import store as catalogue
from checkout.catalogue.catalogue import Clinic
from checkout.ground.db import Row, Tx
from checkout.ground.errors import Refusal
from checkout.payment import orders, store
from checkout.payment.order import Facts, Order
from checkout.payment.store import Payment
from checkout.web import dates
from checkout.web.pages import language_of, page, patient
from checkout.web.payer.choice import Choice
from checkout.web.payer.standing import MARKS, OVER, WAITING, Face, Standing, standing
from checkout.web.routes import PANELS, SERVICE, PanelRow
from checkout.web.texts import explain, money
from checkout.web.words import say
from gateways.money import Money

REFRESH: Final = 10  # seconds between looks while the bank has not spoken


@dataclass(frozen=True, slots=True)
class Sight:
    """`again`: where the same visit can be booked anew. `lines` and `panels` are for the private page alone."""

    order: Order
    now: datetime
    facts: Facts
    clinic: Clinic
    payments: Sequence[Payment]
    lines: Sequence[Row[Any]]
    panels: Sequence[PanelRow]
    again: str


async def whole(tx: Tx, request: web.Request, order: Order, now: datetime, language: str) -> Sight:
    """The private page's sight."""
    lines = await orders.lines(tx, order.id)
    offered = await catalogue.services_at(tx, order.clinic_id)
    slug = next((slug for slug, service in offered.items() if service.id == lines[0].service_id), "")
    return Sight(
        order=order,
        now=now,
        facts=await orders.facts(tx, order.id),
        clinic=await catalogue.clinic_by_id(tx, order.clinic_id),
        payments=await store.of_order(tx, order.id),
        lines=lines,
        panels=[row for panel in request.app[PANELS] for row in await panel(tx, order, language)],
        again=Choice(language, service=slug, clinic=order.clinic).href(),
    )


async def outcome(tx: Tx, order: Order, now: datetime, language: str) -> Sight:
    """What the bank's return address may show: no service, since that address passed through the bank."""
    return Sight(
        order=order,
        now=now,
        facts=await orders.facts(tx, order.id),
        clinic=await catalogue.clinic_by_id(tx, order.clinic_id),
        payments=await store.of_order(tx, order.id),
        lines=(),
        panels=(),
        again=Choice(language, clinic=order.clinic).href(),
    )


def stands(request: web.Request, sight: Sight) -> Standing:
    limits = request.app[SERVICE].config.limits
    return standing(sight.order, sight.facts, sight.payments, sight.now, limits)


def show(
    request: web.Request,
    sight: Sight,
    language: str,
    *,
    here: str,
    pay: str,
    bank: str,
    refusal: Refusal | None = None,
    payable: bool = True,
) -> web.Response:
    """The order as it stands. `here`, `pay`, `bank`: the addresses of this page, its button and its way to the bank.

    `refusal`: why the button did nothing just now. `payable`: whether this page may start payments.
    """
    found, order = stands(request, sight), sight.order
    shown = page(
        request,
        "order.html",
        language=language,
        here=here,
        clinic=sight.clinic,
        status=refusal.status if refusal else 200,
        refresh=REFRESH if found.face in WAITING and not refusal else None,
        face=found.face,
        mark=MARKS[found.face],
        story=_story(sight, found.face, language),
        alert=explain(refusal, language, order.zone) if refusal else None,
        decline=found.decline,
        note=found.note,
        charge=found.charge if payable and not _given_back(sight.facts) else None,
        first=found.face is Face.TO_PAY,
        calm=found.face in (Face.BOOKED, Face.SETTLED),
        waiting=found.face in WAITING,
        at_bank=found.at_bank and payable,
        over=found.face in OVER or (found.charge is None and found.face not in WAITING and held_up(found)),
        held_until=_held_until(sight, language) if found.face is not Face.CHECKING else None,
        left=None if _given_back(sight.facts) else sight.facts.due,
        surplus=_surplus(sight),
        sight=sight,
        order=order,
        facts=sight.facts,
        place=sight.clinic,
        here_address=here,
        pay_address=pay,
        bank_address=bank,
    )
    return patient(shown, refusal)


def _held_until(sight: Sight, language: str) -> str | None:
    """The hour at which the time is let go, on the clinic's clock; None if nothing is held."""
    order = sight.order
    if BookingState.HELD not in sight.facts.bookings or order.hold_until <= sight.now:
        return None
    return f"{dates.clock(order.hold_until, order.zone)} ({dates.city(order.zone, language)})"


def _given_back(facts: Facts) -> bool:
    """Whether money of this order goes or went back: then we do not ask for it again on the same page."""
    return bool(facts.refunded or facts.reserved)


def held_up(found: Standing) -> bool:
    """Unpaid, and no time left to pay in."""
    return found.face in (Face.TO_PAY, Face.DECLINED, Face.LAPSED, Face.VOIDED, Face.NOT_TAKEN)


def _story(sight: Sight, face: Face, language: str) -> str:
    """The sentence under the heading."""
    facts, order = sight.facts, sight.order
    by = dates.deadline(order.decide_by, order.zone, language) if order.decide_by else ""
    back = facts.refunded if face is Face.REFUNDED else facts.kept
    return say(language, f"{face}_text", sum=money(facts.paid, language), back=money(back, language), by=by)


def _surplus(sight: Sight) -> Money | None:
    """What was paid over the price of a visit that stands."""
    facts = sight.facts
    stands_ = BookingState.CONFIRMED in facts.bookings and not facts.cancelled
    return facts.kept - facts.total if stands_ and facts.total < facts.kept else None


def tongue(request: web.Request, order: Order) -> str:
    """The order's own language, unless the address asks for the other. The bank adds a `lang` of its own: not ours."""
    return order.language if "orderId" in request.query else language_of(request, order.language)
