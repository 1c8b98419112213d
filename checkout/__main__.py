"""The composition root and the command line: the one file that knows every part."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from datetime import timedelta
from functools import partial
from typing import Annotated, Final

import typer
from prometheus_client import start_http_server

from checkout import alarms, postgres
from checkout.books import chain, figures_store, match, worklist
from checkout.books.drawers import DRAWERS
from checkout.books.earned import EARNED
from checkout.books.invariants import CORE, FISCAL, REGISTRY, verify
from checkout.books.sources import SOURCES
from checkout.catalogue import file, seed
from checkout.catalogue import store as catalogue_store
from checkout.commands import busy as busy_commands
from checkout.commands import catalogue as catalogue_commands
from checkout.commands import export as export_command
from checkout.commands import registry as registry_commands
from checkout.commands import sandbox as sandbox_command
from checkout.commands import staff as staff_commands
from checkout.commands.common import ConfigFile, Embedded, database, failed, read_config
from checkout.doctor import examine
from checkout.ground import config as settings
from checkout.ground.db import Tx, explained, in_transaction
from checkout.ground.migrate import WrongDatabase, migrate, move_clock
from checkout.ground.observe import set_up_logging
from checkout.ground.service import open_service
from checkout.notices import letters, remind, send
from checkout.payment import brakes, day_off, receipts, unbinding
from checkout.people import store as people
from checkout.people.access import ROLES
from checkout.running import Parts, run_loop, serve, worker
from checkout.web import bank, desk, docs, ops, payer, reports, snippet
from checkout.web.api import busy, catalogue, drawer, messages, orders, payments, takings, till, visits
from checkout.web.once import forget_started
from checkout.worker import Chore, core_chores
from refunds import desk as refund_desk
from refunds import late, run
from refunds import letters as refund_letters
from refunds import panel as refund_panel
from refunds import review_api as refund_review
from refunds import web as refund_web
from refunds import worklist as refund_worklist
from refunds.chargebacks import recognise
from refunds.chargebacks import web as chargebacks_web
from refunds.chargebacks.invariants import CHARGEBACKS
from refunds.chargebacks.source import CHARGEBACK_ROWS
from refunds.chargebacks.worklist import CHARGEBACK_WORK
from refunds.invariants import REFUNDS
from refunds.source import REFUNDS as REFUND_ROWS

INVARIANTS: Final = (*CORE, *FISCAL, *DRAWERS, *REFUNDS, *CHARGEBACKS, *REGISTRY, *EARNED)
WORK: Final = (*worklist.CORE, *refund_worklist.REFUNDS, *CHARGEBACK_WORK)
LETTERS: Final = {**letters.LETTERS, **refund_letters.LETTERS}
PARTS: Final = Parts(
    rooms=(
        orders.routes,
        payments.routes,
        takings.routes,
        visits.routes,
        messages.routes,
        till.routes,
        drawer.routes,
        refund_web.routes,
        chargebacks_web.routes,
        refund_review.routes,
        catalogue.routes,
        busy.routes,
        payer.routes,
        bank.routes,
        ops.routes,
        docs.routes,
        reports.routes,
        snippet.routes,
        refund_desk.routes,  # before the desk's own: among the rooms of money these are the most used
        desk.routes,
    ),
    chores=(
        *core_chores(INVARIANTS),
        Chore("refunds", run.run_due, hinted=True),
        Chore("late_money", late.give_back_due),
        Chore("chargebacks", recognise.recognise_due),
        Chore("chargeback_watch", recognise.watch, every=60.0),
        Chore("days_off", day_off.run_due),
        Chore("receipts", receipts.run_due),
        Chore("saved_cards", unbinding.run_due),
        Chore("notices", partial(send.send_due, LETTERS)),
        Chore("reminders", remind.remind_due, every=remind.EVERY),
        Chore("idempotency", forget_started, every=60.0),
        Chore("figures", figures_store.count, every=figures_store.EVERY),
        Chore("registry", match.judge_again, every=60.0),
        Chore("worklist", partial(alarms.watch, WORK), every=alarms.EVERY),
        Chore("brakes", brakes.forget, every=60.0),
        Chore("audit_chain", chain.keep, every=5.0),
        Chore("audit_watch", chain.watch, every=900.0),
    ),
    invariants=INVARIANTS,
    panels=(refund_panel.PANEL,),
    work=WORK,
)

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Book a visit, take the money, give it back.")
config_app = typer.Typer(no_args_is_help=True, help="The installation file.")
keys_app = typer.Typer(no_args_is_help=True, help="API keys.")
app.add_typer(config_app, name="config")
app.add_typer(keys_app, name="keys")
app.add_typer(catalogue_commands.app, name="catalogue")
app.add_typer(busy_commands.app, name="busy")
app.add_typer(staff_commands.app, name="staff")
app.add_typer(registry_commands.app, name="registry")
app.command("sandbox")(sandbox_command.sandbox)
app.command("export")(
    export_command.made({**SOURCES, REFUND_ROWS.name: REFUND_ROWS, CHARGEBACK_ROWS.name: CHARGEBACK_ROWS})
)

_STEP: Final = re.compile(r"^\+?(\d+)([smhd])$")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


async def _prepare(config: settings.Config, urls: postgres.Urls) -> None:
    """Migrate; seed an empty catalogue from the configured file, in test mode from the fictional one."""
    await migrate(urls.owner, config.mode)
    path = config.catalogue or (seed.FICTIONAL if config.mode == "test" else None)
    if path is not None:
        async with open_service(config, urls.app, pool=1) as service:
            catalogue_file = file.load(path)
            await in_transaction(service.engine, lambda tx: seed.seed(tx, catalogue_file))


@app.command("demo")
def demo_command(
    *,
    check: Annotated[bool, typer.Option("--check", help="Walk the main job without a person, then leave.")] = False,
    reset: Annotated[bool, typer.Option("--reset", help="Forget the data of earlier demos first.")] = False,
    port: Annotated[int, typer.Option(help="First port to try.")] = 8080,
) -> None:
    """Run everything: database, sandbox bank, web server, worker, and a fictional clinic."""
    from checkout.demo import Demo, Rehearsed  # noqa: PLC0415 - production never loads the sandbox

    set_up_logging(level="ERROR" if check else "WARNING")
    try:
        with Demo(PARTS, fresh=check, reset=reset, first_port=port) as demo:
            run_loop(demo.check() if check else demo.run())
    except Rehearsed as failure:
        raise typer.Exit(1) from failure
    except (postgres.PostgresError, settings.ConfigError, OSError) as reason:
        raise failed(reason) from reason


@app.command("serve")
def serve_command(
    config: ConfigFile = None,
    host: Annotated[str | None, typer.Option(help="Listen here instead of `listen.host`.")] = None,
    port: Annotated[int | None, typer.Option(help="Listen here instead of `listen.port`.")] = None,
    *,
    allow_embedded: Embedded = False,
) -> None:
    """Answer payers, integrators and the bank."""
    set_up_logging()
    loaded = read_config(config)
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    loaded = loaded.model_copy(update={"listen": loaded.listen.model_copy(update=given)})
    with database(loaded, allow_embedded=allow_embedded) as urls:
        if "DATABASE_URL" not in os.environ:
            run_loop(_prepare(loaded, urls))
        run_loop(serve(loaded, urls.app, PARTS, typer.echo))


@app.command("worker")
def worker_command(
    config: ConfigFile = None,
    metrics_port: Annotated[int | None, typer.Option(help="Show this worker's metrics here.")] = None,
    metrics_host: Annotated[str, typer.Option(help="The address to show them on.")] = "127.0.0.1",
    *,
    allow_embedded: Embedded = False,
) -> None:
    """Look at payments, send refunds, expire holds, watch the books. Any number may run."""
    set_up_logging()
    if metrics_port is not None:
        start_http_server(metrics_port, metrics_host)
    loaded = read_config(config)
    with database(loaded, allow_embedded=allow_embedded) as urls:
        run_loop(worker(loaded, urls.app, PARTS.chores))


@app.command("migrate")
def migrate_command(config: ConfigFile = None, *, allow_embedded: Embedded = False) -> None:
    """Bring the database to the newest schema, under a lock, and seed an empty catalogue."""
    loaded = read_config(config)
    with database(loaded, allow_embedded=allow_embedded) as urls:
        try:
            run_loop(_prepare(loaded, urls))
        except (WrongDatabase, file.CatalogueError) as reason:
            raise failed(reason) from reason
    typer.echo("the database is up to date")


@app.command("verify")
def verify_command(
    config: ConfigFile = None,
    anchors: Annotated[
        typer.FileText | None, typer.Option(help="Log lines of the worker: the anchors in them must still hold.")
    ] = None,
    *,
    allow_embedded: Embedded = False,
) -> None:
    """Run the invariants of money over one snapshot and look the audit's chain over; exit 1 with the rows that break one."""
    loaded = read_config(config)

    async def look(url: str) -> bool:
        async with open_service(loaded, url, pool=1) as service:
            found = await verify(service.engine, INVARIANTS)
            found += await chain.verify(service.engine, service.vault, anchors or ())
        for violation in found:
            typer.echo(f"{violation.invariant} broken ({violation.sentence}): {', '.join(violation.rows)}")
        return not found

    with database(loaded, allow_embedded=allow_embedded) as urls:
        if not run_loop(look(urls.app)):
            raise typer.Exit(1)
    typer.echo(f"{len(INVARIANTS)} invariants hold, and so does the audit's chain")


