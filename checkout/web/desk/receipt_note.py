"""The numbers of a receipt that was issued elsewhere, typed off it: the bank printed none, and somebody else did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from checkout.ground.dates import local
from checkout.ground.db import Tx, now
from checkout.ground.errors import Missing
from checkout.ground.ids import ReceiptId
from checkout.payment import receipt_by_hand, receipt_store
from checkout.payment.order import Order
from checkout.payment.receipt import KINDS, Receipt, document
from checkout.web.desk import typed
from checkout.web.desk.finding import ORDERS
from checkout.web.desk.order import order_of
from checkout.web.desk.visit import Visit
from checkout.web.named import named
from checkout.web.routes import Routes

routes = Routes()
PLACE: Final = ORDERS + "/{code}/receipts/{id}/note"


@dataclass(frozen=True, slots=True)
class Meant:
    """The receipt that is to be noted, of its order."""

    order: Order
    receipt: Receipt


@routes.screen("GET", PLACE, action="worklist.act")
async def show(visit: Visit) -> web.StreamResponse:
    return await _shown(visit)


async def _shown(visit: Visit) -> web.Response:
    meant = await visit.read(lambda tx: _meant(tx, visit))
    return visit.page("desk/receipt_note.html", order=meant.order, receipt=meant.receipt, receipt_kinds=KINDS)


async def _meant(tx: Tx, visit: Visit) -> Meant:
    order = await order_of(tx, visit)
    found = await receipt_store.read(tx, named(ReceiptId, visit.path["id"], "receipt_missing"))
    if found.order_id != order.id or not visit.principal.may("worklist.act", order.clinic_id):
        raise Missing("receipt_missing")
    return Meant(order, found)


@routes.screen("POST", PLACE, action="worklist.act", again=_shown)
async def note(visit: Visit) -> web.StreamResponse:
    """It stands as issued from now on, with who said so."""

    async def work(tx: Tx) -> str:
        meant = await _meant(tx, visit)
        number, sign, drive, day = (visit.fields.get(name, "") for name in ("number", "sign", "drive", "day"))
        today = local(await now(tx), meant.order.zone)
        read = document(number, sign, drive, typed.day(day), today=today)
        who = visit.principal.name
        await receipt_by_hand.note(tx, meant.order.id, meant.receipt.id, read, principal=who)
        return f"{ORDERS}/{meant.order.code}#receipts"

    return await visit.change("receipt.note", visit.path["id"], work)
