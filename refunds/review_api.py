"""A payment in review over the API: one asks that the bank's sums are accepted, another approves it, or it is left."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from checkout.ground.db import Tx, in_transaction
from checkout.ground.errors import Missing
from checkout.ground.ids import PaymentId
from checkout.payment import store as payments
from checkout.payment.store import Payment
from checkout.web.api.models import In, Instant, MoneyOut, Out, Plain
from checkout.web.api.order_shown import seen
from checkout.web.named import named
from checkout.web.routes import Call, Routes
from refunds import review, review_store
from refunds.review import Shown
from refunds.review_store import Asked

routes = Routes()
PLACE: Final = "/v1/payments/{id}/review"
MISSING: Final = "payment_missing"
ASK: Final = "worklist.act"
APPROVE: Final = "refund.decide"
BANK: Final = ("review_over", "bank_silent", "bank_not_done", "bank_sums_foreign")


class ReviewIn(In):
    """`reason`: why the bank's sums are right, for whoever approves."""

    reason: Annotated[str, Field(min_length=3, max_length=400, pattern=Plain)]


class ReviewDecisionIn(In):
    """Nothing to say; the body is an empty object."""


class WishOut(Out):
    """What the bank showed as the wish was made: what it took of the payment in all, and how much of that it gave back."""

    captured: MoneyOut
    refunded: MoneyOut
    reason: str
    status: Literal["asked", "approved", "left"]
    asked_by: str
    asked_at: Instant
    decided_by: str | None
    decided_at: Instant | None


class ReviewOut(Out):
    """`status`: the payment's; `review` until somebody's wish is approved. `wish`: the newest one."""

    payment: str
    order: str
    status: str
    wish: WishOut | None


async def _named(tx: Tx, call: Call) -> Payment:
    """The payment that a path names; one of another's order does not exist. Raises Missing."""
    found = await payments.read(tx, named(PaymentId, call.path["id"], MISSING))
    if found is None:
        raise Missing(MISSING)
    try:
        await seen(tx, call.principal, found.order_id)
    except Missing as reason:
        raise Missing(MISSING) from reason
    return found


async def _looked(call: Call) -> Shown:
    """What the bank shows; a request that was answered before is not asked of the bank again."""

    async def work(tx: Tx) -> Payment:
        await call.once.answered(tx)
        return await _named(tx, call)

    found = await in_transaction(call.service.engine, work)
    return await review.look(call.service, found.id)


async def _shown(tx: Tx, call: Call) -> ReviewOut:
    found = await _named(tx, call)
    wish = await review_store.last(tx, found.id)
    return ReviewOut(
        payment=str(found.id),
        order=str(found.order_id),
        status=found.state,
        wish=_wish(wish) if wish else None,
    )


def _wish(asked: Asked) -> WishOut:
    return WishOut.model_validate(
        {
            "captured": MoneyOut.of(asked.sums.captured),
            "refunded": MoneyOut.of(asked.sums.refunded),
            "reason": asked.reason,
            "status": asked.state,
            "asked_by": asked.asked_by,
            "asked_at": asked.asked_at,
            "decided_by": asked.decided_by,
            "decided_at": asked.decided_at,
        }
    )


@routes.op(
    "GET",
    PLACE,
    action=(ASK, APPROVE),
    out=ReviewOut,
    summary="Read what was asked about a payment whose sums at the bank are not what was ordered",
    tag="Refunds",
    refusals=(MISSING,),
)
async def read_review(call: Call) -> ReviewOut:
    return await in_transaction(call.service.engine, lambda tx: _shown(tx, call))


@routes.op(
    "POST",
    PLACE,
    action=ASK,
    body=ReviewIn,
    out=ReviewOut,
    status=201,
    summary="Ask that our books say what the bank shows of a payment in review; another person must approve it",
    tag="Refunds",
    refusals=(MISSING, *BANK, "review_asked"),
    example={"reason": "The bank confirmed the sum by letter"},
)
async def ask_review(call: Call) -> ReviewOut:
    body: ReviewIn = call.body
    shown = await _looked(call)

    async def work(tx: Tx) -> ReviewOut:
        await review.ask(tx, call.service, shown, body.reason, principal=call.principal.name)
        return await _shown(tx, call)

    return await call.once(work)


@routes.op(
    "POST",
    f"{PLACE}/approve",
    action=APPROVE,
    body=ReviewDecisionIn,
    out=ReviewOut,
    summary="Accept the bank's sums that somebody else asked for, if the bank shows them still",
    tag="Refunds",
    refusals=(MISSING, *BANK, "review_unasked", "own_review", "bank_moved"),
    example={},
)
async def approve_review(call: Call) -> ReviewOut:
    shown = await _looked(call)

    async def work(tx: Tx) -> ReviewOut:
        await review.approve(tx, call.service, shown, principal=call.principal.name)
        return await _shown(tx, call)

    return await call.once(work)


@routes.op(
    "POST",
    f"{PLACE}/leave",
    action=(ASK, APPROVE),
    body=ReviewDecisionIn,
    out=ReviewOut,
    summary="Leave the payment in review: what was asked is not accepted, or taken back",
    tag="Refunds",
    refusals=(MISSING, "review_unasked"),
    example={},
)
async def leave_review(call: Call) -> ReviewOut:
    async def work(tx: Tx) -> ReviewOut:
        found = await _named(tx, call)
        await review.leave(tx, found.id, principal=call.principal.name)
        return await _shown(tx, call)

    return await call.once(work)
