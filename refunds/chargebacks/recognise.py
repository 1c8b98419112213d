"""Recognise a chargeback once, whatever says so first: a flag in the bank's status, or a line of its registry.

Found by asking the database, not by being told. The flag has no sum and stays on for ever: all that is left of the payment
counts, until the registry names a sum; once our books say it, the flag says nothing new. Each line is one chargeback, or the
sum of the one that a flag told of.

Money that its payer took by way of their bank is not given back a second time: refunds that were only promised are withdrawn
first, and while one is at the bank nothing is booked, since nobody knows yet how much is left.
"""

from __future__ import annotations

from functools import partial
from typing import Final
from uuid import UUID

import structlog

from checkout.books import break_store, cure
from checkout.books.registry import Cure, Kind, Line, Operation
from checkout.ground.dates import local
from checkout.ground.db import Tx, in_transaction
from checkout.ground.errors import Conflict
from checkout.ground.events import SYSTEM, Event, From, record
from checkout.ground.ids import ChargebackId, PaymentId, RefundId
from checkout.ground.service import Service
from checkout.payment import back_store, orders, receipts
from checkout.payment import store as payments
from checkout.payment.order import Order
from checkout.payment.settle import settle
from checkout.payment.store import Payment
from gateways.money import Money
from refunds import external
from refunds import store as refunds
from refunds.chargebacks import store
from refunds.chargebacks.chargeback import WAITS, Chargeback, Source, State, answer_by
from refunds.chargebacks.decide import decide, ours_again, undo
from refunds.refund import COMMANDS as REFUND
from refunds.refund import State as Refund

log = structlog.get_logger()

AT_ONCE: Final = 50
WATCHED_AT_ONCE: Final = 20  # looks a minute at payments that were taken
OF_A_LINE: Final = (Kind.CHARGEBACK, Kind.CHARGEBACK_WON)
PROMISED: Final = frozenset({Refund.REQUESTED, Refund.SCHEDULED})
AT_THE_BANK: Final = frozenset({Refund.SENDING, Refund.UNKNOWN, Refund.REVIEW})


async def recognise_due(service: Service) -> int:
    """One round over what the bank said; the number of chargebacks that our books say something new of."""
    flagged = await in_transaction(service.engine, lambda tx: store.flagged(tx, AT_ONCE))
    for payment_id in flagged:
        await in_transaction(service.engine, partial(by_flag, service=service, payment_id=payment_id))
    done = len(flagged)
    for break_id in await in_transaction(service.engine, lambda tx: store.lines(tx, AT_ONCE)):
        try:
            await book_break(service, break_id, SYSTEM)
        except Conflict as reason:  # our books moved since: people see the line
            log.warning("chargeback_line_left", break_id=str(break_id), reason=reason.code)
        else:
            done += 1
    return done


async def watch(service: Service) -> int:
    """Look at payments that were taken, each once a day: nobody rings for a chargeback. So many a round, and no haste."""
    days = service.config.limits.chargeback_watch_days
    found = await in_transaction(service.engine, lambda tx: store.watched(tx, days, WATCHED_AT_ONCE)) if days else []
    for payment_id in found:
        await settle(service, payment_id)
    return 0


async def by_flag(tx: Tx, service: Service, payment_id: PaymentId) -> None:
    """The bank's status says that a payment was charged back: so do our books, of all that is left of it.

    What the bank shows as refunded without us is not left: people enter that.
    """
    order, payment = await _locked(tx, payment_id)
    if not payment.flagged:
        return
    if await _withdraw(tx, payment, payment.captured):
        return  # what is at the bank has to come to something first
    payment = await _read(tx, payment_id)
    left = payment.captured - payment.belief.refunded - payment.belief.reserved - await external.unbooked(tx, payment)
    if left:
        await _recognised(tx, service, order, payment, left, source=Source.FLAG)


async def book_break(
    service: Service, break_id: UUID, principal: str, note: str | None = None, origin: From | None = None
) -> None:
    """Cure a break by booking what went away, or came again, without us.

    Raises Conflict: `break_without_payment`, `more_than_left`, `nothing_to_book` if our books have nothing that it could mean.
    """
    seen = await in_transaction(service.engine, lambda tx: break_store.read(tx, break_id))
    if seen.kind not in OF_A_LINE:
        await external.book_break(service, break_id, principal, note, origin)
        return

    async def work(tx: Tx) -> None:
        held = await cure.locked(tx, break_id, Cure.BOOK)
        line, payment_id = await cure.line_of(tx, held)
        book = _won if line.operation is Operation.CHARGEBACK_WON else _taken
        refund = await book(tx, service, payment_id, line, principal=principal)
        await cure.decided(tx, held, Cure.BOOK, principal=principal, note=cure.checked(note), origin=origin)
        await cure.settle(tx, held, line, refund, line.amount, principal=principal)

    await in_transaction(service.engine, work)


