"""Payers who change their minds: another time, out of it, the money back, more time to pay, somebody else to pay.

They press what their private page offers, and what an older tab still offers: that may be refused, and often is.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Final

from checkout.ground.db import Tx
from checkout.ground.ids import OrderId
from checkout.payment import cancel, extend, move, pay
from tests.proof.pages import LONG, SHORT, at_the_bank
from tests.proof.payers import starts
from tests.proof.stage import Stage

PAYER: Final = "payer"
Press = Callable[[Stage, OrderId, random.Random], Awaitable[None]]


async def holder(stage: Stage, name: str) -> None:
    """Somebody who holds the private link of an order: a few presses with pauses between them."""
    rng = stage.rng(name)
    await stage.nap(rng.choice((*SHORT, *LONG)))
    if not stage.orders:
        return
    order_id = rng.choice(stage.orders)
    for _ in range(rng.choice((2, 3, 4, 6))):
        await rng.choice(PRESSES)(stage, order_id, rng)
        await stage.nap(rng.choice((*SHORT, *LONG)))


async def _moves(stage: Stage, order_id: OrderId, rng: random.Random) -> None:
    """To a time that may be taken; an old tab does not know how often the visit was moved."""
    sequence = rng.choice((None, None, 0, 1))

    async def work(tx: Tx) -> None:
        start = rng.choice((await starts(tx, stage.clinic, "consultation"))[:5])
        await move.move(tx, stage.service, order_id, start, principal=PAYER, sequence=sequence)

    await stage.trying("move", pay.letting_go(stage.service, order_id, lambda: stage.tx(work)))


async def _calls_off(stage: Stage, order_id: OrderId, rng: random.Random) -> None:
    """With the money back at once, or kept for another time."""
    at_once = rng.random() < 0.5

    async def work(tx: Tx) -> None:
        await cancel.cancel(tx, stage.service, order_id, principal=PAYER, at_once=at_once)

    what = "call off at once" if at_once else "call off"
    await stage.trying(what, pay.letting_go(stage.service, order_id, lambda: stage.tx(work)))


async def _takes_back(stage: Stage, order_id: OrderId, _rng: random.Random) -> None:
    """The money of a visit that is not there any more, now."""
    await stage.trying("return", stage.tx(lambda tx: cancel.give_back(tx, order_id, principal=PAYER)))


async def _extends(stage: Stage, order_id: OrderId, _rng: random.Random) -> None:
    await stage.trying("extend", stage.tx(lambda tx: extend.extend(tx, stage.service, order_id, principal=PAYER)))


async def _lets_a_guest_pay(stage: Stage, order_id: OrderId, rng: random.Random) -> None:
    """Somebody with the link to pay by: they share an open page, or open one."""
    started = await stage.trying("guest", pay.start(stage.service, order_id, principal="guest", guest=True))
    if started is not None and started.form_url is not None:
        await at_the_bank(stage, rng, started)


PRESSES: Final[tuple[Press, ...]] = (
    _moves,
    _moves,
    _moves,
    _calls_off,
    _calls_off,
    _takes_back,
    _takes_back,
    _extends,
    _extends,
    _lets_a_guest_pay,
)
