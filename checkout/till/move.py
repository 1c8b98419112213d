"""Cash in and out by reason, and takings handed over to somebody who accepts them: each one transaction."""

from __future__ import annotations

from checkout.ground.db import Tx, now
from checkout.ground.errors import Conflict, Forbidden, Invalid
from checkout.ground.events import audit
from checkout.ground.ids import HandOverId, ShiftId
from checkout.till import counts_store, store
from checkout.till.book import book
from checkout.till.counts_store import HandOver
from checkout.till.store import Entered
from checkout.till.till import PAID_IN, PAID_OUT, Kind, Movement, Reason, Shift, enough, positive, still_open, working
from gateways.money import Money


async def pay_in(
    tx: Tx, shift_id: ShiftId, amount: Money, reason: Reason, *, note: str | None = None, principal: str
) -> Entered:
    """Money into the drawer that pays for no visit. Raises Conflict as `working`, Invalid `reason_unfit`."""
    return await _move(tx, shift_id, Movement(Kind.PAID_IN, amount, reason=reason, note=note), principal=principal)


async def pay_out(
    tx: Tx, shift_id: ShiftId, amount: Money, reason: Reason, *, note: str | None = None, principal: str
) -> Entered:
    """Money out of the drawer that refunds nothing. Raises as `pay_in`, and Conflict `drawer_short`."""
    return await _move(tx, shift_id, Movement(Kind.PAID_OUT, amount, reason=reason, note=note), principal=principal)


async def _move(tx: Tx, shift_id: ShiftId, movement: Movement, *, principal: str) -> Entered:
    positive(movement.amount)
    account = movement.reason and (PAID_IN if movement.kind is Kind.PAID_IN else PAID_OUT).get(movement.reason)
    if account is None:
        raise Invalid("reason_unfit", pointer="/reason")
    if movement.reason is Reason.OTHER and not movement.note:
        raise Invalid("note_needed", pointer="/note")
    shift = working(still_open(await store.lock(tx, shift_id)), await now(tx))
    if movement.kind is Kind.PAID_OUT:
        await leaves(tx, shift, movement.amount)
    entered = await book(tx, shift, movement, account, principal=principal)
    data = {"receipt_no": entered.receipt_no, "amount": movement.amount.amount, "reason": movement.reason}
    await audit(
        tx, principal=principal, action=f"cash.{movement.kind}", object_=str(shift_id), outcome="done", data=data
    )
    return entered


async def leaves(tx: Tx, shift: Shift, amount: Money) -> None:
    """Raises Conflict `drawer_short` unless the drawer has it, and has not promised it to whoever takes the takings."""
    promised = await counts_store.pending(tx, shift.id)
    held = await store.drawer(tx, shift.id)
    enough(held - promised.amount if promised else held, amount)


async def give(tx: Tx, shift_id: ShiftId, amount: Money, *, principal: str) -> HandOver:
    """Takings for the safe. They stay in the drawer's books until somebody else accepts them.

    Raises Conflict `drawer_short`, `hand_over_pending`, `shift_closed_already`.
    """
    positive(amount)
    shift = still_open(await store.lock(tx, shift_id))
    await leaves(tx, shift, amount)
    hand_over = HandOverId.new()
    await counts_store.give(tx, hand_over, shift, amount, principal=principal)
    await _told(tx, "cash.given", hand_over, amount, principal=principal)
    return await counts_store.hand_over(tx, hand_over)


async def accept(tx: Tx, hand_over_id: HandOverId, *, principal: str) -> HandOver:
    """The receiver has counted it: it leaves the drawer. Raises Forbidden `own_hand_over`, Conflict `hand_over_settled`."""
    found = await counts_store.hand_over(tx, hand_over_id)
    shift = await store.lock(tx, found.shift_id)
    if found.given_by == principal:
        raise Forbidden("own_hand_over")
    await _settle(tx, found, "accepted", principal=principal)
    enough(await store.drawer(tx, shift.id), found.amount)
    movement = Movement(Kind.HAND_OVER, found.amount)
    await book(tx, shift, movement, "cash_safe", principal=principal, hand_over=hand_over_id)
    return await counts_store.hand_over(tx, hand_over_id)


async def withdraw(tx: Tx, hand_over_id: HandOverId, *, principal: str) -> HandOver:
    """It stays in the drawer after all: taken back, or not accepted. Raises Conflict `hand_over_settled`."""
    found = await counts_store.hand_over(tx, hand_over_id)
    await store.lock(tx, found.shift_id)
    await _settle(tx, found, "withdrawn", principal=principal)
    return await counts_store.hand_over(tx, hand_over_id)


async def _settle(tx: Tx, found: HandOver, state: str, *, principal: str) -> None:
    if not await counts_store.settle(tx, found.id, state, principal=principal):
        settled = await counts_store.hand_over(tx, found.id)
        raise Conflict("hand_over_settled", by=settled.settled_by, at=settled.settled_at)
    await _told(tx, f"cash.{state}", found.id, found.amount, principal=principal)


async def _told(tx: Tx, action: str, hand_over: HandOverId, amount: Money, *, principal: str) -> None:
    data = {"amount": amount.amount}
    await audit(tx, principal=principal, action=action, object_=str(hand_over), outcome="done", data=data)
