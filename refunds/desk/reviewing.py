"""A payment whose sums at the bank contradict ours: what each side says, what would be written down, and who agrees.

One person asks, another approves after a fresh proof; both times the bank is asked first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from checkout.ground.db import Tx
from checkout.ground.errors import Missing
from checkout.payment import history, orders
from checkout.payment import store as payments
from checkout.payment.history import Said
from checkout.payment.order import Facts, Order
from checkout.payment.payment import State
from checkout.payment.store import Payment
from checkout.web.desk.names import names
from checkout.web.desk.visit import Visit
from checkout.web.routes import Routes
from gateways.money import Money
from refunds import review, review_store, typed
from refunds.desk.places import payment_named
from refunds.review_store import Asked

routes = Routes()
PLACE: Final = "/desk/payments/{id}/review"
ASK: Final = "worklist.act"
APPROVE: Final = "refund.decide"


@dataclass(frozen=True, slots=True)
class Whole:
    """`said`: the bank's newest word that was kept. `asked`: the newest wish to accept its sums."""

    order: Order
    facts: Facts
    payment: Payment
    said: Said | None
    asked: Asked | None
    names: Mapping[str, str]

    @property
    def waits(self) -> bool:
        return self.payment.state is State.REVIEW and self.asked is not None and self.asked.state == "asked"

    @property
    def due_after(self) -> Money | None:
        """What the payer would still owe once the sums that were asked for are accepted."""
        if not self.waits or self.asked is None:
            return None
        left = self.facts.due - self.asked.sums.captured
        return left if left.amount > 0 else Money(0, left.currency)


async def _seen(tx: Tx, visit: Visit, *rights: str) -> tuple[Order, Payment]:
    """The payment of this page. Raises Missing where none of these rights is theirs."""
    payment = await payments.read(tx, payment_named(visit.path["id"]))
    if payment is None:
        raise Missing("payment_missing")
    order, _now = await orders.read(tx, payment.order_id)
    if not any(visit.principal.may(right, order.clinic_id) for right in rights):
        raise Missing("payment_missing")
    return order, payment


@routes.screen("GET", PLACE, action=(ASK, APPROVE))
async def show(visit: Visit) -> web.StreamResponse:
    return await _shown(visit)


async def _shown(visit: Visit) -> web.Response:
    whole = await visit.read(lambda tx: _whole(tx, visit))
    clinic, own = whole.order.clinic_id, whole.asked is not None and whole.asked.asked_by == visit.principal.name
    return visit.page(
        "desk/payment_review.html",
        whole=whole,
        order=whole.order,
        zone=whole.order.zone,
        review=whole.payment.state is State.REVIEW,
        own=own,
        may_ask=visit.principal.may(ASK, clinic),
        may_approve=visit.principal.may(APPROVE, clinic) and not own,
        may_see_raw=visit.principal.may("evidence.read", clinic),
    )


async def _whole(tx: Tx, visit: Visit) -> Whole:
    order, payment = await _seen(tx, visit, ASK, APPROVE)
    said = [one for one in await history.said(tx, order.id) if one.payment_id == payment.id.uuid]
    asked = await review_store.last(tx, payment.id)
    people = {asked.asked_by, asked.decided_by} if asked else set()
    return Whole(
        order=order,
        facts=await orders.facts(tx, order.id),
        payment=payment,
        said=said[0] if said else None,
        asked=asked,
        names=await names(tx, visit.service.vault, {name for name in people if name}, visit.language),
    )


@routes.screen("POST", PLACE, action=ASK, again=_shown)
async def asked(visit: Visit) -> web.StreamResponse:
    """The bank is asked, and what it shows is what somebody else may approve."""
    reason = typed.sentence(visit.fields.get("reason", ""), "/reason")
    _, payment = await visit.read(lambda tx: _seen(tx, visit, ASK))
    shown = await review.look(visit.service, payment.id)

    async def work(tx: Tx) -> str:
        await review.ask(tx, visit.service, shown, reason, principal=visit.principal.name)
        return _place(payment)

    return await visit.change("payment.accept_ask", str(payment.id), work)


@routes.screen("POST", PLACE + "/approve", action=APPROVE, fresh=True, again=_shown)
async def approved(visit: Visit) -> web.StreamResponse:
    """The bank is asked once more: it must show what was asked for."""
    _, payment = await visit.read(lambda tx: _seen(tx, visit, APPROVE))
    shown = await review.look(visit.service, payment.id)

    async def work(tx: Tx) -> str:
        await review.approve(tx, visit.service, shown, principal=visit.principal.name)
        return _place(payment)

    return await visit.change("payment.accept", str(payment.id), work)


@routes.screen("POST", PLACE + "/leave", action=(ASK, APPROVE), again=_shown)
async def left(visit: Visit) -> web.StreamResponse:
    """It stays in review: the bank is to put it right."""

    async def work(tx: Tx) -> str:
        _, payment = await _seen(tx, visit, ASK, APPROVE)
        await review.leave(tx, payment.id, principal=visit.principal.name)
        return _place(payment)

    return await visit.change("payment.accept_leave", visit.path["id"], work)


def _place(payment: Payment) -> str:
    return PLACE.format(id=payment.id)
