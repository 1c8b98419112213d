"""The till over the API: count, open, report, close. What moves in between: `drawer`. Taking for an order: `payments`."""

from __future__ import annotations

from collections.abc import Mapping

from checkout.ground.db import Tx, in_transaction, now
from checkout.ground.errors import Invalid, Missing
from checkout.till import begin, close, store
from checkout.till.begin import Cash
from checkout.till.close import Closing
from checkout.till.count import Count
from checkout.till.report import Report, Sum, report
from checkout.till.till import Reason, Shift, Tender
from checkout.web.api import till_models as models
from checkout.web.api.models import MoneyOut
from checkout.web.api.till_found import SEALED, SHIFT, clinic_of, shift_of
from checkout.web.routes import Call, Routes
from gateways.money import Money

routes = Routes()


@routes.op(
    "POST",
    "/v1/clinics/{slug}/counts",
    action="cash.shift",
    body=models.CountIn,
    out=models.CountOut,
    status=201,
    summary="Count the clinic's drawer, blind: what the books say is in the answer",
    tag="Till",
    tells=True,
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
    tells=True,
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
        return await _report(tx, await shift_of(tx, call))

    return await in_transaction(call.service.engine, work)


@routes.op(
    "POST",
    "/v1/shifts/{id}/close",
    action="cash.shift",
    body=models.CloseIn,
    out=models.ClosingOut,
    summary="Close the shift by its newest count; a large difference then waits for another person",
    tag="Till",
    tells=True,
    refusals=(*SEALED, "count_outdated", "hand_over_pending", "explanation_needed"),
    example={"count": 2, "explanation": "Change was given twice"},
)
async def close_shift(call: Call) -> models.ClosingOut:
    body: models.CloseIn = call.body

    async def work(tx: Tx) -> models.ClosingOut:
        shift, who = await shift_of(tx, call), call.principal.name
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
    tells=True,
    refusals=(*SEALED, "count_outdated", "hand_over_pending", "explanation_needed", "own_count"),
    example={"count": 2},
)
async def confirm_shift(call: Call) -> models.ClosingOut:
    body: models.ConfirmIn = call.body

    async def work(tx: Tx) -> models.ClosingOut:
        shift, who = await shift_of(tx, call), call.principal.name
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