@app.command("doctor")
def doctor_command(config: ConfigFile = None, *, allow_embedded: Embedded = False) -> None:
    """Explain each misconfiguration in one sentence; exit 1 if there is one."""
    set_up_logging(level="CRITICAL")
    loaded = read_config(config)

    async def look(url: str) -> bool:
        fit = True
        async with open_service(loaded, url, pool=2) as service:
            async for finding in examine(service):
                fit &= finding.ok
                typer.echo(f"{'ok ' if finding.ok else 'BAD'}  {finding.sentence}")
        return fit

    with database(loaded, allow_embedded=allow_embedded) as urls:
        if not run_loop(look(urls.app)):
            raise typer.Exit(1)


@app.command("clock")
def clock_command(step: str, config: ConfigFile = None) -> None:
    """Move the clock of a test installation and of its sandbox forward, e.g. `checkout clock +3d`."""
    loaded = read_config(config)
    match = _STEP.match(step)
    if match is None:
        raise failed("write +90s, +15m, +2h or +3d")
    delta = timedelta(**{_UNITS[match[2]]: int(match[1])})
    if loaded.mode == "production":
        raise failed("the clock of a production installation is not moved")
    with database(loaded, allow_embedded=False) as urls:
        moved = asyncio.run(move_clock(urls.owner, delta, [merchant.gateway.base_url for merchant in loaded.merchants]))
    typer.echo(f"the clock now shows {moved:%Y-%m-%d %H:%M:%S} UTC")


