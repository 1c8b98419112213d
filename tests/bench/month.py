"""A month of slots for fifty specialists, over HTTP, while nothing else runs: how long one answer takes.

Their diaries are half full and in pieces: of each half hour a coin decides whether it is sold, at the desk or by us. One
half hour a day is everybody's, so that there is always a start at which the last of the fifty has to be looked at.
"""

from __future__ import annotations

import json
import random
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import aiohttp
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from checkout.catalogue import file
from checkout.catalogue.import_store import bring_in
from checkout.ground.db import in_transaction, now, open_engine
from checkout.ground.ids import CODE_ALPHABET
from tests.bench.load import ServiceFailed
from tests.bench.readings import read
from tests.bench.stage import Running, Stage
from tests.bench.town import ZONE

SPECIALISTS: Final = 50
DAYS: Final = 31
STARTS: Final = 24 - 2  # half hours from 8 to 20 without the break from 13 to 14
MEETING: Final = 4  # the half hour that is everybody's
ASKED: Final = 60
WARM_UP: Final = 10
SOLD_BY_US: Final = 0.7  # of what is sold; the rest is the desk's
_RESOURCES: Final = text(
    "SELECT r.id FROM resource r JOIN clinic c ON c.id = r.clinic_id WHERE c.slug = 'month' ORDER BY r.id"
)
_PAYER: Final = text("INSERT INTO person (id) VALUES (:id)")
_ORDERS: Final = text("""
INSERT INTO orders (id, code, merchant, clinic_id, payer_id, plan, language, currency, total, deposit, starts_at, ends_at,
                    hold_until, hold_cap, link_hash, principal)
SELECT r.id, r.code, 'zdorovie', c.id, :payer, 'at_clinic', 'ru', 'RUB', 250000, 0, r.starts, r.ends, r.starts, r.starts,
       sha256(convert_to(r.code, 'UTF8')), 'bench'
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id uuid, code text, starts timestamptz, ends timestamptz), clinic c
 WHERE c.slug = 'month'""")
_LINES: Final = text("""
INSERT INTO order_line (order_id, line_no, service_id, kind, name_ru, name_en, quantity, unit_price, amount, vat, minutes)
SELECT r.id, 1, s.id, s.kind, s.name_ru, s.name_en, 1, 250000, 250000, 'none', 30
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id uuid), service s WHERE s.slug = 'consultation'""")
_BOOKINGS: Final = text("""
INSERT INTO booking (id, order_id, line_no, resource_id, during, state)
SELECT gen_random_uuid(), r.id, 1, r.resource, tstzrange(r.starts, r.ends), 'confirmed'
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id uuid, resource int, starts timestamptz, ends timestamptz)""")
_BUSY: Final = text("""
INSERT INTO busy (resource_id, during, source, external_id)
SELECT r.resource, tstzrange(r.starts, r.ends), 'desk', r.code
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(code text, resource int, starts timestamptz, ends timestamptz)""")


@dataclass(frozen=True, slots=True)
class Month:
    """What was asked and how long the answers took. `cpu_ms`: of one answer, server and database together."""

    taken: int
    found: int
    milliseconds: tuple[float, ...]
    cpu_ms: float

    @property
    def p50(self) -> float:
        return statistics.median(self.milliseconds)

    @property
    def slowest(self) -> float:
        """What is judged: the median answer, and its processor time if that is more."""
        return max(self.p50, self.cpu_ms)

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.milliseconds, n=20, method="inclusive")[-1]


