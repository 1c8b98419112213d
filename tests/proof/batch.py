"""Many histories in a process of their own: `python -m tests.proof.batch` reads a job from stdin and writes JSON lines."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any, Final

import uvloop

from checkout.books.invariants import verify
from checkout.ground.service import Service
from checkout.notices.send import send_due
from checkout.parts import INVARIANTS, LETTERS
from checkout.postgres import Urls
from tests.memory import settle_memory
from tests.proof.history import Told, tell
from tests.proof.stage import Hall, open_hall

BATCH: Final = 50


@dataclass(frozen=True, slots=True)
class Job:
    """Which histories to play."""

    first: int
    step: int
    count: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Summary:
    """So many histories: what was wrong, by seed, and everything that happened, counted."""

    histories: int
    wrong: dict[str, tuple[str, ...]]
    fired: dict[str, int]
    outcomes: dict[str, int]


async def broken(hall: Hall) -> tuple[str, ...]:
    """The invariants that do not hold, over all that is in the database. There is no mail here: nobody is told."""
    config = next(iter(hall.configs.values()))
    await send_due(LETTERS, Service(config, hall.engine, {}, hall.vault))
    return tuple(f"{one.invariant} {one.sentence}: {one.rows}" for one in await verify(hall.engine, INVARIANTS))


async def alone(hall: Hall, number: int, say: Callable[[str], None] | None = None) -> Told:
    """One history in an empty database, invariants included."""
    await hall.empty()
    told = await tell(hall, number, say)
    return Told(number, (*told.wrong, *await broken(hall)), told.fired, told.outcomes)


async def play(hall: Hall, seeds: Iterable[int]) -> AsyncIterator[Summary]:
    """Play in batches that share one look at the invariants; a batch that fails is played again, one by one."""
    waiting = iter(seeds)
    while batch := list(islice(waiting, BATCH)):
        await hall.empty()
        told = [await _cleanly(hall, number) for number in batch]
        wrong = {str(one.seed): one.wrong for one in told if one.wrong}
        if wrong or await broken(hall):
            wrong |= {str(one): found for one in batch if (found := (await alone(hall, one)).wrong)}
            wrong = wrong or {f"{batch[0]}…{batch[-1]}": ("they break invariants only together",)}
        yield Summary(len(told), wrong, _sum(one.fired for one in told), _sum(one.outcomes for one in told))


async def _cleanly(hall: Hall, number: int) -> Told:
    """A history that went wrong leaves nothing behind that the next one could stumble over."""
    told = await tell(hall, number)
    if told.wrong:
        await hall.empty()
    return told


def added(parts: Iterable[Summary]) -> Summary:
    """The sum of several summaries."""
    found = list(parts)
    wrong = {seed: lines for one in found for seed, lines in one.wrong.items()}
    return Summary(
        sum(one.histories for one in found),
        wrong,
        _sum(Counter(one.fired) for one in found),
        _sum(Counter(one.outcomes) for one in found),
    )


def _sum(counters: Iterable[Counter[str]]) -> dict[str, int]:
    whole: Counter[str] = Counter()
    for counter in counters:
        whole.update(counter)
    return dict(whole)


async def main(urls: Urls, job: Job) -> None:
    async with open_hall(urls) as hall:
        async for summary in play(hall, range(job.first, job.first + job.step * job.count, job.step)):
            sys.stdout.write(json.dumps(asdict(summary)) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    settle_memory()
    order = json.load(sys.stdin)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(Urls(order.pop("app"), order.pop("owner")), Job(**order)))
