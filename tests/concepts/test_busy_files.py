"""Busy time from calendars and tables: what is busy then, what is left out, and what is refused with its line."""

from __future__ import annotations

import signal
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr  # type: ignore[import-untyped]  # as in the code under test

from checkout.booking import busy_file
from checkout.booking.busy_file import BusyFileError
from checkout.catalogue.slots import Interval
from checkout.ground.files import patience

MOSCOW = ZoneInfo("Europe/Moscow")
NOVOSIBIRSK = ZoneInfo("Asia/Novosibirsk")
BERLIN = ZoneInfo("Europe/Berlin")
WINDOW = Interval(datetime(2026, 11, 26, 12, tzinfo=UTC), datetime(2027, 1, 26, 12, tzinfo=UTC))
ZONE = """BEGIN:VTIMEZONE
TZID:Desk
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0700
TZOFFSETTO:+0700
END:STANDARD
END:VTIMEZONE
"""


def event(*lines: str, uid: str = "a") -> str:
    return "\n".join(["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20261101T000000Z", *lines, "END:VEVENT", ""])


def calendar(*parts: str) -> str:
    return "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//desk//\n" + "".join(parts) + "END:VCALENDAR\n"


def read(tmp_path: Path, text: str, tz: ZoneInfo = MOSCOW, name: str = "desk.ics") -> list[str]:
    """The busy times in UTC, in order."""
    return times(understood(tmp_path, text, tz, name))


def understood(tmp_path: Path, text: str, tz: ZoneInfo = MOSCOW, name: str = "desk.ics") -> busy_file.Understood:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return busy_file.read(path, tz, WINDOW)


def times(found: busy_file.Understood) -> list[str]:
    return sorted(f"{one.during.start:%m-%dT%H:%M}/{one.during.end:%m-%dT%H:%M}" for one in found.blocks)


@pytest.mark.parametrize(
    ("lines", "busy"),
    [
        (("DTSTART:20261201T100000Z", "DTEND:20261201T103000Z"), "12-01T10:00/12-01T10:30"),
        (("DTSTART;TZID=Asia/Novosibirsk:20261201T100000", "DURATION:PT1H"), "12-01T03:00/12-01T04:00"),
        (("DTSTART;TZID=N. Central Asia Standard Time:20261201T100000", "DURATION:PT1H"), "12-01T03:00/12-01T04:00"),
        (("DTSTART;TZID=Desk:20261201T100000", "DTEND;TZID=Desk:20261201T110000"), "12-01T03:00/12-01T04:00"),
        (("DTSTART:20261201T100000", "DTEND:20261201T110000"), "12-01T07:00/12-01T08:00"),
        (("DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20261203"), "11-30T21:00/12-02T21:00"),
        (("DTSTART;VALUE=DATE:20261201",), "11-30T21:00/12-01T21:00"),
        (("DTSTART:20261120T100000Z", "DTEND:20261127T100000Z"), "11-20T10:00/11-27T10:00"),
    ],
)
def test_an_event_is_busy_then(tmp_path: Path, lines: tuple[str, ...], busy: str) -> None:
    """In UTC, in a known zone, in Windows' name for one, in one that the file describes, on the clinic's clock, all day."""
    assert read(tmp_path, calendar(ZONE, event(*lines))) == [busy]


def test_a_series_is_busy_at_each_repetition(tmp_path: Path) -> None:
    """Without the days that it leaves out and that it moves; the moved one counts where it went."""
    series = event(
        "DTSTART;TZID=Europe/Moscow:20261103T100000",
        "DTEND;TZID=Europe/Moscow:20261103T110000",
        "RRULE:FREQ=WEEKLY;BYDAY=TU;UNTIL=20261229T070000Z",
        "EXDATE;TZID=Europe/Moscow:20261208T100000",
        "RDATE;TZID=Europe/Moscow:20261210T100000",
    )
    moved = event("RECURRENCE-ID:20261215T070000Z", "DTSTART:20261216T120000Z", "DTEND:20261216T121500Z")
    dropped = event("RECURRENCE-ID:20261222T070000Z", "DTSTART:20261222T070000Z", "DURATION:PT1H", "STATUS:CANCELLED")
    found = understood(tmp_path, calendar(series, moved, dropped))
    assert times(found) == [
        "12-01T07:00/12-01T08:00",
        "12-10T07:00/12-10T08:00",
        "12-16T12:00/12-16T12:15",
        "12-29T07:00/12-29T08:00",
    ]
    assert found.skipped == Counter({"cancelled": 1})


