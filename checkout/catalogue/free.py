"""The free starts of a visit over some days: the diary is read once, the rules are those of `slots`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from checkout.catalogue import slots, store
from checkout.catalogue.catalogue import Clinic, Line
from checkout.catalogue.slots import Diary
from checkout.ground.db import Tx
from checkout.ground.errors import Invalid


async def free_starts(
    tx: Tx, clinic: Clinic, lines: Sequence[Line], first: date, last: date, *, now: datetime, wanted: int | None = None
) -> list[datetime]:
    """Every start from the day `first` to the day `last` that can be booked now.

    `wanted`: the id of the specialist that was asked for (see `specialist`), who then gives all that they can of it.
    """
    midnight = datetime.combine(first, time(), clinic.tz)
    until = midnight + timedelta(days=(last - first).days + 2)
    diary = await store.diary(tx, clinic.id, [line.service.id for line in lines], midnight, until)
    asked = diary if wanted is None else _asked(diary, wanted)
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    return [start for day in days for start in slots.free_starts(clinic, lines, day, asked, now=now)]


async def specialist(tx: Tx, clinic: Clinic, lines: Sequence[Line], slug: str) -> int:
    """The id of a specialist who is asked for by name. Raises Invalid for one who gives none of the lines there."""
    found = await store.specialist_id(tx, clinic.id, slug, [line.service.id for line in lines])
    if found is None:
        raise Invalid("specialist_unknown", pointer="/specialist", clinic=clinic.slug)
    return found


def _asked(diary: Diary, wanted: int) -> Diary:
    givers = {service: [wanted] if wanted in found else found for service, found in diary.givers.items()}
    return Diary(givers, diary.busy)
