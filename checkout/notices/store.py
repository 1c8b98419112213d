"""Where messages are kept: the outbox and the record of what was told are the same rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from checkout.catalogue import store as catalogue
from checkout.catalogue.catalogue import Kind, Text
from checkout.ground.db import Row, Tx, one, rows, run, sql
from checkout.ground.errors import Missing
from checkout.ground.ids import MessageId, OrderId
from checkout.ground.service import Service
from checkout.notices.letter import Bought, Matter
from checkout.notices.message import ALSO_BY_SMS, Channel, Message, State
from checkout.payment import orders

# One try is bounded to 20 seconds (checkout.ground.channels), plus two short transactions.
LEASE: Final = "interval '60 seconds'"

_COLUMNS: Final = "m.*, e.subject_id"
_FROM: Final = "LEFT JOIN event e ON e.seq = m.event_seq"
_CLAIM = sql(f"""
WITH next AS (SELECT id FROM message WHERE due_at <= app_now() AND (lease_until IS NULL OR lease_until < app_now())
               ORDER BY due_at LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED),
     m AS (UPDATE message SET token = token + 1, attempts = attempts + 1, lease_until = app_now() + {LEASE}
             FROM next WHERE message.id = next.id RETURNING message.*)
SELECT {_COLUMNS} FROM m {_FROM}""")  # noqa: S608 - constants of this file
_ALSO = sql("""
INSERT INTO message (order_id, event_seq, template, channel, due_at)
SELECT order_id, event_seq, template, 'sms', app_now() FROM message
 WHERE id = ANY(CAST(:ids AS uuid[])) AND channel = 'email' AND resend_of IS NULL
   AND template = ANY(CAST(:templates AS text[]))
    ON CONFLICT (event_seq, template, channel) WHERE resend_of IS NULL DO NOTHING""")
_NO_WAY_OUT = sql("""
UPDATE message SET state = 'skipped', outcome = :why, due_at = NULL, lease_until = NULL, sealed_recipient = NULL,
       sealed = CASE WHEN order_id IS NOT NULL THEN sealed END
 WHERE due_at <= app_now() AND (lease_until IS NULL OR lease_until < app_now()) RETURNING template, channel""")
_FENCED = sql(f"""
SELECT {_COLUMNS} FROM message m {_FROM} WHERE m.id = :id AND m.token = :token AND m.state = 'due'
   FOR NO KEY UPDATE OF m""")  # noqa: S608 - as above
_KEEP = sql(
    "UPDATE message SET subject = :subject, sealed = :sealed WHERE id = :id AND token = :token AND state = 'due'"
)
# What went to a contact that is nobody's yet is forgotten once it is over: neither code nor address stays at rest.
_FINISH = sql("""
UPDATE message SET state = :state, outcome = :outcome, due_at = :due_at, lease_until = NULL,
       sent_at = CASE WHEN :state = 'sent' THEN app_now() END,
       sealed_recipient = CASE WHEN :state = 'due' THEN sealed_recipient END,
       sealed = CASE WHEN :unsaid OR (order_id IS NULL AND :state <> 'due') THEN NULL ELSE sealed END
 WHERE id = :id AND token = :token AND state = 'due'""")
_OF_ORDER = sql(f"SELECT {_COLUMNS} FROM message m {_FROM} WHERE m.order_id = :order ORDER BY m.created_at, m.id")  # noqa: S608 - as above
_READ = sql(f"SELECT {_COLUMNS} FROM message m {_FROM} WHERE m.id = :id AND m.order_id = :order")  # noqa: S608 - as above
_AGAIN = sql("""
INSERT INTO message (id, order_id, event_seq, template, channel, resend_of, subject, sealed, due_at)
SELECT :id, order_id, event_seq, template, channel, id, subject, :sealed, app_now() FROM message WHERE id = :original""")
_CODE = sql("""
INSERT INTO message (id, template, channel, subject, sealed, sealed_recipient, due_at)
VALUES (:id, 'code', :channel, :subject, :sealed, :recipient, app_now())""")
_SINCE = sql("""
SELECT 1 FROM event WHERE order_id = :order AND seq > :since AND subject = 'order' AND kind = :kind LIMIT 1""")

# Words that are kept have been said, or may have been: what was never heard is forgotten or was never written.
_HEARD = sql("""
SELECT 1 FROM message m JOIN event e ON e.seq = m.event_seq
 WHERE m.order_id = :order AND e.seq < :before AND e.subject_id = :subject AND m.sealed IS NOT NULL LIMIT 1""")


def message(row: Row[Any]) -> Message:
    """The message in a row of `message` joined with its event."""
    return Message(
        id=MessageId(row.id),
        order_id=OrderId(row.order_id) if row.order_id else None,
        event_seq=row.event_seq,
        subject_id=row.subject_id,
        template=row.template,
        channel=Channel(row.channel),
        state=State(row.state),
        resend_of=MessageId(row.resend_of) if row.resend_of else None,
        subject=row.subject,
        sealed=row.sealed,
        sealed_recipient=row.sealed_recipient,
        outcome=row.outcome,
        token=row.token,
        attempts=row.attempts,
        created_at=row.created_at,
        sent_at=row.sent_at,
    )


async def claim(tx: Tx, limit: int, *, sms: bool) -> list[Message]:
    """Lease what is due, oldest first. With `sms`, a letter that also goes by text message gets its sibling now."""
    found = [message(row) for row in await rows(tx, _CLAIM, limit=limit)]
    if found and sms:
        await run(tx, _ALSO, ids=[one_.id.uuid for one_ in found], templates=list(ALSO_BY_SMS))
    return found


async def no_way_out(tx: Tx, why: str) -> list[tuple[str, str]]:
    """Skip whatever is due: there is no channel at all. Template and channel of each."""
    return [(row.template, row.channel) for row in await rows(tx, _NO_WAY_OUT, why=why)]


async def fenced(tx: Tx, held: Message) -> Message | None:
    """The message, locked, if `held` still carries the newest token."""
    row = await one(tx, _FENCED, id=held.id.uuid, token=held.token)
    return message(row) if row else None


async def keep(tx: Tx, held: Message, *, subject: str | None, sealed: bytes) -> None:
    """The exact words, before they are said for the first time."""
    await run(tx, _KEEP, id=held.id.uuid, token=held.token, subject=subject, sealed=sealed)


async def finish(
    tx: Tx,
    held: Message,
    state: State,
    *,
    outcome: str | None,
    due_at: datetime | None = None,
    unsaid: bool = False,
) -> bool:
    """Write what a try came to under its token; False if the token is old. `unsaid`: the words may be found anew."""
    changed = await run(
        tx, _FINISH, id=held.id.uuid, token=held.token, state=state, outcome=outcome, due_at=due_at, unsaid=unsaid
    )
    return changed == 1


async def of_order(tx: Tx, order_id: OrderId) -> list[Message]:
    """Oldest first."""
    return [message(row) for row in await rows(tx, _OF_ORDER, order=order_id.uuid)]


async def read(tx: Tx, order_id: OrderId, message_id: MessageId) -> Message:
    """Raises Missing."""
    row = await one(tx, _READ, id=message_id.uuid, order=order_id.uuid)
    if row is None:
        raise Missing("message_missing")
    return message(row)


async def again(tx: Tx, original: MessageId, message_id: MessageId, sealed: bytes) -> None:
    """The same words once more, due at once."""
    await run(tx, _AGAIN, id=message_id.uuid, original=original.uuid, sealed=sealed)


async def add_code(
    tx: Tx, message_id: MessageId, channel: Channel, *, subject: str | None, sealed: bytes, recipient: bytes
) -> None:
    """A message to a contact that is not a payer's yet."""
    await run(tx, _CODE, id=message_id.uuid, channel=channel, subject=subject, sealed=sealed, recipient=recipient)


