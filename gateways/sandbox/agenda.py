"""What the bank will do by itself, and when: holds that die, completions that were asked for by date."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Act = Callable[[], None]


@dataclass(slots=True)
class Agenda:
    """Acts in order of their hour (seconds since the epoch); of one hour, in the order in which they were put."""

    _heap: list[tuple[float, int, Act]] = field(default_factory=list)
    _count: int = 0

    def put(self, at: float, act: Act) -> None:
        self._count += 1
        heapq.heappush(self._heap, (at, self._count, act))

    def take_due(self, now: float) -> Iterator[Act]:
        """One after the other, each gone from the agenda before it is done."""
        while self._heap and self._heap[0][0] <= now:
            yield heapq.heappop(self._heap)[2]

    def next_due(self) -> float | None:
        return self._heap[0][0] if self._heap else None
