"""SIGKILL at every touch of the outside: another worker finishes, and nothing happens twice.

The k-th statement, commit or bank call of a worker is its last; k grows until a run ends by itself, so every boundary is
met (the way SQLite tests its crashes). A zygote forks the workers, so that a kill costs milliseconds.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from checkout import postgres
from checkout.payment.order import Word
from checkout.payment.settle import settle
from gateways import sandbox
from tests.flows.test_refunds import asked
from tests.world import World, roubles

ROOT = Path(__file__).parent.parent.parent
Kill = Callable[[str, int], Awaitable[bool]]
MOST_TOUCHES = 200


@pytest.fixture
async def kill(world: World, urls: postgres.Urls) -> AsyncIterator[Kill]:
    """Run a job until its k-th touch; True if it was killed there, False if it ended before."""
    zygote = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.flows.zygote", urls.app, world.bank.base_url, cwd=ROOT, stdin=PIPE, stdout=PIPE
    )
    assert zygote.stdin is not None
    assert zygote.stdout is not None
    commands, answers = zygote.stdin, zygote.stdout

    async def run(job: str, last: int) -> bool:
        commands.write(f"{job} {last}\n".encode())
        ended = (await answers.readline()).decode().strip()
        assert ended in ("killed", "finished"), ended
        return ended == "killed"

    yield run
    commands.close()
    await zygote.wait()


async def recovered(world: World) -> None:
    """Leases end, and the next worker comes round."""
    for _ in range(3):
        await world.advance(minutes=3)
        await world.sweep()


async def test_a_refund_survives_a_kill_at_every_touch(world: World, kill: Kill) -> None:
    """Claim, look, send, look, write: killed anywhere, the money goes back exactly once."""
    await world.paid()  # the pools of the application are warm, so that the kills are the worker's
    for last in range(1, MOST_TOUCHES):
        order, payment = await world.paid()
        await asked(world, order.id, roubles(1000))
        killed = await kill("refund", last)
        await recovered(world)
        number = str(payment)
        sent = [e.amount for e in world.bank.journal.effects if e.number == number and e.kind is sandbox.Kind.REFUNDED]
        assert sent == [100_000], last
        assert (await world.facts(order.id)).refunded == roubles(1000), last
        if not killed:
            break
    assert last > 10, "there are at least ten boundaries"
    assert not await world.broken()


async def test_a_settle_survives_a_kill_at_every_touch(world: World, kill: Kill) -> None:
    """Claim, look, write: killed anywhere, the money is booked exactly once."""
    for last in range(1, MOST_TOUCHES):
        order = await world.order(clinic="krasny")
        started = await world.start(order)
        await world.pay_at_bank(started.payment_id)
        await world.advance(seconds=21)
        killed = await kill("settle", last)
        await recovered(world)
        assert await world.word(order.id) is Word.PAID, last
        assert (await world.facts(order.id)).paid == roubles(2500), last
        if not killed:
            break
    assert last > 10, "there are at least ten boundaries"
    assert not await world.broken()


async def test_starting_a_payment_survives_a_kill_at_every_touch(world: World, kill: Kill) -> None:
    """Intent, register, write: killed anywhere, the payer starts again and pays exactly once."""
    for last in range(1, MOST_TOUCHES):
        order = await world.order(clinic="krasny")
        killed = await kill(str(order.id), last)
        await world.advance(minutes=1)
        await world.sweep()
        await world.advance(minutes=1)
        await world.sweep()
        started = await world.start(order)
        await world.pay_at_bank(started.payment_id)
        await settle(world.service, started.payment_id)
        assert (await world.facts(order.id)).paid == roubles(2500), last
        if not killed:
            break
    assert last > 10, "there are at least ten boundaries"
    await recovered(world)
    assert not await world.broken()
