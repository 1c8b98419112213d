"""Codes that prove a contact, before there is an order or to open its saved cards: six digits, ten minutes, five tries.

At rest a code is a keyed hash; its words wait sealed in the outbox and are forgotten once they are sent.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from checkout.ground.crypto import Vault, seal
from checkout.ground.db import Tx, one, run, sql
from checkout.ground.errors import Conflict
from checkout.ground.ids import MessageId
from checkout.ground.service import Service
from checkout.notices import store
from checkout.notices.letter import render
from checkout.notices.message import Channel, place

DIGITS: Final = 6
LIFE: Final = timedelta(minutes=10)
PAUSE: Final = timedelta(minutes=1)  # between two codes for one contact
TRIES: Final = 5

_NEW = sql("""
INSERT INTO contact_code (ticket, contact, code_hash, expires_at) VALUES (:ticket, :contact, :hash, :expires_at)
ON CONFLICT (ticket, contact) DO UPDATE
   SET code_hash = excluded.code_hash, expires_at = excluded.expires_at, tries = 0, proven_at = NULL
 WHERE contact_code.expires_at <= :no_later""")
_TRY = sql("""
UPDATE contact_code SET tries = tries + 1
 WHERE ticket = :ticket AND contact = :contact AND tries < :most AND expires_at > app_now() RETURNING code_hash""")
_PROVEN = sql("""
UPDATE contact_code SET proven_at = app_now(), tries = 0 WHERE ticket = :ticket AND contact = :contact""")
_FORGET = sql("DELETE FROM contact_code WHERE expires_at < app_now() - interval '1 day'")


async def send_code(
    tx: Tx, service: Service, *, ticket: UUID, channel: str, to: str, language: str, now: datetime, letter: str = "code"
) -> None:
    """Send a new code to `to`, as one spells it once it is normalised. Raises Conflict `code_too_soon`.

    `letter`: the words around it, which say what the code is good for.
    """
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    contact = _contact(service.vault, to)
    await run(tx, _FORGET)
    kept = await run(
        tx,
        _NEW,
        ticket=ticket,
        contact=contact,
        hash=_hash(service.vault, ticket, contact, code),
        expires_at=now + LIFE,
        no_later=now + LIFE - PAUSE,
    )
    if not kept:
        raise Conflict("code_too_soon")
    by, message_id, key = Channel(channel), MessageId.new(), service.vault.answer_key
    written = render(letter, by, language, secret=code, minutes=int(LIFE.total_seconds()) // 60)
    await store.add_code(
        tx,
        message_id,
        by,
        subject=written.subject,
        sealed=seal(key, written.text.encode(), place=place(message_id)),
        recipient=seal(key, to.encode(), place=recipient_place(message_id)),
    )


async def prove(tx: Tx, service: Service, *, ticket: UUID, to: str, code: str) -> bool:
    """Whether this is the code that was sent there. A wrong try counts once the caller commits: commit either way."""
    contact = _contact(service.vault, to)
    row = await one(tx, _TRY, ticket=ticket, contact=contact, most=TRIES)
    if row is None or not hmac.compare_digest(row.code_hash, _hash(service.vault, ticket, contact, code)):
        return False
    await run(tx, _PROVEN, ticket=ticket, contact=contact)
    return True


def recipient_place(message_id: MessageId) -> str:
    """What the sealed recipient of a code is bound to."""
    return f"{place(message_id)}/to"


def _contact(vault: Vault, to: str) -> bytes:
    return vault.blind("contact", to.lower())


def _hash(vault: Vault, ticket: UUID, contact: bytes, code: str) -> bytes:
    return vault.blind("contact-code", f"{ticket}\0{contact.hex()}\0{code.strip()}")
