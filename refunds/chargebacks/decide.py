"""What came of a chargeback: somebody says it, or the bank's registry does. What was won is ours again, at once and whole."""

from __future__ import annotations

from datetime import datetime

from checkout.ground.db import Tx
from checkout.ground.errors import Conflict
from checkout.ground.events import Event, From, audit, record
from checkout.ground.ids import ChargebackId
from checkout.ground.service import Service
from checkout.payment import back_store, ledger, ledger_store, orders, receipts
from checkout.payment.earn import earn
from checkout.payment.order import Order, undecided
from refunds import refund
from refunds import store as refunds
from refunds.chargebacks import store
from refunds.chargebacks.chargeback import COMMANDS, Chargeback, State


async def decide(
    tx: Tx,
    service: Service,
    chargeback_id: ChargebackId,
    command: str,
    *,
    principal: str,
    note: str | None = None,
    origin: From | None = None,
) -> Chargeback:
    """One command of its table. `note`: the case's number at the bank, and the like; `origin`: for the audit.

    Raises Missing, and Conflict `wrong_state`.
    """
    found = await store.read(tx, chargeback_id)
    order, now = await orders.lock(tx, found.order_id)
    held = await store.read(tx, chargeback_id, lock=True)
    after = COMMANDS.step(held.state, command)
    if not await store.decided(tx, held, after, principal=principal, note=note):
        raise Conflict("wrong_state", subject="chargeback", state=str(held.state), command=command)
    await record(tx, order.id, principal, [Event("chargeback", held.id, command, held.state, after)])
    if after is State.WON:
        await undo(tx, order, held, principal=principal)
        await ours_again(tx, service, order, now)
    named = str(held.id)
    await audit(tx, principal=principal, action=f"chargeback.{command}", object_=named, outcome="done", origin=origin)
    return await store.read(tx, chargeback_id)


async def undo(tx: Tx, order: Order, held: Chargeback, *, principal: str) -> None:
    """What our books said of its money is reversed. The caller holds the order, and lets revenue follow."""
    gone = await refunds.lock(tx, held.refund_id)
    after = refund.COMMANDS.step(gone.state, "restore")
    if not await refunds.restored(tx, gone, after) or not await back_store.restored(tx, gone.payment_id, gone.amount):
        raise Conflict("wrong_state", subject="refund", state=str(gone.state), command="restore")
    posting = ledger.chargeback_won(order.id, order.merchant, gone.amount)
    await ledger_store.post(tx, posting, undone=gone.id)
    await record(tx, order.id, principal, [Event("refund", gone.id, "restored", gone.state, after)])


async def ours_again(tx: Tx, service: Service, order: Order, now: datetime) -> None:
    """Some of it is ours again: what has its visit is earned and settled as before; what has none is to be decided."""
    facts = await orders.facts(tx, order.id)
    hours = service.config.limits.late_money_hours
    await orders.settled(tx, order.id, undecided(facts, now, hours, before=order.decide_by))
    await earn(tx, order)
    await receipts.follow(tx, order)
