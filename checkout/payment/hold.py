"""A hold: the bank keeps a sum for us on the payer's card, and we say once what becomes of it. Pure.

complete  charge what is due of it for a visit that stands; the bank releases the rest
release   let it go: nothing is due, or whoever paid gave the visit up

    the payment   due         given up   meant before   what becomes of the hold
    open          something   no         nothing        complete the less of due and held
    open          something   no         complete       complete the same sum: it may be on its way; a surplus goes back
    open          something   no         release        release: it may be on its way
    open          something   yes        any            release
    open          nothing     any        any            release
    over          any         any        any            release: its payer was told that nothing was taken

Due is nothing where no visit stands, so nobody is charged for a time that is lost. Never is 0 sent, by which the bank
understands everything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from gateways.money import Money

SOON: Final = timedelta(seconds=5)
LONGEST: Final = timedelta(minutes=5)


class Act(StrEnum):
    COMPLETE = "complete"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class Hold:
    """What is meant to become of a hold, and how often the bank was asked to.

    `charge`: what a completion takes; of a release, what a completion before it may have taken.
    """

    act: Act
    charge: Money | None
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """A hold as it stands. `due`: what is to be paid for the visit; `is_open`: whether its payment still is."""

    amount: Money
    due: Money
    is_open: bool
    given_up: bool


def decide(held: Held, before: Hold | None) -> Hold:
    """What is to become of it, by the table above; `before`: what was meant so far."""
    tries = before.tries + 1 if before else 1
    sent = before.charge if before else None
    to_release = held.given_up or (before is not None and before.act is Act.RELEASE)
    if not held.is_open or to_release or not held.due:
        return Hold(Act.RELEASE, sent, tries)
    return Hold(Act.COMPLETE, sent or Money(min(held.amount.amount, held.due.amount), held.amount.currency), tries)


def next_try(tries: int, now: datetime) -> datetime:
    """When to look again at a hold that is still there, however often the bank was asked."""
    wait: timedelta = SOON * 2 ** min(tries, 6)
    return now + min(wait, LONGEST)
