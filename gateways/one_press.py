"""Paying with a saved card by one press: the bank is told to charge it, and its payer types nothing anywhere.

A permission of the contract, since the card's security code is left out: a payer who is there may still be asked by the
issuer. The answer says where the payer goes next and never whether money moved: that is for a look at the order. The order
was registered for this card alone (`Registration.binding`), so the bank's page of it is always another way on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Press:
    """Which order by which card. `reference`: the bank's of the order; `address`: of the payer, on whose word it is done."""

    reference: str
    number: str
    binding: str
    address: str


@dataclass(frozen=True, slots=True)
class Tried:
    """The bank has tried the card; what came of it, a look says."""


@dataclass(frozen=True, slots=True)
class Confirm:
    """The issuer wants a word with its holder: their browser sends these fields there, by POST. `url` is a strict address."""

    url: str
    fields: tuple[tuple[str, str], ...] = field(repr=False)

    @property
    def origin(self) -> str:
        """Scheme and host of it, as a policy of a page names it."""
        address = urlsplit(self.url)
        return f"{address.scheme}://{address.netloc}"


@dataclass(frozen=True, slots=True)
class PageWanted:
    """Nothing was charged: the bank's own page has to go on, as where it wants to see the payer's browser first."""


Answer = Tried | Confirm | PageWanted


class OnePress(Protocol):
    """Charges a saved card in the presence of its holder."""

    async def pay(self, press: Press) -> Answer:
        """Once, and never again for the same order.

        Raises Unreachable (Garbled) if the card may have been charged, Refused if it was not.
        """
