"""The letters of checkout's own events: which facts each needs, and when it is overtaken and need not be told."""

from __future__ import annotations

from typing import Final

from checkout.booking.booking import EARNS
from checkout.booking.booking import State as BookingState
from checkout.ground.db import Tx
from checkout.ground.ids import PaymentId
from checkout.ground.service import Service
from checkout.notices import card_letters, store
from checkout.notices.letter import Letter, Letters, Matter, Skip, write
from checkout.notices.message import Channel
from checkout.payment import day_off_store, receipt_store
from checkout.payment import store as payments
from checkout.payment.order import next_charge
from checkout.payment.payment import UNSETTLED
from checkout.payment.receipt import Kind


async def placed(tx: Tx, _service: Service, matter: Matter) -> Letter | Skip:
    """The time is held, or booked if the plan is to pay at the clinic. Told with a delay: most have paid by then."""
    if matter.facts.paid:
        return Skip("paid by now")
    if await store.happened_since(tx, matter.order.id, matter.since, "at_clinic"):
        return Skip("to be paid at the clinic since")
    if await store.happened_since(tx, matter.order.id, matter.since, "link_asked"):
        return Skip("the letter with the link says it")
    if not matter.visit and not _held(matter):
        return Skip("the time is not held any more")
    return write(matter, "placed", charge=next_charge(matter.facts, matter.order.asked))


async def pay_link(_tx: Tx, _service: Service, matter: Matter) -> Letter | Skip:
    """Staff have booked for somebody who is to pay by the private link: told at once, for they wait for it."""
    if matter.facts.paid:
        return Skip("paid by now")
    if not _held(matter):
        return Skip("the time is not held any more")
    return write(matter, "pay_link", charge=next_charge(matter.facts, matter.order.asked))


async def paid(tx: Tx, _service: Service, matter: Matter) -> Letter | Skip:
    """Money came, and there is a visit for it, or was."""
    facts = matter.facts
    if facts.cancelled or not facts.bookings & EARNS:
        return Skip("there is no visit: another letter says what becomes of the money")
    payment = await payments.read(tx, PaymentId(matter.subject_id))
    assert payment is not None  # noqa: S101 - payments are never deleted
    if not payment.captured:
        return Skip("its entry was a mistake, and was reversed")
    first = facts.paid == payment.captured
    if matter.channel is Channel.SMS and not (first and matter.visit):
        return Skip("the letter is enough: the time is known")
    return write(
        matter,
        "paid",
        amount=payment.captured,
        method=payment.told,
        first=first,
        surplus=facts.ours - facts.total if facts.total < facts.ours else None,
        receipt=next((one for one in await receipt_store.of_payment(tx, payment.id) if one.kind is Kind.PAYMENT), None),
    )


async def paid_by_mistake(tx: Tx, _service: Service, matter: Matter) -> Letter | Skip:
    """An entry of the till was reversed. Whoever never heard of it has nothing to unlearn."""
    if not await store.heard_before(tx, matter.order.id, matter.since, matter.subject_id):
        return Skip("the payer was never told of this payment")
    payment = await payments.read(tx, PaymentId(matter.subject_id))
    assert payment is not None  # noqa: S101 - payments are never deleted
    return write(matter, "paid_by_mistake", amount=payment.belief.amount)


async def goods_arrived(_tx: Tx, _service: Service, matter: Matter) -> Letter | Skip:
    """The goods are at the clinic. Whoever has them by now, or has no visit any more, need not be told."""
    if matter.order.handed_over_at is not None:
        return Skip("handed over by now")
    if matter.facts.cancelled or not matter.facts.bookings & EARNS:
        return Skip("there is no visit any more")
    return write(matter, "goods_arrived")


async def hold_ran_out(_tx: Tx, _service: Service, matter: Matter) -> Letter | Skip:
    """Nobody paid in time, and the place was let go. That no money moved is said only if the bank left no doubt of it."""
    if matter.facts.paid:
        return Skip("paid after all")
    if matter.facts.cancelled:
        return Skip("cancelled since")
    if matter.visit or _held(matter):
        return Skip("the time stands again")
    if matter.facts.payments & UNSETTLED:
        return Skip("a payment is being looked into")
    return write(matter, "hold_ran_out")


async def late(_tx: Tx, _service: Service, matter: Matter) -> Letter | Skip:
    """Money came for a time that is gone."""
    if matter.visit:
        return Skip("the visit stands")
    by = matter.order.decide_by
    if not matter.facts.kept or by is None or by <= matter.now:
        return Skip("decided by now")
    return write(matter, "late", by=by)


async def moved(tx: Tx, _service: Service, matter: Matter) -> Letter | Skip:
    """The visit has another time."""
    if not matter.visit and not _held(matter):
        return Skip("there is no visit any more")
    if await store.happened_since(tx, matter.order.id, matter.since, "moved"):
        return Skip("moved again since")
    by_clinic = await day_off_store.behind(tx, matter.order.id, matter.since)
    return write(matter, "moved", charge=next_charge(matter.facts, matter.order.asked), by_clinic=by_clinic)


async def cancelled(tx: Tx, service: Service, matter: Matter) -> Letter | Skip:
    """The visit is off; what was paid goes back by itself, or has gone back already."""
    if matter.visit:
        return Skip("the visit stands again")
    for later in ("cancelled", "moved"):
        if await store.happened_since(tx, matter.order.id, matter.since, later):
            return Skip(f"{later} again since")
    by = matter.order.decide_by
    return write(
        matter,
        "cancelled",
        by_clinic=await day_off_store.behind(tx, matter.order.id, matter.since),
        back=matter.facts.ours,
        methods={payment.told for payment in await payments.of_order(tx, matter.order.id) if payment.captured},
        by=by if by and by > matter.now else None,
        promised=service.config.limits.refund_days_to,
    )


async def reminder(tx: Tx, _service: Service, matter: Matter) -> Letter | Skip:
    """The visit is near."""
    if not matter.visit:
        return Skip("there is no visit any more")
    if matter.order.starts_at <= matter.now:
        return Skip("the visit has begun")
    if await store.happened_since(tx, matter.order.id, matter.since, "moved"):
        return Skip("moved since")
    return write(matter, "reminder")


def _held(matter: Matter) -> bool:
    held = BookingState.HELD in matter.facts.bookings and not matter.facts.cancelled
    return held and matter.now < matter.order.hold_until


LETTERS: Final[Letters] = {
    "placed": placed,
    "pay_link": pay_link,
    "paid": paid,
    "paid_by_mistake": paid_by_mistake,
    "goods_arrived": goods_arrived,
    "hold_ran_out": hold_ran_out,
    "late": late,
    "moved": moved,
    "cancelled": cancelled,
    "reminder": reminder,
    **card_letters.LETTERS,
}
