"""`checkout export`: rows of the books as a file, exactly what is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from checkout.books.export import Ask, Exported, Format, export
from checkout.books.sources import Filter, Source
from checkout.catalogue.file import ACCOUNTS_ZONE
from checkout.commands.common import ConfigFile, Embedded, failed, read_config, serviced
from checkout.ground.errors import Conflict

Language = Literal["ru", "en"]
PRINCIPAL: Final = "command"


def made(sources: Mapping[str, Source]) -> Callable[..., None]:
    """The command, for what there is to export."""

    def export_command(
        what: Annotated[str, typer.Argument(help="Which rows; a word that is none shows which there are.")],
        out: Annotated[Path, typer.Option(help="The file to write.")],
        config: ConfigFile = None,
        *,
        since: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day.")] = None,
        until: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="The last day.")] = None,
        kind: Annotated[Format, typer.Option("--format")] = Format.CSV,
        zone: Annotated[str, typer.Option(help="Whose days and hours.")] = ACCOUNTS_ZONE.key,
        clinic: Annotated[str | None, typer.Option(help="Only this clinic, by slug.")] = None,
        language: Annotated[Language, typer.Option(help="Of the words in it.")] = "ru",
        allow_embedded: Embedded = False,
    ) -> None:
        """Write rows of the books to a CSV or XLSX file, with totals that equal the ledger's."""
        if what not in sources:
            raise failed(f"there is {', '.join(sources)} to export, but no {what}")
        first, last = (moment.date() if moment else None for moment in (since, until))
        ask = Ask(sources[what], Filter(zone, first, last, clinic), language)
        try:
            done = serviced(
                read_config(config),
                lambda service: export(service, ask, kind, out, principal=PRINCIPAL),
                allow_embedded=allow_embedded,
                connections=2,  # the ledger is asked beside the rows
            )
        except Conflict as reason:
            raise failed(
                f"not written: rows and ledger differ in {reason.facts['columns']}: run `checkout verify`"
            ) from reason
        except OSError as reason:
            raise failed(f"{out}: {reason}") from reason
        typer.echo(f"{out}: {done.rows} rows{_totals(done)}")

    return export_command


def _totals(done: Exported) -> str:
    return "".join(f", {key} {Decimal(amount) / 100:.2f} ₽" for key, amount in done.totals.items())
