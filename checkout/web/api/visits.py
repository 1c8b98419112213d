"""What becomes of a booked visit over the API: moved, given or missed, its goods; and the order's evidence."""

from __future__ import annotations

from checkout.books.pack import file_name, pack
from checkout.ground.db import Tx, in_transaction
from checkout.ground.ids import OrderId
from checkout.payment import move as moving
from checkout.payment import orders, pay, visit
from checkout.payment.visit import Outcome
from checkout.web.api import models
from checkout.web.api.order_shown import UNBRAKED, changed, order_of, seen
from checkout.web.download import Zip
from checkout.web.routes import Call, Routes

routes = Routes()


@routes.op(
    "POST",
    "/v1/orders/{id}/move",
    action="order.move",
    body=models.MoveIn,
    out=models.OrderOut,
    summary="Move the visit to another time of its clinic; what was paid stays with it",
    tag="Orders",
    refusals=(
        "order_missing",
        "slot_taken",
        "visit_begun",
        "order_closed",
        "hold_used_up",
        "refund_on_its_way",
        "bank_session_open",
        "payment_being_checked",
        "too_many_moves",
    ),
    example={"starts_at": "2026-12-02T08:00:00Z"},
)
async def move_order(call: Call) -> models.OrderOut:
    body: models.MoveIn = call.body
    who = call.principal

    async def work(tx: Tx, order_id: OrderId) -> None:
        braked = not who.may(UNBRAKED)
        await moving.move(tx, call.service, order_id, body.starts_at, principal=who.name, braked=braked)

    return await pay.letting_go(call.service, order_of(call.path), lambda: changed(call, work))


@routes.op(
    "POST",
    "/v1/orders/{id}/visit",
    action="visit.mark",
    body=models.VisitIn,
    out=models.OrderOut,
    summary="Mark the visit as given or as missed: the return window of its services runs from then on",
    tag="Orders",
    refusals=("order_missing", "order_closed", "visit_not_begun"),
    example={"outcome": "given"},
)
async def mark_visit(call: Call) -> models.OrderOut:
    body: models.VisitIn = call.body

    async def work(tx: Tx, order_id: OrderId) -> None:
        await visit.mark(tx, order_id, Outcome(body.outcome), principal=call.principal.name)

    return await changed(call, work)


@routes.op(
    "POST",
    "/v1/orders/{id}/arrival",
    action="visit.mark",
    body=models.ArrivalIn,
    out=models.OrderOut,
    summary="The order's goods are at the clinic: the payer is told; no return window runs yet",
    tag="Orders",
    refusals=("order_missing", "order_closed", "no_goods"),
    example={},
)
async def goods_arrived(call: Call) -> models.OrderOut:
    async def work(tx: Tx, order_id: OrderId) -> None:
        await visit.goods_arrived(tx, order_id, principal=call.principal.name)

    return await changed(call, work)


@routes.op(
    "POST",
    "/v1/orders/{id}/handover",
    action="visit.mark",
    body=models.HandoverIn,
    out=models.OrderOut,
    summary="The order's goods were handed over: their return window runs from then on",
    tag="Orders",
    refusals=("order_missing", "order_closed", "no_goods"),
    example={},
)
async def hand_over(call: Call) -> models.OrderOut:
    async def work(tx: Tx, order_id: OrderId) -> None:
        await visit.hand_over(tx, order_id, principal=call.principal.name)

    return await changed(call, work)


@routes.op(
    "GET",
    "/v1/orders/{id}/evidence",
    action="evidence.read",
    out=Zip,
    summary="The order's evidence: prices and texts as they were agreed to, when and from where",
    tag="Orders",
    refusals=("order_missing",),
    personal=True,
)
async def read_evidence(call: Call) -> Zip:
    order_id = order_of(call.path)

    async def work(tx: Tx) -> Zip:
        await seen(tx, call.principal, order_id)
        order, _ = await orders.read(tx, order_id)
        return Zip(content=await pack(tx, call.service, order), name=file_name(order))

    return await in_transaction(call.service.engine, work)
