"""What the tests of the bank's receipts ask and do."""

from __future__ import annotations

from checkout.ground.ids import OrderId, PaymentId
from checkout.payment import receipt_store
from checkout.payment.receipt import Kind, Receipt, State
from tests.world import World


async def of(world: World, order_id: OrderId) -> list[Receipt]:
    return await world.tx(lambda tx: receipt_store.of_order(tx, order_id))


async def states(world: World, order_id: OrderId) -> list[tuple[Kind, State]]:
    return [(one.kind, one.state) for one in await of(world, order_id)]


async def printed(world: World) -> None:
    """The bank's printer has done what it was given, and we have looked."""
    await world.sweep()
    await world.advance(minutes=1)
    await world.sweep()


def spoil(world: World, payment: PaymentId, *, fail: bool = True) -> None:
    """The bank's printer breaks for this order, or is mended."""
    world.bank.receipts.spoil(world.bank.find(world.merchant, number=str(payment)), fail=fail)
