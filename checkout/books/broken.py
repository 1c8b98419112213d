"""Invariants that are broken now, as the last watch found them: kept for people until a watch finds them whole again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from checkout.books.invariants import Violation
from checkout.ground.db import Row, Tx, one, rows, run, sql
from checkout.ground.errors import Missing

LONGEST: Final = 200  # characters kept of a row: an id and a few words
_FOUND = sql("""
INSERT INTO broken_invariant (watch, invariant, number, sample) VALUES (:watch, :invariant, :number, CAST(:sample AS text[]))
ON CONFLICT (invariant) WHERE gone_at IS NULL
  DO UPDATE SET number = excluded.number, sample = excluded.sample, seen_at = app_now()""")
_GONE = sql("""
UPDATE broken_invariant SET gone_at = app_now()
 WHERE gone_at IS NULL AND watch = :watch AND NOT invariant = ANY(CAST(:found AS text[]))""")
_NOW = sql("SELECT * FROM broken_invariant WHERE invariant = :invariant AND gone_at IS NULL")
_BEFORE = sql("""
SELECT * FROM broken_invariant WHERE invariant = :invariant AND gone_at IS NOT NULL ORDER BY since DESC LIMIT :limit""")


@dataclass(frozen=True, slots=True)
class Broken:
    """`number`: rows that break it, of which `sample` are the first. `gone_at` None: it is broken still."""

    invariant: str
    number: int
    sample: tuple[str, ...]
    since: datetime
    seen_at: datetime
    gone_at: datetime | None


async def keep(tx: Tx, watch: str, found: Sequence[Violation]) -> None:
    """What this watch found just now is all that it knows to be broken."""
    for violation in found:
        sample = [row[:LONGEST] for row in violation.rows]
        await run(tx, _FOUND, watch=watch, invariant=violation.invariant, number=violation.number, sample=sample)
    await run(tx, _GONE, watch=watch, found=[violation.invariant for violation in found])


async def read(tx: Tx, invariant: str) -> Broken:
    """As it is broken now. Raises Missing: it is whole, or there is no such invariant."""
    row = await one(tx, _NOW, invariant=invariant)
    if row is None:
        raise Missing("invariant_whole")
    return _broken(row)


async def before(tx: Tx, invariant: str, *, limit: int) -> list[Broken]:
    """When it was broken before, newest first."""
    return [_broken(row) for row in await rows(tx, _BEFORE, invariant=invariant, limit=limit)]


def _broken(row: Row[Any]) -> Broken:
    return Broken(row.invariant, row.number, tuple(row.sample), row.since, row.seen_at, row.gone_at)
