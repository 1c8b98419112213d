"""A saved card: what it is, what a payment may have to do with one, and when it is seen to. Pure.

The card is the bank's: what we keep is the bank's id of it, and what its payer knows it by. Source: gateway.md §8.1; 376-ФЗ:
a card that its holder has removed is charged no more from that moment on, and may be removed by a press.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from checkout.ground.errors import Invalid
from checkout.ground.ids import CardId, ClientId, OrderId

# Of the words beside the box (`save_card`, `save_card_hint`), and of those above the buttons that add a card or take one back
# (`card_add_agree`, `card_restore_agree`, and the same hint): whoever rewrites them writes another version here.
CONSENT: Final = "2026-11-27"
RESTORABLE: Final = timedelta(hours=24)  # so long a payer may take a removal back, and so long the bank has to say yes
REISSUED: Final = 2  # calendar months before a card is out of date, from which on its bank may have sent another
LONGEST: Final = 20  # years for which a card may be good
# The same where a press on our own page pays (`save_card_press_hint`): those words do not promise that the bank asks for a code.
PRESS_CONSENT: Final = "2026-11-27 press"
PRESSED: Final = frozenset({PRESS_CONSENT})  # to which of them it was agreed that a press pays
WATCHED: Final = timedelta(days=7)  # so often the bank is asked whether it still has a card
CONFIRMED: Final = timedelta(minutes=10)  # and so soon after it was told something of one
TRIES: Final = 8  # to unbind one, before it is work for a person; it goes on meanwhile
_TYPED: Final = re.compile(r"(?P<month>0?[1-9]|1[0-2])[/.-]?(?:20)?(?P<year>[0-9]{2})", re.ASCII)
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


class Rebinding(StrEnum):
    """What became of asking the bank to let a card pay again that its payer wants back."""

    INTENDED = "intended"
    UNKNOWN = "unknown"  # it may have been asked
    REFUSED = "refused"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Card:
    """One saved card. `order_id`: by which it was saved. `expiry` YYYYMM. `token` fences; `unbinding` None: it stands.

    `restores`: the removed card that its payer wanted back, which this one is in its stead.
    """

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
    removed_by: str | None = None
    unbinding: Unbinding | None = None
    restores: CardId | None = None
    rebinding: Rebinding | None = None
    tries: int = 0
    token: int = 0

    def expired(self, now: datetime) -> bool:
        """Whether its month is over, wherever on Earth; one whose month is not known is the bank's to judge."""
        return self.expiry is not None and self.expiry < f"{now - timedelta(days=1):%Y%m}"

    def reissued(self, now: datetime) -> bool:
        """Whether its bank may have sent another of the same number by now: it is out of date, or soon will be."""
        return self.expiry is not None and _months(int(self.expiry)) - _months(int(f"{now:%Y%m}")) <= REISSUED

    @property
    def month(self) -> str | None:
        """As it is printed on a card: MM/YY."""
        return f"{self.expiry[4:]}/{self.expiry[2:4]}" if self.expiry else None

    @property
    def awaited(self) -> bool:
        """Whether it stands, but pays nothing until the bank has let it."""
        return self.removed_at is None and self.rebinding in (Rebinding.INTENDED, Rebinding.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a payer asks of a payment: that the card be saved, or that it be paid with one that was.

    `read`: the version of the words beside the box that they ticked.
    """

    save: bool = False
    card: CardId | None = None
    read: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """What the bank is told of it: whose card, and the only one that may pay. `consent`: to which words, if it is saved."""

    client: ClientId | None = None
    card: CardId | None = None
    binding: str | None = None
    consent: str | None = None


PLAIN: Final = Asked()
NOTHING: Final = Named()


def read_month(typed: str, now: datetime) -> str:
    """YYYYMM of a month as somebody types it off a card: 05/31, 5.31, 0531, 05/2031.

    Raises Invalid `expiry_unreadable`, `expiry_past`, `expiry_far`.
    """
    found = _TYPED.fullmatch("".join(typed.split()))
    if found is None:
        raise Invalid("expiry_unreadable", pointer="/expiry")
    month, year = int(found["month"]), 2000 + int(found["year"])
    ahead = _months(year * 100 + month) - _months(int(f"{now - timedelta(days=1):%Y%m}"))
    if ahead < 0:
        raise Invalid("expiry_past", pointer="/expiry")
    if ahead > LONGEST * 12:
        raise Invalid("expiry_far", pointer="/expiry")
    return f"{year}{month:02}"


def _months(yyyymm: int) -> int:
    return yyyymm // 100 * 12 + yyyymm % 100


def next_try(tries: int, now: datetime) -> datetime:
    """When the bank is asked again, after so many tries."""
    return now + _PAUSES[min(tries, len(_PAUSES)) - 1]
