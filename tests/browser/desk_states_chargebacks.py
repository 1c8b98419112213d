"""States of chargebacks: none, some that wait and some that ended, one to be answered, one that is late, one that was won."""

from __future__ import annotations

from typing import Final

from refunds.chargebacks import store
from refunds.chargebacks.chargeback import Chargeback
from refunds.chargebacks.decide import decide
from tests.browser.desk import Desk, DeskState
from tests.refunds.disputes import charged_back
from tests.world import World

ACCOUNTANT: Final = ("accountant",)
PLACE: Final = "/desk/chargebacks"


async def _disputed(world: World) -> Chargeback:
    order, payment = await world.paid()
    await charged_back(world, payment)
    return (await world.tx(lambda tx: store.of_order(tx, order.id)))[0]


async def _said(world: World, held: Chargeback, command: str) -> None:
    await world.tx(lambda tx: decide(tx, world.service, held.id, command, principal="boris", note="CB-118"))


async def _none(_desk: Desk) -> str:
    return PLACE


async def _some(desk: Desk) -> str:
    await _disputed(desk.world)
    for command in ("win", "lose"):
        await _said(desk.world, await _disputed(desk.world), command)
    return PLACE


async def _ended(desk: Desk) -> str:
    await _said(desk.world, await _disputed(desk.world), "accept")
    return PLACE


async def _open(desk: Desk) -> str:
    return f"{PLACE}/{(await _disputed(desk.world)).id}"


async def _late(desk: Desk) -> str:
    held = await _disputed(desk.world)
    await _said(desk.world, held, "dispute")
    await desk.world.advance(days=12)
    await desk.again()
    return f"{PLACE}/{held.id}"


async def _won(desk: Desk) -> str:
    held = await _disputed(desk.world)
    await _said(desk.world, held, "win")
    return f"{PLACE}/{held.id}"


async def _second(desk: Desk) -> None:
    """Somebody else has decided meanwhile."""
    held = await _disputed(desk.world)
    await desk.open(f"{PLACE}/{held.id}")
    await _said(desk.world, held, "lose")
    await desk.page.locator(f"[formaction='{PLACE}/{held.id}/win']").click()
    await desk.page.wait_for_selector(".notice[role=alert]")


async def _order(desk: Desk) -> str:
    order, payment = await desk.world.paid()
    await charged_back(desk.world, payment)
    return f"/desk/orders/{order.code}"


STATES: Final = (
    DeskState("chargebacks", "desk/chargebacks.html", ACCOUNTANT, _some),
    DeskState("chargebacks_none", "desk/chargebacks.html", ("read-only",), _none),
    DeskState("chargebacks_ended", "desk/chargebacks.html", ACCOUNTANT, _ended),
    DeskState("chargeback", "desk/chargeback.html", ACCOUNTANT, _open),
    DeskState("chargeback_late", "desk/chargeback.html", ("controller",), _late),
    DeskState("chargeback_won", "desk/chargeback.html", ("read-only",), _won),
    DeskState("chargeback_second", "desk/chargeback.html", ACCOUNTANT, _second, status=409),
    DeskState("chargeback_order", "desk/order.html", ACCOUNTANT, _order),
)
