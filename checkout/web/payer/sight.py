"""Everything one look at an order's page needs, read in one transaction; and the page itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from aiohttp import web

from checkout.booking.booking import State as BookingState
from checkout.catalogue import store as catalogue
from checkout.catalogue.catalogue import Clinic
from checkout.ground.db import Row, Tx
from checkout.ground.errors import Refusal
from checkout.payment import brakes, orders, receipt_store, store
from checkout.payment.order import Facts, Order
from checkout.payment.receipt import KINDS, Receipt
from checkout.payment.store import Payment
from checkout.web import dates
from checkout.web.pages import page_after
from checkout.web.payer.choice import Choice
from checkout.web.payer.own import Own, own
from checkout.web.payer.paying import card_words, methods
from checkout.web.payer.private import Opened
from checkout.web.payer.standing import MARKS, OVER, STANDS, WAITING, Face, Standing, standing
from checkout.web.routes import PANELS, SERVICE, PanelRow
from checkout.web.texts import money
from checkout.web.words import say
from gateways.money import Money

REFRESH: Final = 10  # seconds between looks while the bank has not spoken


@dataclass(frozen=True, slots=True)
class Sight:
    """`again`: where the same visit can be booked anew. `rests_until`: no card may be tried before, too many were refused.

    `lines`, `panels`, `own` and `receipts` are for the private page alone.
    """

    order: Order
    now: datetime
    facts: Facts
    clinic: Clinic
    payments: Sequence[Payment]
    lines: Sequence[Row[Any]]
    panels: Sequence[PanelRow]
    again: str
    rests_until: datetime | None
    own: Own | None = None
    receipts: Sequence[Receipt] = ()


async def whole(tx: Tx, request: web.Request, door: Opened) -> Sight:
    """The private page's sight."""
    order, language = door.order, door.language
    lines, facts = await orders.lines(tx, order.id), await orders.facts(tx, order.id)
    clinic, payments = await catalogue.clinic_by_id(tx, order.clinic_id), await store.of_order(tx, order.id)
    offered = await catalogue.services_at(tx, order.clinic_id)
    slugs = {service.id: slug for slug, service in offered.items()}
    wanted = tuple((slugs[line.service_id], line.quantity) for line in lines if line.service_id in slugs)
    return Sight(
        order=order,
        now=door.now,
        facts=facts,
        clinic=clinic,
        payments=payments,
        lines=lines,
        panels=[row for panel in request.app[PANELS] for row in await panel.rows(tx, order, language)],
        again=Choice(language, lines=wanted, clinic=order.clinic).href(),
        rests_until=await _rests(tx, request, payments),
        own=await own(tx, request, door, facts=facts, clinic=clinic, lines=lines),
        receipts=await receipt_store.of_order(tx, order.id),
    )


async def outcome(tx: Tx, request: web.Request, order: Order, now: datetime, language: str) -> Sight:
    """What the bank's return address may show: no service, since that address passed through the bank."""
    payments = await store.of_order(tx, order.id)
    return Sight(
        order=order,
        now=now,
        facts=await orders.facts(tx, order.id),
        clinic=await catalogue.clinic_by_id(tx, order.clinic_id),
        payments=payments,
        lines=(),
        panels=(),
        again=Choice(language, clinic=order.clinic).href(),
        rests_until=await _rests(tx, request, payments),
    )


async def _rests(tx: Tx, request: web.Request, payments: Sequence[Payment]) -> datetime | None:
    """To the minute, so that whoever comes then is not too early. Where no payment was tried there is nothing to rest from."""
    until = await brakes.rests_until(tx, request.app[SERVICE], payments[-1].order_id) if payments else None
    return (until + timedelta(minutes=1)).replace(second=0, microsecond=0) if until else None


def stands(request: web.Request, sight: Sight) -> Standing:
    limits = request.app[SERVICE].config.limits
    return standing(sight.order, sight.facts, sight.payments, sight.now, limits)


@dataclass(frozen=True, slots=True)
class Ways:
    """From one page: to itself, by its button, to the bank. `payable`: whether this page may start payments."""

    here: str
    pay: str
    bank: str
    payable: bool = True


