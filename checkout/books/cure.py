"""What a person does about a break: each a guarded change with its event and its row of audit.

Booking money that went back without us is `refunds`' business: it joins `CURES` in the composition root.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from uuid import UUID

from checkout.books import break_store, registry_store
from checkout.books.break_store import Break
from checkout.books.registry import COMMANDS, CURES, Cure, Kind, Line
from checkout.books.registry_store import Matched
from checkout.ground.db import Tx, in_transaction
from checkout.ground.errors import Conflict, Invalid
from checkout.ground.events import Event, From, audit, record
from checkout.ground.ids import PaymentId, RefundId
from checkout.ground.service import Service
from checkout.payment import lease_store, ledger_store, orders
from checkout.payment.ledger import Settlement
from gateways.money import Money

LONGEST_NOTE: Final = 500
Doer = Callable[[Service, UUID, str, str | None, From | None], Awaitable[None]]


async def look_again(
    service: Service, break_id: UUID, principal: str, note: str | None = None, origin: From | None = None
) -> None:
    """Let the worker ask the bank about the payment now; the line is judged again after that. Raises Conflict."""

    async def work(tx: Tx) -> None:
        held = await locked(tx, break_id, Cure.LOOK_AGAIN)
        if held.payment is None:
            raise Conflict("break_without_payment")
        await lease_store.wake(tx, held.payment)
        await decided(tx, held, Cure.LOOK_AGAIN, principal=principal, note=checked(note), origin=origin)

    await in_transaction(service.engine, work)


async def ask_bank(
    service: Service, break_id: UUID, principal: str, note: str | None = None, origin: From | None = None
) -> None:
    """It is with the bank now; the note says under what number. Raises Conflict."""

    async def work(tx: Tx) -> None:
        held = await locked(tx, break_id, Cure.ASK_BANK)
        await decided(tx, held, Cure.ASK_BANK, principal=principal, note=checked(note), origin=origin)

    await in_transaction(service.engine, work)


async def accept(
    service: Service, break_id: UUID, principal: str, note: str | None, origin: From | None = None
) -> None:
    """It stays as it is, and the note says why; a differing sum is settled as the bank paid it. Raises Conflict, Invalid."""
    said = checked(note)
    if said is None:
        raise Invalid("note_missing", pointer="/note")

    async def work(tx: Tx) -> None:
        held = await locked(tx, break_id, Cure.ACCEPT)
        await decided(tx, held, Cure.ACCEPT, principal=principal, note=said, origin=origin)
        if held.kind is Kind.AMOUNT:
            await _settle_as_it_is(tx, held, principal=principal)

    await in_transaction(service.engine, work)


async def _settle_as_it_is(tx: Tx, held: Break, *, principal: str) -> None:
    """Our sum stays in our books, the bank's enters the account; the difference is what is still owed."""
    line, payment = await line_of(tx, held)
    refund, ours = await break_store.our_side(tx, payment, line)
    await settle(tx, held, line, refund, ours, principal=principal)


async def line_of(tx: Tx, held: Break) -> tuple[Line, PaymentId]:
    """The line that a break is about, and the payment of ours that it means. Raises Conflict if there is none."""
    if held.line is None or held.payment is None:
        raise Conflict("break_without_payment")
    return await registry_store.read_line(tx, held.line), held.payment


async def settle(tx: Tx, held: Break, line: Line, refund: RefundId | None, ours: Money, *, principal: str) -> None:
    """Match a break's line by a person's word, and post what the bank paid."""
    assert held.line is not None  # noqa: S101 - its line was read
    assert held.order is not None  # noqa: S101 - its payment has one
    assert held.payment is not None  # noqa: S101 - as above
    matched = Matched(held.line, held.order, held.payment, refund, ours.amount - line.amount.amount)
    await registry_store.match(tx, [matched], principal=principal)
    await ledger_store.settle(tx, [Settlement(held.order, held.merchant, held.line, line.net, line.fee)])


async def locked(tx: Tx, break_id: UUID, cure: Cure) -> Break:
    """The break, under the locks of its order and of its merchant's registry.

    Raises Missing, and Conflict if this cure is not one for it, or not now.
    """
    seen = await break_store.read(tx, break_id)
    if seen.order is not None:
        await orders.lock(tx, seen.order)
    await registry_store.alone(tx, seen.merchant)
    held = await break_store.read(tx, break_id, lock=True)
    if cure not in CURES[held.kind]:
        raise Conflict("cure_unfit", kind=str(held.kind), cure=str(cure))
    COMMANDS.step(held.state, cure)
    return held


async def decided(
    tx: Tx, held: Break, cure: Cure, *, principal: str, note: str | None, origin: From | None = None
) -> None:
    """Write the decision down, tell it on the order, and in the audit."""
    after = COMMANDS.step(held.state, cure)
    await break_store.decide(tx, held, after, cure, principal=principal, note=note)
    data = {"kind": str(held.kind), "cure": str(cure), "break": str(held.id)}
    if held.order is not None and held.payment is not None:
        await record(tx, held.order, principal, [Event("payment", held.payment, "registry_break", data=data)])
    facts = {"action": "registry.cure", "object_": str(held.id), "outcome": str(after)}
    await audit(tx, principal=principal, origin=origin, data=data, **facts)


def checked(note: str | None) -> str | None:
    """A note without the spaces around it, None without anything in it. Raises Invalid."""
    said = (note or "").strip()
    if len(said) > LONGEST_NOTE:
        raise Invalid("note_too_long", pointer="/note")
    return said or None


DOERS: Final[Mapping[Cure, Doer]] = {
    Cure.LOOK_AGAIN: look_again,
    Cure.ASK_BANK: ask_bank,
    Cure.ACCEPT: accept,
}
