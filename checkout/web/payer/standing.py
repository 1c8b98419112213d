"""How an order stands, in the payer's eyes: one face, and what can be done now. Pure.

A face never says more than is known: "failed" needs the bank's word, and so does "paid".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from checkout.booking import booking
from checkout.ground.config import Limits
from checkout.ground.errors import Conflict
from checkout.payment import payment
from checkout.payment.order import Facts, Order, Word, next_charge, word
from checkout.payment.pay import session
from checkout.payment.store import Payment
from gateways.money import Money
from gateways.sberbank.action_codes import Explanation, explain, names_cause

State = payment.State


class Face(StrEnum):
    BOOKED = "booked"
    SETTLED = "settled"  # the visit is behind us, and paid
    OWING = "owing"  # it is behind us, and a rest is not paid
    MISSED = "missed"  # nobody came; what becomes of the money is for people to say
    TO_PAY = "to_pay"
    AT_BANK = "at_bank"
    CHECKING = "checking"
    HELD = "held"  # the payer has paid; the bank holds the sum, and it is not ours yet
    SILENT = "silent"  # the bank did not even give us its page
    DECLINED = "declined"
    NOT_TAKEN = "not_taken"  # the bank refused the order before any card
    LAPSED = "lapsed"
    VOIDED = "voided"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    LATE = "late"  # money without a visit
    CALLED_OFF = "called_off"  # the same, after the visit was cancelled
    REFUNDING = "refunding"
    REFUNDED = "refunded"


class Mark(StrEnum):
    """The kind of news, for shape and colour; the words say the same."""

    GOOD = "good"
    WAIT = "wait"
    BAD = "bad"
    OVER = "over"


MARKS: Final = {
    Face.BOOKED: Mark.GOOD,
    Face.SETTLED: Mark.GOOD,
    Face.OWING: Mark.WAIT,
    Face.MISSED: Mark.OVER,
    Face.TO_PAY: Mark.WAIT,
    Face.AT_BANK: Mark.WAIT,
    Face.CHECKING: Mark.WAIT,
    Face.HELD: Mark.WAIT,
    Face.SILENT: Mark.WAIT,
    Face.DECLINED: Mark.BAD,
    Face.NOT_TAKEN: Mark.BAD,
    Face.LAPSED: Mark.BAD,
    Face.VOIDED: Mark.BAD,
    Face.EXPIRED: Mark.OVER,
    Face.CANCELLED: Mark.OVER,
    Face.LATE: Mark.WAIT,
    Face.CALLED_OFF: Mark.WAIT,
    Face.REFUNDING: Mark.WAIT,
    Face.REFUNDED: Mark.OVER,
}
# The bank has not spoken: the page looks again by itself.
WAITING: Final = frozenset({Face.AT_BANK, Face.CHECKING, Face.HELD, Face.SILENT})
# The visit is not there: the way on is to book anew.
OVER: Final = frozenset(
    {Face.MISSED, Face.EXPIRED, Face.CANCELLED, Face.LATE, Face.CALLED_OFF, Face.REFUNDING, Face.REFUNDED}
)
# There is a visit, or was: what is paid or not stands beside it.
STANDS: Final = frozenset({Face.BOOKED, Face.SETTLED, Face.OWING})
REFUSED: Final = f"{Face.AT_BANK}-refused"  # the bank would take another try on its page
_UNPAID: Final = {State.DECLINED: Face.DECLINED, State.LAPSED: Face.LAPSED, State.VOIDED: Face.VOIDED}


@dataclass(frozen=True, slots=True)
class Standing:
    """`charge`: what a pay button takes, None if there must be none. `at_bank`: a page of the bank waits to go on with.

    `note`: words about a payment that is not the whole story: for the rest, or one that was let go with the visit. `decline`:
    why a card was refused.
    """

    face: Face
    charge: Money | None
    at_bank: bool
    note: str | None
    decline: Explanation | None

    @property
    def mark(self) -> Mark:
        return MARKS[self.face]

    @property
    def told(self) -> str:
        """By this a page that waits sees that it is out of date: its face, and whether a card was refused meanwhile."""
        return REFUSED if self.face is Face.AT_BANK and self.decline else self.face


def standing(order: Order, facts: Facts, payments: Sequence[Payment], now: datetime, limits: Limits) -> Standing:
    """`payments` oldest first; only the newest can be open."""
    newest = payments[-1] if payments else None
    attempt = newest if newest and newest.method == "card" and newest.state is not State.CAPTURED else None
    face = _face(order, facts, attempt, now)
    beside = face in STANDS
    return Standing(
        face=face,
        charge=_charge(order, facts, attempt, now, limits),
        at_bank=attempt is not None and attempt.state is State.PENDING and attempt.form_url is not None,
        note=_note(attempt, beside=beside, over=face in OVER) if attempt else None,
        decline=_decline(attempt),
    )


def _face(order: Order, facts: Facts, attempt: Payment | None, now: datetime) -> Face:
    match word(facts):
        case Word.CANCELLED:
            return Face.CANCELLED
        case Word.EXPIRED if booking.State.NO_SHOW not in facts.bookings:
            return Face.EXPIRED
        case Word.REVIEW:
            return Face.CHECKING
    if facts.paid:
        return _with_money(order, facts, now)
    if booking.State.NO_SHOW in facts.bookings:
        return Face.MISSED
    if booking.State.CONFIRMED in facts.bookings:
        return Face.BOOKED
    return _without_money(attempt)


def _with_money(order: Order, facts: Facts, now: datetime) -> Face:
    if facts.bookings & booking.TAKES_PLACE and not facts.cancelled:
        if booking.State.GIVEN not in facts.bookings:
            return Face.BOOKED
        return Face.OWING if facts.due else Face.SETTLED
    if booking.State.NO_SHOW in facts.bookings and facts.refunded != facts.paid:
        return Face.MISSED
    if facts.untouched and order.decide_by and now < order.decide_by:
        return Face.CALLED_OFF if facts.cancelled else Face.LATE
    return Face.REFUNDED if facts.refunded == facts.paid else Face.REFUNDING


def _without_money(attempt: Payment | None) -> Face:
    if attempt is None:
        return Face.TO_PAY
    if attempt.state is State.PENDING:
        return Face.AT_BANK
    if attempt.state is State.AUTHORIZED:
        return Face.HELD
    if attempt.state is State.DECLINED and attempt.reference is None:
        return Face.NOT_TAKEN
    if attempt.state in _UNPAID:
        return _UNPAID[attempt.state]
    return Face.SILENT if attempt.unseen else Face.CHECKING


def _charge(order: Order, facts: Facts, attempt: Payment | None, now: datetime, limits: Limits) -> Money | None:
    """The same rules as `pay.start` will apply; it is asked again when the button is pressed."""
    if not facts.due or State.REVIEW in facts.payments:
        return None
    if attempt and attempt.state in payment.LIVE and not attempt.unseen:
        return None
    try:
        session(limits, order, facts, now)
    except Conflict:
        return None
    return next_charge(facts, order.asked)


def _note(attempt: Payment, *, beside: bool, over: bool) -> str | None:
    if over and attempt.two_stage and attempt.state is State.VOIDED:
        return "hold_released"
    if attempt.unseen or not beside:
        return None
    if attempt.state is State.PENDING:
        return "attempt_open"
    return "attempt_checked" if attempt.state not in _UNPAID else "attempt_failed"


def _decline(attempt: Payment | None) -> Explanation | None:
    """A card that was pressed is refused before our eyes, while the bank would still take another try on its page."""
    if attempt is None or attempt.reference is None:
        return None
    refused = attempt.pressed and attempt.state is State.PENDING and names_cause(attempt.action_code)
    return explain(attempt.action_code) if refused or attempt.state is State.DECLINED else None
