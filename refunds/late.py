"""Money without a visit, or more of it than the visit costs, goes back by itself once nobody decided in time.

Found by asking the database, not by being told: so it also heals our own bugs. Source: architecture.md §4.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from checkout.booking.booking import EARNS, State
from checkout.ground.db import Tx, in_transaction, rows, sql
from checkout.ground.events import SYSTEM
from checkout.ground.ids import OrderId
from checkout.ground.service import Service
from checkout.payment import day_off_store, orders
from checkout.payment import store as payments
from checkout.payment.order import Facts
from checkout.payment.store import Payment
from gateways.money import Money
from refunds import issue

_DUE = sql("SELECT id FROM orders WHERE decide_by <= app_now() ORDER BY decide_by LIMIT :limit")


async def give_back_due(service: Service, limit: int = 50) -> int:
    """One round; the number of orders looked at."""

    async def find(tx: Tx) -> list[OrderId]:
        return [OrderId(row.id) for row in await rows(tx, _DUE, limit=limit)]

    found = await in_transaction(service.engine, find)
    for order_id in found:
        await in_transaction(service.engine, lambda tx, one=order_id: give_back(tx, service, one))  # type: ignore[misc]
    return len(found)


def too_much(facts: Facts, held: Money) -> Money:
    """What of `held` belongs to no visit."""
    if facts.bookings & EARNS and not facts.cancelled:
        return Money(max(held.amount - facts.total.amount, 0), facts.total.currency)
    return held


async def give_back(tx: Tx, service: Service, order_id: OrderId) -> None:
    """Schedule refunds for what is too much, newest payment first; each back the way it came."""
    order, now = await orders.lock(tx, order_id)
    if order.decide_by is None or now < order.decide_by:
        return
    facts = await orders.facts(tx, order_id)
    people = await day_off_store.refunded(tx, order_id)
    asked_by, approved_by = people or (SYSTEM, None)
    basis = "day_off" if people else _basis(facts)
    for payment, part in shares(await payments.of_order(tx, order_id), too_much(facts, facts.kept)):
        wish = issue.Wish(
            order=order,
            payment=payment,
            amount=part,
            now=now,
            basis=basis,
            reason=basis,
            requested_by=asked_by,
            decided_by=approved_by,
            scheduled_for=now,
        )
        await issue.write(tx, service, wish)
    # What is only promised may be taken back by a person: looked at again until it is gone.
    again = now + timedelta(hours=max(service.config.limits.late_money_hours, 1))
    await orders.settled(tx, order_id, again if too_much(facts, facts.ours) else None)


def _basis(facts: Facts) -> str:
    """Which rule sends the money back: what was lost to the clock expired, what was given up was cancelled."""
    if facts.bookings & EARNS:
        return "surplus"
    return "late_money" if State.EXPIRED in facts.bookings else "called_off"


def shares(found: Sequence[Payment], wanted: Money) -> list[tuple[Payment, Money]]:
    """Take `wanted` from the payments, newest first, no more from each than is left of it."""
    parts = []
    for payment in reversed(found):
        part = min(issue.left(payment).amount, wanted.amount)
        if part > 0:
            parts.append((payment, Money(part, wanted.currency)))
            wanted = Money(wanted.amount - part, wanted.currency)
    return parts
