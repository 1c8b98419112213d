"""Ask for a refund: how much may go back, until when it may be asked, what the payer is promised. One transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from checkout.catalogue.catalogue import Kind
from checkout.ground.dates import local
from checkout.ground.db import Tx
from checkout.ground.errors import Conflict, Invalid
from checkout.ground.events import Event, record
from checkout.ground.ids import OrderId, PaymentId, RefundId
from checkout.ground.service import Service
from checkout.payment import back_store, orders
from checkout.payment import store as payments
from checkout.payment.order import Order, Window, widest, windows
from checkout.payment.store import Payment
from gateways.money import Money
from refunds import store
from refunds.dates import Promise, promise
from refunds.refund import State, banking_day

FURTHEST = timedelta(days=366)  # reserved money is not put away for longer


@dataclass(frozen=True, slots=True)
class Ask:
    """What a person asks for. `lines`: kopecks per order line, if it is not pro rata.

    `beyond`: also after the window; then whoever approves must be allowed to override it. `knowing`: also if the same
    sum was asked for a moment ago.
    """

    amount: Money
    reason: str
    payment_id: PaymentId | None = None
    lines: Mapping[int, int] | None = None
    scheduled_for: datetime | None = None
    beyond: bool = False
    knowing: bool = True


@dataclass(frozen=True, slots=True)
class Meant:
    """What a refund is to be, before it is written down. `lines`: as of an `Ask`.

    `decided_by`: who has approved it already, with all of the day that is called off; default: the policy, unless a
    person wishes it (`basis`), who waits for another one.
    """

    payment: Payment
    amount: Money
    now: datetime
    scheduled_for: datetime
    basis: str
    reason: str
    requested_by: str
    lines: Mapping[int, int] | None = None
    decided_by: str | None = None


@dataclass(frozen=True, slots=True)
class Foresight:
    """What would become of an ask, if it were made now."""

    order: Order
    payment: Payment
    amount: Money
    window: Window
    promise: Promise
    now: datetime
    scheduled_for: datetime

    @property
    def beyond(self) -> bool:
        return self.now > self.window.ends

    def meant(self, ask: Ask, principal: str) -> Meant:
        """What is to be written down of it, for whoever asks."""
        return Meant(
            self.payment, self.amount, self.now, self.scheduled_for, "person", ask.reason, principal, ask.lines
        )


async def request(tx: Tx, service: Service, order_id: OrderId, ask: Ask, *, principal: str) -> store.Refund:
    """Reserve the amount and write the refund down. A second person approves it.

    Raises Conflict (`window_closed`, `more_than_left`, `nothing_to_refund`, `refund_repeated`) and Invalid for fields that
    cannot be meant.
    """
    order, now = await orders.lock(tx, order_id)
    seen = await _foreseen(tx, service, order, ask, now=now)
    return await write(tx, service, order, seen.meant(ask, principal))


async def foresee(tx: Tx, service: Service, order_id: OrderId, ask: Ask) -> Foresight:
    """As `request`, and nothing is done."""
    order, now = await orders.read(tx, order_id)
    return await _foreseen(tx, service, order, ask, now=now)


async def _foreseen(tx: Tx, service: Service, order: Order, ask: Ask, *, now: datetime) -> Foresight:
    found = await window(tx, service, order, ask.lines)
    if now > found.ends and not ask.beyond:
        raise Conflict("window_closed", until=found.ends)
    if ask.amount.amount <= 0:
        raise Invalid("amount_not_positive", pointer="/amount")
    if ask.scheduled_for is not None and ask.scheduled_for < now:
        raise Invalid("date_in_the_past", pointer="/scheduled_for")
    if ask.scheduled_for is not None and ask.scheduled_for > now + FURTHEST:
        raise Invalid("date_too_far", pointer="/scheduled_for")
    payment = _pick(await payments.of_order(tx, order.id), ask)
    if not ask.knowing and await store.repeated(tx, payment.id, ask.amount):
        raise Conflict("refund_repeated", pointer="/again", sum=ask.amount)
    scheduled_for = ask.scheduled_for or now
    told = await promised(tx, service, order.zone, now=now, scheduled_for=scheduled_for)
    return Foresight(order, payment, ask.amount, found, told, now, scheduled_for)


async def window(tx: Tx, service: Service, order: Order, lines: Mapping[int, int] | None) -> Window:
    """The widest window of the lines that are named; of all of them, if none is (pro rata)."""
    kinds = [Kind(row.kind) for row in await orders.lines(tx, order.id) if not lines or row.line_no in lines]
    if not kinds:
        raise Invalid("line_unknown", pointer="/lines")
    return widest(windows(order, kinds, service.config.limits.return_window_days))


def left(payment: Payment) -> Money:
    """What of a payment is still ours to give back; nothing while nobody knows how much of it was charged back."""
    if payment.flagged:
        return Money(0, payment.captured.currency)
    return payment.captured - payment.belief.refunded - payment.belief.reserved


def _pick(found: Sequence[Payment], ask: Ask) -> Payment:
    """The payment that was named, else the newest with enough left: money goes back the way it came."""
    candidates = [payment for payment in found if left(payment)]
    if ask.payment_id is not None:
        candidates = [payment for payment in candidates if payment.id == ask.payment_id]
    if not candidates:
        raise _nothing_left(found, ask)
    most = max(left(payment).amount for payment in candidates)
    enough = [payment for payment in candidates if ask.amount <= left(payment)]
    if not enough:
        code = "charged_back_leaves" if any(payment.charged_back for payment in candidates) else "more_than_left"
        raise Conflict(code, pointer="/amount", left=Money(most, ask.amount.currency))
    return enough[-1]


def _nothing_left(found: Sequence[Payment], ask: Ask) -> Conflict:
    """Why there is nothing to give back: it went back already, or its payer took it by way of their bank."""
    meant = [payment for payment in found if ask.payment_id in (None, payment.id)]
    if any(payment.flagged for payment in meant):
        return Conflict("charged_back_unbooked")
    gone = sum(payment.charged_back.amount for payment in meant)
    return Conflict("charged_back", sum=Money(gone, ask.amount.currency)) if gone else Conflict("nothing_to_refund")


async def write(tx: Tx, service: Service, order: Order, meant: Meant) -> store.Refund:
    """Reserve and insert; a person's wish waits for approval, a policy's is scheduled at once. Raises Conflict."""
    if not await back_store.reserve(tx, meant.payment.id, meant.amount):
        raise Conflict("more_than_left", pointer="/amount", left=left(meant.payment))
    new = await draft(tx, service, order, meant)
    await store.insert(tx, new)
    data = {"basis": meant.basis, "amount": meant.amount.amount}
    await record(tx, order.id, meant.requested_by, [Event("refund", new.id, str(new.state), None, new.state, data)])
    return new


async def draft(tx: Tx, service: Service, order: Order, meant: Meant) -> store.Refund:
    """The refund as `write` would write it down; nothing is reserved."""
    by_person, card = meant.basis == "person", meant.payment.method == "card"
    found = await window(tx, service, order, meant.lines)
    return store.Refund(
        id=RefundId.new(),
        order_id=order.id,
        payment_id=meant.payment.id,
        method=meant.payment.method,
        amount=meant.amount,
        state=State.REQUESTED if by_person else State.SCHEDULED,
        basis=meant.basis,
        reason=meant.reason,
        requested_by=meant.requested_by,
        requested_at=meant.now,
        decided_by=None if by_person else meant.decided_by or f"policy:{meant.basis}",
        decided_at=None if by_person else meant.now,
        decision_reason=None,
        override_by=None,
        override_reason=None,
        scheduled_for=meant.scheduled_for,
        window_ends_at=found.ends,
        window_base=found.base,
        window_kind=found.kind,
        promise=await promised(tx, service, order.zone, now=meant.now, scheduled_for=meant.scheduled_for),
        allocation=await allocation(tx, order, meant.amount, meant.lines),
        due_at=meant.scheduled_for if card and not by_person else None,
        done_at=None,
        token=0,
        attempts=0,
        parked=None,
    )


async def promised(tx: Tx, service: Service, zone: str, *, now: datetime, scheduled_for: datetime) -> Promise:
    """The dates of a refund asked for now, at a clinic in `zone`, and sent on that day."""
    limits = service.config.limits
    asked, sent = local(now, zone), banking_day(scheduled_for)
    return promise(
        asked=asked,
        sent=sent,
        days_from=limits.refund_days_from,
        days_to=limits.refund_days_to,
        overrides=await store.overrides(tx, min(asked, sent)),
    )


async def allocation(tx: Tx, order: Order, amount: Money, lines: Mapping[int, int] | None) -> dict[str, int]:
    """Kopecks per order line: as they are named, else pro rata. Raises Invalid and Conflict for what cannot be meant."""
    kept = [(row.line_no, row.amount) for row in await orders.lines(tx, order.id)]
    if lines is None:
        return store.allocate(amount, kept)
    if set(lines) - {number for number, _ in kept}:
        raise Invalid("line_unknown", pointer="/lines")
    if sum(lines.values()) != amount.amount or any(part <= 0 for part in lines.values()):
        raise Invalid("lines_do_not_add_up", pointer="/lines")
    if any(part > dict(kept)[number] for number, part in lines.items()):
        raise Conflict("more_than_left", pointer="/lines", left=order.total)
    return {str(number): part for number, part in lines.items()}
