"""How much of a payment goes back: promised, gone by our hand or another's, charged back, and ours again."""

from __future__ import annotations

from checkout.ground.db import Tx, run, sql
from checkout.ground.ids import PaymentId
from gateways.money import Money

_RESERVE = sql("""
UPDATE payment SET reserved = reserved + :amount WHERE id = :id AND captured - refunded - reserved >= :amount
   AND dispute IS DISTINCT FROM 'flagged'""")
_RELEASE = sql("UPDATE payment SET reserved = reserved - :amount WHERE id = :id")
_RETURNED = sql("UPDATE payment SET reserved = reserved - :amount, refunded = refunded + :amount WHERE id = :id")
_GONE = sql("""
UPDATE payment SET refunded = refunded + :amount WHERE id = :id AND captured - refunded - reserved >= :amount""")
_CHARGED_BACK = sql("""
UPDATE payment SET refunded = refunded + :amount, charged_back = charged_back + :amount, dispute = 'booked'
 WHERE id = :id AND captured - refunded - reserved >= :amount""")
_RESTORED = sql("""
UPDATE payment SET refunded = refunded - :amount, charged_back = charged_back - :amount
 WHERE id = :id AND charged_back >= :amount""")


async def reserve(tx: Tx, payment_id: PaymentId, amount: Money) -> bool:
    """Promise part of the captured money back; False if less than that is left."""
    return await run(tx, _RESERVE, id=payment_id.uuid, amount=amount.amount) == 1


async def release(tx: Tx, payment_id: PaymentId, amount: Money) -> None:
    await run(tx, _RELEASE, id=payment_id.uuid, amount=amount.amount)


async def returned(tx: Tx, payment_id: PaymentId, amount: Money) -> None:
    """The promised part is gone."""
    await run(tx, _RETURNED, id=payment_id.uuid, amount=amount.amount)


async def gone(tx: Tx, payment_id: PaymentId, amount: Money) -> bool:
    """It went back at the bank without ever having been promised; False if less than that was left."""
    return await run(tx, _GONE, id=payment_id.uuid, amount=amount.amount) == 1


async def charged_back(tx: Tx, payment_id: PaymentId, amount: Money) -> bool:
    """The payer's bank took it, whatever the bank's status shows; False if less than that was left."""
    return await run(tx, _CHARGED_BACK, id=payment_id.uuid, amount=amount.amount) == 1


async def restored(tx: Tx, payment_id: PaymentId, amount: Money) -> bool:
    """What was charged back is ours again; False if less than that had been."""
    return await run(tx, _RESTORED, id=payment_id.uuid, amount=amount.amount) == 1
