"""Fiscal receipts: made some time after the money moved, by a printer that may fail. Source: gateway.md §9.5."""

from __future__ import annotations

import random
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from gateways.sandbox.carts import prints
from gateways.sandbox.clock import Clock
from gateways.sandbox.codes import Reason, Refusal
from gateways.sandbox.orders import Order

FAILED = "Ошибка ККТ: исчерпан ресурс ФН"


@dataclass(slots=True)
class Receipt:
    """One receipt. It is sent at once and delivered at `ready_at`, in seconds since the epoch, unless it `fails`.

    `closing`: of the full settlement over what was paid before.
    """

    id: str
    order: Order
    amount: int
    number: int
    sign: str
    made_at: float
    ready_at: float
    fails: bool
    refund: bool = False
    closing: bool = False
    items: Sequence[dict[str, Any]] = ()


@dataclass(slots=True)
class ReceiptBook:
    """The receipts of every order, oldest first. `failing`: orders (by id) whose next receipts come to nothing."""

    clock: Clock
    rng: random.Random
    by_order: defaultdict[str, list[Receipt]] = field(default_factory=lambda: defaultdict(list))
    failing: set[str] = field(default_factory=set)
    _last: int = 0

    def sold(self, order: Order) -> None:
        """The receipt of a payment, if the order came with a cart to print."""
        if prints(order.request.cart, order.request.dialect) and order.request.cart is not None:
            self._add(order, order.deposited, items=order.request.cart["cartItems"]["items"])

    def returned(self, order: Order, amount: int, items: Sequence[dict[str, Any]] | None) -> None:
        """The receipt of money given back: of what the merchant named, or of all that was sold. Of a part unnamed, none."""
        whole = amount >= order.deposited + order.refunded
        if (items or whole) and prints(order.request.cart, order.request.dialect):
            self._add(order, amount, items=items or (), refund=True)

    def close(self, order: Order, amount: int, items: Sequence[dict[str, Any]]) -> Receipt:
        """The receipt of the full settlement. Raises Refusal(NOT_PAID) if nothing was paid, or all of it went back."""
        if not order.paid or amount > order.deposited:
            raise Refusal(Reason.NOT_PAID)
        return self._add(order, amount, items=items, closing=True)

    def retry(self, receipt: Receipt) -> None:
        """Print one that failed once more. Raises Refusal(RECEIPT_STANDS) for any other."""
        if not self.failed(receipt):
            raise Refusal(Reason.RECEIPT_STANDS)
        receipt.fails = receipt.order.id in self.failing
        receipt.made_at = self.clock.now()
        receipt.ready_at = receipt.made_at + receipt.order.merchant.receipt_seconds

    def spoil(self, order: Order, *, fail: bool) -> None:
        """Whatever is printed for this order from now on comes to nothing, or is printed again; what waits for it, too."""
        (self.failing.add if fail else self.failing.discard)(order.id)
        for receipt in self.by_order[order.id]:
            if not self.ready(receipt):
                receipt.fails = fail

    def find(self, name: str) -> Receipt:
        """By its own id. Raises Refusal(RECEIPT_UNKNOWN)."""
        every = (receipt for receipts in self.by_order.values() for receipt in receipts)
        found = next((receipt for receipt in every if receipt.id == name), None)
        if found is None:
            raise Refusal(Reason.RECEIPT_UNKNOWN)
        return found

    def failed(self, receipt: Receipt) -> bool:
        return receipt.fails and self.ready(receipt)

    def ready(self, receipt: Receipt) -> bool:
        """Whether the printer is done with it, one way or the other."""
        return self.clock.now() >= receipt.ready_at

    def _add(
        self,
        order: Order,
        amount: int,
        *,
        items: Sequence[dict[str, Any]],
        refund: bool = False,
        closing: bool = False,
    ) -> Receipt:
        self._last += 1
        now = self.clock.now()
        receipt = Receipt(
            id=str(uuid.UUID(int=self.rng.getrandbits(128), version=4)),
            order=order,
            amount=amount,
            number=self._last,
            sign=f"{self.rng.randrange(10**10):010}",
            made_at=now,
            ready_at=now + order.merchant.receipt_seconds,
            fails=order.id in self.failing,
            refund=refund,
            closing=closing,
            items=items,
        )
        self.by_order[order.id].append(receipt)
        return receipt
