"""What every `checkout bank` command needs: the installation without its log, and which bank contract is meant."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from checkout.commands.common import failed, read_config
from checkout.ground import config as settings
from checkout.ground.observe import set_up_logging

MerchantSlug = Annotated[str | None, typer.Option("--merchant", help="By slug; needed where there are several.")]


def prepared(path: Path | None) -> settings.Config:
    """The installation; what goes over the line is told on the screen, and not logged beside it."""
    set_up_logging(level="CRITICAL")
    return read_config(path)


def chosen(loaded: settings.Config, slug: str | None) -> settings.Merchant:
    known = {one.slug: one for one in loaded.merchants}
    if slug is None and len(known) == 1:
        return loaded.merchants[0]
    if slug not in known:
        raise failed(f"--merchant is one of: {', '.join(known)}")
    return known[slug]
