"""What stands on the slip of an entry, whatever it is printed on. Pure. It is not a fiscal document, and says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from checkout.catalogue.catalogue import Text
from checkout.till.till import Entry, Kind, Reason, Tender, change
from gateways.money import Money


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the order that was paid for."""

    name: Text
    quantity: int
    amount: Money


@dataclass(frozen=True, slots=True)
class About:
    """The order behind an entry; `left`: what is due on it now."""

    code: str
    items: tuple[Item, ...]
    total: Money
    left: Money
    reference: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """Whose slip it is: who is paid, and where."""

    payee: str
    inn: str
    clinic: Text
    address: Text
    zone: str


@dataclass(frozen=True, slots=True)
class Slip:
    """`copy`: 0 for the first print, then 1, 2 …; a copy is marked as one. `reversed_by_later`: it counts no more."""

    place: Place
    kind: Kind
    into: bool
    receipt_no: int
    at: datetime
    clerk: str
    tender: Tender
    amount: Money
    received: Money | None
    change: Money | None
    reason: Reason | None
    note: str | None
    about: About | None
    reversed_by_later: bool
    copy: int
    fiscal: str | None = None

    @property
    def is_copy(self) -> bool:
        return self.copy > 0


def slip(place: Place, entry: Entry, about: About | None, *, copy: int) -> Slip:
    return Slip(
        place=place,
        kind=entry.kind,
        into=entry.into,
        receipt_no=entry.receipt_no,
        at=entry.at,
        clerk=entry.principal,
        tender=entry.tender,
        amount=entry.amount,
        received=entry.received,
        change=change(entry.amount, entry.received) if entry.received is not None else None,
        reason=entry.reason,
        note=entry.note,
        about=about,
        reversed_by_later=entry.reversed_by is not None,
        copy=copy,
        fiscal=entry.fiscal,
    )
