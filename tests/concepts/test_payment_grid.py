"""The grid of belief × report, cell by cell, against the rules said in words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from checkout.payment.payment import GRID, LIVE, UNSETTLED, Belief, Report, State, judge, parked, report
from gateways.gateway import BankOrder, BankStatus
from gateways.money import Money

MONEY_HERE = {Report.PAID, Report.RETURNED}


def expected(belief: State, seen: Report) -> State:
    """Where a payment must go, said as rules rather than as a table."""
    if belief is State.CAPTURED:
        return belief  # money moves forward only
    if seen in MONEY_HERE:
        return State.CAPTURED  # whatever we believed, the bank has the money
    if seen is Report.MISMATCH:
        return State.REVIEW
    if belief is State.REVIEW and seen in (Report.REVERSED, Report.DECLINED, Report.EXPIRED):
        return {Report.REVERSED: State.VOIDED, Report.DECLINED: State.DECLINED}.get(seen, State.LAPSED)
    if belief not in LIVE:
        return belief  # over, and nothing that the bank says now brings money
    if seen is Report.GARBLED:
        return belief if belief is State.AUTHORIZED else State.UNKNOWN
    if seen is Report.ABSENT:
        return State.UNKNOWN if belief in (State.PENDING, State.AUTHORIZED) else belief
    if seen is Report.GONE:
        return State.LAPSED if belief in (State.REGISTERING, State.UNKNOWN) else State.UNKNOWN
    if seen in (Report.OPEN, Report.BUSY):
        return belief if belief is State.AUTHORIZED else State.PENDING
    ends = {
        Report.HELD: State.AUTHORIZED,
        Report.REVERSED: State.VOIDED,
        Report.DECLINED: State.DECLINED,
        Report.EXPIRED: State.LAPSED,
    }
    return ends[seen]


@pytest.mark.parametrize("seen", Report)
@pytest.mark.parametrize("belief", State)
def test_every_belief_meets_every_report(belief: State, seen: Report) -> None:
    """Each of the cells says where the payment goes."""
    assert GRID[belief, seen][0] is expected(belief, seen)


@pytest.mark.parametrize("belief", State)
def test_garbage_is_never_a_failure(belief: State) -> None:
    """An answer nobody can read never ends a payment."""
    after, _ = GRID[belief, Report.GARBLED]
    assert after is belief or after is State.UNKNOWN


@pytest.mark.parametrize(
    ("belief", "seen"),
    [
        (State.CAPTURED, Report.DECLINED),
        (State.CAPTURED, Report.REVERSED),
        (State.PENDING, Report.MISMATCH),
        (State.DECLINED, Report.OPEN),
        (State.PENDING, Report.RETURNED),
    ],
)
def test_contradictions_call_a_person(belief: State, seen: Report) -> None:
    """What contradicts our books is not swallowed."""
    assert GRID[belief, seen][1]


def believed(state: State = State.PENDING, *, refunded: int = 0, reserved: int = 0) -> Belief:
    return Belief(state, Money(10_000), Money(refunded), Money(reserved), looks=0, missed=False, session_ends_at=None)


def said(
    status: BankStatus, *, amount: int = 10_000, deposited: int = 0, refunded: int = 0, code: int | None = None
) -> BankOrder:
    return BankOrder(
        number="pay_1",
        reference="ref",
        status=status,
        amount=Money(amount),
        approved=Money(amount),
        deposited=Money(deposited),
        refunded=Money(refunded),
        action_code=code,
    )


@pytest.mark.parametrize(
    ("fact", "meaning"),
    [
        (said(BankStatus.REGISTERED), Report.OPEN),
        (said(BankStatus.IN_PROGRESS), Report.BUSY),
        (said(BankStatus.DEPOSITED, deposited=10_000), Report.PAID),
        (said(BankStatus.DEPOSITED, deposited=9_999), Report.MISMATCH),
        (said(BankStatus.DEPOSITED, amount=100, deposited=100), Report.MISMATCH),
        (said(BankStatus.REFUNDED, deposited=4_000, refunded=6_000), Report.RETURNED),
        (said(BankStatus.DECLINED, code=116), Report.DECLINED),
        (said(BankStatus.DECLINED, code=-2007), Report.EXPIRED),
        (said(BankStatus.DECLINED, code=2007), Report.DECLINED),
        (said(BankStatus.REVERSED), Report.REVERSED),
        (said(BankStatus.UNRECOGNISED), Report.GARBLED),
        (said(BankStatus.REGISTERED, deposited=10_000), Report.MISMATCH),
        (said(BankStatus.HELD, deposited=10_000), Report.MISMATCH),
        (said(BankStatus.DECLINED, deposited=10_000, code=116), Report.MISMATCH),
        (said(BankStatus.REVERSED, deposited=4_000), Report.MISMATCH),
    ],
)
def test_amounts_are_compared_before_anything_is_believed(fact: BankOrder, meaning: Report) -> None:
    """The same status means different things when the sums are not the ordered ones."""
    assert report(believed(), fact) is meaning


@pytest.mark.parametrize(
    ("accepted", "fact", "meaning"),
    [
        (9_000, said(BankStatus.DEPOSITED, amount=9_000, deposited=9_000), Report.PAID),
        (9_000, said(BankStatus.REFUNDED, amount=9_000, deposited=4_000, refunded=5_000), Report.RETURNED),
        (9_000, said(BankStatus.DEPOSITED, deposited=10_000), Report.MISMATCH),
        (9_000, said(BankStatus.DEPOSITED, amount=9_000, deposited=8_000), Report.MISMATCH),
        (0, said(BankStatus.DECLINED, amount=9_000), Report.DECLINED),
        (0, said(BankStatus.REFUNDED, amount=9_000, refunded=9_000), Report.REVERSED),
        (0, said(BankStatus.DEPOSITED, amount=9_000), Report.MISMATCH),
        (0, said(BankStatus.DEPOSITED, amount=9_000, deposited=9_000), Report.MISMATCH),
    ],
)
def test_what_was_accepted_is_held_against_the_bank_from_then_on(
    accepted: int, fact: BankOrder, meaning: Report
) -> None:
    """The sum that two people accepted, whatever was ordered; of nothing at all, nothing is ever paid."""
    belief = replace(believed(State.CAPTURED if accepted else State.VOIDED), accepted=Money(accepted))
    assert report(belief, fact) is meaning


def test_another_currency_is_a_mismatch() -> None:
    """Dollars are not roubles, however many."""
    fact = BankOrder(
        number="pay_1",
        reference="ref",
        status=BankStatus.DEPOSITED,
        amount=Money(10_000, "USD"),
        approved=Money(10_000, "USD"),
        deposited=Money(10_000, "USD"),
        refunded=Money(0, "USD"),
    )
    assert report(believed(), fact) is Report.MISMATCH


def test_our_own_reversal_is_no_news() -> None:
    """A reversal that we promised leaves a captured payment as it is; a stranger's calls a person."""
    fact = said(BankStatus.REVERSED)
    ours = believed(State.CAPTURED, reserved=10_000)
    assert not judge(ours, report(ours, fact)).alarm
    theirs = believed(State.CAPTURED)
    assert judge(theirs, report(theirs, fact)).alarm


@pytest.mark.parametrize("state", State)
def test_a_person_is_called_once_the_bank_was_asked_for_long_and_often(state: State) -> None:
    """An order that the bank never closes: two days alone are no reason, nor are two hundred looks."""
    ends = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    late, soon = ends + timedelta(days=2, seconds=1), ends + timedelta(days=1)
    assert bool(parked(state, now=late, session_ends_at=ends, looks=200)) == (state in UNSETTLED)
    assert not parked(state, now=late, session_ends_at=ends, looks=199)
    assert not parked(state, now=soon, session_ends_at=ends, looks=1000)
