"""Fiscal receipts follow the money: expected in the transaction of the fact that calls for them (`printing` looks for them).

A payment that goes to the bank with a cart calls for a receipt once it is captured, and so does each refund of it, whoever
made it; once the visit was given, what was paid before is settled in full.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import structlog

from checkout.catalogue.catalogue import Kind as LineKind
from checkout.ground.config import Fiscal, Merchant
from checkout.ground.db import Tx
from checkout.ground.events import SYSTEM, Event, record
from checkout.ground.ids import PaymentId, RefundId
from checkout.ground.service import Service
from checkout.payment import cart as carts
from checkout.payment import receipt_store as kept
from checkout.payment.order import Order
from checkout.payment.receipt import Kind, Receipt, State
from checkout.payment.receipt_store import Sold
from checkout.privacy import store as persons
from gateways.fiscal import Cart, Contact, Ffd, Position, Seller, Taxation
from gateways.money import Money

log = structlog.get_logger()
_TAXATION: Final = {
    "osn": Taxation.GENERAL,
    "usn_income": Taxation.INCOME,
    "usn_income_outcome": Taxation.INCOME_LESS_OUTCOME,
    "esn": Taxation.AGRICULTURE,
    "patent": Taxation.PATENT,
}
_SETTLES: Final = {Kind.CLOSING: (LineKind.SERVICE, LineKind.OPTION), Kind.HANDOVER: (LineKind.GOODS,)}


async def pack(
    tx: Tx, service: Service, order: Order, payment_id: PaymentId, *, paid: Money, amount: Money
) -> Cart | None:
    """The cart that goes with a new payment, after `paid`, kept with its intent. None where the bank makes no receipts."""
    fiscal = service.config.merchant(order.merchant).fiscal
    if fiscal is None or service.gateway(order.merchant).receipts is None:
        return None
    items = await kept.items(tx, order, fiscal.vat)
    as_payment = fiscal.prepaid_as == "payment"
    positions = carts.paying(items, paid, amount, language=order.language, as_payment=as_payment)
    await kept.keep(tx, payment_id, positions, fiscal.vat)
    return await cart_of(tx, service, order, positions)


async def pack_refund(
    tx: Tx, service: Service, order: Order, payment_id: PaymentId, *, amount: Money, allocation: Mapping[str, int]
) -> Cart | None:
    """The cart that goes with a refund. None if its payment came without one, or if the rows say less than the money."""
    positions = await _given_back(tx, payment_id, amount, allocation)
    return await cart_of(tx, service, order, positions) if positions else None


async def pack_completion(
    tx: Tx, service: Service, order: Order, payment_id: PaymentId, *, amount: Money
) -> Cart | None:
    """The cart that goes with the completion of a hold: the rows of what is charged. None if its payment came without one."""
    sold = await kept.sold_by(tx, payment_id)
    return await cart_of(tx, service, order, replace(sold, captured=amount).charged) if sold else None


async def cart_of(
    tx: Tx, service: Service, order: Order, positions: tuple[Position, ...], *, offset: bool = False
) -> Cart | None:
    """Rows with their seller and where the receipt goes; None where the bank makes no receipts any more."""
    merchant = service.config.merchant(order.merchant)
    if merchant.fiscal is None:  # it made receipts once, and does no more
        return None
    seller = _seller(merchant, merchant.fiscal, service.config.public_url)
    payer = await persons.read(tx, service.vault, order.payer_id)
    contact = Contact(payer.email, payer.phone) if payer else Contact(seller.email)
    return Cart(seller, contact, positions, offset=offset)


def _seller(merchant: Merchant, fiscal: Fiscal, site: str) -> Seller:
    legal = merchant.legal
    return Seller(Ffd(fiscal.ffd), _TAXATION[fiscal.tax_system], legal.inn, fiscal.email or legal.email, site)


async def follow(tx: Tx, order: Order) -> None:
    """Expect what the order's facts call for by now.

    Asked after money came, a visit was given, goods were handed over, and after anything that was to go back did, or stays
    after all. A payment's receipt is expected once. What was promised back is not settled, nor is what went back, and no
    line beyond its price; what is withdrawn later is settled then.
    """
    found = await kept.sold(tx, order.id)
    for sold in found:
        await _expect(tx, order, sold.payment, Kind.PAYMENT, sold.charged)
    done = [kind for kind, since in ((Kind.CLOSING, order.given_at), (Kind.HANDOVER, order.handed_over_at)) if since]
    if done:
        await _settle(tx, order, found, done)


async def returned(
    tx: Tx, order: Order, payment_id: PaymentId, refund_id: RefundId, *, amount: Money, allocation: Mapping[str, int]
) -> None:
    """A refund that the bank made calls for its receipt, if its payment had one, whoever asked the bank for it.

    The caller lets the settlements `follow`, once all that went back has its own.
    """
    positions = await _given_back(tx, payment_id, amount, allocation)
    await _expect(tx, order, payment_id, Kind.REFUND, positions, refund=refund_id)


async def _expect(
    tx: Tx,
    order: Order,
    payment_id: PaymentId,
    kind: Kind,
    positions: Sequence[Position],
    *,
    refund: RefundId | None = None,
    whole: bool = False,
) -> None:
    if not positions:
        return
    expected = await kept.expect(tx, order.id, payment_id, kind, positions, refund=refund, whole=whole)
    if expected is not None:
        data = {"kind": str(kind)}
        await record(tx, order.id, SYSTEM, [Event("receipt", expected, "expected", None, State.EXPECTED, data)])


async def _settle(tx: Tx, order: Order, found: Sequence[Sold], done: Sequence[Kind]) -> None:
    """The full settlement of what was paid before for lines of these kinds, and is still there."""
    balances = [await _balance(tx, sold) for sold in found]
    settled = carts.added(balance.settled for balance in balances)
    for sold, balance in zip(found, balances, strict=True):
        free = balance
        for amount, wanted in await kept.unprinted(tx, sold.payment):
            free = free.without(min(amount, free.sum), wanted)  # more than was asked may have been accepted
        items = await kept.items(tx, order, sold.vat)
        sums = {item.line: _closable(item, free.ahead, settled) for item in items}
        settled = carts.added((settled, sums))
        for kind in () if sold.flagged else done:
            rows = carts.closing([item for item in items if item.kind in _SETTLES[kind]], sums)
            await _expect(tx, order, sold.payment, kind, rows, whole=sold.settled_whole)


def _closable(item: carts.Item, ahead: Mapping[int, Money], settled: Mapping[int, Money]) -> Money:
    """No line is settled beyond its price: somebody may have paid twice, and what is too much goes back."""
    nothing = Money(0, item.amount.currency)
    room = max(item.amount - settled.get(item.line, nothing), nothing)
    return min(ahead.get(item.line, nothing), room)


async def _balance(tx: Tx, sold: Sold) -> carts.Balance:
    return _balanced(sold, await kept.of_payment(tx, sold.payment))


def _balanced(sold: Sold, receipts: Sequence[Receipt]) -> carts.Balance:
    closed = [one for each in receipts if each.kind.asked_for for one in each.positions]
    gone = [one for each in receipts if each.refund for one in each.positions]
    return carts.balance(sold.charged, closed, gone)


async def _given_back(
    tx: Tx, payment_id: PaymentId, amount: Money, allocation: Mapping[str, int]
) -> tuple[Position, ...]:
    """The rows of a refund: first what was paid before and is not settled yet, then as they stood on their settlement."""
    sold = await kept.sold_by(tx, payment_id)
    if sold is None:
        return ()
    receipts = await kept.of_payment(tx, payment_id)
    here = _balanced(sold, receipts)
    if here.sum < amount:
        return ()
    settled = {carts.line_of(one): one for each in receipts if each.kind.asked_for for one in each.positions}
    wanted = {int(line): sum_ for line, sum_ in allocation.items()}
    return carts.giving_back(sold.charged, here, amount, wanted, settled)
