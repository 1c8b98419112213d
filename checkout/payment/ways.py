"""Paying one bank order in a banking application: its QR code, the word of the bank on that, a push.

All of it is courtesy on the way. Whether a payment was paid is for `settle` alone; what cannot be had here is paid for on
the bank's page.
"""

from __future__ import annotations

from typing import Final

import structlog

from checkout.ground.config import Config
from checkout.ground.db import Tx, in_transaction
from checkout.ground.errors import Invalid, Unavailable
from checkout.ground.ids import PaymentId
from checkout.ground.service import Service
from checkout.payment import ways_store
from checkout.payment.payment import State
from checkout.payment.store import Payment
from gateways.gateway import GatewayError, Way
from gateways.sbp import CodeState, QrCode

IN_PROGRESS: Final = -99  # the bank's word on an order whose QR code was agreed to (gateway.md §10.3)
_SPENT: Final = frozenset({CodeState.REJECTED, CodeState.REJECTED_BY_USER})
log = structlog.get_logger()


def offered(config: Config, merchant: str, way: Way) -> None:
    """Raises Invalid for a way that this merchant does not offer."""
    if way not in config.merchant(merchant).methods:
        raise Invalid("method_not_offered", pointer="/method")


def agreed(payment: Payment) -> bool:
    """Whether the payer has agreed in the application, and the banks are at work."""
    return payment.code_state is CodeState.CONFIRMED or payment.action_code == IN_PROGRESS


def spent(payment: Payment) -> bool:
    """Whether the code is good for nothing any more, as far as is known."""
    return payment.code_state in _SPENT


async def code_for(
    service: Service, merchant: str, payment_id: PaymentId, *, reference: str, back: str
) -> QrCode | None:
    """A code asked of the bank; None where it comes with the registration or not at all, or the bank gives none now."""
    codes = service.gateway(merchant).codes
    if codes is None:
        return None
    try:
        return await codes.code(reference=reference, number=str(payment_id), return_url=back)
    except GatewayError as reason:
        log.warning("code_not_given", payment=str(payment_id), reason=str(reason))
        return None


async def fill(service: Service, payment: Payment, *, back: str) -> None:
    """Get the code of an open payment that has none, or whose code is spent. `back`: where the application leads back to.

    Nothing happens where codes cannot be asked for.
    """
    if payment.state is not State.PENDING or payment.reference is None or (payment.code and not spent(payment)):
        return
    code = await code_for(service, payment.merchant, payment.id, reference=payment.reference, back=back)
    if code is not None:
        await in_transaction(service.engine, lambda tx: ways_store.coded(tx, payment.id, payment.code, code))


async def leave(service: Service, payment: Payment) -> None:
    """The payer has changed their mind: another way, and the code is taken back at the bank if nobody used it.

    One that was agreed to meanwhile stays: its money may come, and the bank takes no other for the order.
    """
    codes, code = service.gateway(payment.merchant).codes, payment.code
    rejected = False
    if codes is not None and code is not None and payment.reference is not None:
        try:
            rejected = await codes.reject(reference=payment.reference, number=payment.number, code=code.id)
        except GatewayError as reason:
            log.info("code_not_rejected", payment=payment.number, reason=str(reason))

    async def work(tx: Tx) -> None:
        await ways_store.choose(tx, payment.id, Way.CARD)
        if rejected:
            await ways_store.coded(tx, payment.id, code, None)

    await in_transaction(service.engine, work)


async def hear(service: Service, payment: Payment) -> None:
    """Note what the bank says of the payment's code, where it can be asked. Silence changes nothing."""
    codes, code = service.gateway(payment.merchant).codes, payment.code
    if codes is None or code is None or payment.reference is None or payment.way is not Way.SBP:
        return
    try:
        state = await codes.state(reference=payment.reference, number=payment.number, code=code.id)
    except GatewayError as reason:
        log.info("code_state_unknown", payment=payment.number, reason=str(reason))
        return
    if state is not CodeState.UNRECOGNISED:
        await in_transaction(service.engine, lambda tx: ways_store.said(tx, payment.id, code.id, state))


async def push(service: Service, payment: Payment, phone: str) -> None:
    """Let the bank knock at this phone. Raises Unavailable `push_failed`: the link still opens the application."""
    sberpay = service.gateway(payment.merchant).sberpay
    if sberpay is None or sberpay.push is None or payment.reference is None:
        raise Invalid("method_not_offered", pointer="/method")
    try:
        await sberpay.push(reference=payment.reference, number=payment.number, phone=phone)
    except GatewayError as reason:
        log.info("push_failed", payment=payment.number, reason=type(reason).__name__)
        raise Unavailable("push_failed") from reason
