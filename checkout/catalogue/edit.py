"""Change one entry of the catalogue, as a form says it: looked at first, then done, unless somebody else was there meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from checkout.catalogue import history_store
from checkout.catalogue.changes import Held, Key, Plan, entries, plan
from checkout.catalogue.file import Catalogue
from checkout.catalogue.held_store import held
from checkout.catalogue.import_store import alone, write
from checkout.ground.db import Tx, now, rows, sql
from checkout.ground.errors import Conflict, Invalid, Missing
from checkout.ground.events import SYSTEM

_CLINIC_IDS = sql("SELECT slug, id FROM clinic")
_PRICES = sql("""
SELECT p.valid_from, p.amount, coalesce(p.vat, s.vat) AS vat, p.valid_from = '-infinity' AS first
  FROM service_price p JOIN service s ON s.id = p.service_id
 WHERE s.slug = :slug AND p.valid_from <= app_now() ORDER BY p.valid_from DESC""")


@dataclass(frozen=True, slots=True)
class Standing:
    """What is held at a moment. `seen`: the number of the entry's last change; 0: of one that was never changed."""

    held: Held
    moment: datetime
    seen: int

    def entry(self, key: Key) -> Any:
        """Raises Missing `entry_unknown`."""
        found = dict(entries(self.held.catalogue)).get(key)
        if found is None:
            raise Missing("entry_unknown")
        return found


@dataclass(frozen=True, slots=True)
class Wish:
    """What a form wants of one entry: `read` turns what is held into a catalogue of that entry alone.

    `seen`: what the form was shown over; None: the entry is to be new. `off`: it is to be switched off, or to stay so.
    """

    key: Key
    read: Callable[[Standing], Catalogue]
    seen: int | None
    off: bool = False


@dataclass(frozen=True, slots=True)
class Price:
    """What a service cost, and since when; None: from its beginning on."""

    since: datetime | None
    amount: int
    vat: str


async def standing(tx: Tx, key: Key) -> Standing:
    """The number first: whatever is changed after it shows as somebody else's change, and is never missed."""
    seen = await history_store.last(tx, key)
    moment = await now(tx)
    return Standing(await held(tx, moment), moment, seen)


async def preview(tx: Tx, wish: Wish) -> tuple[Standing, Plan]:
    """What would change, and over what. Raises as `change` does."""
    found = await standing(tx, wish.key)
    await _still(tx, found, wish)
    off = found.held.off - {wish.key} | ({wish.key} if wish.off else set())  # naming its clinic switches on no clinic
    return found, plan(found.held, wish.read(found), found.moment, exact=True, off=off)


async def change(tx: Tx, wish: Wish, *, principal: str) -> Plan:
    """Do it.

    Raises Conflict `entry_changed` if it was changed since `seen`, Invalid `slug_taken` if it is not new, and what `read`
    refuses.
    """
    await alone(tx)
    found, planned = await preview(tx, wish)
    await write(tx, planned, found.held, found.moment, principal=principal)
    return planned


async def _still(tx: Tx, found: Standing, wish: Wish) -> None:
    """Whether the form speaks of what there is."""
    if wish.seen is None:
        if wish.key in dict(entries(found.held.catalogue)):
            raise Invalid("slug_taken", pointer="/slug")
        return
    found.entry(wish.key)
    if wish.seen != found.seen:
        others = await history_store.since(tx, wish.key, wish.seen)
        raise Conflict("entry_changed", by=others[-1].principal if others else SYSTEM)


async def clinic_ids(tx: Tx) -> dict[str, int]:
    """Of every clinic, switched off or not, by slug."""
    return {row.slug: row.id for row in await rows(tx, _CLINIC_IDS)}


async def past_prices(tx: Tx, slug: str) -> list[Price]:
    """What the service costs and cost, newest first."""
    return [
        Price(None if row.first else row.valid_from, row.amount, row.vat) for row in await rows(tx, _PRICES, slug=slug)
    ]
