"""Chargebacks over the API: list, read, and say what came of one."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from checkout.ground.db import Tx, in_transaction
from checkout.ground.errors import Missing
from checkout.ground.ids import ChargebackId
from checkout.web.api.models import In, Instant, MoneyOut, Out, Page, Plain, TextOut
from checkout.web.api.order_shown import cursor, order_of, seen
from checkout.web.named import named
from checkout.web.routes import Call, Routes
from refunds.chargebacks import store
from refunds.chargebacks.chargeback import WORDS, Chargeback, State
from refunds.chargebacks.decide import decide
from refunds.chargebacks.source import CHARGEBACK_ROWS

routes = Routes(sources={CHARGEBACK_ROWS.name: CHARGEBACK_ROWS})


class ChargebackOut(Out):
    """A payment, or a part of it, that the payer's bank took back. Until it is `won`, its money cannot be refunded."""

    id: str
    order: str
    payment: str
    amount: MoneyOut
    amount_supposed: Annotated[
        bool, Field(description="the bank did not tell the sum yet: all that was left of the payment")
    ]
    status: Literal["open", "disputed", "won", "lost", "accepted"]
    status_text: TextOut
    source: Literal["flag", "registry"]
    reference: Annotated[str | None, Field(description="the operation's number in the bank's registry")]
    recognised_at: Instant
    answer_by: Annotated[date, Field(description="the last day to answer the bank, on the clinic's clock")]
    note: str | None
    decided_by: str | None
    decided_at: Instant | None


class ChargebackList(Out):
    data: list[ChargebackOut]
    has_more: bool


class ChargebackQuery(Page):
    status: Literal["open", "disputed", "won", "lost", "accepted"] | None = None
    order: Annotated[str, Field(max_length=40)] | None = None


class OutcomeIn(In):
    """`note`: the case's number or the reason code at the bank; never a person's data."""

    note: Annotated[str, Field(min_length=1, max_length=400, pattern=Plain)] | None = None


def shown(found: Chargeback) -> ChargebackOut:
    words = WORDS[found.state]
    return ChargebackOut.model_validate(
        {
            "id": str(found.id),
            "order": str(found.order_id),
            "payment": str(found.payment_id),
            "amount": MoneyOut.of(found.amount),
            "amount_supposed": found.supposed,
            "status": str(found.state),
            "status_text": TextOut(ru=words.ru, en=words.en),
            "source": str(found.source),
            "reference": found.reference,
            "recognised_at": found.recognised_at,
            "answer_by": found.answer_by,
            "note": found.note,
            "decided_by": found.decided_by,
            "decided_at": found.decided_at,
        }
    )


@routes.op(
    "GET",
    "/v1/chargebacks",
    action="chargeback.read",
    query=ChargebackQuery,
    out=ChargebackList,
    summary="List chargebacks, newest first",
    tag="Chargebacks",
    refusals=("cursor_unknown",),
)
async def list_chargebacks(call: Call) -> ChargebackList:
    query: ChargebackQuery = call.query
    wanted = store.Wanted(
        clinics=call.principal.clinics,
        state=State(query.status) if query.status else None,
        order=order_of({"id": query.order}) if query.order else None,
        after=cursor(ChargebackId, query.starting_after),
    )
    found = await in_transaction(call.service.engine, lambda tx: store.newest(tx, wanted, limit=query.limit + 1))
    return ChargebackList(data=[shown(one) for one in found[: query.limit]], has_more=len(found) > query.limit)


async def _seen(tx: Tx, call: Call) -> Chargeback:
    """A chargeback of another's order does not exist for you."""
    found = await store.read(tx, named(ChargebackId, call.path["id"], "chargeback_missing"))
    try:
        await seen(tx, call.principal, found.order_id)
    except Missing as reason:
        raise Missing("chargeback_missing") from reason
    return found


@routes.op(
    "GET",
    "/v1/chargebacks/{id}",
    action="chargeback.read",
    out=ChargebackOut,
    summary="Read a chargeback",
    tag="Chargebacks",
    refusals=("chargeback_missing",),
)
async def read_chargeback(call: Call) -> ChargebackOut:
    async def work(tx: Tx) -> ChargebackOut:
        return shown(await _seen(tx, call))

    return await in_transaction(call.service.engine, work)


async def _said(call: Call, command: str) -> ChargebackOut:
    body: OutcomeIn = call.body

    async def work(tx: Tx) -> ChargebackOut:
        found, who = await _seen(tx, call), call.principal.name
        return shown(await decide(tx, call.service, found.id, command, principal=who, note=body.note))

    return await call.once(work)


@routes.op(
    "POST",
    "/v1/chargebacks/{id}/dispute",
    action="chargeback.decide",
    body=OutcomeIn,
    out=ChargebackOut,
    summary="The evidence was sent to the bank; no money moves",
    tag="Chargebacks",
    refusals=("chargeback_missing", "wrong_state"),
    example={"note": "CB-2026-118"},
)
async def dispute_chargeback(call: Call) -> ChargebackOut:
    return await _said(call, "dispute")


@routes.op(
    "POST",
    "/v1/chargebacks/{id}/accept",
    action="chargeback.decide",
    body=OutcomeIn,
    out=ChargebackOut,
    summary="It is not disputed: the payer keeps the money",
    tag="Chargebacks",
    refusals=("chargeback_missing", "wrong_state"),
    example={},
)
async def accept_chargeback(call: Call) -> ChargebackOut:
    return await _said(call, "accept")


@routes.op(
    "POST",
    "/v1/chargebacks/{id}/win",
    action="chargeback.decide",
    body=OutcomeIn,
    out=ChargebackOut,
    summary="The bank gave the money to the clinic again: it enters our books again",
    tag="Chargebacks",
    refusals=("chargeback_missing", "wrong_state"),
    example={},
)
async def win_chargeback(call: Call) -> ChargebackOut:
    return await _said(call, "win")


@routes.op(
    "POST",
    "/v1/chargebacks/{id}/lose",
    action="chargeback.decide",
    body=OutcomeIn,
    out=ChargebackOut,
    summary="The bank decided for the payer, who keeps the money",
    tag="Chargebacks",
    refusals=("chargeback_missing", "wrong_state"),
    example={},
)
async def lose_chargeback(call: Call) -> ChargebackOut:
    return await _said(call, "lose")
