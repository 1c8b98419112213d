"""The second person: approve, reject, or take a refund back. Never one's own request; the database says the same.

What was asked for after its window goes on only by an override: whoever may give it says why.
"""

from __future__ import annotations

from checkout.ground.db import Tx
from checkout.ground.errors import Conflict, Forbidden
from checkout.ground.events import Event, From, audit, record
from checkout.ground.ids import RefundId
from checkout.payment import back_store, ledger, ledger_store, orders, receipts
from checkout.payment import store as payments
from checkout.payment.earn import earn
from checkout.till import store as till
from checkout.till.move import leaves
from checkout.till.take import account
from checkout.till.till import Kind, Movement, Shift, Tender, proof, working
from refunds import store
from refunds.refund import COMMANDS, State


async def decide(
    tx: Tx,
    refund_id: RefundId,
    command: str,
    *,
    principal: str,
    reason: str | None = None,
    override: str | None = None,
    origin: From | None = None,
) -> store.Refund:
    """`approve`, `reject`, `cancel`, or `retry` of one that waits for a person.

    `reason`: why it is rejected, for the payer. `override`: why it goes on though its window is over; the caller has seen
    that this person may. `origin`: for the audit.

    Raises Forbidden `own_refund`, Conflict `wrong_state` and `override_needed`, Missing.
    """
    found = await store.read(tx, refund_id)
    order, now = await orders.lock(tx, found.order_id)
    held = await store.lock(tx, refund_id)
    if command in ("approve", "reject", "retry") and held.requested_by == principal:
        raise Forbidden("own_refund")
    after = COMMANDS.step(held.state, command)
    if command == "approve" and held.late and not override:
        raise Conflict("override_needed", pointer="/override", until=held.window_ends_at)
    due_at = max(held.scheduled_for, now) if after is State.SCHEDULED and held.method == "card" else None
    said = override if command == "approve" and held.late else None
    if not await store.decided(tx, held, after, principal=principal, due_at=due_at, reason=reason, override=said):
        raise Conflict("wrong_state", subject="refund", state=str(held.state), command=command)
    if after in (State.REJECTED, State.CANCELLED):
        await back_store.release(tx, held.payment_id, held.amount)
        await receipts.follow(tx, order)
    data = {"override": True} if said else None
    await record(tx, held.order_id, principal, [Event("refund", held.id, command, held.state, after, data)])
    await audit(tx, principal=principal, action=f"refund.{command}", object_=held.key, outcome="done", origin=origin)
    return await store.read(tx, refund_id)


async def pay_out(tx: Tx, refund_id: RefundId, *, principal: str, reference: str | None = None) -> store.Refund:
    """What was paid at the desk goes back at the desk: cash from the drawer that pays it, anything else by hand.

    `reference`: of the terminal's slip or the payment order that gave it back. Raises Conflict `not_cash`,
    `wrong_state`, `shift_closed`, `shift_too_old`, `drawer_short`; Invalid `reference_needed`.
    """
    found = await store.read(tx, refund_id)
    order, now = await orders.lock(tx, found.order_id)
    held = await store.lock(tx, refund_id)
    if not held.at_the_desk:
        raise Conflict("not_cash")
    after = COMMANDS.step(held.state, "pay_out")
    tender = Tender(held.method)
    number = proof(tender, reference)
    shift = working(await till.lock_open(tx, order.clinic_id), now)
    if tender is Tender.CASH:
        await leaves(tx, shift, held.amount)
    if not await store.paid_out(tx, held, after, reference=number):
        raise Conflict("wrong_state", subject="refund", state=str(held.state), command="pay_out")
    entered = await till.enter(
        tx, shift, Movement(Kind.REFUND, held.amount, tender), principal=principal, refund=held.id
    )
    await back_store.returned(tx, held.payment_id, held.amount)
    await ledger_store.post(tx, await _posting(tx, held, shift, tender), refund=held.id)
    await earn(tx, order)
    paid = Event("refund", held.id, "paid_out", held.state, after, {"receipt_no": entered.receipt_no})
    await record(tx, order.id, principal, [paid])
    return await store.read(tx, refund_id)


async def _posting(tx: Tx, held: store.Refund, shift: Shift, tender: Tender) -> ledger.Posting:
    """Back to where the payment's money lies; cash comes from the drawer that pays, whichever took it."""
    payment = await payments.read(tx, held.payment_id)
    assert payment is not None  # noqa: S101 - a foreign key holds it
    if tender is Tender.CASH:
        return ledger.cash_out(held.order_id, shift.id, held.amount)
    return ledger.manual_out(held.order_id, account(payment.merchant, shift, tender), held.amount)
