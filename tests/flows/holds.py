"""What the tests of holds ask of the bank and of us."""

from __future__ import annotations

from checkout.ground.db import one, sql
from checkout.ground.ids import PaymentId
from checkout.payment.order import Order
from gateways import sandbox
from tests.world import World

_HELD_AT = sql("SELECT held_at FROM payment WHERE id = :id")


async def held(world: World, **wish: object) -> tuple[Order, PaymentId]:
    """An order whose payer has paid; the bank holds the sum, and we have not heard of it."""
    world.bank.faults.add(sandbox.Rule(sandbox.Fault.DROP, method="callback", times=None))
    order = await world.order(**wish)  # type: ignore[arg-type]
    started = await world.start(order)
    await world.pay_at_bank(started.payment_id)
    assert at_bank(world, started.payment_id).status is sandbox.Status.APPROVED
    return order, started.payment_id


def at_bank(world: World, payment_id: PaymentId) -> sandbox.Order:
    return world.bank.find(world.merchant, number=str(payment_id))


def moved(world: World) -> list[tuple[str, int]]:
    """What really happened to money and holds at the bank, in order."""
    kinds = (
        sandbox.Kind.HELD,
        sandbox.Kind.RELEASED,
        sandbox.Kind.DEPOSITED,
        sandbox.Kind.REFUNDED,
        sandbox.Kind.REVERSED,
    )
    return [(str(effect.kind), effect.amount) for effect in world.bank.journal.effects if effect.kind in kinds]


async def is_held(world: World, payment_id: PaymentId) -> bool:
    """Whether we believe that the bank holds it."""
    row = await world.tx(lambda tx: one(tx, _HELD_AT, id=payment_id.uuid))
    return row is not None and row.held_at is not None


def holds_after_all(world: World, payment_id: PaymentId) -> None:
    """What no bank should do: an order that it called expired turns out to be held."""
    found = at_bank(world, payment_id)
    found.status, found.action_code, found.approved = sandbox.Status.APPROVED, 0, found.amount
