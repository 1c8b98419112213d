"""The two ports of a history, with everything that can go wrong at them: the database and the bank."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateways import sandbox
from gateways.gateway import Garbled, Request, Response, Unreachable
from gateways.sandbox.faults import API_FAULTS
from tests.proof.schedule import Scheduler, actor

PATIENCE: Final = 10.0  # seconds that our client waits in all
LARGEST: Final = 262_144  # bytes that it reads
GHOST: Final = "ghost"  # the request arrives long after everybody gave it up
# What the bank may say without a lie: it is away, broken down, slow, or mumbles.
READINGS: Final = ("getOrderStatusExtended.do",)
HONEST: Final = tuple(sorted(API_FAULTS - {sandbox.Fault.WRONG_AMOUNT}))
BROKEN_DOWN: Final = (5.0, 7.0)  # error codes that come with the words "system error"
OUTAGES: Final = (
    sandbox.Fault.HTTP_429,
    sandbox.Fault.HTTP_500,
    sandbox.Fault.HTTP_502,
    sandbox.Fault.HTML,
    sandbox.Fault.EMPTY,
    sandbox.Fault.TIMEOUT_BEFORE,
    sandbox.Fault.TIMEOUT_AFTER,
)
# Another sum, or a plain "no" (number taken, no such order, forbidden) to something that it knows and does.
UNTRUE: Final = (1.0, 6.0, 14.0)


class Trouble(StrEnum):
    """What happens to a transaction."""

    ROLLED_BACK = "rolled_back"  # the connection is cut before the commit
    LOST_ANSWER = "lost_answer"  # it is cut after the commit: the same exception, the opposite truth
    DEADLOCK = "deadlock"  # chosen as the victim: may run again
    DIED_BEFORE = "died_before"  # our process ends before the commit
    DIED_AFTER = "died_after"  # and after it


class _Cause(Exception):
    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


class Injected(OperationalError):
    """An error of the database that a history ordered."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__("injected", None, _Cause(sqlstate))


@dataclass(frozen=True, slots=True)
class Chances:
    """How often something goes wrong, a transaction or a request. `lies`: whether the bank may tell an untruth."""

    database: float
    bank: float
    lies: bool


@dataclass(slots=True)
class Weather:
    """What went wrong so far, by kind and place; `off` ends all trouble. `lied`: the bank has told an untruth."""

    rng: random.Random
    chances: Chances
    fired: Counter[str] = field(default_factory=Counter)
    off: bool = False
    lied: bool = False
    outage: tuple[str, float] = ("", 0.0)  # of which kind, and until when (virtual seconds)

    def strikes(self, chance: float) -> bool:
        return not self.off and self.rng.random() < chance

    def note(self, kind: str, where: str) -> None:
        self.fired[f"{kind} {where}"] += 1


class FaultyEngine(AsyncEngine):
    """The application's engine, seen through the weather. Transactions run one at a time and never wait for each other."""

    def __init__(self, engine: AsyncEngine, scheduler: Scheduler, weather: Weather) -> None:
        super().__init__(engine.sync_engine)
        self._scheduler = scheduler
        self._weather = weather

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        await self._scheduler.pause("begins a transaction")
        trouble = self._trouble()
        with self._scheduler.busy():
            async with AsyncEngine.begin(self) as tx:
                yield tx
                _before_commit(trouble)
        if trouble is Trouble.LOST_ANSWER:
            raise Injected("08006")
        if trouble is Trouble.DIED_AFTER:
            raise asyncio.CancelledError

    def _trouble(self) -> Trouble | None:
        if not self._weather.strikes(self._weather.chances.database):
            return None
        trouble = self._weather.rng.choice(list(Trouble))
        self._weather.note(trouble, "database")
        self._scheduler.say(f"    database: {trouble}")
        return trouble


def _before_commit(trouble: Trouble | None) -> None:
    if trouble is Trouble.ROLLED_BACK:
        raise Injected("08006")
    if trouble is Trouble.DEADLOCK:
        raise Injected("40P01")
    if trouble is Trouble.DIED_BEFORE:
        raise asyncio.CancelledError


