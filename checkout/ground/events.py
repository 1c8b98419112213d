"""The event log: what happened, in order, in the same transaction as the change. Ids and codes only, never a person's data."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from checkout.ground.db import Engine, Tx, run, sql
from checkout.ground.ids import Id, OrderId

SYSTEM: Final = "system"

# Whatever happens tells whoever is to be told: the outbox is filled by the event's own statement, so neither is alone.
_RECORD = sql("""
WITH happened AS (
  INSERT INTO event (order_id, subject, subject_id, kind, from_state, to_state, principal, data)
  SELECT :order_id, subject, subject_id, kind, from_state, to_state, :principal, data
    FROM jsonb_to_recordset(CAST(:rows AS jsonb))
      AS r(subject text, subject_id uuid, kind text, from_state text, to_state text, data jsonb)
  RETURNING seq, order_id, subject, kind, from_state)
INSERT INTO message (order_id, event_seq, template, channel, due_at)
SELECT h.order_id, h.seq, r.template, 'email', app_now() + r.delay
  FROM happened h JOIN notice_rule r ON r.subject = h.subject AND r.kind = h.kind
 WHERE NOT r.only_first OR h.from_state IS NULL""")
_AUDIT = sql("""
INSERT INTO audit (principal, action, object, outcome, request_id, client, agent, data)
VALUES (:principal, :action, :object, :outcome, :request_id, :client, :agent, CAST(:data AS jsonb))""")
AGENT: Final = 200  # characters kept of what a browser says it is
_ORIGIN: Final = "checkout_origin"


@dataclass(frozen=True, slots=True)
class From:
    """Where a request comes from, as the audit keeps it."""

    address: str
    agent: str
    request_id: str


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to one subject (order, booking, payment, refund)."""

    subject: str
    subject_id: Id | UUID
    kind: str
    from_state: str | None = None
    to_state: str | None = None
    data: Mapping[str, Any] | None = None

    def row(self) -> dict[str, Any]:
        subject_id = self.subject_id.uuid if isinstance(self.subject_id, Id) else self.subject_id
        return {
            "subject": self.subject,
            "subject_id": str(subject_id),
            "kind": self.kind,
            "from_state": self.from_state,
            "to_state": self.to_state,
            "data": self.data,
        }


async def record(tx: Tx, order_id: OrderId, principal: str, events: Sequence[Event]) -> None:
    """Append the events in their order, in one statement."""
    if events:
        rows = json.dumps([event.row() for event in events])
        await run(tx, _RECORD, order_id=order_id.uuid, principal=principal, rows=rows)


def coming_from(engine: Engine, origin: From) -> Engine:
    """The same connections, but whatever a flow notes on this engine came from there: no flow is told of a network address."""
    return engine.execution_options(**{_ORIGIN: origin})


async def audit(
    tx: Tx,
    *,
    principal: str,
    action: str,
    object_: str,
    outcome: str,
    origin: From | None = None,
    request_id: str | None = None,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Who did or tried what, to what, how it ended, and from where. `request_id`: where no more than that is known.

    `origin`: None for whatever the transaction's engine knows of it (`coming_from`).
    """
    came: From | None = origin or tx.engine.get_execution_options().get(_ORIGIN)
    await run(
        tx,
        _AUDIT,
        principal=principal,
        action=action,
        object=object_,
        outcome=outcome,
        request_id=came.request_id if came else request_id,
        client=came.address if came else None,
        agent=came.agent[:AGENT] if came else None,
        data=json.dumps(data) if data is not None else None,
    )
