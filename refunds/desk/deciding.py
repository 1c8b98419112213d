"""Decisions on one refund. One that gives money away asks for a fresh proof.

Nobody decides on their own request: shown on the page, refused by the flow, held by the database.
"""

from __future__ import annotations

from aiohttp import web

from checkout.ground.db import Tx
from checkout.ground.errors import Conflict, Forbidden
from checkout.ground.ids import RefundId
from checkout.web.desk.visit import Visit
from checkout.web.routes import Routes
from refunds import approve, run, store, typed
from refunds.desk.one import seen, shown
from refunds.desk.places import QUEUE, named

routes = Routes()


async def _decided(
    visit: Visit, command: str, action: str, *, reason: str | None = None, override: str | None = None
) -> web.StreamResponse:
    """One command on the refund of this page, then its page. Whoever comes second is told so, and sees who was first."""

    async def work(tx: Tx) -> str:
        refund, order = await seen(tx, visit, action)
        if command == "approve" and refund.late and not visit.principal.may("refund.override", order.clinic_id):
            raise Forbidden("override_forbidden", until=refund.window_ends_at)
        await commanded(tx, visit, refund.id, command, reason=reason, override=override)
        return f"{QUEUE}/{refund.id}"

    return await visit.done(work)


async def commanded(
    tx: Tx, visit: Visit, refund_id: RefundId, command: str, *, reason: str | None = None, override: str | None = None
) -> store.Refund:
    try:
        return await approve.decide(
            tx,
            refund_id,
            command,
            principal=visit.principal.name,
            reason=reason,
            override=override,
            origin=visit.origin,
        )
    except Conflict as refusal:
        raise _overtaken(refusal) from refusal


def _overtaken(refusal: Conflict) -> Conflict:
    return Conflict("refund_moved") if refusal.code == "wrong_state" else refusal


@routes.screen("POST", QUEUE + "/{id}/approve", action="refund.decide", fresh=True, again=shown)
async def approved(visit: Visit) -> web.StreamResponse:
    said = typed.sentence(visit.fields["override"], "/override") if "override" in visit.fields else None
    return await _decided(visit, "approve", "refund.decide", override=said)


@routes.screen("POST", QUEUE + "/{id}/reject", action="refund.decide", again=shown)
async def rejected(visit: Visit) -> web.StreamResponse:
    reason = typed.sentence(visit.fields.get("reason", ""), "/reason")
    return await _decided(visit, "reject", "refund.decide", reason=reason)


@routes.screen("POST", QUEUE + "/{id}/cancel", action="refund.request", again=shown)
async def cancelled(visit: Visit) -> web.StreamResponse:
    return await _decided(visit, "cancel", "refund.request")


@routes.screen("POST", QUEUE + "/{id}/retry", action="refund.decide", again=shown)
async def retried(visit: Visit) -> web.StreamResponse:
    """One that waits for a person goes to the bank again, at once; it is never made twice."""
    answer = await _decided(visit, "retry", "refund.decide")
    await run.run_one(visit.service, named(visit.path["id"]))
    return answer


@routes.screen("POST", QUEUE + "/{id}/check", action="refund.decide", again=shown)
async def checked(visit: Visit) -> web.StreamResponse:
    """The bank is asked now instead of at its next turn."""

    async def work(tx: Tx) -> str:
        refund, _order = await seen(tx, visit, "refund.decide")
        if not await store.hasten(tx, refund.id):
            raise Conflict("refund_moved")
        return f"{QUEUE}/{refund.id}"

    answer = await visit.change("refund.check", visit.path["id"], work)
    await run.run_one(visit.service, named(visit.path["id"]))
    return answer


@routes.screen("POST", QUEUE + "/{id}/pay-out", action="cash.pay_out", again=shown)
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
