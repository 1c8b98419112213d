"""What becomes of a hold, by the table at the head of `hold`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.payment.hold import LONGEST, Act, Held, Hold, decide, next_try
from gateways.money import Money

CHARGED = Hold(Act.COMPLETE, Money(10_000), 2)
LET_GO = Hold(Act.RELEASE, None, 2)


@pytest.mark.parametrize(
    ("due", "is_open", "given_up", "before", "act", "charge"),
    [
        (10_000, True, False, None, Act.COMPLETE, 10_000),
        (25_000, True, False, None, Act.COMPLETE, 10_000),
        (4_000, True, False, None, Act.COMPLETE, 4_000),
        (4_000, True, False, CHARGED, Act.COMPLETE, 10_000),
        (0, True, False, None, Act.RELEASE, None),
        (0, True, False, CHARGED, Act.RELEASE, 10_000),
        (10_000, True, True, None, Act.RELEASE, None),
        (10_000, True, True, CHARGED, Act.RELEASE, 10_000),
        (10_000, True, False, LET_GO, Act.RELEASE, None),
        (10_000, False, False, None, Act.RELEASE, None),
        (10_000, False, False, CHARGED, Act.RELEASE, 10_000),
    ],
)
def test_a_hold_is_charged_for_what_is_due_and_else_let_go(  # noqa: PLR0917 - the columns of a table
    due: int, is_open: bool, given_up: bool, before: Hold | None, act: Act, charge: int | None
) -> None:
    """Each row of the table, and how often the bank was asked is counted on."""
    found = decide(Held(Money(10_000), Money(due), is_open=is_open, given_up=given_up), before)
    assert found.act is act
    assert found.charge == (None if charge is None else Money(charge))
    assert found.tries == (3 if before else 1)


@given(st.integers(1, 10**9), st.integers(0, 10**9), st.booleans(), st.booleans())
def test_never_more_than_is_held_or_due_and_never_nothing(amount: int, due: int, is_open: bool, given_up: bool) -> None:
    """By 0 the bank would understand everything."""
    found = decide(Held(Money(amount), Money(due), is_open=is_open, given_up=given_up), None)
    if found.charge is None:
        assert found.act is Act.RELEASE
    else:
        assert 0 < found.charge.amount <= min(amount, due)


def test_the_bank_is_asked_again_ever_later_but_within_minutes() -> None:
    """The first time soon, the hundredth not too late."""
    now = datetime(2026, 12, 2, 7, 0, tzinfo=UTC)
    waits = [next_try(tries, now) - now for tries in range(100)]
    assert waits == sorted(waits)
    assert waits[1] == timedelta(seconds=10)
    assert waits[-1] == LONGEST
