"""A card that is left with the bank without a payment: the bank checks it, charges nothing and undoes at once what it asked.

Such an order is of nothing (its amount is 0, which no other order ever is), is reversed by the bank itself as soon as the card
has passed, and names in its status the card that was saved (`BankOrder.binding`). There is no money to give back in it.
Source: gateway.md §2, §3.1, §8.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from gateways.gateway import Registered
from gateways.money import RUB


@dataclass(frozen=True, slots=True)
class Check:
    """Ask for one check. `number` is ours, unique for ever among all orders; `client`: whose card is to be kept."""

    number: str
    client: str
    return_url: str
    session_seconds: int
    description: str
    language: str = "ru"
    callback_url: str | None = None
    currency: str = RUB


class CardChecks(Protocol):
    """A permission of the contract. May raise Unreachable (Garbled) or Refused."""

    async def check(self, check: Check) -> Registered:
        """Create the bank order, to whose page the payer goes. AlreadyExists if the number is taken."""
