"""To what other time a booked visit may be moved: the same for whoever moves it, the payer or the office."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from checkout.booking.booking import TAKES_PLACE
from checkout.catalogue import slots
from checkout.catalogue import store as catalogue
from checkout.catalogue.catalogue import Clinic
from checkout.ground.db import Row, Tx
from checkout.ground.errors import Conflict, Refusal
from checkout.ground.service import Service
from checkout.payment import orders, seating
from checkout.payment.move import state_after
from checkout.payment.order import Facts, Order
from checkout.web.payer.choice import Choice
from checkout.web.payer.days import FreeDay, bookable, free_days


@dataclass(frozen=True, slots=True)
class Offered:
    """What can be chosen. `refusal`: why nothing can.

    `first`, `last`: the days looked at; the list of `days` may end earlier.
    """

    clinic: Clinic
    facts: Facts
    lines: Sequence[Row[Any]]
    refusal: Refusal | None
    today: date
    first: date
    last: date
    days: list[FreeDay]

    @property
    def stands(self) -> bool:
        """There is a time to be moved from."""
        return bool(self.facts.bookings & TAKES_PLACE)

    @property
    def starts(self) -> list[datetime]:
        return [start for day in self.days for start in day.starts]

    @property
    def later(self) -> date | None:
        """The first day of the next list, None if there is none."""
        following = self.days[-1].day + timedelta(days=1) if self.days else self.last
        return following if following < self.last else None

    def shown(self, choice: Choice) -> FreeDay | None:
        """The day whose times are listed: the chosen one, else the first."""
        return next((day for day in self.days if day.day == choice.day), self.days[0] if self.days else None)

    def against(self, choice: Choice) -> Refusal | None:
        """What stands against the time that was chosen, or against any."""
        if self.refusal is None and choice.at is not None and choice.at not in self.starts:
            return Conflict("slot_taken", nearest=slots.nearest(self.starts, choice.at))
        return self.refusal


async def offered(tx: Tx, service: Service, order: Order, choice: Choice, *, now: datetime) -> Offered:
    """The first free days from the one that is asked for."""
    clinic = await catalogue.clinic_by_id(tx, order.clinic_id)
    facts = await orders.facts(tx, order.id)
    today, last = bookable(clinic, now, service.config.limits.booking_horizon_days)
    asked = choice.at.astimezone(clinic.tz).date() if choice.at else choice.since or choice.day
    first, refusal, days = max(asked or today, today), None, []
    try:
        state_after(order, facts, now)
    except Conflict as reason:
        refusal = reason
    else:
        lines = await seating.lines_as_ordered(tx, order.id)
        days = await free_days(tx, clinic, lines, first, last, now=now, wanted=order.wanted_id)
    return Offered(clinic, facts, await orders.lines(tx, order.id), refusal, today, first, last, days)
