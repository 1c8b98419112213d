"""What somebody of the staff typed: sums of money, numbers, days, references. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from checkout.ground.errors import Invalid
from gateways.money import Money

_SUM: Final = re.compile(r"([0-9]{1,9})(?:[.,]([0-9]{1,2}))?")
_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_BETWEEN: Final = re.compile(r"[\s\u00a0\u202f₽]")
LONGEST: Final = 200  # of a note, as the database holds it


def roubles(text: str, pointer: str) -> Money:
    """2500, 2 500,50 or 2500.5. Raises Invalid `sum_unreadable`."""
    found = _SUM.fullmatch(_BETWEEN.sub("", text))
    if found is None:
        raise Invalid("sum_unreadable", pointer=pointer)
    return Money(int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")))


def number(text: str) -> int | None:
    return int(text) if _NUMBER.fullmatch(text) else None


def day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2999 else None  # noqa: PLR2004 - far from the ends of the calendar


def note(fields: Mapping[str, str], name: str = "note") -> str | None:
    """Free words; None if there are none. Raises Invalid `words_too_long`."""
    words = " ".join(fields.get(name, "").split())
    if len(words) > LONGEST:
        raise Invalid("words_too_long", pointer=f"/{name}", longest=LONGEST)
    return words or None


def plainly(amount: Money) -> str:
    """As one types it: 2500 or 2500,50."""
    whole, rest = divmod(amount.amount, 100)
    return f"{whole},{rest:02d}" if rest else str(whole)
