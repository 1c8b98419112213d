"""Paying for an order at the bank over the API: by card on its page, by QR code or in its application.

A saved card is neither used nor made here: a site that calls us has proved nothing about who sits before it. What is taken at
the desk: `takings`.
"""

from __future__ import annotations

from checkout.ground.db import Tx, in_transaction
from checkout.ground.service import Service
from checkout.payment import brakes, pay, store
from checkout.payment.pay import Started
from checkout.web.api import models
from checkout.web.api.order_shown import UNBRAKED, order_of, payment_out, seen
from checkout.web.routes import Call, Routes
from gateways.gateway import Way

routes = Routes()


@routes.op(
    "POST",
    "/v1/orders/{id}/payments",
    action="payment.start",
    body=models.PaymentIn,
    out=models.PaymentOut,
    status=201,
    summary="Start a payment: answers with the bank page's address, and with the QR code or link of the chosen method",
    tag="Payments",
    refusals=(
        "order_missing",
        "nothing_due",
        "order_closed",
        "hold_used_up",
        "payment_being_checked",
        "bank_unreachable",
        "bank_resting",
        "too_many_declines",
        "method_not_offered",
    ),
    example={"method": "sbp"},
)
async def start_payment(call: Call) -> models.PaymentOut:
    order_id = order_of(call.path)

    async def opening(tx: Tx) -> None:
        await seen(tx, call.principal, order_id)
        await call.once.begin(tx)
        if not call.principal.may(UNBRAKED):
            await brakes.before_card(tx, call.service, order_id)

    async def closing(tx: Tx, started: Started) -> None:
        await call.once.finish(tx, 201, (await _started(tx, call.service, started)).model_dump_json())

    body: models.PaymentIn = call.body
    started = await pay.start(
        call.service,
        order_id,
        principal=call.principal.name,
        way=Way(body.method),
        opening=opening,
        closing=closing,
    )
    return await in_transaction(call.service.engine, lambda tx: _started(tx, call.service, started))


async def _started(tx: Tx, service: Service, started: Started) -> models.PaymentOut:
    payment = await store.read(tx, started.payment_id)
    assert payment is not None  # noqa: S101 - just written
    return payment_out(service, payment)
