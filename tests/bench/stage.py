"""The installation that is measured: its own cluster, as durable as in production, and each part a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.request import urlopen

import yaml
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from checkout import postgres
from checkout.catalogue import file, seed
from checkout.ground import config as settings
from checkout.ground.db import in_transaction, one, open_engine, sql
from checkout.ground.migrate import migrate
from checkout.people import store as people
from tests.bench import readings
from tests.bench.town import catalogue
from tests.setting import CALLBACK_SECRET, ENVIRONMENT, KEYS, free_port

ROOT: Final = Path(__file__).parent.parent.parent
KEY: Final = KEYS["site"]
STOP_SECONDS: Final = 20.0
START_SECONDS: Final = 30.0
# A test installation's clock adds an offset row to every look at the time; what is measured is production's clock.
_PRODUCTIONS_CLOCK: Final = text(
    "CREATE OR REPLACE FUNCTION app_now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT now()'"
)
_WORKERS: Final = sql("SELECT id FROM worker LIMIT 1")


@dataclass(frozen=True, slots=True)
class Stage:
    """An installation that is ready to be started. `file`: its configuration."""

    folder: Path
    server: postgres.Server
    port: int
    bank_port: int
    file: Path
    environment: dict[str, str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def bank_url(self) -> str:
        return f"http://127.0.0.1:{self.bank_port}"

    @property
    def postgres_pid(self) -> int:
        assert self.server.child is not None
        return self.server.child.pid

    def config(self) -> settings.Config:
        return settings.load(self.file, self.environment)


@dataclass(frozen=True, slots=True)
class Running:
    """The service's processes by name, and what `serve` took to its first answer: seconds, and processor seconds."""

    pids: dict[str, int]
    start: tuple[float, float]


@contextlib.contextmanager
def opened() -> Iterator[Stage]:
    """A folder, a cluster and a configuration, all gone at the end. Enter it on the main thread."""
    folder = Path(tempfile.mkdtemp(prefix="ccb-"))
    folder.chmod(0o711)  # as root the server runs as a user who must be able to pass through
    try:
        server = postgres.start(folder / "db", durable=True)
        try:
            yield _stage(folder, server)
        finally:
            postgres.stop(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _stage(folder: Path, server: postgres.Server) -> Stage:
    port, bank_port = free_port(), free_port()
    environment = {
        **os.environ,
        **ENVIRONMENT,
        "CHECKOUT_BANK_URL": f"http://127.0.0.1:{bank_port}/payment/rest/",
        "DATABASE_URL": server.urls.app,
        "DATABASE_OWNER_URL": server.urls.owner,
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program has its byte code
    return Stage(folder, server, port, bank_port, _written(folder / "config.yaml", port), environment)


def _written(path: Path, port: int) -> Path:
    """The repository's own configuration, on a port of ours."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    host = f"127.0.0.1:{port}"
    loaded |= {"public_url": f"http://{host}", "allowed_hosts": [host], "listen": {"host": "127.0.0.1", "port": port}}
    path.write_text(yaml.safe_dump(loaded, allow_unicode=True), encoding="utf-8")
    return path


async def prepare(stage: Stage) -> None:
    """Schema, catalogue, one key of a site, and production's clock."""
    await migrate(stage.server.urls.owner, "test")
    owner = create_async_engine(stage.server.urls.owner)
    async with owner.begin() as tx:
        await tx.execute(_PRODUCTIONS_CLOCK)
    await owner.dispose()
    engine = open_engine(stage.server.urls.app, pool=1)
    await in_transaction(engine, lambda tx: seed.seed(tx, file.Catalogue.model_validate(catalogue())))
    await in_transaction(engine, partial(people.keep_key, name="site", role="site", secret=KEY))
    await engine.dispose()


@contextlib.contextmanager
def running(stage: Stage) -> Iterator[Running]:
    """Sandbox, server and worker, in this order, each stopped by its own signal at the end."""
    command = (sys.executable, "-m", "checkout", "worker", "--config", stage.file)
    with contextlib.ExitStack() as stack:
        bank = stack.enter_context(banking(stage))
        serve = stack.enter_context(serving(stage))
        worker = stack.enter_context(_process(stage, "worker", command))
        pids = {**serve.pids, "worker": worker.pid, **bank.pids, "generator": os.getpid()}
        yield Running(pids, serve.start)


@contextlib.contextmanager
def banking(stage: Stage) -> Iterator[Running]:
    """The sandbox alone."""
    began = time.monotonic()
    port = ("--port", str(stage.bank_port))
    command = (sys.executable, "-m", "gateways.sandbox", *port, "--secret-from-env", "BANK_SECRET")
    with _process(stage, "sandbox", command) as sandbox:
        _await_answer(f"{stage.bank_url}/", sandbox)
        yield Running(
            {"sandbox": sandbox.pid}, (time.monotonic() - began, readings.read({"it": sandbox.pid}).cpu["it"])
        )


@contextlib.contextmanager
def serving(stage: Stage) -> Iterator[Running]:
    """The server alone: nobody looks at payments or checks the books meanwhile."""
    began = time.monotonic()
    command = (sys.executable, "-m", "checkout", "serve", "--config", stage.file)
    with _process(stage, "serve", command) as serve:
        _await_answer(f"{stage.url}/readyz", serve)
        started = time.monotonic() - began, readings.read({"serve": serve.pid}).cpu["serve"]
        yield Running({"serve": serve.pid, "postgres": stage.postgres_pid}, started)


async def worker_at_work(stage: Stage) -> None:
    """Wait for the worker's first heartbeat."""
    engine = open_engine(stage.server.urls.app, pool=1)
    async with asyncio.timeout(START_SECONDS):
        while not await in_transaction(engine, lambda tx: one(tx, _WORKERS)):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)
    await engine.dispose()


@contextlib.contextmanager
def _process(stage: Stage, name: str, command: Sequence[str | Path]) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**stage.environment, "BANK_SECRET": CALLBACK_SECRET}
    with (stage.folder / f"{name}.log").open("ab") as log:
        child = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log)  # noqa: S603 - our own programs
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _await_answer(url: str, child: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            with urlopen(url, timeout=1):  # noqa: S310 - an address of this file
                return
        except OSError:
            if child.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"{url} never answered; see the process's own words above") from None
            time.sleep(0.02)
