"""A payment is one bank order: what we believe of it, and what each report of the bank makes of that belief. Pure.

registering  the intent is committed; it may or may not have reached the bank
pending      the bank waits for the payer
authorized   the bank holds the sum, it is not ours yet (two-stage contracts)
captured     the bank has the money for us
declined     the bank said no, or the order was declined by us
lapsed       the bank's session ended without a payment, or it never knew of one
voided       the authorisation was undone at the bank; at the desk: the entry was a mistake and was reversed
unknown      we do not know, and say so; looked at again on a ladder
review       contradicts what we ordered: a person decides
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from checkout.catalogue.catalogue import Text
from checkout.ground.steps import commands, grid
from gateways.gateway import BankOrder, BankStatus, Way
from gateways.money import Money


class State(StrEnum):
    REGISTERING = "registering"
    PENDING = "pending"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    DECLINED = "declined"
    LAPSED = "lapsed"
    VOIDED = "voided"
    UNKNOWN = "unknown"
    REVIEW = "review"


class Report(StrEnum):
    """The bank's word on one order, held against what we ordered."""

    ABSENT = "absent"  # it knows no such order
    GONE = "gone"  # it said so twice
    OPEN = "open"  # registered, not paid (failed card tries included)
    BUSY = "busy"  # the payer is at the ACS, or the bank is at work
    HELD = "held"
    PAID = "paid"
    RETURNED = "returned"  # it had the money and gave some of it back
    REVERSED = "reversed"
    DECLINED = "declined"
    EXPIRED = "expired"
    MISMATCH = "mismatch"  # other amount, currency or sums than ordered
    GARBLED = "garbled"  # an answer nobody can read, or a status nobody knows


# Observations are total: what the bank says is already true, so every belief meets every report.
# `.` keeps the belief; `!` calls a person as well. Money moves forward only: nothing leaves `captured`.
GRID: Final = grid(
    State,
    Report,
    """
                 absent    gone      open      busy      held        paid      returned   reversed  declined   expired  mismatch  garbled
    registering  .         lapsed    pending   pending   authorized  captured  captured!  voided!   declined   lapsed   review!   unknown
    unknown      .         lapsed    pending   pending   authorized  captured  captured!  voided!   declined   lapsed   review!   .
    pending      unknown   unknown   .         .         authorized  captured  captured!  voided!   declined   lapsed   review!   unknown
    authorized   unknown!  unknown!  .!        .         .           captured  captured!  voided    declined!  lapsed!  review!   .
    captured     .!        .!        .!        .!        .!          .         .          .!        .!         .!       .!        .
    declined     .         .         .!        .!        .!          captured  captured!  .         .          .        review!   .
    lapsed       .         .         .!        .!        .!          captured  captured!  .         .          .        review!   .
    voided       .         .         .!        .!        .!          captured  captured!  .         .          .        review!   .
    review       .         .         .         .         .           captured! captured!  voided!   declined!  lapsed!  .         .
    """,  # noqa: E501 - an accountant reads it as one table
)

# What our own acts do. Partial: a missing pair is refused. A storno is for what was taken at the desk, never for a card.
# Two people accept what the bank took instead of what was ordered; if it holds nothing, they close the payment.
COMMANDS: Final = commands(
    "payment",
    State,
    """
    registering  --register-->  pending
    registering  --lose-->      unknown
    registering  --refuse-->    declined
    captured     --storno-->    voided
    review       --accept-->    captured
    review       --close-->     voided
    """,
)

# At most one of these an order, held by a unique index; the money may still come.
LIVE: Final = frozenset({State.REGISTERING, State.PENDING, State.AUTHORIZED, State.UNKNOWN})
# The bank may hold money for these: nothing else is taken for the order, and its places are not given away.
UNSETTLED: Final = LIVE | {State.REVIEW}

WORDS: Final = {
    State.REGISTERING: Text("Проверяем у банка", "Checking with the bank"),
    State.PENDING: Text("Ждёт оплаты", "Awaiting payment"),
    State.AUTHORIZED: Text("Проверяем у банка", "Checking with the bank"),
    State.CAPTURED: Text("Оплачено", "Paid"),
    State.DECLINED: Text("Не прошла", "Declined"),
    State.LAPSED: Text("Истекла", "Expired"),
    State.VOIDED: Text("Отменена", "Cancelled"),
    State.UNKNOWN: Text("Проверяем у банка", "Checking with the bank"),
    State.REVIEW: Text("Проверяем у банка", "Checking with the bank"),
}

# How it was paid at the bank; what is taken at the desk has words of its own.
WAYS: Final = {
    str(Way.CARD): Text("Карта", "Card"),
    str(Way.SBP): Text("СБП", "SBP"),
    str(Way.SBERPAY): Text("SberPay", "SberPay"),
}

