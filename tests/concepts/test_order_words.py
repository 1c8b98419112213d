"""The order's word is derived from the facts."""

from datetime import UTC, datetime

import pytest

from checkout.booking.booking import State as Booking
from checkout.payment.order import Facts, Plan, Word, next_charge, window_end, word
from checkout.payment.payment import State as Payment
from gateways.money import Money


def facts(
    *,
    plan: Plan = Plan.FULL,
    paid: int = 0,
    refunded: int = 0,
    reserved: int = 0,
    cancelled: bool = False,
    bookings: set[Booking] | None = None,
    payments: set[Payment] | None = None,
) -> Facts:
    return Facts(
        plan,
        Money(1000),
        Money(paid),
        Money(refunded),
        Money(reserved),
        cancelled=cancelled,
        bookings=frozenset(bookings if bookings is not None else {Booking.HELD}),
        payments=frozenset(payments or set()),
    )


CASES = [
    (facts(), Word.DRAFT),
    (facts(plan=Plan.AT_CLINIC, bookings={Booking.CONFIRMED}), Word.AWAITING_PAYMENT),
    (facts(payments={Payment.PENDING}), Word.AWAITING_PAYMENT),
    (facts(payments={Payment.DECLINED}), Word.AWAITING_PAYMENT),
    (facts(payments={Payment.UNKNOWN}), Word.CHECKING),
    (facts(payments={Payment.DECLINED, Payment.REGISTERING}), Word.CHECKING),
    (facts(payments={Payment.REVIEW}), Word.REVIEW),
    (facts(payments={Payment.LAPSED}, bookings={Booking.EXPIRED}), Word.EXPIRED),
    (facts(cancelled=True, bookings={Booking.CANCELLED}), Word.CANCELLED),
    (facts(paid=1000, bookings={Booking.CONFIRMED}), Word.PAID),
    (facts(paid=300, bookings={Booking.CONFIRMED}), Word.DEPOSIT_PAID),
    (facts(paid=1000, bookings={Booking.EXPIRED}), Word.TO_DECIDE),
    (facts(paid=1000, cancelled=True, bookings={Booking.CANCELLED}), Word.TO_DECIDE),
    (facts(paid=1000, reserved=1000, bookings={Booking.EXPIRED}), Word.PART_REFUNDED),
    (facts(paid=1000, refunded=400, bookings={Booking.CONFIRMED}), Word.PART_REFUNDED),
    (facts(paid=1000, refunded=1000, bookings={Booking.EXPIRED}), Word.REFUNDED),
    (facts(paid=1000, bookings={Booking.NO_SHOW}), Word.PAID),
]


@pytest.mark.parametrize(("found", "expected"), CASES)
def test_the_word_follows_from_the_facts(found: Facts, expected: Word) -> None:
    """Money first, then whether there is a visit, then what the bank is being asked."""
    assert word(found) is expected


def test_a_paid_order_is_never_called_unpaid() -> None:
    """No combination of payments hides money that is here."""
    for state in Payment:
        found = word(facts(paid=1000, payments={state}, bookings={Booking.CONFIRMED}))
        assert found not in {Word.EXPIRED, Word.CANCELLED, Word.AWAITING_PAYMENT, Word.DRAFT}


def test_the_deposit_is_charged_first_and_then_the_rest() -> None:
    """The first card payment takes what the plan asks for, the next one what is left."""
    asked = Money(300)
    assert next_charge(facts(plan=Plan.DEPOSIT), asked) == Money(300)
    assert next_charge(facts(plan=Plan.DEPOSIT, paid=300, bookings={Booking.CONFIRMED}), asked) == Money(700)
    assert not next_charge(facts(paid=1000, bookings={Booking.CONFIRMED}), asked)


def test_the_return_window_ends_with_the_clinics_day() -> None:
    """30 calendar days in the clinic's zone, to the last second of the last one."""
    base = datetime(2026, 1, 31, 20, 0, tzinfo=UTC)  # 1 February in Novosibirsk
    assert window_end(base, "Asia/Novosibirsk", 30) == datetime(2026, 3, 3, 16, 59, 59, tzinfo=UTC)
    assert window_end(base, "Europe/Moscow", 30) == datetime(2026, 3, 2, 20, 59, 59, tzinfo=UTC)
