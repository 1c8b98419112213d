"""What went back at the bank without us is entered: our books come to say what the bank shows."""

from __future__ import annotations

from aiohttp import web

from checkout.ground.db import Tx
from checkout.ground.errors import Missing
from checkout.payment import orders
from checkout.payment import store as payments
from checkout.payment.order import Order
from checkout.web.desk.visit import Visit
from checkout.web.routes import Routes
from refunds import outside
from refunds.desk.places import payment_named

routes = Routes()


async def _in_place(visit: Visit) -> web.Response:
    return visit.page("desk/refused.html")


@routes.screen("POST", "/desk/payments/{id}/outside", action="worklist.act", again=_in_place)
async def entered(visit: Visit) -> web.StreamResponse:
    """Our books come to say what the bank shows of this payment: what went back without us is entered."""
    payment_id = payment_named(visit.path["id"])

    async def mine(tx: Tx) -> Order:
        payment = await payments.read(tx, payment_id)
        if payment is None:
            raise Missing("payment_missing")
        order, _now = await orders.read(tx, payment.order_id)
        if not visit.principal.may("worklist.act", order.clinic_id):
            raise Missing("payment_missing")
        return order

    order = await visit.read(mine)
    shown = await outside.look(visit.service, payment_id)

    async def work(tx: Tx) -> str:
        await outside.settle(tx, visit.service, shown, principal=visit.principal.name)
        return f"/desk/orders/{order.code}#refunds"

    return await visit.change("refund.outside", str(payment_id), work)
