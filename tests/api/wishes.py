"""What the tests of the API ask for."""

from __future__ import annotations

from typing import Any

from tests.world import World

PAYER = {"name": "Мария Петрова", "phone": "8 (912) 345-67-89", "email": "maria@example.com"}


async def wish(world: World, **changes: Any) -> dict[str, Any]:
    """An order of the next free consultation, with every consent that is needed; `changes` are other fields of it."""
    start = (await world.free())[0]
    body = {
        "clinic": "tverskaya",
        "lines": [{"service": "consultation"}],
        "starts_at": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "payer": PAYER,
        "consents": ["adult", "offer", "personal-data"],
    }
    return {**body, **changes}
