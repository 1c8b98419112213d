"""A second witness: an order in the bank's short words, by a method of their own that old installations have.

It knows the state, the sums and the card. Neither what went back, nor how it was paid, nor why it was refused is among them,
and no order is found by our number: so nothing is settled by it. People hold it beside the long word.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from gateways.gateway import BankStatus, CardFacts
from gateways.money import Money


@dataclass(frozen=True, slots=True)
class Brief:
    """What the short word says. `deposited`: of a payment that was refunded, in part or whole, no source says what it shows."""

    number: str
    status: BankStatus
    amount: Money
    deposited: Money | None = None
    card: CardFacts | None = None
    raw: bytes = field(default=b"", repr=False)


class Witness(Protocol):
    async def brief(self, *, number: str, reference: str) -> Brief:
        """A reading, as `Gateway.look` is. NotFound if the bank knows no such order; Garbled if the answer is another order's."""
