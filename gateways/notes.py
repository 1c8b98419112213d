"""Notes on an order at the bank: names with values that its cabinet and its registry show beside the sum.

They are for people who compare the two sides; nothing is decided by them. The bank keeps them for ever, so nobody's data may be
among them: that is for the caller to see to, who knows what it writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Unfit(ValueError):
    """The bank would not keep this note, or would take it for a command. `name`: which; `why`: in words for staff."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name[:60]}: {why}")
        self.name = name
        self.why = why


class Notes(Protocol):
    def check(self, notes: Mapping[str, str]) -> None:
        """Raises Unfit for the first that this bank would not keep as it is."""

    async def add(self, *, reference: str, number: str, notes: Mapping[str, str]) -> None:
        """Write them over those of the same names: doing it again changes nothing.

        Raises Unfit before anything is sent; Unreachable: they may be there; Refused: they are not.
        """
