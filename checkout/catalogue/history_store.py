"""Who changed which entry of the catalogue, from what to what: written by every change, whichever road it came."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from checkout.catalogue.changes import Change, Detail, Held, Key, Plan, differences, dump, entries
from checkout.ground.db import Row, Tx, one, rows, run, sql

_APPEND = sql("""
INSERT INTO catalogue_change (key, clinic_id, sign, again, before, after, principal)
SELECT r.key, c.id, r.sign, r.again, r.before, r.after, :principal
  FROM jsonb_to_recordset(CAST(:rows AS jsonb))
    AS r(key text[], sign text, again boolean, before jsonb, after jsonb)
  LEFT JOIN clinic c ON r.key[1] IN ('clinic', 'resource') AND c.slug = r.key[2]""")
_LAST = sql("SELECT coalesce(max(id), 0) AS last FROM catalogue_change WHERE key = CAST(:key AS text[])")
_SINCE = sql("SELECT * FROM catalogue_change WHERE key = CAST(:key AS text[]) AND id > :seen ORDER BY id")
_RECENT = sql("SELECT * FROM catalogue_change WHERE key = CAST(:key AS text[]) ORDER BY id DESC LIMIT :limit")


@dataclass(frozen=True, slots=True)
class Told:
    """One change of one entry. `before`, `after`: the whole of it as JSON; None before it was added, None once it is off."""

    sign: str
    again: bool
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    principal: str
    at: datetime

    @property
    def details(self) -> list[Detail]:
        return list(differences(self.before, self.after)) if self.before and self.after else []


async def append(tx: Tx, planned: Plan, known: Held, *, principal: str) -> None:
    """What was planned and is done. Of an entry that is changed and then switched off, both.

    What an empty catalogue is filled with is its beginning, and no change.
    """
    if not known.catalogue.clinics:
        return
    before, after = dict(entries(known.catalogue)), dict(entries(planned.wanted))
    told = [_row(change, before, after) for change in planned.changes]
    await run(tx, _APPEND, rows=json.dumps(told), principal=principal)


def _row(change: Change, before: Mapping[Key, Any], after: Mapping[Key, Any]) -> dict[str, Any]:
    ended = change.sign == "-"
    old = after.get(change.key, before.get(change.key)) if ended else before.get(change.key)
    return {
        "key": change.key,
        "sign": change.sign,
        "again": change.again,
        "before": dump(old) if old is not None else None,
        "after": None if ended else dump(after[change.key]),
    }


async def last(tx: Tx, key: Key) -> int:
    """The number of the entry's last change; 0: it was never changed since there is a history."""
    row = await one(tx, _LAST, key=list(key))
    return int(row.last) if row else 0


async def since(tx: Tx, key: Key, seen: int) -> list[Told]:
    """What became of it after the change with this number, oldest first."""
    return [_told(row) for row in await rows(tx, _SINCE, key=list(key), seen=seen)]


async def recent(tx: Tx, key: Key, *, limit: int) -> list[Told]:
    """Newest first."""
    return [_told(row) for row in await rows(tx, _RECENT, key=list(key), limit=limit)]


def _told(row: Row[Any]) -> Told:
    return Told(row.sign, row.again, row.before, row.after, row.principal, row.at)
