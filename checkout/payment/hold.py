"""A hold: the bank keeps a sum for us on the payer's card, and we say once what becomes of it. Pure.

complete  charge what is due of it for a visit that stands; the bank releases the rest
release   let it go: nothing is due, or whoever paid gave the visit up

    the payment     what is due      given up, or to be released   what becomes of the hold
    open            something        no                            complete the less of due and held
    open            something        yes                           release
    open            nothing          any                           release
    over            any              any                           release: its payer was told that nothing was taken

Due is nothing where no visit stands, so nobody is charged for a time that is lost. A release once meant is never taken back:
the bank may have heard of it. Never is 0 sent, by which the bank understands everything.
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
    """What is meant to become of a hold, and how often the bank was asked to. `charge`: of a completion."""

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
    to_release = held.given_up or (before is not None and before.act is Act.RELEASE)
    charge = Money(min(held.amount.amount, held.due.amount), held.amount.currency)
    if not held.is_open or to_release or not charge:
        return Hold(Act.RELEASE, None, tries)
    return Hold(Act.COMPLETE, charge, tries)


def next_try(tries: int, now: datetime) -> datetime:
    """When to look again at a hold that is still there, however often the bank was asked."""
    wait: timedelta = SOON * 2 ** min(tries, 6)
    return now + min(wait, LONGEST)
