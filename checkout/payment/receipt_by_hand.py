"""What a person does about a receipt that the bank does not show: has it looked for or made anew, or notes another's numbers."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from checkout.ground.dates import local
from checkout.ground.db import Tx
from checkout.ground.errors import Conflict, Invalid, Missing
from checkout.ground.ids import OrderId, ReceiptId
from checkout.payment import orders
from checkout.payment import receipt_store as kept
from checkout.payment.printing import told
from checkout.payment.receipt import COMMANDS, Document, Receipt


async def again(tx: Tx, order_id: OrderId, receipt_id: ReceiptId) -> None:
    """Made anew if it failed and the bank can, or if the bank took it a day ago; else looked for at once.

    Raises Conflict, Missing.
    """
    _order, now = await orders.lock(tx, order_id)
    found = await kept.read(tx, receipt_id)
    if found.order_id != order_id:
        raise Missing("receipt_missing")
    if not await kept.again(tx, receipt_id, anew=found.remade(now)):
        raise Conflict("receipt_ready")


async def note(tx: Tx, order_id: OrderId, receipt_id: ReceiptId, document: Document, *, principal: str) -> None:
    """It was issued elsewhere: in the bank's cabinet by other rows, or at the clinic's own printer. Not looked for any more.

    Raises Missing; Invalid `receipt_day_early`; Conflict `receipt_ready`, `receipt_taken`, and `receipt_not_late` while the
    bank may still print it.
    """
    order, now = await orders.lock(tx, order_id)
    found = await kept.read(tx, receipt_id)
    if found.order_id != order_id:
        raise Missing("receipt_missing")
    if not found.late(now):
        raise Conflict("receipt_not_late")
    since = await _since(tx, found)
    if document.day < local(since, order.zone):
        raise Invalid("receipt_day_early", pointer="/day", since=since)
    after = COMMANDS.step(found.state, "ready")
    printed_at = datetime.combine(document.day, time(), ZoneInfo(order.zone))
    if not await kept.noted(tx, receipt_id, after, document, printed_at=printed_at, principal=principal):
        raise Conflict("receipt_ready")
    await told(tx, order, found, after, principal=principal)


async def _since(tx: Tx, found: Receipt) -> datetime:
    """No paper of it is older. A refund made at the bank is entered later, so of it that is known of the payment alone."""
    if not found.refund:
        return found.created_at
    return min(one.created_at for one in await kept.of_payment(tx, found.payment_id))
