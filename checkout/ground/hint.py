"""A hint to sleeping workers that something is due now. Polling each second is the truth; this only saves the second."""

from __future__ import annotations

from typing import Final

from checkout.ground.db import Tx, run, sql

CHANNEL: Final = "checkout_due"
_NUDGE = sql(f"SELECT pg_notify('{CHANNEL}', '')")


async def nudge(tx: Tx) -> None:
    """Heard when the transaction commits."""
    await run(tx, _NUDGE)
