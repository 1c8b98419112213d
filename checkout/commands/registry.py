"""`checkout registry`: bring in a bank's registry, and show what it does not agree with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from checkout.books import match, registry_lists
from checkout.books.registry import KIND_WORDS
from checkout.books.registry_file import RegistryError
from checkout.books.registry_lists import Shown, Wanted
from checkout.books.template import templates
from checkout.commands.common import ConfigFile, Embedded, failed, read_config, serviced
from checkout.ground.db import Tx, in_transaction
from checkout.ground.service import Service

app = typer.Typer(no_args_is_help=True, help="The bank's registry against our books.")
PRINCIPAL: Final = "command"
MOST_SHOWN: Final = 1000


@app.command("import")
def import_command(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV as the bank writes it.")],
    merchant: Annotated[str, typer.Option(help="Whose registry it is, by slug.")],
    template: Annotated[str, typer.Option(help="How it is written: `checkout registry templates` names them.")],
    config: ConfigFile = None,
    *,
    force: Annotated[bool, typer.Option("--force", help="Even if it names no order of ours.")] = False,
    allow_embedded: Embedded = False,
) -> None:
    """Bring a registry in, whole or not at all, and hold it against our books."""
    loaded = read_config(config)
    if template not in templates():
        raise failed(f"there is no template {template}; there are {', '.join(templates())}")
    if merchant not in {each.slug for each in loaded.merchants}:
        raise failed(f"there is no merchant {merchant}")
    layout = (template, templates()[template])

    async def work(service: Service) -> match.Imported:
        return await in_transaction(
            service.engine,
            lambda tx: match.bring_in(tx, service, path, layout, merchant, principal=PRINCIPAL, force=force),
        )

    try:
        done = serviced(loaded, work, allow_embedded=allow_embedded)
    except (RegistryError, OSError) as reason:
        raise failed(f"{path}: {reason}") from reason
    if done.known:
        typer.echo("this file was brought in before: nothing was changed")
        return
    typer.echo(f"{done.lines} lines, {done.fresh} new, {done.matched} settled")
    for kind, number in done.breaks:
        typer.echo(f"{number} × {KIND_WORDS[kind].en}")


@app.command("templates")
def templates_command() -> None:
    """The layouts that are understood."""
    for slug, template in templates().items():
        typer.echo(f"{slug}: {template.title.en}: {template.delimiter.join(template.headers)}")


@app.command("breaks")
def breaks_command(config: ConfigFile = None, *, allow_embedded: Embedded = False) -> None:
    """What is undecided between the bank and us; exit 1 if there is anything."""

    async def work(service: Service) -> list[Shown]:
        async def find(tx: Tx) -> list[Shown]:
            return await registry_lists.breaks(tx, Wanted(), limit=MOST_SHOWN)

        return await in_transaction(service.engine, find)

    found = serviced(read_config(config), work, allow_embedded=allow_embedded)
    for each in found:
        place = f"line {each.entry.number} ({each.entry.reference})" if each.entry else str(each.refund or each.payment)
        typer.echo(f"{each.age} d  {KIND_WORDS[each.kind].en}: {each.merchant} {each.code or '-'} {place}")
    if found:
        raise typer.Exit(1)
    typer.echo("nothing is undecided")
