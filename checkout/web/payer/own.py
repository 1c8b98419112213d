"""What the private page alone shows and offers: whoever holds the link may do with the visit what its payer may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import segno
from aiohttp import web
from markupsafe import Markup

from checkout.booking.booking import TAKES_PLACE, State
from checkout.catalogue import slots
from checkout.catalogue.catalogue import Clinic, Kind
from checkout.catalogue.free import free_starts
from checkout.ground.db import Row, Tx
from checkout.ground.errors import Conflict
from checkout.payment import cancel, seating, store
from checkout.payment.at_clinic import offered
from checkout.payment.extend import longer
from checkout.payment.move import state_after
from checkout.payment.order import Facts, Order, Window, windows
from checkout.payment.place import pay_token
from checkout.payment.visit_token import visit_token
from checkout.web.payer.choice import written
from checkout.web.payer.days import bookable
from checkout.web.payer.private import Opened
from checkout.web.routes import SERVICE

AROUND: Final = timedelta(days=7)
ROOMS: Final = ("move", "cancel", "return", "extend", "at-clinic", "visit.ics", "consents", "data.json", "cards")


@dataclass(frozen=True, slots=True)
class Own:
    """`links` by the last part of their address. `said`: what was done just now.

    `longer`: until when the hold can be stretched. `at_clinic`: it can be paid there instead. `decide`: money waits for its
    payer's word; `nearest`: times for it, each beside its written form. `calendar`: there is a visit to put into one.
    `guest_link`: where somebody else may pay.
    """

    links: Mapping[str, str]
    said: str
    may_move: bool
    may_cancel: bool
    longer: datetime | None
    at_clinic: bool
    decide: bool
    nearest: Sequence[tuple[str, datetime]]
    calendar: bool
    windows: Sequence[Window]
    guest_link: str
    visit_token: str | None

    def guest_code(self, title: str) -> Markup:
        """The guest link to be photographed, as a drawing; without a style attribute, which our policy forbids."""
        drawn = segno.make(self.guest_link, error="m").svg_inline(scale=4, dark="#000", light="#fff", title=title)
        return Markup(drawn)  # noqa: S704 - made of squares; the title is escaped by segno


async def own(
    tx: Tx, request: web.Request, door: Opened, *, facts: Facts, clinic: Clinic, lines: Sequence[Row[Any]]
) -> Own:
    service, order, now = request.app[SERVICE], door.order, door.now
    limits = service.config.limits
    decide = may_decide(order, facts, now)
    near = await _nearest(tx, order, clinic, now, limits.booking_horizon_days) if decide else []
    return Own(
        links={room: door.address(request, f"/{room}") for room in ROOMS},
        said=request.query.get("done", ""),
        may_move=_may_move(order, facts, now),
        may_cancel=cannot_cancel(order, facts, now) is None,
        longer=longer(order, facts, limits, now),
        at_clinic=await _at_clinic(tx, order, facts, now),
        decide=decide,
        nearest=[(written(start), start) for start in near],
        calendar=has_visit(facts),
        windows=windows(order, [Kind(row.kind) for row in lines], limits.return_window_days),
        guest_link=f"{service.config.public_url}/p/{pay_token(service, order.id)}",
        visit_token=visit_token(service.vault, order, issuer=service.config.public_url),
    )


async def _at_clinic(tx: Tx, order: Order, facts: Facts, now: datetime) -> bool:
    tried = await store.of_order(tx, order.id)
    return bool(tried) and offered(order, facts, tried, await seating.lines_as_ordered(tx, order.id), now)


def has_visit(facts: Facts) -> bool:
    """Whether there is one to come: a hold is none yet."""
    return State.CONFIRMED in facts.bookings


def may_decide(order: Order, facts: Facts, now: datetime) -> bool:
    """Whether money without a visit still waits for its payer's word."""
    undecided = order.decide_by is not None and now < order.decide_by
    return undecided and facts.untouched and not facts.bookings & TAKES_PLACE


def _may_move(order: Order, facts: Facts, now: datetime) -> bool:
    try:
        state_after(order, facts, now)
    except Conflict:
        return False
    return True


def cannot_cancel(order: Order, facts: Facts, now: datetime) -> Conflict | None:
    """Why the payer cannot cancel: a visit may be given up at any moment before it, later the clinic must be asked."""
    try:
        cancel.check(order, facts)
    except Conflict as refusal:
        return refusal
    if not facts.bookings & TAKES_PLACE:
        return Conflict("order_closed")
    return Conflict("visit_begun") if order.starts_at <= now else None


async def _nearest(tx: Tx, order: Order, clinic: Clinic, now: datetime, horizon_days: int) -> list[datetime]:
    """Free starts around the one that was lost, in the weeks beside it."""
    today, end = bookable(clinic, now, horizon_days)
    middle = max(order.starts_at, now).astimezone(clinic.tz).date()
    first, last = max(middle - AROUND, today), min(middle + AROUND, end)
    lines = await seating.lines_as_ordered(tx, order.id)
    free = await free_starts(tx, clinic, lines, first, last, now=now, wanted=order.wanted_id)
    return slots.nearest(free, order.starts_at)
