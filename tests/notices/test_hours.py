"""Letters and calendar entries count days and moves as people do; that they name the right hour: tests/instants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest

from checkout.ground.spoken import counted
from checkout.notices import calendar
from checkout.notices.letter import write
from tests.notices.matters import matter
from tests.notices.telling import SERVICES, move_visit
from tests.world import World


async def test_a_moved_visit_has_one_letter_with_its_last_time(world: World) -> None:
    """Moved twice before anybody was told: the first letter is overtaken; the entry counts both moves."""
    order, _ = await world.paid()
    await world.letters()
    await move_visit(world, order, timedelta(hours=1))
    await move_visit(world, order, timedelta(days=1))
    letters = [letter for letter in await world.letters() if "перенесена" in letter.subject]
    assert len(letters) == 1
    new = (order.starts_at + timedelta(days=1, hours=1)).astimezone(ZoneInfo(order.zone))
    assert f"{new:%H:%M} (Москва, UTC+3)" in letters[0].text
    entry = _event(letters[0].attachments[0].content)
    assert (entry["SEQUENCE"], entry["DTSTART"].dt) == (2, new)


@pytest.mark.parametrize(
    ("number", "russian", "english"),
    [
        (0, "0 дней", "0 days"),
        (1, "1 день", "1 day"),
        (2, "2 дня", "2 days"),
        (5, "5 дней", "5 days"),
        (21, "21 день", "21 days"),
        (111, "111 дней", "111 days"),
        (122, "122 дня", "122 days"),
    ],
)
def test_counts_agree_with_their_words(number: int, russian: str, english: str) -> None:
    """As people say them, in both languages."""
    assert counted(number, "ru", "день", "дня", "дней").replace("\u00a0", " ") == russian
    assert counted(number, "en", "day", "days").replace("\u00a0", " ") == english


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (0, "сегодня"),
        (1, "завтра"),
        (2, "через 2 дня"),
        (5, "через 5 дней"),
        (21, "через 21 день"),
        (111, "через 111 дней"),
    ],
)
def test_a_letter_counts_the_days_on_the_clinics_calendar(days: int, said: str) -> None:
    """Half an hour before midnight in Kamchatka, tomorrow's visit is tomorrow's."""
    zone = ZoneInfo("Asia/Kamchatka")
    now = datetime(2026, 3, 1, 23, 30, tzinfo=zone)
    start = datetime(2026, 3, 1, 23, 45, tzinfo=zone) + timedelta(days=days)
    letter = write(matter(start.astimezone(UTC), "Asia/Kamchatka", now=now.astimezone(UTC)), "placed", charge=None)
    assert f"Ждём вас {said}.".replace(" ", " ") in letter.text.replace("\u00a0", " ")


def test_a_calendar_entry_is_discreet_and_stable() -> None:
    """It names the place and the hour; neither service nor person. Its UID is the order's, at our host."""
    about = matter(datetime(2026, 12, 3, 7, 30, tzinfo=UTC), "Europe/Moscow")
    made = [
        calendar.entry(about.order, about.clinic, language="ru", url=link, cancelled=gone, now=about.now)
        for link, gone in (("https://pay.example/o/secret", False), ("https://pay.example/o/secret", True))
    ]
    first, gone = (_event(entry) for entry in made)
    assert first["UID"] == gone["UID"] == f"{about.order.id}@pay.example"
    assert (first["STATUS"], gone["STATUS"]) == ("CONFIRMED", "CANCELLED")
    assert gone["SEQUENCE"] > first["SEQUENCE"]
    assert first["SUMMARY"] == "Визит в клинику"
    assert first["LOCATION"] == "Клиника, Москва, Тверская улица, 7"
    assert first["URL"] == "https://pay.example/o/secret"
    assert not any(word in entry.decode() for entry in made for word in SERVICES)
    assert all(len(line) <= 75 for entry in made for line in entry.split(b"\r\n"))


def _event(entry: bytes) -> Any:
    (event,) = icalendar.Calendar.from_ical(entry).walk("VEVENT")
    return event
