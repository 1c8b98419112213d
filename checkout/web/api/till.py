"""The till over the API: count, open, move, reverse, hand over, report, close. Taking for an order: `payments`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeVar

from checkout.catalogue import store as catalogue
from checkout.ground.db import Tx, in_transaction, now
from checkout.ground.errors import Invalid, Missing
from checkout.ground.ids import HandOverId, ShiftId
from checkout.people.access import Principal
from checkout.till import begin, close, counts_store, fiscal, move, store, storno
from checkout.till.begin import Cash
from checkout.till.close import Closing
from checkout.till.count import Count
from checkout.till.counts_store import HandOver
from checkout.till.report import Report, Sum, report
from checkout.till.store import Entered
from checkout.till.till import Reason, Shift, Tender
from checkout.web.api import till_models as models
from checkout.web.api.models import MoneyOut
from checkout.web.named import named
from checkout.web.routes import Call, Routes
from gateways.money import Money

routes = Routes()
Placed = TypeVar("Placed", Shift, HandOver)
SHIFT: Final = "shift_missing"
HAND_OVER: Final = "hand_over_missing"
SEALED: Final = (SHIFT, "shift_closed_already")


async def clinic_of(tx: Tx, call: Call) -> int:
    """The clinic that a path names; another's does not exist. Raises Missing."""
    found = await catalogue.clinic(tx, call.path["slug"])
    if found is None or not _sees(call.principal, found.id):
        raise Missing("clinic_unknown")
    return found.id


def _sees(principal: Principal, clinic_id: int) -> bool:
    return principal.clinics is None or clinic_id in principal.clinics


async def _shift(tx: Tx, call: Call) -> Shift:
    """The shift that a path names; another clinic's does not exist. Raises Missing."""
    return _ours(call, await store.read(tx, named(ShiftId, call.path["id"], SHIFT)), SHIFT)


async def _hand_over(tx: Tx, call: Call) -> HandOver:
    return _ours(call, await counts_store.hand_over(tx, named(HandOverId, call.path["id"], HAND_OVER)), HAND_OVER)


def _ours(call: Call, found: Placed, code: str) -> Placed:
    """What is at a clinic that the caller sees. Raises Missing with this code."""
    if not _sees(call.principal, found.clinic_id):
        raise Missing(code)
    return found


@routes.op(
    "POST",
    "/v1/clinics/{slug}/counts",
    action="cash.shift",
    body=models.CountIn,
    out=models.CountOut,
    status=201,
    summary="Count the clinic's drawer, blind: what the books say is in the answer",
    tag="Till",
    refusals=("clinic_unknown", "count_needed", "denomination_unknown"),
    example={"pieces": [{"face": 100000, "number": 4}, {"face": 10000, "number": 10}]},
)
async def count_drawer(call: Call) -> models.CountOut:
    body: models.CountIn = call.body
    cash = Cash(_pieces(body), Money(body.total.amount, body.total.currency) if body.total else None)

    async def work(tx: Tx) -> models.CountOut:
        return _count(await begin.count(tx, await clinic_of(tx, call), cash, principal=call.principal.name))

    return await call.once(work)


def _pieces(body: models.CountIn) -> Mapping[int, int] | None:
    if body.pieces is None:
        return None
    pieces = {piece.face: piece.number for piece in body.pieces}
    if len(pieces) != len(body.pieces):
        raise Invalid("denomination_repeated", pointer="/pieces")
    return pieces


def _count(count: Count) -> models.CountOut:
    return models.CountOut(
        count=count.id,
        shift=str(count.shift_id) if count.shift_id else None,
        counted=MoneyOut.of(count.counted),
        expected=MoneyOut.of(count.expected) if count.expected is not None else None,
        difference=MoneyOut.of(count.difference) if count.expected is not None else None,
    )


@routes.op(
    "POST",
    "/v1/clinics/{slug}/shifts",
    action="cash.shift",
    body=models.OpenIn,
    out=models.ReportOut,
    status=201,
    summary="Open the clinic's shift with the float that was counted",
    tag="Till",
    refusals=("clinic_unknown", "shift_open", "count_outdated", "explanation_needed"),
    example={"count": 1},
)
async def open_shift(call: Call) -> models.ReportOut:
    body: models.OpenIn = call.body

    async def work(tx: Tx) -> models.ReportOut:
        clinic_id, who = await clinic_of(tx, call), call.principal.name
        shift = await begin.open_shift(tx, clinic_id, body.count, explanation=body.explanation, principal=who)
        return await _report(tx, shift)

    return await call.once(work)


@routes.op(
    "GET",
    "/v1/clinics/{slug}/shift",
    action="cash.read",
    out=models.ReportOut,
    summary="The X report of the clinic's open shift",
    tag="Till",
    refusals=("clinic_unknown", SHIFT),
)
async def read_open_shift(call: Call) -> models.ReportOut:
    async def work(tx: Tx) -> models.ReportOut:
        shift = await store.open_of(tx, await clinic_of(tx, call))
        if shift is None:
            raise Missing(SHIFT)
        return await _report(tx, shift)

    return await in_transaction(call.service.engine, work)


@routes.op(
    "GET",
    "/v1/shifts/{id}",
    action="cash.read",
    out=models.ReportOut,
    summary="The report of a shift: X while it is open, Z once it is closed",
    tag="Till",
    refusals=(SHIFT,),
)
async def read_shift(call: Call) -> models.ReportOut:
    async def work(tx: Tx) -> models.ReportOut:
        return await _report(tx, await _shift(tx, call))

    return await in_transaction(call.service.engine, work)


