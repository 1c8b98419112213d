"""The bank's rules, without any wire."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from gateways.sandbox import Bank, CardEntry, Clock, Dialect, Kind, Merchant, Outcome, Status, cancel, confirm, pay
from gateways.sandbox.clock import MOSCOW
from gateways.sandbox.codes import Reason, Refusal
from gateways.sandbox.reverting import decline, refund, reverse
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


def moscow(day: int, hour: int, minute: int = 0, second: int = 0) -> float:
    return datetime(2026, 5, day, hour, minute, second, tzinfo=MOSCOW).timestamp()


def refused(reason: Reason) -> pytest.RaisesExc[Refusal]:
    """The block must end in this refusal."""
    return pytest.raises(Refusal, check=lambda error: error.reason is reason)


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


# Refunds


def test_each_refund_lowers_the_deposited_sum() -> None:
    """The first one, even partial, turns 2 into 4; captured stays deposited + refunded."""
    here = bank()
    order = paid(here)
    steps = []
    for kopecks in (100, 9800, 0):
        refund(here, order, kopecks, external_id=None)
        steps.append((order.status, order.deposited, order.refunded))
    assert steps == [
        (Status.REFUNDED, 19800, 100),
        (Status.REFUNDED, 10000, 9900),
        (Status.REFUNDED, 0, 19900),
    ]
    totals = here.journal.totals()[order.id]
    assert (totals.deposited, totals.refunded, totals.kept) == (19900, 19900, 0)


def test_no_refund_exceeds_what_is_left() -> None:
    """One kopeck too much is refused, and so is anything after the last kopeck."""
    here = bank()
    order = paid(here)
    with refused(Reason.REFUND_TOO_LARGE):
        refund(here, order, 19901, external_id=None)
    refund(here, order, 19900, external_id=None)
    for kopecks in (1, 0):
        with refused(Reason.REFUND_TOO_LARGE):
            refund(here, order, kopecks, external_id=None)


def test_a_known_refund_id_is_replayed() -> None:
    """The same id gives nothing twice, even when all is given back, and even against the lock."""
    here = bank()
    order = paid(here)
    first = refund(here, order, 19900, external_id="r-1", expected=19900)
    again = refund(here, order, 19900, external_id="r-1", expected=19900)
    assert first is again
    assert kinds(here).count(Kind.REFUNDED) == 1


def test_refund_ids_belong_to_their_order() -> None:
    """The same id on another order is another refund."""
    here = bank()
    one, two = paid(here, "A-1"), paid(here, "A-2")
    refund(here, one, 100, external_id="r-1")
    refund(here, two, 100, external_id="r-1")
    assert (one.refunded, two.refunded) == (100, 100)


def test_the_expected_sum_locks_the_refund() -> None:
    """A blind repetition fails because the first refund lowered the deposited sum."""
    here = bank()
    order = paid(here)
    refund(here, order, 100, external_id=None, expected=19900)
    with refused(Reason.REFUND_LOCKED):
        refund(here, order, 100, external_id=None, expected=19900)
    assert order.refunded == 100


@pytest.mark.parametrize("state", ["open", "at the issuer", "declined", "reversed"])
def test_only_paid_orders_are_refunded(state: str) -> None:
    """Every other state refuses, and no money moves."""
    here = bank()
    order = register(here)
    if state == "at the issuer":
        pay(here, order, CHALLENGE)
    elif state == "declined":
        decline(here, order)
    elif state == "reversed":
        pay(here, order, FRICTIONLESS)
        reverse(here, order)
    with refused(Reason.NOT_PAID):
        refund(here, order, 100, external_id=None)
    assert Kind.REFUNDED not in kinds(here)


def test_a_bank_may_bar_refunds_on_the_day_of_payment() -> None:
    """With the knob set the refund works from the next Moscow day on."""
    here = bank(refund_same_day=False)
    order = paid(here)
    with refused(Reason.REFUND_TOO_EARLY):
        refund(here, order, 100, external_id=None)
    here.advance(12 * 3600)
    refund(here, order, 100, external_id=None)
    assert order.refunded == 100


# Reversals


@pytest.mark.parametrize(
    ("paid_at", "reversed_at", "works"),
    [
        (moscow(20, 0, 0), moscow(20, 23, 59, 59), True),
        (moscow(20, 23, 59, 59), moscow(21, 0, 0), False),
        (moscow(20, 23, 0), moscow(21, 1, 0), False),  # the same day in UTC
        (moscow(21, 1, 0), moscow(21, 5, 0), True),  # another day in UTC
    ],
)
def test_a_payment_is_reversed_within_its_moscow_day(paid_at: float, reversed_at: float, works: bool) -> None:
    """The banking day is Moscow's, not UTC's."""
    here = bank(paid_at)
    order = paid(here)
    here.advance(reversed_at - paid_at)
    if works:
        reverse(here, order)
    else:
        with refused(Reason.REVERSE_IMPOSSIBLE):
            reverse(here, order)
    assert (order.status is Status.REVERSED) == works
    assert order.deposited == (0 if works else 19900)


def test_a_late_reversal_spends_the_only_chance() -> None:
    """After a refused reversal only a refund is left."""
    here = bank()
    order = paid(here)
    with refused(Reason.REVERSE_PARTIAL):
        reverse(here, order, 100)
    with refused(Reason.REVERSE_IMPOSSIBLE):
        reverse(here, order)
    refund(here, order, 0, external_id=None)
    assert order.refunded == 19900


def test_trying_too_early_spends_nothing() -> None:
    """A reversal of an unpaid order is refused and does not bar the real one."""
    here = bank()
    order = register(here)
    with refused(Reason.REVERSE_IMPOSSIBLE):
        reverse(here, order)
    pay(here, order, FRICTIONLESS)
    reverse(here, order)
    assert (order.status, order.approved) == (Status.REVERSED, 19900)


def test_after_a_refund_there_is_no_reversal() -> None:
    """Money that is partly back cannot be reversed."""
    here = bank()
    order = paid(here)
    refund(here, order, 1, external_id=None)
    with refused(Reason.REVERSE_IMPOSSIBLE):
        reverse(here, order)


def test_the_window_can_be_taken_away() -> None:
    """Some installations reverse at any time."""
    here = bank(reverse_same_day_only=False)
    order = paid(here)
    here.advance(5 * 24 * 3600)
    reverse(here, order)
    assert here.journal.totals()[order.id].kept == 0


# Declines


def test_an_open_order_can_be_declined_once() -> None:
    """It ends with the merchant's code, and the payer can do nothing more."""
    here = bank()
    order = register(here)
    decline(here, order)
    assert (order.status, order.action_code) == (Status.DECLINED, 4005)
    assert pay(here, order, FRICTIONLESS).outcome is Outcome.FINISHED
    assert order.deposited == 0
    with refused(Reason.DECLINE_IMPOSSIBLE):
        decline(here, order)


def test_an_order_at_the_issuer_is_busy() -> None:
    """The payer is at it, so the merchant has to wait."""
    here = bank()
    order = register(here)
    pay(here, order, CHALLENGE)
    with refused(Reason.BUSY):
        decline(here, order)


def test_a_paid_order_cannot_be_declined() -> None:
    """Money is given back by other means."""
    here = bank()
    order = paid(here)
    with refused(Reason.DECLINE_IMPOSSIBLE):
        decline(here, order)
    assert order.deposited == 19900


# The journal


def test_the_journal_numbers_its_rows_and_names_everything() -> None:
    """One row for each effect, in order, with what an outsider needs to add up."""
    here = bank()
    order = paid(here, dialect=Dialect.ECOM)
    refund(here, order, 900, external_id="r-9")
    rows = [effect.as_json() for effect in here.journal.effects]
    assert [row["seq"] for row in rows] == [1, 2, 3, 4]
    assert rows[-1] == {
        "seq": 4,
        "at": int(NOON * 1000),
        "kind": "refunded",
        "merchant": "sandbox-api",
        "order_id": order.id,
        "number": "A-1",
        "amount": 900,
        "external_id": "r-9",
        "action_code": 0,
    }
