"""What the merchant undoes: refunds, reversals, declines. Source: gateway.md §5."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateways.sandbox import holding
from gateways.sandbox.bank import Bank
from gateways.sandbox.clock import banking_day
from gateways.sandbox.codes import APPROVED, DECLINED_BY_MERCHANT, Reason, Refusal
from gateways.sandbox.journal import Kind
from gateways.sandbox.orders import Operation, OperationType, Order, Status
from gateways.sandbox.states import Deed, allow

Items = Sequence[dict[str, Any]] | None


def refund(
    bank: Bank,
    order: Order,
    amount: int,
    *,
    external_id: str | None,
    expected: int | None = None,
    items: Items = None,
) -> Operation:
    """Give `amount` kopecks back, 0 meaning all that is left; `expected` is the merchant's idea of `deposited`.

    `items`: the rows of the cart that it gives back, for its receipt. A known `external_id` answers with the earlier refund,
    whatever else is asked. Raises Refusal: NOT_PAID, REFUND_TOO_EARLY, REFUND_LOCKED (`expected` does not fit),
    REFUND_TOO_LARGE.
    """
    earlier = earlier_refund(order, external_id)
    if earlier is not None:
        return earlier
    _check_refund(bank, order, amount, expected)
    given = amount or order.deposited
    order.status = Status.REFUNDED
    order.deposited -= given
    order.refunded += given
    line = bank.record(order, OperationType.REFUND, given, APPROVED, external_id)
    order.refunded_at = line.at
    bank.journal.add(line.at, Kind.REFUNDED, order.key, given, external_id=external_id, action_code=APPROVED)
    order.returned_items += items or ()
    bank.receipts.returned(order, given, items)
    bank.notify(order, "refunded", succeeded=True, amount=given, external_id=external_id)
    return line


def undo_refund(bank: Bank, order: Order) -> Operation:
    """The newest refund never arrived, and the bank takes it out of its books again without a word to anybody.

    Raises Refusal(NOT_PAID) if there is none.
    """
    if not order.refunds:
        raise Refusal(Reason.NOT_PAID)
    line = order.refunds[-1]
    order.operations.remove(line)
    order.deposited += line.amount
    order.refunded -= line.amount
    left = order.refunds
    order.status = Status.REFUNDED if left else Status.DEPOSITED
    order.refunded_at = left[-1].at if left else None
    now = bank.clock.now()
    bank.journal.add(now, Kind.REFUND_UNDONE, order.key, line.amount, external_id=line.external_id)
    return line


def earlier_refund(order: Order, external_id: str | None) -> Operation | None:
    """The refund that was made under this id, if any."""
    if external_id is None:
        return None
    return next((line for line in order.refunds if line.external_id == external_id), None)


def reverse(bank: Bank, order: Order, amount: int | None = None, *, items: Items = None) -> None:
    """Cancel a whole payment within its banking day, or release a hold (see `holding.release`).

    There is one chance: a reversal that is refused for anything but the order's state bars all later ones. Raises Refusal:
    REVERSE_IMPOSSIBLE, REVERSE_PARTIAL, and as `holding.release`.
    """
    allow(order, Deed.REVERSE)
    if order.reversal_spent:
        raise Refusal(Reason.REVERSE_IMPOSSIBLE)
    order.reversal_spent = True
    if order.status is Status.APPROVED:
        holding.release(bank, order, amount)
        order.reversal_spent = False
    else:
        _undo(bank, order, amount, items)


def _undo(bank: Bank, order: Order, amount: int | None, items: Items) -> None:
    if amount not in (None, 0, order.deposited):
        raise Refusal(Reason.REVERSE_PARTIAL)
    if order.merchant.reverse_same_day_only and not _same_day(bank, order):
        raise Refusal(Reason.REVERSE_IMPOSSIBLE)
    returned, order.deposited = order.deposited, 0
    order.status = Status.REVERSED
    line = bank.record(order, OperationType.REVERSAL, returned, APPROVED)
    order.reversed_at = line.at
    bank.journal.add(line.at, Kind.REVERSED, order.key, returned, action_code=APPROVED)
    bank.receipts.returned(order, returned, items)
    bank.notify(order, "reversed", succeeded=True, amount=returned)


def decline(bank: Bank, order: Order) -> None:
    """Cancel an unpaid order. Raises Refusal: BUSY while the payer is at the issuer or their bank, else DECLINE_IMPOSSIBLE."""
    if order.in_work:
        raise Refusal(Reason.BUSY)
    allow(order, Deed.DECLINE)
    order.status = Status.DECLINED
    order.action_code = DECLINED_BY_MERCHANT
    bank.journal.add(bank.clock.now(), Kind.DECLINED, order.key, 0, action_code=DECLINED_BY_MERCHANT)


def _check_refund(bank: Bank, order: Order, amount: int, expected: int | None) -> None:
    allow(order, Deed.REFUND)
    if not order.merchant.refund_same_day and _same_day(bank, order):
        raise Refusal(Reason.REFUND_TOO_EARLY)
    part = 0 < amount < order.deposited and order.request.cart is not None
    if part and not order.merchant.refund_same_day_cart and _same_day(bank, order):
        raise Refusal(Reason.REFUND_TOO_EARLY)
    if expected is not None and expected != order.deposited:
        raise Refusal(Reason.REFUND_LOCKED)
    if amount > order.deposited or order.deposited == 0:
        raise Refusal(Reason.REFUND_TOO_LARGE)


def _same_day(bank: Bank, order: Order) -> bool:
    return order.deposited_at is not None and banking_day(order.deposited_at) == banking_day(bank.clock.now())
