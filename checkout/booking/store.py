"""Where bookings are kept. The exclusion constraint decides who wins a resource; we only ask."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from checkout.booking.booking import COMMANDS, State
from checkout.catalogue.slots import Seat
from checkout.ground.db import EXCLUSION_VIOLATION, IntegrityError, LostRace, Tx, rows, run, sql, sqlstate
from checkout.ground.errors import Conflict
from checkout.ground.events import Event
from checkout.ground.ids import BookingId, OrderId

_INSERT = sql("""
INSERT INTO booking (id, order_id, line_no, resource_id, during, state)
SELECT id, :order_id, line_no, resource_id, tstzrange(starts, ends), :state
  FROM jsonb_to_recordset(CAST(:rows AS jsonb))
    AS r(id uuid, line_no int, resource_id int, starts timestamptz, ends timestamptz)""")
_MOVE = sql("""
UPDATE booking SET state = :after WHERE order_id = :order_id AND state = :before RETURNING id""")


class PlaceTaken(Conflict, LostRace):
    """Somebody else has the resource at that time."""


async def insert(tx: Tx, order_id: OrderId, seats: Sequence[Seat], state: State) -> list[Event]:
    """Take the seats. Raises PlaceTaken if another booking has one of them; the transaction is then over."""
    ids = [BookingId.new() for _ in seats]
    data = [
        {
            "id": str(booking_id.uuid),
            "line_no": seat.line_no,
            "resource_id": seat.resource_id,
            "starts": _iso(seat.during.start),
            "ends": _iso(seat.during.end),
        }
        for booking_id, seat in zip(ids, seats, strict=True)
    ]
    try:
        await run(tx, _INSERT, order_id=order_id.uuid, state=state, rows=json.dumps(data))
    except IntegrityError as error:
        if sqlstate(error) == EXCLUSION_VIOLATION:
            raise PlaceTaken("slot_taken") from error
        raise
    return [Event("booking", booking_id, str(state), None, state) for booking_id in ids]


async def move(tx: Tx, order_id: OrderId, before: State, command: str) -> list[Event]:
    """Move every booking of the order that is in `before`; the events tell which did."""
    after = COMMANDS.step(before, command)
    moved = await rows(tx, _MOVE, order_id=order_id.uuid, before=before, after=after)
    return [Event("booking", row.id, str(after), before, after) for row in moved]


async def retake(tx: Tx, order_id: OrderId) -> list[Event]:
    """Take expired places again if they are still free; an empty list says that they are not."""
    try:
        async with tx.begin_nested():
            return await move(tx, order_id, State.EXPIRED, "retake")
    except IntegrityError as error:
        if sqlstate(error) != EXCLUSION_VIOLATION:
            raise
        return []


def _iso(moment: datetime) -> str:
    return moment.isoformat()
