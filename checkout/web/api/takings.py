"""Money taken at the clinic's desk for an order, over the API: cash, a card at the terminal, a bank transfer."""

from __future__ import annotations

from typing import Final

from checkout.ground.db import Tx
from checkout.payment import pay
from checkout.till.take import Taken, take
from checkout.till.till import Tender
from checkout.web.api import models
from checkout.web.api.order_shown import order_of, seen
from checkout.web.routes import Call, Routes

routes = Routes()
# What may stand against taking money at the desk.
DESK: Final = (
    "order_missing",
    "nothing_due",
    "more_than_due",
    "bank_session_open",
    "payment_being_checked",
    "shift_closed",
    "shift_too_old",
)


@routes.op(
    "POST",
    "/v1/orders/{id}/cash-payments",
    action="cash.take",
    body=models.CashIn,
    out=models.CashPaymentOut,
    status=201,
    summary="Log cash taken at the clinic, into its open shift",
    tag="Payments",
    refusals=(*DESK, "received_too_little"),
    example={"amount": {"amount": 250000, "currency": "RUB"}},
)
async def take_cash(call: Call) -> models.CashPaymentOut:
    order_id = order_of(call.path)
    body: models.CashIn = call.body

    async def work(tx: Tx) -> models.CashPaymentOut:
        await seen(tx, call.principal, order_id)
        received = body.received.money() if body.received else None
        who = call.principal.name
        taken = await take(
            tx,
            call.service,
            order_id,
            body.amount.money(),
            principal=who,
            received=received,
            fiscal=body.fiscal_receipt,
        )
        return _taken(taken)

    return await pay.letting_go(call.service, order_id, lambda: call.once(work))


@routes.op(
    "POST",
    "/v1/orders/{id}/manual-payments",
    action="cash.take",
    body=models.ManualIn,
    out=models.CashPaymentOut,
    status=201,
    summary="Log a card taken at the desk's terminal, or a bank transfer, in the clinic's open shift",
    tag="Payments",
    refusals=DESK,
    example={"amount": {"amount": 250000, "currency": "RUB"}, "method": "terminal", "reference": "418812345678"},
)
async def take_manual(call: Call) -> models.CashPaymentOut:
    order_id = order_of(call.path)
    body: models.ManualIn = call.body

    async def work(tx: Tx) -> models.CashPaymentOut:
        await seen(tx, call.principal, order_id)
        taken = await take(
            tx,
            call.service,
            order_id,
            body.amount.money(),
            principal=call.principal.name,
            tender=Tender(body.method),
            reference=body.reference,
            fiscal=body.fiscal_receipt,
        )
        return _taken(taken)

    return await pay.letting_go(call.service, order_id, lambda: call.once(work))


def _taken(taken: Taken) -> models.CashPaymentOut:
    return models.CashPaymentOut(
        id=str(taken.payment_id),
        shift=str(taken.shift_id),
        amount=models.MoneyOut.of(taken.amount),
        change=models.MoneyOut.of(taken.change),
        receipt_no=taken.receipt_no,
    )
