"""Where the texts that payers agree to are kept, and how one is written or taken back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from checkout.catalogue import legal
from checkout.catalogue.import_store import alone
from checkout.catalogue.legal import Plan, Standing, Wish, Wording
from checkout.ground.config import Consent
from checkout.ground.db import Row, Tx, now, rows, run, sql
from checkout.ground.errors import Missing

_FIELDS = """id, kind, version, valid_from, required, title_ru, title_en, text_ru, text_en, written_by, written_at,
       withdrawn_by, withdrawn_at"""
_LATEST = sql(f"""
SELECT DISTINCT ON (kind) {_FIELDS} FROM legal_text
 WHERE withdrawn_at IS NULL AND valid_from <= app_now() ORDER BY kind, valid_from DESC""")  # noqa: S608 - ours
_ALL = sql(f"SELECT {_FIELDS} FROM legal_text ORDER BY id")  # noqa: S608 - ours
_WRITE = sql("""
INSERT INTO legal_text (kind, version, valid_from, required, title_ru, title_en, text_ru, text_en, written_by)
VALUES (:kind, :version, :valid_from, :required, :title_ru, :title_en, :text_ru, :text_en, :by)""")
_WITHDRAW = sql("""
UPDATE legal_text SET withdrawn_by = :by, withdrawn_at = app_now()
 WHERE id = :id AND withdrawn_at IS NULL AND valid_from > app_now()""")


async def in_force(tx: Tx, consents: Sequence[Consent]) -> tuple[Consent, ...]:
    """The texts as they read now. `consents`: those of the file."""
    return legal.in_force(consents, [_wording(row) for row in await rows(tx, _LATEST)], await now(tx))


async def standing(tx: Tx, consents: Sequence[Consent]) -> dict[str, Standing]:
    """Every text with all that became of it, by kind, in the order of the file."""
    moment = await now(tx)
    found = [_wording(row) for row in await rows(tx, _ALL)]
    return {one.kind: Standing(one, tuple(text for text in found if text.kind == one.kind), moment) for one in consents}


async def of_kind(tx: Tx, consents: Sequence[Consent], kind: str) -> Standing:
    """Raises Missing `text_unknown`."""
    found = (await standing(tx, consents)).get(kind)
    if found is None:
        raise Missing("text_unknown")
    return found


async def preview(tx: Tx, consents: Sequence[Consent], wish: Wish) -> Plan:
    """What would come of it. Raises as `change` does."""
    return legal.plan(await of_kind(tx, consents, wish.kind), wish)


async def change(tx: Tx, consents: Sequence[Consent], wish: Wish, *, principal: str) -> Plan:
    """Do it. Raises Missing `text_unknown`; Conflict `text_changed`, `text_began`; Invalid `text_planned`."""
    await alone(tx)
    planned = await preview(tx, consents, wish)
    for one in planned.dropped:
        await run(tx, _WITHDRAW, id=one.id, by=principal)
    if planned.after:
        await run(tx, _WRITE, **planned.after.model_dump(), valid_from=planned.start, by=principal)
    return planned


def _wording(row: Row[Any]) -> Wording:
    return Wording(**row._mapping)  # noqa: SLF001 - the public name of a row's mapping
