"""Send a refund on its day: claim, look at the bank, compare with our books, send only if needed, write under the fence.

Each step may be the last before a crash; the next worker starts with the look and finds what is already there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from checkout.ground.db import Tx, in_transaction
from checkout.ground.events import SYSTEM, Event, record
from checkout.ground.ids import RefundId
from checkout.ground.observe import OUTCOMES
from checkout.ground.service import Service
from checkout.payment import back_store, breaker, ledger, ledger_store, orders, receipts, said_store
from checkout.payment import store as payments
from checkout.payment.earn import earn
from checkout.payment.store import Payment
from checkout.privacy.store import seal_payload
from gateways.fiscal import Cart
from gateways.gateway import AccessDenied, BankOrder, Garbled, Gateway, GatewayError, Refused, Unreachable, WrongState
from gateways.gateway import Refund as BankRefund
from refunds import store
from refunds.refund import COMMANDS, Act, Plan, State, decide, next_banking_day, next_try, same_day

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one try came to: a command of the refund's table, the bank's last word, and why. `silent`: it did not answer."""

    command: str
    fact: BankOrder | None = None
    why: str | None = None
    silent: bool = False


async def run_due(service: Service, limit: int = 20) -> int:
    """One round over due refunds; the number tried."""
    for done in range(limit):
        if not await run_one(service):
            return done
    return limit


async def run_one(service: Service, only: RefundId | None = None) -> bool:
    """Try the oldest that is due, or the one that is named if it is; False if there was nothing to try."""
    claimed = await in_transaction(service.engine, lambda tx: _claim(tx, service, only))
    if claimed is None:
        return False
    held, payment, cart, now = claimed
    outcome = await attempt(service, held, payment, cart, now=now)
    await in_transaction(service.engine, lambda tx: apply(tx, service, held, outcome))
    return True


async def _claim(
    tx: Tx, service: Service, only: RefundId | None
) -> tuple[store.Refund, Payment, Cart | None, datetime] | None:
    claimed = await store.claim(tx, only)
    if claimed is None:
        return None
    held, before = claimed
    payment = await payments.read(tx, held.payment_id)
    assert payment is not None  # noqa: S101 - a foreign key holds it
    await record(tx, held.order_id, SYSTEM, [Event("refund", held.id, "sending", before, State.SENDING)])
    order, now = await orders.read(tx, held.order_id)
    cart = await receipts.pack_refund(tx, service, order, payment.id, amount=held.amount, allocation=held.allocation)
    return held, payment, cart, now


async def attempt(
    service: Service, held: store.Refund, payment: Payment, cart: Cart | None, *, now: datetime
) -> Outcome:
    """Look, decide, act, look again. Nothing here touches the database."""
    gateway = service.gateway(payment.merchant)
    can = gateway.capabilities
    plan = Plan(
        key=held.key,
        amount=held.amount,
        captured=payment.captured,
        refunded_before=payment.gone_at_bank,
        paid_at=payment.captured_at or now,
        sent_before=held.attempts > 1,
        fiscal=cart is not None,
        was_held=payment.two_stage,
    )
    fact: BankOrder | None = None
    act: Act | None = None
    try:
        fact = await _read(gateway, payment)
        plan = replace(plan, paid_at=fact.paid_at or plan.paid_at)  # the bank's day counts, not when we noticed
        act = decide(plan, fact, can, now=now)
        if fact.chargeback and payment.dispute != "booked" and act in (Act.REFUND, Act.REVERSE):
            return Outcome("wait", fact, "the bank says that it was charged back")
        if act is Act.REVERSE and not await _reversed(service, payment, fact, cart):
            fact = await _read(gateway, payment)
            act = decide(replace(plan, sent_before=True), fact, replace(can, reverse=False), now=now)
        if act is Act.REFUND:
            await gateway.refund(
                BankRefund(fact.reference, payment.number, held.key, held.amount, fact.deposited, cart)
            )
        if act in (Act.REFUND, Act.REVERSE):
            fact = await _read(gateway, payment)
            act = decide(replace(plan, sent_before=True), fact, can, now=now)
    except (Unreachable, WrongState, AccessDenied) as reason:
        silent = isinstance(reason, Unreachable) and not isinstance(reason, Garbled)
        return Outcome("lose", fact, type(reason).__name__, silent=silent)
    except Refused as reason:
        if act is Act.REFUND and same_day(plan, now):  # it may bar refunds of the day, whatever its contract says
            return Outcome("wait", fact)
        return Outcome("contest", fact, f"the bank refused: {reason.code}")
    return _outcome(act, fact)


