"""`make bench`: complete card lifecycles per second, beside pgbench with the same statements in the same run.

Server, worker, sandbox, PostgreSQL and the load generator share two cores; then pgbench has them for itself; then the
server alone is asked for a month of slots; then a browser opens the payer's pages; then the sandbox is alone, and callbacks
are verified; then the house's screens are read over a million orders, and exported. Exit 1 if a line of
budgets.toml is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from checkout.books.invariants import verify
from checkout.ground.db import open_engine
from checkout.ground.loop import run_loop
from checkout.ground.observe import set_up_logging
from checkout.parts import INVARIANTS
from tests.bench import bank, callbacks, load, month, pages, pgbench, readings, record, report, scale, script
from tests.bench import stage as staging

CORES = 2


def main() -> None:
    """Measure, print, judge."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])  # children inherit it
    set_up_logging(level="ERROR")
    try:
        with staging.opened() as stage:
            figures = _measured(stage, options)
        if options.orders:
            figures = replace(figures, scale=scale.measured(options.orders))
    except (load.ServiceFailed, pgbench.NoYardstick, script.CannotReplay) as reason:
        sys.exit(f"no figures: {reason}")
    found = json.dumps(report.as_json(figures), indent=2) if options.json else "\n".join(report.lines(figures))
    sys.stdout.write(found + "\n")
    if missed := report.missed(figures):
        sys.exit("\n".join(["", *(f"MISSED  {sentence}" for sentence in missed)]))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="length of each measured window")
    parser.add_argument("--warm-up", type=float, default=6.0, help="seconds of load before the window")
    parser.add_argument("--clients", type=int, default=16, help="payers at the same time")
    parser.add_argument("--pgbench-clients", type=int, nargs="+", default=[4, 8, 16], help="the best of these counts")
    parser.add_argument(
        "--orders", type=int, default=1_000_000, help="the house's reads over so many; 0: leave them out"
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    return parser.parse_args()


def _measured(stage: staging.Stage, options: argparse.Namespace) -> report.Figures:
    run_loop(staging.prepare(stage))
    lifecycle, another = run_loop(record.two(stage))
    replay = script.pgbench_script(lifecycle, another)
    with staging.running(stage) as parts:
        run_loop(staging.worker_at_work(stage))
        idle = _memory(parts)
        ours = run_loop(_loaded(stage, parts, options))
        loaded = _memory(parts)
    run_loop(_books_balance(stage))
    bare = tuple(_bare(stage, replay, options, run) for run in range(len(options.pgbench_clients)))
    first, taken = run_loop(month.prepare(stage))
    with staging.serving(stage) as again:
        slots = run_loop(month.measured(stage, again, first, taken))
    with staging.running(stage):
        shown = run_loop(pages.paced(stage))
    with staging.banking(stage) as alone:
        sandbox = run_loop(bank.measured(stage.bank_url, alone))
    return report.Figures(
        setting=run_loop(_setting(stage, options)),
        statements=sum(len(each.statements) for each in lifecycle.transactions),
        transactions=len(lifecycle.transactions),
        ours=ours,
        bare=bare,
        idle=idle,
        loaded=loaded,
        start=parts.start,
        month=slots,
        pages=shown,
        bank=sandbox,
        callbacks=callbacks.measured(),
    )


async def _loaded(stage: staging.Stage, parts: staging.Running, options: argparse.Namespace) -> load.Run:
    return await load.run(
        stage.url,
        staging.KEY,
        stage.server.urls.app,
        clients=options.clients,
        warm_up=options.warm_up,
        seconds=options.seconds,
        read=partial(readings.read, parts.pids),
        halfway=partial(_analyse, stage),
    )


async def _analyse(stage: staging.Stage) -> None:
    """Let the planner know the tables, as it would after an hour of work."""
    engine = create_async_engine(stage.server.urls.owner, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text("ANALYZE"))
    await engine.dispose()


async def _books_balance(stage: staging.Stage) -> None:
    engine = open_engine(stage.server.urls.app, pool=1)
    broken = await verify(engine, INVARIANTS)
    await engine.dispose()
    if broken:
        raise load.ServiceFailed(f"invariants broken under load: {broken}")


def _bare(stage: staging.Stage, replay: str, options: argparse.Namespace, run: int) -> pgbench.Bare:
    """One run of pgbench, checked: each of its lifecycles must have left what one of ours leaves."""
    run_loop(pgbench.put_aside(stage))
    before = run_loop(pgbench.counts(stage))
    bare = pgbench.replay(
        stage,
        replay,
        clients=options.pgbench_clients[run],
        seconds=options.seconds,
        run=run,
    )
    after = run_loop(pgbench.counts(stage))
    grown = {name: after[name] - before[name] for name in after}
    if not bare.did_its_work(grown):
        raise pgbench.NoYardstick(f"pgbench ran {bare.lifecycles} lifecycles, but the tables grew by {grown}")
    return bare


def _memory(parts: staging.Running) -> dict[str, float]:
    """PostgreSQL's many processes share most of their pages: those are counted once."""
    return {
        name: readings.proportional(pid) if name == "postgres" else readings.resident(pid)
        for name, pid in parts.pids.items()
    }


async def _setting(stage: staging.Stage, options: argparse.Namespace) -> dict[str, Any]:
    engine = create_async_engine(stage.server.urls.app)
    async with engine.connect() as connection:
        version = (await connection.execute(text("SHOW server_version"))).scalar_one()
        durable = (await connection.execute(text("SHOW fsync"))).scalar_one()
    await engine.dispose()
    return {
        "commit": _commit(),
        "PostgreSQL": version,
        "fsync": durable,
        "Python": platform.python_version(),
        "cores": len(os.sched_getaffinity(0)),
        "clients": options.clients,
        "seconds": options.seconds,
    }


def _commit() -> str:
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty"],  # noqa: S607 - whichever git there is
        cwd=staging.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return told.stdout.strip() or "unknown"


if __name__ == "__main__":
    main()
