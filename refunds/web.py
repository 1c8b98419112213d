"""Refunds over the API: ask, list, read, approve, reject, take back, pay out at the desk."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from checkout.books.registry import Cure
from checkout.ground.db import Tx, in_transaction
from checkout.ground.errors import Invalid, Missing
from checkout.ground.ids import PaymentId, RefundId
from checkout.web.api.models import In, Instant, Kopecks, Moment, MoneyIn, MoneyOut, Out, Page, Plain, TextOut
from checkout.web.api.order_shown import cursor, order_of, seen
from checkout.web.named import named
from checkout.web.routes import Call, Routes
from refunds import approve, issue, listing, store
from refunds.chargebacks import recognise
from refunds.refund import WORDS
from refunds.source import REFUNDS

routes = Routes(sources={REFUNDS.name: REFUNDS}, cures={Cure.BOOK: recognise.book_break})


class RefundLine(In):
    """Part of the refund on one order line, in kopecks."""

    line: Annotated[int, Field(strict=True, ge=1, le=99)]
    amount: Kopecks


class RefundIn(In):
    amount: MoneyIn
    reason: Annotated[str, Field(min_length=3, max_length=500, pattern=Plain)]
    payment_id: Annotated[str, Field(max_length=40)] | None = None
    lines: Annotated[list[RefundLine], Field(min_length=1, max_length=20)] | None = None
    scheduled_for: Moment | None = None


class DecisionIn(In):
    """Nothing to say; the body is an empty object."""


class PayOutIn(In):
    """`reference`: of the terminal's slip or the payment order that gave it back; nothing for cash."""

    reference: Annotated[str, Field(min_length=1, max_length=64, pattern=Plain)] | None = None


class RefundOut(Out):
    """A refund with the dates promised to the payer. `done` for a card means that the bank accepted it."""

    id: str
    order: str
    payment: str
    method: str
    amount: MoneyOut
    status: str
    status_text: TextOut
    basis: str
    reason: str
    requested_by: str
    decided_by: str | None
    requested_at: Instant
    scheduled_for: Instant
    return_until: Instant
    return_base: Annotated[Instant | None, Field(description="from when the return window was counted")]
    return_kind: Annotated[str | None, Field(description="whose window it is: service or goods")]
    answer_due: date
    expected_from: date
    expected_by: date
    done_at: Instant | None
    needs_attention: str | None


class RefundList(Out):
    data: list[RefundOut]
    has_more: bool


class RefundQuery(Page):
    status: Annotated[str, Field(pattern=r"^[a-z]{4,10}$")] | None = None
    order: Annotated[str, Field(max_length=40)] | None = None


def shown(refund: store.Refund) -> RefundOut:
    words = WORDS[refund.state]
    return RefundOut(
        id=str(refund.id),
        order=str(refund.order_id),
        payment=str(refund.payment_id),
        method=refund.method,
        amount=MoneyOut.of(refund.amount),
        status=refund.state,
        status_text=TextOut(ru=words.ru, en=words.en),
        basis=refund.basis,
        reason=refund.reason,
        requested_by=refund.requested_by,
        decided_by=refund.decided_by,
        requested_at=refund.requested_at,
        scheduled_for=refund.scheduled_for,
        return_until=refund.window_ends_at,
        return_base=refund.window_base,
        return_kind=refund.window_kind,
        answer_due=refund.promise.answer_due,
        expected_from=refund.promise.expected_from,
        expected_by=refund.promise.expected_by,
        done_at=refund.done_at,
        needs_attention=refund.parked,
    )


@routes.op(
    "POST",
    "/v1/orders/{id}/refunds",
    action="refund.request",
    body=RefundIn,
    out=RefundOut,
    status=201,
    summary="Ask for a refund; another person must approve it",
    tag="Refunds",
    refusals=("order_missing", "window_closed", "nothing_to_refund", "more_than_left", "date_in_the_past"),
    example={"amount": {"amount": 100000, "currency": "RUB"}, "reason": "The doctor was ill"},
)
async def request_refund(call: Call) -> RefundOut:
    order_id = order_of(call.path)
    ask = _ask(call.body)

    async def work(tx: Tx) -> RefundOut:
        await seen(tx, call.principal, order_id)
        return shown(await issue.request(tx, call.service, order_id, ask, principal=call.principal.name))

    return await call.once(work)


def _ask(body: RefundIn) -> issue.Ask:
    lines = {line.line: line.amount for line in body.lines} if body.lines else None
    if lines is not None and len(lines) != len(body.lines or []):
        raise Invalid("lines_do_not_add_up", pointer="/lines")
    return issue.Ask(
        amount=body.amount.money(),
        reason=body.reason,
        payment_id=_payment(body.payment_id),
        lines=lines,
        scheduled_for=body.scheduled_for,
    )


