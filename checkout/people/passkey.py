"""Passkeys: a second factor that no forged page can ask for. Source: WebAuthn level 2, reliability.md §8 (6.3.3, 6.5).

What is to be signed is drawn here, kept for one session and one purpose, and used once. The authenticator must have
verified its holder (a finger, a face, a PIN). It counts its signatures: one that falls behind was copied.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any, Final
from uuid import UUID

import webauthn
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    options_to_json,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from checkout.ground.crypto import token_hash
from checkout.ground.db import Row, Tx, one, rows, run, sql
from checkout.ground.errors import Conflict, Invalid
from checkout.ground.ids import StaffId
from checkout.people.staff import Session, Staff

LIFE: Final = timedelta(minutes=5)  # of a challenge: until the form that carries it must be shown anew
MOST: Final = 10  # passkeys of one person
LONGEST_NAME: Final = 60
VERIFIED: Final = UserVerificationRequirement.REQUIRED
# Whatever a stranger's answer may be wrong in; the library's own refusals, and what its parsers stumble over.
_UNFIT: Final = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError)
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
class Passkey:
    """One of somebody's, as they see it in a list. `id`: for a form."""

    id: str
    name: str
    created_at: datetime
    used_at: datetime | None


async def of(tx: Tx, staff_id: StaffId) -> list[Passkey]:
    found = await rows(tx, _OF, id=staff_id.uuid)
    return [Passkey(bytes_to_base64url(row.credential_id), row.name, row.created_at, row.used_at) for row in found]


async def _challenge(tx: Tx, session_id: UUID, purpose: str) -> bytes:
    drawn = secrets.token_bytes(32)
    await run(tx, _FORGET, session=session_id)
    await run(tx, _ASK, hash=_hash(drawn), session=session_id, purpose=purpose, life=LIFE)
    return drawn


def _hash(challenge: bytes) -> bytes:
    return token_hash(bytes_to_base64url(challenge))


async def _answered(tx: Tx, session_id: UUID, purpose: str, challenge: bytes) -> bool:
    """Whether this session was asked this, for this; it is used up by that."""
    return await run(tx, _ANSWERED, hash=_hash(challenge), session=session_id, purpose=purpose) == 1


def _known(found: list[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.id)) for one in found]


async def offer(tx: Tx, session: Session, site: Site, *, account: str, name: str) -> str:
    """What `navigator.credentials.create` is asked with, as JSON."""
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name=site.name,
        user_id=session.staff.id.uuid.bytes,
        user_name=account,
        user_display_name=name,
        challenge=await _challenge(tx, session.id, "register"),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=VERIFIED
        ),
        exclude_credentials=_known(await of(tx, session.staff.id)),
    )
    return options_to_json(options)


async def ask(tx: Tx, session: Session, site: Site) -> str:
    """What `navigator.credentials.get` is asked with, as JSON."""
    options = webauthn.generate_authentication_options(
        rp_id=site.host,
        challenge=await _challenge(tx, session.id, "show"),
        allow_credentials=_known(await of(tx, session.staff.id)),
        user_verification=VERIFIED,
    )
    return options_to_json(options)


async def add(tx: Tx, session: Session, site: Site, brought: str, name: str) -> None:
    """Keep a new one. Raises Invalid `passkey_wrong`, Conflict `passkey_known` or `passkeys_many`."""
    if len(await of(tx, session.staff.id)) >= MOST:
        raise Conflict("passkeys_many", most=MOST)
    made = await _registered(tx, session, site, brought)
    values = {"key": made.credential_id, "public": made.credential_public_key, "count": made.sign_count}
    if not await run(tx, _ADD, **values, id=session.staff.id.uuid, name=name.strip()[:LONGEST_NAME] or site.name):
        raise Conflict("passkey_known")


async def _registered(tx: Tx, session: Session, site: Site, brought: str) -> Any:
    try:
        credential = parse_registration_credential_json(brought)
        challenge = parse_client_data_json(credential.response.client_data_json).challenge
        if not await _answered(tx, session.id, "register", challenge):
            raise Invalid("passkey_wrong", pointer="/passkey")
        return webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except _UNFIT as reason:
        raise Invalid("passkey_wrong", pointer="/passkey") from reason


async def shown(tx: Tx, session: Session, site: Site, brought: str) -> Came:
    """Whether this is a passkey of whoever holds the session, over what they were asked just now."""
    try:
        credential = parse_authentication_credential_json(brought)
        challenge = parse_client_data_json(credential.response.client_data_json).challenge
    except _UNFIT:
        return Came.WRONG
    asked = await _answered(tx, session.id, "show", challenge)
    row = await one(tx, _KEY, key=credential.raw_id, id=session.staff.id.uuid)
    count = _count(site, credential, challenge, row) if asked and row else None
    if count is None:
        return Came.WRONG
    return Came.RIGHT if await run(tx, _COUNT, key=credential.raw_id, count=count) else Came.COPIED


def _count(site: Site, credential: Any, challenge: bytes, row: Row[Any]) -> int | None:
    """The authenticator's count, if the signature is right; what it is worth is judged where the last one is kept."""
    try:
        verified = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=bytes(row.public_key),
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except _UNFIT:
        return None
    return verified.new_sign_count


async def remove(tx: Tx, staff: Staff, passkey_id: str) -> bool:
    try:
        key = base64url_to_bytes(passkey_id)
    except ValueError:
        return False
    return await run(tx, _REMOVE, id=staff.id.uuid, key=key) == 1


async def forget(tx: Tx, staff_id: StaffId) -> int:
    """All of them: the machine that held them is lost."""
    return await run(tx, _REMOVE_ALL, id=staff_id.uuid)