def test_a_series_keeps_the_wall_clock_when_the_clocks_change(tmp_path: Path) -> None:
    """Ten in the morning stays ten in the morning."""
    series = event("DTSTART;TZID=Europe/Berlin:20261024T100000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2")
    path = tmp_path / "c.ics"
    path.write_text(calendar(series))
    window = Interval(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
    found = busy_file.read(path, BERLIN, window)
    assert times(found) == ["10-24T08:00/10-24T09:00", "10-25T09:00/10-25T10:00"]


def test_a_day_off_each_week(tmp_path: Path) -> None:
    """A series of whole days, on the clinic's clock, until a date."""
    series = event("DTSTART;VALUE=DATE:20261204", "RRULE:FREQ=WEEKLY;UNTIL=20261211")
    assert read(tmp_path, calendar(series), NOVOSIBIRSK) == ["12-03T17:00/12-04T17:00", "12-10T17:00/12-11T17:00"]


def test_what_takes_nobodys_time_is_left_out_and_counted(tmp_path: Path) -> None:
    """Cancelled, free in either way, long past, beyond what can be booked."""
    when = ("DTSTART:20261201T100000Z", "DTEND:20261201T110000Z")
    found = understood(
        tmp_path,
        calendar(
            event(*when, "STATUS:CANCELLED", uid="1"),
            event(*when, "TRANSP:TRANSPARENT", uid="2"),
            event(*when, "X-MICROSOFT-CDO-BUSYSTATUS:FREE", uid="3"),
            event("DTSTART:20201201T100000Z", "DTEND:20201201T110000Z", uid="4"),
            event("DTSTART:20271201T100000Z", "DTEND:20271201T110000Z", uid="5"),
            event("DTSTART:20261201T100000Z", uid="6"),
            event(*when, uid="7"),
        ),
    )
    assert len(found.blocks) == 1
    outside = "outside the time that can be booked"
    assert found.skipped == Counter({"cancelled": 1, "marked as free": 2, "of no length": 1, outside: 2})


def test_an_id_is_stable_and_tells_nothing(tmp_path: Path) -> None:
    """The same event has the same id when it moved; whatever its own id holds is not kept, nor is its title."""
    uid = "petrova-maria-1980@clinic.example"
    first = understood(tmp_path, calendar(event("DTSTART:20261201T100000Z", "DURATION:PT1H", "SUMMARY:Мария", uid=uid)))
    moved = understood(tmp_path, calendar(event("DTSTART:20261202T100000Z", "DURATION:PT1H", uid=uid)))
    assert first.blocks[0].external_id == moved.blocks[0].external_id
    assert "maria" not in repr(first)
    assert "Мария" not in repr(first)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (calendar(event("SUMMARY:x")), "line 4: DTSTART: No DTSTART given"),
        (calendar(event("DTSTART:tomorrow", "DURATION:PT1H")), "line 7: DTSTART: "),
        (calendar(event("DTSTART:20261201T100000Z", "DTEND:20261201T090000Z")), "line 8: DTEND: the end does not come"),
        (calendar(event("DTSTART:20261201T100000Z", "DTEND:20281201T100000Z")), "line 8: DTEND: longer than 366 days"),
        (
            calendar(event("DTSTART;TZID=Mars/Olympus:20261201T100000", "DURATION:PT1H")),
            "line 7: DTSTART: the time zone Mars/Olympus is not known",
        ),
        (calendar(event("DTSTART:20261201T100000Z", "DURATION:PT1H", "RRULE:FREQ=OFTEN")), "line 9: RRULE"),
        (
            calendar(event("DTSTART:20261201T100000Z", "DURATION:PT1H", "RRULE:FREQ=SECONDLY")),
            "line 9: RRULE: secondly",
        ),
        (
            calendar(
                event("RECURRENCE-ID;RANGE=THISANDFUTURE:20261201T100000Z", "DTSTART:20261201T100000Z", "DURATION:PT1H")
            ),
            "line 7: RECURRENCE-ID: a change of all that follows",
        ),
        (
            calendar(*(event(f"DTSTART:2026120{day}T100000Z", "DURATION:PT1H") for day in (1, 2))),
            "line 11: UID: stands twice",
        ),
        ("BEGIN:VCALENDAR\nrubbish\nEND:VCALENDAR\n", "rubbish"),
        ("", "there is no calendar in it"),
        (calendar("BEGIN:VFREEBUSY\nUID:1\nDTSTAMP:20261101T000000Z\nEND:VFREEBUSY\n"), "VFREEBUSY is not read"),
        ("starts_at;ends_at\n", "desk.ics"),
    ],
)
def test_a_calendar_that_is_not_understood_names_line_and_field(tmp_path: Path, text: str, fault: str) -> None:
    """And nothing of it is taken."""
    with pytest.raises(BusyFileError, match=fault):
        read(tmp_path, text)


