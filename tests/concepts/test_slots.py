"""Free starts are computed from hours, exceptions, schedules and what is taken."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.catalogue.catalogue import Clinic, Kind, Line, Resource, ResourceKind, Service, Shift, Span, Text, deposit
from checkout.catalogue.clock import minute_of
from checkout.catalogue.slots import Diary, Seat, free_starts, nearest, seats, visit_minutes
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
SCAN = replace(VISIT, id=8, slug="scan", minutes=30)
EXTRA = replace(VISIT, id=9, slug="extra", kind=Kind.OPTION, minutes=15)
MONDAY = date(2026, 11, 30)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def at(hour: int, minute: int = 0) -> datetime:
    """A Moscow wall-clock moment of that Monday, in UTC."""
    return datetime(2026, 11, 30, hour - 3, minute, tzinfo=UTC)


def doctor(number: int, *services: Service, kind: ResourceKind = ResourceKind.SPECIALIST) -> Resource:
    return Resource(number, kind, frozenset(service.id for service in services or (VISIT,)))


def room(number: int, *services: Service) -> Resource:
    return doctor(number, *services, kind=ResourceKind.ROOM)


def diary(*resources: Resource, taken: Mapping[int, Sequence[tuple[datetime, datetime]]] | None = None) -> Diary:
    busy = {
        number: ([minute_of(start) for start, _ in found], [minute_of(end) for _, end in found])
        for number, found in (taken or {}).items()
    }
    return Diary(resources, busy)


def free(
    lines: Sequence[Line],
    known: Diary,
    *,
    clinic: Clinic = CLINIC,
    day: date = MONDAY,
    now: datetime = LONG_AGO,
    wanted: int | None = None,
) -> list[datetime]:
    return free_starts(clinic, lines, [day], known, now=now, wanted=wanted)


def test_a_visit_fits_into_the_opening_hours() -> None:
    """An hour's visit can start until an hour before closing."""
    assert free([Line(VISIT, 1)], diary(doctor(1))) == [at(9), at(9, 30), at(10), at(10, 30), at(11)]


def test_a_taken_resource_leaves_the_other_one() -> None:
    """A slot is gone only when everybody who gives the service is taken."""
    taken = {1: [(at(9), at(12))]}
    assert free([Line(VISIT, 1)], diary(doctor(1), doctor(2), taken=taken))
    assert not free([Line(VISIT, 1)], diary(doctor(1), taken=taken))


def test_adjacent_visits_do_not_collide() -> None:
    """A visit may begin at the very moment another ends."""
    found = free([Line(VISIT, 1)], diary(doctor(1), taken={1: [(at(9), at(10))]}))
    assert at(10) in found
    assert at(9, 30) not in found


def test_closed_days_and_exceptions() -> None:
    """A weekend, a holiday, a short day and a day with a break of its own each show what they are."""
    lines, known = [Line(VISIT, 1)], diary(doctor(1))
    assert not free(lines, known, day=date(2026, 11, 29))
    assert not free(lines, known, clinic=replace(CLINIC, exceptions=((MONDAY, None),)))
    short = replace(CLINIC, exceptions=((MONDAY, Span(time(10), time(11))),))
    assert free(lines, known, clinic=short) == [at(10)]
    broken = replace(short, exceptions=(*short.exceptions, (MONDAY, Span(time(15), time(16)))))
    assert free(lines, known, clinic=broken) == [at(10), at(15)]


def test_a_visit_does_not_run_over_a_break() -> None:
    """From 10:30 an hour would; the grid begins anew after the break."""
    hours = (Span(time(9), time(11)), Span(time(11, 45), time(13)))
    clinic = replace(CLINIC, hours=tuple((1, span) for span in hours))
    assert free([Line(VISIT, 1)], diary(doctor(1)), clinic=clinic) == [at(9), at(9, 30), at(10), at(11, 45)]


