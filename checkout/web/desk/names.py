"""Who did it, as people call them: history keeps ids, names are looked up when they are shown."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from checkout.ground.crypto import Vault
from checkout.ground.db import Tx
from checkout.ground.errors import Missing
from checkout.ground.ids import StaffId
from checkout.people import staff_store
from checkout.web.words import say

STAFF: Final = "staff:"
KEY: Final = "key:"
POLICY: Final = "policy:"


async def names(tx: Tx, vault: Vault, principals: Collection[str], language: str) -> Mapping[str, str]:
    """A name for each principal; of somebody who was erased, their id."""
    return {one: await _name(tx, vault, one, language) for one in set(principals)}


async def _name(tx: Tx, vault: Vault, principal: str, language: str) -> str:
    if principal.startswith(STAFF):
        return await _colleague(tx, vault, principal.removeprefix(STAFF), language)
    if principal.startswith(KEY):
        return say(language, "who_key", name=principal.removeprefix(KEY))
    if principal.startswith(POLICY):
        return say(language, "who_policy")
    known = f"who_{principal}"
    return say(language, known) if principal in ("system", "bank", "payer", "guest", "operator") else principal


async def _colleague(tx: Tx, vault: Vault, text: str, language: str) -> str:
    try:
        staff = await staff_store.read(tx, StaffId.parse(text))
    except (ValueError, Missing):
        return say(language, "who_staff", id=text)
    person = await staff_store.person(tx, vault, staff)
    return person.name if person else say(language, "who_staff", id=text)