VISIT = ("DTSTART:20261201T100000Z", "DURATION:PT1H")
EACH_SECOND = ";".join(
    f"{name}={','.join(map(str, range(most)))}" for name, most in (("BYHOUR", 24), ("BYMINUTE", 60), ("BYSECOND", 60))
)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (calendar(event(*VISIT, "RRULE:FREQ=DAILY;INTERVAL=0")), "line 9: RRULE: an interval is 1 or more"),
        (calendar(event(*VISIT, f"RRULE:FREQ=DAILY;{EACH_SECOND}")), "line 9: RRULE: more than 20000 repetitions"),
        (calendar(*(event(*VISIT, "RRULE:FREQ=HOURLY", uid=str(n)) for n in range(20))), "more than 20000 blocks"),
        (calendar(event(*VISIT, "RRULE:COUNT=3")), "line 9: RRULE: does not say how often"),
        (calendar(event(*VISIT, *2 * ["RECURRENCE-ID:20261201T100000Z"])), "line 9: RECURRENCE-ID: stands twice"),
        (calendar(event("DTSTART:99991231T230000Z", "DURATION:PT5H")), "line 4: a date at the end of the calendar"),
        (calendar(event("DTSTART:20261201T100000Z", "DURATION:P999999999D")), "line 4: a date at the end"),
        (calendar("BEGIN:VEV\n ENT\nUID:a\nEND:VEVENT\n"), "where its events begin and end cannot be told"),
        (calendar(event(*VISIT, "SUMMARY:" + "a" * 10_000_000)), "larger than 10 MB"),
    ],
    ids=["no-interval", "each-second", "many", "no-frequency", "twice", "end", "long", "folded", "large"],
)
def test_a_calendar_that_asks_for_work_without_end_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    """Anybody may send an invitation to a calendar: what it asks for has bounds, and none of it is a fault of ours."""
    with pytest.raises(BusyFileError, match=fault):
        read(tmp_path, text)


@pytest.mark.parametrize("separator", ["\u2028", "\x0b", "\x85"], ids=ascii)
def test_a_title_cannot_begin_an_event(tmp_path: Path, separator: str) -> None:
    """Only a line's end ends a line, whatever else looks like one."""
    text = calendar(event(*VISIT, f"SUMMARY:a{separator}BEGIN:VEVENT{separator}END:VEVENT"))
    assert read(tmp_path, text) == ["12-01T10:00/12-01T11:00"]


