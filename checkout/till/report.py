"""The X report, at any time, and the Z report of a closed shift: sums over its entries. Pure.

Takings and refunds stand gross; what was reversed stands beside them. The drawer is the sum of what was cash.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from checkout.till.till import PRINTED, Entry, Kind, Reason, Shift, Tender, drawer
from gateways.money import Money

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Sum:
    """How many entries, and what they come to."""

    number: int
    amount: Money


@dataclass(frozen=True, slots=True)
class Report:
    """`over`: what was counted over (or, negative, short) at the opening. `drawer`: what ought to be in it.

    `reversed_in`, `reversed_out`: entries that took in, or paid out, and were mistakes. `fiscal`: those with a number of the
    fiscal printer, of `printable` that ought to have one. After the close `drawer` is what
    ought to have been in it, and the shift says what was.
    """

    shift: Shift
    over: Money
    takings: dict[Tender, Sum]
    refunds: dict[Tender, Sum]
    reversed_in: dict[Tender, Sum]
    reversed_out: dict[Tender, Sum]
    paid_in: dict[Reason, Sum]
    paid_out: dict[Reason, Sum]
    handed_over: Sum
    drawer: Money
    number: int
    first: int | None
    last: int | None
    fiscal: int
    printable: int

    @property
    def difference(self) -> Money | None:
        """Counted less what ought to have been there; None while the shift is open."""
        if self.shift.counted is None:
            return None
        return self.shift.counted - self.drawer


def report(shift: Shift, entries: Sequence[Entry]) -> Report:
    """`entries`: all of the shift, in their order. Those that the close itself made are not counted."""
    last = shift.receipt_to
    worked = [entry for entry in entries if last is None or entry.receipt_no <= last]

    def of(kind: Kind) -> list[Entry]:
        return [entry for entry in worked if entry.kind is kind]

    stornos = of(Kind.STORNO)
    return Report(
        shift=shift,
        over=drawer([*of(Kind.SURPLUS), *of(Kind.SHORTAGE)]),
        takings=_by(of(Kind.TAKING), lambda entry: entry.tender),
        refunds=_by(of(Kind.REFUND), lambda entry: entry.tender),
        reversed_in=_by([entry for entry in stornos if not entry.into], lambda entry: entry.tender),
        reversed_out=_by([entry for entry in stornos if entry.into], lambda entry: entry.tender),
        paid_in=_by(of(Kind.PAID_IN), lambda entry: entry.reason or Reason.OTHER),
        paid_out=_by(of(Kind.PAID_OUT), lambda entry: entry.reason or Reason.OTHER),
        handed_over=_sum(of(Kind.HAND_OVER)),
        drawer=drawer(worked),
        number=len(worked),
        first=worked[0].receipt_no if worked else None,
        last=worked[-1].receipt_no if worked else None,
        fiscal=len([entry for entry in worked if entry.fiscal]),
        printable=len([entry for entry in worked if entry.kind in PRINTED]),
    )


def _by(entries: Iterable[Entry], key: Callable[[Entry], Key]) -> dict[Key, Sum]:
    groups: dict[Key, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(key(entry), []).append(entry)
    return {name: _sum(found) for name, found in groups.items()}


def _sum(entries: Sequence[Entry]) -> Sum:
    return Sum(len(entries), sum((entry.amount for entry in entries), Money(0)))
