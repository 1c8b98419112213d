"""Where keys are kept: hashed, found by hash, never shown again."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence

from ulid import ULID

from checkout.ground.crypto import token_hash
from checkout.ground.db import Tx, one, rows, run, sql
from checkout.people.access import Grant, Principal

_INSERT = sql("""
INSERT INTO api_key (id, name, role, secret_hash, clinics) VALUES (:id, :name, :role, :hash, CAST(:clinics AS int[]))
ON CONFLICT (name) DO NOTHING""")
_FIND = sql("""
SELECT k.name, k.role, k.clinics, (SELECT array_agg(a.action) FROM role_action a WHERE a.role = k.role) AS actions
  FROM api_key k WHERE k.secret_hash = :hash AND k.disabled_at IS NULL""")
_ABLE = sql("""
SELECT k.name FROM api_key k JOIN role_action a ON a.role = k.role WHERE a.action = :action
   AND (k.clinics IS NULL OR CAST(:clinics AS int[]) IS NULL OR k.clinics && CAST(:clinics AS int[]))
 ORDER BY k.name LIMIT 100""")
_DISABLE = sql("UPDATE api_key SET disabled_at = app_now() WHERE name = :name AND disabled_at IS NULL")


class NameTaken(Exception):
    """A key's name is used once: the history speaks of it for ever."""


async def add_key(tx: Tx, *, name: str, role: str, clinics: Sequence[int] | None = None) -> str:
    """A new key's secret (raises NameTaken), to be shown once: 256 random bits, so a plain hash of it is enough at rest."""
    secret = f"ck_{role}_{secrets.token_urlsafe(32)}"
    if not await keep_key(tx, name=name, role=role, secret=secret, clinics=clinics):
        raise NameTaken(name)
    return secret


async def keep_key(tx: Tx, *, name: str, role: str, secret: str, clinics: Sequence[int] | None = None) -> bool:
    """Remember the hash of a key; False, and nothing changed, if there is (or was) one of that name."""
    changed = await run(
        tx,
        _INSERT,
        id=ULID().to_uuid(),
        name=name,
        role=role,
        hash=token_hash(secret),
        clinics=list(clinics) if clinics is not None else None,
    )
    return changed == 1


async def find(tx: Tx, secret: str) -> Principal | None:
    """Who holds this key. The look-up is by hash, so its time tells nothing of the secret."""
    row = await one(tx, _FIND, hash=token_hash(secret))
    if row is None:
        return None
    clinics = frozenset(row.clinics) if row.clinics is not None else None
    return Principal(f"key:{row.name}", (Grant(row.role, frozenset(row.actions or []), clinics),))


async def able(tx: Tx, action: str, clinics: Collection[int] | None) -> list[str]:
    """Keys, as principals, whose role allows this at one of these clinics (None: anywhere); disabled ones as well."""
    seen = None if clinics is None else list(clinics)
    return [f"key:{row.name}" for row in await rows(tx, _ABLE, action=action, clinics=seen)]


async def disable(tx: Tx, name: str) -> bool:
    return await run(tx, _DISABLE, name=name) == 1
