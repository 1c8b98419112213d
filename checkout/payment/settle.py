"""Settle: the one way in which the truth about a payment reaches our books.

Callback, return page, sweep and desk all end here. Claim (a short transaction, a new token), look at the bank (no
transaction), judge and write (one transaction under the order's lock, fenced by the token). Whoever lost the token
changes nothing. A hold that is seen is acted on at once and looked at again (`holding`). Source: architecture.md principles 6-8.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto

import structlog

from checkout.booking import store as bookings
from checkout.booking.booking import EARNS
from checkout.booking.booking import State as BookingState
from checkout.ground.db import Tx, in_transaction
from checkout.ground.events import SYSTEM, Event, record
from checkout.ground.ids import PaymentId
from checkout.ground.observe import ALARMS, OUTCOMES
from checkout.ground.service import Service
from checkout.payment import breaker, cards, holding, lease_store, ledger, ledger_store, orders, receipts, said_store
from checkout.payment.earn import earn
from checkout.payment.hold import next_try
from checkout.payment.holding import Errand
from checkout.payment.order import Order, undecided
from checkout.payment.payment import AFTER_SESSION, LIVE, Report, State, Verdict, judge, next_look, parked, report
from checkout.payment.store import Payment
from checkout.privacy.store import seal_payload
from gateways.gateway import (
    BankOrder,
    BankStatus,
    Garbled,
    Gateway,
    GatewayError,
    NotFound,
    Refused,
    Throttled,
    Unreachable,
)
from gateways.sberbank.action_codes import DeclineReason, names_cause, reason_for

log = structlog.get_logger()


_AGREED = frozenset({State.CAPTURED, State.VOIDED})  # the card's own bank said yes, whatever became of the money
WIDENED = timedelta(minutes=1)  # when the bank asks for fewer calls (429)


class First(Enum):
    """What to ask of the bank before looking."""

    NOTHING = auto()
    DECLINE = auto()
    GIVE_UP = auto()  # decline it, and if the sum is held already, let it go


@dataclass(frozen=True, slots=True)
class Seen:
    """One look: what it amounts to, and the bank's own words if there were any. `silent`: there was no answer at all."""

    report: Report | None  # None: the bank could not be reached, nothing was observed
    fact: BankOrder | None = None
    throttled: bool = False
    silent: bool = False


async def settle(service: Service, payment_id: PaymentId, first: First = First.NOTHING) -> State | None:
    """Bring one payment up to date with the bank. None if somebody else is at it, or the token was lost."""
    held = await in_transaction(service.engine, lambda tx: lease_store.claim(tx, payment_id))
    return await settle_claimed(service, held, first) if held else None


async def settle_claimed(service: Service, held: Payment, first: First = First.NOTHING) -> State | None:
    """The rest of `settle`, for a payment that is already leased to the caller."""
    if first is not First.NOTHING and held.state is not State.AUTHORIZED:
        await _decline(service, held)
    state, errand = await _written(service, held, await look(service, held), given_up=first is First.GIVE_UP)
    if errand is None:
        return state
    await holding.carry_out(service, held, errand)
    state, _ = await _written(service, held, await look(service, held), idle=True)
    return state


async def _written(
    service: Service, held: Payment, seen: Seen, *, given_up: bool = False, idle: bool = False
) -> tuple[State | None, Errand | None]:
    return await in_transaction(service.engine, lambda tx: apply(tx, service, held, seen, given_up=given_up, idle=idle))


async def _decline(service: Service, held: Payment) -> None:
    """Ask the bank to close an unpaid order. Whatever it answers, the look that follows knows better."""
    try:
        await service.gateway(held.merchant).decline(reference=held.reference, number=held.number)
    except GatewayError as reason:
        log.info("decline_refused", payment=held.number, reason=str(reason))