def _payment(text: str | None) -> PaymentId | None:
    if text is None:
        return None
    try:
        return PaymentId.parse(text)
    except ValueError as reason:
        raise Invalid("nothing_to_refund", pointer="/payment_id") from reason


@routes.op(
    "GET",
    "/v1/refunds",
    action="refund.read",
    query=RefundQuery,
    out=RefundList,
    summary="List refunds, newest first",
    tag="Refunds",
    refusals=("cursor_unknown",),
)
async def list_refunds(call: Call) -> RefundList:
    query: RefundQuery = call.query
    scope = listing.Scope(
        clinics=call.principal.clinics,
        status=query.status,
        order=order_of({"id": query.order}) if query.order else None,
    )
    after = cursor(RefundId, query.starting_after)
    found = await in_transaction(
        call.service.engine, lambda tx: listing.newest(tx, scope, after=after, limit=query.limit + 1)
    )
    return RefundList(data=[shown(refund) for refund in found[: query.limit]], has_more=len(found) > query.limit)


def _id(call: Call) -> RefundId:
    return named(RefundId, call.path["id"], "refund_missing")


async def _seen(tx: Tx, call: Call, refund_id: RefundId) -> store.Refund:
    """A refund on another's order does not exist for you."""
    refund = await store.read(tx, refund_id)
    try:
        await seen(tx, call.principal, refund.order_id)
    except Missing as reason:
        raise Missing("refund_missing") from reason
    return refund


@routes.op(
    "GET",
    "/v1/refunds/{id}",
    action="refund.read",
    out=RefundOut,
    summary="Read a refund",
    tag="Refunds",
    refusals=("refund_missing",),
)
async def read_refund(call: Call) -> RefundOut:
    refund_id = _id(call)

    async def work(tx: Tx) -> RefundOut:
        return shown(await _seen(tx, call, refund_id))

    return await in_transaction(call.service.engine, work)


async def _decide(call: Call, command: str) -> RefundOut:
    refund_id = _id(call)

    async def work(tx: Tx) -> RefundOut:
        await _seen(tx, call, refund_id)
        return shown(await approve.decide(tx, refund_id, command, principal=call.principal.name))

    return await call.once(work)


@routes.op(
    "POST",
    "/v1/refunds/{id}/approve",
    action="refund.decide",
    body=DecisionIn,
    out=RefundOut,
    summary="Approve a refund that somebody else asked for",
    tag="Refunds",
    refusals=("refund_missing", "own_refund", "wrong_state"),
    example={},
)
async def approve_refund(call: Call) -> RefundOut:
    return await _decide(call, "approve")


@routes.op(
    "POST",
    "/v1/refunds/{id}/reject",
    action="refund.decide",
    body=DecisionIn,
    out=RefundOut,
    summary="Reject a refund that somebody else asked for",
    tag="Refunds",
    refusals=("refund_missing", "own_refund", "wrong_state"),
    example={},
)
async def reject_refund(call: Call) -> RefundOut:
    return await _decide(call, "reject")


@routes.op(
    "POST",
    "/v1/refunds/{id}/retry",
    action="refund.decide",
    body=DecisionIn,
    out=RefundOut,
    summary="Look at the bank again for a refund that waits for a person",
    tag="Refunds",
    refusals=("refund_missing", "own_refund", "wrong_state"),
    example={},
)
async def retry_refund(call: Call) -> RefundOut:
    return await _decide(call, "retry")


@routes.op(
    "POST",
    "/v1/refunds/{id}/cancel",
    action="refund.request",
    body=DecisionIn,
    out=RefundOut,
    summary="Take a refund back before it is sent",
    tag="Refunds",
    refusals=("refund_missing", "wrong_state"),
    example={},
)
async def cancel_refund(call: Call) -> RefundOut:
    return await _decide(call, "cancel")


@routes.op(
    "POST",
    "/v1/refunds/{id}/pay-out",
    action="cash.pay_out",
    body=PayOutIn,
    out=RefundOut,
    summary="Give an approved refund back at the desk: cash from the open shift's drawer, anything else by hand",
    tag="Refunds",
    refusals=(
        "refund_missing",
        "not_cash",
        "wrong_state",
        "shift_closed",
        "shift_too_old",
        "drawer_short",
        "reference_needed",
    ),
    example={},
)
async def pay_out_refund(call: Call) -> RefundOut:
    refund_id = _id(call)
    body: PayOutIn = call.body

    async def work(tx: Tx) -> RefundOut:
        await _seen(tx, call, refund_id)
        who = call.principal.name
        return shown(await approve.pay_out(tx, refund_id, principal=who, reference=body.reference))

    return await call.once(work)