async def prepare(stage: Stage) -> tuple[date, int]:
    """A clinic of fifty with its diaries; the first day, and how many half hours are taken."""
    engine = open_engine(stage.server.urls.app, pool=1)
    wanted = file.Catalogue.model_validate({"clinics": [_clinic()]})
    await in_transaction(engine, lambda tx: bring_in(tx, lambda _: wanted))
    first = (await in_transaction(engine, now)).astimezone(ZoneInfo(ZONE)).date() + timedelta(days=1)
    await engine.dispose()
    owner = create_async_engine(stage.server.urls.owner)
    async with owner.begin() as tx:
        taken = await _fill(tx, first, random.Random(0))  # noqa: S311 - bookings, not secrets
    async with owner.connect() as connection:
        vacuum = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await vacuum.execute(text("VACUUM ANALYZE booking, busy, resource_hours"))
    await owner.dispose()
    return first, taken


def _clinic() -> dict[str, Any]:
    words = {"ru": "Месяц", "en": "Month"}
    hours = {"mon-sun": "08:00-13:00, 14:00-20:00"}
    resource = {"kind": "specialist", "name": "Врач", "services": ["consultation"], "hours": hours}
    return {
        "slug": "month",
        "merchant": "zdorovie",
        "name": words,
        "address": words,
        "zone": ZONE,
        "phone": "+7 383 000-00-00",
        "hours": hours,
        "resources": [{**resource, "slug": f"doctor-{number}"} for number in range(SPECIALISTS)],
    }


async def _fill(tx: AsyncConnection, first: date, chance: random.Random) -> int:
    resources = [row.id for row in await tx.execute(_RESOURCES)]
    payer = UUID(int=chance.getrandbits(128))
    await tx.execute(_PAYER, {"id": payer})
    taken = list(_taken(resources, first, chance))
    ours = [row for row in taken if chance.random() < SOLD_BY_US]
    mine = {row["code"] for row in ours}
    for statement, rows in (
        (_ORDERS, ours),
        (_LINES, ours),
        (_BOOKINGS, ours),
        (_BUSY, [row for row in taken if row["code"] not in mine]),
    ):
        values = {"rows": json.dumps(rows)}
        await tx.execute(statement, {**values, "payer": payer} if statement is _ORDERS else values)
    return len(taken)


def _taken(resources: list[int], first: date, chance: random.Random) -> Iterator[dict[str, Any]]:
    zone = ZoneInfo(ZONE)
    for resource in resources:
        for day in range(DAYS):
            opens = datetime.combine(first + timedelta(days=day), datetime.min.time(), zone) + timedelta(hours=8)
            for start in range(STARTS):
                if start == MEETING or chance.random() < 1 / 2:
                    begins = (opens + timedelta(minutes=30 * (start if start < 10 else start + 2))).astimezone(UTC)
                    yield {
                        "id": str(UUID(int=chance.getrandbits(128))),
                        "code": "".join(chance.choices(CODE_ALPHABET, k=8)),
                        "resource": resource,
                        "starts": begins.isoformat(),
                        "ends": (begins + timedelta(minutes=30)).isoformat(),
                    }


async def measured(stage: Stage, parts: Running, first: date, taken: int) -> Month:
    """Ask again and again, one after the other. Raises ServiceFailed for an answer that cannot be right."""
    address = f"{stage.url}/v1/slots?clinic=month&service=consultation&day={first}&days={DAYS}"
    async with aiohttp.ClientSession() as http:
        for _ in range(WARM_UP):
            found = await _asked(http, address)
        before, milliseconds = read(parts.pids), []
        for _ in range(ASKED):
            began = time.monotonic()
            await _asked(http, address)
            milliseconds.append(1000 * (time.monotonic() - began))
        after = read(parts.pids)
    if found != DAYS * (STARTS - 1):
        raise ServiceFailed(f"{found} slots in a month of which only the meeting is taken for everybody")
    spent = sum(after.cpu[name] - before.cpu[name] for name in before.cpu)
    return Month(taken, found, tuple(milliseconds), 1000 * spent / ASKED)


async def _asked(http: aiohttp.ClientSession, address: str) -> int:
    async with http.get(address) as answer:
        if answer.status != 200:
            raise ServiceFailed(f"{answer.status} for {address}: {await answer.text()}")
        return len((await answer.json())["data"])
