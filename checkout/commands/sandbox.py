"""`checkout sandbox`: the rehearsal bank alone. It needs nothing of the rest, and so starts without importing it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer


def sandbox(
    port: Annotated[int, typer.Option(help="Where to listen, on loopback; 0 takes a free port.")] = 8090,
    callback_url: Annotated[str | None, typer.Option(help="Where callbacks of the default merchant go.")] = None,
    secret_env: Annotated[  # the default is the name of a variable, not a secret
        str, typer.Option(help="Environment variable with the callback secret.")
    ] = "SANDBOX_SECRET",  # noqa: S107 - see above
    merchants: Annotated[
        Path | None, typer.Option(help="Merchants and their settings, YAML or TOML, instead of the default one.")
    ] = None,
) -> None:
    """Run the rehearsal bank alone: no database, no configuration. Never expose it."""
    from gateways.sandbox import Merchant, merchants_file, serve  # noqa: PLC0415 - production never loads the sandbox

    usual = Merchant(callback_url=callback_url, callback_secret=os.environ.get(secret_env))
    try:
        found = merchants_file.read(merchants) if merchants else [usual]
    except (ValueError, OSError) as reason:
        typer.echo(str(reason), err=True)
        raise typer.Exit(2) from reason
    serve(port, merchants=found, announce=typer.echo)


def main(arguments: Sequence[str]) -> None:
    """The command alone."""
    app = typer.Typer(add_completion=False)
    app.command()(sandbox)
    app(list(arguments), prog_name="checkout sandbox")
