"""A scheduler for histories: one actor moves at a time, from one port to the next, and a seed says whose turn it is.

Ports call `pause` before a transaction begins, before a request goes to the bank and before its answer arrives. So
between any two of these every other actor may act, and an actor may be cut down there for good, as by a power cut.
Time is virtual: it stands still unless the scheduler moves it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final

_sleep: Final = asyncio.sleep  # the real one; a history puts a virtual one in its place
_CALM: Final = 8  # turns of the loop without a transaction: enough for `gather` and tasks to hand on what they wait for
_ACTOR: ContextVar[str | None] = ContextVar("actor", default=None)
DRIFT: Final = (0.05, 0.4, 1.0, 3.0)  # seconds that pass between two steps, now and then

FREEZES: Final = (35.0, 70.0, 400.0)  # seconds: longer than the lease of a look, of a refund, than everybody's patience


def actor() -> str | None:
    """Whose turn it is, seen from within."""
    return _ACTOR.get()


class Stuck(AssertionError):
    """The actors wait for something that no step of the scheduler can bring."""


@dataclass(frozen=True, slots=True)
class Temper:
    """How rough a history is: chances a step.

    `crash`: whoever's turn it is dies; `freeze`: he is stopped and wakes later, past his lease perhaps; `leap`: time
    leaps to somebody's waking; `drift`: a little time passes.
    """

    crash: float
    freeze: float
    leap: float
    drift: float


@dataclass(eq=False, slots=True)
class _Parked:
    actor: str
    point: str
    wake: float
    future: asyncio.Future[None]


@dataclass(frozen=True, slots=True)
class _Actor:
    task: asyncio.Task[None]
    lasting: bool  # it goes on for as long as the history does, so nobody waits for its end


@dataclass(eq=False)
class Scheduler:
    """`now` tells the virtual time in seconds, `advance` moves it. `say` is told each decision."""

    rng: random.Random
    temper: Temper
    now: Callable[[], float]
    advance: Callable[[float], Awaitable[None]]
    say: Callable[[str], None]
    crashes: int = 0
    freezes: int = 0
    faults: list[BaseException] = field(default_factory=list)
    _parked: list[_Parked] = field(default_factory=list)
    _actors: dict[str, _Actor] = field(default_factory=dict)
    _spawned: int = 0
    _busy: int = 0
    _free: asyncio.Event = field(default_factory=asyncio.Event)

    def spawn(self, name: str, work: Coroutine[Any, Any, None], *, lasting: bool = False) -> None:
        """Let an actor live. Its tasks inherit its name, so a crash takes them all."""
        self._spawned += 1
        name = f"{name} #{self._spawned}" if name in self._actors else name
        before = _ACTOR.set(name)
        try:
            self._actors[name] = _Actor(asyncio.ensure_future(work), lasting)
        finally:
            _ACTOR.reset(before)

    async def pause(self, point: str, seconds: float = 0.0) -> None:
        """Wait for one's turn, at the earliest in `seconds` of virtual time. Outside of a history it is no wait."""
        actor = _ACTOR.get()
        if actor is None:
            return
        mine = _Parked(actor, point, self.now() + seconds, asyncio.get_running_loop().create_future())
        self._parked.append(mine)
        try:
            await mine.future
        finally:
            if mine in self._parked:
                self._parked.remove(mine)

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Around real input and output: nobody else moves until it is over."""
        self._busy += 1
        self._free.clear()
        try:
            yield
        finally:
            self._busy -= 1
            if not self._busy:
                self._free.set()

    async def play(self, most: int) -> int:
        """Give turns until every actor that ends has ended, `most` turns at the most; returns how many it took."""
        for step in range(most):
            await self._quiet()
            self._reap()
            if all(actor.lasting for actor in self._actors.values()):
                return step
            await self._turn()
        return most

    async def end(self) -> None:
        """Cut down whoever still lives, as at the end of the world."""
        for actor in self._actors.values():
            actor.task.cancel()
        await asyncio.gather(*(actor.task for actor in self._actors.values()), return_exceptions=True)
        self._reap()

    async def _turn(self) -> None:
        ready = [one for one in self._parked if one.wake <= self.now()]
        if not ready or (len(ready) < len(self._parked) and self.rng.random() < self.temper.leap):
            await self._leap()
            return
        chosen = self.rng.choice(ready)
        if self.rng.random() < self.temper.crash:
            await self._crash(chosen)
            return
        # The worst moment to be stopped is between the bank's answer and the writing down of it.
        if self.rng.random() < self.temper.freeze * (6 if chosen.point.startswith("waits") else 1):
            self._freeze(chosen)
            return
        if self.rng.random() < self.temper.drift:
            await self.advance(self.rng.choice(DRIFT))
        self.say(f"{chosen.actor} {chosen.point}")
        self._parked.remove(chosen)
        chosen.future.set_result(None)

    async def _leap(self) -> None:
        """Time goes on to the next waking; now and then it runs past those who are always about."""
        sleepers = [one for one in self._parked if one.wake > self.now()]
        if not sleepers:
            raise Stuck(f"nobody can move: {sorted(self._actors)}")
        mortal = [one for one in sleepers if not self._lasting(one.actor)]
        chosen = min(mortal if mortal and self.rng.random() < 0.3 else sleepers, key=lambda one: one.wake)
        self.say(f"… {chosen.wake - self.now():.2f} s pass")
        await self.advance(chosen.wake - self.now())

    def _lasting(self, name: str) -> bool:
        return name not in self._actors or self._actors[name].lasting

    async def _crash(self, chosen: _Parked) -> None:
        self.say(f"{chosen.actor} DIES at {chosen.point}")
        self.crashes += 1
        task = self._actors[chosen.actor].task
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    def _freeze(self, chosen: _Parked) -> None:
        """As a machine that is suspended: nothing is lost but time."""
        seconds = self.rng.choice(FREEZES)
        self.say(f"{chosen.actor} is stopped for {seconds:.0f} s at {chosen.point}")
        self.freezes += 1
        chosen.wake = self.now() + seconds

    async def _quiet(self) -> None:
        """Return when nobody runs: all wait for their turn, or for somebody who does."""
        calm = 0
        while calm < _CALM:
            if self._busy:
                await self._free.wait()
                calm = 0
            await _sleep(0)
            calm += 1

    def _reap(self) -> None:
        """Bury the dead, and remember what killed those who did not die of us."""
        for name, actor in list(self._actors.items()):
            if not actor.task.done():
                continue
            del self._actors[name]
            if not actor.task.cancelled() and (reason := actor.task.exception()) is not None:
                self.faults.append(reason)


def dice(*words: object) -> random.Random:
    """Dice that fall the same for the same words."""
    return random.Random(" ".join(map(str, words)))  # noqa: S311 - dice, not secrets


@contextmanager
def virtual_sleep(scheduler: Scheduler) -> Iterator[None]:
    """Let libraries that pause between tries pause in virtual time."""

    async def sleep(seconds: float, result: Any = None) -> Any:
        await scheduler.pause("rests", seconds)
        return result

    asyncio.sleep = sleep  # type: ignore[assignment]
    try:
        yield
    finally:
        asyncio.sleep = _sleep
