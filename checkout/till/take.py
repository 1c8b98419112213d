"""Take cash on an order, into the open shift of its clinic: one transaction, order before till."""

from __future__ import annotations

from dataclasses import dataclass

from checkout.ground.db import Tx
from checkout.ground.events import Event, record
from checkout.ground.ids import OrderId, PaymentId
from checkout.ground.service import Service
from checkout.payment import ledger, ledger_store, orders
from checkout.payment import store as payments
from checkout.payment.payment import State
from checkout.payment.settle import seat_the_visit
from checkout.till import store, till
from gateways.money import Money


@dataclass(frozen=True, slots=True)
class Taken:
    """Cash in the drawer, with the clinic's receipt number."""

    payment_id: PaymentId
    receipt_no: int
    amount: Money


async def take(tx: Tx, service: Service, order_id: OrderId, amount: Money, *, principal: str) -> Taken:
    """Raises Conflict: `nothing_due`, `more_than_due`, `bank_session_open` (close it first); Invalid for a bad sum."""
    order, now = await orders.lock(tx, order_id)
    till.check(await orders.facts(tx, order_id), amount)
    await payments.refuse_unsettled(tx, order_id)
    shift = await store.open_shift(tx, order.clinic_id, principal)
    payment_id = PaymentId.new()
    await payments.insert_cash(tx, payment_id, order_id, merchant=order.merchant, amount=amount)
    receipt = await store.enter(
        tx, order.clinic_id, shift, direction="in", amount=amount, principal=principal, payment=payment_id
    )
    await ledger_store.post(tx, ledger.cash_in(order_id, shift, amount), payment=payment_id)
    taken = Event("payment", payment_id, "cash_taken", None, State.CAPTURED, {"receipt_no": receipt})
    await record(tx, order_id, principal, [taken, *await seat_the_visit(tx, service, order, now=now)])
    return Taken(payment_id, receipt, amount)