async def happened_since(tx: Tx, order_id: OrderId, since: int, kind: str) -> bool:
    """Whether the order itself saw such an event after the one numbered `since`."""
    return await one(tx, _SINCE, order=order_id.uuid, since=since, kind=kind) is not None


async def heard_before(tx: Tx, order_id: OrderId, before: int, subject_id: UUID) -> bool:
    """Whether the payer may have been told something of this subject that happened before the event of that number."""
    return await one(tx, _HEARD, order=order_id.uuid, before=before, subject=subject_id) is not None


async def matter(tx: Tx, service: Service, held: Message) -> Matter:
    """What a message of an order is about, as it stands now."""
    assert held.order_id is not None  # noqa: S101 - the caller asks for messages of orders only
    assert held.event_seq is not None and held.subject_id is not None  # noqa: S101, PT018 - from its event
    order, now = await orders.read(tx, held.order_id)
    return Matter(
        channel=held.channel,
        since=held.event_seq,
        subject_id=held.subject_id,
        order=order,
        facts=await orders.facts(tx, order.id),
        lines=tuple(_bought(row) for row in await orders.lines(tx, order.id)),
        clinic=await catalogue.clinic_by_id(tx, order.clinic_id),
        legal=service.config.merchant(order.merchant).legal,
        test=service.config.mode == "test",
        now=now,
    )


def _bought(line: Row[Any]) -> Bought:
    return Bought(Text(line.name_ru, line.name_en), Kind(line.kind), line.quantity)
