"""What the bank's word makes of a card check, cell by cell where it matters, and when it is asked again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from checkout.payment.card_check import (
    AFTER_SESSION,
    GIVEN_UP,
    GRID,
    LIVE,
    Belief,
    Report,
    State,
    judge,
    next_look,
    report,
)
from gateways.gateway import BankOrder, BankStatus
from gateways.money import Money

NOON = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)


def fact(status: BankStatus, *, amount: int = 0, deposited: int = 0, refunded: int = 0, code: int = 0) -> BankOrder:
    taken = Money(deposited)
    return BankOrder("chk_1", "r", status, Money(amount), taken, taken, Money(refunded), action_code=code)


@pytest.mark.parametrize(
    ("seen", "found"),
    [
        (fact(BankStatus.REGISTERED), Report.OPEN),
        (fact(BankStatus.IN_PROGRESS), Report.BUSY),
        (fact(BankStatus.REVERSED), Report.SAVED),
        (fact(BankStatus.REVERSED, amount=100), Report.SAVED),
        (fact(BankStatus.DECLINED, code=116), Report.DECLINED),
        (fact(BankStatus.DECLINED, code=-2007), Report.EXPIRED),
        (fact(BankStatus.UNRECOGNISED), Report.GARBLED),
        (fact(BankStatus.REGISTERED, amount=100), Report.MONEY),
        (fact(BankStatus.HELD), Report.BUSY),
        (fact(BankStatus.HELD, amount=100), Report.MONEY),
        (fact(BankStatus.HELD, deposited=100), Report.MONEY),
        (replace(fact(BankStatus.HELD), approved=Money(100)), Report.MONEY),
        (fact(BankStatus.DEPOSITED), Report.MONEY),
        (fact(BankStatus.DEPOSITED, deposited=100), Report.MONEY),
        (fact(BankStatus.REVERSED, deposited=100), Report.MONEY),
        (fact(BankStatus.REFUNDED, refunded=50, deposited=50), Report.MONEY),
        (fact(BankStatus.REFUNDED, refunded=100), Report.SAVED),
    ],
)
def test_money_comes_before_whatever_else_is_said(seen: BankOrder, found: Report) -> None:
    """Whatever of it is there, asked for or held; what went back whole is none."""
    assert report(seen, named=True) is found


def test_money_always_calls_a_person_and_a_kept_card_is_never_lost() -> None:
    """From every state but the one where somebody looks already; nothing but money leaves `kept`."""
    for state in State:
        after, alarm = GRID[state, Report.MONEY]
        assert after is State.REVIEW
        assert alarm is (state is not State.REVIEW)
        for seen in set(Report) - {Report.MONEY}:
            assert not GRID[state, seen][1]
            assert state is not State.KEPT or GRID[state, seen][0] is State.KEPT


@pytest.mark.parametrize(
    ("state", "seen", "missed", "after", "ends"),
    [
        (State.REGISTERING, Report.ABSENT, False, timedelta(0), State.REGISTERING),
        (State.REGISTERING, Report.ABSENT, True, timedelta(0), State.LAPSED),
        (State.PENDING, Report.ABSENT, True, timedelta(0), State.PENDING),
        (State.PENDING, Report.ABSENT, True, AFTER_SESSION * 2, State.LAPSED),
        (State.PENDING, Report.OPEN, False, AFTER_SESSION * 2, State.PENDING),
        (State.PENDING, Report.BUSY, False, GIVEN_UP * 2, State.LAPSED),
        (State.PENDING, Report.SAVED, False, GIVEN_UP * 2, State.KEPT),
        (State.REVIEW, Report.OPEN, False, GIVEN_UP * 2, State.REVIEW),
    ],
)
def test_one_denial_is_no_end_and_no_bank_is_waited_for_for_ever(
    state: State, seen: Report, missed: bool, after: timedelta, ends: State
) -> None:
    """`after`: how long after the session."""
    belief = Belief(state, NOON, missed=missed, looks=3)
    assert judge(belief, seen, NOON + after).state is ends


def test_what_is_open_is_always_looked_at_again() -> None:
    """Within 25 s during the session; what is over once more after it, and money every ten minutes."""
    for state in State:
        for minutes in (-19, -1, 1, 10, 10_000):
            now = NOON + timedelta(minutes=minutes)
            due = next_look(state, now=now, session_ends_at=NOON, looks=9, heard=True)
            assert due is None or due > now
            if state in LIVE and minutes < 0:
                assert due is not None
                assert due - now <= timedelta(seconds=25)
            assert (due is not None) is (
                state in LIVE or state is State.REVIEW or (state is not State.KEPT and minutes < 3)
            )
