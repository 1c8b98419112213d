"""Refunds as the tests of finance's desk bring them about: asked for, looked through, decided."""

from __future__ import annotations

from checkout.ground.ids import OrderId
from checkout.payment.order import Order
from refunds import issue, store
from tests.desk.clerk import Clerk
from tests.pages.visitor import Seen
from tests.world import World, roubles


async def of_order(world: World, order_id: OrderId) -> list[store.Refund]:
    return await world.tx(lambda tx: store.of_order(tx, order_id))


async def asked(
    world: World, order: Order, amount: int = 1000, *, by: str = "staff:stf_01M8DA22FWFMQY4B2K33P6FTZ4"
) -> store.Refund:
    """A refund that somebody asked for."""
    ask = issue.Ask(roubles(amount), "Отказ от услуги")
    return await world.tx(lambda tx: issue.request(tx, world.service, order.id, ask, principal=by))


async def filled(clerk: Clerk, order: Order, **typed: str) -> Seen:
    """The form of a new refund, sent to be looked through."""
    form = await clerk.get(f"/desk/orders/{order.code}/refund")
    chosen = {"payment": form.values["payment"], "amount": form.values["amount"], "reason": "not_needed"}
    return await clerk.press(form, f"/desk/orders/{order.code}/refund/check", **{**chosen, **typed})


async def sent(clerk: Clerk, order: Order, **typed: str) -> Seen:
    """Looked through and asked for."""
    check = await filled(clerk, order, **typed)
    assert check.status == 200, check.text
    return await clerk.press_all(check, f"/desk/orders/{order.code}/refund")


async def decided(clerk: Clerk, refund: store.Refund, what: str, **typed: str) -> Seen:
    page = await clerk.get(f"/desk/refunds/{refund.id}")
    return await clerk.press(page, f"/desk/refunds/{refund.id}/{what}", **typed)


def clerk_name(clerk: Clerk) -> str:
    return f"staff:{clerk.staff_id}"
