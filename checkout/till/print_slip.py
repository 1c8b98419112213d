"""Print the slip of an entry: every print is counted, and every one after the first is a copy that leaves a trace."""

from __future__ import annotations

from checkout.catalogue import store as catalogue
from checkout.catalogue.catalogue import Text
from checkout.ground.db import Tx
from checkout.ground.events import audit
from checkout.ground.ids import ShiftId
from checkout.ground.service import Service
from checkout.payment import orders
from checkout.payment import store as payments
from checkout.till import counts_store, store
from checkout.till.slip import About, Item, Place, Slip, slip
from checkout.till.till import Entry
from gateways.money import Money


async def print_slip(tx: Tx, service: Service, shift_id: ShiftId, receipt_no: int, *, principal: str) -> Slip:
    """What stands on the next print of this entry's slip, and a line in the audit. Raises Missing."""
    shift = await store.lock(tx, shift_id)
    entry = await store.read_entry(tx, shift_id, receipt_no)
    copy = await counts_store.printed(tx, entry.id, principal=principal)
    await audit(
        tx,
        principal=principal,
        action="cash.copied" if copy else "cash.print",
        object_=str(shift_id),
        outcome="done",
        data={"receipt_no": receipt_no, "copy": copy},
    )
    return await _slip(tx, service, shift.clinic_id, entry, copy)


async def look(tx: Tx, service: Service, clinic_id: int, receipt_no: int) -> tuple[Slip, bool]:
    """The newest print of a slip once more, on a screen; and whether it was printed at all. Raises Missing."""
    entry = await store.by_receipt(tx, clinic_id, receipt_no)
    copy = await counts_store.last_print(tx, entry.id)
    return await _slip(tx, service, clinic_id, entry, copy or 0), copy is not None


async def _slip(tx: Tx, service: Service, clinic_id: int, entry: Entry, copy: int) -> Slip:
    clinic = await catalogue.clinic_by_id(tx, clinic_id)
    legal = service.config.merchant(clinic.merchant).legal
    place = Place(legal.name, legal.inn, clinic.name, clinic.address, clinic.zone)
    return slip(place, entry, await _about(tx, entry), copy=copy)


async def _about(tx: Tx, entry: Entry) -> About | None:
    if entry.order_id is None:
        return None
    order, _ = await orders.read(tx, entry.order_id)
    facts = await orders.facts(tx, entry.order_id)
    payment = await payments.read(tx, entry.payment_id) if entry.payment_id else None
    lines = [
        Item(Text(row.name_ru, row.name_en), row.quantity, Money(row.amount, order.total.currency))
        for row in await orders.lines(tx, entry.order_id)
    ]
    return About(order.code, tuple(lines), order.total, facts.due, payment.reference if payment else None)
