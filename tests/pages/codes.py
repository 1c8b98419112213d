"""What was sent to a payer to prove a contact by, read out of the outbox before it goes."""

from __future__ import annotations

import re

from checkout.ground.crypto import unseal
from checkout.ground.db import Tx, rows, sql
from checkout.ground.ids import MessageId
from checkout.notices.message import place
from tests.world import World

_SENT = sql("SELECT id, channel, sealed FROM message WHERE template = 'code' ORDER BY created_at")


async def codes(world: World) -> list[tuple[str, str]]:
    """Channel and digits of every code, oldest first."""

    async def work(tx: Tx) -> list[tuple[str, str]]:
        key, found = world.service.vault.answer_key, []
        for row in await rows(tx, _SENT):
            words = unseal(key, row.sealed, place=place(MessageId(row.id))).decode()
            found += [(row.channel, digits) for digits in re.findall(r"\b\d{6}\b", words)]
        return found

    return await world.tx(work)


async def last_code(world: World) -> str:
    return (await codes(world))[-1][1]
