"""Receipts of a bank that a test does not have: an order with a cart, and what such a bank would have shown of it."""

from __future__ import annotations

from checkout.ground.ids import PaymentId
from checkout.payment import cart, receipt_store, receipts
from checkout.payment.order import Order
from checkout.payment.receipt import Receipt, State
from gateways.fiscal import BankReceipt, ReceiptState
from gateways.money import Money
from tests.world import World


async def expecting(world: World, order: Order, payment: PaymentId) -> Receipt:
    """A paid order whose receipt is to come."""
    items = await world.tx(lambda tx: receipt_store.items(tx, order, None))
    rows = cart.paying(items, Money(0), order.total, language=order.language)
    await world.tx(lambda tx: receipt_store.keep(tx, payment, rows, None))
    await world.tx(lambda tx: receipts.follow(tx, order))
    return (await world.tx(lambda tx: receipt_store.of_payment(tx, payment)))[0]


async def issued(world: World, expected: Receipt) -> None:
    """The bank has printed it."""
    shown = BankReceipt(
        id="7f0c4f9e-0000-4000-8000-000000000001",
        refund=False,
        state=ReceiptState.READY,
        amount=expected.amount,
        number="21",
        sign="3713381819",
        drive="9999078900006364",
        printed_at=await world.now(),
        url="https://ofd.example/rec/21",
    )
    await world.tx(lambda tx: receipt_store.found(tx, expected, State.READY, shown, due_at=None))


async def broken(world: World, expected: Receipt) -> None:
    """The bank's printer could not."""
    shown = BankReceipt(
        "7f0c4f9e-0000-4000-8000-000000000002", refund=False, state=ReceiptState.FAILED, error="ФН занят"
    )
    await world.tx(lambda tx: receipt_store.found(tx, expected, State.FAILED, shown, due_at=None))
