"""Book for somebody who stands at the desk or is on the telephone: what, when, who; then how they pay.

What has been chosen lives in the address, as on the payer's own pages; only the last press makes something.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from urllib.parse import urlencode

import segno
from aiohttp import web
from markupsafe import Markup

from checkout.catalogue import legal_store, slots
from checkout.catalogue import store as catalogue
from checkout.catalogue.catalogue import Clinic, Kind
from checkout.ground.config import Consent
from checkout.ground.db import Tx
from checkout.ground.errors import Conflict, Invalid
from checkout.ground.events import Event, record
from checkout.payment import brakes, orders
from checkout.payment.order import WORDS, Plan, word
from checkout.payment.place import CONSENT_CHANGED, Wish, pay_token, place
from checkout.web.desk.clinic import at_clinic
from checkout.web.desk.taking import order_at
from checkout.web.desk.visit import Visit
from checkout.web.desk.visits import UNBRAKED
from checkout.web.payer import menu as menus
from checkout.web.payer.choice import Choice, chosen, written
from checkout.web.payer.days import FreeDay, bookable
from checkout.web.payer.form import RELATIONS, Fault, reading_anew, sent, title_of, understood
from checkout.web.payer.menu import Item, Menu
from checkout.web.routes import Routes
from checkout.web.words import LANGUAGES

routes = Routes()
BOOK: Final = "/desk/book"
PICK: Final = "pick-"
LINK: Final = "link"
NEAREST: Final = 3


@dataclass(frozen=True, slots=True)
class Times:
    """When it is free: the first days with something on them, and the soonest of all. `texts`: to agree to."""

    menu: Menu
    visit: menus.Visit
    days: list[FreeDay]
    first: date
    last: date
    texts: Sequence[Consent]

    @property
    def starts(self) -> list[datetime]:
        return [start for day in self.days for start in day.starts]


def _choice(visit: Visit, clinic: Clinic) -> Choice:
    """What the address or the form says, at this clinic. Boxes that were ticked are named one by one."""
    picked = [name.removeprefix(PICK) for name in visit.fields if name.startswith(PICK)]
    fields = {**visit.fields, "service": ",".join(picked)} if picked else visit.fields
    return replace(chosen(fields, visit.language), clinic=clinic.slug)


def _address(choice: Choice, **changes: object) -> str:
    fields = {name: value for name, value in choice.fields(**changes).items() if name != "lang"}
    return f"{BOOK}?{urlencode(fields, safe=',*')}"


@routes.screen("GET", BOOK, action="order.create")
@at_clinic("order.create")
async def book(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    choice = _choice(visit, clinic)
    if any(name.startswith(PICK) for name in visit.fields):
        return visit.go(_address(choice))
    found = await visit.read(lambda tx: menus.menu(tx, choice))
    if not found.basket.lines or found.basket.unknown or "sum" in visit.fields:
        return _services(visit, clinic, found)
    return await _times(visit, clinic, choice)


def _services(visit: Visit, clinic: Clinic, found: Menu) -> web.Response:
    shelves: list[list[Item]] = [menus.items(found, Kind.SERVICE), menus.items(found, Kind.GOODS)]
    return visit.page("desk/book.html", place=clinic, zone=clinic.zone, shelves=[one for one in shelves if one])


async def _read(tx: Tx, visit: Visit, clinic: Clinic, choice: Choice) -> Times:
    found = await menus.menu(tx, choice)
    wanted = await menus.visit_to(tx, found, clinic, choice.who)
    today, last = bookable(clinic, found.now, visit.service.config.limits.booking_horizon_days)
    asked = choice.at.astimezone(clinic.tz).date() if choice.at else choice.since or choice.day
    first = max(asked or today, today)
    days = await menus.free_days(tx, wanted, first, last) if wanted.basket.minutes else []
    texts = await legal_store.in_force(tx, visit.service.config.consents)
    return Times(found, wanted, days, first, last, texts)


async def _times(visit: Visit, clinic: Clinic, choice: Choice) -> web.Response:
    times = await visit.read(lambda tx: _read(tx, visit, clinic, choice))
    refusal = visit.refusal
    if choice.at is not None and choice.at not in times.starts and refusal is None:
        refusal = Conflict("slot_taken", nearest=slots.nearest(times.starts, choice.at))
    if choice.at is not None:
        return _form(visit if refusal is None else visit.refused(refusal), clinic, choice, times)
    shown = next((day for day in times.days if day.day == choice.day), times.days[0] if times.days else None)
    return visit.page(
        "desk/book_time.html",
        place=clinic,
        zone=clinic.zone,
        choice=choice,
        times=times,
        days=times.days,
        shown=shown,
        soonest=times.starts[:NEAREST],
        written=written,
        link=lambda **changes: _address(choice, **changes),
    )


def _form(visit: Visit, clinic: Clinic, choice: Choice, times: Times, faults: Sequence[Fault] = ()) -> web.Response:
    """Who it is for; with everything that was typed, and everything that is wrong with it."""
    refusal, config = visit.refusal, visit.service.config
    known = visit.refused(Invalid("form_faulty")) if faults else visit
    if refusal is not None and refusal.code == CONSENT_CHANGED:
        faults = reading_anew(refusal.facts["kinds"], times.texts, visit.language)
    typed = sent(visit.fields, visit.language)
    offers = times.visit.basket.offers
    return known.page(
        "desk/book_form.html",
        place=clinic,
        zone=clinic.zone,
        choice=choice,
        form=typed,
        faults={fault.field: fault.text for fault in faults},
        basket=times.visit.basket,
        wanted=times.visit.wanted,
        near=[] if faults or refusal is None else list(refusal.facts.get("nearest", ())),
        offers=offers,
        plan=typed.plan if typed.plan in [offer.plan for offer in offers] else offers[-1].plan,
        consents=[(text, title_of(text, visit.language), typed.agreed(text)) for text in times.texts],
        relations=RELATIONS,
        languages=LANGUAGES,
        letters=visit.fields.get("letters", "ru"),
        sends=LINK in visit.fields or visit.request.method == "GET",
        written=written,
        hold=config.limits.hold_minutes,
        back=_address(choice, at=None),
    )


@at_clinic("order.create")
async def _again(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    return await _times(visit, clinic, _choice(visit, clinic))


@routes.screen("POST", BOOK, action="order.create", again=_again)
@at_clinic("order.create")
async def make(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    """Made once for this form. What the payer agreed to was said, and is written down with who heard it."""
    choice = _choice(visit, clinic)
    typed = replace(sent(visit.fields, visit.language), choice=choice)
    texts = await visit.read(lambda tx: legal_store.in_force(tx, visit.service.config.consents))
    wish, faults = understood(typed, texts, None)
    if wish is None:
        times = await visit.read(lambda tx: _read(tx, visit, clinic, choice))
        return _form(visit, clinic, choice, times, faults)
    letters = visit.fields.get("letters", "")
    told = replace(wish, at_desk=True, language=letters if letters in LANGUAGES else "ru")

    async def work(tx: Tx) -> str:
        return await _made(tx, visit, told)

    return await visit.change("order.create", clinic.slug, work)


async def _made(tx: Tx, visit: Visit, wish: Wish) -> str:
    if not visit.principal.may(UNBRAKED):
        await brakes.before_hold(tx, visit.service, wish)
    order = await place(tx, visit.service, wish, principal=visit.principal.name)
    if LINK in visit.fields and order.plan is not Plan.AT_CLINIC:
        await record(tx, order.id, visit.principal.name, [Event("order", order.id, "link_asked")])
    return f"/desk/booked/{order.code}"


@routes.screen("GET", "/desk/booked/{code}", action="order.create")
async def booked(visit: Visit) -> web.StreamResponse:
    """What to tell the caller: code, time, sum; and the link by which anybody may pay it, to be read out or photographed."""

    async def work(tx: Tx) -> web.Response:
        order, now = await order_at(tx, visit, "order.create")
        facts = await orders.facts(tx, order.id)
        link = f"{visit.service.config.public_url}/p/{pay_token(visit.service, order.id)}"
        return visit.page(
            "desk/booked.html",
            place=await catalogue.clinic_by_id(tx, order.clinic_id),
            zone=order.zone,
            order=order,
            facts=facts,
            state=WORDS[word(facts)],
            held=order.plan is not Plan.AT_CLINIC and facts.due and now < order.hold_until,
            pay_link=link if facts.due else None,
            code=_drawn(link, visit.say("made_qr")),
        )

    return await visit.read(work)


def _drawn(link: str, title: str) -> Markup:
    drawn = segno.make(link, error="m").svg_inline(scale=4, dark="#000", light="#fff", title=title)
    return Markup(drawn)  # noqa: S704 - made of squares; the title is escaped by segno
