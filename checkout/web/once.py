"""Idempotency: one key, one effect, one answer, kept as long as the order.

The effect and its answer are written in one transaction, so a crash leaves both or neither. A flow with a bank call in
its middle writes "started" with its intent and the answer with its outcome; a retry in between resumes the flow, which
finds its own intent. Scope is the principal. Source: decisions.md 17.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from pydantic import BaseModel

from checkout.ground.crypto import seal, unseal
from checkout.ground.db import LostRace, Tx, in_transaction, one, run, sql
from checkout.ground.errors import Conflict, Invalid
from checkout.ground.events import From, audit
from checkout.ground.service import Service

Answer = TypeVar("Answer", bound=BaseModel)
CREATED: Final = 201

# The snapshot is older than the lock: whoever gets it late sees no row, and is stopped when the answer is written.
_MEET = sql("""
SELECT pg_try_advisory_xact_lock(hashtextextended(:principal || chr(10) || :key, 0)) AS free,
       i.state, i.fingerprint, i.status, i.answer, i.locked_at > now() - interval '60 seconds' AS recent
  FROM (SELECT 1) AS always LEFT JOIN idempotency i ON i.principal = :principal AND i.key = :key""")
_DONE = sql("""
INSERT INTO idempotency (principal, key, fingerprint, state, status, answer)
VALUES (:principal, :key, :fingerprint, 'done', :status, :answer)
ON CONFLICT (principal, key) DO UPDATE SET state = 'done', status = excluded.status, answer = excluded.answer
 WHERE idempotency.state = 'started' AND idempotency.fingerprint = excluded.fingerprint""")
_FORGET = sql("DELETE FROM idempotency WHERE state = 'started' AND locked_at < now() - interval '5 minutes'")
_START = sql("""
INSERT INTO idempotency (principal, key, fingerprint, state) VALUES (:principal, :key, :fingerprint, 'started')
ON CONFLICT (principal, key) DO UPDATE SET locked_at = now() WHERE idempotency.state = 'started'""")


class Replay(Exception):
    """This key was answered before; here is the answer."""

    def __init__(self, status: int, answer: str) -> None:
        super().__init__(status)
        self.status = status
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Note:
    """What the audit says of a request once it is done: in the transaction of its effect, so that neither is alone.

    `told`: the flow says itself what it did, and only a refusal is noted here.
    """

    action: str
    object: str
    origin: From
    told: bool = False

    async def write(self, tx: Tx, principal: str, outcome: str, data: dict[str, str] | None = None) -> None:
        facts = {"action": self.action, "object_": self.object, "outcome": outcome}
        await audit(tx, principal=principal, origin=self.origin, data=data, **facts)


@dataclass(frozen=True, slots=True)
class Once:
    """The idempotency of one request. A `started` row older than a minute is resumed. `note`: what the audit says of it."""

    service: Service
    principal: str
    key: str
    fingerprint: bytes
    status: int
    note: Note | None = None

    async def __call__(self, work: Callable[[Tx], Awaitable[Answer]]) -> Answer:
        """Run `work` in one transaction together with its answer. Raises Replay if it ran before."""

        async def whole(tx: Tx) -> Answer:
            await self._meet(tx)
            answer = await work(tx)
            await self.finish(tx, self.status, answer.model_dump_json())
            return answer

        return await in_transaction(self.service.engine, whole)

    async def begin(self, tx: Tx) -> None:
        """Phase 1 of a flow that talks to the bank: commits with its intent."""
        await self._meet(tx)
        await run(tx, _START, principal=self.principal, key=self.key, fingerprint=self.fingerprint)

    async def finish(self, tx: Tx, status: int, answer: str) -> None:
        """Keep the answer with its effect. Raises LostRace if another effect took this key in between."""
        if not await self.remember(tx, status, answer):
            raise LostRace
        if self.note is not None and not self.note.told:
            made = json.loads(answer).get("id") if status == CREATED else None
            await self.note.write(tx, self.principal, "done", {"made": made} if made else None)

    async def remember(self, tx: Tx, status: int, answer: str) -> bool:
        """Keep an answer unless this key has one. Sealed: an answer may hold the payer's private link."""
        sealed = seal(self.service.vault.answer_key, answer.encode(), place=self._place)
        changed = await run(
            tx,
            _DONE,
            principal=self.principal,
            key=self.key,
            fingerprint=self.fingerprint,
            status=status,
            answer=sealed,
        )
        return changed == 1

    @property
    def _place(self) -> str:
        return f"idempotency/{self.principal}/{self.key}"

    async def answered(self, tx: Tx) -> bool:
        """Never: an answered request is replayed instead. For flows that ask before they work."""
        await self._meet(tx)
        return False

    async def _meet(self, tx: Tx) -> None:
        row = await one(tx, _MEET, principal=self.principal, key=self.key)
        assert row is not None  # noqa: S101 - a left join from one row
        if row.state is not None and bytes(row.fingerprint) != self.fingerprint:
            raise Invalid("idempotency_key_reused")
        if row.state == "done":
            raise Replay(row.status, unseal(self.service.vault.answer_key, row.answer, place=self._place).decode())
        if not row.free or (row.state == "started" and row.recent):
            raise Conflict("request_running")


async def forget_started(service: Service) -> int:
    """A chore: a request that died half-way frees its key, so that the client's retry resumes the flow."""
    return await in_transaction(service.engine, lambda tx: run(tx, _FORGET))


def fingerprint(method: str, path: str, body: bytes) -> bytes:
    """What "the same request" means."""
    return hashlib.sha256(b"\n".join((method.encode(), path.encode(), body))).digest()