async def look(service: Service, held: Payment) -> Seen:
    """Ask the bank. Garbage and absence are reports; silence is not."""
    try:
        fact = await word_of(service.gateway(held.merchant), held)
    except NotFound:
        return Seen(Report.ABSENT)
    except Garbled:
        return Seen(Report.GARBLED)
    except (Unreachable, Refused) as reason:
        log.warning("bank_unreachable", payment=held.number, reason=type(reason).__name__)
        return Seen(None, throttled=isinstance(reason, Throttled), silent=isinstance(reason, Unreachable))
    return Seen(report(held.belief, fact), fact)


async def word_of(gateway: Gateway, held: Payment) -> BankOrder:
    """The bank's long word, by its own reference; if that leads nowhere, by our own number, which cannot be another's.

    The reference came unproved with the answer to our registration: it may be a stranger's.
    """
    try:
        return await gateway.look(number=held.number, reference=held.reference)
    except (Garbled, NotFound):
        if held.reference is None:
            raise
    return await gateway.look(number=held.number, reference=None)


async def apply(
    tx: Tx, service: Service, held: Payment, seen: Seen, *, given_up: bool = False, idle: bool = False
) -> tuple[State | None, Errand | None]:
    """Judge what was seen against what is believed now, and write it with everything that follows from it.

    The errand, if there is one, is for the caller to carry out under the lease. `given_up`, `idle`: as of `holding.note`.
    """
    order, now = await orders.lock(tx, held.order_id)
    before = await lease_store.fenced(tx, held)
    if before is None:
        OUTCOMES.labels("settle", "fenced").inc()
        return None, None
    if _overtaken(held, before):
        seen = replace(seen, report=None, fact=None)
    current = await holding.whole(tx, before, seen.fact)
    verdict = _verdict(current, seen, now)
    fact_id, digest = await _keep_fact(tx, service, current, seen)
    captured = verdict.state is State.CAPTURED and not current.captured
    ends = current.belief.session_ends_at
    stuck = parked(verdict.state, now=now, session_ends_at=ends, looks=current.belief.looks)
    heard = seen.fact is not None or seen.report in (Report.ABSENT, Report.GONE)
    due = next_look(verdict.state, now=now, session_ends_at=ends, looks=current.belief.looks, heard=heard)
    errand, events = await holding.note(tx, service, current, verdict.state, seen.fact, given_up=given_up, idle=idle)
    if errand is not None:
        due = now  # should whoever has it not live to carry it out
    elif _is_held(seen) and verdict.state not in (State.CAPTURED, State.REVIEW):
        due = next_try(current.hold.tries if current.hold else 0, now)
    if due is not None and seen.throttled:
        due = max(due, now + WIDENED)
    if heard:
        await said_store.callbacks_answered(tx, current.id)
    elif stuck and await said_store.rung(tx, current.id):
        stuck = None  # whoever rang knows something: the bank is asked until it answers
    await lease_store.write(
        tx,
        held,
        verdict.state,
        captured=captured,
        reference=seen.fact.reference if seen.fact else None,
        action_code=_last_word(current, seen),
        card=seen.fact.card if seen.fact else None,
        way=seen.fact.way if seen.fact and captured else None,
        digest=digest,
        missed=seen.report is Report.ABSENT,
        due_at=None if stuck else due,
        parked=stuck,
        heard=heard,
        kept=errand is not None,
    )
    events = _events(current, verdict, seen) + events
    if captured:
        events += holding.charged(before, current)
        events += await take_money(tx, service, order, current, now=now, fact_id=fact_id)
    if verdict.state in _AGREED and seen.fact is not None:
        events += await cards.paid(tx, current, seen.fact, first=verdict.state is not current.state, taken=captured)
    await record(tx, order.id, SYSTEM, events)
    await breaker.told(tx, current.merchant, silent=seen.silent, troubled=current.troubled)
    OUTCOMES.labels("settle", verdict.state).inc()
    return verdict.state, errand


def _is_held(seen: Seen) -> bool:
    return seen.fact is not None and seen.fact.status is BankStatus.HELD


def _overtaken(held: Payment, current: Payment) -> bool:
    """Whether a refund moved while we looked: what we saw may be older than what it wrote, so it is looked at again."""
    before, after = held.belief, current.belief
    return (before.refunded, before.reserved) != (after.refunded, after.reserved)