def show(request: web.Request, sight: Sight, language: str, ways: Ways, refusal: Refusal | None = None) -> web.Response:
    """The order as it stands. `refusal`: why the button did nothing just now."""
    found, order = stands(request, sight), sight.order
    rests = sight.rests_until if found.charge else None
    shown = page_after(
        request,
        "order.html",
        refusal,
        language=language,
        zone=order.zone,
        here=ways.here,
        clinic=sight.clinic,
        refresh=REFRESH if found.face in WAITING and not refusal else None,
        face=found.face,
        told=found.told,
        mark=MARKS[found.face],
        story=_story(sight, found, language),
        decline=None if sight.payments and sight.payments[-1].discreet else found.decline,
        note=found.note,
        charge=_charge(sight, found) if ways.payable else None,
        rests_until=rests,
        first=found.face is Face.TO_PAY,
        calm=found.face in STANDS,
        waiting=found.face in WAITING,
        at_bank=found.at_bank and ways.payable,
        by_app=by_app(sight),
        methods=methods(request, order.merchant),
        saves_cards=sight.own and card_words(request.app[SERVICE], order.merchant, language),
        over=(found.face in OVER and not (sight.own and sight.own.decide))
        or (found.charge is None and found.face not in WAITING and held_up(found)),
        held_until=_held_until(sight) if found.face not in (Face.CHECKING, Face.HELD) else None,
        left=None if _given_back(sight.facts) else sight.facts.due,
        surplus=_surplus(sight),
        goods=_goods(sight, language) if sight.own and found.face in STANDS else None,
        sight=sight,
        order=order,
        facts=sight.facts,
        receipts=_receipts(request, sight),
        receipt_kinds=KINDS,
        place=sight.clinic,
        ways=ways,
    )
    # By this a waiting page sees, without being loaded anew, that it is out of date.
    shown.headers["X-Face"] = found.told
    return shown


def _charge(sight: Sight, found: Standing) -> Money | None:
    return None if sight.rests_until or _given_back(sight.facts) else found.charge


def open_charge(request: web.Request, sight: Sight) -> Money | None:
    """What can be paid now, also where a page of the bank is open: that one is closed first, or its money comes first."""
    found = stands(request, sight)
    return sight.payments[-1].belief.amount if found.at_bank else _charge(sight, found)


def _receipts(request: web.Request, sight: Sight) -> str | None:
    """Who gives the receipt, for whoever has paid; None where it is shown itself, and where nobody has said so."""
    if sight.receipts:
        return None
    merchant = request.app[SERVICE].config.merchant(sight.order.merchant)
    by_card = any(payment.method == "card" and payment.captured for payment in sight.payments)
    return "by_bank" if merchant.fiscal and by_card else merchant.receipts


def by_app(sight: Sight) -> bool:
    """Whether the newest payment waits for a banking application, not on the bank's page."""
    return bool(sight.payments) and sight.payments[-1].by_app


def _held_until(sight: Sight) -> datetime | None:
    """When the time is let go; None if nothing is held."""
    held = BookingState.HELD in sight.facts.bookings and sight.now < sight.order.hold_until
    return sight.order.hold_until if held else None


def _given_back(facts: Facts) -> bool:
    """Whether money of this order goes or went back: then we do not ask for it again on the same page."""
    return bool(facts.refunded or facts.reserved)


def held_up(found: Standing) -> bool:
    """Unpaid, and no time left to pay in."""
    return found.face in (Face.TO_PAY, Face.DECLINED, Face.LAPSED, Face.VOIDED, Face.NOT_TAKEN)


def _story(sight: Sight, found: Standing, language: str) -> str:
    """The sentence under the heading."""
    face = found.face
    facts, order = sight.facts, sight.order
    by = dates.deadline(order.decide_by, order.zone, language) if order.decide_by else ""
    back = facts.refunded if face is Face.REFUNDED else facts.kept
    paid = sight.payments[-1].belief.amount if face is Face.HELD else facts.paid
    sums = {"sum": paid, "back": back, "left": facts.due}
    told = _at_bank(sight, refused=found.decline is not None) if face is Face.AT_BANK else face
    return say(language, f"{told}_text", by=by, **{name: money(sum_, language) for name, sum_ in sums.items()})


def _at_bank(sight: Sight, *, refused: bool) -> str:
    """The name of what an open payment waits for: an application, the bank's word on a press, or the bank's page."""
    if by_app(sight):
        return "at_phone"
    if not sight.payments[-1].pressed:
        return Face.AT_BANK
    return "at_press_refused" if refused else "at_press"


def _goods(sight: Sight, language: str) -> str | None:
    """Where the goods are, in words; None if none were bought."""
    order = sight.order
    state = order.goods(sight.now)
    if state is None:
        return None
    days = {"until": order.deliver_by, "since": order.goods_arrived_at, "on": order.handed_over_at}
    said = {name: dates.date_in(at, order.zone, language) for name, at in days.items() if at}
    return say(language, f"goods_mine_{state}", phone=sight.clinic.phone, **said)


def _surplus(sight: Sight) -> Money | None:
    """What was paid over the price of a visit that stands."""
    facts = sight.facts
    stands_ = BookingState.CONFIRMED in facts.bookings and not facts.cancelled
    return facts.kept - facts.total if stands_ and facts.total < facts.kept else None
