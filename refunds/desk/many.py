"""Many approvals at once, after a fresh proof: each by itself, so that what cannot be done is said and holds up no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from checkout.ground.db import Tx
from checkout.ground.errors import Invalid, Missing, Refusal
from checkout.ground.ids import RefundId
from checkout.payment import orders
from checkout.payment import store as payments
from checkout.payment.order import Order
from checkout.payment.store import Payment
from checkout.web.desk.visit import Visit
from checkout.web.routes import Routes
from checkout.web.texts import explain
from gateways.money import Money
from refunds import store
from refunds.desk.deciding import commanded
from refunds.desk.places import QUEUE, TICK, named
from refunds.desk.queued import listed
from refunds.refund import State

routes = Routes()


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one of many. `refusal`: its words, None if it was done."""

    refund: store.Refund
    code: str
    refusal: str | None


def _ticked(visit: Visit) -> list[RefundId]:
    """Raises Invalid if nothing was ticked."""
    found = [named(name.removeprefix(TICK)) for name in visit.fields if name.startswith(TICK)]
    if not found:
        raise Invalid("refunds_unchosen")
    return found


async def _chosen(tx: Tx, visit: Visit, refund_id: RefundId) -> tuple[store.Refund, Order]:
    refund = await store.read(tx, refund_id)
    order, _now = await orders.read(tx, refund.order_id)
    if not visit.principal.may("refund.decide", order.clinic_id):
        raise Missing("refund_missing")
    return refund, order


@routes.screen("POST", QUEUE + "/approve/check", action="refund.decide", again=listed)
async def before_many(visit: Visit) -> web.StreamResponse:
    """The ticked rows and their total, before anything is done."""
    wanted = _ticked(visit)

    async def work(tx: Tx) -> list[tuple[store.Refund, Order, Payment]]:
        return [await _with_payment(tx, *await _chosen(tx, visit, one)) for one in wanted]

    found = await visit.read(work)
    return visit.page("desk/refunds_check.html", found=found, total=_total([refund for refund, *_ in found]), tick=TICK)


async def _with_payment(tx: Tx, refund: store.Refund, order: Order) -> tuple[store.Refund, Order, Payment]:
    payment = await payments.read(tx, refund.payment_id)
    assert payment is not None  # noqa: S101 - a foreign key holds it
    return refund, order, payment


def _total(found: Sequence[store.Refund]) -> Money:
    return sum((refund.amount for refund in found), Money(0))


@routes.screen("POST", QUEUE + "/approve", action="refund.decide", fresh=True, again=listed)
async def many(visit: Visit) -> web.StreamResponse:
    """Each by itself: what cannot be done is said on its row, and holds up no other."""
    results = [await _one_of_many(visit, refund_id) for refund_id in _ticked(visit)]
    done = [one.refund for one in results if one.refusal is None]
    return visit.page("desk/refunds_done.html", results=results, done=done, total=_total(done))


async def _one_of_many(visit: Visit, refund_id: RefundId) -> Result:
    refund, order = await visit.read(lambda tx: _chosen(tx, visit, refund_id))
    if refund.decided_by == visit.principal.name and refund.state is not State.REQUESTED:
        return Result(refund, order.code, None)  # the same form came twice

    try:
        after = await visit.read(lambda tx: commanded(tx, visit, refund_id, "approve"))
        return Result(after, order.code, None)
    except Refusal as refusal:
        return Result(refund, order.code, explain(refusal, visit.language, order.zone))
