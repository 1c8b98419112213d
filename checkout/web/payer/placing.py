"""Make the order that a form asks for: once, at the price that was shown."""

from __future__ import annotations

from checkout.ground.db import Tx, now, one, sql
from checkout.ground.errors import Conflict, Invalid, Missing
from checkout.ground.service import Service
from checkout.payment import brakes, orders
from checkout.payment.order import Order
from checkout.payment.place import Wish, place
from checkout.web.payer.ticket import Ticket
from gateways.money import Money

PAYER = "payer"  # the principal of whoever books on our pages

# A second click waits here until the first one is through, and then finds its order instead of a taken time.
_ALONE = sql("SELECT pg_advisory_xact_lock(hashtextextended('book ' || :name, 0))")


class PriceChanged(Conflict):
    """The payer saw another price than today's. Nothing is booked until they have seen this one."""

    def __init__(self, before: Money, after: Money) -> None:
        super().__init__("price_changed")
        self.before = before
        self.after = after


async def place_once(tx: Tx, service: Service, wish: Wish, ticket: Ticket | None, *, shown: str) -> Order:
    """The order of this form, new or already made.

    Raises what `place` raises; Invalid `form_expired` for a form that is forged or too old; PriceChanged; TooMany.
    """
    if ticket is None:
        raise Invalid("form_expired")
    await one(tx, _ALONE, name=str(ticket.order_id))
    found = await made(tx, ticket)
    if found is not None:
        return found
    if await now(tx) > ticket.ends:
        raise Invalid("form_expired")
    await brakes.before_hold(tx, service, wish)
    order = await place(tx, service, wish, principal=PAYER, order_id=ticket.order_id)
    if shown.isascii() and shown.isdigit() and int(shown[:15]) != order.total.amount:
        raise PriceChanged(Money(int(shown[:15]), order.total.currency), order.total)
    return order


async def made(tx: Tx, ticket: Ticket) -> Order | None:
    """The order that a form with this ticket made before."""
    try:
        found, _ = await orders.read(tx, ticket.order_id)
    except Missing:
        return None
    return found
