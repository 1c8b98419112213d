"""Token buckets: never more than the burst and the pace, whoever asks at once and whatever the clock does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checkout.ground import bucket
from checkout.ground.db import Tx, now, one, sql
from checkout.payment import brakes
from tests.world import World

_COUNT = sql("SELECT count(*) AS kept FROM bucket")
KEY = b"a key of a test!"


def taking(*, capacity: float, per_hour: float, cost: float = 1) -> Callable[[Tx], Awaitable[timedelta | None]]:
    return partial(bucket.take, key=KEY, capacity=capacity, per_hour=per_hour, cost=cost)


async def kept(tx: Tx) -> int:
    row = await one(tx, _COUNT)
    assert row is not None
    return int(row.kept)


async def test_a_burst_then_the_pace(world: World) -> None:
    """Three at once; the fourth is told how long to wait, and passes when it has waited so long, but no sooner."""
    take = taking(capacity=3, per_hour=6)
    assert [await world.tx(take) for _ in range(3)] == [None] * 3
    wait = await world.tx(take)
    assert wait is not None
    assert timedelta(minutes=9, seconds=50) < wait <= timedelta(minutes=10)
    await world.advance(minutes=9)
    assert await world.tx(take) is not None
    await world.advance(minutes=1)
    assert await world.tx(take) is None


async def test_a_bucket_never_holds_more_than_its_capacity(world: World) -> None:
    """A week of silence saves nothing up; and a capacity that was lowered holds at once."""
    await world.tx(taking(capacity=4, per_hour=60))
    await world.advance(days=7)
    assert [await world.tx(taking(capacity=2, per_hour=60)) is None for _ in range(3)] == [True, True, False]


async def test_costs_are_taken_whole_or_not_at_all(world: World) -> None:
    """What is refused takes nothing away from a smaller wish."""
    assert await world.tx(taking(capacity=5, per_hour=1, cost=3)) is None
    assert await world.tx(taking(capacity=5, per_hour=1, cost=3)) is not None
    assert await world.tx(taking(capacity=5, per_hour=1, cost=2)) is None


async def test_sixty_four_at_once_get_no_more_than_there_is(world: World) -> None:
    """Whoever comes first decides, in the database: ten pass, on a new bucket and on a used one."""
    for _ in range(2):
        found = await asyncio.gather(*(world.tx(taking(capacity=10, per_hour=10)) for _ in range(64)))
        assert sum(wait is None for wait in found) == 10
        await world.advance(hours=1)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    key=st.binary(min_size=16, max_size=16),
    capacity=st.integers(1, 6),
    per_hour=st.integers(1, 600),
    steps=st.lists(st.tuples(st.integers(0, 1200), st.integers(1, 4)), min_size=1, max_size=8),
)
async def test_no_stretch_of_time_gives_more_than_capacity_and_pace(
    world: World, key: bytes, capacity: int, per_hour: int, steps: list[tuple[int, int]]
) -> None:
    """Between any two takes that passed: at most the capacity and what that time refills."""
    passed: list[datetime] = []

    async def take(tx: Tx) -> None:
        if await bucket.take(tx, key, capacity=capacity, per_hour=per_hour) is None:
            passed.append(await now(tx))

    await world.tx(partial(bucket.unmark, key=key))
    for seconds, times in steps:
        await world.advance(seconds=seconds)
        for _ in range(times):
            await world.tx(take)
    assert passed
    for first in range(len(passed)):
        for last in range(first, len(passed)):
            hours = (passed[last] - passed[first]) / timedelta(hours=1)
            assert last - first + 1 <= capacity + hours * per_hour + 1e-6


async def test_a_mark_is_made_once_however_many_try(world: World) -> None:
    """Of sixteen at once one is first; unmade, it can be made again."""
    found = await asyncio.gather(*(world.tx(partial(bucket.mark, key=KEY)) for _ in range(16)))
    assert sum(found) == 1
    assert await world.tx(partial(bucket.marked, key=KEY))
    await world.tx(partial(bucket.unmark, key=KEY))
    assert await world.tx(partial(bucket.mark, key=KEY))


async def test_what_is_full_again_is_thrown_away_in_batches(world: World) -> None:
    """A day later; what was touched since stays, and no round takes more than its share."""

    async def fill(tx: Tx) -> None:
        for number in range(7):
            await bucket.take(tx, number.to_bytes(16, "big"), capacity=1, per_hour=1)

    await world.tx(fill)
    await world.advance(hours=25)
    await world.tx(taking(capacity=1, per_hour=1))
    assert await world.tx(partial(bucket.forget, limit=5)) == 5
    assert await brakes.forget(world.service) == 2
    assert await brakes.forget(world.service) == 0
    assert await world.tx(kept) == 1