def test_hours_that_touch_are_no_break() -> None:
    """Two spans that meet at eleven are one."""
    hours = (Span(time(10), time(11)), Span(time(11), time(12)))
    clinic = replace(CLINIC, hours=tuple((1, span) for span in hours))
    assert free([Line(VISIT, 1)], diary(doctor(1)), clinic=clinic) == [at(10), at(10, 30), at(11)]


NEW_YEAR = date(2026, 12, 31)  # a Thursday that the production calendar made a day off


def test_a_clinic_keeps_the_holidays_if_it_says_so() -> None:
    """A moved day off closes it; an exception or the table of working days opens it again."""
    keeps = replace(CLINIC, keeps_holidays=True)
    lines, known = [Line(VISIT, 1)], diary(doctor(1))
    assert free(lines, known, day=NEW_YEAR)
    assert not free(lines, known, clinic=keeps, day=NEW_YEAR)
    worked = replace(keeps, working_days=((NEW_YEAR, True),))
    opened = replace(keeps, exceptions=((NEW_YEAR, Span(time(9), time(10))),))
    assert len(free(lines, known, clinic=worked, day=NEW_YEAR)) == 5
    assert len(free(lines, known, clinic=opened, day=NEW_YEAR)) == 1
    assert not free(lines, known, clinic=replace(keeps, working_days=((MONDAY, False),)))


def test_a_saturday_with_hours_is_no_holiday() -> None:
    """A plain weekend closes nobody who has hours on it."""
    saturday = date(2026, 11, 28)
    clinic = replace(CLINIC, keeps_holidays=True, hours=((6, Span(time(9), time(10))),))
    assert len(free([Line(VISIT, 1)], diary(doctor(1)), clinic=clinic, day=saturday)) == 1


def test_a_specialist_works_their_own_hours_inside_the_clinics() -> None:
    """Hours restrict, validity bounds them, and one day may be another; without any the clinic's hours count."""
    shift = Shift(1, Span(time(10), time(18)))
    lines = [Line(VISIT, 1)]
    assert free(lines, diary(replace(doctor(1), hours=(shift,)))) == [at(10), at(10, 30), at(11)]
    ended = replace(shift, valid_until=MONDAY - timedelta(days=1))
    later = replace(shift, valid_from=MONDAY + timedelta(days=1))
    assert not free(lines, diary(replace(doctor(1), hours=(ended, later))))
    today = replace(doctor(1), hours=(shift,), exceptions=((MONDAY, Span(time(9), time(10))),))
    assert free(lines, diary(today)) == [at(9)]
    away = replace(doctor(1), exceptions=((MONDAY, None),))
    assert not free(lines, diary(away))
    assert free(lines, diary(away), day=MONDAY + timedelta(days=1))


def test_a_service_that_is_linked_to_both_kinds_needs_both() -> None:
    """The doctor and the room at the same time, and a seat with each."""
    lines = [Line(VISIT, 1)]
    known = diary(doctor(1), room(5), taken={1: [(at(9), at(10))], 5: [(at(11), at(12))]})
    assert free(lines, known) == [at(10)]
    found = seats(CLINIC, lines, at(10), known)
    assert found is not None
    assert [(seat.line_no, seat.resource_id) for seat in found] == [(1, 1), (1, 5)]


def test_who_has_left_is_still_needed() -> None:
    """A room alone does not give what only a specialist and a room can give together."""
    assert not free([Line(VISIT, 1)], diary(replace(doctor(1), active=False), room(5)))


def test_a_service_that_nobody_gives_has_no_slots() -> None:
    """Nobody is not the same as nothing to wait for."""
    assert not free([Line(VISIT, 1)], diary(doctor(1, SCAN)))


