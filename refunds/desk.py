"""Finance's desk: the queue by who must act, one refund with its clock, and the decisions on it, one by one or many at once.

A decision that gives money away asks for a fresh proof. Nobody decides on their own request: shown here, refused by the
flow, held by the database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from checkout.catalogue import store as catalogue
from checkout.catalogue.catalogue import Clinic
from checkout.ground.db import Tx, now
from checkout.ground.errors import Conflict, Forbidden, Invalid, Missing, Refusal
from checkout.ground.ids import PaymentId, RefundId
from checkout.payment import history, orders
from checkout.payment import store as payments
from checkout.payment.history import Happened, Said
from checkout.payment.order import Order
from checkout.payment.store import Payment
from checkout.privacy import store as persons
from checkout.privacy.person import masked
from checkout.web.desk.names import names
from checkout.web.desk.visit import Visit
from checkout.web.routes import Room, Routes
from checkout.web.texts import explain
from gateways.money import Money
from refunds import approve, outside, queue, run, store, typed
from refunds.desk_part import DESK_WORDS, MARKS, why
from refunds.queue import Filter, Queued, Tab
from refunds.refund import State

QUEUE: Final = "/desk/refunds"
TICK: Final = "tick-"
KEPT: Final = (
    "tab",
    "clinic",
    "state",
    "method",
    "since",
    "until",
    "least",
    "most",
)  # of the address, from page to page
routes = Routes(rooms=[Room(QUEUE, "refunds_title", "r", "refund.read")])


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of the queue with the names that belong to it."""

    row: Queued
    payer: str | None
    asked_by: str
    tickable: bool
    own: bool


@routes.screen("GET", QUEUE, action="refund.read")
async def listed(visit: Visit) -> web.StreamResponse:
    tab = Tab(visit.fields["tab"]) if visit.fields.get("tab") in set(Tab) else Tab.MINE
    try:
        wanted, after = typed.filtered(visit.fields), _after(visit.fields.get("after"))
    except Invalid as refusal:
        return await _queue(visit.refused(refusal), tab, None, None)
    return await _queue(visit, tab, wanted, after)


def _after(text: str | None) -> RefundId | None:
    try:
        return RefundId.parse(text) if text else None
    except ValueError as reason:
        raise Invalid("cursor_unknown") from reason


async def _queue(visit: Visit, tab: Tab, wanted: Filter | None, after: RefundId | None) -> web.Response:
    clinics = visit.principal.where("refund.read")

    async def work(tx: Tx) -> tuple[list[Listed], dict[Tab, int], list[Clinic]]:
        found = [] if wanted is None else await queue.page(tx, tab, wanted, clinics, after=after)
        places = [one for one in await catalogue.clinics(tx) if clinics is None or one.id in clinics]
        return await _with_names(tx, visit, found), await queue.counts(tx, clinics), places

    rows, counts, places = await visit.read(work)
    kept = {name: value for name in KEPT if (value := visit.fields.get(name))}
    more = rows[queue.PAGE - 1].row.refund.id if len(rows) > queue.PAGE else None
    return visit.page(
        "desk/refunds.html",
        tab=tab,
        tabs=[(one, f"{QUEUE}?{urlencode(kept | {'tab': one})}", counts.get(one)) for one in Tab],
        rows=rows[: queue.PAGE],
        empty=wanted is not None and wanted.empty and after is None,
        filtering=wanted is None or not wanted.empty,
        asked=visit.fields,
        states=queue.STATES[tab],
        methods=typed.METHODS,
        clinics=places,
        next=f"{QUEUE}?{urlencode(kept | {'after': str(more)})}" if more else None,
        start=f"{QUEUE}?{urlencode(kept)}" if after else None,
        words=DESK_WORDS,
        marks=MARKS,
        counted=queue.COUNTED,
        window_days=visit.service.config.limits.return_window_days,
    )


