"""Take money for an order: what is due stands large, what was put down gives the change, Enter writes it down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import web

from checkout.catalogue import store as catalogue
from checkout.catalogue.catalogue import Clinic
from checkout.ground.db import Row, Tx
from checkout.ground.errors import Conflict, Invalid, Missing
from checkout.payment import orders, pay
from checkout.payment import store as payments
from checkout.payment.order import WORDS, Facts, Order, Word, word
from checkout.payment.payment import LIVE
from checkout.payment.store import Payment
from checkout.privacy import store as persons
from checkout.till import store
from checkout.till.take import take
from checkout.till.till import KINDS, TENDERS, Age, Shift, Tender, change, positive
from checkout.web.desk.clinic import at_clinic
from checkout.web.desk.till import TILL
from checkout.web.desk.typed import note, number, plainly, roubles
from checkout.web.desk.visit import Visit
from checkout.web.routes import Routes
from gateways.money import Money

routes = Routes()
NOTES: Final = (100_000, 200_000, 500_000)  # what is put down when it is not exact, in kopecks


@dataclass(frozen=True, slots=True)
class Asked:
    """The order before the clerk. `who`: its payer, "" once erased. `live`: a bank page that is open for it.

    `doubt`: the bank may hold money for it, and is being asked.
    """

    now: datetime
    order: Order
    clinic: Clinic
    facts: Facts
    lines: Sequence[Row[Any]]
    who: str
    paid: Sequence[Payment]
    live: Payment | None
    doubt: bool
    shift: Shift | None

    @property
    def word(self) -> Word:
        return word(self.facts)

    @property
    def works(self) -> bool:
        """Whether the till takes anything now."""
        return self.shift is not None and self.shift.age(self.now) is not Age.OVER

    @property
    def notes(self) -> list[Money]:
        """What somebody is likely to put down: exactly what is due, else up to the next whole notes."""
        rounded = {-(-self.facts.due.amount // note_) * note_ for note_ in NOTES}
        return [self.facts.due, *(Money(amount) for amount in sorted(rounded - {self.facts.due.amount}))]


async def order_at(tx: Tx, visit: Visit, action: str) -> tuple[Order, datetime]:
    """The order of the address, if they may do this at its clinic. Raises Missing `order_missing`."""
    order, now = await orders.by_code(tx, visit.path["code"].upper())
    if not visit.principal.may(action, order.clinic_id):
        raise Missing("order_missing")
    return order, now


async def _asked(tx: Tx, visit: Visit) -> Asked:
    order, now = await order_at(tx, visit, "cash.take")
    await visit.noted(tx, "order.read", str(order.id))
    tried = await payments.of_order(tx, order.id)
    payer = await persons.read(tx, visit.service.vault, order.payer_id)
    live = next((one for one in tried if one.state in LIVE), None)
    return Asked(
        now=now,
        order=order,
        clinic=await catalogue.clinic_by_id(tx, order.clinic_id),
        facts=await orders.facts(tx, order.id),
        lines=await orders.lines(tx, order.id),
        who=payer.name if payer else "",
        paid=[one for one in tried if one.captured],
        live=live,
        doubt=live is None and await _doubtful(tx, order),
        shift=await store.open_of(tx, order.clinic_id),
    )


async def _doubtful(tx: Tx, order: Order) -> bool:
    try:
        await payments.refuse_unsettled(tx, order.id)
    except Conflict:
        return True
    return False


@routes.screen("GET", f"{TILL}/take/{{code}}", action="cash.take")
async def taking(visit: Visit) -> web.StreamResponse:
    asked = await visit.read(lambda tx: _asked(tx, visit))
    typed = visit.fields.get("received", "").strip() or plainly(asked.facts.due)
    return visit.page(
        "desk/take.html",
        asked=asked,
        order=asked.order,
        place=asked.clinic,
        zone=asked.clinic.zone,
        received=typed,
        back=_change(asked.facts.due, typed),
        plainly=plainly,
        tenders=TENDERS,
        words_of=WORDS,
    )


def _change(due: Money, typed: str) -> Money | None:
    """What goes back over the counter; None where that cannot be said yet."""
    try:
        return change(due, roubles(typed, "/received"))
    except Invalid:
        return None


@routes.screen("POST", f"{TILL}/take/{{code}}", action="cash.take", again=taking)
async def take_money(visit: Visit) -> web.StreamResponse:
    """Nothing is taken while the bank may be taking it: an open page is closed by a press of its own."""
    tender, fields = _tender(visit), visit.fields
    amount = roubles(fields.get("amount", ""), "/amount")
    positive(amount)
    received = roubles(fields.get("received", ""), "/received") if tender is Tender.CASH else None
    reference = note(fields, "reference")

    async def work(tx: Tx) -> str:
        order, _ = await order_at(tx, visit, "cash.take")
        taken = await take(
            tx,
            visit.service,
            order.id,
            amount,
            principal=visit.principal.name,
            tender=tender,
            reference=reference,
            received=received,
            fiscal=fields.get("fiscal"),
        )
        return f"{TILL}/taken/{taken.receipt_no}?{urlencode({'clinic': order.clinic})}"

    return await visit.change("cash.take", visit.path["code"], work)


def _tender(visit: Visit) -> Tender:
    try:
        return Tender(visit.fields.get("tender", Tender.CASH))
    except ValueError as reason:
        raise Invalid("reason_unfit", pointer="/tender") from reason


@routes.screen("POST", f"{TILL}/take/{{code}}/release", action="cash.take", again=taking)
async def release(visit: Visit) -> web.StreamResponse:
    """Close the payer's page at the bank, so that the money can be taken here; a sum that is held there already is charged."""
    order, _ = await visit.read(lambda tx: order_at(tx, visit, "cash.take"))
    await pay.abandon(visit.service, order.id)
    return visit.go(f"{TILL}/take/{order.code}")


@routes.screen("GET", f"{TILL}/taken/{{receipt}}", action="cash.take")
@at_clinic("cash.take")
async def taken(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    """What was taken and what goes back; the search is ready for the next one."""

    async def work(tx: Tx) -> web.Response:
        entry = await store.by_receipt(tx, clinic.id, number(visit.path["receipt"]) or 0)
        if entry.payment_id is None or entry.order_id is None:
            raise Missing("entry_missing")
        order, _ = await orders.read(tx, entry.order_id)
        return visit.page(
            "desk/taken.html",
            place=clinic,
            zone=clinic.zone,
            entry=entry,
            order=order,
            back=change(entry.amount, entry.received) if entry.received is not None else None,
            left=(await orders.facts(tx, order.id)).due,
            kinds=KINDS,
            tenders=TENDERS,
        )

    return await visit.read(work)