def test_a_specialist_who_was_asked_for() -> None:
    """Gives every line that they give; the rest is anybody's."""
    known = diary(doctor(1), doctor(2), doctor(3, SCAN), taken={2: [(at(9), at(10))]})
    lines = [Line(VISIT, 1), Line(SCAN, 1)]
    assert free(lines, known, wanted=2) == [at(10), at(10, 30)]
    found = seats(CLINIC, lines, at(10), known, wanted=2)
    assert found is not None
    assert [seat.resource_id for seat in found] == [2, 3]
    assert seats(CLINIC, lines, at(9), known, wanted=2) is None


def test_the_past_is_not_offered() -> None:
    """What has begun cannot be booked."""
    assert free([Line(VISIT, 1)], diary(doctor(1)), now=at(10)) == [at(10, 30), at(11)]
    assert free([Line(VISIT, 1)], diary(doctor(1)), now=at(10) - timedelta(seconds=1))[0] == at(10)


def intervals(found: list[Seat] | None) -> list[tuple[int, datetime, datetime]]:
    assert found is not None
    return [(seat.line_no, seat.during.start, seat.during.end) for seat in found]


def test_lines_follow_one_another() -> None:
    """Two services make one longer visit, each with its own resource."""
    found = seats(CLINIC, [Line(VISIT, 1), Line(SCAN, 1)], at(9), diary(doctor(1), doctor(2, SCAN)))
    assert intervals(found) == [(1, at(9), at(10)), (2, at(10), at(10, 30))]


def test_an_option_lengthens_the_service_before_it() -> None:
    """The same resource stays, and what follows begins later."""
    lines = [Line(VISIT, 1), Line(EXTRA, 2), Line(SCAN, 1)]
    assert visit_minutes(lines) == 120
    known = diary(doctor(1), doctor(2, SCAN))
    assert intervals(seats(CLINIC, lines, at(9), known)) == [(1, at(9), at(10, 30)), (3, at(10, 30), at(11))]
    assert free(lines, known) == [at(9), at(9, 30), at(10)]
    assert not free(lines, diary(doctor(1), doctor(2, SCAN), taken={1: [(at(10, 15), at(10, 30))]}))[:2]


def test_goods_take_no_time() -> None:
    """An insole needs no doctor."""
    goods = replace(VISIT, id=9, kind=Kind.GOODS, minutes=0)
    found = seats(CLINIC, [Line(goods, 2), Line(VISIT, 1)], at(9), diary(doctor(1)))
    assert intervals(found) == [(2, at(9), at(10))]


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


@pytest.mark.parametrize(
    ("price", "quantity", "due"), [(250_000, 1, 50_000), (250_000, 3, 150_000), (30_000, 2, 60_000)]
)
def test_a_fixed_deposit_is_a_sum_a_piece_and_never_more_than_the_price(price: int, quantity: int, due: int) -> None:
    """500 ₽ a piece; of what costs 300 ₽ the whole price."""
    service = replace(VISIT, price=Money(price), deposit_percent=None, deposit_fixed=Money(50_000))
    assert service.has_deposit
    assert deposit((Line(service, quantity),)) == Money(due)


@given(
    amount=st.integers(min_value=-(10**12), max_value=10**12),
    weights=st.lists(st.integers(min_value=0, max_value=10**9), min_size=1, max_size=20).filter(any),
)
def test_splitting_loses_nothing(amount: int, weights: list[int]) -> None:
    """The parts always add up to the whole."""
    assert sum(part.amount for part in Money(amount).split(weights)) == amount


def test_a_time_that_the_clock_skips_is_not_offered() -> None:
    """On the night of the jump the grid goes on at the next time that is really shown, not at the jump itself."""
    jump = date(2026, 3, 29)
    clinic = replace(CLINIC, zone="Europe/Berlin", step_minutes=60, hours=((7, Span(time(0, 45), time(6))),))
    found = free([Line(SCAN, 1)], diary(doctor(1, SCAN)), clinic=clinic, day=jump)
    assert [f"{start.astimezone(clinic.tz):%H:%M}" for start in found] == ["00:45", "01:45", "03:45", "04:45"]
