"""Money that went back at the bank without us: looked at, and entered into our books as the bank shows it.

Nothing is sent: it happened already. A refund of ours that waits for a person because of it, and that the bank does not
know, is closed with it; one that the bank lists as ours only has to be looked at again.
"""

from __future__ import annotations

from dataclasses import dataclass

from checkout.ground.db import Tx, in_transaction
from checkout.ground.errors import Conflict, Missing, Unavailable
from checkout.ground.events import Event, record
from checkout.ground.ids import PaymentId
from checkout.ground.service import Service
from checkout.payment import back_store, orders, receipts, said_store
from checkout.payment import store as payments
from checkout.payment.store import Payment
from checkout.privacy.store import seal_payload
from gateways.gateway import BankOrder, BankStatus, GatewayError
from gateways.money import Money
from refunds import external, store
from refunds.refund import COMMANDS, State, went_through


@dataclass(frozen=True, slots=True)
class Shown:
    """A payment as we believed it, and what the bank said of it right after."""

    payment: Payment
    fact: BankOrder

    @property
    def gone(self) -> Money:
        """How much has gone back, whoever sent it."""
        return self.payment.captured if self.fact.status is BankStatus.REVERSED else self.fact.refunded


async def look(service: Service, payment_id: PaymentId) -> Shown:
    """Ask the bank, with no transaction open. Raises Missing, Conflict `nothing_outside`, Unavailable `bank_silent`."""
    payment = await in_transaction(service.engine, lambda tx: payments.read(tx, payment_id))
    if payment is None:
        raise Missing("payment_missing")
    if payment.method != "card" or not payment.captured:
        raise Conflict("nothing_outside")
    try:
        fact = await service.gateway(payment.merchant).look(number=payment.number, reference=payment.reference)
    except GatewayError as reason:
        raise Unavailable("bank_silent") from reason
    return Shown(payment, fact)


async def settle(tx: Tx, service: Service, shown: Shown, *, principal: str) -> None:
    """Make our books say what the bank shows.

    Raises Conflict: `refund_moved` if our books moved since the look, `refund_in_flight`, `refund_is_ours`,
    `bank_sums_differ`, `more_than_left`, `nothing_outside`.
    """
    order, _now = await orders.lock(tx, shown.payment.order_id)
    current = await payments.read(tx, shown.payment.id)
    assert current is not None  # noqa: S101 - never deleted
    if current.belief != shown.payment.belief:
        raise Conflict("refund_moved")
    if shown.fact.status is not BankStatus.REVERSED and shown.fact.captured != current.captured:
        raise Conflict("bank_sums_differ")
    waiting = await _waiting(tx, shown)
    extra = Money(max((shown.gone - await store.known_to_bank(tx, current.id)).amount, 0), shown.gone.currency)
    if not waiting and not extra:
        raise Conflict("nothing_outside")
    sealed = seal_payload(service.vault, current.payer_id, current.data_key, shown.fact.raw)
    await said_store.add_fact(tx, current.id, shown.fact, sealed)
    for refund in waiting:
        await _close(tx, refund, principal=principal)
    for part in await _parts(tx, shown, extra) if extra else ():
        await external.enter(tx, service, current, part, basis="external", principal=principal)
    await receipts.follow(tx, order)


async def _parts(tx: Tx, shown: Shown, extra: Money) -> list[Money]:
    """The sums in which it went, as the bank lists them: each has a receipt of its own. One sum, if its list says another."""
    left = [one.amount for one in shown.fact.refunds if went_through(one)]
    for refund in await store.of_order(tx, shown.payment.order_id):
        booked = refund.state is State.DONE and refund.basis != "chargeback"
        if booked and refund.payment_id == shown.payment.id and refund.amount in left:
            left.remove(refund.amount)
    return left if sum(one.amount for one in left) == extra.amount else [extra]


async def _waiting(tx: Tx, shown: Shown) -> list[store.Refund]:
    """The refunds of this payment that wait for a person, and that the bank does not know."""
    found = [one for one in await store.of_order(tx, shown.payment.order_id) if one.payment_id == shown.payment.id]
    if any(refund.state in (State.SENDING, State.UNKNOWN) for refund in found):
        raise Conflict("refund_in_flight")
    waiting = [refund for refund in found if refund.state is State.REVIEW]
    listed = {one.external_id for one in shown.fact.refunds if went_through(one)}
    if any(refund.key in listed for refund in waiting):
        raise Conflict("refund_is_ours")
    return waiting


async def _close(tx: Tx, held: store.Refund, *, principal: str) -> None:
    after = COMMANDS.step(held.state, "close")
    if not await store.decided(tx, held, after, principal=principal, due_at=None):
        raise Conflict("refund_moved")
    await back_store.release(tx, held.payment_id, held.amount)
    await record(tx, held.order_id, principal, [Event("refund", held.id, "close", held.state, after)])