async def _taken(tx: Tx, service: Service, payment_id: PaymentId, line: Line, *, principal: str) -> RefundId:
    """The line names the sum of what a flag told of, is the first half of what was won already, or is news."""
    order, payment = await _locked(tx, payment_id)
    found = await store.of_payment(tx, payment_id)
    told = next((one for one in found if one.supposed and one.state is not State.WON), None)
    if told is not None:
        return await _named(tx, service, told, line, principal=principal)
    back = await store.returned(tx, payment_id, line.amount)
    if back is not None:  # its money went and came again already
        return back.refund_id
    await _withdraw(tx, payment, line.amount)
    payment = await _read(tx, payment_id)
    new = await _recognised(
        tx, service, order, payment, line.amount, source=Source.REGISTRY, line=line, principal=principal
    )
    return new.refund_id


async def _named(tx: Tx, service: Service, held: Chargeback, line: Line, *, principal: str) -> RefundId:
    """Nothing is edited: what was supposed is reversed, and the bank's sum is booked in its place."""
    order, payment = await _locked(tx, held.payment_id)
    refund = held.refund_id
    if held.amount != line.amount:
        await _withdraw(tx, payment, line.amount - held.amount)
        await undo(tx, order, held, principal=principal)
        payment = await _read(tx, payment.id)
        refund = await external.enter(tx, service, payment, line.amount, basis="chargeback", principal=principal)
        await break_store.taken_back(tx, held.refund_id, principal=principal)
        _, now = await orders.read(tx, order.id)
        await ours_again(tx, service, order, now)
    await store.named(tx, held, refund, line.reference)
    data = {"amount": line.amount.amount, "supposed": held.amount.amount}
    await record(tx, order.id, principal, [Event("chargeback", held.id, "named", data=data)])
    return refund


async def _won(tx: Tx, service: Service, payment_id: PaymentId, line: Line, *, principal: str) -> RefundId:
    """The bank brings the money of one of them back, whatever we thought had come of it."""
    await _locked(tx, payment_id)
    found = [one for one in await store.of_payment(tx, payment_id) if one.state is not State.WON]
    meant = [one for one in found if one.amount == line.amount]
    if not meant:
        raise Conflict("nothing_to_book", shown=Money(0, line.amount.currency))
    # What waits for the bank's word is meant before what nobody waits for.
    held = min(meant, key=lambda one: one.state not in WAITS)
    await decide(tx, service, held.id, "return", principal=principal)
    return held.refund_id


async def _recognised(
    tx: Tx,
    service: Service,
    order: Order,
    payment: Payment,
    amount: Money,
    *,
    source: Source,
    line: Line | None = None,
    principal: str = SYSTEM,
) -> Chargeback:
    refund = await external.enter(tx, service, payment, amount, basis="chargeback", principal=principal)
    await receipts.follow(tx, order)
    _, now = await orders.read(tx, order.id)
    today = local(now, order.zone)
    new = Chargeback(
        id=ChargebackId.new(),
        order_id=order.id,
        payment_id=payment.id,
        refund_id=refund,
        amount=amount,
        source=source,
        state=State.OPEN,
        supposed=source is Source.FLAG,
        reference=line.reference if line else None,
        recognised_at=now,
        answer_by=answer_by(
            today, service.config.limits.chargeback_answer_days, happened=line.operated_on if line else None
        ),
        note=None,
        decided_by=None,
        decided_at=None,
    )
    await store.insert(tx, new)
    data = {"source": str(source), "amount": amount.amount}
    await record(tx, order.id, principal, [Event("chargeback", new.id, "recognised", None, new.state, data)])
    return new


async def _locked(tx: Tx, payment_id: PaymentId) -> tuple[Order, Payment]:
    order, _now = await orders.lock(tx, (await _read(tx, payment_id)).order_id)
    return order, await _read(tx, payment_id)


async def _read(tx: Tx, payment_id: PaymentId) -> Payment:
    payment = await payments.read(tx, payment_id)
    assert payment is not None  # noqa: S101 - a foreign key holds it
    return payment


async def _withdraw(tx: Tx, payment: Payment, wanted: Money) -> bool:
    """Take promised refunds back, newest first, until so much is left; whether one of them is at the bank."""
    found = [one for one in await refunds.of_order(tx, payment.order_id) if one.payment_id == payment.id]
    left = payment.captured - payment.belief.refunded - payment.belief.reserved
    at_the_bank = False
    for one in reversed(found):
        held = await refunds.lock(tx, one.id)  # it may have been sent a moment ago
        at_the_bank = at_the_bank or held.state in AT_THE_BANK
        if held.state not in PROMISED or left >= wanted:
            continue
        after = REFUND.step(held.state, "cancel")
        await refunds.decided(tx, held, after, principal=SYSTEM, due_at=None)
        await back_store.release(tx, payment.id, held.amount)
        told = Event("refund", held.id, "cancel", held.state, after, {"why": "charged_back"})
        await record(tx, payment.order_id, SYSTEM, [told])
        left += held.amount
    return at_the_bank
