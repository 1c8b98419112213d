"""The house's side at a hundred times the orders: what it reads must cost what it cost before, and exports must stream.

Two years of orders (`years`), 10,000 and then 1,000,000, in a cluster each. The same reads (`screens`) are timed on both;
then payments and orders are exported by the command, as a process of its own whose memory is watched.
"""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from checkout.books import figures_store
from checkout.ground.crypto import vault
from checkout.ground.db import in_transaction
from checkout.ground.loop import run_loop
from checkout.ground.service import Service, open_service
from tests.bench import stage as staging
from tests.bench import years
from tests.bench.load import ServiceFailed
from tests.bench.screens import READS, Asked, Read
from tests.bench.stage import Stage

FEW: Final = 10_000
ASKED: Final = 200
WARM_UP: Final = 20
EXPORTS: Final = tuple((what, kind) for what in ("payments", "orders") for kind in ("csv", "xlsx"))
# A process begins with the peak of whoever started it: so a small one of its own starts the command, and tells its child's.
_WATCHED: Final = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)"""


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
    """`reads`: p95 by name. `counting`: seconds in which the chore counts sixty days, at both sizes.

    `exports`: by what, and as what.
    """

    many: int
    seeding: float
    reads: Mapping[str, Pace]
    counting: Pace
    exports: Mapping[tuple[str, str], Export]

    @property
    def worst(self) -> float:
        return max(pace.ratio for pace in self.reads.values())

    @property
    def peak(self) -> float:
        return max(each.peak for each in self.exports.values())


def measured(many: int) -> Scale:
    """A cluster for each size, with nothing else in it; the exports are of the large one."""
    with staging.opened() as small, staging.opened() as large:
        run_loop(_written(small, FEW))
        began = time.monotonic()
        run_loop(_written(large, many))
        seeding = time.monotonic() - began
        reads, counting = run_loop(_compared(small, large, many))
        exports = {(what, kind): _exported(large, what, kind) for what, kind in EXPORTS}
    return Scale(many, seeding, reads, counting, exports)


async def _compared(small: Stage, large: Stage, many: int) -> tuple[dict[str, Pace], Pace]:
    """The same reads of both in turn, so that whatever else the machine does meets both alike."""
    async with (
        open_service(small.config(), small.server.urls.app, pool=1) as few,
        open_service(large.config(), large.server.urls.app, pool=1) as more,
    ):
        counting = Pace(await _counted(few), await _counted(more))
        sizes = ((few, FEW), (more, many))
        return {name: await _p95(sizes, read) for name, read in READS.items()}, counting


async def _written(stage: Stage, many: int) -> None:
    config = stage.config()
    await years.write(stage, vault(config.keys(), config.current_master_key), many)


async def _counted(service: Service) -> float:
    """Seconds in which the chore counts all the days that a dashboard shows."""
    began = time.monotonic()
    await figures_store.count(service)
    return time.monotonic() - began


async def _p95(sizes: Sequence[tuple[Service, int]], read: Read) -> Pace:
    chance = random.Random(0)  # noqa: S311 - numbers of orders, not secrets
    taken: list[list[float]] = [[] for _ in sizes]
    for _ in range(WARM_UP + ASKED):
        for found, (service, many) in zip(taken, sizes, strict=True):
            asked = Asked(service, chance.randint(1, many), many)
            began = time.monotonic()
            await in_transaction(service.engine, lambda tx, a=asked: read(tx, a))  # type: ignore[misc]
            found.append(1000 * (time.monotonic() - began))
    return Pace(*(statistics.quantiles(found[WARM_UP:], n=20, method="inclusive")[-1] for found in taken))


def _exported(stage: Stage, what: str, kind: str) -> Export:
    """All of them, by the command; its memory as the system counted it at its end."""
    out = stage.folder / f"{what}.{kind}"
    command = [sys.executable, "-m", "checkout", "export", what, "--config", str(stage.file)]
    began = time.monotonic()
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", _WATCHED, *command, "--format", kind, "--out", str(out)],
        env=stage.environment,
        cwd=staging.ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    seconds = time.monotonic() - began
    if done.returncode:
        raise ServiceFailed(f"the export ended with {done.returncode}")
    return Export(seconds, int(done.stdout) * 1024 / 1e6, out.stat().st_size / 1e6)


def lines(scale: Scale) -> Iterator[str]:
    """The report, for a person."""
    yield f"orders of two years: {FEW:,} and {scale.many:,} (written in {scale.seeding:.0f} s), p95 ms"
    for name, pace in scale.reads.items():
        yield f"  {name:<26}{pace.few:10.2f}{pace.many:10.2f}   ratio {pace.ratio:.2f}"
    yield f"  sixty days counted anew   {scale.counting.few:10.2f}{scale.counting.many:10.2f}   seconds, by a chore"
    for (what, kind), each in scale.exports.items():
        said = f"{what} as {kind}"
        yield f"  {said:<17}{each.seconds:8.1f} s{each.peak:8.0f} MB of memory{each.size:8.0f} MB of file"


def as_json(scale: Scale) -> dict[str, Any]:
    """The same under stable names."""
    return {
        "orders": [FEW, scale.many],
        "p95_ms": {name: [round(pace.few, 2), round(pace.many, 2)] for name, pace in scale.reads.items()},
        "counting_seconds": [round(scale.counting.few, 2), round(scale.counting.many, 2)],
        "exports": {
            f"{what}.{kind}": {
                "seconds": round(each.seconds, 1),
                "peak_mb": round(each.peak),
                "file_mb": round(each.size),
            }
            for (what, kind), each in scale.exports.items()
        },
    }
