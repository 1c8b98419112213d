"""What a filter in the address says, read the same way in every room."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from checkout.ground.errors import Invalid

_SUM: Final = re.compile(r"([0-9]{1,9})(?:[.,]([0-9]{1,2}))?")
_SPACES: Final = str.maketrans("", "", " \u00a0\u202f")


def day(typed: str | None, pointer: str) -> date | None:
    """A day as a field of dates sends it; None of nothing. Raises Invalid."""
    if not typed:
        return None
    try:
        found = date.fromisoformat(typed)
    except ValueError as reason:
        raise Invalid("day_unreadable", pointer=pointer) from reason
    if not 2000 <= found.year < 2100:  # noqa: PLR2004 - what an installation can have seen
        raise Invalid("day_unreadable", pointer=pointer)
    return found


def kopecks(typed: str | None, pointer: str) -> int | None:
    """Roubles as people type them, in kopecks; None of nothing. Raises Invalid."""
    plain = (typed or "").translate(_SPACES)
    if not plain:
        return None
    found = _SUM.fullmatch(plain)
    if found is None:
        raise Invalid("sum_unreadable", pointer=pointer)
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
