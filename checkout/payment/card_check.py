"""A card check: a card is left with the bank without a payment. What we believe of it, and what the bank says. Pure.

registering  the intent is committed; it may or may not have reached the bank
pending      the bank waits for the card
kept         the card has passed, and is one of its client's
unsaved      the card has passed, but the bank keeps none: its holder did not want it kept, or it is being removed
declined     the bank refused the card, or the check
lapsed       the bank's session ended without a card, or the bank never knew of it
review       the bank shows money for an order of nothing: never believed, and a person sees to it

A check charges nothing, so there is nothing to post and nothing to give back. Source: gateway.md §2, §8.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from checkout.ground.steps import commands, grid
from gateways.gateway import BankOrder, BankStatus

SESSION_EXPIRED: Final = -2007  # gateway.md §10.3


class State(StrEnum):
    REGISTERING = "registering"
    PENDING = "pending"
    KEPT = "kept"
    UNSAVED = "unsaved"
    DECLINED = "declined"
    LAPSED = "lapsed"
    REVIEW = "review"


class Report(StrEnum):
    """The bank's word on one check."""

    ABSENT = "absent"  # it knows no such order
    GONE = "gone"  # it said so twice, or never ends the order
    OPEN = "open"  # no card was tried yet, or the next one may be
    BUSY = "busy"  # the payer is at the issuer's page, or the bank has not come to its end
    SAVED = "saved"  # the card has passed, and which it is is known
    UNNAMED = "unnamed"  # the card has passed, and the bank keeps none of that kind
    DECLINED = "declined"
    EXPIRED = "expired"
    MONEY = "money"  # a sum where there is to be none
    GARBLED = "garbled"  # an answer nobody can read, or a status nobody knows


# Observations are total: what the bank says is already true, so every belief meets every report.
# `.` keeps the belief; `!` calls a person as well. A card that was kept is never lost by a later word.
GRID: Final = grid(
    State,
    Report,
    """
                 absent    gone      open      busy      saved     unnamed   declined  expired   money     garbled
    registering  .         lapsed    pending   pending   kept      unsaved   declined  lapsed    review!   .
    pending      .         lapsed    .         .         kept      unsaved   declined  lapsed    review!   .
    kept         .         .         .         .         .         .         .         .         review!   .
    unsaved      .         .         .         .         kept      .         .         .         review!   .
    declined     .         .         .         .         kept      unsaved   .         .         review!   .
    lapsed       .         .         .         .         kept      unsaved   .         .         review!   .
    review       .         .         .         .         kept      unsaved   declined  lapsed    .         .
    """,
)

# What our own acts do. Partial: a missing pair is refused. A registration whose answer was lost stays what it is.
COMMANDS: Final = commands(
    "card_check",
    State,
    """
    registering  --register-->  pending
    registering  --refuse-->    declined
    """,
)

# At most one of these an order and a client, held by unique indexes.
LIVE: Final = frozenset({State.REGISTERING, State.PENDING})

POLL: Final = timedelta(seconds=20)  # at most 25 s apart during the bank's session (decisions.md 13)
SOON: Final = timedelta(seconds=5)
LATER: Final = timedelta(minutes=5)
REVIEWED: Final = timedelta(minutes=10)
AFTER_SESSION: Final = timedelta(minutes=3)  # three callbacks a minute apart, and one look
GIVEN_UP: Final = timedelta(days=2)  # a bank that still waits for the card so long after its session waits for ever
_OVER: Final = frozenset({BankStatus.REVERSED, BankStatus.REFUNDED, BankStatus.DECLINED})


@dataclass(frozen=True, slots=True)
class Belief:
    """What we know of one check when the bank is looked at. `missed`: the last look found no such order."""

    state: State
    session_ends_at: datetime
    missed: bool
    looks: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where the check goes, and whether a person must look."""

    report: Report
    state: State
    alarm: bool


def report(fact: BankOrder, *, named: bool) -> Report:
    """The bank's word in one. `named`: which card was saved is known. Money comes first: nothing else is believed beside it."""
    if shows_money(fact):
        return Report.MONEY
    match fact.status:
        case BankStatus.REGISTERED:
            return Report.OPEN
        case BankStatus.IN_PROGRESS | BankStatus.HELD:
            return Report.BUSY
        case BankStatus.DECLINED:
            return Report.EXPIRED if fact.action_code == SESSION_EXPIRED else Report.DECLINED
        case BankStatus.UNRECOGNISED:
            return Report.GARBLED
        case _:
            return Report.SAVED if named else Report.UNNAMED


def shows_money(fact: BankOrder) -> bool:
    """Whether the bank has money, holds some, or asks for some: of an order of nothing. What it gave back whole is none.

    A card that has passed is held for a moment, with nothing, until the bank lets go of it by itself.
    """
    if fact.status in _OVER:
        return bool(fact.deposited)
    return bool(fact.amount or fact.approved or fact.captured) or fact.status is BankStatus.DEPOSITED


def passed(fact: BankOrder) -> bool:
    """Whether the card has passed, so that the bank may keep it."""
    return fact.status in (BankStatus.REVERSED, BankStatus.REFUNDED) and not shows_money(fact)


def judge(belief: Belief, found: Report, now: datetime) -> Verdict:
    """One cell of the grid, once it is clear whether the bank has given up the order, or ever had it."""
    if found in (Report.ABSENT, Report.OPEN, Report.BUSY) and _gone(belief, found, now):
        found = Report.GONE
    state, alarm = GRID[belief.state, found]
    return Verdict(found, state, alarm)


def _gone(belief: Belief, found: Report, now: datetime) -> bool:
    """Within the session of an order that the bank once gave us, "no such order" is a lagging node, not an end."""
    if found is Report.ABSENT and belief.missed:
        return belief.state is State.REGISTERING or now > belief.session_ends_at + AFTER_SESSION
    return now > belief.session_ends_at + GIVEN_UP


def next_look(state: State, *, now: datetime, session_ends_at: datetime, looks: int, heard: bool) -> datetime | None:
    """When to ask the bank again, or None if there is nothing left to learn. `heard`: it said something."""
    sooner: datetime = now + min(SOON * 2 ** min(looks, 6), LATER)
    if state is State.REVIEW:
        return now + REVIEWED
    if state not in LIVE:
        if not heard:
            return sooner
        # A card may still pass in the last second: one look after the bank's last word.
        last = session_ends_at + AFTER_SESSION
        return last if state is not State.KEPT and now < last else None
    if now < session_ends_at:
        return min(sooner, now + POLL) if state is State.REGISTERING else now + POLL
    return now + POLL if now < session_ends_at + AFTER_SESSION else sooner