async def _with_names(tx: Tx, visit: Visit, found: Sequence[Queued]) -> list[Listed]:
    known = await names(tx, visit.service.vault, {one.refund.requested_by for one in found}, visit.language)
    rows = []
    for one in found:
        person = await persons.read(tx, visit.service.vault, one.payer_id)
        own = one.refund.requested_by == visit.principal.name
        waits = one.refund.state is State.REQUESTED and not one.refund.late
        rows.append(
            Listed(
                row=one,
                payer=masked(person).name if person else None,
                asked_by=known[one.refund.requested_by],
                tickable=waits and not own and visit.principal.may("refund.decide", one.clinic_id),
                own=own and one.refund.state is State.REQUESTED,
            )
        )
    return rows


@dataclass(frozen=True, slots=True)
class Attempt:
    """One thing that happened to it; with the bank's words, and why it came to nothing, if there were any."""

    event: Happened
    fact: Said | None
    why: str | None


@dataclass(frozen=True, slots=True)
class Whole:
    """One refund with its order, its payment, and who was at it."""

    refund: store.Refund
    order: Order
    payment: Payment
    names: Mapping[str, str]
    attempts: Sequence[Attempt]
    now: datetime


async def seen(tx: Tx, visit: Visit, action: str = "refund.read") -> tuple[store.Refund, Order]:
    """The refund of this page. Raises Missing for another clinic's, Forbidden for what they may not do at this one."""
    refund = await store.read(tx, _id(visit.path["id"]))
    order, _now = await orders.read(tx, refund.order_id)
    if not visit.principal.may("refund.read", order.clinic_id) and not visit.principal.may(action, order.clinic_id):
        raise Missing("refund_missing")
    if not visit.principal.may(action, order.clinic_id):
        raise Forbidden("action_forbidden")
    return refund, order


def _id(text: str) -> RefundId:
    try:
        return RefundId.parse(text)
    except ValueError as reason:
        raise Missing("refund_missing") from reason


@routes.screen("GET", QUEUE + "/{id}", action="refund.read")
async def show(visit: Visit) -> web.StreamResponse:
    return await _shown(visit)


async def _shown(visit: Visit) -> web.Response:
    try:
        whole = await visit.read(lambda tx: _whole(tx, visit))
    except Missing as refusal:
        return visit.refused(refusal).page("desk/refused.html")
    refund, clinic = whole.refund, whole.order.clinic_id
    return visit.page(
        "desk/refund.html",
        whole=whole,
        refund=refund,
        order=whole.order,
        zone=whole.order.zone,
        state=DESK_WORDS[refund.state],
        words=DESK_WORDS,
        mark=MARKS[refund.state],
        may=_may(visit, refund, clinic),
        waits=why(refund.parked, visit.language) if refund.parked else None,
        days=visit.service.config.limits.return_window_days,
        may_see_raw=visit.principal.may("evidence.read", clinic),
    )


def _may(visit: Visit, refund: store.Refund, clinic: int) -> set[str]:
    """What this visitor may do with it now: what they may not, has no button."""
    may, own = visit.principal.may, refund.requested_by == visit.principal.name
    found = set()
    if refund.state is State.REQUESTED and may("refund.decide", clinic) and not own:
        found.add("reject")
        if not refund.late or may("refund.override", clinic):
            found.add("approve")
    if refund.state in (State.REQUESTED, State.SCHEDULED) and may("refund.request", clinic):
        found.add("cancel")
    if refund.state in (State.SENDING, State.UNKNOWN) and may("refund.decide", clinic):
        found.add("check")
    if refund.state is State.REVIEW:
        found |= {"retry"} if may("refund.decide", clinic) and not own else set()
        found |= {"outside"} if may("worklist.act", clinic) else set()
    if refund.state is State.SCHEDULED and refund.at_the_desk and may("cash.pay_out", clinic):
        found.add("pay_out")
    return found


async def _whole(tx: Tx, visit: Visit) -> Whole:
    refund, order = await seen(tx, visit)
    payment = await payments.read(tx, refund.payment_id)
    assert payment is not None  # noqa: S101 - a foreign key holds it
    await visit.noted(tx, "refund.read", refund.key)
    said = {one.id: one for one in await history.said(tx, order.id)}
    told = [event for event in await history.events(tx, order.id) if event.subject_id == refund.id.uuid]
    known = {refund.requested_by, refund.decided_by, refund.override_by} | {event.principal for event in told}
    return Whole(
        refund=refund,
        order=order,
        payment=payment,
        names=await names(tx, visit.service.vault, {name for name in known if name}, visit.language),
        attempts=[_attempt(event, said, visit.language) for event in told],
        now=await now(tx),
    )


