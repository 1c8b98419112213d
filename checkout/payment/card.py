"""A saved card: what it is, what a payment may have to do with one, and when it is seen to. Pure.

The card is the bank's: what we keep is the bank's id of it, and what its payer knows it by. Source: gateway.md §8.1; 376-ФЗ:
a card that its holder has removed is charged no more from that moment on, and may be removed by a press.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from checkout.ground.ids import CardId, ClientId, OrderId

# Of the words beside the box (`save_card`, `save_card_hint`): whoever rewrites them writes another version here.
CONSENT: Final = "2026-11-27"
# The same where a press on our own page pays (`save_card_press_hint`): those words do not promise that the bank asks for a code.
PRESS_CONSENT: Final = "2026-11-27 press"
PRESSED: Final = frozenset({PRESS_CONSENT})  # to which of them it was agreed that a press pays
WATCHED: Final = timedelta(days=7)  # so often the bank is asked whether it still has a card
TRIES: Final = 8  # to unbind one, before it is work for a person; it goes on meanwhile
_PAUSES: Final = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
)


class Unbinding(StrEnum):
    """What became of telling the bank that a removed card pays no more."""

    INTENDED = "intended"
    UNKNOWN = "unknown"  # it may have been told
    REFUSED = "refused"  # it said no, and is asked again
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Card:
    """One saved card. `order_id`: by which it was saved. `expiry` YYYYMM. `token` fences; `unbinding` None: it stands."""

    id: CardId
    client: ClientId
    merchant: str
    order_id: OrderId
    binding: str
    brand: str | None
    last4: str | None
    expiry: str | None
    consent: str
    saved_at: datetime
    removed_at: datetime | None = None
    unbinding: Unbinding | None = None
    tries: int = 0
    token: int = 0

    def expired(self, now: datetime) -> bool:
        """Whether its month is over, wherever on Earth; one whose month is not known is the bank's to judge."""
        return self.expiry is not None and self.expiry < f"{now - timedelta(days=1):%Y%m}"

    @property
    def month(self) -> str | None:
        """As it is printed on a card: MM/YY."""
        return f"{self.expiry[4:]}/{self.expiry[2:4]}" if self.expiry else None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a payer asks of a payment: that the card be saved, or that it be paid with one that was."""

    save: bool = False
    card: CardId | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """What the bank is told of it: whose card, and the only one that may pay. `consent`: to which words, if it is saved."""

    client: ClientId | None = None
    card: CardId | None = None
    binding: str | None = None
    consent: str | None = None


PLAIN: Final = Asked()
NOTHING: Final = Named()


def next_try(tries: int, now: datetime) -> datetime:
    """When the bank is asked again, after so many tries."""
    return now + _PAUSES[min(tries, len(_PAUSES)) - 1]
