"""Pay at the clinic after all: the bank gave us no page to pay on, and these services may be paid there.

The time then stands without a payment, as if it had been booked so. Nobody can have paid: no page was ever shown. Should
money come for it all the same, it counts toward the visit. Source: ux.md §6.1, "bank unreachable".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from checkout.booking import store as bookings
from checkout.booking.booking import State as BookingState
from checkout.catalogue.catalogue import Line
from checkout.ground.db import Tx
from checkout.ground.errors import Conflict
from checkout.ground.events import Event, record
from checkout.ground.ids import OrderId
from checkout.payment import orders, seating, store
from checkout.payment.order import Facts, Order, Plan
from checkout.payment.payment import State
from checkout.payment.store import Payment


async def pay_at_clinic(tx: Tx, order_id: OrderId, *, principal: str) -> None:
    """The visit stands; asked twice, it is done once. Raises Conflict `at_clinic_not_offered`."""
    order, now = await orders.lock(tx, order_id)
    facts = await orders.facts(tx, order_id)
    if order.plan is Plan.AT_CLINIC and BookingState.CONFIRMED in facts.bookings:
        return
    tried, lines = await store.of_order(tx, order_id), await seating.lines_as_ordered(tx, order_id)
    if not offered(order, facts, tried, lines, now):
        raise Conflict("at_clinic_not_offered")
    await orders.at_clinic(tx, order_id)
    events = await bookings.move(tx, order_id, BookingState.HELD, "confirm")
    was = {"from": str(order.plan)}
    await record(tx, order_id, principal, [Event("order", order_id, "at_clinic", data=was), *events])


def offered(order: Order, facts: Facts, tried: Sequence[Payment], lines: Iterable[Line], now: datetime) -> bool:
    """Whether the payer may choose it now. Pure. `tried`: the order's payments, oldest first."""
    held = BookingState.HELD in facts.bookings and now < order.hold_until
    nothing_came = not facts.paid and State.REVIEW not in facts.payments
    return (
        held and nothing_came and bool(tried) and _pageless(tried[-1]) and all(line.service.at_clinic for line in lines)
    )


def _pageless(payment: Payment) -> bool:
    """The bank did not answer our order, or refused it before any card."""
    return payment.unseen or (payment.state is State.DECLINED and payment.reference is None)
