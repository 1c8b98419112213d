"""The bank's rules for orders and payers, without any wire."""

from __future__ import annotations

from typing import Any

import pytest

from gateways.sandbox import Bank, CardEntry, Clock, Kind, Merchant, Outcome, Status, cancel, confirm, pay
from gateways.sandbox.reverting import decline
from tests.sandbox.rehearsal import (
    CHALLENGE,
    FRICTIONLESS,
    NO_MONEY,
    NOON,
    REFUSED,
    answer_challenge,
    bank,
    call,
    deliver,
    kinds,
    merchant,
    paid,
    register,
)

# Registration


@pytest.mark.parametrize("fate", ["open", "paid", "declined", "expired"])
def test_a_number_is_burned_by_its_first_use(fate: str) -> None:
    """A second registration is refused whatever became of the first order."""
    here = bank()
    order = register(here)
    if fate == "paid":
        pay(here, order, FRICTIONLESS)
    elif fate == "declined":
        decline(here, order)
    elif fate == "expired":
        here.advance(1200)
    again = call(here, "register.do", orderNumber="A-1", amount=1, returnUrl="https://shop.test/")
    assert again["errorCode"] == "1"
    assert kinds(here).count(Kind.REGISTERED) == 1


def test_merchants_do_not_see_each_other() -> None:
    """The same number serves two merchants, and neither can read or refund the other's order."""
    other = Merchant(login="other-api", password="p")
    here = Bank([merchant(), other], clock=Clock.virtual(NOON))
    order = paid(here)
    theirs: dict[str, Any] = {"userName": "other-api", "password": "p"}
    call(here, "register.do", orderNumber="A-1", amount=5, returnUrl="https://o.test/", **theirs)
    assert len(here.orders) == 2
    for method in ("getOrderStatusExtended.do", "refund.do", "reverse.do", "decline.do"):
        answer = call(here, method, orderId=order.id, amount=1, **theirs)
        assert answer["errorCode"] == "6"
    assert order.deposited == 19900


def test_the_same_seed_gives_the_same_ids() -> None:
    """Order ids, references and approval codes can be reproduced."""
    first, second = (paid(bank()) for _ in range(2))
    assert first.id == second.id
    assert first.operations == second.operations


# Paying


def test_a_frictionless_card_pays_at_once() -> None:
    """One step, one deposit, one effective row each."""
    here = bank()
    order = register(here)
    assert pay(here, order, FRICTIONLESS).outcome is Outcome.FINISHED
    assert (order.status, order.approved, order.deposited, order.refunded) == (Status.DEPOSITED, 19900, 19900, 0)
    assert kinds(here) == [Kind.REGISTERED, Kind.ATTEMPT, Kind.DEPOSITED]


@pytest.mark.parametrize("code", ["111111", "12345678", "00000", " 111111 "])
def test_any_of_the_three_codes_passes_the_challenge(code: str) -> None:
    """While the payer is at the issuer the order is in progress; then it is paid."""
    here = bank()
    order = register(here)
    assert pay(here, order, CHALLENGE).outcome is Outcome.CHALLENGE
    states = [order.status]
    assert answer_challenge(here, order, code).outcome is Outcome.FINISHED
    assert [*states, order.status] == [Status.AT_ACS, Status.DEPOSITED]


def test_a_wrong_code_is_a_failed_attempt() -> None:
    """The order is open again, with the reason on it."""
    here = bank()
    order = register(here)
    pay(here, order, CHALLENGE)
    assert answer_challenge(here, order, "123456").outcome is Outcome.RETRY
    assert (order.status, order.action_code, order.attempts) == (Status.CREATED, -2006, 1)


def test_giving_up_at_the_issuer_is_a_failed_attempt() -> None:
    """Cancelling counts like a wrong code."""
    here = bank()
    order = register(here)
    pay(here, order, CHALLENGE)
    step = cancel(here, order.challenge or "")
    assert step is not None
    assert step.outcome is Outcome.RETRY
    assert order.action_code == -2006


def test_an_answered_challenge_cannot_be_answered_again() -> None:
    """A second click on the issuer's page moves nothing and leads on."""
    here = bank()
    order = register(here)
    pay(here, order, CHALLENGE)
    challenge = order.challenge or ""
    confirm(here, challenge, "111111")
    again = confirm(here, challenge, "111111")
    assert again is not None
    assert again.outcome is Outcome.FINISHED
    assert kinds(here).count(Kind.DEPOSITED) == 1


