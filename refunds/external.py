"""Money that went back at the bank without us: recognised by what the bank shows, and entered into our books.

A refund made in the bank's own cabinet rests on a status read that shows it; a chargeback, which no status shows, on the
line of the bank's registry. Nothing is sent: it happened already.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from checkout.books import cure, registry_store
from checkout.books.registry import Cure, Kind
from checkout.ground.db import Tx, in_transaction
from checkout.ground.errors import Conflict
from checkout.ground.events import Event, record
from checkout.ground.ids import RefundId
from checkout.ground.service import Service
from checkout.payment import ledger, ledger_store, orders
from checkout.payment import store as payments
from checkout.payment.ledger import Posting
from checkout.payment.order import Order
from checkout.payment.settle import settle
from checkout.payment.store import Payment
from gateways.gateway import BankStatus
from gateways.money import Money
from refunds import issue, store
from refunds.refund import State


async def book_break(service: Service, break_id: UUID, principal: str, note: str | None = None) -> None:
    """Cure a break by booking what went back. Raises Conflict `nothing_to_book` if the bank does not show it."""
    seen = await in_transaction(service.engine, lambda tx: registry_store.read(tx, break_id))
    if seen.payment is None:
        raise Conflict("break_without_payment")
    if seen.kind is not Kind.CHARGEBACK:
        await settle(service, seen.payment)
    await in_transaction(service.engine, lambda tx: _book(tx, service, break_id, principal=principal, note=note))


async def _book(tx: Tx, service: Service, break_id: UUID, *, principal: str, note: str | None) -> None:
    held = await cure.locked(tx, break_id, Cure.BOOK)
    line, payment_id = await cure.line_of(tx, held)
    payment = await payments.read(tx, payment_id)
    assert payment is not None  # noqa: S101 - a foreign key holds it
    charged_back = held.kind is Kind.CHARGEBACK
    if not charged_back and (gone := await unbooked(tx, payment)) < line.amount:
        raise Conflict("nothing_to_book", shown=gone)
    basis = "chargeback" if charged_back else "external"
    refund = await enter(tx, service, payment, line.amount, basis=basis, principal=principal)
    await cure.decided(tx, held, Cure.BOOK, principal=principal, note=cure.checked(note))
    await cure.settle(tx, held, line, refund, line.amount, principal=principal)


async def unbooked(tx: Tx, payment: Payment) -> Money:
    """What the bank's last word shows as gone back and our books do not; nothing while a refund of ours is on its way."""
    fact = await store.last_returned(tx, payment.id)
    nothing = Money(0, payment.captured.currency)
    if fact is None or payment.belief.reserved or not payment.captured:
        return nothing
    status, refunded = fact
    gone = payment.captured if status == BankStatus.REVERSED else refunded
    return max(gone - await store.known_to_bank(tx, payment.id), nothing, key=lambda money: money.amount)


async def enter(tx: Tx, service: Service, payment: Payment, amount: Money, *, basis: str, principal: str) -> RefundId:
    """A refund that is done: reserved and returned at once, posted, told on the order. Raises Conflict `more_than_left`."""
    order, now = await orders.lock(tx, payment.order_id)
    if not await payments.reserve(tx, payment.id, amount):
        raise Conflict("more_than_left", pointer="/amount", left=issue.left(payment))
    await payments.returned(tx, payment.id, amount)
    wish = issue.Wish(
        order=order,
        payment=payment,
        amount=amount,
        now=now,
        basis=basis,
        reason="",
        requested_by=principal,
        scheduled_for=now,
    )
    drawn = await issue.draft(tx, service, wish)
    new = replace(drawn, state=State.DONE, decided_by=principal, due_at=None, done_at=now)
    await store.insert(tx, new)
    await ledger_store.post(tx, _posting(order, payment, amount, basis), refund=new.id)
    data = {"basis": basis, "amount": amount.amount}
    await record(tx, order.id, principal, [Event("refund", new.id, basis, None, State.DONE, data)])
    return new.id


def _posting(order: Order, payment: Payment, amount: Money, basis: str) -> Posting:
    post = ledger.chargeback if basis == "chargeback" else ledger.refund
    return post(order.id, payment.merchant, amount)
