"""How the database is emptied between tests: by deleting, since TRUNCATE makes every file of every table anew."""

from __future__ import annotations

from collections.abc import Collection
from graphlib import TopologicalSorter
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.setting import EMPTIED

_REFERENCES: Final = """
SELECT conrelid::regclass::text AS "table", confrelid::regclass::text AS target FROM pg_constraint WHERE contype = 'f'"""
_COUNTERS: Final = """
SELECT d.objid::regclass::text FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
 WHERE d.refobjid::regclass::text = ANY(:tables)"""
TABLES: Final = tuple(EMPTIED.split(", "))


async def emptying(owner: AsyncEngine, tables: Collection[str] = TABLES) -> str:
    """The statements for these tables and all that refer to them, those first; what counts begins at one again."""
    async with owner.begin() as tx:
        references = [(row.table, row.target) for row in await tx.execute(text(_REFERENCES)) if row.table != row.target]
        graph: dict[str, set[str]] = {}
        left = set(tables)
        while left:
            name = left.pop()
            graph[name] = {one for one, target in references if target == name}
            left |= graph[name] - graph.keys()
        counters = (await tx.execute(text(_COUNTERS), {"tables": list(graph)})).scalars().all()
    order = TopologicalSorter(graph)
    deletions = [f"DELETE FROM {name}" for name in order.static_order()]  # noqa: S608 - names of the schema
    return ";".join([*deletions, *(f"SELECT setval('{name}', 1, false)" for name in counters)])


async def run_all(owner: AsyncEngine, statements: str) -> None:
    """Several statements in one transaction and one message."""
    async with owner.begin() as tx:
        raw = (await tx.get_raw_connection()).driver_connection
        assert raw is not None
        await raw.execute(statements)