SESSION_EXPIRED: Final = -2007  # gateway.md §10.3
# Under these the bank keeps nothing for us. Source: gateway.md §2.
_MONEYLESS: Final = frozenset({BankStatus.REGISTERED, BankStatus.HELD, BankStatus.REVERSED, BankStatus.DECLINED})


@dataclass(frozen=True, slots=True)
class Belief:
    """What we know of one payment when the bank is looked at. Sums in kopecks of the order's currency.

    `accepted`: what the bank took instead of `amount`, as two people accepted it. `completing`: the part of a hold that is to
    be charged.
    """

    state: State
    amount: Money
    refunded: Money
    reserved: Money
    looks: int
    missed: bool
    session_ends_at: datetime | None
    accepted: Money | None = None
    completing: Money | None = None

    @property
    def expected(self) -> Money:
        """What the bank is to have taken, if it has taken the money."""
        if self.accepted is not None:
            return self.accepted
        return self.amount if self.completing is None else self.completing


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where the payment goes, and whether a person must look."""

    report: Report
    state: State
    alarm: bool


def report(belief: Belief, fact: BankOrder) -> Report:
    """Hold the bank's word against what we ordered. Amount and currency are compared before anything is believed.

    Of a payment whose sums were accepted, against those.
    """
    if _contradicts(belief, fact):
        return Report.MISMATCH
    match fact.status:
        case BankStatus.REGISTERED:
            return Report.OPEN
        case BankStatus.IN_PROGRESS:
            return Report.BUSY
        case BankStatus.HELD:
            return Report.HELD if fact.approved == belief.amount else Report.MISMATCH
        case BankStatus.DEPOSITED:
            return Report.PAID if fact.captured and fact.captured == belief.expected else Report.MISMATCH
        case BankStatus.REFUNDED:
            return _returned(belief, fact)
        case BankStatus.REVERSED:
            # After our own reversal this is what we asked for; otherwise it is news.
            ours = belief.refunded + belief.reserved == belief.expected
            return Report.RETURNED if belief.state is State.CAPTURED and ours else Report.REVERSED
        case BankStatus.DECLINED:
            return Report.EXPIRED if fact.action_code == SESSION_EXPIRED else Report.DECLINED
        case BankStatus.UNRECOGNISED:
            return Report.GARBLED


def _contradicts(belief: Belief, fact: BankOrder) -> bool:
    """Another sum than was ordered, or money under a status that has none: one of the two is wrong, and not ours to choose."""
    another = fact.amount != belief.amount and belief.accepted is None
    return another or (fact.status in _MONEYLESS and bool(fact.captured))


def _returned(belief: Belief, fact: BankOrder) -> Report:
    if not belief.expected and not fact.deposited:
        return Report.REVERSED  # none of it was ever booked, and none of it is left there
    return Report.RETURNED if fact.captured == belief.expected else Report.MISMATCH


def judge(belief: Belief, found: Report) -> Verdict:
    """One cell of the grid."""
    state, alarm = GRID[belief.state, found]
    return Verdict(found, state, alarm)


POLL: Final = timedelta(seconds=20)  # at most 25 s apart during the bank's session (decisions.md 13)
AFTER_SESSION: Final = timedelta(minutes=3)  # three callbacks a minute apart, and one look
PARK_AFTER: Final = timedelta(days=2)
ASKED_OFTEN: Final = 200  # looks; some seventy belong to a session, so most of these are made after it


def next_look(
    state: State, *, now: datetime, session_ends_at: datetime | None, looks: int, heard: bool = True
) -> datetime | None:
    """When to ask the bank again, or None if there is nothing left to learn.

    `heard`: the bank said something. Who had a reason to ask (a callback, the last look after a session) and was not
    answered, asks again.
    """
    ends = session_ends_at or now
    sooner = now + min(timedelta(seconds=5 * 2 ** min(looks, 6)), timedelta(minutes=5))
    if state not in LIVE and not heard:
        return sooner
    if state is State.CAPTURED:
        return None
    if state is State.REVIEW:
        return now + timedelta(minutes=10)
    if state not in LIVE:
        # A superseded or declined order may still be paid in the last second: one look after the bank's last word.
        return ends + AFTER_SESSION if now < ends + AFTER_SESSION else None
    if state in (State.REGISTERING, State.UNKNOWN):
        return min(sooner, now + POLL) if now < ends else sooner
    if now < ends:
        return now + min(POLL, max(ends - now, timedelta(seconds=5)))
    return now + (timedelta(seconds=20) if now < ends + AFTER_SESSION else timedelta(minutes=5))


def parked(state: State, *, now: datetime, session_ends_at: datetime | None, looks: int) -> str | None:
    """Why nobody looks any more, if so: a bank that never closes an order is a person's business.

    Time alone does not say so: a worker that was away for days has asked nothing yet, and its first try may fail.
    """
    long_ago = session_ends_at is not None and now > session_ends_at + PARK_AFTER
    if state in UNSETTLED and long_ago and looks >= ASKED_OFTEN:
        return "the bank has not closed this order two days after its session ended"
    return None
