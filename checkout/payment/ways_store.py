"""Which way a payment is paid at the bank, and its QR code: what changes of them while the bank waits."""

from __future__ import annotations

from typing import Final

from checkout.ground.db import Tx, run, sql
from checkout.ground.ids import PaymentId
from gateways.gateway import Way
from gateways.sbp import CodeState, QrCode

_WAITING: Final = "method = 'card' AND state = 'pending'"
_CHOOSE = sql(f"UPDATE payment SET way = :way WHERE id = :id AND {_WAITING}")  # noqa: S608 - a constant of this file
# A code is replaced only by whoever knows the one before it: two presses at once keep the code that the payer was shown.
_CODED = sql(f"""
UPDATE payment SET code_id = CAST(:code AS text), code_payload = CAST(:payload AS text), code_state = NULL
 WHERE id = :id AND {_WAITING} AND code_id IS NOT DISTINCT FROM CAST(:before AS text)""")  # noqa: S608 - as above
_SAID = sql(
    "UPDATE payment SET code_state = :said WHERE id = :id AND code_id = :code AND code_state IS DISTINCT FROM :said"
)


async def choose(tx: Tx, payment_id: PaymentId, way: Way) -> None:
    """The payer's word on an open payment; what is over keeps the bank's."""
    await run(tx, _CHOOSE, id=payment_id.uuid, way=way)


async def coded(tx: Tx, payment_id: PaymentId, before: QrCode | None, code: QrCode | None) -> bool:
    """This code instead of the one before, or none; False if somebody was faster."""
    changed = await run(
        tx,
        _CODED,
        id=payment_id.uuid,
        before=before.id if before else None,
        code=code.id if code else None,
        payload=code.payload if code else None,
    )
    return changed == 1


async def said(tx: Tx, payment_id: PaymentId, code: str, state: CodeState) -> None:
    """What the bank says of this code."""
    await run(tx, _SAID, id=payment_id.uuid, code=code, said=state)
