"""The visits of one clinic on one day of its calendar: who comes, to whom, what is paid and what is owed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from checkout.booking.booking import State
from checkout.catalogue.catalogue import Clinic, Text
from checkout.ground.crypto import Vault
from checkout.ground.db import Tx, rows, sql
from checkout.ground.ids import PersonId
from checkout.payment.order import Facts, Order
from checkout.payment.orders import FACTS_COLUMNS, facts_of, order
from checkout.privacy import store as persons
from checkout.privacy.person import Person

_OF_DAY = sql(f"""
SELECT o.*, c.slug AS clinic, c.zone, {FACTS_COLUMNS},
       (SELECT jsonb_agg(jsonb_build_array(l.name_ru, l.name_en, l.quantity) ORDER BY l.line_no)
          FROM order_line l WHERE l.order_id = o.id) AS bought,
       (SELECT jsonb_agg(DISTINCT jsonb_build_array(r.name, coalesce(r.name_en, r.name)))
          FROM booking b JOIN resource r ON r.id = b.resource_id
         WHERE b.order_id = o.id AND b.state IN ('held', 'confirmed', 'given', 'no_show')) AS seats
  FROM orders o JOIN clinic c ON c.id = o.clinic_id
 WHERE o.clinic_id = :clinic AND o.starts_at >= :first AND o.starts_at < :last
   AND EXISTS (SELECT 1 FROM booking b
                WHERE b.order_id = o.id AND b.state IN ('held', 'confirmed', 'given', 'no_show')
                  AND (CAST(:resource AS int) IS NULL OR b.resource_id = :resource))
 ORDER BY o.starts_at, o.id""")  # noqa: S608 - FACTS_COLUMNS is a constant


@dataclass(frozen=True, slots=True)
class Comer:
    """One visit that stands, or stood on its day. `patient`: who comes; None once erased. `reached`: whose telephone is known.

    `bought`: each line with how many of it. `seats`: with whom and where.
    """

    order: Order
    facts: Facts
    bought: tuple[tuple[Text, int], ...]
    seats: tuple[Text, ...]
    patient: Person | None
    reached: Person | None

    @property
    def state(self) -> State:
        """What became of the visit, in one word: the furthest of its places."""
        return next(
            state for state in (State.GIVEN, State.NO_SHOW, State.CONFIRMED, State.HELD) if state in self.facts.bookings
        )

    @property
    def expects_goods(self) -> bool:
        return self.waits_for_goods and self.order.goods_arrived_at is None

    @property
    def waits_for_goods(self) -> bool:
        return self.order.has_goods and self.order.handed_over_at is None and self.state is not State.HELD


def bounds(clinic: Clinic, day: date) -> tuple[datetime, datetime]:
    """The first instant of the day on the clinic's clock, and of the next."""
    return (
        datetime.combine(day, time(), clinic.tz),
        datetime.combine(day + timedelta(days=1), time(), clinic.tz),
    )


async def of_day(tx: Tx, vault: Vault, clinic: Clinic, day: date, *, resource: int | None = None) -> list[Comer]:
    """In the order of the day; with `resource` only those who come to it."""
    first, last = bounds(clinic, day)
    found = await rows(tx, _OF_DAY, clinic=clinic.id, first=first, last=last, resource=resource)
    people = await persons.several(tx, vault, _people([order(row) for row in found]))
    return [_comer(order(row), facts_of(row), row.bought, row.seats, people) for row in found]


def _people(found: Sequence[Order]) -> list[PersonId]:
    return [who for one in found for who in (one.payer_id, one.patient_id) if who is not None]


def _comer(
    one: Order,
    facts: Facts,
    bought: list[tuple[str, str, int]],
    seats: list[tuple[str, str]] | None,
    people: Mapping[PersonId, Person],
) -> Comer:
    payer = people.get(one.payer_id)
    return Comer(
        order=one,
        facts=facts,
        bought=tuple((Text(ru, en), quantity) for ru, en, quantity in bought),
        seats=tuple(Text(ru, en) for ru, en in seats or ()),
        patient=people.get(one.patient_id) if one.patient_id else payer,
        reached=payer,
    )
