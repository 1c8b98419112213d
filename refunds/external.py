"""Money that went back at the bank without us: recognised by what the bank shows, and entered into our books.

A refund made in the bank's own cabinet rests on a status read that shows it; of a chargeback no status shows the sum, so
`refunds.chargebacks` says on what it rests. Nothing is sent: it happened already.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from checkout.books import break_store, cure
from checkout.books.registry import Cure
from checkout.ground.db import Tx, in_transaction
from checkout.ground.errors import Conflict
from checkout.ground.events import Event, From, record
from checkout.ground.ids import RefundId
from checkout.ground.service import Service
from checkout.payment import back_store, ledger, ledger_store, orders, receipts
from checkout.payment import store as payments
from checkout.payment.earn import earn
from checkout.payment.ledger import Posting
from checkout.payment.order import Order
from checkout.payment.settle import settle
from checkout.payment.store import Payment
from gateways.gateway import BankStatus
from gateways.money import Money
from refunds import issue, store
from refunds.refund import State


async def book_break(
    service: Service, break_id: UUID, principal: str, note: str | None = None, origin: From | None = None
) -> None:
    """Cure a break by booking what went back. Raises Conflict `nothing_to_book` if the bank does not show it."""
    seen = await in_transaction(service.engine, lambda tx: break_store.read(tx, break_id))
    if seen.payment is None:
        raise Conflict("break_without_payment")
    await settle(service, seen.payment)

    async def work(tx: Tx) -> None:
        await _book(tx, service, break_id, principal=principal, note=note, origin=origin)

    await in_transaction(service.engine, work)


async def _book(
    tx: Tx, service: Service, break_id: UUID, *, principal: str, note: str | None, origin: From | None
) -> None:
    held = await cure.locked(tx, break_id, Cure.BOOK)
    line, payment_id = await cure.line_of(tx, held)
    payment = await payments.read(tx, payment_id)
    assert payment is not None  # noqa: S101 - a foreign key holds it
    if (gone := await unbooked(tx, payment)) < line.amount:
        raise Conflict("nothing_to_book", shown=gone)
    refund = await enter(tx, service, payment, line.amount, basis="external", principal=principal)
    order, _now = await orders.lock(tx, payment.order_id)
    await receipts.follow(tx, order)
    await cure.decided(tx, held, Cure.BOOK, principal=principal, note=cure.checked(note), origin=origin)
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
    """A refund that is done: it was promised to nobody, and is gone; posted, told on the order.

    Whoever made it at the bank may have said for what, and then there is a receipt of it to be found. The bank makes none of
    a chargeback. The caller lets the settlements follow once it has entered all that went. Raises Conflict `more_than_left`.
    """
    order, now = await orders.lock(tx, payment.order_id)
    gone = back_store.charged_back if basis == "chargeback" else back_store.gone
    if not await gone(tx, payment.id, amount):
        raise Conflict("more_than_left", pointer="/amount", left=issue.left(payment))
    drawn = await issue.draft(tx, service, order, issue.Meant(payment, amount, now, now, basis, "", principal))
    new = replace(drawn, state=State.DONE, decided_by=principal, due_at=None, done_at=now)
    await store.insert(tx, new)
    await ledger_store.post(tx, _posting(order, payment, amount, basis), refund=new.id)
    await earn(tx, order)
    if basis != "chargeback":
        await receipts.returned(tx, order, payment.id, new.id, amount=amount, allocation=new.allocation)
    data = {"basis": basis, "amount": amount.amount}
    await record(tx, order.id, principal, [Event("refund", new.id, basis, None, State.DONE, data)])
    return new.id


def _posting(order: Order, payment: Payment, amount: Money, basis: str) -> Posting:
    post = ledger.chargeback if basis == "chargeback" else ledger.refund
    return post(order.id, payment.merchant, amount)
