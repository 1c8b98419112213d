"""Whatever names an hour names the same instant: a page's words and marks, letters, text messages, calendar entries."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from checkout.booking.booking import State
from checkout.catalogue.catalogue import Kind
from checkout.ground.errors import Conflict
from checkout.notices import calendar
from checkout.notices.letter import write
from checkout.notices.message import Channel
from checkout.payment.order import window_end, windows
from checkout.web.pages import environment
from checkout.web.texts import explain
from gateways.money import Money
from tests.instants import reading
from tests.notices.matters import matter
from tests.zones import hours, midnight, visits

check = partial(settings, max_examples=150, deadline=None, derandomize=True)
languages = st.sampled_from(["ru", "en"])
# Berlin, 25 October 2026: the last of its hours before the clock goes back, and a visit that ends in the hour told twice.
BACK: Final = ("Europe/Berlin", datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
# 24:00 in Cairo is 23:00 once more, and its 30 October begins an hour later than one would think.
AT_MIDNIGHT: Final = ("Africa/Cairo", datetime(2026, 10, 29, 20, 30, tzinfo=UTC))


def shown(words: str, language: str, **facts: Any) -> str:
    """A piece of a page."""
    return environment().from_string(words).render(lang=language, **facts)


@check()
@given(hours(), languages)
@example(BACK, "ru")
def test_a_page_says_what_it_marks(place: tuple[str, datetime], language: str) -> None:
    """With its offset an hour is beyond doubt even when the clock shows it twice; the marks carry the same instant."""
    zone, at = place
    html = shown("{{ at | moment(zone) }} {{ at | until(zone, now) }}", language, at=at, zone=zone, now=at)
    moment, until = reading.Marks(html).found
    assert (moment.at, moment.zone, moment.until) == (at, zone, None)
    assert (until.at, until.zone, until.until) == (at, zone, at)
    assert reading.whole(moment.text, language) == [(at, zone)]
    clock, _, city = until.text.partition(" ")
    assert clock == f"{at.astimezone(ZoneInfo(zone)):%H:%M}"
    assert reading.zone_of(city.strip("()"), language) == zone
    sentence = shown("{{ at | deadline(zone) }}", language, at=at, zone=zone)
    assert reading.whole(sentence, language) == [(at, zone)]
    refused = explain(Conflict("moved_meanwhile", at=at), language, zone)
    assert reading.whole(refused, language) == [(at, zone)]


@check()
@given(visits(), languages)
@example(BACK, "en")
def test_short_forms_of_a_bookable_hour_need_no_offset(place: tuple[str, datetime], language: str) -> None:
    """The clock shows it for the first time, so day, hour and clinic are enough; the year is the next that fits."""
    zone, at = place
    told = shown("{{ at | short(zone) }}", language, at=at, zone=zone)
    assert reading.brief(told, zone, language, after=at - timedelta(days=60)) == at
    day, clock = shown("{{ at | date_in(zone) }}|{{ at | clock(zone) }}", language, at=at, zone=zone).split("|")
    (on,) = reading.dated(day, language)
    assert reading.wall(on, clock, zone) == at


@check()
@given(visits(), languages)
@example(BACK, "ru")
def test_every_letter_names_the_hour_of_the_visit(place: tuple[str, datetime], language: str) -> None:
    """Held, booked, paid, moved, reminded of, called off: whatever hour a letter tells is the order's own."""
    zone, at = place
    booked = matter(at, zone, language=language)
    held_until = at - timedelta(days=1, minutes=37)
    held = replace(
        booked,
        order=replace(booked.order, hold_until=held_until),
        facts=replace(booked.facts, bookings=frozenset({State.HELD})),
    )
    paid = {"amount": Money(100), "method": "card", "first": True, "surplus": None, "receipt": None}
    gone: dict[str, Any] = {
        "back": Money(100),
        "methods": {"card"},
        "by": held_until,
        "promised": 30,
        "by_clinic": True,
    }
    for about, name, facts, instants in (
        (booked, "placed", {"charge": None}, {at}),
        (held, "placed", {"charge": Money(100)}, {at, held_until}),
        (booked, "paid", paid, {at}),
        (booked, "moved", {"charge": None, "by_clinic": False}, {at}),
        (held, "moved", {"charge": Money(100), "by_clinic": True}, {at, held_until}),
        (booked, "reminder", {}, {at}),
        (booked, "cancelled", gone, {at, held_until}),
        (booked, "late", {"by": held_until}, {held_until}),
    ):
        told = reading.whole(write(about, name, **facts).text, language)
        assert {one for one, _ in told} == instants, name
        assert {whose for _, whose in told} == {zone}, name


