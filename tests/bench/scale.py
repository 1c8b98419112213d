"""The house's side at a hundred times the orders: what it reads must cost what it cost before, and exports must stream.

Two years of orders of ten clinics, 10,000 and then 1,000,000, written by INSERT … SELECT into a cluster of its own. The
same reads are timed on both; then payments are exported by the command, as a process of its own whose memory is watched.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from checkout.__main__ import WORK
from checkout.books import figures_store, problems, setup
from checkout.ground.db import Engine, Tx, in_transaction, one, sql
from checkout.ground.ids import CODE_ALPHABET, StaffId
from checkout.ground.service import Service, open_service
from checkout.payment import listing as order_listing
from checkout.running import run_loop
from refunds import listing as refund_listing
from tests.bench import stage as staging
from tests.bench.load import ServiceFailed
from tests.bench.stage import Stage
from tests.bench.town import CLINICS, ZONE

FEW: Final = 10_000
DAYS: Final = 730
ASKED: Final = 200
WARM_UP: Final = 20
WAITING: Final = 40  # refunds that need a person: people keep up, however large the house is
LISTED: Final = 50
FORMATS: Final = ("csv", "xlsx")
# A number of 40 bits for each order, all over the range and none twice: the multiplier is odd.
_MIXED: Final = "((n * 605558173) & 1099511627775)"
_CODE: Final = " || ".join(
    f"substr('{CODE_ALPHABET}', (({_MIXED} >> {5 * place}) & 31)::int + 1, 1)" for place in range(8)
)
# As ids are made in fact: they sort by time.
_ID: Final = (
    "(lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || substr(md5('{name}' || n), 1, 20))::uuid"
)
_BEFORE: Final = (
    """
CREATE UNLOGGED TABLE town AS
SELECT array_agg(c.id ORDER BY c.id) AS clinics, (SELECT min(id) FROM service) AS service,
       array_agg((SELECT min(r.id) FROM resource r WHERE r.clinic_id = c.id) ORDER BY c.id) AS resources FROM clinic c""",
    # What keeps a place from being sold twice is not what is measured, and costs most of the writing.
    "ALTER TABLE booking DROP CONSTRAINT booking_never_sold_twice",
    "ALTER TABLE booking DISABLE TRIGGER USER",
)
# Of a hundred orders 80 are paid by card, 5 in cash, 5 refused by the bank; 3 of those by card are refunded in full.
_SEED: Final = (
    f"""
CREATE UNLOGGED TABLE seed AS
SELECT n, at, {_ID.format(name="order")} AS id, {_ID.format(name="payment")} AS payment, {_ID.format(name="refund")} AS refund,
       {_ID.format(name="person")} AS person, {_CODE} AS code, n % 100 AS share,
       (n % {CLINICS})::int + 1 AS place, date_trunc('hour', at) + interval '1 day' AS starts
  FROM (SELECT n, app_now() - n * interval '{DAYS} days' / CAST(:many AS bigint) AS at
          FROM generate_series(1, CAST(:many AS bigint)) AS n) AS numbered""",  # noqa: S608 - ours
    "INSERT INTO person (id, phone_index, created_at) SELECT person, sha256(convert_to(code, 'UTF8')), at FROM seed",
    """
INSERT INTO orders (id, code, merchant, clinic_id, payer_id, plan, language, currency, total, deposit, starts_at, ends_at,
                    hold_until, hold_cap, link_hash, principal, created_at)
SELECT id, code, 'zdorovie', t.clinics[place], person, 'full', 'ru', 'RUB', 250000, 250000,
       starts, starts + interval '30 minutes', at, at, sha256(convert_to(code, 'UTF8')), 'bench', at FROM seed, town t""",
    """
INSERT INTO order_line (order_id, line_no, service_id, kind, name_ru, name_en, quantity, unit_price, amount, vat, minutes)
SELECT id, 1, t.service, 'service', 'x', 'x', 1, 250000, 250000, 'none', 30 FROM seed, town t""",
    """
INSERT INTO booking (id, order_id, line_no, resource_id, during, state)
SELECT gen_random_uuid(), id, 1, t.resources[place], tstzrange(starts, starts + interval '30 minutes'),
       CASE WHEN share < 85 THEN 'confirmed' ELSE 'expired' END FROM seed, town t""",
    """
INSERT INTO payment (id, order_id, method, state, merchant, amount, captured, refunded, reference, captured_at, created_at,
                     action_code)
SELECT payment, id, CASE WHEN share BETWEEN 80 AND 84 THEN 'cash' ELSE 'card' END,
       CASE WHEN share < 85 THEN 'captured' ELSE 'declined' END, 'zdorovie', 250000,
       CASE WHEN share < 85 THEN 250000 ELSE 0 END, CASE WHEN share < 3 THEN 250000 ELSE 0 END,
       CASE WHEN share NOT BETWEEN 80 AND 84 THEN payment::text END, CASE WHEN share < 85 THEN at END, at,
       CASE WHEN share < 80 THEN 0 WHEN share >= 85 THEN 116 END
  FROM seed WHERE share < 90""",
    """
