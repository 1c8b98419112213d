"""The till's drawer over the API: cash in and out, storno, fiscal receipts, takings handed over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from checkout.ground.db import Tx
from checkout.till import fiscal, move, store, storno
from checkout.till.counts_store import HandOver
from checkout.till.store import Entered
from checkout.till.till import Reason
from checkout.web.api import till_models as models
from checkout.web.api.models import MoneyOut
from checkout.web.api.till_found import HAND_OVER, SEALED, hand_over_of, shift_of
from checkout.web.routes import Call, Routes

routes = Routes()


@routes.op(
    "POST",
    "/v1/shifts/{id}/movements",
    action="cash.move",
    body=models.MovementIn,
    out=models.EnteredOut,
    status=201,
    summary="Cash into the drawer or out of it that neither pays nor refunds a visit",
    tag="Till",
    tells=True,
    refusals=(*SEALED, "shift_too_old", "reason_unfit", "note_needed", "drawer_short"),
    example={"direction": "in", "amount": {"amount": 200000, "currency": "RUB"}, "reason": "change"},
)
async def move_cash(call: Call) -> models.EnteredOut:
    body: models.MovementIn = call.body
    act = move.pay_in if body.direction == "in" else move.pay_out

    async def work(tx: Tx) -> models.EnteredOut:
        shift, who = await shift_of(tx, call), call.principal.name
        reason = Reason(body.reason)
        return _entered(await act(tx, shift.id, body.amount.money(), reason, note=body.note, principal=who))

    return await call.once(work)


@routes.op(
    "POST",
    "/v1/shifts/{id}/reversals",
    action="cash.reverse",
    body=models.ReverseIn,
    out=models.EnteredOut,
    status=201,
    summary="Reverse an entry of this shift that was a mistake; the order then owes again",
    tag="Till",
    tells=True,
    refusals=(
        *SEALED,
        "entry_missing",
        "not_reversible",
        "reversed_already",
        "money_promised",
        "drawer_short",
    ),
    example={"receipt_no": 17, "reason": "wrong_order"},
)
async def reverse_entry(call: Call) -> models.EnteredOut:
    body: models.ReverseIn = call.body

    async def work(tx: Tx) -> models.EnteredOut:
        shift, who = await shift_of(tx, call), call.principal.name
        reason = Reason(body.reason)
        undone = await storno.reverse(
            tx, call.service, shift.id, body.receipt_no, reason, note=body.note, principal=who
        )
        return _entered(undone)

    return await call.once(work)


@routes.op(
    "POST",
    "/v1/shifts/{id}/fiscal-receipts",
    action="cash.take",
    body=models.FiscalIn,
    out=models.EnteredOut,
    status=201,
    summary="Note which fiscal receipt belongs to an entry of this shift, or correct it: also once the shift is closed",
    tag="Till",
    tells=True,
    refusals=("shift_missing", "entry_missing", "not_fiscal", "fiscal_noted"),
    example={"receipt_no": 17, "number": "145"},
)
async def note_fiscal(call: Call) -> models.EnteredOut:
    body: models.FiscalIn = call.body

    async def work(tx: Tx) -> models.EnteredOut:
        shift, who = await shift_of(tx, call), call.principal.name
        entry = await store.read_entry(tx, shift.id, body.receipt_no)
        await fiscal.note(tx, entry, body.number, principal=who, instead_of=body.instead_of)
        return models.EnteredOut(receipt_no=entry.receipt_no)

    return await call.once(work)


def _entered(entered: Entered) -> models.EnteredOut:
    return models.EnteredOut(receipt_no=entered.receipt_no)


@routes.op(
    "POST",
    "/v1/shifts/{id}/hand-overs",
    action="cash.move",
    body=models.HandOverIn,
    out=models.HandOverOut,
    status=201,
    summary="Give takings to somebody, who must accept them before they leave the drawer's books",
    tag="Till",
    tells=True,
    refusals=(*SEALED, "drawer_short", "hand_over_pending"),
    example={"amount": {"amount": 2000000, "currency": "RUB"}},
)
async def give_takings(call: Call) -> models.HandOverOut:
    body: models.HandOverIn = call.body

    async def work(tx: Tx) -> models.HandOverOut:
        shift = await shift_of(tx, call)
        return _given(await move.give(tx, shift.id, body.amount.money(), principal=call.principal.name))

    return await call.once(work)


@routes.op(
    "POST",
    "/v1/hand-overs/{id}/accept",
    action="cash.accept",
    body=models.SettleIn,
    out=models.HandOverOut,
    summary="Accept takings that somebody else gave",
    tag="Till",
    tells=True,
    refusals=(HAND_OVER, "own_hand_over", "hand_over_settled"),
    example={},
)
async def accept_takings(call: Call) -> models.HandOverOut:
    return await _settled(call, move.accept)


@routes.op(
    "POST",
    "/v1/hand-overs/{id}/withdraw",
    action=("cash.move", "cash.accept"),
    body=models.SettleIn,
    out=models.HandOverOut,
    summary="Leave the takings in the drawer after all: taken back, or not accepted",
    tag="Till",
    tells=True,
    refusals=(HAND_OVER, "hand_over_settled"),
    example={},
)
async def withdraw_takings(call: Call) -> models.HandOverOut:
    return await _settled(call, move.withdraw)


async def _settled(call: Call, settle: Callable[..., Awaitable[HandOver]]) -> models.HandOverOut:
    async def work(tx: Tx) -> models.HandOverOut:
        found = await hand_over_of(tx, call)
        return _given(await settle(tx, found.id, principal=call.principal.name))

    return await call.once(work)


def _given(found: HandOver) -> models.HandOverOut:
    return models.HandOverOut.model_validate(
        {
            "id": str(found.id),
            "shift": str(found.shift_id),
            "amount": MoneyOut.of(found.amount),
            "status": found.state,
            "given_by": found.given_by,
            "settled_by": found.settled_by,
        }
    )