def test_a_second_card_at_the_issuer_is_led_back_to_the_challenge() -> None:
    """One attempt at a time."""
    here = bank()
    order = register(here)
    pay(here, order, CHALLENGE)
    assert pay(here, order, FRICTIONLESS).outcome is Outcome.CHALLENGE
    assert order.deposited == 0


def test_an_unknown_challenge_is_nobody() -> None:
    """A made-up address at the issuer means nothing."""
    assert confirm(bank(), "nonsense", "111111") is None
    assert cancel(bank(), "nonsense") is None


def test_three_declines_end_the_order() -> None:
    """Two leave it open with the decline's own code, the third closes it with -2013."""
    here = bank()
    order = register(here)
    seen = []
    for _ in range(3):
        step = pay(here, order, REFUSED)
        seen.append((step.outcome, order.status, order.action_code))
    assert seen == [
        (Outcome.RETRY, Status.CREATED, -2025),
        (Outcome.RETRY, Status.CREATED, -2025),
        (Outcome.FINISHED, Status.DECLINED, -2013),
    ]
    assert pay(here, order, FRICTIONLESS).outcome is Outcome.FINISHED
    assert order.deposited == 0
    assert [(one.operation, one.succeeded) for one in deliver(here)] == [("deposited", False)] * 3


def test_the_number_of_attempts_is_the_merchants() -> None:
    """One attempt means the first decline is the last."""
    here = bank(attempts=1)
    order = register(here)
    pay(here, order, REFUSED)
    assert (order.status, order.action_code) == (Status.DECLINED, -2013)


def test_a_decline_can_be_followed_by_success() -> None:
    """A failed try does not cancel the order."""
    here = bank()
    order = register(here)
    pay(here, order, NO_MONEY)
    answer_challenge(here, order)
    assert order.action_code == 116
    pay(here, order, FRICTIONLESS)
    assert (order.status, order.action_code, order.deposited) == (Status.DEPOSITED, 0, 19900)


def test_an_invalid_entry_uses_no_attempt() -> None:
    """What the page itself refuses never reaches the bank."""
    here = bank()
    order = register(here)
    step = pay(here, order, CardEntry("4111111111111112", "202001", "1", "ИВАН"))
    assert step.outcome is Outcome.INVALID
    assert step.problems == ("pan", "expiry", "cvc", "cardholder")
    assert order.attempts == 0


# Expiry


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(1199, Status.CREATED), (1200, Status.DECLINED)],
)
def test_a_session_ends_by_the_clock(seconds: float, expected: Status) -> None:
    """At the last second the order is gone: -2007 and a callback."""
    here = bank()
    order = register(here)
    here.advance(seconds)
    assert order.status is expected
    sent = [one.operation for one in deliver(here)]
    assert sent == (["declinedByTimeout"] if expected is Status.DECLINED else [])


def test_a_session_ends_at_the_issuer_too() -> None:
    """The card stays on the expired order, and a late code changes nothing."""
    here = bank()
    order = register(here)
    pay(here, order, CHALLENGE)
    challenge = order.challenge or ""
    here.advance(1200)
    step = confirm(here, challenge, "111111")
    assert step is not None
    assert step.outcome is Outcome.FINISHED
    assert (order.status, order.action_code, order.deposited) == (Status.DECLINED, -2007, 0)
    assert order.card is not None


def test_a_paid_order_does_not_expire() -> None:
    """The session is over, the money stays."""
    here = bank()
    order = paid(here)
    here.advance(10 * 24 * 3600)
    assert order.status is Status.DEPOSITED


def test_sessions_end_in_the_order_of_their_ends() -> None:
    """A long jump ends each session at its own time."""
    here = bank()
    register(here, "late", sessionTimeoutSecs=500)
    register(here, "early", sessionTimeoutSecs=100)
    here.advance(1000)
    expired = [(effect.number, effect.at - NOON) for effect in here.journal.effects if effect.kind is Kind.EXPIRED]
    assert expired == [("early", 100), ("late", 500)]


def test_the_bank_knows_when_it_is_next_busy() -> None:
    """The next event is the first session's end, or a callback that is due earlier."""
    here = bank()
    assert here.next_event() is None
    order = register(here)
    assert here.next_event() == NOON + 1200
    pay(here, order, FRICTIONLESS)
    assert here.next_event() == NOON


def test_the_clock_does_not_go_back() -> None:
    """An ended session cannot live again."""
    with pytest.raises(ValueError, match="forward"):
        bank().advance(-1)
