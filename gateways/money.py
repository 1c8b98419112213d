"""Money: whole minor units (kopecks) with an ISO 4217 code. Floats never appear; a split loses nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

RUB: Final = "RUB"
# The wire speaks ISO 4217 numbers. 810 is the rouble of before 1998, which many installations still echo.
NUMERIC: Final = {"643": "RUB", "810": "RUB", "840": "USD", "978": "EUR", "933": "BYN", "398": "KZT"}
_TO_NUMERIC: Final = {"RUB": "643", "USD": "840", "EUR": "978", "BYN": "933", "KZT": "398"}


class CurrencyMismatchError(ValueError):
    """Two currencies met in one sum."""


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """`amount` kopecks (may be negative in a balance) of `currency` (three letters)."""

    amount: int
    currency: str = RUB

    def __post_init__(self) -> None:
        if isinstance(self.amount, bool) or not isinstance(self.amount, int):
            raise TypeError(f"money is a whole number of minor units, not {self.amount!r}")
        if self.currency not in _TO_NUMERIC:
            raise ValueError(f"unknown currency {self.currency!r}")

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatchError(f"{self.currency} and {other.currency} do not mix")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount - other.amount, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __mul__(self, times: int) -> Money:
        return Money(self.amount * times, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.amount < other.amount

    def __le__(self, other: Money) -> bool:
        self._same(other)
        return self.amount <= other.amount

    def __bool__(self) -> bool:
        return self.amount != 0

    @property
    def numeric(self) -> str:
        """The ISO 4217 number that the wire wants: "643" for roubles."""
        return _TO_NUMERIC[self.currency]

    def split(self, weights: list[int]) -> list[Money]:
        """Parts in proportion to `weights` (not all 0); each rounded down, the last weighted part takes the rest.

        Raises ValueError if there is nothing to weigh by. Source of the rule: decisions.md 6.
        """
        whole = sum(weights)
        if whole <= 0 or min(weights) < 0:
            raise ValueError("weights must be non-negative and not all zero")
        parts = [self.amount * weight // whole for weight in weights]
        last = max(index for index, weight in enumerate(weights) if weight)
        parts[last] += self.amount - sum(parts)
        return [Money(part, self.currency) for part in parts]


def from_wire(amount: int, numeric: str) -> Money:
    """Money as the bank wrote it. Raises ValueError for an unknown currency number."""
    if numeric not in NUMERIC:
        raise ValueError(f"unknown currency number {numeric!r}")
    return Money(amount, NUMERIC[numeric])
