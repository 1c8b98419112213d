"""A count of the drawer: notes and coins, what the books say, and the difference. Pure.

Counted blind: what is expected is told only after somebody has said what there is. Every count is kept, so nobody
counts until it fits. Counting never rewrites the books: the difference is an entry of its own, and is explained.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from checkout.ground.errors import Conflict, Invalid
from checkout.ground.ids import ShiftId
from gateways.money import Money

# Notes and coins of the Bank of Russia by their kopecks; what exists as both (10 ₽, 5 ₽) is one row.
FACES: Final = (500_000, 200_000, 100_000, 50_000, 20_000, 10_000, 5_000, 1_000, 500, 200, 100, 50, 10, 5, 1)
MOST_PIECES: Final = 100_000
SHORTEST: Final = 3  # letters of an explanation


@dataclass(frozen=True, slots=True)
class Count:
    """One count as it is kept. `shift_id` None: before a shift is opened. `expected` None: nothing was.

    `receipt_no`: the last receipt before it.
    """

    id: int
    clinic_id: int
    shift_id: ShiftId | None
    counted: Money
    expected: Money | None
    receipt_no: int
    explanation: str | None
    counted_by: str
    at: datetime

    @property
    def difference(self) -> Money:
        """Positive: over; negative: short."""
        return self.counted - self.expected if self.expected is not None else Money(0)


def total(pieces: Mapping[int, int]) -> Money:
    """What so many pieces of each face come to. Raises Invalid for a face that does not exist or a senseless number."""
    for face, number in pieces.items():
        if face not in FACES:
            raise Invalid("denomination_unknown", pointer="/pieces")
        if not 0 <= number <= MOST_PIECES:
            raise Invalid("pieces_unreadable", pointer="/pieces")
    return Money(sum(face * number for face, number in pieces.items()))


def fits(count: Count | None, count_id: int, shift_id: ShiftId | None, receipt_no: int) -> Count:
    """The newest count of a clinic, if it is the one that somebody looks at and nothing has moved since.

    Raises Conflict `count_outdated`: count again.
    """
    if count is None or (count.id, count.shift_id, count.receipt_no) != (count_id, shift_id, receipt_no):
        raise Conflict("count_outdated")
    return count


def explained(count: Count, explanation: str | None) -> str | None:
    """Why the difference is there; None where there is none. Raises Invalid `explanation_needed`."""
    if not count.difference:
        return None
    words = count.explanation or (explanation or "").strip()
    if len(words) < SHORTEST:
        raise Invalid("explanation_needed", pointer="/explanation", difference=count.difference)
    return words


def needs_another(count: Count, limit: Money) -> bool:
    """Whether the difference is so large that another person than the counter must close the shift."""
    return limit.amount < abs(count.difference.amount)
