"""Charge a saved card at its payer's press on our own page: a look, intent, one call, and the way on.

The payment is registered already, so it is pending under the bank's reference: wherever a process dies from here on, the
poll finds the money. That reference came unproved, so the bank is asked first whose order it is, and whether it is still to
be paid. That the card may have been charged is committed before the bank is told, once for a payment; so the call is never
made again, whatever became of it. Its answer says where the payer goes next. About money it says nothing:
that is for a look, and the bank's page of the same order stays open as the way for whatever cannot be done by a press.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

import structlog

from checkout.ground.db import Tx, in_transaction
from checkout.ground.events import Event, record
from checkout.ground.ids import PaymentId
from checkout.ground.observe import OUTCOMES
from checkout.ground.service import Service
from checkout.payment import breaker, cards, lease_store, orders, press_store, store
from checkout.payment.card import PRESSED, Card
from checkout.payment.payment import State
from checkout.payment.store import Payment
from gateways.gateway import BankStatus, Garbled, Refused, Unreachable
from gateways.money import Money
from gateways.one_press import Answer, Confirm, Press, Tried

log = structlog.get_logger()
_PLAIN: Final = "http:"


class Onward(Enum):
    """Where the payer goes, if the issuer does not want a word with them."""

    RESULT = auto()  # what became of it is being asked
    PAGE = auto()  # nothing was charged: the bank's page takes the card's code


def allowed(service: Service, card: Card) -> bool:
    """Whether this card may: its holder agreed to that when it was saved."""
    return card.consent in PRESSED and cards.by_press(service, card.merchant)


async def press(
    service: Service, payment_id: PaymentId, *, total: Money, address: str, principal: str
) -> Confirm | Onward:
    """Charge the card that this open payment names. A second press finds the first, and leads to its result.

    `total`: what the payer has read on the button; a payment of another sum is not pressed, for the bank's page tells it.
    `address`: the payer's, for the bank alone; it is kept nowhere.
    """
    held = await in_transaction(service.engine, lambda tx: _read(tx, payment_id))
    elsewhere = _elsewhere(service, held, total) or await _unproved(service, held, total)
    if elsewhere is not None:
        return elsewhere

    async def work(tx: Tx) -> tuple[Payment, Press] | Onward:
        return await _intend(tx, service, payment_id, total, address=address, principal=principal)

    ready = await in_transaction(service.engine, work)
    if isinstance(ready, Onward):
        return ready
    held, wanted = ready
    onward, silent = await _told(service, held, wanted)
    OUTCOMES.labels("press", onward.name.lower() if isinstance(onward, Onward) else "confirm").inc()
    await _heard(service, held, onward, silent=silent)
    return onward


async def _heard(service: Service, held: Payment, onward: Confirm | Onward, *, silent: bool) -> None:
    """After a call: what is to be asked is asked at once, and how the bank is, every process knows."""

    async def work(tx: Tx) -> None:
        if onward is Onward.RESULT:
            await lease_store.wake(tx, held.id)  # also for a payer who does not wait for it
        await breaker.told(tx, held.merchant, silent=silent, troubled=held.troubled)

    await in_transaction(service.engine, work)


def _elsewhere(service: Service, found: Payment, total: Money) -> Onward | None:
    """Where this payment leads without a press; None: it can be pressed."""
    if found.pressed or found.state is not State.PENDING:
        return Onward.RESULT
    by_press = found.belief.amount == total and cards.by_press(service, found.merchant)
    return None if by_press else Onward.PAGE


async def _unproved(service: Service, held: Payment, total: Money) -> Onward | None:
    """Ask the bank, before it is told to charge: None if the order is ours, open, and of this sum."""
    onward, silent = await _seen(service, held, total)
    if onward is not None:
        OUTCOMES.labels("press", "unproved").inc()
        await _heard(service, held, onward, silent=silent)
    return onward


async def _seen(service: Service, held: Payment, total: Money) -> tuple[Onward | None, bool]:
    """Where a look leads, and whether there was no answer at all. Of a card that was not pressed nothing was charged."""
    try:
        fact = await service.gateway(held.merchant).look(number=held.number, reference=held.reference)
    except (Refused, Unreachable) as reason:
        log.warning("press_unproved", payment=held.number, reason=type(reason).__name__)
        return Onward.PAGE, isinstance(reason, Unreachable) and not isinstance(reason, Garbled)
    if fact.status not in (BankStatus.REGISTERED, BankStatus.DECLINED):
        return Onward.RESULT, False
    return (None if fact.status is BankStatus.REGISTERED and fact.amount == total else Onward.PAGE), False


async def _intend(
    tx: Tx, service: Service, payment_id: PaymentId, total: Money, *, address: str, principal: str
) -> tuple[Payment, Press] | Onward:
    """From here on the bank may have charged the card. With what it is told goes the payment as it was before."""
    found = await _locked(tx, payment_id)
    elsewhere = _elsewhere(service, found, total)
    if elsewhere is not None:
        return elsewhere
    wanted = await press_store.press(tx, payment_id, consents=PRESSED, address=address)
    if wanted is None:  # removed meanwhile, or saved when nobody spoke of a press
        return Onward.PAGE
    await record(tx, found.order_id, principal, [Event("payment", payment_id, "pressed")])
    return found, wanted


async def _read(tx: Tx, payment_id: PaymentId) -> Payment:
    found = await store.read(tx, payment_id)
    assert found is not None  # noqa: S101 - it was started just now
    return found


async def _locked(tx: Tx, payment_id: PaymentId) -> Payment:
    """The payment as it stands once nobody else is at its order."""
    await orders.lock(tx, (await _read(tx, payment_id)).order_id)
    return await _read(tx, payment_id)


async def _told(service: Service, held: Payment, wanted: Press) -> tuple[Confirm | Onward, bool]:
    """The one call. Whether there was no answer at all goes with it."""
    gateway = service.gateway(held.merchant).one_press
    assert gateway is not None  # noqa: S101 - as the intent has found
    try:
        return _onward(service, held, await gateway.pay(wanted)), False
    except Refused as reason:
        log.warning("press_refused", payment=held.number, reason=type(reason).__name__, code=reason.code)
        return Onward.PAGE, False
    except Unreachable as reason:
        log.warning("press_unanswered", payment=held.number, reason=type(reason).__name__)
        return Onward.RESULT, not isinstance(reason, Garbled)


def _onward(service: Service, held: Payment, answer: Answer) -> Confirm | Onward:
    """A payer is sent to the issuer over https; a rehearsal's issuer is on this machine."""
    if isinstance(answer, Confirm):
        if answer.url.startswith(_PLAIN) and service.config.mode != "test":
            log.error("press_plain_issuer", payment=held.number)
            return Onward.PAGE
        return answer
    return Onward.RESULT if isinstance(answer, Tried) else Onward.PAGE
