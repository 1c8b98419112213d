"""The letters of a refund: asked for, scheduled, sent, refused, taken back; with the days that the payer is promised."""

from __future__ import annotations

from typing import Final

from checkout.ground.dates import local
from checkout.ground.db import Tx
from checkout.ground.ids import RefundId
from checkout.ground.service import Service
from checkout.notices import store as messages
from checkout.notices.letter import Letter, Letters, Matter, Skip, write
from checkout.payment import receipt_store
from checkout.payment import store as payments
from checkout.payment.store import Payment
from refunds import store
from refunds.refund import State


async def requested(tx: Tx, _service: Service, matter: Matter) -> Letter | Skip:
    """Somebody asked for it; a second person decides."""
    refund = await store.read(tx, RefundId(matter.subject_id))
    if refund.state is not State.REQUESTED:
        return Skip("decided by now")
    return _written(matter, "refund_requested", refund)


async def scheduled(tx: Tx, _service: Service, matter: Matter) -> Letter | Skip:
    """It goes on its day. Told too late it would only repeat the letter that says it is done."""
    refund = await store.read(tx, RefundId(matter.subject_id))
    if refund.state in (State.DONE, State.REJECTED, State.CANCELLED):
        return Skip(f"{refund.state} by now")
    if refund.basis == "day_off":
        return Skip("the letter that the day was called off says it")
    return _written(matter, "refund_scheduled", refund, await _paid(tx, refund))


async def done(tx: Tx, _service: Service, matter: Matter) -> Letter | Skip:
    """The bank took it, or the cash desk paid it out. That the money arrived is promised, never claimed."""
    refund = await store.read(tx, RefundId(matter.subject_id))
    printed = any(one.refund_id == refund.id for one in await receipt_store.of_payment(tx, refund.payment_id))
    return _written(matter, "refund_done", refund, await _paid(tx, refund), receipt=printed)


async def rejected(tx: Tx, _service: Service, matter: Matter) -> Letter | Skip:
    """The second person said no."""
    return _written(matter, "refund_rejected", await store.read(tx, RefundId(matter.subject_id)))


async def withdrawn(tx: Tx, _service: Service, matter: Matter) -> Letter | Skip:
    """Staff took it back before it was sent. Whoever never heard of it has nothing to unlearn."""
    if not await messages.heard_before(tx, matter.order.id, matter.since, matter.subject_id):
        return Skip("the payer was never told of this refund")
    return _written(matter, "refund_withdrawn", await store.read(tx, RefundId(matter.subject_id)))


async def _paid(tx: Tx, refund: store.Refund) -> Payment:
    payment = await payments.read(tx, refund.payment_id)
    assert payment is not None  # noqa: S101 - a foreign key holds it
    return payment


def _written(
    matter: Matter, name: str, refund: store.Refund, payment: Payment | None = None, **facts: object
) -> Letter:
    """`payment`: whose money goes back, where the letter says which way."""
    day = local(refund.scheduled_for, matter.order.zone)  # as on the order's page
    return write(
        matter,
        name,
        package="refunds",
        refund=refund,
        day=day,
        reference=payment.reference if payment else None,
        by_app=payment.by_app if payment else False,
        **facts,
    )


LETTERS: Final[Letters] = {
    "refund_requested": requested,
    "refund_scheduled": scheduled,
    "refund_done": done,
    "refund_rejected": rejected,
    "refund_withdrawn": withdrawn,
}
