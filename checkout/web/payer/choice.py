"""What has been chosen so far. It lives in the address, so that every step can be linked to, reloaded and gone back to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True)
class Choice:
    """`service` and `clinic` by slug; `at` is a start in UTC; `since`: the first day to list; `embed`: in a frame."""

    language: str
    service: str = ""
    clinic: str = ""
    day: date | None = None
    at: datetime | None = None
    since: date | None = None
    embed: bool = False

    def href(self, **changes: Any) -> str:
        """The address of the step that this choice leads to, some of it changed."""
        found = replace(self, **changes)
        query = {
            "service": found.service,
            "clinic": found.clinic,
            "since": found.since.isoformat() if found.since else "",
            "day": found.day.isoformat() if found.day else "",
            "at": written(found.at) if found.at else "",
            "lang": found.language,
            "embed": "1" if found.embed else "",
        }
        return "/book?" + urlencode({name: value for name, value in query.items() if value})


def written(at: datetime) -> str:
    """2026-12-03T03:30Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


def chosen(fields: Mapping[str, str], language: str) -> Choice:
    """The choice in a query or a form. What cannot be read was not chosen."""
    return Choice(
        language=language,
        service=fields.get("service", "")[:40],
        clinic=fields.get("clinic", "")[:40],
        day=_date(fields.get("day", "")),
        at=_instant(fields.get("at", "")),
        since=_date(fields.get("since", "")),
    )


def _date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if _sensible(found.year) else None


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    aware = found.tzinfo is not None and _sensible(found.year)
    return found.astimezone(UTC).replace(second=0, microsecond=0) if aware else None


def _sensible(year: int) -> bool:
    """Far from the ends of the calendar, where adding a day fails."""
    return 2000 <= year <= 2999  # noqa: PLR2004 - see above
