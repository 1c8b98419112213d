"""Read busy time from a file: an ICS calendar or a CSV table. Only when; titles, guests and notes are never looked at.

A file that is not understood is refused whole, with the line and the field. What has no zone of its own is on the
clinic's wall clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, tzinfo
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from checkout.booking.busy import LONGEST_ID, Block, repeated, wrong
from checkout.catalogue.slots import Interval
from checkout.ground import table

CSV_COLUMNS: Final = ("starts_at", "ends_at", "id")
OUTSIDE: Final = "outside the time that can be booked"
MOST: Final = 20_000  # blocks of one file, repetitions of one event
FAULTS: Final = {
    "block_empty": "the end does not come after the start",
    "block_too_long": "longer than 366 days: split it",
}
FIRST_YEAR, LAST_YEAR = 2019, 2100  # what lies beyond is a slip


class BusyFileError(Exception):
    """The file is not understood. One sentence a line, each naming the line and the field."""


@dataclass(frozen=True, slots=True)
class Understood:
    """The blocks that meet the window, and how many were left out for which reason."""

    blocks: list[Block]
    skipped: Counter[str] = field(default_factory=Counter)


def read(path: Path, tz: ZoneInfo, window: Interval) -> Understood:
    """Raises BusyFileError. Blocks outside the window are left out."""
    if path.suffix.lower() == ".csv":
        found = Understood(list(_csv(path, tz)))
    elif path.suffix.lower() == ".ics":
        from checkout.booking import busy_calendar  # noqa: PLC0415 - calendars cost a tenth of a second to import

        blocks, skipped = busy_calendar.read(path, tz, window)
        found = Understood(blocks, skipped)
    else:
        raise BusyFileError(f"{path}: a file of busy time ends in .ics or .csv")
    return _inside(path, found, window)


def _inside(path: Path, found: Understood, window: Interval) -> Understood:
    twice = repeated(found.blocks)
    if twice is not None:
        raise BusyFileError(f"{path}: id {found.blocks[twice].external_id!r} stands twice")
    inside = [block for block in found.blocks if block.during.meets(window)]
    if len(inside) > MOST:
        raise BusyFileError(f"{path}: more than {MOST} blocks")
    outside = Counter({OUTSIDE: len(found.blocks) - len(inside)})
    return Understood(inside, +(found.skipped + outside))


def _csv(path: Path, tz: ZoneInfo) -> Iterator[Block]:
    try:
        lines = table.read(path, needed=CSV_COLUMNS[:2], known=CSV_COLUMNS)
    except table.TableError as reason:
        raise BusyFileError(str(reason)) from reason
    faults: list[str] = []
    for line in lines:
        try:
            yield _block(line.cells, tz)
        except ValueError as reason:
            faults.append(f"{path}: line {line.number}: {reason}")
    if faults:
        raise BusyFileError("\n".join(faults))


def _block(cells: table.Cells, tz: ZoneInfo) -> Block:
    during = Interval(_moment(cells, "starts_at", tz), _moment(cells, "ends_at", tz))
    if fault := wrong(during):
        raise ValueError(f"ends_at: {FAULTS[fault]}")
    name = cells.get("id") or f"{during.start.isoformat()}/{during.end.isoformat()}"
    if len(name) > LONGEST_ID:
        raise ValueError(f"id: longer than {LONGEST_ID} characters")
    return Block(name, during)


def _moment(cells: table.Cells, name: str, tz: ZoneInfo) -> datetime:
    found = _understood(cells[name])
    if found is None or not FIRST_YEAR < found.year < LAST_YEAR:
        raise ValueError(f"{name}: {cells[name]!r} is no date and time: write 2026-12-01 10:00 or 01.12.2026 10:00")
    return found.astimezone(UTC) if found.tzinfo else at_wall(found, tz, end=name == "ends_at")


def _understood(cell: str) -> datetime | None:
    if len(cell) > len("2026-12-01"):
        for read_as in (datetime.fromisoformat, _russian):
            with suppress(ValueError):
                return read_as(cell)
    return None


def _russian(cell: str) -> datetime:
    day, _, clock = cell.partition(" ")
    return datetime.combine(datetime.strptime(day, "%d.%m.%Y"), time.fromisoformat(clock.zfill(5)))  # noqa: DTZ007 - a wall clock


def at_wall(wall: datetime, tz: ZoneInfo | tzinfo, *, end: bool) -> datetime:
    """The instant of a wall-clock time; where the clock shows it twice or skips it, the one that makes more time busy."""
    both = [wall.replace(tzinfo=tz, fold=fold).astimezone(UTC) for fold in (0, 1)]
    return max(both) if end else min(both)
