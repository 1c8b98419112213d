"""Payment in two stages: the sum is held, then completed or released. Source: gateway.md §2, §5.1, §5.2.

A hold that nobody completes dies at the issuer after `Merchant.hold_days`. With `autocompletionDate` the bank completes it
by its own clockwork.
"""

from __future__ import annotations

from gateways.sandbox.bank import Bank
from gateways.sandbox.codes import APPROVED, Reason, Refusal
from gateways.sandbox.journal import Kind
from gateways.sandbox.merchants import Dialect
from gateways.sandbox.orders import OperationType, Order, Status
from gateways.sandbox.states import Deed, allow

_DAY = 86_400.0
_ROUBLE = 100


def hold(bank: Bank, order: Order) -> None:
    """The issuer has approved: the sum is held, and not the merchant's yet."""
    now = bank.clock.now()
    order.status = Status.APPROVED
    order.action_code = APPROVED
    order.approved = order.amount
    bank.journal.add(now, Kind.HELD, order.key, order.amount)
    bank.notify(order, "approved", succeeded=True, amount=order.amount)
    bank.later(now + order.merchant.hold_days * _DAY, lambda: _die(bank, order))
    if order.request.completes_at is not None:
        bank.later(max(order.request.completes_at, now), lambda: _complete_by_itself(bank, order))


def complete(bank: Bank, order: Order, amount: int, *, cart: int | None = None) -> None:
    """Charge `amount` kopecks of the hold, 0 meaning all of it; the rest is released. Once an order.

    `cart`: what the lines that came with it add up to. An order with a cart needs them for a part. Raises Refusal:
    NO_HOLD, DEPOSIT_TOO_LARGE, DEPOSIT_TOO_SMALL (the old dialect's least is a rouble), CART_SUM_WRONG, CART_WRONG.
    """
    allow(order, Deed.DEPOSIT)
    charged = amount or order.approved
    if charged > order.approved:
        raise Refusal(Reason.DEPOSIT_TOO_LARGE)
    if amount and amount < _ROUBLE and order.request.dialect is Dialect.LEGACY:
        raise Refusal(Reason.DEPOSIT_TOO_SMALL)
    if cart is not None and cart != charged:
        raise Refusal(Reason.CART_SUM_WRONG)
    if cart is None and order.request.cart is not None and charged != order.approved:
        raise Refusal(Reason.CART_WRONG)
    order.status = Status.DEPOSITED
    order.deposited = charged
    line = bank.record(order, OperationType.COMPLETION, charged, APPROVED)
    order.deposited_at = line.at
    bank.mark_paid(order)
    bank.journal.add(line.at, Kind.DEPOSITED, order.key, charged)
    bank.notify(order, "deposited", succeeded=True, amount=charged)


def release(bank: Bank, order: Order, amount: int | None = None) -> None:
    """Give a hold back, whole or, for those who may, once in part. Nothing was charged, so nothing shows on the card.

    Raises Refusal: REVERSE_PARTIAL (no permission, or an order with a cart), REVERSE_PARTIAL_AGAIN, AMOUNT_WRONG.
    """
    if amount in (None, 0, order.approved):
        _let_go(bank, order)
        return
    if not order.merchant.partial_reverse or order.request.cart is not None:
        raise Refusal(Reason.REVERSE_PARTIAL)
    if order.partly_released:
        raise Refusal(Reason.REVERSE_PARTIAL_AGAIN)
    if amount > order.approved:
        raise Refusal(Reason.AMOUNT_WRONG)
    order.partly_released = True
    order.approved -= amount
    line = bank.record(order, OperationType.REVERSAL, amount, APPROVED)
    bank.journal.add(line.at, Kind.RELEASED, order.key, amount, action_code=APPROVED)
    bank.notify(order, "reversed", succeeded=True, amount=amount)


def _let_go(bank: Bank, order: Order) -> None:
    order.status = Status.REVERSED
    line = bank.record(order, OperationType.REVERSAL, order.approved, APPROVED)
    order.reversed_at = line.at
    bank.journal.add(line.at, Kind.RELEASED, order.key, order.approved, action_code=APPROVED)
    bank.notify(order, "reversed", succeeded=True, amount=order.approved)


def _die(bank: Bank, order: Order) -> None:
    if order.status is Status.APPROVED:
        _let_go(bank, order)


def _complete_by_itself(bank: Bank, order: Order) -> None:
    """Whatever is still held by then, as a whole."""
    if order.status is Status.APPROVED:
        complete(bank, order, 0)
