"""Tell it again: the very words of an earlier message, to where the payer can be reached now."""

from __future__ import annotations

from checkout.ground.db import Tx
from checkout.ground.errors import Conflict
from checkout.ground.ids import MessageId, OrderId
from checkout.ground.service import Service
from checkout.notices import store
from checkout.notices.message import Message, State, place
from checkout.payment import orders
from checkout.privacy import store as people


async def resend(tx: Tx, service: Service, order_id: OrderId, message_id: MessageId) -> Message:
    """A new message with the same words. Raises Missing, Conflict `wrong_state` for one that has not been told yet."""
    order, _now = await orders.read(tx, order_id)
    original = await store.read(tx, order_id, message_id)
    known = await people.known(tx, service.vault, order.payer_id)
    if original.state not in (State.SENT, State.FAILED) or original.sealed is None or known is None:
        raise Conflict("wrong_state", subject="message", state=str(original.state), command="resend")
    _payer, kept = known
    new = MessageId.new()
    words = kept.unseal(original.sealed, place=original.place)
    await store.again(tx, original.id, new, kept.seal(words, place=place(new)))
    return await store.read(tx, order_id, new)


async def words(tx: Tx, service: Service, order_id: OrderId, told: list[Message]) -> dict[MessageId, str]:
    """The exact words of an order's messages, as far as there are any and the payer was not erased."""
    order, _now = await orders.read(tx, order_id)
    known = await people.known(tx, service.vault, order.payer_id)
    if known is None:
        return {}
    return {one.id: known[1].unseal(one.sealed, place=one.place) for one in told if one.sealed is not None}
