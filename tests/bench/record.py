"""One lifecycle, overheard: every statement that our code sends, with its values, in its transactions.

The real application, worker step and sandbox run in this process for it. The worker's claim is asked for one payment,
not sixteen, so that each replay settles exactly one.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import aiohttp
from sqlalchemy import event
from ulid import ULID

from checkout.ground.db import in_transaction, now
from checkout.ground.ids import OrderId, PaymentId
from checkout.ground.service import Service, open_service
from checkout.parts import PARTS
from checkout.payment import lease_store
from checkout.payment.settle import settle_claimed
from checkout.running import listening
from gateways import sandbox
from tests.bench.load import CARD
from tests.bench.stage import KEY, Stage
from tests.bench.town import wishes
from tests.setting import CALLBACK_SECRET

CALLBACK_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Statement:
    """What was sent: text with `$1`, `$2`, …, and their values."""

    text: str
    values: tuple[Any, ...]


@dataclass(slots=True)
class Transaction:
    """What was sent between BEGIN and COMMIT. `began`: seconds since the epoch."""

    began: float
    statements: list[Statement] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Recording:
    """A lifecycle's transactions in their order, and the names that its rows are known by."""

    transactions: tuple[Transaction, ...]
    order: OrderId
    payment: PaymentId
    payer: UUID
    reference: str
    starts_at: datetime
    ends_at: datetime


async def two(stage: Stage) -> tuple[Recording, Recording]:
    """The same lifecycle twice: what differs between the two is what must differ between any two."""
    config = stage.config()
    merchant = sandbox.Merchant(callback_secret=CALLBACK_SECRET)
    bank = sandbox.Bank([merchant])
    runner = await sandbox.start(sandbox.make_app(bank), stage.bank_port)
    try:
        async with (
            open_service(config, stage.server.urls.app) as service,
            listening(service, PARTS, host=config.listen.host, port=config.listen.port),
            aiohttp.ClientSession() as http,
        ):
            today = await in_transaction(service.engine, now)
            bodies = wishes(today, random.Random(0))  # noqa: S311 - bookings, not secrets
            # The first walk fills caches; only then two of the same clinic are recorded.
            walks = [await _walk(stage, service, bank, http, body) for body in _of_one_clinic(bodies, 3)]
            return walks[1], walks[2]
    finally:
        await runner.cleanup()


def _of_one_clinic(bodies: Any, count: int) -> list[bytes]:
    return [body for _, body in zip(range(count), (each for each in bodies if b'"clinic-0"' in each), strict=False)]


async def _walk(
    stage: Stage, service: Service, bank: sandbox.Bank, http: aiohttp.ClientSession, body: bytes
) -> Recording:
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}

    async def call(path: str, sent: bytes) -> dict[str, Any]:
        named = headers | {"Idempotency-Key": str(ULID())}
        async with http.post(stage.url + path, data=sent, headers=named) as answer:
            found: dict[str, Any] = await answer.json()
            return found

    async with _overheard(service) as heard:
        order = await call("/v1/orders", body)
        payment = await call(f"/v1/orders/{order['id']}/payments", b"{}")
        async with http.post(payment["redirect_url"], data=CARD, allow_redirects=False):
            await _until(lambda: any(one.delivery.number == payment["id"] for one in bank.outbox.tried))
        (held,) = await in_transaction(service.engine, lambda tx: lease_store.claim_due(tx, 1))
        await settle_claimed(service, held)
    assert held.reference is not None
    return Recording(
        transactions=tuple(heard),
        order=held.order_id,
        payment=held.id,
        payer=held.payer_id.uuid,
        reference=held.reference,
        starts_at=datetime.fromisoformat(order["starts_at"]),
        ends_at=datetime.fromisoformat(order["ends_at"]),
    )


async def _until(fact: Callable[[], bool]) -> None:
    async with asyncio.timeout(CALLBACK_SECONDS):
        while not fact():  # noqa: ASYNC110 - the bank's courier tells nobody
            await asyncio.sleep(0.01)


@asynccontextmanager
async def _overheard(service: Service) -> AsyncIterator[list[Transaction]]:
    """The transactions that commit meanwhile. One lifecycle alone never has two open at once."""
    zero = (await in_transaction(service.engine, now)).timestamp() - time.monotonic()
    heard: list[Transaction] = []
    current = [Transaction(zero + time.monotonic())]

    def began(_connection: Any) -> None:
        current[0] = Transaction(zero + time.monotonic())

    def sent(_connection: Any, _cursor: Any, text: str, values: Any, _context: Any, _many: bool) -> None:
        current[0].statements.append(Statement(text.strip(), tuple(values)))

    def committed(_connection: Any) -> None:
        heard.append(current[0])

    hooks = (("begin", began), ("before_cursor_execute", sent), ("commit", committed))
    for name, hook in hooks:
        event.listen(service.engine.sync_engine, name, hook)
    try:
        yield heard
    finally:
        for name, hook in hooks:
            event.remove(service.engine.sync_engine, name, hook)
