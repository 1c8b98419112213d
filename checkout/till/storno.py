"""Reverse an entry of the open shift that was a mistake: one transaction. Nothing is ever edited.

A mistake is no refund: nobody has a claim on it and no window runs. The entry gets its opposite, the posting its
opposite, and the payment counts no more, so the order owes again what it owed. The visit keeps its time: whoever was
told that it stands may come.
"""

from __future__ import annotations

from checkout.ground.db import Tx
from checkout.ground.errors import Conflict, Invalid
from checkout.ground.events import Event, audit, record
from checkout.ground.ids import ShiftId
from checkout.ground.service import Service
from checkout.payment import ledger, ledger_store, orders
from checkout.payment import store as payments
from checkout.payment.earn import earn
from checkout.payment.order import undecided
from checkout.payment.payment import COMMANDS
from checkout.till import store
from checkout.till.book import posting as of_the_till
from checkout.till.move import leaves
from checkout.till.store import Entered
from checkout.till.take import posting as of_a_taking
from checkout.till.till import (
    MISTAKES,
    PAID_IN,
    PAID_OUT,
    REVERSIBLE,
    Entry,
    Kind,
    Movement,
    Reason,
    Shift,
    Tender,
    still_open,
)


async def reverse(
    tx: Tx,
    service: Service,
    shift_id: ShiftId,
    receipt_no: int,
    reason: Reason,
    *,
    note: str | None = None,
    principal: str,
) -> Entered:
    """Reverse one taking or movement of this shift, however old the shift is.

    Raises Conflict `shift_closed_already`, `not_reversible`, `reversed_already`, `money_promised` (some of it went
    back or is to), `drawer_short`; Missing; Invalid `reason_unfit`.
    """
    if reason not in MISTAKES:
        raise Invalid("reason_unfit", pointer="/reason")
    entry = await store.read_entry(tx, shift_id, receipt_no)
    if entry.kind not in REVERSIBLE:
        raise Conflict("not_reversible")
    if entry.order_id is not None:
        await orders.lock(tx, entry.order_id)  # before the till
    shift = still_open(await store.lock(tx, shift_id))
    entry = await store.read_entry(tx, shift_id, receipt_no)
    if entry.reversed_by is not None:
        raise Conflict("reversed_already")
    if entry.into and entry.tender is Tender.CASH:
        await leaves(tx, shift, entry.amount)
    movement = Movement(Kind.STORNO, entry.amount, entry.tender, into=not entry.into, reason=reason, note=note)
    if entry.payment_id is not None:
        entered = await _taking(tx, service, shift, entry, movement, principal=principal)
    else:
        entered = await _movement(tx, shift, entry, movement, principal=principal)
    data = {"receipt_no": entered.receipt_no, "reverses": entry.receipt_no, "reason": reason}
    await audit(tx, principal=principal, action="cash.storno", object_=str(shift.id), outcome="done", data=data)
    return entered


async def _taking(
    tx: Tx, service: Service, shift: Shift, entry: Entry, movement: Movement, *, principal: str
) -> Entered:
    assert entry.payment_id is not None and entry.order_id is not None  # noqa: S101, PT018 - a taking has both
    payment = await payments.read(tx, entry.payment_id)
    assert payment is not None  # noqa: S101 - payments are never deleted
    if not await payments.undo_taken(tx, payment.id):
        raise Conflict("money_promised")
    entered = await store.enter(tx, shift, movement, principal=principal, reverses=entry.id)
    undone = of_a_taking(payment.order_id, payment.merchant, shift, entry.tender, entry.amount)
    await ledger_store.post(tx, ledger.storno(undone), entry=entered.id, undone=payment.id)
    order, now = await orders.read(tx, payment.order_id)
    facts = await orders.facts(tx, order.id)
    hours = service.config.limits.late_money_hours
    await orders.settled(tx, order.id, undecided(facts, now, hours, before=order.decide_by))
    await earn(tx, order)
    data = {"receipt_no": entered.receipt_no, "reason": movement.reason}
    after = COMMANDS.step(payment.state, "storno")
    await record(tx, order.id, principal, [Event("payment", payment.id, "storno", payment.state, after, data)])
    return entered


async def _movement(tx: Tx, shift: Shift, entry: Entry, movement: Movement, *, principal: str) -> Entered:
    accounts = PAID_IN if entry.kind is Kind.PAID_IN else PAID_OUT
    assert entry.reason is not None  # noqa: S101 - the database holds it
    undone = of_the_till(shift, Movement(entry.kind, entry.amount), accounts[entry.reason])
    entered = await store.enter(tx, shift, movement, principal=principal, reverses=entry.id)
    await ledger_store.post(tx, ledger.storno(undone), entry=entered.id, undone=entry.id)
    return entered
