"""Where persons are kept: sealed, in one table, found by blind indexes only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from checkout.ground.crypto import Vault, seal, unseal
from checkout.ground.db import Row, Tx, one, rows, run, sql
from checkout.ground.ids import PersonId
from checkout.privacy.person import Person, from_json, words_of

_INSERT = sql("""
INSERT INTO person (id, data_key, sealed, phone_index, phone_tail_index, email_index, surname_index, name_index)
VALUES (:id, :data_key, :sealed, :phone, :tail, :email, :surname, :names)""")
_READ = sql("SELECT id, data_key, sealed FROM person WHERE id = :id AND erased_at IS NULL")


_SEVERAL = sql("SELECT id, data_key, sealed FROM person WHERE id = ANY(CAST(:ids AS uuid[])) AND erased_at IS NULL")


def _place(person_id: PersonId) -> str:
    return f"person/{person_id}"


@dataclass(frozen=True, slots=True)
class Kept:
    """A person as they are kept. `key` seals what else is theirs, so that erasing them makes it unreadable."""

    id: PersonId
    key: bytes = field(repr=False)

    def seal(self, plain: str, *, place: str) -> bytes:
        return seal(self.key, plain.encode(), place=place)

    def unseal(self, sealed: bytes, *, place: str) -> str:
        return unseal(self.key, sealed, place=place).decode()


async def add(tx: Tx, vault: Vault, who: Person) -> Kept:
    """Keep a person under a data key of their own."""
    person_id = PersonId.new()
    key, wrapped = vault.new_data_key(place=_place(person_id))
    await run(
        tx,
        _INSERT,
        id=person_id.uuid,
        data_key=wrapped,
        sealed=seal(key, who.as_json(), place=_place(person_id)),
        phone=vault.blind("phone", who.phone),
        tail=vault.blind("phone-tail", who.phone[-4:]),
        email=vault.blind("email", who.email.lower()),
        surname=vault.blind("surname", who.surname),
        names=[vault.blind("name", word) for word in words_of(who.name)],
    )
    return Kept(person_id, key)


async def read(tx: Tx, vault: Vault, person_id: PersonId) -> Person | None:
    """The person, or None once erased."""
    found = await known(tx, vault, person_id)
    return found[0] if found else None


async def several(tx: Tx, vault: Vault, ids: Collection[PersonId]) -> dict[PersonId, Person]:
    """Those of them who are not erased."""
    found = await rows(tx, _SEVERAL, ids=[one_.uuid for one_ in set(ids)])
    return {
        PersonId(row.id): from_json(unseal(_key(vault, row), row.sealed, place=_place(PersonId(row.id))))
        for row in found
    }


async def known(tx: Tx, vault: Vault, person_id: PersonId) -> tuple[Person, Kept] | None:
    """The person with the key to what is sealed as theirs; None once erased."""
    row = await one(tx, _READ, id=person_id.uuid)
    if row is None:
        return None
    kept = Kept(person_id, _key(vault, row))
    return from_json(unseal(kept.key, row.sealed, place=_place(person_id))), kept


def _key(vault: Vault, row: Row[Any]) -> bytes:
    return vault.unwrap(row.data_key, place=_place(PersonId(row.id)))


def seal_payload(vault: Vault, payer_id: PersonId, data_key: bytes | None, payload: bytes) -> bytes | None:
    """A raw bank payload under the payer's own key, so that erasing the payer makes it unreadable."""
    if data_key is None:
        return None
    return seal(vault.unwrap(data_key, place=_place(payer_id)), payload, place=f"payload/{payer_id}")


def open_sealed(vault: Vault, person_id: PersonId, data_key: bytes | None, sealed: bytes, *, place: str) -> str | None:
    """What `Kept.seal` sealed; None once the person is erased."""
    if data_key is None:
        return None
    return unseal(vault.unwrap(data_key, place=_place(person_id)), sealed, place=place).decode()
