"""The reception: marks visits as given or missed, and sells times in a diary of its own."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Final

from checkout.booking import busy_store
from checkout.booking.busy import Block
from checkout.catalogue import store as catalogue
from checkout.catalogue.slots import Interval
from checkout.ground.db import Tx
from checkout.ground.ids import OrderId
from checkout.payment import orders, visit
from checkout.payment.visit import Outcome
from tests.proof.pages import LONG, SHORT
from tests.proof.payers import starts
from tests.proof.stage import Stage

DESK: Final = "olga"
HALF_HOUR: Final = timedelta(minutes=30)


async def receptionist(stage: Stage) -> None:
    """Waits for somebody's hour, too early or too late perhaps, and writes down what became of the visit."""
    rng = stage.rng("receptionist")
    await stage.nap(rng.choice(LONG))
    for order_id in list(stage.orders):
        left = await stage.trying("hour", stage.tx(lambda tx, one=order_id: _until(tx, one)))  # type: ignore[misc]
        await stage.nap(max((left or 0.0) + rng.choice((-7200.0, -60.0, 0.0, 1.0, 1800.0)), 0.0))
        outcome = rng.choice((Outcome.GIVEN, Outcome.GIVEN, Outcome.NO_SHOW))
        await stage.trying(outcome, stage.tx(lambda tx, one=order_id: visit.mark(tx, one, outcome, principal=DESK)))  # type: ignore[misc]  # noqa: B023 - it is over within the round


async def _until(tx: Tx, order_id: OrderId) -> float:
    """Seconds until the visit begins."""
    order, moment = await orders.read(tx, order_id)
    return (order.starts_at - moment).total_seconds()


async def diary(stage: Stage) -> None:
    """Another system sells tomorrow's times, over bookings of ours too, and gives some of them back."""
    rng = stage.rng("diary")
    while True:
        await stage.nap(rng.choice((*SHORT, *LONG)))
        await stage.trying("diary", stage.tx(lambda tx: _sells(tx, stage, rng)))


async def _sells(tx: Tx, stage: Stage, rng: random.Random) -> None:
    clinic = await catalogue.clinic(tx, stage.clinic)
    assert clinic is not None
    start = rng.choice((await starts(tx, stage.clinic, "consultation"))[:4])
    name, room = f"visit-{rng.randrange(3)}", "room-1"
    if rng.random() < 0.5:
        await busy_store.remove(tx, clinic.id, room, "desk", [name])
    else:
        block = Block(name, Interval(start, start + HALF_HOUR))
        await busy_store.put(tx, clinic.id, room, "desk", [block])
