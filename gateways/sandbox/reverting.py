"""What the merchant undoes: refunds, reversals, declines. Source: gateway.md §5."""

from __future__ import annotations

from gateways.sandbox.bank import Bank
from gateways.sandbox.clock import banking_day
from gateways.sandbox.codes import APPROVED, DECLINED_BY_MERCHANT, Reason, Refusal
from gateways.sandbox.journal import Kind
from gateways.sandbox.orders import Operation, OperationType, Order, Status


def refund(bank: Bank, order: Order, amount: int, *, external_id: str | None, expected: int | None = None) -> Operation:
    """Give `amount` kopecks back, 0 meaning all that is left; `expected` is the merchant's idea of `deposited`.

    A known `external_id` answers with the earlier refund, whatever else is asked. Raises Refusal:
    NOT_PAID, REFUND_TOO_EARLY, REFUND_LOCKED (`expected` does not fit), REFUND_TOO_LARGE.
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
    bank.notify(order, "refunded", succeeded=True, amount=given, external_id=external_id)
    return line


def earlier_refund(order: Order, external_id: str | None) -> Operation | None:
    """The refund that was made under this id, if any."""
    if external_id is None:
        return None
    return next((line for line in order.refunds if line.external_id == external_id), None)


def reverse(bank: Bank, order: Order, amount: int | None = None) -> None:
    """Cancel a whole payment within its banking day. Raises Refusal(REVERSE_IMPOSSIBLE, REVERSE_PARTIAL).

    There is one chance: a reversal of a paid order that is refused bars all later ones.
    """
    if order.status is not Status.DEPOSITED or order.reversal_spent:
        raise Refusal(Reason.REVERSE_IMPOSSIBLE)
    order.reversal_spent = True
    if amount not in (None, 0, order.deposited):
        raise Refusal(Reason.REVERSE_PARTIAL)
    if order.merchant.reverse_same_day_only and not _same_day(bank, order):
        raise Refusal(Reason.REVERSE_IMPOSSIBLE)
    returned, order.deposited = order.deposited, 0
    order.status = Status.REVERSED
    line = bank.record(order, OperationType.REVERSAL, returned, APPROVED)
    order.reversed_at = line.at
    bank.journal.add(line.at, Kind.REVERSED, order.key, returned, action_code=APPROVED)
    bank.notify(order, "reversed", succeeded=True, amount=returned)


def decline(bank: Bank, order: Order) -> None:
    """Cancel an unpaid order. Raises Refusal: BUSY while the payer is at the issuer or their bank, else DECLINE_IMPOSSIBLE."""
    if order.status is Status.AT_ACS or order.in_work:
        raise Refusal(Reason.BUSY)
    if order.status is not Status.CREATED:
        raise Refusal(Reason.DECLINE_IMPOSSIBLE)
    order.status = Status.DECLINED
    order.action_code = DECLINED_BY_MERCHANT
    bank.journal.add(bank.clock.now(), Kind.DECLINED, order.key, 0, action_code=DECLINED_BY_MERCHANT)


def _check_refund(bank: Bank, order: Order, amount: int, expected: int | None) -> None:
    if not order.paid:
        raise Refusal(Reason.NOT_PAID)
    if not order.merchant.refund_same_day and _same_day(bank, order):
        raise Refusal(Reason.REFUND_TOO_EARLY)
    if expected is not None and expected != order.deposited:
        raise Refusal(Reason.REFUND_LOCKED)
    if amount > order.deposited or order.deposited == 0:
        raise Refusal(Reason.REFUND_TOO_LARGE)


def _same_day(bank: Bank, order: Order) -> bool:
    return order.deposited_at is not None and banking_day(order.deposited_at) == banking_day(bank.clock.now())
