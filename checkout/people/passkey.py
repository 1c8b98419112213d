"""Passkeys: a second factor that no forged page can ask for. Source: WebAuthn level 2, reliability.md §8 (6.3.3, 6.5).

What is to be signed is drawn here, kept for one session and one purpose, and used once. The authenticator must have
verified its holder (a finger, a face, a PIN). It counts its signatures: one that falls behind was copied.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final
from uuid import UUID

from checkout.ground.crypto import token_hash
from checkout.ground.db import Tx, one, rows, run, sql
from checkout.ground.errors import Conflict, Invalid
from checkout.ground.ids import StaffId
from checkout.people.staff import Session, Staff

LIFE: Final = timedelta(minutes=5)  # of a challenge: until the form that carries it must be shown anew
MOST: Final = 10  # passkeys of one person
LONGEST_NAME: Final = 60
_ASK = sql("""
INSERT INTO staff_challenge (hash, session_id, purpose, expires_at)
VALUES (:hash, :session, :purpose, app_now() + CAST(:life AS interval))""")
_FORGET = sql("DELETE FROM staff_challenge WHERE session_id = :session AND expires_at < app_now()")
_ANSWERED = sql("""
DELETE FROM staff_challenge
 WHERE hash = :hash AND session_id = :session AND purpose = :purpose AND expires_at > app_now()""")
_OF = sql("""
SELECT credential_id, name, created_at, used_at FROM staff_passkey
 WHERE staff_id = :id AND removed_at IS NULL ORDER BY created_at, credential_id""")
_KEY = sql("""
SELECT public_key FROM staff_passkey WHERE credential_id = :key AND staff_id = :id AND removed_at IS NULL""")
_ADD = sql("""
INSERT INTO staff_passkey (credential_id, staff_id, public_key, sign_count, name)
VALUES (:key, :id, :public, :count, :name) ON CONFLICT (credential_id) DO NOTHING""")
# Authenticators that sync between machines do not count: theirs is always 0.
_COUNT = sql("""
UPDATE staff_passkey SET sign_count = :count, used_at = app_now()
 WHERE credential_id = :key AND removed_at IS NULL AND (sign_count < :count OR (sign_count = 0 AND :count = 0))""")
_REMOVE = sql("""
UPDATE staff_passkey SET removed_at = app_now() WHERE staff_id = :id AND credential_id = :key AND removed_at IS NULL""")
_REMOVE_ALL = sql("UPDATE staff_passkey SET removed_at = app_now() WHERE staff_id = :id AND removed_at IS NULL")


class Came(Enum):
    """What became of a passkey that was shown."""

    RIGHT = auto()
    WRONG = auto()
    COPIED = auto()


@dataclass(frozen=True, slots=True)
class Site:
    """For whom passkeys are made: `host` is bound into each, `origin` is the only page that may ask."""

    host: str
    origin: str
    name: str


@dataclass(frozen=True, slots=True)
class User:
    """Whose passkey it will be, as their machine shows it to them."""

    id: bytes
    account: str
    name: str


@dataclass(frozen=True, slots=True)
class Made:
    """A new passkey, verified."""

    key: bytes
    public_key: bytes
    count: int


@dataclass(frozen=True, slots=True)
class Passkey:
    """One of somebody's, as they see it in a list. `id`: for a form."""

    id: str
    name: str
    created_at: datetime
    used_at: datetime | None


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _raw(text: str) -> bytes:
    """Raises ValueError."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


async def of(tx: Tx, staff_id: StaffId) -> list[Passkey]:
    found = await rows(tx, _OF, id=staff_id.uuid)
    return [Passkey(_text(row.credential_id), row.name, row.created_at, row.used_at) for row in found]


async def _keys(tx: Tx, staff_id: StaffId) -> list[bytes]:
    return [bytes(row.credential_id) for row in await rows(tx, _OF, id=staff_id.uuid)]


async def _challenge(tx: Tx, session_id: UUID, purpose: str) -> bytes:
    drawn = secrets.token_bytes(32)
    await run(tx, _FORGET, session=session_id)
    await run(tx, _ASK, hash=_hash(drawn), session=session_id, purpose=purpose, life=LIFE)
    return drawn


def _hash(challenge: bytes) -> bytes:
    return token_hash(_text(challenge))


async def _answered(tx: Tx, session_id: UUID, purpose: str, challenge: bytes) -> bool:
    """Whether this session was asked this, for this; it is used up by that."""
    return await run(tx, _ANSWERED, hash=_hash(challenge), session=session_id, purpose=purpose) == 1


async def offer(tx: Tx, session: Session, site: Site, *, account: str, name: str) -> str:
    """What a browser is to make one by, as JSON."""
    from checkout.people import ceremony  # noqa: PLC0415 - see its head

    user = User(session.staff.id.uuid.bytes, account, name)
    keys = await _keys(tx, session.staff.id)
    return ceremony.to_create(site, user, await _challenge(tx, session.id, "register"), keys)


async def ask(tx: Tx, session: Session, site: Site) -> str:
    """What a browser is to show one by, as JSON."""
    from checkout.people import ceremony  # noqa: PLC0415 - see its head

    keys = await _keys(tx, session.staff.id)
    return ceremony.to_get(site, await _challenge(tx, session.id, "show"), keys)


async def add(tx: Tx, session: Session, site: Site, brought: str, name: str) -> None:
    """Keep a new one. Raises Invalid `passkey_wrong`, Conflict `passkey_known` or `passkeys_many`."""
    from checkout.people import ceremony  # noqa: PLC0415 - see its head

    if len(await _keys(tx, session.staff.id)) >= MOST:
        raise Conflict("passkeys_many", most=MOST)
    found = ceremony.created(brought)
    asked = found is not None and await _answered(tx, session.id, "register", found.challenge)
    made = ceremony.made(site, found) if found and asked else None
    if made is None:
        raise Invalid("passkey_wrong", pointer="/passkey")
    values = {"key": made.key, "public": made.public_key, "count": made.count}
    if not await run(tx, _ADD, **values, id=session.staff.id.uuid, name=name.strip()[:LONGEST_NAME] or site.name):
        raise Conflict("passkey_known")


async def shown(tx: Tx, session: Session, site: Site, brought: str) -> Came:
    """Whether this is a passkey of whoever holds the session, over what they were asked just now."""
    from checkout.people import ceremony  # noqa: PLC0415 - see its head

    found = ceremony.got(brought)
    if found is None:
        return Came.WRONG
    asked = await _answered(tx, session.id, "show", found.challenge)
    row = await one(tx, _KEY, key=found.key, id=session.staff.id.uuid)
    count = ceremony.count(site, found, bytes(row.public_key)) if asked and row else None
    if count is None:
        return Came.WRONG
    return Came.RIGHT if await run(tx, _COUNT, key=found.key, count=count) else Came.COPIED


async def remove(tx: Tx, staff: Staff, passkey_id: str) -> bool:
    try:
        key = _raw(passkey_id)
    except ValueError:
        return False
    return await run(tx, _REMOVE, id=staff.id.uuid, key=key) == 1


async def forget(tx: Tx, staff_id: StaffId) -> int:
    """All of them: the machine that held them is lost."""
    return await run(tx, _REMOVE_ALL, id=staff_id.uuid)
