"""What every command needs: the installation file, a database, and one sentence when something is wrong."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from checkout import postgres
from checkout.ground import config as settings
from checkout.ground.db import Engine, Tx, in_transaction
from checkout.ground.loop import run_loop
from checkout.ground.service import Service, open_service

Result = TypeVar("Result")
ConfigFile = Annotated[Path | None, typer.Option("--config", help="The installation file; default: ./config.yaml")]
Embedded = Annotated[bool, typer.Option("--allow-embedded", help="Use the embedded database even in production.")]


def failed(message: object) -> typer.Exit:
    """Say why, and leave with exit code 2 once it is raised."""
    typer.echo(str(message), err=True)
    return typer.Exit(2)


def read_config(path: Path | None) -> settings.Config:
    try:
        return settings.load(path or settings.default_path())
    except settings.ConfigError as reason:
        raise failed(reason) from reason


@contextmanager
def database(config: settings.Config, *, allow_embedded: bool) -> Iterator[postgres.Urls]:
    """`DATABASE_URL`, else the embedded server: attached to if it runs, else started and stopped with us."""
    production = config.mode == "production"
    try:
        server = postgres.choose(
            os.environ, production=production, allow_embedded=allow_embedded, state=postgres.state_folder()
        )
    except postgres.PostgresError as reason:
        raise failed(reason) from reason
    try:
        yield server.urls
    finally:
        postgres.stop(server)


def transact(config: settings.Config, work: Callable[[Tx], Awaitable[Result]], *, allow_embedded: bool) -> Result:
    """Do the work in one transaction on the installation's database."""
    return engaged(config, lambda engine: in_transaction(engine, work), allow_embedded=allow_embedded)


def engaged(config: settings.Config, work: Callable[[Engine], Awaitable[Result]], *, allow_embedded: bool) -> Result:
    """Do the work on the installation's database, in transactions of its own."""
    return serviced(config, lambda service: work(service.engine), allow_embedded=allow_embedded)


def serviced(
    config: settings.Config,
    work: Callable[[Service], Awaitable[Result]],
    *,
    allow_embedded: bool,
    connections: int = 1,
) -> Result:
    """As `engaged`, for work that needs more of the installation than its database."""

    async def alone(url: str) -> Result:
        async with open_service(config, url, pool=connections) as service:
            return await work(service)

    with database(config, allow_embedded=allow_embedded) as urls:
        return run_loop(alone(urls.app))
