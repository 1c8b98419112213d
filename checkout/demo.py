"""The demo: database, sandbox bank, mailbox, web server and worker in one process, with a fictional clinic.

Secrets are made on the first start and kept in the data folder, readable by its owner alone. The app answers on
`localhost` and the bank on `127.0.0.1`, so that the payer's hop between them is truly cross-site.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import secrets
import shlex
import shutil
import socket
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import typer

from checkout import colleagues, postgres
from checkout.catalogue import file, seed
from checkout.ground import config as settings
from checkout.ground.channels import Mail
from checkout.ground.db import in_transaction
from checkout.ground.migrate import migrate
from checkout.ground.service import Service, open_service
from checkout.inbox import Inbox, receiving, showing
from checkout.people import store as people
from checkout.rehearsal import Rehearsal, Stage
from checkout.running import Parts, listening
from checkout.worker import stop_on_signals, work
from gateways import sandbox

PORTS_TO_TRY: Final = 50


class Rehearsed(Exception):
    """A step of the rehearsal failed; it has been printed."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The demo's own secrets: environment names with values, one API key a role (two for finance), the staff's passes."""

    environment: dict[str, str]
    api: dict[str, str]
    staff: dict[str, colleagues.Pass]


class Demo:
    """Holds the data folder and the database server while the demo runs. Enter it on the main thread."""

    def __init__(self, parts: Parts, *, fresh: bool, reset: bool, first_port: int) -> None:
        self._parts = parts
        self._fresh = fresh
        self._folder = Path(tempfile.mkdtemp(prefix="cc-")) if fresh else postgres.state_folder() / "demo"
        if reset and postgres.running(self._folder / "db"):
            raise postgres.PostgresError("A demo is running: stop it before starting over.")
        if reset:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._port = _free_port(first_port)
        self._bank_port = _free_port(self._port + 1)
        self._mail_port = _free_port(self._bank_port + 1)
        self._inbox_port = _free_port(self._mail_port + 1)
        self._inbox = Inbox()

    def __enter__(self) -> Self:
        self._began = time.monotonic()
        self._folder.mkdir(parents=True, exist_ok=True)
        if self._fresh:
            self._folder.chmod(0o711)  # the database's unprivileged user must be able to pass through
        self._keys = _secrets(self._folder / "secrets.json")
        self._config = self._configured()
        self._server = postgres.start(self._folder / "db", durable=not self._fresh)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        postgres.stop(self._server)
        if self._fresh:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _configured(self) -> settings.Config:
        environment = {**self._keys.environment, **os.environ}
        environment["CHECKOUT_BANK_URL"] = self._bank_url
        loaded = settings.load(settings.default_path(), environment)
        host = f"localhost:{self._port}"
        return loaded.model_copy(
            update={
                "mode": "test",
                "public_url": f"http://{host}",
                "allowed_hosts": (host, f"127.0.0.1:{self._port}"),
                "listen": settings.Listen(port=self._port),
                "mail": Mail(
                    host="127.0.0.1", port=self._mail_port, security="none", sender="Клиника <pay@zdorovie.example>"
                ),
                "brakes": loaded.brakes.roomier(20),  # one person plays all the payers
            }
        )

    @property
    def _bank_url(self) -> str:
        return f"http://127.0.0.1:{self._bank_port}/payment/rest/"

    async def run(self) -> None:
        """Until Ctrl+C or SIGTERM."""
        stopping = asyncio.Event()
        stop_on_signals(stopping)
        async with self._running(stopping) as (service, bank):
            await colleagues.hire(service, self._keys.staff)
            await self._rehearsal(service, bank).set_the_scene()
            self._greet()
            await stopping.wait()
            typer.echo("\nstopping: what runs is finished first")

    async def check(self) -> None:
        """Walk the main job over HTTP and the bank's own pages. Raises Rehearsed after printing the failed step."""
        stopping = asyncio.Event()
        async with self._running(stopping) as (service, bank):
            typer.echo(f"ready after {time.monotonic() - self._began:.2f} s (empty data folder to listening)")
            passed = await self._rehearsal(service, bank).play(self._parts.invariants)
            stopping.set()
        if not passed:
            raise Rehearsed
        typer.echo("OK")

    def _rehearsal(self, service: Service, bank: sandbox.Bank) -> Rehearsal:
        stage = Stage(service, self._config.public_url, bank.base_url, bank, self._inbox, self._keys.api)
        return Rehearsal(stage, typer.echo)

    @asynccontextmanager
    async def _running(self, stopping: asyncio.Event) -> AsyncIterator[tuple[Service, sandbox.Bank]]:
        urls = self._server.urls
        await migrate(urls.owner, "test")
        async with open_service(self._config, urls.app, application="checkout demo") as service:
            await in_transaction(service.engine, lambda tx: seed.seed(tx, file.load(seed.FICTIONAL)))
            await _register_keys(service, self._keys.api)
            async with (
                self._bank() as bank,
                receiving(self._inbox, self._mail_port),
                showing(self._inbox, self._inbox_port, partial(colleagues.shown, service, self._keys.staff)),
                listening(service, self._parts, host="127.0.0.1", port=self._port),
            ):
                worker = asyncio.create_task(work(service, self._parts.chores, stopping))
                try:
                    yield service, bank
                finally:
                    stopping.set()
                    await worker

    @asynccontextmanager
    async def _bank(self) -> AsyncIterator[sandbox.Bank]:
        merchant = sandbox.Merchant(
            name="Клиника Здоровье",
            callback_url=f"http://127.0.0.1:{self._port}/callbacks/zdorovie",
            callback_secret=self._keys.environment["CHECKOUT_BANK_CALLBACK_SECRET"],
            pays_without_cvc=True,
            callback_spacing=1.0 if self._fresh else 30.0,
        )
        bank = sandbox.Bank([merchant])
        runner = await sandbox.start(sandbox.make_app(bank), self._bank_port)
        try:
            yield bank
        finally:
            await runner.cleanup()

    def _shared(self) -> Path:
        """The environment in which the other commands work on this demo's data and bank, to be sourced by a shell."""
        known = {
            **self._keys.environment,
            "CHECKOUT_BANK_URL": self._bank_url,
            "CHECKOUT_STATE": str(self._folder / "db"),
        }
        path = self._folder / "environment"
        path.touch(mode=0o600)
        path.write_text("".join(f"export {name}={shlex.quote(value)}\n" for name, value in known.items()))
        return path

    def _greet(self) -> None:
        url, api = self._config.public_url, self._keys.api
        inbox = f"http://127.0.0.1:{self._inbox_port}/"
        lines = [
            "",
            f"  payer page    {url}/",
            f"  staff desk    {url}/desk   (codes of the second step: {inbox}authenticator)",
            *(
                f"    {part.role:<15} {part.email:<34} {self._keys.staff[part.role].password}"
                for part in colleagues.CAST
            ),
            f"  mailbox       {inbox}   (every letter of the demo, none leaves this machine)",
            f"  API docs      {url}/docs",
            f"  site button   {url}/embed",
            f"  sandbox bank  http://127.0.0.1:{self._bank_port}/sandbox/   (orders, clock, faults, callbacks, dramas)",
            "",
            "  API keys (kept in the data folder, not in the database):",
            *(f"    {name:<10} {secret}" for name, secret in api.items()),
            "",
            "  make an order:",
            *(f"    {line}" for line in _curl(url, api["site"], file.load(seed.FICTIONAL)).splitlines()),
            "",
            "  test cards (expiry, CVC, 3-D Secure code 111111):",
            *(f"    {card.pan}  {card.expiries[0]}  {card.cvc}  {card.en}" for card in sandbox.TEST_CARDS),
            "",
            "  any other command on these data, from another terminal; a day later, for instance:",
            f"    . {shlex.quote(str(self._shared()))} && checkout clock +1d",
            "",
            f"  Ctrl+C stops everything; data stay in {self._folder}",
            "  start over with: make demo ARGS=--reset    walk it without a person: make demo ARGS=--check",
            "",
        ]
        typer.echo("\n".join(lines))


