"""A clinic's wall clock as instants, in whole minutes since 1970 (UTC): hours are said by the wall, bookings by instants.

Twice a year some zones skip an hour or show one twice. What begins or ends at a skipped time does so when the clock jumps;
of a time that is shown twice the first is meant. Pure.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = 24 * 60


def minute_of(moment: datetime) -> int:
    """The minute that `moment` lies in."""
    return int(moment.timestamp() // 60)


def instant(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)


def reached(day: date, wall: int, tz: ZoneInfo) -> int:
    """The first instant of `day` at which the clock has come to `wall` minutes after midnight."""
    midnight, length = _day(day, tz)
    return midnight + wall if length == DAY else _reached(_wall(day, wall), tz)


def shown(day: date, wall: int, tz: ZoneInfo) -> int | None:
    """As `reached`, but None for a time that the clock skips on that day."""
    found = reached(day, wall, tz)
    plain = _day(day, tz)[1] == DAY
    return found if plain or _local(found, tz) == _wall(day, wall) else None


@lru_cache(maxsize=4096)
def _day(day: date, tz: ZoneInfo) -> tuple[int, int]:
    """When `day` begins, and how many minutes it lasts."""
    begins = _reached(_wall(day, 0), tz)
    return begins, _reached(_wall(day + timedelta(days=1), 0), tz) - begins


def _reached(wall: datetime, tz: ZoneInfo) -> int:
    late = minute_of(wall.replace(tzinfo=tz, fold=0))
    if _local(late, tz) == wall:
        return late
    # Skipped: by the clock of before the jump it comes too late, by that of after it too early. The jump lies between.
    early = minute_of(wall.replace(tzinfo=tz, fold=1))
    while late - early > 1:
        middle = (early + late) // 2
        early, late = (early, middle) if _local(middle, tz) >= wall else (middle, late)
    return late


def _wall(day: date, wall: int) -> datetime:
    return datetime.combine(day, time()) + timedelta(minutes=wall)


def _local(minute: int, tz: ZoneInfo) -> datetime:
    return instant(minute).astimezone(tz).replace(tzinfo=None, fold=0)