async def _read(gateway: Gateway, payment: Payment) -> BankOrder:
    """The bank's word on a payment that it took. That it will not say is no answer: the refund may be there already."""
    try:
        return await gateway.look(number=payment.number, reference=payment.reference)
    except Refused as reason:
        raise Unreachable(f"the bank will not say: {reason.code}") from reason


async def _reversed(service: Service, payment: Payment, fact: BankOrder, cart: Cart | None) -> bool:
    """Whether the bank took the reversal; its refusal in this state sends us to an ordinary refund."""
    try:
        gateway = service.gateway(payment.merchant)
        await gateway.reverse(reference=fact.reference, number=payment.number, cart=cart)
    except Unreachable:
        raise
    except GatewayError as reason:
        log.info("reverse_refused", payment=payment.number, reason=str(reason))
        return False
    return True


def _outcome(act: Act, fact: BankOrder) -> Outcome:
    match act:
        case Act.DONE:
            return Outcome("accept", fact)
        case Act.WAIT:
            return Outcome("wait", fact)
        case Act.CONTEST:
            return Outcome("contest", fact, "the bank's sums are not ours")
        case Act.REFUND | Act.REVERSE:
            return Outcome("lose", fact, "the bank took it, but does not show it yet")


async def apply(tx: Tx, service: Service, held: store.Refund, outcome: Outcome) -> State | None:
    """Write the outcome with its postings; None if another worker holds a newer token."""
    order, now = await orders.lock(tx, held.order_id)
    current = await store.fenced(tx, held)
    if current is None:
        OUTCOMES.labels("refund", "fenced").inc()
        return None
    command, due_at, parked = outcome.command, None, None
    if command == "lose":
        due_at = next_try(current.attempts, now)
        if due_at is None:
            command = "contest"
    if command == "wait":
        due_at = next_banking_day(now)
    if command == "contest":
        parked = outcome.why or "no clear answer from the bank"
        log.error("refund_needs_a_person", refund=held.key, why=parked)
    after = COMMANDS.step(current.state, command)
    await store.finish(tx, current, after, due_at=due_at, parked=parked)
    await _keep(tx, service, current, outcome)
    if after is State.DONE:
        await back_store.returned(tx, current.payment_id, current.amount)
        await ledger_store.post(tx, ledger.refund(order.id, order.merchant, current.amount), refund=current.id)
        await earn(tx, order)
        await receipts.returned(
            tx, order, current.payment_id, current.id, amount=current.amount, allocation=current.allocation
        )
        await receipts.follow(tx, order)
    data = {"why": outcome.why} if outcome.why else None
    await record(tx, order.id, SYSTEM, [Event("refund", current.id, str(after), current.state, after, data)])
    OUTCOMES.labels("refund", after).inc()
    return after


async def _keep(tx: Tx, service: Service, current: store.Refund, outcome: Outcome) -> None:
    """The bank's word, and whether it answers at all."""
    payment = await payments.read(tx, current.payment_id)
    assert payment is not None  # noqa: S101 - a foreign key holds it
    await breaker.told(tx, payment.merchant, silent=outcome.silent, troubled=payment.troubled)
    if outcome.fact is not None:
        sealed = seal_payload(service.vault, payment.payer_id, payment.data_key, outcome.fact.raw)
        await said_store.add_fact(tx, payment.id, outcome.fact, sealed)
