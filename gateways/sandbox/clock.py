"""The bank's own time. Nothing else in the sandbox reads a clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

MOSCOW = ZoneInfo("Europe/Moscow")


class Clock:
    """Seconds since the epoch from `base`, plus an offset that only grows.

    The server stands on real time; a simulation passes its own `base`, or takes `Clock.virtual`, which
    stands still until it is advanced.
    """

    def __init__(self, base: Callable[[], float] = time.time) -> None:
        self._base = base
        self.offset = 0.0

    @classmethod
    def virtual(cls, start: float) -> Clock:
        """A clock that shows `start` (seconds since the epoch) and moves only by `advance`."""
        return cls(lambda: start)

    def now(self) -> float:
        return self._base() + self.offset

    def advance(self, seconds: float) -> None:
        """Move forward. Raises ValueError for a negative number: sessions that ended cannot come back."""
        if seconds < 0:
            raise ValueError("the bank's clock only moves forward")
        self.offset += seconds


def banking_day(at: float) -> date:
    """The Moscow calendar day of an instant: reversals are bound to it."""
    return datetime.fromtimestamp(at, MOSCOW).date()