def _attempt(event: Happened, said: Mapping[int, Said], language: str) -> Attempt:
    reason = event.data.get("why")
    return Attempt(
        event=event,
        fact=said.get(event.fact_id) if event.fact_id is not None else None,
        why=why(str(reason), language) if reason else None,
    )


async def _decided(
    visit: Visit, command: str, action: str, *, reason: str | None = None, override: str | None = None
) -> web.StreamResponse:
    """One command on the refund of this page, then its page. Whoever comes second is told so, and sees who was first."""

    async def work(tx: Tx) -> str:
        refund, order = await seen(tx, visit, action)
        if command == "approve" and refund.late and not visit.principal.may("refund.override", order.clinic_id):
            raise Forbidden("override_forbidden", until=refund.window_ends_at)
        await _commanded(tx, visit, refund.id, command, reason=reason, override=override)
        return f"{QUEUE}/{refund.id}"

    return await visit.change(f"refund.{command}.desk", visit.path["id"], work)


async def _commanded(
    tx: Tx, visit: Visit, refund_id: RefundId, command: str, *, reason: str | None = None, override: str | None = None
) -> store.Refund:
    try:
        return await approve.decide(
            tx, refund_id, command, principal=visit.principal.name, reason=reason, override=override
        )
    except Conflict as refusal:
        raise _overtaken(refusal) from refusal


def _overtaken(refusal: Conflict) -> Conflict:
    return Conflict("refund_moved") if refusal.code == "wrong_state" else refusal


@routes.screen("POST", QUEUE + "/{id}/approve", action="refund.decide", fresh=True, again=_shown)
async def approved(visit: Visit) -> web.StreamResponse:
    said = typed.sentence(visit.fields["override"], "/override") if "override" in visit.fields else None
    return await _decided(visit, "approve", "refund.decide", override=said)


@routes.screen("POST", QUEUE + "/{id}/reject", action="refund.decide", again=_shown)
async def rejected(visit: Visit) -> web.StreamResponse:
    reason = typed.sentence(visit.fields.get("reason", ""), "/reason")
    return await _decided(visit, "reject", "refund.decide", reason=reason)


@routes.screen("POST", QUEUE + "/{id}/cancel", action="refund.request", again=_shown)
async def cancelled(visit: Visit) -> web.StreamResponse:
    return await _decided(visit, "cancel", "refund.request")


@routes.screen("POST", QUEUE + "/{id}/retry", action="refund.decide", again=_shown)
async def retried(visit: Visit) -> web.StreamResponse:
    """One that waits for a person goes to the bank again, at once; it is never made twice."""
    answer = await _decided(visit, "retry", "refund.decide")
    await run.run_one(visit.service, _id(visit.path["id"]))
    return answer


@routes.screen("POST", QUEUE + "/{id}/check", action="refund.decide", again=_shown)
async def checked(visit: Visit) -> web.StreamResponse:
    """The bank is asked now instead of at its next turn."""

    async def work(tx: Tx) -> str:
        refund, _order = await seen(tx, visit, "refund.decide")
        if not await store.hasten(tx, refund.id):
            raise Conflict("refund_moved")
        return f"{QUEUE}/{refund.id}"

    answer = await visit.change("refund.check", visit.path["id"], work)
    await run.run_one(visit.service, _id(visit.path["id"]))
    return answer


@routes.screen("POST", QUEUE + "/{id}/pay-out", action="cash.pay_out", again=_shown)
async def paid_out(visit: Visit) -> web.StreamResponse:
    """Cash from the drawer that pays it, anything else by hand, under the number of its slip."""
    reference = visit.fields.get("reference", "").strip() or None

    async def work(tx: Tx) -> str:
        refund, _order = await seen(tx, visit, "cash.pay_out")
        try:
            await approve.pay_out(tx, refund.id, principal=visit.principal.name, reference=reference)
        except Conflict as refusal:
            raise _overtaken(refusal) from refusal
        return f"{QUEUE}/{refund.id}"

    return await visit.change("refund.pay_out", visit.path["id"], work)


