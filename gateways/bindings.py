"""Saved cards (связки): a card that its payer has left with the bank under a client's number of ours.

A card comes by paying: an order that was registered with `Registration.client` leaves the card of whoever pays it, and
`BankOrder.binding` says so; or by a check that charges nothing (`gateways.card_check`). It pays again by registering an
order with `client` and `binding`: the bank's page then asks for the card's security code alone, so no code of a card ever
passes through us; where the contract does without that code, the order is charged by call (`gateways.one_press`). A card that
was removed by mistake is bound again, and one that was issued anew under the same number is given its new month, where the bank
has a method for that (`Prolonging`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Binding:
    """Which saved card paid an order, or was saved by it; `client` as the bank was told."""

    id: str
    client: str


@dataclass(frozen=True, slots=True)
class SavedCard:
    """One card of a client as the bank shows it. `expiry` YYYYMM. Never more of its number than the last four digits."""

    id: str
    brand: str | None
    last4: str | None
    expiry: str | None


class Bindings(Protocol):
    """Every method may raise Unreachable (Garbled) or Refused."""

    async def of(self, client: str) -> tuple[SavedCard, ...]:
        """The client's cards that can pay, those that are out of date included; none is an answer like any other."""

    async def unbind(self, binding: str) -> None:
        """Let the card pay no more. Returning means that it does not, whoever saw to that."""

    async def bind(self, binding: str) -> None:
        """Let a card pay again that was unbound. Refused: it never will.

        Returning is not enough to believe it: some banks have one code for what is active already and for what they do not
        know. Whether it pays again is what `of` shows.
        """


class Prolonging(Protocol):
    """Of a card that was issued anew under its old number. It may raise Unreachable (Garbled) or Refused."""

    async def prolong(self, binding: str, expiry: str) -> None:
        """Give the card another month, YYYYMM. Asking twice is no fault."""
