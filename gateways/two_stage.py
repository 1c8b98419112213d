"""Payment in two stages: the bank holds the sum on the payer's card, and later charges it, in part or whole, or lets it go.

A hold is nobody's money yet: letting it go costs the payer nothing and is no refund. There is one completion a hold; what
it does not charge is released with it. A hold whose registration named an hour (`completes_at`) is charged as a whole by the
bank's own clock, if nothing was said of it by then.
"""

from __future__ import annotations

from typing import Protocol

from gateways.fiscal import Cart
from gateways.gateway import Registered, Registration
from gateways.money import Money


class TwoStage(Protocol):
    """As with every act, Unreachable means that it may have happened: look before anything else."""

    async def hold(self, registration: Registration) -> Registered:
        """As `Gateway.register`, but what the payer pays is only held. AlreadyExists if the number is taken."""

    async def complete(self, *, reference: str, number: str, amount: Money, cart: Cart | None = None) -> None:
        """Charge `amount` of what is held and release the rest. WrongState if nothing is held (any more).

        `cart`: the rows of what is charged, where the hold came with a cart.

        Raises ValueError for a sum that is not positive: the bank would take 0 for everything.
        """

    async def release(self, *, reference: str, number: str) -> None:
        """Let the whole hold go. WrongState if nothing is held."""
