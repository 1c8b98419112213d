"""What the payer was told: word for word for the download of their own data, in outline for whoever has to prove it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from checkout.ground.db import Tx
from checkout.ground.service import Service
from checkout.notices import store
from checkout.notices.message import Channel, State
from checkout.notices.resend import words
from checkout.payment.order import Order
from checkout.privacy import store as people
from checkout.privacy.person import masked


@dataclass(frozen=True, slots=True)
class Notice:
    """One message without its words. `to` is masked, or None if the payer was erased.

    `sent_at`: when the mail server, or the provider of text messages, took it. `outcome`: why it did not, or nobody need be
    told. A contact is never changed, so it went to the one that the order names.
    """

    about: str
    subject: str | None
    channel: Channel
    to: str | None
    state: State
    written_at: datetime
    sent_at: datetime | None
    tries: int
    outcome: str | None


async def notices(tx: Tx, service: Service, order: Order) -> list[Notice]:
    """Oldest first."""
    payer = await people.read(tx, service.vault, order.payer_id)
    to = {Channel.EMAIL: masked(payer).email, Channel.SMS: masked(payer).phone} if payer else {}
    return [
        Notice(
            about=one.template,
            subject=one.subject,
            channel=one.channel,
            to=to.get(one.channel),
            state=one.state,
            written_at=one.created_at,
            sent_at=one.sent_at,
            tries=one.attempts,
            outcome=one.outcome,
        )
        for one in await store.of_order(tx, order.id)
    ]


async def record(tx: Tx, service: Service, order: Order) -> list[dict[str, Any]]:
    """Oldest first. `text` None: not written yet, or the payer was erased; the private link stands in it as a placeholder."""
    told = await store.of_order(tx, order.id)
    texts = await words(tx, service, order.id, told)
    return [
        {
            "about": one.template,
            "channel": str(one.channel),
            "state": str(one.state),
            "written_at": one.created_at.isoformat(),
            "sent_at": one.sent_at.isoformat() if one.sent_at else None,
            "subject": one.subject,
            "text": texts.get(one.id),
        }
        for one in told
    ]
