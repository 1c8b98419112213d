"""`checkout busy`: take busy time from a calendar or a table, and show which bookings it meets."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import typer

from checkout.booking import busy_file, busy_store
from checkout.booking.busy import SOURCE, Kept, Taken, Window
from checkout.catalogue import store as catalogue
from checkout.catalogue.catalogue import Clinic
from checkout.catalogue.slots import Interval
from checkout.commands.common import ConfigFile, Embedded, engaged, failed, read_config, transact
from checkout.ground.config import Limits
from checkout.ground.db import Engine, Tx, in_transaction, now
from checkout.ground.errors import Invalid
from checkout.ground.files import patience

app = typer.Typer(no_args_is_help=True, help="Time that other systems have sold.")
MOST_SHOWN: Final = 1000
ONE_DAY: Final = timedelta(days=1)
Slug = Annotated[str, typer.Option(help="By slug.")]


@dataclass(frozen=True, slots=True)
class _Done:
    """What an import did, for the screen."""

    taken: Taken
    skipped: Counter[str]
    tz: ZoneInfo


@app.command("import")
def import_command(
    path: Annotated[
        Path, typer.Argument(metavar="FILE", help="An .ics calendar, or a .csv with starts_at;ends_at;id.")
    ],
    clinic: Slug,
    resource: Slug,
    source: Annotated[str, typer.Option(help="The system that says so; blocks of other sources stay as they are.")],
    config: ConfigFile = None,
    *,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="The file is everything: what the source said before and does not now, goes."),
    ] = False,
    allow_embedded: Embedded = False,
) -> None:
    """Take the busy time of one specialist or room from now to the end of the time that can be booked."""
    loaded = read_config(config)
    if not re.match(SOURCE, source):
        raise failed(f"--source {source}: a name of small latin letters, digits and hyphens, at most 40")

    async def where(tx: Tx) -> tuple[Clinic, Interval]:
        return await _clinic(tx, clinic), _window(await now(tx), loaded.limits)

    async def work(engine: Engine) -> _Done:
        place, window = await in_transaction(engine, where)
        with patience():
            found = busy_file.read(path, place.tz, window)

        async def put(tx: Tx) -> Taken:
            whole = window if replace else None
            return await busy_store.put(tx, place.id, resource, source, found.blocks, replace=whole)

        return _Done(await in_transaction(engine, put), found.skipped, place.tz)

    try:
        done = engaged(loaded, work, allow_embedded=allow_embedded)
    except busy_file.BusyFileError as reason:
        raise failed(reason) from reason
    except TimeoutError as reason:
        raise failed(f"{path}: {reason}") from reason
    except Invalid as reason:
        raise failed(f"the clinic {clinic} has no specialist or room {resource}") from reason
    _show(done)


def _window(moment: datetime, limits: Limits) -> Interval:
    return Interval(moment, moment + timedelta(days=limits.booking_horizon_days) + ONE_DAY)


async def _clinic(tx: Tx, slug: str) -> Clinic:
    found = await catalogue.clinic(tx, slug)
    if found is None:
        raise failed(f"there is no clinic {slug}")
    return found


def _show(done: _Done) -> None:
    taken = done.taken
    typer.echo(f"{taken.added} added, {taken.changed} changed, {taken.unchanged} unchanged, {taken.removed} removed")
    if done.skipped:
        typer.echo("left out: " + ", ".join(f"{count} {why}" for why, count in sorted(done.skipped.items())))
    _show_conflicts(taken.conflicts, done.tz)


def _show_conflicts(conflicts: Iterable[Kept], tz: ZoneInfo) -> None:
    for kept in conflicts:
        for met in kept.meets:
            typer.echo(
                f"CONFLICT  {kept.resource}  {_said(kept.block.during, tz)} of {kept.source}"
                f"  meets order {met.order}, {_said(met.during, tz)}: the booking stands, call the payer"
            )


def _said(during: Interval, tz: ZoneInfo) -> str:
    start, end = (moment.astimezone(tz) for moment in (during.start, during.end))
    same = start.date() == end.date()
    return f"{start:%d.%m.%Y %H:%M}–{end:{'%H:%M' if same else '%d.%m.%Y %H:%M'}}"


@app.command("conflicts")
def conflicts_command(
    config: ConfigFile = None,
    clinic: Annotated[str | None, typer.Option(help="Only this clinic, by slug.")] = None,
    *,
    allow_embedded: Embedded = False,
) -> None:
    """Bookings to come whose time another system has sold too; exit 1 if there are any."""
    loaded = read_config(config)

    async def work(tx: Tx) -> list[tuple[Clinic, list[Kept]]]:
        places = [await _clinic(tx, clinic)] if clinic else await catalogue.clinics(tx)
        window = _window(await now(tx), loaded.limits)
        wanted = Window(window.start, window.end, conflicts=True)
        return [(place, await busy_store.kept(tx, place.id, wanted, limit=MOST_SHOWN)) for place in places]

    found = transact(loaded, work, allow_embedded=allow_embedded)
    for place, kept in found:
        if kept:
            typer.echo(f"{place.slug} ({place.zone})")
            _show_conflicts(reversed(kept), place.tz)
    if any(kept for _, kept in found):
        raise typer.Exit(1)
    typer.echo("no conflicts")