def _verdict(current: Payment, seen: Seen, now: datetime) -> Verdict:
    if seen.report is None:
        return Verdict(Report.ABSENT, current.state, alarm=False)
    # The belief may have moved while we looked; what was seen is judged against what is believed now.
    found = report(current.belief, seen.fact) if seen.fact else seen.report
    if found is Report.ABSENT and current.belief.missed and not _known_to_exist(current, now):
        found = Report.GONE
    verdict = judge(current.belief, found)
    if not verdict.alarm or _belated(current, found):
        return replace(verdict, alarm=False)
    ALARMS.labels(str(current.state), str(found)).inc()
    log.error("payment_contradiction", payment=current.number, belief=str(current.state), report=str(found))
    return verdict


def _belated(current: Payment, found: Report) -> bool:
    """Our registration reached the bank long after everybody gave it up: the page that is open there was never shown."""
    return current.state is State.LAPSED and found is Report.OPEN and current.form_url is None


def _known_to_exist(current: Payment, now: datetime) -> bool:
    """The bank once gave us its reference: within its session, "no such order" is a lagging node, not an end."""
    ends = current.belief.session_ends_at
    return current.reference is not None and ends is not None and now < ends + AFTER_SESSION


async def _keep_fact(tx: Tx, service: Service, current: Payment, seen: Seen) -> tuple[int | None, bytes | None]:
    """The fact's row id and digest; a repeated word of the bank is not kept twice."""
    if seen.fact is None:
        return None, None
    digest = said_store.fact_digest(seen.fact)
    if digest == current.fact_digest:
        return await said_store.last_fact(tx, current.id) if current.state in LIVE else None, None
    sealed = seal_payload(service.vault, current.payer_id, current.data_key, seen.fact.raw)
    return await said_store.add_fact(tx, current.id, seen.fact, sealed), digest


def _last_word(current: Payment, seen: Seen) -> int | None:
    """Why the card was refused: that there are no tries left says less than what was heard of an earlier one."""
    code = seen.fact.action_code if seen.fact else None
    spent = reason_for(code) is DeclineReason.ATTEMPTS_EXHAUSTED
    return current.action_code if spent and names_cause(current.action_code) else code


def _events(current: Payment, verdict: Verdict, seen: Seen) -> list[Event]:
    data: dict[str, str | int | None] = {
        "report": str(verdict.report),
        "action_code": seen.fact.action_code if seen.fact else None,
    }
    if seen.fact and verdict.report is Report.HELD:
        data["sum"] = seen.fact.approved.amount
    if verdict.state is not current.state:
        return [Event("payment", current.id, str(verdict.state), current.state, verdict.state, data)]
    if verdict.alarm:
        return [Event("payment", current.id, "contradiction", None, None, data)]
    return []


async def take_money(
    tx: Tx, service: Service, order: Order, current: Payment, *, now: datetime, fact_id: int | None
) -> list[Event]:
    """The bank has the money: post it, and give it its visit; money without one is to be decided, soon."""
    posting = ledger.capture(order.id, order.merchant, current.belief.expected)
    await ledger_store.post(tx, posting, payment=current.id, fact=fact_id)
    return await seat_the_visit(tx, service, order, now=now)


async def seat_the_visit(tx: Tx, service: Service, order: Order, *, now: datetime) -> list[Event]:
    """Confirm what is held, re-take what expired if it is still free, else set the hour by which to decide.

    Money for what was given already is earned as it comes.
    """
    events = await bookings.move(tx, order.id, BookingState.HELD, "confirm")
    if not events and order.cancelled_at is None and order.starts_at > now:
        events = await bookings.retake(tx, order.id)
    facts = await orders.facts(tx, order.id)
    if not facts.bookings & EARNS:
        events.append(Event("order", order.id, "late_money"))
    elif facts.total < facts.ours:
        events.append(Event("order", order.id, "surplus"))
    hours = service.config.limits.late_money_hours
    await orders.settled(tx, order.id, undecided(facts, now, hours, before=order.decide_by))
    await earn(tx, order)
    await receipts.follow(tx, order)
    return events
