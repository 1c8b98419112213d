"""Where the texts that payers agree to are kept, and how one is written or taken back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from checkout.catalogue import legal
from checkout.catalogue.file import ACCOUNTS_ZONE
from checkout.catalogue.import_store import alone
from checkout.catalogue.legal import Wording
from checkout.ground.config import Consent
from checkout.ground.db import Row, Tx, now, rows, run, sql
from checkout.ground.errors import Conflict, Invalid, Missing

_FIELDS = """id, kind, version, valid_from, title_ru, title_en, text_ru, text_en, written_by, written_at, withdrawn_by,
       withdrawn_at"""
_LATEST = sql(f"""
SELECT DISTINCT ON (kind) {_FIELDS} FROM legal_text
 WHERE withdrawn_at IS NULL AND valid_from <= app_now() ORDER BY kind, valid_from DESC""")  # noqa: S608 - ours
_ALL = sql(f"SELECT {_FIELDS} FROM legal_text ORDER BY kind, id")  # noqa: S608 - ours
_WRITE = sql("""
INSERT INTO legal_text (kind, version, valid_from, title_ru, title_en, text_ru, text_en, written_by)
VALUES (:kind, :version, :valid_from, :title_ru, :title_en, :text_ru, :text_en, :by)""")
_WITHDRAW = sql("""
UPDATE legal_text SET withdrawn_by = :by, withdrawn_at = app_now()
 WHERE kind = :kind AND version = :version AND withdrawn_at IS NULL AND valid_from > app_now()""")


@dataclass(frozen=True, slots=True)
class Standing:
    """One text at a moment. `first`: of the file. `written`: everything after it, oldest first, also what was taken back."""

    first: Consent
    written: tuple[Wording, ...]
    moment: datetime

    @property
    def seen(self) -> int:
        """How often it was written or taken back: more, once somebody was there meanwhile."""
        return len(self.written) + sum(one.withdrawn_at is not None for one in self.written)

    @property
    def current(self) -> Consent:
        return self.at(self.moment)

    @property
    def since(self) -> datetime | None:
        """From when on it reads so; None: from the beginning."""
        return max((one.valid_from for one in self._live if one.valid_from <= self.moment), default=None)

    @property
    def planned(self) -> list[Wording]:
        """What is still to come, the next one first."""
        return sorted((one for one in self._live if one.valid_from > self.moment), key=lambda one: one.valid_from)

    def at(self, moment: datetime, without: Collection[str] = ()) -> Consent:
        """How it reads at a moment, if the versions `without` are taken back."""
        return legal.in_force([self.first], [one for one in self._live if one.version not in without], moment)[0]

    @property
    def _live(self) -> list[Wording]:
        return [one for one in self.written if one.withdrawn_at is None]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a form wants of one text. `wanted` None: it is left as it is. `start` None: at once.

    `drop`: versions to be taken back. `seen`: what the form was shown over.
    """

    kind: str
    wanted: Consent | None
    start: datetime | None
    drop: tuple[str, ...]
    seen: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What would come of it. `after` None: no other text; else it follows `before` at `valid_from`. `at_once`: now."""

    found: Standing
    before: Consent
    after: Consent | None
    valid_from: datetime
    dropped: tuple[Wording, ...]

    @property
    def at_once(self) -> bool:
        return self.valid_from <= self.found.moment


async def in_force(tx: Tx, consents: Sequence[Consent]) -> tuple[Consent, ...]:
    """The texts as they read now. `consents`: those of the file."""
    return legal.in_force(consents, [_wording(row) for row in await rows(tx, _LATEST)], await now(tx))


async def standing(tx: Tx, consents: Sequence[Consent]) -> dict[str, Standing]:
    """Every text with its history, by kind, in the order of the file."""
    moment = await now(tx)
    found = [_wording(row) for row in await rows(tx, _ALL)]
    return {one.kind: Standing(one, tuple(text for text in found if text.kind == one.kind), moment) for one in consents}


async def preview(tx: Tx, consents: Sequence[Consent], wish: Wish) -> Plan:
    """Raises as `change` does."""
    found = (await standing(tx, consents)).get(wish.kind)
    if found is None:
        raise Missing("text_unknown")
    if wish.seen != found.seen:
        raise Conflict("text_changed")
    dropped = tuple(one for one in found.planned if one.version in wish.drop)
    start = wish.start if wish.start and wish.start > found.moment else found.moment
    before = found.at(start, wish.drop)
    after = None if wish.wanted is None else _next(found, before, wish.wanted, start)
    if after and any(one.valid_from == start and one not in dropped for one in found.planned):
        raise Invalid("text_planned", pointer="/from")
    return Plan(found, before, after, start, dropped)


async def change(tx: Tx, consents: Sequence[Consent], wish: Wish, *, principal: str) -> Plan:
    """Do it. Raises Missing `text_unknown`; Conflict `text_changed`; Invalid `text_planned` for a day that has its text."""
    await alone(tx)
    planned = await preview(tx, consents, wish)
    for one in planned.dropped:
        await run(tx, _WITHDRAW, kind=one.kind, version=one.version, by=principal)
    if planned.after:
        words = planned.after.model_dump(exclude={"required"})
        await run(tx, _WRITE, **words, valid_from=planned.valid_from, by=principal)
    return planned


def _next(found: Standing, before: Consent, wanted: Consent, start: datetime) -> Consent | None:
    """With its version; None if it would read as it does then anyway."""
    if wanted == before.model_copy(update={"version": wanted.version}):
        return None
    taken = {found.first.version, *(one.version for one in found.written)}
    return wanted.model_copy(update={"version": legal.version_of(start.astimezone(ACCOUNTS_ZONE).date(), taken)})


def _wording(row: Row[Any]) -> Wording:
    return Wording(**row._mapping)  # noqa: SLF001 - the public name of a row's mapping
