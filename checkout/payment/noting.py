"""Notes on a payment at the bank, for whoever compares its cabinet or registry with our books. Never a person's data.

The bank keeps them for ever and nobody can take them back, so whatever looks like a card, a phone or an address is refused.
Intent before act: the story and the audit tell that the bank is asked. Then the story tells that it said yes, and the audit what
it said: also that it did not answer, and the notes may be there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import phonenumbers

from checkout.ground.db import Tx, in_transaction
from checkout.ground.errors import Conflict
from checkout.ground.events import Event, audit, record
from checkout.ground.observe import redact
from checkout.ground.service import Service
from checkout.payment import orders
from checkout.payment.store import Payment
from gateways.gateway import GatewayError, Refused
from gateways.notes import Unfit

_CARD_LIKE: Final = re.compile(r"(?<![0-9])(?:[0-9][ -]?){12,18}[0-9](?![0-9])")  # with or without a right check digit
_HOME: Final = "RU"
_OUTCOMES: Final = {"noting": "asked", "noted": "done"}  # of a kind of event, in the audit


async def add(service: Service, payment: Payment, notes: Mapping[str, str], *, principal: str) -> None:
    """Let the bank write them to its order. Doing it again changes nothing.

    Raises Unfit for what is not sent; Conflict `bank_has_no_notes`, `bank_order_unknown`; Unreachable: they may be there;
    Refused: they are not.
    """
    bank, reference = service.gateway(payment.merchant).notes, payment.reference
    if bank is None:
        raise Conflict("bank_has_no_notes")
    if reference is None:
        raise Conflict("bank_order_unknown")
    for name, value in notes.items():
        _nobodys(name, name)
        _nobodys(name, value)
    bank.check(notes)
    await _tell(service, payment, "noting", notes, principal=principal)
    try:
        await bank.add(reference=reference, number=payment.number, notes=notes)
    except GatewayError as reason:
        await _failed(service, payment, notes, reason, principal=principal)
        raise
    await _tell(service, payment, "noted", notes, principal=principal)


def _nobodys(name: str, text: str) -> None:
    """Raises Unfit if it looks like somebody's data."""
    if _CARD_LIKE.search(text):
        raise Unfit(name, "this looks like a card number")
    if "@" in text:
        raise Unfit(name, "this looks like an e-mail address")
    if phonenumbers.PhoneNumberMatcher(text, _HOME).has_next():
        raise Unfit(name, "this looks like a phone number")
    if redact(text) != text:
        raise Unfit(name, "this looks like a secret or a private link")


async def _tell(service: Service, payment: Payment, kind: str, notes: Mapping[str, str], *, principal: str) -> None:
    """In the order's story and in the audit. Names alone: what the values are, the bank shows."""

    async def write(tx: Tx) -> None:
        await orders.lock(tx, payment.order_id)
        await record(tx, payment.order_id, principal, [Event("payment", payment.id, kind, data={"names": list(notes)})])
        await _audit(tx, payment, notes, _OUTCOMES[kind], principal=principal)

    await in_transaction(service.engine, write)


async def _failed(
    service: Service, payment: Payment, notes: Mapping[str, str], reason: GatewayError, *, principal: str
) -> None:
    """Only what the bank refused is certainly not there."""
    outcome = "refused" if isinstance(reason, Refused) else "unknown"

    async def write(tx: Tx) -> None:
        await _audit(tx, payment, notes, outcome, principal=principal, why=type(reason).__name__)

    await in_transaction(service.engine, write)


async def _audit(
    tx: Tx, payment: Payment, notes: Mapping[str, str], outcome: str, *, principal: str, **more: str
) -> None:
    data = {"names": list(notes), **more}
    await audit(tx, principal=principal, action="bank.note", object_=str(payment.id), outcome=outcome, data=data)