INSERT INTO gateway_fact (payment_id, at, reference, status, currency, amount, approved, deposited, refunded, action_code)
SELECT payment, at, payment::text, CASE WHEN share < 80 THEN 'deposited' ELSE 'declined' END, 'RUB', 250000, 0,
       CASE WHEN share < 80 THEN 250000 ELSE 0 END, 0, CASE WHEN share < 80 THEN 0 ELSE 116 END
  FROM seed WHERE share < 80 OR share BETWEEN 85 AND 89""",
    """
INSERT INTO ledger_tx (id, order_id, kind, payment_id, fact_id, at)
SELECT seed.payment, seed.id, CASE WHEN share < 80 THEN 'capture' ELSE 'cash_in' END, seed.payment, f.id, seed.at
  FROM seed LEFT JOIN gateway_fact f ON f.payment_id = seed.payment WHERE share < 85""",
    """
INSERT INTO ledger_entry (tx_id, account, amount)
SELECT payment, side.account, side.amount
  FROM seed, LATERAL (VALUES ('customer:' || id, -250000), ('bank_clearing:zdorovie', 250000)) AS side(account, amount)
 WHERE share < 85""",
    f"""
INSERT INTO refund (id, order_id, payment_id, method, amount, state, basis, reason, requested_by, requested_at, decided_by,
                    decided_at, scheduled_for, window_ends_at, answer_due, expected_from, expected_by, allocation, done_at)
SELECT refund, id, payment, 'card', 250000, CASE WHEN waits THEN 'requested' ELSE 'done' END, 'person', 'x', 'anna', at,
       CASE WHEN NOT waits THEN 'boris' END, CASE WHEN NOT waits THEN at END, at, at + interval '30 days', at::date, at::date,
       at::date, '{{"1": 250000}}', CASE WHEN NOT waits THEN at + interval '5 hours' END
  FROM (SELECT seed.*, false AS waits FROM seed WHERE share < 3
        UNION ALL (SELECT seed.*, true FROM seed WHERE share = 50 ORDER BY n LIMIT {WAITING})) AS wanted""",  # noqa: S608 - ours
    """
INSERT INTO ledger_tx (id, order_id, kind, refund_id, at) SELECT refund, id, 'refund', refund, at FROM seed WHERE share < 3""",
    """
