"""What became of a visit: it was given, or the patient did not come; its goods arrived, and were handed over.

From these days the return windows run, and what was paid for them is earned (`checkout.payment.earning`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from checkout.booking import store as bookings
from checkout.booking.booking import EARNS, State
from checkout.ground.db import Tx
from checkout.ground.errors import Conflict
from checkout.ground.events import Event, record
from checkout.ground.ids import OrderId
from checkout.payment import orders, receipts
from checkout.payment.earn import earn
from checkout.payment.order import Order

STANDS: Final = EARNS - {State.HELD}


class Outcome(StrEnum):
    GIVEN = "given"
    NO_SHOW = "no_show"

    @property
    def command(self) -> str:
        return "give" if self is Outcome.GIVEN else "miss"


async def mark(tx: Tx, order_id: OrderId, outcome: Outcome, *, principal: str) -> None:
    """Marked twice with the same outcome, it is marked once.

    Raises Conflict: `visit_not_begun` with its time, `order_closed` if there is no visit, or another outcome stands.
    """
    order, now = await orders.lock(tx, order_id)
    facts = await orders.facts(tx, order_id)
    if State(outcome) in facts.bookings:
        return
    if State.CONFIRMED not in facts.bookings:
        raise Conflict("order_closed")
    if not _begun(order, outcome, now):
        raise Conflict("visit_not_begun", at=order.starts_at)
    events = await bookings.move(tx, order_id, State.CONFIRMED, outcome.command)
    if outcome is Outcome.GIVEN:
        await orders.given(tx, order_id)
        given = replace(order, given_at=now)
        await earn(tx, given)
        await receipts.follow(tx, given)
    await record(tx, order_id, principal, [Event("order", order_id, outcome), *events])


def _begun(order: Order, outcome: Outcome, now: datetime) -> bool:
    """A doctor may be ahead of the schedule, but nobody is late before the hour."""
    if outcome is Outcome.NO_SHOW:
        return now >= order.starts_at
    zone = ZoneInfo(order.zone)
    return now.astimezone(zone).date() >= order.starts_at.astimezone(zone).date()


async def goods_arrived(tx: Tx, order_id: OrderId, *, principal: str) -> None:
    """The goods are at the clinic, and the payer is told so. Told twice, it is told once. Raises as `hand_over`."""
    await _goods_stand(tx, order_id)
    if await orders.goods_arrived(tx, order_id):
        await record(tx, order_id, principal, [Event("order", order_id, "goods_arrived")])


async def hand_over(tx: Tx, order_id: OrderId, *, principal: str) -> None:
    """The patient has the goods: only from now on does their window run. Told twice, it is told once.

    That they had arrived need not have been told. Raises Conflict: `no_goods`, `order_closed`.
    """
    order, now = await _goods_stand(tx, order_id)
    if await orders.handed_over(tx, order_id):
        handed_over = replace(order, handed_over_at=now)
        await earn(tx, handed_over)
        await receipts.follow(tx, handed_over)
        await record(tx, order_id, principal, [Event("order", order_id, "handed_over")])


async def _goods_stand(tx: Tx, order_id: OrderId) -> tuple[Order, datetime]:
    order, now = await orders.lock(tx, order_id)
    if not order.has_goods:
        raise Conflict("no_goods")
    if not (await orders.facts(tx, order_id)).bookings & STANDS:
        raise Conflict("order_closed")
    return order, now