@check()
@given(visits(), languages)
@example(BACK, "en")
def test_a_text_message_names_the_hour_of_the_visit(place: tuple[str, datetime], language: str) -> None:
    """Short as it is, it says the day, the hour and whose clock."""
    zone, at = place
    about = replace(matter(at, zone, language=language), channel=Channel.SMS)
    for name in ("paid", "moved", "reminder"):
        told = write(about, name, charge=None, by_clinic=False).text
        city = told.partition("(")[2].partition(")")[0]
        assert reading.zone_of(city, language) == zone
        assert reading.brief(told, zone, language, after=about.now) == at


@check()
@given(visits(), languages, st.sampled_from([15, 30, 90]))
@example(BACK, "ru", 90)
def test_a_calendar_entry_begins_and_ends_with_the_visit(
    place: tuple[str, datetime], language: str, minutes: int
) -> None:
    """Read by another library, which knows no zone but the one in the file; also across a change of the clocks."""
    zone, at = place
    about = matter(at, zone, language=language)
    order = replace(about.order, ends_at=at + timedelta(minutes=minutes))
    for cancelled in (False, True):
        file = calendar.entry(
            order, about.clinic, language=language, url="https://pay.example/o/x", cancelled=cancelled, now=about.now
        )
        assert reading.entry(file) == (at, order.ends_at)


@check()
@given(hours(), st.integers(1, 60))
@example(AT_MIDNIGHT, 30)
@example(("Africa/Cairo", datetime(2026, 9, 29, 12, tzinfo=UTC)), 30)
def test_a_return_window_ends_with_its_last_day_at_the_clinic(place: tuple[str, datetime], days: int) -> None:
    """The day that is told is the whole day: one second later it is the next one there, whatever the clocks do."""
    zone, base = place
    ends = window_end(base, zone, days)
    last = base.astimezone(ZoneInfo(zone)).date() + timedelta(days=days)
    assert reading.dated(shown("{{ at | date_in(zone) }}", "ru", at=ends, zone=zone), "ru") == [last]
    assert ends + timedelta(seconds=1) == midnight(last + timedelta(days=1), zone)


@check()
@given(visits(), st.integers(-16, 16), languages)
def test_goods_and_services_have_their_days_at_the_clinic(
    place: tuple[str, datetime], quarters: int, language: str
) -> None:
    """The letter's day of delivery is the page's; each window that is told runs from the day that is told with it."""
    zone, at = place
    about = matter(at, zone, language=language)
    order = replace(about.order, deliver_by=at + timedelta(days=5, minutes=15 * quarters))
    page = shown("{{ at | date_in(zone) }}", language, at=order.deliver_by, zone=zone)
    letter = write(replace(about, order=order), "placed", charge=None).text
    assert reading.dated(page, language)[0] in reading.dated(letter, language)
    for window in windows(order, [Kind.SERVICE, Kind.GOODS], 30):
        told = shown("{{ w.base | date_in(zone) }} {{ w.ends | date_in(zone) }}", language, w=window, zone=zone)
        first, last = reading.dated(told, language)
        assert last - first == timedelta(days=30)
