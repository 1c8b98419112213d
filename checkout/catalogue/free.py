"""The one place that answers "when?": for pages, API, placing and moving alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from checkout.catalogue import slots, store
from checkout.catalogue.catalogue import Clinic, Line
from checkout.ground.db import Tx


async def free_starts(
    tx: Tx, clinic: Clinic, lines: Sequence[Line], first: date, last: date, *, now: datetime
) -> list[datetime]:
    """Every start on the clinic's days `first` to `last` that can be booked now, in order."""
    if last < first:
        return []
    midnight = datetime.combine(first, time(), clinic.tz)
    count = (last - first).days + 1
    services = [line.service.id for line in lines]
    known = await store.diary(tx, clinic.id, services, midnight, midnight + timedelta(days=count + 1))
    return [
        start
        for offset in range(count)
        for start in slots.free_starts(clinic, lines, first + timedelta(days=offset), known, now=now)
    ]
