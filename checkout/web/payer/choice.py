"""What has been chosen so far. It lives in the address, so that every step can be linked to, reloaded and gone back to.

`?service=consultation,insoles*2` is the spelling of our own links; a plain form sends `service` several times, and
`quantity-insoles=2` beside it. What cannot be read was not chosen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Final
from urllib.parse import urlencode

MOST_LINES: Final = 20
MOST_PIECES: Final = 20
QUANTITY: Final = "quantity-"
_SLUG: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
_NUMBER: Final = re.compile(r"[0-9]{1,2}")


@dataclass(frozen=True, slots=True)
class Choice:
    """`lines`: slugs, and how many of each; `clinic` and `who` (a specialist, "": any) by slug.

    `at` is a start in UTC; `since`: the first day to list. `counting`: back among the services, whatever else is known;
    `search`: what is looked for there. `embed`: in a frame.
    """

    language: str
    lines: tuple[tuple[str, int], ...] = ()
    clinic: str = ""
    who: str = ""
    day: date | None = None
    at: datetime | None = None
    since: date | None = None
    counting: bool = False
    search: str = ""
    embed: bool = False

    def fields(self, **changes: Any) -> dict[str, str]:
        """The parts of this choice as a form or an address names them, some of them changed; empty ones left out."""
        found = replace(self, **changes)
        named = {
            "service": ",".join(slug if count == 1 else f"{slug}*{count}" for slug, count in found.lines),
            "clinic": found.clinic,
            "who": found.who,
            "since": found.since.isoformat() if found.since else "",
            "day": found.day.isoformat() if found.day else "",
            "at": written(found.at) if found.at else "",
            "search": found.search,
            "sum": "yes" if found.counting else "",
            "lang": found.language,
            "embed": "1" if found.embed else "",
        }
        return {name: value for name, value in named.items() if value}

    def href(self, **changes: Any) -> str:
        """The address of the step that this choice leads to, some of it changed."""
        return "/book?" + urlencode(self.fields(**changes), safe=",*")


def written(at: datetime) -> str:
    """2026-12-03T03:30Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


def chosen(fields: Mapping[str, str], language: str) -> Choice:
    """The choice in a query or a form."""
    return Choice(
        language=language,
        lines=_lines(fields),
        clinic=_slug(fields.get("clinic", "")),
        who=_slug(fields.get("who", "")),
        day=_date(fields.get("day", "")),
        at=_instant(fields.get("at", "")),
        since=_date(fields.get("since", "")),
        counting="sum" in fields,
        search=fields.get("search", "").strip()[:60],
    )


def _lines(fields: Mapping[str, str]) -> tuple[tuple[str, int], ...]:
    """Each service once: the first mention counts. A query may name `service` more than once."""
    found: dict[str, int] = {}
    for part in ",".join(value for name, value in fields.items() if name == "service").split(","):
        slug, star, pieces = part.partition("*")
        count = _pieces(pieces if star else fields.get(QUANTITY + slug, "1"))
        if count and _SLUG.fullmatch(slug) and len(found) < MOST_LINES:
            found.setdefault(slug, count)
    return tuple(found.items())


def _slug(text: str) -> str:
    return text if _SLUG.fullmatch(text) else ""


def _pieces(text: str) -> int:
    """How many; 0 for what is no number from 1 to 20."""
    count = int(text) if _NUMBER.fullmatch(text) else 0
    return count if count <= MOST_PIECES else 0


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
