"""Hours as a form shows and changes them: stretches of time with a week each, and lines as people type them."""

from __future__ import annotations

from datetime import date, time

import pytest

from checkout.catalogue import notation, weeks
from checkout.catalogue.catalogue import Span
from checkout.catalogue.weeks import ALL_DAY, Stretch
from checkout.ground.errors import Invalid
from checkout.web.desk.catalogue import fields, hours

TODAY = date(2026, 12, 1)


def shifts(*weeks_: dict[str, str]) -> notation.Shifts:
    return notation.read_shifts(list(weeks_))  # type: ignore[return-value]  # a list of weeks gives shifts


def week(**days: str) -> notation.Week:
    return notation.read_week({name.replace("_", "-"): text for name, text in days.items()})  # type: ignore[return-value]


def said(found: notation.Shifts) -> object:
    """As a file says it, days as text."""
    written = notation.write_shifts(found)
    if isinstance(written, list):
        return [{name: str(value) for name, value in one.items()} for one in written]
    return written


MORNINGS = {"mon-fri": "09:00-13:00"}


def test_no_hours_mean_whenever_the_clinic_is_open() -> None:
    assert weeks.stretches(()) == [Stretch(None, None, None)]


def test_weeks_that_overlap_hold_together() -> None:
    """A file may add Saturdays for December: three stretches, the middle one with both."""
    found = weeks.stretches(shifts(MORNINGS, {"from": "2026-12-01", "until": "2026-12-31", "sat": "10:00-12:00"}))
    assert [(one.first, one.last) for one in found] == [
        (None, date(2026, 11, 30)),
        (date(2026, 12, 1), date(2026, 12, 31)),
        (date(2027, 1, 1), None),
    ]
    assert found[1].week == week(mon_fri="09:00-13:00", sat="10:00-12:00")
    assert found[0].week == found[2].week == week(mon_fri="09:00-13:00")


def test_another_week_from_a_day_on_leaves_todays_until_then() -> None:
    found = weeks.changed(shifts(MORNINGS), week(tue="12:00-20:00"), TODAY, date(2027, 1, 11))
    assert said(found) == [
        {"until": "2027-01-10", "mon-fri": "09:00-13:00"},
        {"from": "2027-01-11", "tue": "12:00-20:00"},
    ]
    assert weeks.current(found, TODAY).week == week(mon_fri="09:00-13:00")
    assert [one.first for one in weeks.planned(found, TODAY)] == [date(2027, 1, 11)]


def test_what_is_planned_for_later_stays_planned() -> None:
    """A week between now and the planned one ends where that begins."""
    planned = weeks.changed(shifts(MORNINGS), week(tue="12:00-20:00"), TODAY, date(2027, 1, 11))
    found = weeks.changed(planned, week(wed="10:00-11:00"), TODAY, date(2026, 12, 14))
    assert said(found) == [
        {"until": "2026-12-13", "mon-fri": "09:00-13:00"},
        {"from": "2026-12-14", "until": "2027-01-10", "wed": "10:00-11:00"},
        {"from": "2027-01-11", "tue": "12:00-20:00"},
    ]


def test_without_a_day_todays_week_is_put_right_in_its_place() -> None:
    assert said(weeks.changed(shifts(MORNINGS), week(mon="10:00-11:00"), TODAY, None)) == {"mon": "10:00-11:00"}


def test_a_planned_week_that_is_taken_back_leaves_what_was_before() -> None:
    planned = weeks.changed(shifts(MORNINGS), week(tue="12:00-20:00"), TODAY, date(2027, 1, 11))
    assert weeks.without(planned, [date(2027, 1, 11)]) == shifts(MORNINGS)
    assert weeks.without(planned, []) is planned


def test_as_the_clinic_until_a_day_survives_the_file() -> None:
    """Hours cannot say "as the clinic" for a while, so they say all day long, and read as the clinic's again."""
    found = weeks.changed((), week(tue="12:00-20:00"), TODAY, date(2027, 1, 11))
    assert weeks.stretches(found)[0] == Stretch(None, date(2027, 1, 10), None)
    assert weeks.without(found, [date(2027, 1, 11)]) == ()
    assert weeks.changed(shifts(MORNINGS), None, TODAY, None) == ()
    assert weeks.stretches(weeks.changed(shifts(MORNINGS), ALL_DAY, TODAY, None))[0].week is None


def test_somebody_who_never_works_is_no_week() -> None:
    """Without any hours they would work whenever the clinic is open; from a day on it can be said."""
    with pytest.raises(ValueError, match="no hours"):
        weeks.changed(shifts(MORNINGS), (), TODAY, None)
    assert said(weeks.changed(shifts(MORNINGS), (), TODAY, date(2027, 1, 1))) == [
        {"until": "2026-12-31", "mon-fri": "09:00-13:00"}
    ]


@pytest.mark.parametrize(
    "typed", ["09:00-13:00, 14:00-18:30", "9-13, 14:00-18:30", "9:00–13:00,14:00 – 18:30", "14.00—18.30, 9.00—13"]
)
def test_hours_are_read_as_people_write_them(typed: str) -> None:
    assert hours.spans({"mon": typed}, "mon") == [Span(time(9), time(13)), Span(time(14), time(18, 30))]


@pytest.mark.parametrize("typed", ["утром", "18-9", "9-13, 12-14", "9-25", "9-13-14", "9"])
def test_hours_that_are_none_name_their_day(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        hours.week({"wed": typed})
    assert (refused.value.code, refused.value.pointer) == ("hours_unreadable", "/wed")


def test_a_day_with_other_hours_is_added_changed_and_taken_back() -> None:
    """Nothing written: the day is off. A day that stands already is not added twice."""
    before = ((date(2026, 12, 31), Span(time(9), time(12))), (date(2027, 1, 2), None))
    shown = hours.exceptions_shown(before)
    assert shown == {"except-2026-12-31": "09:00-12:00", "except-2027-01-02": ""}
    assert hours.exceptions(shown, before, TODAY) == before
    typed = {
        "except-2026-12-31": "",
        "usual-2027-01-02": "yes",
        "new-day-2": "2027-01-05",
        "new-hours-2": "9-10, 11-12",
    }
    assert hours.exceptions(typed, before, TODAY) == (
        (date(2026, 12, 31), None),
        (date(2027, 1, 5), Span(time(9), time(10))),
        (date(2027, 1, 5), Span(time(11), time(12))),
    )
    for wrong in ("2026-12-31", "2026-11-30", "soon"):
        with pytest.raises(Invalid) as refused:
            hours.exceptions({**shown, "new-day-1": wrong}, before, TODAY)
        assert refused.value.pointer == "/new-day-1"


def test_of_a_form_that_somebody_overtook_each_side_keeps_what_it_changed() -> None:
    """What was typed wins where both did; a box that was unticked stays so; what was left alone is what it is by now."""
    base = {"price": "100", "about": "a", "box": "yes", "mine": "yes"}
    sent = {"price": "120", "about": "a", "box": "yes"}
    now = {"price": "110", "about": "b", "mine": "yes", "more": "x"}
    assert fields.merged(sent, base, now) == {"price": "120", "about": "b", "more": "x"}
