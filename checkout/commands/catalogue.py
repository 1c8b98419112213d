"""`checkout catalogue`: bring a file into the database, write one from it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from checkout.catalogue import file, held_store, price_list
from checkout.catalogue.changes import Plan
from checkout.catalogue.file import CatalogueError
from checkout.catalogue.import_store import Source, bring_in
from checkout.commands.common import ConfigFile, Embedded, failed, read_config, transact
from checkout.ground.db import Tx
from checkout.ground.files import patience

PRINCIPAL: Final = "operator"
app = typer.Typer(no_args_is_help=True, help="Clinics, services, prices, schedules: from a file and to a file.")


class Format(StrEnum):
    """YAML says everything; CSV services and prices alone."""

    YAML = "yaml"
    CSV = "csv"


SUFFIXES: Final = {".yaml": Format.YAML, ".yml": Format.YAML, ".csv": Format.CSV}


def _format(path: Path) -> Format:
    found = SUFFIXES.get(path.suffix.lower())
    if found is None:
        raise failed(f"{path}: a catalogue file ends in {', '.join(SUFFIXES)}")
    return found


def _source(path: Path) -> Source:
    if _format(path) is Format.CSV:
        return price_list.read(path)
    catalogue = file.load(path)
    return lambda _held: catalogue


@app.command("import")
def import_command(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A .yaml file, or a .csv of services and prices.")],
    config: ConfigFile = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="The file is everything there is: switch off what it does not name.")
    ] = False,
    allow_embedded: Embedded = False,
) -> None:
    """Add and change what the file names, all in one transaction; print what that changes."""
    loaded = read_config(config)
    if prune and _format(path) is Format.CSV:
        raise failed("--prune needs a .yaml file: a price list does not say what clinics there are")
    merchants = frozenset(merchant.slug for merchant in loaded.merchants)

    async def work(tx: Tx) -> Plan:
        return await bring_in(tx, read, principal=PRINCIPAL, merchants=merchants, prune=prune, dry_run=dry_run)

    try:
        with patience():
            read = _source(path)
        planned = transact(loaded, work, allow_embedded=allow_embedded)
    except CatalogueError as reason:
        raise failed(reason) from reason
    typer.echo(str(planned))
    if dry_run:
        typer.echo("nothing was changed: this was a dry run")


@app.command("export")
def export_command(
    path: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Where to; by default to the screen.")] = None,
    config: ConfigFile = None,
    kind: Annotated[Format | None, typer.Option("--format", help="By default what the file's name says.")] = None,
    *,
    allow_embedded: Embedded = False,
) -> None:
    """Write what is offered, as `import` reads it: bringing it in again changes nothing."""
    chosen = kind or (_format(path) if path else Format.YAML)
    found = transact(read_config(config), held_store.offered, allow_embedded=allow_embedded)
    written = price_list.text(found) if chosen is Format.CSV else file.text(found)
    if path is None:
        typer.echo(written, nl=False)
    else:
        path.write_text(written, encoding="utf-8", newline="\n")
        typer.echo(f"{path}: {len(found.clinics)} clinics, {len(found.services)} services")
