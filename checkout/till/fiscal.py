"""Which receipt of the fiscal printer belongs to an entry of the till: noted by whoever printed it, now or later.

The printer is not ours and its numbers are typed off it, so one may be missing or wrong. What was noted is never edited: a
further note corrects it, and both stay. The drawer does not care, so this may be done after the shift was closed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from checkout.ground.db import Tx, one, rows, run, sql
from checkout.ground.errors import Conflict, Invalid
from checkout.ground.events import Event, audit, record
from checkout.ground.ids import OrderId, PaymentId
from checkout.till import store
from checkout.till.till import PRINTED, Entry

_NUMBER: Final = re.compile(r"[0-9]{1,10}")  # of a fiscal document; the database says the same
_NOTE: Final = sql("""
INSERT INTO fiscal_receipt (entry_id, number, corrects, principal) VALUES (:entry, :number, :corrects, :principal)
ON CONFLICT DO NOTHING""")
_LAST: Final = sql("SELECT id, number FROM fiscal_receipt WHERE entry_id = :entry ORDER BY id DESC LIMIT 1")
_OF_ENTRY: Final = sql("SELECT number, principal, at FROM fiscal_receipt WHERE entry_id = :entry ORDER BY id DESC")
_OF_ORDER: Final = sql("""
SELECT DISTINCT ON (e.id) e.payment_id, f.number
  FROM payment p JOIN cash_entry e ON e.payment_id = p.id JOIN fiscal_receipt f ON f.entry_id = e.id
 WHERE p.order_id = :order ORDER BY e.id, f.id DESC""")


@dataclass(frozen=True, slots=True)
class Noted:
    """One note of a number; the newest of an entry counts."""

    number: str
    principal: str
    at: datetime


def readable(text: str | None) -> str | None:
    """The number as it is kept; None if nothing was typed. Raises Invalid `fiscal_unreadable`."""
    number = "".join((text or "").split()).lstrip("№")
    if not number:
        return None
    if not _NUMBER.fullmatch(number):
        raise Invalid("fiscal_unreadable", pointer="/fiscal")
    return number


async def note(tx: Tx, entry: Entry, number: str, *, principal: str, instead_of: str | None = None) -> None:
    """Note a number; with `instead_of` correct the one that stands. The same number again changes nothing.

    Raises Conflict `not_fiscal`, or `fiscal_noted` if another number stands than whoever typed this one has seen.
    """
    if entry.kind not in PRINTED:
        raise Conflict("not_fiscal")
    last = await one(tx, _LAST, entry=entry.id)
    if last is not None and last.number == number:
        return
    if (last.number if last else None) != instead_of:
        raise Conflict("fiscal_noted", pointer="/fiscal", number=last.number if last else "—")
    corrects = last.id if last else None
    if not await run(tx, _NOTE, entry=entry.id, number=number, corrects=corrects, principal=principal):
        raise Conflict("fiscal_noted", pointer="/fiscal", number=await _stands(tx, entry))
    await _told(tx, entry, number, instead_of, principal)


async def _stands(tx: Tx, entry: Entry) -> str:
    """What somebody else has noted a moment ago."""
    last = await one(tx, _LAST, entry=entry.id)
    return str(last.number) if last else "—"


async def _told(tx: Tx, entry: Entry, number: str, instead_of: str | None, principal: str) -> None:
    data = {"receipt_no": entry.receipt_no, "number": number, "instead_of": instead_of}
    await audit(tx, principal=principal, action="cash.fiscal", object_=str(entry.shift_id), outcome="done", data=data)
    if entry.order_id is not None:
        happened = Event("order", entry.order_id, "fiscal", data=data)
        await record(tx, entry.order_id, principal, [happened])


async def note_of(tx: Tx, clinic_id: int, receipt_no: int, number: str, *, principal: str, was: str | None) -> None:
    """As `note`, by the clinic's own receipt number. Raises Missing `entry_missing` as well."""
    entry = await store.by_receipt(tx, clinic_id, receipt_no)
    await note(tx, entry, number, principal=principal, instead_of=was)


async def of_entry(tx: Tx, entry_id: int) -> list[Noted]:
    """Everything that was noted, newest first."""
    return [Noted(row.number, row.principal, row.at) for row in await rows(tx, _OF_ENTRY, entry=entry_id)]


async def of_order(tx: Tx, order_id: OrderId) -> dict[PaymentId, str]:
    """The number of each payment that was taken at the desk and has one."""
    return {PaymentId(row.payment_id): row.number for row in await rows(tx, _OF_ORDER, order=order_id.uuid)}
