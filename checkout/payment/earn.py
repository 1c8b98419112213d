"""Let revenue follow what happened: after a visit is given, goods are handed over, money comes or goes back.

One way for all of them: ask what is earned now, and post the difference. The caller holds the order, so nobody else does.
"""

from __future__ import annotations

from checkout.ground.db import Tx
from checkout.payment import ledger, ledger_store
from checkout.payment.order import Order


async def earn(tx: Tx, order: Order) -> None:
    """Nothing is posted where nothing changed, and nothing is asked before something was given or handed over."""
    if order.given_at is None and order.handed_over_at is None:
        return
    work = await ledger_store.work(tx, order.id)
    if work.change:
        await ledger_store.post(tx, ledger.earn(order.id, order.clinic_id, work.change))
