"""What the payer was told, word for word, for the download of their own data."""

from __future__ import annotations

from typing import Any

from checkout.ground.db import Tx
from checkout.ground.service import Service
from checkout.notices import store
from checkout.notices.resend import words
from checkout.payment.order import Order


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