INSERT INTO ledger_entry (tx_id, account, amount)
SELECT refund, side.account, side.amount
  FROM seed, LATERAL (VALUES ('customer:' || id, 250000), ('bank_clearing:zdorovie', -250000)) AS side(account, amount)
 WHERE share < 3""",
    "DROP TABLE seed",
)
_CLINIC: Final = sql("SELECT id FROM clinic ORDER BY id LIMIT 1")


@dataclass(frozen=True, slots=True)
class Pace:
    """Milliseconds of one read at both sizes."""

    few: float
    many: float

    @property
    def ratio(self) -> float:
        return self.many / self.few


@dataclass(frozen=True, slots=True)
class Export:
    """One export by the command: a process from its start to its end. `peak`: megabytes resident at most."""

    seconds: float
    peak: float
    size: float


@dataclass(frozen=True, slots=True)
class Scale:
    """`reads`: p95 by name. `counting`: seconds in which the chore counts sixty days, at both sizes."""

    many: int
    seeding: float
    reads: Mapping[str, Pace]
    counting: Pace
    exports: Mapping[str, Export]

    @property
    def worst(self) -> float:
        return max(pace.ratio for pace in self.reads.values())

    @property
    def peak(self) -> float:
        return max(each.peak for each in self.exports.values())


async def _dashboard(tx: Tx, _code: str) -> object:
    return await figures_store.dashboard(tx, clinics=None, zone=ZONE)


async def _one_clinics_dashboard(tx: Tx, _code: str) -> object:
    row = await one(tx, _CLINIC)
    assert row is not None
    return await figures_store.dashboard(tx, clinics=[row.id], zone=ZONE)


async def _problems(tx: Tx, _code: str) -> object:
    return await problems.problems(tx, clinics=None, work=WORK)


async def _setup(tx: Tx, _code: str) -> object:
    return await setup.steps(tx, StaffId.new())


async def _order_by_code(tx: Tx, code: str) -> object:
    (found,) = await order_listing.newest(tx, order_listing.Scope(code=code), after=None, limit=LISTED)
    return found


async def _newest_orders(tx: Tx, _code: str) -> object:
    return await order_listing.newest(tx, order_listing.Scope(), after=None, limit=LISTED)


async def _refund_queue(tx: Tx, _code: str) -> object:
    found = await refund_listing.newest(tx, refund_listing.Scope(status="requested"), after=None, limit=LISTED)
    assert len(found) == WAITING
    return found


# What a screen reads when it opens; each is given the code of some order. A screen that comes adds its read here.
READS: Final[Mapping[str, Callable[[Tx, str], Awaitable[object]]]] = {
    "dashboard, all clinics": _dashboard,
    "dashboard, one clinic": _one_clinics_dashboard,
    "dashboard, what does not run": _problems,
    "dashboard, setting up": _setup,
    "order by its code": _order_by_code,
    "newest orders": _newest_orders,
    "refunds that wait": _refund_queue,
}


def code_of(number: int) -> str:
    """The code of the order with this number, as the statement makes it."""
    mixed = number * 605558173 & 1099511627775
    return "".join(CODE_ALPHABET[mixed >> 5 * place & 31] for place in range(8))


def measured(many: int) -> Scale:
    """A cluster for each size, with nothing else in it; the exports are of the large one."""
    with staging.opened() as small, staging.opened() as large:
        run_loop(_seed(small, FEW))
        began = time.monotonic()
        run_loop(_seed(large, many))
        seeding = time.monotonic() - began
        reads, counting = run_loop(_compared(small, large, many))
        exports = {kind: _exported(large, kind) for kind in FORMATS}
    return Scale(many, seeding, reads, counting, exports)


async def _compared(small: Stage, large: Stage, many: int) -> tuple[dict[str, Pace], Pace]:
    """The same reads of both in turn, so that whatever else the machine does meets both alike."""
    async with (
        open_service(small.config(), small.server.urls.app, pool=1) as few,
        open_service(large.config(), large.server.urls.app, pool=1) as more,
    ):
        counting = Pace(await _counted(few), await _counted(more))
        sizes = ((few.engine, FEW), (more.engine, many))
        return {name: await _p95(sizes, name) for name in READS}, counting


async def _counted(service: Service) -> float:
    """Seconds in which the chore counts all the days that a dashboard shows."""
    began = time.monotonic()
    await figures_store.count(service)
    return time.monotonic() - began


async def _seed(stage: Stage, many: int) -> None:
    await staging.prepare(stage)
    engine = create_async_engine(stage.server.urls.owner)
    async with engine.begin() as tx:
        for statement in _BEFORE:
            await tx.execute(text(statement))
        for statement in _SEED:
            await tx.execute(text(statement), {"many": many} if ":many" in statement else {})
    async with engine.connect() as connection:
        outside = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await outside.execute(text("VACUUM ANALYZE"))
    await engine.dispose()


async def _p95(sizes: Sequence[tuple[Engine, int]], name: str) -> Pace:
    chance = random.Random(0)  # noqa: S311 - codes of orders, not secrets
    taken: list[list[float]] = [[] for _ in sizes]
    for _ in range(WARM_UP + ASKED):
        for found, (engine, many) in zip(taken, sizes, strict=True):
            code = code_of(chance.randint(1, many))
            began = time.monotonic()
            await in_transaction(engine, lambda tx, c=code: READS[name](tx, c))  # type: ignore[misc]
            found.append(1000 * (time.monotonic() - began))
    return Pace(*(statistics.quantiles(found[WARM_UP:], n=20, method="inclusive")[-1] for found in taken))


def _exported(stage: Stage, kind: str) -> Export:
    """All payments, by the command; its memory as the system counted it at its end."""
    out = stage.folder / f"payments.{kind}"
    command = [sys.executable, "-m", "checkout", "export", "payments", "--config", str(stage.file)]
    began = time.monotonic()
    child = subprocess.Popen(  # noqa: S603 - our own command
        [*command, "--format", kind, "--out", str(out)],
        env=stage.environment,
        cwd=staging.ROOT,
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise ServiceFailed(f"the export ended with {child.returncode}")
    return Export(time.monotonic() - began, usage.ru_maxrss * 1024 / 1e6, out.stat().st_size / 1e6)


def lines(scale: Scale) -> Iterator[str]:
    """The report, for a person."""
    yield f"orders of two years: {FEW:,} and {scale.many:,} (written in {scale.seeding:.0f} s), p95 ms"
    for name, pace in scale.reads.items():
        yield f"  {name:<26}{pace.few:10.2f}{pace.many:10.2f}   ratio {pace.ratio:.2f}"
    yield f"  sixty days counted anew   {scale.counting.few:10.2f}{scale.counting.many:10.2f}   seconds, by a chore"
    for kind, each in scale.exports.items():
        yield f"  payments as {kind:<5}{each.seconds:8.1f} s{each.peak:8.0f} MB of memory{each.size:8.0f} MB of file"


def as_json(scale: Scale) -> dict[str, Any]:
    """The same under stable names."""
    return {
        "orders": [FEW, scale.many],
        "p95_ms": {name: [round(pace.few, 2), round(pace.many, 2)] for name, pace in scale.reads.items()},
        "counting_seconds": [round(scale.counting.few, 2), round(scale.counting.many, 2)],
        "exports": {
            kind: {"seconds": round(each.seconds, 1), "peak_mb": round(each.peak), "file_mb": round(each.size)}
            for kind, each in scale.exports.items()
        },
    }
