"""Another time for somebody's visit, or none: what becomes of the money is told before anything is pressed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from checkout.booking.booking import TAKES_PLACE
from checkout.catalogue import store as catalogue
from checkout.catalogue.catalogue import Clinic
from checkout.ground.dates import local
from checkout.ground.db import Tx
from checkout.ground.errors import Conflict, Invalid, Refusal
from checkout.payment import cancel, move, orders, pay
from checkout.payment.order import Facts, Order
from checkout.web.desk.taking import order_at
from checkout.web.desk.today import today_of
from checkout.web.desk.typed import number
from checkout.web.desk.visit import Visit
from checkout.web.payer.choice import chosen, written
from checkout.web.payer.elsewhen import Offered, offered
from checkout.web.routes import PANELS, PanelRow, Routes

routes = Routes()
UNBRAKED: Final = "brakes.pass"
KEEP: Final = "keep"


@routes.screen("GET", "/desk/visits/{code}/move", action="order.move")
async def moving(visit: Visit) -> web.StreamResponse:
    """The first free days, the times of one of them; then the time that was chosen, and the button."""
    choice = chosen(visit.fields, visit.language)

    async def work(tx: Tx) -> tuple[Order, Offered]:
        order, now = await order_at(tx, visit, "order.move")
        await visit.noted(tx, "order.read", str(order.id))
        return order, await offered(tx, visit.service, order, choice, now=now)

    order, found = await visit.read(work)
    refusal = visit.refusal or found.against(choice)
    place = f"/desk/visits/{order.code}/move"
    known = visit if refusal is None else visit.refused(refusal)
    return known.page(
        "desk/visit_move.html",
        zone=found.clinic.zone,
        place=found.clinic,
        order=order,
        offered=found,
        at=None if refusal else choice.at,
        days=found.days,
        shown=found.shown(choice),
        near=refusal.facts.get("nearest", ()) if refusal else (),
        written=written,
        link=lambda **query: f"{place}?{urlencode(query)}",
        back=_day_of(order),
    )


def _day_of(order: Order) -> str:
    return today_of(order.clinic, local(order.starts_at, order.zone))


@routes.screen("POST", "/desk/visits/{code}/move", action="order.move", again=moving)
async def move_visit(visit: Visit) -> web.StreamResponse:
    """An open bank page is closed first: nobody pays for a time that has just been left."""
    at, sequence = chosen(visit.fields, visit.language).at, number(visit.fields.get("sequence", ""))
    if at is None:
        raise Invalid("time_unreadable", pointer="/at")
    order, _ = await visit.read(lambda tx: order_at(tx, visit, "order.move"))

    async def work(tx: Tx) -> str:
        who, braked = visit.principal.name, not visit.principal.may(UNBRAKED)
        moved = await move.move(tx, visit.service, order.id, at, principal=who, sequence=sequence, braked=braked)
        return _day_of(moved)

    return await pay.letting_go(visit.service, order.id, lambda: visit.change("order.move", visit.path["code"], work))


@dataclass(frozen=True, slots=True)
class Asked:
    """What would happen. `returns`: each payment's way back. `keep_until`: until when the money could wait; None: it cannot."""

    order: Order
    clinic: Clinic
    facts: Facts
    returns: Sequence[PanelRow]
    refusal: Refusal | None
    keep_until: datetime | None


async def _ask(tx: Tx, visit: Visit) -> Asked:
    order, now = await order_at(tx, visit, "order.cancel")
    await visit.noted(tx, "order.read", str(order.id))
    facts = await orders.facts(tx, order.id)
    panels, service = visit.request.app[PANELS], visit.service
    keeps = now + timedelta(hours=service.config.limits.late_money_hours)
    return Asked(
        order=order,
        clinic=await catalogue.clinic_by_id(tx, order.clinic_id),
        facts=facts,
        returns=[row for panel in panels for row in await panel.preview(tx, service, order, visit.language)],
        refusal=_cannot(order, facts),
        keep_until=keeps if facts.untouched and keeps > now else None,
    )


def _cannot(order: Order, facts: Facts) -> Refusal | None:
    try:
        cancel.check(order, facts)
    except Conflict as refusal:
        return refusal
    return None if facts.bookings & TAKES_PLACE and not order.cancelled_at else Conflict("order_closed")


@routes.screen("GET", "/desk/visits/{code}/cancel", action="order.cancel")
async def cancelling(visit: Visit) -> web.StreamResponse:
    asked = await visit.read(lambda tx: _ask(tx, visit))
    known = visit.refused(asked.refusal) if asked.refusal and visit.refusal is None else visit
    return known.page(
        "desk/visit_cancel.html",
        zone=asked.clinic.zone,
        place=asked.clinic,
        order=asked.order,
        asked=asked,
        back=_day_of(asked.order),
    )


@routes.screen("POST", "/desk/visits/{code}/cancel", action="order.cancel", again=cancelling)
async def cancel_visit(visit: Visit) -> web.StreamResponse:
    """The time is free at once; the money goes back, or waits. Refused if other money is with us than was shown."""
    order, _ = await visit.read(lambda tx: order_at(tx, visit, "order.cancel"))
    at_once = visit.fields.get("money") != KEEP

    async def work(tx: Tx) -> str:
        found, _ = await orders.lock(tx, order.id)
        facts = await orders.facts(tx, order.id)
        if (refusal := _cannot(found, facts)) is not None:
            raise refusal
        if visit.fields.get("shown", "") != str(facts.kept.amount):
            raise Conflict("money_changed")
        await cancel.cancel(tx, visit.service, order.id, principal=visit.principal.name, at_once=at_once)
        return _day_of(order)

    return await pay.letting_go(
        visit.service, order.id, lambda: visit.change("order.cancel", visit.path["code"], work), given_up=True
    )