async def _in_place(visit: Visit) -> web.Response:
    return visit.page("desk/refused.html")


@routes.screen("POST", "/desk/payments/{id}/outside", action="worklist.act", again=_in_place)
async def entered(visit: Visit) -> web.StreamResponse:
    """Our books come to say what the bank shows of this payment: what went back without us is entered."""
    payment_id = _payment(visit.path["id"])

    async def mine(tx: Tx) -> Order:
        payment = await payments.read(tx, payment_id)
        if payment is None:
            raise Missing("payment_missing")
        order, _now = await orders.read(tx, payment.order_id)
        if not visit.principal.may("worklist.act", order.clinic_id):
            raise Missing("payment_missing")
        return order

    order = await visit.read(mine)
    shown = await outside.look(visit.service, payment_id)

    async def work(tx: Tx) -> str:
        await outside.settle(tx, visit.service, shown, principal=visit.principal.name)
        return f"/desk/orders/{order.code}#refunds"

    return await visit.change("refund.outside", str(payment_id), work)


def _payment(text: str) -> PaymentId:
    try:
        return PaymentId.parse(text)
    except ValueError as reason:
        raise Missing("payment_missing") from reason


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one of many. `refusal`: its words, None if it was done."""

    refund: store.Refund
    code: str
    refusal: str | None


def _ticked(visit: Visit) -> list[RefundId]:
    """Raises Invalid if nothing was ticked."""
    found = [_id(name.removeprefix(TICK)) for name in visit.fields if name.startswith(TICK)]
    if not found:
        raise Invalid("refunds_unchosen")
    return found


async def _chosen(tx: Tx, visit: Visit, refund_id: RefundId) -> tuple[store.Refund, Order]:
    refund = await store.read(tx, refund_id)
    order, _now = await orders.read(tx, refund.order_id)
    if not visit.principal.may("refund.decide", order.clinic_id):
        raise Missing("refund_missing")
    return refund, order


@routes.screen("POST", QUEUE + "/approve/check", action="refund.decide", again=listed)
async def before_many(visit: Visit) -> web.StreamResponse:
    """The ticked rows and their total, before anything is done."""
    wanted = _ticked(visit)

    async def work(tx: Tx) -> list[tuple[store.Refund, Order]]:
        return [await _chosen(tx, visit, one) for one in wanted]

    found = await visit.read(work)
    return visit.page("desk/refunds_check.html", found=found, total=_total([refund for refund, _ in found]), tick=TICK)


def _total(found: Sequence[store.Refund]) -> Money:
    return sum((refund.amount for refund in found), Money(0))


@routes.screen("POST", QUEUE + "/approve", action="refund.decide", fresh=True, again=listed)
async def many(visit: Visit) -> web.StreamResponse:
    """Each by itself: what cannot be done is said on its row, and holds up no other."""
    results = [await _one_of_many(visit, refund_id) for refund_id in _ticked(visit)]
    done = [one.refund for one in results if one.refusal is None]
    return visit.page("desk/refunds_done.html", results=results, done=done, total=_total(done))


async def _one_of_many(visit: Visit, refund_id: RefundId) -> Result:
    refund, order = await visit.read(lambda tx: _chosen(tx, visit, refund_id))
    if refund.decided_by == visit.principal.name and refund.state is not State.REQUESTED:
        return Result(refund, order.code, None)  # the same form came twice

    async def work(tx: Tx) -> store.Refund:
        after = await _commanded(tx, visit, refund_id, "approve")
        await visit.noted(tx, "refund.approve.desk", str(refund_id))
        return after

    try:
        return Result(await visit.read(work), order.code, None)
    except Refusal as refusal:
        return Result(refund, order.code, explain(refusal, visit.language, order.zone))
