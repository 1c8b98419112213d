"""What really happened at the bank: one row for each effective operation, in order.

This is the independent oracle: a test compares the service's books with it, never with the service itself.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """The effects. An answer that was replayed, or refused, has no row."""

    REGISTERED = "registered"
    ATTEMPT = "attempt"  # one card try, approved (action code 0) or not
    HELD = "held"  # two-stage: no money yet
    RELEASED = "released"  # the hold, or a part of it, was given back or died
    VERIFIED = "verified"  # a card was checked, and nothing charged
    DEPOSITED = "deposited"
    REFUNDED = "refunded"
    REFUND_UNDONE = "refund_undone"  # the money of a refund came back to the merchant, and nobody was told
    REVERSED = "reversed"
    DECLINED = "declined"
    EXPIRED = "expired"
    CHARGED_BACK = "charged_back"  # by the payer's bank; no status shows the sum
    CHARGEBACK_WON = "chargeback_won"


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect. `amount` in kopecks, `at` in seconds since the epoch, `seq` counts from 1."""

    seq: int
    at: float
    kind: Kind
    merchant: str
    order_id: str
    number: str
    amount: int
    external_id: str | None = None
    action_code: int | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "seq": self.seq,
            "at": int(self.at * 1000),
            "kind": self.kind.value,
            "merchant": self.merchant,
            "order_id": self.order_id,
            "number": self.number,
            "amount": self.amount,
            "external_id": self.external_id,
            "action_code": self.action_code,
        }


@dataclass(slots=True)
class Totals:
    """Money that moved for one order, in kopecks."""

    deposited: int = 0
    refunded: int = 0
    reversed: int = 0
    charged_back: int = 0

    @property
    def kept(self) -> int:
        """What the merchant has in the end."""
        return self.deposited - self.refunded - self.reversed - self.charged_back


@dataclass(slots=True)
class Journal:
    """Append only."""

    effects: list[Effect] = field(default_factory=list)

    def add(
        self,
        at: float,
        kind: Kind,
        order: tuple[str, str, str],
        amount: int,
        *,
        external_id: str | None = None,
        action_code: int | None = None,
    ) -> None:
        """Write one row; `order` is (merchant login, order id, order number)."""
        seq = len(self.effects) + 1
        self.effects.append(Effect(seq, at, kind, *order, amount, external_id, action_code))

    def totals(self) -> dict[str, Totals]:
        """Sums for each order id, computed from the rows alone."""
        sums: defaultdict[str, Totals] = defaultdict(Totals)
        for effect in self.effects:
            if effect.kind is Kind.DEPOSITED:
                sums[effect.order_id].deposited += effect.amount
            elif effect.kind is Kind.REFUNDED:
                sums[effect.order_id].refunded += effect.amount
            elif effect.kind is Kind.REFUND_UNDONE:
                sums[effect.order_id].refunded -= effect.amount
            elif effect.kind is Kind.REVERSED:
                sums[effect.order_id].reversed += effect.amount
            elif effect.kind is Kind.CHARGED_BACK:
                sums[effect.order_id].charged_back += effect.amount
            elif effect.kind is Kind.CHARGEBACK_WON:
                sums[effect.order_id].charged_back -= effect.amount
        return dict(sums)