@config_app.command("show")
def config_show(config: ConfigFile = None) -> None:
    """The installation file as it was understood, secrets masked."""
    typer.echo(json.dumps(settings.masked(read_config(config)), ensure_ascii=False, indent=2))


@keys_app.command("add")
def keys_add(
    name: str,
    role: Annotated[str, typer.Option(help=", ".join(ROLES))],
    config: ConfigFile = None,
    clinic: Annotated[list[str] | None, typer.Option(help="Only this clinic, by slug; may be repeated.")] = None,
    *,
    allow_embedded: Embedded = False,
) -> None:
    """Make an API key and print it once; only its hash is kept."""
    if role not in ROLES:
        raise failed(f"a role is one of: {', '.join(ROLES)}")
    loaded = read_config(config)

    async def add(url: str) -> str:
        async with open_service(loaded, url, pool=1) as service:
            return await in_transaction(service.engine, work)

    async def work(tx: Tx) -> str:
        known = {found.slug: found.id for found in await catalogue_store.clinics(tx)}
        if unknown := [slug for slug in clinic or () if slug not in known]:
            raise failed(f"there is no clinic {', '.join(unknown)}; there are {', '.join(known)}")
        return await people.add_key(
            tx, name=name, role=role, clinics=[known[slug] for slug in clinic] if clinic else None
        )

    with database(loaded, allow_embedded=allow_embedded) as urls:
        try:
            typer.echo(run_loop(add(urls.app)))
        except people.NameTaken as reason:
            raise failed(f"there is, or was, a key named {reason}: choose another name") from reason


@keys_app.command("disable")
def keys_disable(name: str, config: ConfigFile = None, *, allow_embedded: Embedded = False) -> None:
    """Disable a key at once."""
    loaded = read_config(config)

    async def disable(url: str) -> bool:
        async with open_service(loaded, url, pool=1) as service:
            return await in_transaction(service.engine, lambda tx: people.disable(tx, name))

    with database(loaded, allow_embedded=allow_embedded) as urls:
        if not run_loop(disable(urls.app)):
            raise failed("there is no such key, or it is disabled already")
    typer.echo("disabled")


def main() -> None:
    """The console command `checkout`."""
    try:
        app()
    except Exception as error:
        sentence = explained(error)
        if sentence is None:
            raise
        typer.echo(sentence, err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
