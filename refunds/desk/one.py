"""One refund with its clock, what was tried at the bank, and what whoever looks may do with it now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from checkout.ground.db import Tx, now
from checkout.ground.errors import Forbidden, Missing
from checkout.payment import history, orders
from checkout.payment import store as payments
from checkout.payment.history import Happened, Said
from checkout.payment.order import Order
from checkout.payment.store import Payment
from checkout.web.desk.names import names
from checkout.web.desk.visit import Visit
from checkout.web.routes import Routes
from refunds import store
from refunds.desk.places import QUEUE, named
from refunds.desk_part import DESK_WORDS, MARKS, why
from refunds.refund import State

routes = Routes()


@dataclass(frozen=True, slots=True)
class Attempt:
    """One thing that happened to it; with the bank's words, and why it came to nothing, if there were any."""

    event: Happened
    fact: Said | None
    why: str | None


@dataclass(frozen=True, slots=True)
class Whole:
    """One refund with its order, its payment, and who was at it."""

    refund: store.Refund
    order: Order
    payment: Payment
    names: Mapping[str, str]
    attempts: Sequence[Attempt]
    now: datetime


async def seen(tx: Tx, visit: Visit, action: str = "refund.read") -> tuple[store.Refund, Order]:
    """The refund of this page. Raises Missing for another clinic's, Forbidden for what they may not do at this one."""
    refund = await store.read(tx, named(visit.path["id"]))
    order, _now = await orders.read(tx, refund.order_id)
    if not visit.principal.may("refund.read", order.clinic_id) and not visit.principal.may(action, order.clinic_id):
        raise Missing("refund_missing")
    if not visit.principal.may(action, order.clinic_id):
        raise Forbidden("action_forbidden")
    return refund, order


@routes.screen("GET", QUEUE + "/{id}", action="refund.read")
async def show(visit: Visit) -> web.StreamResponse:
    return await shown(visit)


async def shown(visit: Visit) -> web.Response:
    """With why the last form on it was not done, if it was not."""
    whole = await visit.read(lambda tx: _whole(tx, visit))
    refund, clinic = whole.refund, whole.order.clinic_id
    return visit.page(
        "desk/refund.html",
        whole=whole,
        refund=refund,
        order=whole.order,
        zone=whole.order.zone,
        state=DESK_WORDS[refund.state],
        words=DESK_WORDS,
        mark=MARKS[refund.state],
        may=_may(visit, refund, clinic),
        waits=why(refund.parked, visit.language) if refund.parked else None,
        days=visit.service.config.limits.return_window_days,
        may_see_raw=visit.principal.may("evidence.read", clinic),
    )


def _may(visit: Visit, refund: store.Refund, clinic: int) -> set[str]:
    """What this visitor may do with it now: what they may not, has no button."""
    may, own = visit.principal.may, refund.requested_by == visit.principal.name
    found = set()
    if refund.state is State.REQUESTED and may("refund.decide", clinic) and not own:
        found.add("reject")
        if not refund.late or may("refund.override", clinic):
            found.add("approve")
    if refund.state in (State.REQUESTED, State.SCHEDULED) and may("refund.request", clinic):
        found.add("cancel")
    if refund.state in (State.SENDING, State.UNKNOWN) and may("refund.decide", clinic):
        found.add("check")
    if refund.state is State.REVIEW:
        found |= {"retry"} if may("refund.decide", clinic) and not own else set()
        found |= {"outside"} if may("worklist.act", clinic) else set()
    if refund.state is State.SCHEDULED and refund.at_the_desk and may("cash.pay_out", clinic):
        found.add("pay_out")
    return found


async def _whole(tx: Tx, visit: Visit) -> Whole:
    refund, order = await seen(tx, visit)
    payment = await payments.read(tx, refund.payment_id)
    assert payment is not None  # noqa: S101 - a foreign key holds it
    await visit.noted(tx, "refund.read", refund.key)
    said = {one.id: one for one in await history.said(tx, order.id)}
    told = [event for event in await history.events(tx, order.id) if event.subject_id == refund.id.uuid]
    known = {refund.requested_by, refund.decided_by, refund.override_by} | {event.principal for event in told}
    return Whole(
        refund=refund,
        order=order,
        payment=payment,
        names=await names(tx, visit.service.vault, {name for name in known if name}, visit.language),
        attempts=[_attempt(event, said, visit.language) for event in told],
        now=await now(tx),
    )


def _attempt(event: Happened, said: Mapping[int, Said], language: str) -> Attempt:
    reason = event.data.get("why")
    return Attempt(
        event=event,
        fact=said.get(event.fact_id) if event.fact_id is not None else None,
        why=why(str(reason), language) if reason else None,
    )
