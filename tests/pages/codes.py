"""What was sent to a payer to prove a contact by, read out of the outbox."""

from __future__ import annotations

import json

from checkout.ground.crypto import unseal
from checkout.ground.db import Tx, rows, sql
from tests.world import World

_SENT = sql("SELECT channel, sealed FROM message WHERE template = 'code' ORDER BY created_at")


async def codes(world: World) -> list[tuple[str, str]]:
    """Channel and digits of every code that was sent, oldest first."""

    async def work(tx: Tx) -> list[tuple[str, str]]:
        key = world.service.vault.answer_key
        return [
            (row.channel, json.loads(unseal(key, row.sealed, place="message/text"))["code"])
            for row in await rows(tx, _SENT)
        ]

    return await world.tx(work)


async def last_code(world: World) -> str:
    return (await codes(world))[-1][1]
