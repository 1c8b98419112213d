"""A payment in review: the bank's sums are not what was ordered. Two people accept what it took, or it is left as it is.

Nothing is edited. What the bank took is posted as any capture is, resting on the status read that showed it; what it gave
back of that is entered as a refund made at the bank; what is missing is owed, what is too much goes back by the usual rule.
The bank is looked at before each step: what is asked for is what it shows, and what is approved is that it shows it still.

A payment of which the bank holds nothing, and of which nothing can be booked, is closed in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass

from checkout.ground.db import Tx, in_transaction, now
from checkout.ground.errors import Conflict, Forbidden, Missing, Unavailable
from checkout.ground.events import Event, record
from checkout.ground.ids import PaymentId
from checkout.ground.service import Service
from checkout.payment import lease_store, ledger, ledger_store, orders, receipts, said_store
from checkout.payment import store as payments
from checkout.payment.order import Order
from checkout.payment.payment import COMMANDS, State
from checkout.payment.settle import seat_the_visit
from checkout.payment.store import Payment
from checkout.privacy.store import seal_payload
from gateways.gateway import BankOrder, BankStatus, GatewayError
from gateways.money import Money
from refunds import external, review_store
from refunds.review_store import Asked, Sums

# The bank is not done with it: what it says now is not what it will hold.
_OPEN = frozenset({BankStatus.REGISTERED, BankStatus.IN_PROGRESS, BankStatus.HELD, BankStatus.UNRECOGNISED})


@dataclass(frozen=True, slots=True)
class Shown:
    """A payment as we believed it, and what the bank said of it right after."""

    payment: Payment
    fact: BankOrder


async def look(service: Service, payment_id: PaymentId) -> Shown:
    """Ask the bank, with no transaction open. Raises Missing, Conflict `review_over`, Unavailable `bank_silent`."""
    payment = await in_transaction(service.engine, lambda tx: payments.read(tx, payment_id))
    if payment is None:
        raise Missing("payment_missing")
    if payment.state is not State.REVIEW:
        raise Conflict("review_over")
    try:
        fact = await service.gateway(payment.merchant).look(number=payment.number, reference=payment.reference)
    except GatewayError as reason:
        raise Unavailable("bank_silent") from reason
    return Shown(payment, fact)


def acceptable(payment: Payment, fact: BankOrder) -> Sums:
    """What our books would come to say. Raises Conflict `bank_not_done`, `bank_sums_foreign`."""
    nothing = Money(0, payment.belief.amount.currency)
    if fact.status in _OPEN:
        raise Conflict("bank_not_done")
    if not fact.captured:
        return Sums(nothing, nothing)
    if fact.amount.currency != nothing.currency:
        if fact.deposited:
            raise Conflict("bank_sums_foreign", sum=fact.deposited)
        return Sums(nothing, nothing)  # it all went back; what is not in our currency is never booked
    if fact.status not in (BankStatus.DEPOSITED, BankStatus.REFUNDED):
        raise Conflict("bank_not_done")
    return Sums(fact.captured, fact.refunded)


async def ask(tx: Tx, service: Service, shown: Shown, reason: str, *, principal: str) -> None:
    """One person wishes that our books say what the bank shows.

    Raises Conflict: as `acceptable`, and `review_over`, `review_asked`.
    """
    order, current = await _locked(tx, shown.payment)
    sums = acceptable(current, shown.fact)
    await _keep(tx, service, current, shown.fact)
    await review_store.ask(tx, current.id, sums, reason, principal=principal)
    await record(tx, order.id, principal, [Event("payment", current.id, "accept_asked", data=_data(sums))])


async def approve(tx: Tx, service: Service, shown: Shown, *, principal: str) -> None:
    """Another person agrees, and our books say it.

    Raises Conflict `review_over`, `review_unasked`, `bank_moved` if the bank shows other sums by now; Forbidden `own_review`.
    """
    order, current = await _locked(tx, shown.payment)
    held = await _waiting(tx, current.id)
    if held.asked_by == principal:
        raise Forbidden("own_review")
    sums = acceptable(current, shown.fact)
    if sums != held.sums:
        raise Conflict("bank_moved", sum=sums.held)
    if not await review_store.decide(tx, held, review_store.State.APPROVED, principal=principal):
        raise Conflict("review_unasked")
    fact_id = await _keep(tx, service, current, shown.fact)
    after = COMMANDS.step(current.state, "accept" if sums.captured else "close")
    if not await lease_store.accept(tx, current.id, after, sums.captured):
        raise Conflict("review_over")
    told = Event("payment", current.id, str(after), current.state, after, {"report": "accepted", **_data(sums)})
    await record(tx, order.id, principal, [Event("payment", current.id, "accepted", data=_data(sums)), told])
    if sums.captured:
        await _book(tx, service, order, current.id, sums, fact_id=fact_id, principal=principal)


async def leave(tx: Tx, payment_id: PaymentId, *, principal: str) -> None:
    """It is not accepted: the payment stays in review. Whoever asked may take it back, too.

    Raises Missing, Conflict `review_unasked`.
    """
    payment = await payments.read(tx, payment_id)
    if payment is None:
        raise Missing("payment_missing")
    order, _now = await orders.lock(tx, payment.order_id)
    held = await _waiting(tx, payment_id)
    if not await review_store.decide(tx, held, review_store.State.LEFT, principal=principal):
        raise Conflict("review_unasked")
    await record(tx, order.id, principal, [Event("payment", payment_id, "accept_left", data=_data(held.sums))])


async def _locked(tx: Tx, seen: Payment) -> tuple[Order, Payment]:
    """Under its order's lock. Raises Conflict `review_over` if our books moved since the bank was looked at."""
    order, _now = await orders.lock(tx, seen.order_id)
    current = await payments.read(tx, seen.id)
    if current is None or current.state is not State.REVIEW:
        raise Conflict("review_over")
    return order, current


async def _waiting(tx: Tx, payment_id: PaymentId) -> Asked:
    held = await review_store.waiting(tx, payment_id)
    if held is None:
        raise Conflict("review_unasked")
    return held


async def _keep(tx: Tx, service: Service, current: Payment, fact: BankOrder) -> int:
    sealed = seal_payload(service.vault, current.payer_id, current.data_key, fact.raw)
    return await said_store.add_fact(tx, current.id, fact, sealed)


async def _book(
    tx: Tx, service: Service, order: Order, payment_id: PaymentId, sums: Sums, *, fact_id: int, principal: str
) -> None:
    """Post what the bank took, enter what it gave back, and give the rest its visit."""
    posting = ledger.capture(order.id, order.merchant, sums.captured)
    await ledger_store.post(tx, posting, payment=payment_id, fact=fact_id)
    if sums.refunded:
        payment = await payments.read(tx, payment_id)
        assert payment is not None  # noqa: S101 - it was accepted a moment ago
        await external.enter(tx, service, payment, sums.refunded, basis="external", principal=principal)
    await receipts.follow(tx, order)
    if sums.held:
        await record(tx, order.id, principal, await seat_the_visit(tx, service, order, now=await now(tx)))


def _data(sums: Sums) -> dict[str, int]:
    return {"captured": sums.captured.amount, "refunded": sums.refunded.amount}
