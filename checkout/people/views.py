"""Filters that somebody has kept under a name of theirs. Theirs alone: a view gives nobody a right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from ulid import ULID

from checkout.ground.db import Tx, one, rows, run, sql
from checkout.ground.errors import Conflict, Invalid
from checkout.ground.ids import StaffId

MOST: Final = 50  # of one person
LONGEST_NAME: Final = 60
LONGEST_QUERY: Final = 1000
_OF = sql(
    "SELECT id, page, name, query FROM saved_view WHERE staff_id = :staff AND page = :page ORDER BY lower(name), id"
)
_COUNT = sql("SELECT count(*) AS number FROM saved_view WHERE staff_id = :staff")
_KEEP = sql("""
INSERT INTO saved_view (id, staff_id, page, name, query) VALUES (:id, :staff, :page, :name, :query)
ON CONFLICT (staff_id, page, name) DO UPDATE SET query = excluded.query, kept_at = app_now()""")
_FORGET = sql("DELETE FROM saved_view WHERE id = :id AND staff_id = :staff")


@dataclass(frozen=True, slots=True)
class View:
    """`page`: its path; `query`: what the address asks it for."""

    id: UUID
    page: str
    name: str
    query: str

    @property
    def address(self) -> str:
        return f"{self.page}?{self.query}"


async def of(tx: Tx, staff: StaffId, page: str) -> list[View]:
    return [View(row.id, row.page, row.name, row.query) for row in await rows(tx, _OF, staff=staff.uuid, page=page)]


async def keep(tx: Tx, staff: StaffId, page: str, name: str, query: str) -> View:
    """The same name on the same page again is kept anew. Raises Invalid, and Conflict for too many."""
    said, asked = " ".join(name.split()), _again(query)
    if not 0 < len(said) <= LONGEST_NAME or not said.isprintable():
        raise Invalid("view_name", pointer="/name")
    if len(asked) > LONGEST_QUERY:
        raise Invalid("view_too_long", pointer="/name")
    count = await one(tx, _COUNT, staff=staff.uuid)
    if count is not None and count.number >= MOST:
        raise Conflict("views_too_many")
    view = View(ULID().to_uuid(), page, said, asked)
    await run(tx, _KEEP, id=view.id, staff=staff.uuid, page=page, name=said, query=asked)
    return view


def _again(query: str) -> str:
    """The query written anew, so that nothing but names and values is kept. Raises Invalid."""
    try:
        return urlencode(parse_qsl(query, keep_blank_values=True, max_num_fields=MOST))
    except ValueError as reason:
        raise Invalid("view_too_long", pointer="/name") from reason


async def forget(tx: Tx, staff: StaffId, id_: UUID) -> None:
    """One of theirs; another's, or one that is gone, is left alone."""
    await run(tx, _FORGET, id=id_, staff=staff.uuid)
