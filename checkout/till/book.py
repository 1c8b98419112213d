"""Money of no order into the drawer or out of it: an entry and its posting, never one without the other."""

from __future__ import annotations

from checkout.ground.db import Tx
from checkout.ground.ids import HandOverId
from checkout.payment import ledger, ledger_store
from checkout.till import store
from checkout.till.store import Entered
from checkout.till.till import INTO, Movement, Shift


async def book(
    tx: Tx, shift: Shift, movement: Movement, account: str, *, principal: str, hand_over: HandOverId | None = None
) -> Entered:
    """`account`: the clinic's, against the drawer. The caller holds the shift."""
    entered = await store.enter(tx, shift, movement, principal=principal, hand_over=hand_over)
    await ledger_store.post(tx, posting(shift, movement, account), entry=entered.id)
    return entered


def posting(shift: Shift, movement: Movement, account: str) -> ledger.Posting:
    against = f"{account}:{shift.clinic_id}"
    return ledger.drawer(shift.id, against, movement.amount, into=movement.kind in INTO)
