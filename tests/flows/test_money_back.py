"""Money back by the table of `refunds.refund.way_back`, at every kind of bank, in one stage and in two."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from checkout.payment.order import Word
from checkout.postgres import Urls
from gateways import sandbox
from gateways.sandbox.clock import banking_day
from refunds import approve, issue, run
from tests.world import World, open_world, roubles

Move = Callable[[timedelta], Awaitable[None]]
TODAY, TOMORROW = "today", "tomorrow"
# kind, stages, whole: what the bank does in the end, and when.
TABLE = [
    ("sberbank", "one", True, "reversed", TODAY),
    ("sberbank", "one", False, "refunded", TOMORROW),
    ("sberbank", "two", True, "refunded", TOMORROW),
    ("sberbank", "two", False, "refunded", TOMORROW),
    ("sberbank-legacy", "one", True, "reversed", TODAY),
    ("sberbank-legacy", "one", False, "refunded", TODAY),
    ("sberbank-legacy", "two", True, "reversed", TODAY),
    ("sberbank-legacy", "two", False, "refunded", TODAY),
    ("alfabank", "one", True, "reversed", TODAY),
    ("alfabank", "one", False, "refunded", TODAY),
    ("alfabank", "two", True, "reversed", TODAY),
    ("alfabank", "two", False, "refunded", TODAY),
    ("rbs", "one", True, "reversed", TODAY),
    ("rbs", "one", False, "refunded", TODAY),
    ("rbs", "two", True, "refunded", TODAY),
    ("rbs", "two", False, "refunded", TODAY),
]


@pytest.mark.parametrize(("kind", "stages", "whole", "effect", "day"), TABLE)
async def test_money_goes_back_as_the_table_says(  # noqa: PLR0917 - the columns of a table
    urls: Urls, emptied: None, move: Move, kind: str, stages: str, whole: bool, effect: str, day: str
) -> None:
    """Once, on its banking day, and our books say the same as the bank's."""
    _ = emptied
    async with open_world(urls, move, kind=kind, stages=stages) as world:
        amount = 2500 if whole else 1000
        await given_back(world, amount)
        assert back(world) == ([(effect, amount * 100, TODAY)] if day == TODAY else [])
        await world.advance(days=1)
        await world.sweep()
        assert back(world) == [(effect, amount * 100, day)]
        assert not await world.broken()


@pytest.mark.parametrize(("kind", "day"), [("sberbank-legacy", TODAY), ("sberbank", TOMORROW)])
async def test_a_refused_reversal_is_looked_at_and_refunded(
    urls: Urls, emptied: None, move: Move, kind: str, day: str
) -> None:
    """Its one chance was spent elsewhere: an ordinary refund, as soon as the bank takes one."""
    _ = emptied
    async with open_world(urls, move, kind=kind) as world:
        await given_back(world, 2500, spent=True)
        await world.advance(days=1)
        await world.sweep()
        assert back(world) == [("refunded", 250_000, day)]
        assert not await world.broken()


async def test_a_bank_that_bars_refunds_of_the_day_after_all_is_asked_the_next_day(
    urls: Urls, emptied: None, move: Move
) -> None:
    """The contract promised more than the bank does; its plain no is no reason to call a person on the first day."""
    _ = emptied
    async with open_world(urls, move) as world:
        world.bank.faults.add(sandbox.Rule(sandbox.Fault.REFUSE, method="refund.do", value=8))
        await given_back(world, 1000)
        assert back(world) == []
        await world.advance(days=1)
        await world.sweep()
        assert back(world) == [("refunded", 100_000, TOMORROW)]
        assert not await world.broken()


async def given_back(world: World, amount: int, *, spent: bool = False) -> None:
    """A paid order, and so many roubles of it asked back, approved and tried at once."""
    order, payment_id = await world.paid()
    assert await world.word(order.id) is Word.PAID
    world.bank.find(world.merchant, number=str(payment_id)).reversal_spent = spent
    ask = issue.Ask(roubles(amount), "a reason")
    refund = await world.tx(lambda tx: issue.request(tx, world.service, order.id, ask, principal="anna"))
    await world.tx(lambda tx: approve.decide(tx, refund.id, "approve", principal="boris"))
    await run.run_due(world.service)


def back(world: World) -> list[tuple[str, int, str]]:
    """What the bank gave back, and on which of its days."""
    kinds = (sandbox.Kind.REFUNDED, sandbox.Kind.REVERSED)
    first = banking_day(world.bank.journal.effects[0].at)
    return [
        (str(one.kind), one.amount, TODAY if banking_day(one.at) == first else TOMORROW)
        for one in world.bank.journal.effects
        if one.kind in kinds
    ]
