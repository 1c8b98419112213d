"""The queue of callbacks: when each is due, with the faults that befall them on the way."""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field, replace
from typing import Any

from gateways.sandbox.callbacks import Delivery
from gateways.sandbox.faults import Fault, Rule

_LATE_SECONDS = 60.0
_JUST_AFTER_SECONDS = 0.05
_REMEMBERED = 1000


@dataclass(slots=True)
class _Slot:
    """A place in the queue; emptied in place when its callback is moved, because heaps do not delete."""

    delivery: Delivery | None


@dataclass(frozen=True, slots=True)
class Delivered:
    """How one try went; `status` None means no answer at all."""

    delivery: Delivery
    status: int | None
    at: float

    def as_json(self) -> dict[str, Any]:
        return self.delivery.as_json() | {"answer": self.status, "sent_at": int(self.at * 1000)}


@dataclass(slots=True)
class Outbox:
    """Deliveries in order of their due time, and a memory of the latest tries."""

    tried: deque[Delivered] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    _heap: list[tuple[float, int, _Slot]] = field(default_factory=list)
    _held: dict[str, _Slot] = field(default_factory=dict)
    _count: int = 0
    _under_way: int = 0

    def next_id(self) -> int:
        self._count += 1
        return self._count

    def put(self, delivery: Delivery, rule: Rule | None = None) -> None:
        """Queue a notification, or do to it what the fault says; a held one follows whatever is put next."""
        released = self._held.pop(delivery.merchant, None)
        match rule.kind if rule else None:
            case Fault.DROP:
                pass
            case Fault.REORDER:
                self._held[delivery.merchant] = self._push(_later(delivery, rule))
            case Fault.DELAY:
                self._push(_later(delivery, rule))
            case Fault.DUPLICATE:
                for _ in range(int(rule.value or 2) if rule else 0):
                    self._push(delivery)
            case _:
                self._push(delivery)
        if released is not None and released.delivery is not None:
            self._push(replace(released.delivery, due_at=delivery.due_at + _JUST_AFTER_SECONDS))
            released.delivery = None

    def take_due(self, now: float) -> list[Delivery]:
        """Everything due by `now`, oldest first; what is taken is gone from the queue."""
        due = []
        while self._heap and self._heap[0][0] <= now:
            slot = heapq.heappop(self._heap)[2]
            if slot.delivery is not None:
                due.append(slot.delivery)
                slot.delivery = None
        self._under_way += len(due)
        return due

    def busy(self, now: float) -> bool:
        """Whether a callback is due by `now`, or sent and not answered yet."""
        due = self.next_due()
        return self._under_way > 0 or (due is not None and due <= now)

    def waiting(self) -> int:
        """How many callbacks are queued, those held back too."""
        return sum(slot.delivery is not None for _, _, slot in self._heap)

    def next_due(self) -> float | None:
        """When the next callback is due, if any is queued."""
        while self._heap and self._heap[0][2].delivery is None:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def answered(self, delivery: Delivery, status: int | None, now: float, *, tries: int, spacing: float) -> None:
        """Note how a try went; anything but 200 is tried again `spacing` seconds later, `tries` times in all."""
        self._under_way -= 1
        self.tried.append(Delivered(delivery, status, now))
        if status != 200 and delivery.attempt < tries:  # noqa: PLR2004  (the one status the protocol accepts)
            self._push(replace(delivery, attempt=delivery.attempt + 1, due_at=now + spacing))

    def _push(self, delivery: Delivery) -> _Slot:
        slot = _Slot(delivery)
        heapq.heappush(self._heap, (delivery.due_at, self.next_id(), slot))
        return slot


def _later(delivery: Delivery, rule: Rule | None) -> Delivery:
    wait = _LATE_SECONDS if rule is None or rule.value is None else rule.value
    return replace(delivery, due_at=delivery.due_at + wait)
