"""Receipts are looked for at the bank, which prints when it likes: it is asked with growing pauses.

What it does not print within a day is work for a person (`receipt_by_hand`, `checkout.books.worklist`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from checkout.ground.db import Tx, in_transaction
from checkout.ground.db import now as database_now
from checkout.ground.events import SYSTEM, Event, record
from checkout.ground.observe import OUTCOMES
from checkout.ground.service import Service
from checkout.payment import orders, store
from checkout.payment import receipt_store as kept
from checkout.payment.order import Order
from checkout.payment.receipt import COMMANDS, Receipt, State, next_look, paired, seen
from checkout.payment.receipts import cart_of
from gateways.fiscal import BankReceipt, Cart, Receipts, ReceiptState
from gateways.gateway import GatewayError, Refused

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Before:
    """What is known before a look: the payment, and every receipt of it."""

    payment: store.Payment
    ours: list[Receipt]
    now: datetime


@dataclass(frozen=True, slots=True)
class Looked:
    """One look: what the bank shows of this receipt, or how it said no."""

    found: BankReceipt | None = None
    refused: str | None = None
    accepted: bool = False

    @property
    def answered(self) -> bool:
        """Whether the bank said yes or no to what it was asked for."""
        return self.accepted or self.refused is not None


async def run_due(service: Service, limit: int = 20) -> int:
    """One round over receipts that are due; the number looked for."""
    for done in range(limit):
        held = await in_transaction(service.engine, kept.claim)
        if held is None:
            return done
        await _look(service, held)
    return limit


async def _look(service: Service, held: Receipt) -> None:
    """Ask the bank what it has; ask it for what it owes; write down what came of it."""

    async def read(tx: Tx) -> Before:
        payment = await store.read(tx, held.payment_id)
        assert payment is not None  # noqa: S101 - a foreign key holds it
        return Before(payment, await kept.of_payment(tx, held.payment_id), await database_now(tx))

    before = await in_transaction(service.engine, read)
    facet = service.gateway(before.payment.merchant).receipts
    try:
        looked = Looked() if facet is None else await _ask(service, facet, held, before)
    except Refused as reason:
        looked = Looked(refused=f"{reason.code}: {reason.message}")
    except GatewayError as reason:
        log.info("receipt_unknown", receipt=str(held.id), reason=type(reason).__name__)
        looked = Looked()
    await in_transaction(service.engine, lambda tx: _write(tx, held, looked))


async def _ask(service: Service, facet: Receipts, held: Receipt, before: Before) -> Looked:
    payment = before.payment
    assert payment.reference is not None  # noqa: S101 - it is captured: the bank has told us
    shown = await facet.of_order(number=payment.number, reference=payment.reference)
    mine = paired(before.ours, shown).get(held.id)
    if mine is None and held.owed(before.now):
        return await _request(service, facet, held, payment)
    if mine is None or mine.state is not ReceiptState.FAILED or not held.again:
        return Looked(found=mine)
    if facet.retries:
        await facet.retry(number=payment.number, receipt=mine.id)
        return Looked(found=replace(mine, state=ReceiptState.WAITING, error=None))
    return await _request(service, facet, held, payment) if held.kind.asked_for else Looked(found=mine)


async def _request(service: Service, facet: Receipts, held: Receipt, payment: store.Payment) -> Looked:
    """Ask for a full settlement. That it is asked for is written first: what may have been heard is looked for, not sent."""

    async def intend(tx: Tx) -> Cart | None:
        order, _now = await orders.lock(tx, held.order_id)
        after = COMMANDS.step(held.state, "send")
        cart = await cart_of(tx, service, order, held.positions, offset=True)
        if cart is None or not await kept.send(tx, held, after):
            return None
        await told(tx, order, held, after)
        return cart

    cart = await in_transaction(service.engine, intend)
    if cart is None:
        return Looked()
    assert payment.reference is not None  # noqa: S101 - as above
    await facet.close(number=payment.number, reference=payment.reference, cart=cart)
    return Looked(accepted=True)


async def _write(tx: Tx, held: Receipt, looked: Looked) -> None:
    order, now = await orders.lock(tx, held.order_id)
    current = await kept.read(tx, held.id)
    if current.token != held.token:
        OUTCOMES.labels("receipt", "fenced").inc()
        return
    after = _after(current, looked)
    due_at = None if after is State.READY else next_look(current.looks, now)
    if looked.found is not None:
        await kept.found(tx, current, after, looked.found, due_at=due_at)
    else:
        await kept.later(tx, current, after, due_at=due_at, answered=looked.answered, error=looked.refused)
    if after is not current.state:
        await told(tx, order, current, after)
    OUTCOMES.labels("receipt", after).inc()


def _after(current: Receipt, looked: Looked) -> State:
    if looked.found is not None:
        return seen(current.state, looked.found)
    if looked.accepted:
        return COMMANDS.step(current.state, "waiting")
    # The bank's no to a question about receipts says nothing of the receipt; to a request for one it does.
    refused = looked.refused is not None and current.state is State.SENDING
    return COMMANDS.step(current.state, "failed") if refused else current.state


async def told(tx: Tx, order: Order, held: Receipt, after: State, *, principal: str = SYSTEM) -> None:
    """On the order's story: what became of a receipt."""
    data = {"kind": str(held.kind)}
    await record(tx, order.id, principal, [Event("receipt", held.id, str(after), held.state, after, data)])
