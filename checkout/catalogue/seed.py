"""Fill an empty database's catalogue from a file. From then on the database wins."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from checkout.catalogue.file import Catalogue
from checkout.catalogue.import_store import bring_in
from checkout.ground.db import Tx, one, sql

FICTIONAL: Final = Path(__file__).parent / "fictional.yaml"
_COUNT = sql("SELECT count(*) AS clinics FROM clinic")


async def seed(tx: Tx, catalogue: Catalogue) -> bool:
    """False, and nothing done, if there is a catalogue already. Raises CatalogueError."""
    row = await one(tx, _COUNT)
    if row is not None and row.clinics:
        return False
    await bring_in(tx, lambda _held: catalogue)
    return True
