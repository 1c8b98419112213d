"""A clinic's day: who comes, what is paid and what is owed; and what became of each visit and its goods."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from checkout.catalogue.catalogue import Clinic
from checkout.ground.db import Tx, now
from checkout.ground.errors import Invalid
from checkout.payment import day as days
from checkout.payment import visit as visits
from checkout.payment.order import WORDS, Order, word
from checkout.payment.visit import Outcome
from checkout.web.desk import typed
from checkout.web.desk.clinic import at_clinic
from checkout.web.desk.finding import ORDERS
from checkout.web.desk.taking import order_at
from checkout.web.desk.visit import Visit
from checkout.web.routes import Routes

routes = Routes()
TODAY: Final = "/desk/today"


def today_of(clinic: str, day: date | None = None) -> str:
    named = {"day": day.isoformat()} if day else {}
    return f"{TODAY}?{urlencode({'clinic': clinic, **named})}"


@routes.screen("GET", TODAY, action="person.read")
@at_clinic("person.read")
async def today(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    """Days are the clinic's own, on its own clock. Names were looked at: the audit knows."""

    async def work(tx: Tx) -> web.Response:
        moment = await now(tx)
        this = moment.astimezone(clinic.tz).date()
        day = typed.day(visit.fields.get("day", "")) or this
        await visit.noted(tx, "person.read", f"{clinic.slug} {day.isoformat()}")
        found = await days.of_day(tx, visit.service.vault, clinic, day)
        return visit.page(
            "desk/today.html",
            place=clinic,
            zone=clinic.zone,
            day=day,
            now=moment,
            this=this,
            before=today_of(clinic.slug, day - timedelta(days=1)),
            after=today_of(clinic.slug, day + timedelta(days=1)),
            comers=[(comer, WORDS[word(comer.facts)]) for comer in found],
            owed=sum(1 for comer in found if comer.facts.due),
        )

    return await visit.read(work)


@routes.screen("POST", "/desk/visits/{code}/mark", action="visit.mark", again=today)
async def mark(visit: Visit) -> web.StreamResponse:
    """Given, or missed: the return window of its services runs from then on."""

    async def work(tx: Tx) -> str:
        order, _ = await order_at(tx, visit, "visit.mark")
        await visits.mark(tx, order.id, _outcome(visit), principal=visit.principal.name)
        return _back(visit, order)

    return await visit.change("visit.mark", visit.path["code"], work)


def _outcome(visit: Visit) -> Outcome:
    try:
        return Outcome(visit.fields.get("outcome", ""))
    except ValueError as reason:
        raise Invalid("reason_unfit", pointer="/outcome") from reason


def _back(visit: Visit, order: Order) -> str:
    """To where it was pressed: its line of the day, or the order's own page."""
    if visit.fields.get("on") == "order":
        return f"{ORDERS}/{order.code}#goods"
    return f"{today_of(order.clinic, typed.day(visit.fields.get('day', '')))}#{order.code}"


@routes.screen("POST", "/desk/visits/{code}/arrived", action="visit.mark", again=today)
async def goods_arrived(visit: Visit) -> web.StreamResponse:
    """Its goods are at the clinic: the payer is told, and no window runs yet."""

    async def work(tx: Tx) -> str:
        order, _ = await order_at(tx, visit, "visit.mark")
        await visits.goods_arrived(tx, order.id, principal=visit.principal.name)
        return _back(visit, order)

    return await visit.change("visit.arrived", visit.path["code"], work)


@routes.screen("POST", "/desk/visits/{code}/goods", action="visit.mark", again=today)
async def hand_over(visit: Visit) -> web.StreamResponse:
    """Its goods are with the patient: their own window runs from then on."""

    async def work(tx: Tx) -> str:
        order, _ = await order_at(tx, visit, "visit.mark")
        await visits.hand_over(tx, order.id, principal=visit.principal.name)
        return _back(visit, order)

    return await visit.change("visit.goods", visit.path["code"], work)