@routes.op(
    "POST",
    "/v1/shifts/{id}/movements",
    action="cash.move",
    body=models.MovementIn,
    out=models.EnteredOut,
    status=201,
    summary="Cash into the drawer or out of it that neither pays nor refunds a visit",
    tag="Till",
    refusals=(*SEALED, "shift_too_old", "reason_unfit", "note_needed", "drawer_short"),
    example={"direction": "in", "amount": {"amount": 200000, "currency": "RUB"}, "reason": "change"},
)
async def move_cash(call: Call) -> models.EnteredOut:
    body: models.MovementIn = call.body
    act = move.pay_in if body.direction == "in" else move.pay_out

    async def work(tx: Tx) -> models.EnteredOut:
        shift, who = await _shift(tx, call), call.principal.name
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
        shift, who = await _shift(tx, call), call.principal.name
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
    refusals=("shift_missing", "entry_missing", "not_fiscal", "fiscal_noted"),
    example={"receipt_no": 17, "number": "145"},
)
async def note_fiscal(call: Call) -> models.EnteredOut:
    body: models.FiscalIn = call.body

    async def work(tx: Tx) -> models.EnteredOut:
        shift, who = await _shift(tx, call), call.principal.name
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
    refusals=(*SEALED, "drawer_short", "hand_over_pending"),
    example={"amount": {"amount": 2000000, "currency": "RUB"}},
)
async def give_takings(call: Call) -> models.HandOverOut:
    body: models.HandOverIn = call.body

    async def work(tx: Tx) -> models.HandOverOut:
        shift = await _shift(tx, call)
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
    refusals=(HAND_OVER, "hand_over_settled"),
    example={},
)
async def withdraw_takings(call: Call) -> models.HandOverOut:
    return await _settled(call, move.withdraw)


async def _settled(call: Call, settle: Callable[..., Awaitable[HandOver]]) -> models.HandOverOut:
    async def work(tx: Tx) -> models.HandOverOut:
        found = await _hand_over(tx, call)
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


@routes.op(
    "POST",
    "/v1/shifts/{id}/close",
    action="cash.shift",
    body=models.CloseIn,
    out=models.ClosingOut,
    summary="Close the shift by its newest count; a large difference then waits for another person",
    tag="Till",
    refusals=(*SEALED, "count_outdated", "hand_over_pending", "explanation_needed"),
    example={"count": 2, "explanation": "Change was given twice"},
)
async def close_shift(call: Call) -> models.ClosingOut:
    body: models.CloseIn = call.body

    async def work(tx: Tx) -> models.ClosingOut:
        shift, who = await _shift(tx, call), call.principal.name
        return await _closing(
            tx,
            await close.close(tx, call.service, shift.id, body.count, explanation=body.explanation, principal=who),
        )

    return await call.once(work)


@routes.op(
    "POST",
    "/v1/shifts/{id}/confirm",
    action="cash.confirm",
    body=models.ConfirmIn,
    out=models.ClosingOut,
    summary="Confirm a large difference that somebody else counted and explained: the shift is closed",
    tag="Till",
    refusals=(*SEALED, "count_outdated", "hand_over_pending", "explanation_needed", "own_count"),
    example={"count": 2},
)
async def confirm_shift(call: Call) -> models.ClosingOut:
    body: models.ConfirmIn = call.body

    async def work(tx: Tx) -> models.ClosingOut:
        shift, who = await _shift(tx, call), call.principal.name
        return await _closing(tx, await close.confirm(tx, call.service, shift.id, body.count, principal=who))

    return await call.once(work)


async def _closing(tx: Tx, closing: Closing) -> models.ClosingOut:
    return models.ClosingOut(waits=closing.waits, report=await _report(tx, closing.shift))


async def _report(tx: Tx, shift: Shift) -> models.ReportOut:
    moment = await now(tx)
    found = report(shift, await store.entries(tx, shift.id))
    return models.ReportOut(
        shift=str(shift.id),
        opened_by=shift.opened_by,
        opened_at=shift.opened_at,
        age=shift.age(shift.closed_at or moment).value,
        float=MoneyOut.of(shift.float_amount),
        float_difference=MoneyOut.of(found.over),
        takings=_sums(found.takings),
        refunds=_sums(found.refunds),
        reversed_takings=_sums(found.reversed_in),
        reversed_payouts=_sums(found.reversed_out),
        paid_in=_sums(found.paid_in),
        paid_out=_sums(found.paid_out),
        handed_over=MoneyOut.of(found.handed_over.amount),
        drawer=MoneyOut.of(found.drawer),
        entries=found.number,
        first_receipt=found.first,
        last_receipt=found.last,
        fiscal_receipts=found.fiscal,
        **_closed(shift, found),
    )


def _closed(shift: Shift, found: Report) -> dict[str, object]:
    return {
        "closed_at": shift.closed_at,
        "closed_by": shift.closed_by,
        "counted_by": shift.counted_by,
        "counted": MoneyOut.of(shift.counted) if shift.counted is not None else None,
        "difference": MoneyOut.of(found.difference) if found.difference is not None else None,
        "explanation": shift.explanation,
        "z_no": shift.z_no,
    }


def _sums(sums: Mapping[Tender, Sum] | Mapping[Reason, Sum]) -> list[models.SumOut]:
    return [
        models.SumOut(of=name.value, number=found.number, amount=MoneyOut.of(found.amount))
        for name, found in sums.items()
    ]
