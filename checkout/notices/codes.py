"""A code that proves a phone or an e-mail before there is an order."""

from __future__ import annotations

import json
import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from checkout.ground.crypto import seal
from checkout.ground.db import Tx, one, run, sql
from checkout.ground.errors import Conflict
from checkout.ground.service import Service

LIFE: Final = timedelta(minutes=10)
PAUSE: Final = timedelta(minutes=1)
TRIES: Final = 5

_KEEP = sql("""
INSERT INTO contact_code (ticket, contact, code_hash, expires_at) VALUES (:ticket, :contact, :code_hash, :expires_at)
ON CONFLICT (ticket, contact) DO UPDATE SET code_hash = excluded.code_hash, expires_at = excluded.expires_at, tries = 0
 WHERE contact_code.expires_at <= :latest""")
_TELL = sql("""
INSERT INTO message (template, channel, sealed_recipient, sealed, due_at) VALUES ('code', :channel, :to, :sealed, app_now())""")
_TRY = sql("""
UPDATE contact_code SET tries = tries + 1,
       proven_at = CASE WHEN code_hash = :code_hash THEN app_now() ELSE proven_at END
 WHERE ticket = :ticket AND contact = :contact AND tries < :most AND expires_at > app_now()
RETURNING code_hash = :code_hash AS right""")


async def send_code(
    tx: Tx, service: Service, *, ticket: UUID, channel: str, to: str, language: str, now: datetime
) -> None:
    """Send a fresh code. Raises Conflict `code_too_soon` within a minute of the last one."""
    code = f"{secrets.randbelow(10**6):06d}"
    kept = await run(
        tx,
        _KEEP,
        ticket=ticket,
        contact=_contact(service, to),
        code_hash=_hash(service, ticket, to, code),
        expires_at=now + LIFE,
        latest=now + LIFE - PAUSE,
    )
    if not kept:
        raise Conflict("code_too_soon")
    text = json.dumps({"code": code, "language": language})
    key = service.vault.answer_key
    await run(
        tx,
        _TELL,
        channel=channel,
        to=seal(key, to.encode(), place="message/to"),
        sealed=seal(key, text.encode(), place="message/text"),
    )


async def prove(tx: Tx, service: Service, *, ticket: UUID, to: str, code: str) -> bool:
    """Whether this is the code that was sent; five tries each."""
    row = await one(
        tx,
        _TRY,
        ticket=ticket,
        contact=_contact(service, to),
        code_hash=_hash(service, ticket, to, code),
        most=TRIES,
    )
    return bool(row and row.right)


def _contact(service: Service, to: str) -> bytes:
    return service.vault.blind("contact", to)


def _hash(service: Service, ticket: UUID, to: str, code: str) -> bytes:
    return service.vault.blind("code", f"{ticket}/{to}/{code}")
