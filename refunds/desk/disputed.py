"""Chargebacks for finance: which are to be answered and by when, one with its evidence, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from aiohttp import web

from checkout.books import pack
from checkout.ground.dates import local
from checkout.ground.db import Tx, now
from checkout.ground.errors import Forbidden, Missing
from checkout.ground.ids import ChargebackId
from checkout.notices import record
from checkout.notices.record import Notice
from checkout.payment import evidence as agreed
from checkout.payment import history, orders
from checkout.payment import store as payments
from checkout.payment.evidence import Given
from checkout.payment.history import Happened
from checkout.payment.order import Order
from checkout.payment.store import Payment
from checkout.web.desk.names import names
from checkout.web.desk.visit import Visit
from checkout.web.download import Zip, download
from checkout.web.named import named
from checkout.web.routes import Routes
from refunds import typed
from refunds.chargebacks import store
from refunds.chargebacks.chargeback import SOURCE_WORDS, WAITS, WORDS, Chargeback
from refunds.chargebacks.decide import decide
from refunds.chargebacks.store import Listed
from refunds.desk_part import DISPUTE_MARKS

routes = Routes()
PLACE: Final = "/desk/chargebacks"
MOST: Final = 200
READ: Final = "chargeback.read"
DECIDE: Final = "chargeback.decide"
EVIDENCE: Final = "evidence.read"


@dataclass(frozen=True, slots=True)
class Whole:
    """One chargeback with its order, its payment, and who was at it. `today`: at its clinic.

    `consents`, `notices`: for whoever may see the evidence.
    """

    chargeback: Chargeback
    order: Order
    payment: Payment
    story: Sequence[Happened]
    names: Mapping[str, str]
    today: date
    consents: Sequence[Given] = ()
    notices: Sequence[Notice] = ()


@routes.screen("GET", PLACE, action=READ)
async def listed(visit: Visit) -> web.StreamResponse:
    """Those that wait for an answer, the soonest day first; then those that have ended."""
    clinics = visit.principal.where(READ)

    async def work(tx: Tx) -> tuple[list[Listed], list[Listed]]:
        return await store.waiting(tx, clinics, MOST), await store.ended(tx, clinics, MOST)

    waiting, ended = await visit.read(work)
    return visit.page("desk/chargebacks.html", waiting=waiting, ended=ended, state_words=WORDS, marks=DISPUTE_MARKS)


async def seen(tx: Tx, visit: Visit, action: str = READ) -> tuple[Chargeback, Order]:
    """The chargeback of this page. Raises Missing for another clinic's, Forbidden for what they may not do at this one."""
    found = await store.read(tx, named(ChargebackId, visit.path["id"], "chargeback_missing"))
    order, _now = await orders.read(tx, found.order_id)
    may = visit.principal.may
    if not may(READ, order.clinic_id) and not may(action, order.clinic_id):
        raise Missing("chargeback_missing")
    if not may(action, order.clinic_id):
        raise Forbidden("action_forbidden")
    return found, order


@routes.screen("GET", PLACE + "/{id}", action=READ)
async def show(visit: Visit) -> web.StreamResponse:
    return await shown(visit)


async def shown(visit: Visit) -> web.Response:
    """With why the last form on it was not done, if it was not."""
    whole = await visit.read(lambda tx: _whole(tx, visit))
    found, clinic = whole.chargeback, whole.order.clinic_id
    return visit.page(
        "desk/chargeback.html",
        whole=whole,
        order=whole.order,
        zone=whole.order.zone,
        state=WORDS[found.state],
        mark=DISPUTE_MARKS[found.state],
        source=SOURCE_WORDS[found.source],
        waits=found.state in WAITS,
        days=found.days_left(whole.today),
        commands=found.commands if visit.principal.may(DECIDE, clinic) else (),
        may_see_evidence=visit.principal.may(EVIDENCE, clinic),
    )


async def _whole(tx: Tx, visit: Visit) -> Whole:
    found, order = await seen(tx, visit)
    payment = await payments.read(tx, found.payment_id)
    assert payment is not None  # noqa: S101 - a foreign key holds it
    await visit.noted(tx, "chargeback.read", str(found.id))
    story = [event for event in await history.events(tx, order.id) if event.subject_id == found.id.uuid]
    people = {event.principal for event in story} | ({found.decided_by} if found.decided_by else set())
    proves = visit.principal.may(EVIDENCE, order.clinic_id)
    if proves:  # what was agreed to and told is evidence on the page as in the archive
        await visit.noted(tx, EVIDENCE, str(order.id))
    return Whole(
        chargeback=found,
        order=order,
        payment=payment,
        story=story,
        names=await names(tx, visit.service.vault, people, visit.language),
        today=local(await now(tx), order.zone),
        consents=await agreed.of_order(tx, visit.service, order) if proves else (),
        notices=await record.notices(tx, visit.service, order) if proves else (),
    )


@routes.screen("GET", PLACE + "/{id}/evidence.zip", action=EVIDENCE)
async def evidence(visit: Visit) -> web.StreamResponse:
    """What the bank is answered with: the order's evidence. That somebody took it is written down first."""

    async def work(tx: Tx) -> Zip:
        _found, order = await seen(tx, visit, EVIDENCE)
        await visit.noted(tx, EVIDENCE, str(order.id))
        return Zip(content=await pack.pack(tx, visit.service, order), name=pack.file_name(order))

    found = await visit.read(work)
    return download(found.content, found.name, found.media)


async def _said(visit: Visit, command: str) -> web.StreamResponse:
    """One command on the chargeback of this page, then its page. Whoever comes second is told so, and sees who was first."""
    note = typed.sentence(visit.fields.get("note", ""), "/note", needed=False) or None

    async def work(tx: Tx) -> str:
        found, _order = await seen(tx, visit, DECIDE)
        who = visit.principal.name
        await decide(tx, visit.service, found.id, command, principal=who, note=note, origin=visit.origin)
        return f"{PLACE}/{found.id}"

    return await visit.done(work)


@routes.screen("POST", PLACE + "/{id}/dispute", action=DECIDE, again=shown)
async def disputed(visit: Visit) -> web.StreamResponse:
    return await _said(visit, "dispute")


@routes.screen("POST", PLACE + "/{id}/accept", action=DECIDE, fresh=True, again=shown)
async def accepted(visit: Visit) -> web.StreamResponse:
    return await _said(visit, "accept")


@routes.screen("POST", PLACE + "/{id}/win", action=DECIDE, again=shown)
async def won(visit: Visit) -> web.StreamResponse:
    return await _said(visit, "win")


@routes.screen("POST", PLACE + "/{id}/lose", action=DECIDE, again=shown)
async def lost(visit: Visit) -> web.StreamResponse:
    return await _said(visit, "lose")