def test_a_file_is_not_looked_at_for_ever() -> None:
    """Whatever keeps us, even a rule that no day ever meets, is ended; what is understood in time is not disturbed."""
    with pytest.raises(TimeoutError, match="not understood within"), patience(0.01):
        list(rrulestr("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", dtstart=datetime(2026, 12, 1)))  # noqa: DTZ001 - a wall clock
    with patience(60):
        pass
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_every_fault_of_a_calendar_is_named(tmp_path: Path) -> None:
    """Not only the first; an alarm's own fields are not the event's."""
    alarm = ("BEGIN:VALARM", "TRIGGER:-PT5M", "DURATION:PT1M", "ACTION:DISPLAY", "END:VALARM")
    wrong = [event(*alarm, "DTSTART:x", uid=str(number)) for number in range(2)]
    with pytest.raises(BusyFileError) as refused:
        read(tmp_path, calendar(*wrong))
    assert [line.partition("ics: ")[2][:16] for line in str(refused.value).splitlines()] == [
        "line 12: DTSTART",
        "line 22: DTSTART",
    ]


@pytest.mark.parametrize(
    ("text", "busy"),
    [
        ("starts_at;ends_at\n2026-12-01 10:00;2026-12-01 10:30\n", ["12-01T07:00/12-01T07:30"]),
        ("\ufeffstarts_at,ends_at,id\n01.12.2026 9:00,01.12.2026 10:30:00,7\n", ["12-01T06:00/12-01T07:30"]),
        ("id;starts_at;ends_at\n;2026-12-01T10:00+07:00;2026-12-01T03:30Z\n", ["12-01T03:00/12-01T03:30"]),
        ("starts_at;ends_at\n2020-12-01 10:00;2020-12-01 10:30\n", []),
        ("starts_at;ends_at\n", []),
    ],
)
def test_a_table_is_busy_then(tmp_path: Path, text: str, busy: list[str]) -> None:
    """On the clinic's clock unless an offset says otherwise."""
    assert read(tmp_path, text, name="desk.csv") == busy


def test_a_table_in_the_hour_that_comes_twice_is_busy_in_both(tmp_path: Path) -> None:
    """What might be sold is never taken for free."""
    text = "starts_at;ends_at\n2026-10-25 02:15;2026-10-25 02:45\n2027-03-28 02:15;2027-03-28 02:45\n"
    path = tmp_path / "d.csv"
    path.write_text(text)
    window = Interval(datetime(2026, 10, 1, tzinfo=UTC), datetime(2027, 4, 1, tzinfo=UTC))
    assert times(busy_file.read(path, BERLIN, window)) == ["03-28T00:15/03-28T01:45", "10-25T00:15/10-25T01:45"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("starts_at;patient\n", "line 1: the column ends_at is missing"),
        ("starts_at;ends_at;patient\n", "line 1: 'patient' is no column"),
        ("starts_at;ends_at\n2026-12-01 10:00;soon\n", "line 2: ends_at: 'soon' is no date and time"),
        ("starts_at;ends_at\n2026-12-01;2026-12-02\n", "line 2: starts_at: '2026-12-01' is no date and time"),
        ("starts_at;ends_at\n2026-12-01 10:00;2026-12-01 10:00\n", "line 2: ends_at: the end does not come after"),
        ("starts_at;ends_at\n2826-12-01 10:00;2826-12-01 11:00\n", "line 2: starts_at"),
        ("starts_at;ends_at;id\n" + 2 * "2026-12-01 10:00;2026-12-01 11:00;7\n", "id '7' stands twice"),
        ("starts_at;ends_at;id\n2026-12-01 10:00;2026-12-01 11:00;" + 201 * "7" + "\n", "line 2: id: longer"),
        ("starts_at;ends_at;id\n2026-12-01 10:00;2026-12-01 11:00;a\0\n", "it has a zero byte in it"),
    ],
)
def test_a_table_that_is_not_understood_names_line_and_column(tmp_path: Path, text: str, fault: str) -> None:
    """A column with a name in it is refused before anybody's name gets in."""
    with pytest.raises(BusyFileError, match=fault):
        read(tmp_path, text, name="desk.csv")


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    """By what its name ends in."""
    with pytest.raises(BusyFileError, match=r"ends in .ics or .csv"):
        read(tmp_path, "", name="desk.xlsx")
