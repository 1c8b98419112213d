"""Take money for an order at the desk, into the open shift of its clinic: one transaction, order before till."""

from __future__ import annotations

from dataclasses import dataclass

from checkout.ground.db import Tx
from checkout.ground.events import Event, record
from checkout.ground.ids import OrderId, PaymentId, ShiftId
from checkout.ground.service import Service
from checkout.payment import ledger, ledger_store, orders
from checkout.payment import store as payments
from checkout.payment.payment import State
from checkout.payment.settle import seat_the_visit
from checkout.till import store, till
from checkout.till.fiscal import note_of, readable
from checkout.till.till import Kind, Movement, Shift, Tender
from gateways.money import Money


@dataclass(frozen=True, slots=True)
class Taken:
    """Money taken, with the clinic's receipt number; `change` goes back over the counter."""

    payment_id: PaymentId
    shift_id: ShiftId
    receipt_no: int
    amount: Money
    change: Money


async def take(
    tx: Tx,
    service: Service,
    order_id: OrderId,
    amount: Money,
    *,
    principal: str,
    tender: Tender = Tender.CASH,
    reference: str | None = None,
    received: Money | None = None,
    fiscal: str | None = None,
) -> Taken:
    """`reference`: of the terminal's slip or the payment order. `received`: the cash that was put down.

    `fiscal`: number of the fiscal printer's receipt, if it is printed already.

    Raises Conflict: `nothing_due`, `more_than_due`, `bank_session_open` (close it first), `shift_closed`,
    `shift_too_old`; Invalid for a bad sum or number, or a missing reference.
    """
    order, now = await orders.lock(tx, order_id)
    till.check(await orders.facts(tx, order_id), amount)
    number = till.proof(tender, reference)
    printed = readable(fiscal)
    put_down = received if tender is Tender.CASH else None
    change = till.change(amount, put_down) if put_down is not None else Money(0, amount.currency)
    await payments.refuse_unsettled(tx, order_id)
    shift = till.working(await store.lock_open(tx, order.clinic_id), now)
    payment_id = PaymentId.new()
    await payments.insert_taken(
        tx, payment_id, order_id, method=tender, merchant=order.merchant, amount=amount, reference=number
    )
    movement = Movement(Kind.TAKING, amount, tender, received=put_down)
    entered = await store.enter(tx, shift, movement, principal=principal, payment=payment_id)
    await ledger_store.post(tx, posting(order_id, order.merchant, shift, tender, amount), payment=payment_id)
    data = {"receipt_no": entered.receipt_no, "tender": tender}
    taken = Event("payment", payment_id, "cash_taken", None, State.CAPTURED, data)
    await record(tx, order_id, principal, [taken, *await seat_the_visit(tx, service, order, now=now)])
    if printed is not None:
        await note_of(tx, shift.clinic_id, entered.receipt_no, printed, principal=principal, was=None)
    return Taken(payment_id, shift.id, entered.receipt_no, amount, change)


def account(merchant: str, shift: Shift, tender: Tender) -> str:
    """Where money of this tender lies."""
    match tender:
        case Tender.CASH:
            return ledger.till(shift.id)
        case Tender.TERMINAL:
            return ledger.terminal(merchant)
        case Tender.TRANSFER:
            return ledger.bank_account(merchant)


def posting(order_id: OrderId, merchant: str, shift: Shift, tender: Tender, amount: Money) -> ledger.Posting:
    """What a taking posts."""
    if tender is Tender.CASH:
        return ledger.cash_in(order_id, shift.id, amount)
    return ledger.manual_in(order_id, account(merchant, shift, tender), amount)
