"""What a refund does next, and what the payer is promised."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from checkout.catalogue.calendar import add_working_days
from gateways.gateway import BankOrder, BankRefund, BankStatus, Capabilities
from gateways.money import Money
from refunds.dates import promise
from refunds.refund import LADDER, Act, Plan, decide, next_banking_day, next_try
from refunds.store import allocate

PAID_AT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
LATER = PAID_AT + timedelta(days=3)
PLAN = Plan("rf_1", Money(4_000), Money(10_000), Money(0), PAID_AT, sent_before=False)
CAN = Capabilities()


def bank(*, deposited: int = 10_000, refunded: int = 0, refunds: tuple[BankRefund, ...] = ()) -> BankOrder:
    status = BankStatus.REFUNDED if refunded else BankStatus.DEPOSITED
    return BankOrder(
        number="pay_1",
        reference="r",
        status=status,
        amount=Money(10_000),
        approved=Money(10_000),
        deposited=Money(deposited),
        refunded=Money(refunded),
        refunds=refunds,
    )


REVERSED = replace(bank(), status=BankStatus.REVERSED, deposited=Money(0))
OURS = BankRefund(Money(4_000), "rf_1", 0)
FAILED = BankRefund(Money(4_000), "rf_1", 116)
THEIRS = BankRefund(Money(4_000), "somebody", 0)
WHOLE = replace(PLAN, amount=Money(10_000))
SENT = replace(PLAN, sent_before=True)
FISCAL = replace(PLAN, fiscal=True)
HELD = replace(WHOLE, was_held=True)


@pytest.mark.parametrize(
    ("plan", "fact", "now", "can", "act"),
    [
        (PLAN, bank(), LATER, CAN, Act.REFUND),
        (PLAN, bank(), PAID_AT, CAN, Act.REFUND),
        (PLAN, bank(), PAID_AT, Capabilities(same_day_refund=False), Act.WAIT),
        (PLAN, bank(), PAID_AT, Capabilities(same_day_cart_refund=False), Act.REFUND),
        (FISCAL, bank(), PAID_AT, Capabilities(same_day_cart_refund=False), Act.WAIT),
        (FISCAL, bank(), LATER, Capabilities(same_day_cart_refund=False), Act.REFUND),
        (FISCAL, bank(), PAID_AT, CAN, Act.REFUND),
        (replace(WHOLE, fiscal=True), bank(), PAID_AT, Capabilities(same_day_cart_refund=False), Act.REVERSE),
        (WHOLE, bank(), PAID_AT, CAN, Act.REVERSE),
        (WHOLE, bank(), PAID_AT, Capabilities(reverse=False), Act.REFUND),
        (WHOLE, bank(), LATER, CAN, Act.REFUND),
        (WHOLE, bank(), PAID_AT, Capabilities(reverse=False, same_day_refund=False), Act.WAIT),
        (HELD, bank(), PAID_AT, CAN, Act.REVERSE),
        (HELD, bank(), PAID_AT, Capabilities(reverse_completed=False), Act.REFUND),
        (HELD, bank(), PAID_AT, Capabilities(reverse_completed=False, same_day_refund=False), Act.WAIT),
        (HELD, bank(), LATER, Capabilities(reverse_completed=False, same_day_refund=False), Act.REFUND),
        (replace(PLAN, was_held=True), bank(), PAID_AT, CAN, Act.REFUND),
        (PLAN, bank(deposited=6_000, refunded=4_000, refunds=(OURS,)), LATER, CAN, Act.DONE),
        (PLAN, bank(refunds=(FAILED,)), LATER, CAN, Act.REFUND),
        (SENT, bank(deposited=6_000, refunded=4_000), LATER, CAN, Act.DONE),
        (SENT, bank(deposited=6_000, refunded=4_000, refunds=(THEIRS,)), LATER, CAN, Act.CONTEST),
        (PLAN, bank(deposited=6_000, refunded=4_000), LATER, CAN, Act.CONTEST),
        (SENT, bank(deposited=5_000, refunded=5_000), LATER, CAN, Act.CONTEST),
        (PLAN, bank(deposited=9_000), LATER, CAN, Act.CONTEST),
        (replace(WHOLE, sent_before=True), REVERSED, LATER, CAN, Act.DONE),
        (WHOLE, REVERSED, LATER, CAN, Act.CONTEST),
        (SENT, REVERSED, LATER, CAN, Act.CONTEST),
    ],
)
def test_money_back_is_decided_by_one_table(
    plan: Plan, fact: BankOrder, now: datetime, can: Capabilities, act: Act
) -> None:
    """Look first; send only what is not there; contest what is not ours."""
    assert decide(plan, fact, can, now=now) is act


def test_an_unsure_bank_is_asked_on_a_ladder_and_then_a_person() -> None:
    """Never failed because it took long: ten tries over five days, then a person."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    waits = [next_try(attempt, now) for attempt in range(1, len(LADDER) + 1)]
    assert all(waits)
    assert waits == sorted(waits)  # type: ignore[type-var]  # none of them is None, said above
    assert next_try(len(LADDER) + 1, now) is None


def test_working_days_follow_the_russian_calendar() -> None:
    """New Year's holidays are skipped, a working Saturday counts, and finance may overrule a day."""
    assert add_working_days(date(2025, 12, 30), 1, {}) == date(2026, 1, 12)  # 31 December and 1-11 January off
    assert add_working_days(date(2025, 10, 31), 1, {}) == date(2025, 11, 1)  # a working Saturday
    assert add_working_days(date(2026, 11, 20), 1, {date(2026, 11, 23): False}) == date(2026, 11, 24)


def test_the_promise_names_three_dates() -> None:
    """Answer in ten calendar days, money in 5 to 30 working days after the bank gets the order."""
    made = promise(asked=date(2026, 11, 23), sent=date(2026, 11, 25), days_from=5, days_to=30, overrides={})
    assert made.answer_due == date(2026, 12, 3)
    assert made.expected_from == date(2026, 12, 2)
    assert made.expected_by == date(2027, 1, 15)  # 31 December and 1-10 January are no working days


def test_the_banking_day_ends_at_moscow_midnight() -> None:
    """What the bank does not take today is tried just after midnight in Moscow."""
    assert (
        next_banking_day(datetime(2026, 11, 23, 20, 59, tzinfo=UTC)).astimezone(UTC).isoformat()
        == "2026-11-23T21:05:00+00:00"
    )
    assert (
        next_banking_day(datetime(2026, 11, 23, 21, 1, tzinfo=UTC)).astimezone(UTC).isoformat()
        == "2026-11-24T21:05:00+00:00"
    )


def test_a_refund_is_spread_over_the_lines_without_loss() -> None:
    """Pro rata in kopecks, the last line takes the rest."""
    assert allocate(Money(100), [(1, 1), (2, 1), (3, 1)]) == {"1": 33, "2": 33, "3": 34}
