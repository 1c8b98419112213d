"""Processes that die on command. `python -m tests.proof.zygote` loads the application once and then only forks.

One job a line on stdin, one ending a line on stdout. The child counts its hits: each statement, each commit, each request
to the bank, before and after. At the hit that was ordered it kills itself, as no exception handler or `finally` can see.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from checkout.catalogue.calendar import working
from checkout.ground import crypto
from checkout.ground.config import Config
from checkout.ground.db import Tx, in_transaction, open_engine
from checkout.ground.ids import OrderId, PaymentId
from checkout.ground.service import Service
from checkout.payment import adding, cancel, cards, checking, orders, pay, press, restoring, unbinding
from checkout.payment.settle import settle
from checkout.worker import settle_due
from gateways.gateway import Request, Response, Transport
from gateways.http import AiohttpTransport
from gateways.money import Money
from gateways.sberbank import make
from refunds import late, run
from tests.setting import configured

VICTIM: Final = "victim"  # the name of the child's connections, by which it is known when they are gone
NEVER: Final = 10**9
PRICE: Final = Money(250_000)  # of every visit here
RECORD: Final = 3  # the file descriptor on which the child reports


@dataclass(frozen=True, slots=True)
class Job:
    """What the child does, and at which of its hits it dies. `subject`: the order or the payment it is about."""

    deed: str
    subject: str
    hit: int
    url: str
    bank: str
    kind: str

    def line(self) -> bytes:
        return json.dumps(asdict(self)).encode() + b"\n"


@dataclass(slots=True)
class Hits:
    """Counts, and strikes at the ordered one."""

    deadly: int
    count: int = 0
    last: str = ""

    def __call__(self, where: str) -> None:
        self.count += 1
        if self.count == self.deadly:
            os.write(RECORD, f"{where}\n".encode())
            os.kill(os.getpid(), signal.SIGKILL)


class MortalEngine(AsyncEngine):
    """The application's engine; each boundary of a transaction is a hit."""

    def __init__(self, engine: AsyncEngine, hits: Hits) -> None:
        super().__init__(engine.sync_engine)
        self._hits = hits

        def before(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            hits(f"before {' '.join(statement.split())[:60]}")

        event.listen(engine.sync_engine, "before_cursor_execute", before)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        self._hits("before a transaction")
        async with AsyncEngine.begin(self) as tx:
            yield tx
            self._hits("before the commit")
        self._hits("after the commit")


@dataclass(frozen=True, slots=True)
class MortalLine:
    """The real network; a hit before the request leaves and one when its answer has come."""

    line: Transport
    hits: Hits

    async def __call__(self, request: Request) -> Response:
        method = request.url.rpartition("/")[2]
        self.hits(f"before {method}")
        response = await self.line(request)
        self.hits(f"after {method}")
        return response

    async def close(self) -> None:
        await self.line.close()


async def _refund(service: Service, _subject: UUID) -> None:
    await run.run_due(service, limit=1)


async def _settle(service: Service, subject: UUID) -> None:
    await settle(service, PaymentId(subject))


async def _sweep(service: Service, _subject: UUID) -> None:
    await settle_due(service)


async def _start(service: Service, subject: UUID) -> None:
    await pay.start(service, OrderId(subject), principal="key:site")


async def _press(service: Service, subject: UUID) -> None:
    """The visit's price, as the button said it."""
    await press.press(service, PaymentId(subject), total=PRICE, address="203.0.113.7", principal="payer")


async def _cancel(service: Service, subject: UUID) -> None:
    """Close the bank's page, give the place back; money that was taken goes back when its time has come."""
    await pay.abandon(service, OrderId(subject), given_up=True)
    await in_transaction(
        service.engine, lambda tx: cancel.cancel(tx, service, OrderId(subject), principal="key:office")
    )


async def _give_back(service: Service, _subject: UUID) -> None:
    await late.give_back_due(service)
    await run.run_due(service, limit=1)


async def _add_a_card(service: Service, subject: UUID) -> None:
    await adding.start(service, OrderId(subject), principal="payer", language="ru")


async def _check_cards(service: Service, _subject: UUID) -> None:
    await checking.run_due(service)


async def _restore(service: Service, subject: UUID) -> None:
    """A removed card is wanted back; the bank is told to let it go, and then to let it pay again."""
    await press_restore(service, OrderId(subject))
    await unbinding.run_due(service)


async def press_restore(service: Service, order_id: OrderId) -> None:
    """Its payer presses, if there is something to press by now."""

    async def work(tx: Tx) -> None:
        order, at = await orders.read(tx, order_id)
        found = await restoring.left(tx, service, order, await cards.of(tx, service, order), at=at)
        for card in found.restorable:
            await restoring.ask(tx, service, order, card.id, principal="payer")

    await in_transaction(service.engine, work)


DEEDS: Final[dict[str, Callable[[Service, UUID], Awaitable[None]]]] = {
    "refund": _refund,
    "settle": _settle,
    "sweep": _sweep,
    "start": _start,
    "press": _press,
    "cancel": _cancel,
    "give back": _give_back,
    "add a card": _add_a_card,
    "check cards": _check_cards,
    "restore": _restore,
}


@lru_cache(maxsize=4)
def _prepared(bank: str, kind: str) -> tuple[Config, crypto.Vault, AiohttpTransport]:
    """What costs more than a fork is made before it. The transport opens nothing until it is used."""
    config = configured(bank, kind=kind, port=1, saved_cards=True, card_check=True, one_press=True)
    return config, crypto.vault(config.keys(), config.current_master_key), AiohttpTransport()


async def _live(job: Job) -> Hits:
    config, vault, network = _prepared(job.bank, job.kind)
    contract = config.merchants[0].gateway.model_copy(update={"form_hosts": ("127.0.0.1",)})
    engine = open_engine(job.url, pool=2, application=VICTIM)
    hits = Hits(job.hit)
    line = MortalLine(network, hits)
    gateways = {config.merchants[0].slug: make(contract, name=VICTIM, transport=line)}
    await DEEDS[job.deed](Service(config, MortalEngine(engine, hits), gateways, vault), UUID(job.subject))
    await line.close()
    await engine.dispose()
    return hits


def _child(job: Job, record: int) -> None:
    os.dup2(record, RECORD)
    hits = asyncio.run(_live(job))
    os.write(RECORD, f"lived through {hits.count} hits\n".encode())


def _fork(job: Job) -> dict[str, Any]:
    _prepared(job.bank, job.kind)
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            _child(job, writing)
            code = 0
        except BaseException as reason:  # noqa: BLE001 - a child must never return into its parent's loop
            sys.stderr.write(f"{job.deed} at {job.hit}: {reason!r}\n")
            sys.stderr.flush()
        os._exit(code)
    os.close(writing)
    with os.fdopen(reading) as record:
        said = record.read().strip()
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return {"status": status, "said": said}


def main() -> None:
    working(date(2026, 3, 2), {})  # loads the calendar, which a refund needs, once for all children
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_fork(Job(**json.loads(line)))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
