"""The audit read: who did what, newest first, through filters. Rows are kept by `checkout.ground.events`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from checkout.ground.db import Row, Tx, rows, sql

# `asked`, `unknown`: of what is done elsewhere. It was to be done, and another line says how it ended; or nobody knows whether
# it was.
OUTCOMES: Final = ("done", "denied", "refused", "asked", "unknown")
_WHERE: Final = {
    "who": "principal = :who",
    "action": "action = :action",
    "outcome": "outcome = :outcome",
    "object": "object = :object",
    "since": "at >= :since",
    "until": "at < :until",
    "before": "seq < :before",
}
_PRINCIPALS = sql("""
SELECT 'key:' || name AS principal FROM api_key UNION VALUES ('operator'), ('payer'), ('anybody'), ('system') ORDER BY 1""")


@dataclass(frozen=True, slots=True)
class Filter:
    """What of it; None: everything. `until` is the first moment that is not meant any more."""

    who: str | None = None
    action: str | None = None
    outcome: str | None = None
    object: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def asked(self) -> dict[str, Any]:
        return {one.name: getattr(self, one.name) for one in fields(self) if getattr(self, one.name) is not None}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: who did or tried what, to what, how it ended, from where."""

    seq: int
    at: datetime
    principal: str
    action: str
    object: str
    outcome: str
    request_id: str | None
    client: str | None
    agent: str | None
    data: Mapping[str, Any] | None


@lru_cache(maxsize=64)
def _page(names: tuple[str, ...]) -> Any:
    """Only what is asked for stands in the statement, so that the planner sees which index serves it."""
    where = " AND ".join(_WHERE[name] for name in names) or "true"
    return sql(f"""
SELECT seq, at, principal, action, object, outcome, request_id, client, agent, data
  FROM audit WHERE {where} ORDER BY seq DESC LIMIT :limit""")  # noqa: S608 - constants of this file


async def page(tx: Tx, wanted: Filter, *, before: int | None, limit: int) -> list[Entry]:
    """Newest first; `before`: only what is older than the entry of this number."""
    asked = wanted.asked | ({"before": before} if before is not None else {})
    return [_entry(row) for row in await rows(tx, _page(tuple(asked)), **asked, limit=limit)]


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        seq=row.seq,
        at=row.at,
        principal=row.principal,
        action=row.action,
        object=row.object,
        outcome=row.outcome,
        request_id=row.request_id,
        client=row.client,
        agent=row.agent,
        data=row.data,
    )


async def principals(tx: Tx) -> list[str]:
    """Who besides the staff may stand in it."""
    return [row.principal for row in await rows(tx, _PRINCIPALS)]