def _curl(url: str, key: str, catalogue: file.Catalogue) -> str:
    clinic, service = catalogue.clinics[-1].slug, catalogue.services[0].slug
    body = {
        "clinic": clinic,
        "lines": [{"service": service}],
        "starts_at": "START",
        "payer": {"name": "Мария Петрова", "phone": "+79123456789", "email": "maria@example.com"},
        "consents": ["adult", "offer", "personal-data"],
    }
    day = '$(date -u -d "+3 days" +%F)'
    start = (
        f"curl -s '{url}/v1/slots?clinic={clinic}&service={service}&day='{day}'&days=7' | grep -o '20[^\"]*Z' | head -1"
    )
    sent = json.dumps(body, ensure_ascii=False).replace("START", "'$(" + start + ")'")
    return (
        f"curl -s {url}/v1/orders -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' \\\n"
        f"  -H \"Idempotency-Key: $(date +%s%N)\" -d '{sent}'"
    )


def _free_port(first: int) -> int:
    """The first port from `first` on that nobody listens on. Raises OSError if there is none near."""
    for port in range(first, first + PORTS_TO_TRY):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port from {first} on")


def _secrets(path: Path) -> Keys:
    """Read them, or make them on the first start; for the owner's eyes alone."""
    kept = json.loads(path.read_text()) if path.exists() else {}
    if "staff" in kept:  # the demos of earlier versions had none
        staff = {role: colleagues.Pass(**entry) for role, entry in kept["staff"].items()}
        return Keys(kept["environment"], kept["api"], staff)
    names = ("site", "office", "finance", "finance-2", "admin", "diary")
    made = Keys(
        environment=kept.get("environment")
        or {
            "CHECKOUT_MASTER_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
            "CHECKOUT_BANK_PASSWORD": "sandbox",
            "CHECKOUT_BANK_CALLBACK_SECRET": secrets.token_urlsafe(24),
        },
        api=kept.get("api") or {name: f"ck_{name}_{secrets.token_urlsafe(32)}" for name in names},
        staff={part.role: colleagues.new_pass() for part in colleagues.CAST},
    )
    _keep(path, made)
    return made


def _keep(path: Path, made: Keys) -> None:
    # Written aside and renamed: a start that is cut short leaves no half file behind.
    aside = path.with_suffix(".new")
    aside.unlink(missing_ok=True)
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(made), file)
    aside.replace(path)


async def _register_keys(service: Service, api: dict[str, str]) -> None:
    """The database learns the hashes of keys that it does not know yet."""
    for name, secret in api.items():
        kept = partial(people.keep_key, name=f"demo-{name}", role=name.partition("-")[0], secret=secret)
        await in_transaction(service.engine, kept)
