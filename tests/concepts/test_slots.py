"""Free starts are computed from hours, exceptions and bookings."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from checkout.catalogue.catalogue import Clinic, Kind, Line, Service, Span, Text, deposit
from checkout.catalogue.slots import Diary, Interval, free_starts, nearest, seats
from gateways.money import Money

WORDS = Text("Имя", "Name")
CLINIC = Clinic(
    id=1,
    slug="c",
    merchant="m",
    name=WORDS,
    address=WORDS,
    zone="Europe/Moscow",
    phone="1",
    step_minutes=30,
    hours=tuple((day, Span(time(9), time(12))) for day in range(1, 6)),
)
VISIT = Service(7, "visit", Kind.SERVICE, WORDS, 60, Money(250_000), 30, at_clinic=True, vat="none")
MONDAY = date(2026, 11, 30)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def at(hour: int, minute: int = 0) -> datetime:
    """A Moscow wall-clock moment of that Monday, in UTC."""
    return datetime(2026, 11, 30, hour - 3, minute, tzinfo=UTC)


def test_a_visit_fits_into_the_opening_hours() -> None:
    """An hour's visit can start until an hour before closing."""
    diary = Diary({7: [1]}, {})
    assert free_starts(CLINIC, [Line(VISIT, 1)], MONDAY, diary, now=LONG_AGO) == [
        at(9),
        at(9, 30),
        at(10),
        at(10, 30),
        at(11),
    ]


def test_a_taken_resource_leaves_the_other_one() -> None:
    """A slot is gone only when everybody who gives the service is taken."""
    taken = Interval(at(9), at(12))
    assert free_starts(CLINIC, [Line(VISIT, 1)], MONDAY, Diary({7: [1, 2]}, {1: [taken]}), now=LONG_AGO)
    assert not free_starts(CLINIC, [Line(VISIT, 1)], MONDAY, Diary({7: [1]}, {1: [taken]}), now=LONG_AGO)


def test_adjacent_visits_do_not_collide() -> None:
    """A visit may begin at the very moment another ends."""
    diary = Diary({7: [1]}, {1: [Interval(at(9), at(10))]})
    assert at(10) in free_starts(CLINIC, [Line(VISIT, 1)], MONDAY, diary, now=LONG_AGO)
    assert at(9, 30) not in free_starts(CLINIC, [Line(VISIT, 1)], MONDAY, diary, now=LONG_AGO)


def test_closed_days_and_exceptions() -> None:
    """A weekend, a holiday and a short day each show what they are."""
    diary = Diary({7: [1]}, {})
    sunday = date(2026, 11, 29)
    assert not free_starts(CLINIC, [Line(VISIT, 1)], sunday, diary, now=LONG_AGO)
    closed = replace(CLINIC, exceptions=((MONDAY, None),))
    assert not free_starts(closed, [Line(VISIT, 1)], MONDAY, diary, now=LONG_AGO)
    short = replace(CLINIC, exceptions=((MONDAY, Span(time(10), time(11))),))
    assert free_starts(short, [Line(VISIT, 1)], MONDAY, diary, now=LONG_AGO) == [at(10)]


def test_the_past_is_not_offered() -> None:
    """What has begun cannot be booked."""
    found = free_starts(CLINIC, [Line(VISIT, 1)], MONDAY, Diary({7: [1]}, {}), now=at(10))
    assert found == [at(10, 30), at(11)]


def test_lines_follow_one_another() -> None:
    """Two services make one longer visit, each with its own resource."""
    second = replace(VISIT, id=8, slug="second", minutes=30)
    found = seats([Line(VISIT, 1), Line(second, 1)], at(9), Diary({7: [1], 8: [2]}, {}))
    assert found is not None
    assert [(seat.resource_id, seat.during.start, seat.during.end) for seat in found] == [
        (1, at(9), at(10)),
        (2, at(10), at(10, 30)),
    ]


def test_goods_take_no_time() -> None:
    """An insole needs no doctor."""
    goods = replace(VISIT, id=9, kind=Kind.GOODS, minutes=0)
    found = seats([Line(goods, 2), Line(VISIT, 1)], at(9), Diary({7: [1]}, {}))
    assert found is not None
    assert [seat.line_no for seat in found] == [2]


def test_nearest_are_the_closest_in_order_of_time() -> None:
    """Three suggestions around the wanted time."""
    free = [at(9), at(9, 30), at(11)]
    assert nearest(free, at(10), 2) == [at(9, 30), at(11)] or nearest(free, at(10), 2) == [at(9), at(9, 30)]
    assert nearest(free, at(9, 30), 1) == [at(9, 30)]


def test_the_deposit_rounds_half_up_to_roubles() -> None:
    """30 % of 2 501,67 ₽ is 750,50 ₽ and becomes 751 ₽; a line without a deposit counts in full."""
    line = Line(replace(VISIT, price=Money(250_167)), 1)
    assert deposit((line,)) == Money(75_100)
    whole = Line(replace(VISIT, deposit_percent=None, price=Money(12_345)), 1)
    assert deposit((line, whole)) == Money(75_100 + 12_345)


@given(
    amount=st.integers(min_value=-(10**12), max_value=10**12),
    weights=st.lists(st.integers(min_value=0, max_value=10**9), min_size=1, max_size=20).filter(any),
)
def test_splitting_loses_nothing(amount: int, weights: list[int]) -> None:
    """The parts always add up to the whole."""
    assert sum(part.amount for part in Money(amount).split(weights)) == amount


@given(
    st.integers(min_value=0, max_value=365 * 3), st.sampled_from(["Europe/Moscow", "Asia/Kamchatka", "Europe/Berlin"])
)
def test_a_clock_change_never_moves_a_visit(offset: int, zone: str) -> None:
    """Every start shows the wall clock of the clinic's own zone, daylight saving or not."""
    day = date(2026, 1, 1) + timedelta(days=offset)
    clinic = replace(CLINIC, zone=zone)
    for start in free_starts(clinic, [Line(VISIT, 1)], day, Diary({7: [1]}, {}), now=LONG_AGO):
        local = start.astimezone(clinic.tz)
        assert local.date() == day
        assert time(9) <= local.time() <= time(11)
        assert local.minute in (0, 30)