@dataclass(slots=True)
class BankLine:
    """`gateway.Transport` into the bank's own door, without a socket."""

    bank: sandbox.Bank
    scheduler: Scheduler
    weather: Weather
    ghosts: list[sandbox.WireRequest] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    _told: dict[tuple[str | None, str], bool] = field(default_factory=dict)

    async def __call__(self, request: Request) -> Response:
        wire = as_wire(request)
        method = wire.path.rpartition("/")[2]
        await self.scheduler.pause(f"sends {method}")
        fault = self._fault(method)
        if fault == GHOST:
            self.ghosts.append(wire)
            raise Unreachable("no answer in time")
        before = len(self.bank.journal.effects)
        reply = sandbox.dispatch(self.bank, wire)
        self._watch(before)
        if method in READINGS and not fault:
            self._told |= {(actor(), order.id): order.disputed for order in self._named(wire)}
        await self.scheduler.pause(f"waits for the answer to {method}")
        return received(reply)

    def _named(self, wire: sandbox.WireRequest) -> list[sandbox.Order]:
        """The order that a request is about."""
        given = json.loads(wire.body) if wire.body.startswith(b"{") else dict(parse_qsl(wire.body.decode()))
        named = (given.get("orderId"), given.get("orderNumber"))
        return [order for name in named if name and (order := self.bank.lookup(name))][:1]

    def _watch(self, before: int) -> None:
        """Whoever was told that a payment was charged back sends none of that money to its payer a second time."""
        for effect in self.bank.journal.effects[before:]:
            order = self.bank.orders[effect.order_id]
            out = effect.kind in (sandbox.Kind.REFUNDED, sandbox.Kind.REVERSED)
            if out and self._told.get((actor(), order.id)) and order.deposited < order.charged_back:
                self.wrong.append(f"{order.number}: {effect.amount} sent back, though its payer's bank had taken it")

    async def close(self) -> None:
        """There is nothing to close."""

    def deliver_ghost(self) -> None:
        """A request that everybody gave up arrives at the bank after all."""
        wire = self.ghosts.pop(self.weather.rng.randrange(len(self.ghosts)))
        self.scheduler.say(f"    bank: a ghost of {wire.path.rpartition('/')[2]} arrives")
        sandbox.dispatch(self.bank, wire)

    def _perhaps_for_long(self, kind: str) -> None:
        """Some trouble is an outage: every call fails like this for minutes or hours."""
        if kind in OUTAGES and self.weather.rng.random() < 0.3:
            seconds = self.weather.rng.choice((60.0, 900.0, 7200.0))
            self.weather.outage = kind, self.scheduler.now() + seconds
            self.scheduler.say(f"    bank: {kind} for {seconds:.0f} s")

    def _fault(self, method: str) -> str | None:
        # Most requests are readings; the few that move something deserve their share of trouble.
        share = 1.0 if method in READINGS else 2.0
        kind, until = self.weather.outage
        value: float | None = None
        if self.weather.off or self.scheduler.now() >= until:
            if not self.weather.strikes(self.weather.chances.bank * share):
                return None
            kind, value = _drawn(self.weather)
            self._perhaps_for_long(kind)
        self.weather.note(kind, method)
        self.scheduler.say(f"    bank: {kind} {value or ''} to {method}")
        if kind != GHOST:
            self.bank.faults.add(sandbox.Rule(sandbox.Fault(kind), value=value))
        return kind


def _drawn(weather: Weather) -> tuple[str, float | None]:
    """A kind of trouble and its measure."""
    if weather.chances.lies and weather.rng.random() < 0.5:
        weather.lied = True
        return weather.rng.choice(_LIES)(weather.rng)
    kind = weather.rng.choice((*HONEST, GHOST))
    values: dict[str, tuple[float, ...]] = {sandbox.Fault.DELAY: (1.0, 60.0), sandbox.Fault.REFUSE: BROKEN_DOWN}
    return kind, weather.rng.choice(values[kind]) if kind in values else None


_LIES: Final[tuple[Callable[[random.Random], tuple[str, float | None]], ...]] = (
    lambda rng: (sandbox.Fault.WRONG_AMOUNT, rng.choice((100.0, -100.0, 1.0))),
    lambda rng: (sandbox.Fault.REFUSE, rng.choice(UNTRUE)),
)


def as_wire(request: Request) -> sandbox.WireRequest:
    """Our client's request as the bank reads it."""
    parts = urlsplit(request.url)
    return sandbox.WireRequest(
        request.method, parts.path, parts.query, request.headers.get("Content-Type", ""), request.body
    )


def received(reply: Any) -> Response:
    """What our real client would make of the reply. Raises as it would."""
    if reply.hang or reply.cut or reply.delay > PATIENCE:
        raise Unreachable("no whole answer in time")
    if len(reply.body) > LARGEST:
        raise Garbled(f"an answer of more than {LARGEST} bytes")
    return Response(reply.status, reply.content_type, reply.body)
