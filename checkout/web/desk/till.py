"""The till of a clinic: find whom to take money from; open, hand over, accept; cash in, cash out, storno.

Closing stands in `closing`, taking in `taking`. A form names the shift that it was shown for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import web

from checkout.catalogue.catalogue import Clinic
from checkout.ground.db import Tx
from checkout.ground.errors import Conflict, Invalid, Missing
from checkout.payment import orders, search
from checkout.till import begin, counts_store, move, store, storno
from checkout.till.begin import Cash
from checkout.till.count import FACES, Count
from checkout.till.till import KINDS, MISTAKES, PAID_IN, PAID_OUT, REASONS, REVERSIBLE, TENDERS, Reason
from checkout.web.desk.clinic import at_clinic
from checkout.web.desk.drawer import Drawer, drawer, hand_over_named, shift_named
from checkout.web.desk.typed import note, number, roubles
from checkout.web.desk.visit import Visit
from checkout.web.routes import Routes

routes = Routes()
TILL: Final = "/desk/till"
LONGEST: Final = 254  # of what is looked for


def till_of(clinic: Clinic) -> str:
    return f"{TILL}?{urlencode({'clinic': clinic.slug})}"


@routes.screen("GET", TILL, action="cash.read")
@at_clinic("cash.read")
async def till(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    """A code leads straight to taking; whatever else is looked for, among all bookings."""
    typed = visit.fields.get("find", "")[:LONGEST].strip()
    if typed:
        return visit.go(await visit.read(lambda tx: _found(tx, visit, typed)))
    return await _shown(visit, clinic)


async def _found(tx: Tx, visit: Visit, typed: str) -> str:
    code = search.code_in(typed)
    if code is not None and visit.principal.may("cash.take"):
        try:
            order, _ = await orders.by_code(tx, code)
        except Missing:
            pass
        else:
            if visit.principal.may("cash.take", order.clinic_id):
                return f"{TILL}/take/{order.code}"
    return f"/desk/orders?{urlencode({'q': typed})}"


async def _shown(visit: Visit, clinic: Clinic) -> web.Response:
    found = await visit.read(lambda tx: drawer(tx, visit, clinic))
    facts: dict[str, Any] = {
        "place": clinic,
        "zone": clinic.zone,
        "kinds": KINDS,
        "reasons": REASONS,
        "tenders": TENDERS,
    }
    if found is None:
        last = await visit.read(lambda tx: store.last_closed(tx, clinic.id))
        return visit.page("desk/till_closed.html", faces=FACES, last=last, **facts)
    return visit.page("desk/till.html", drawer=found, reversible=REVERSIBLE, **facts)


@at_clinic("cash.read")
async def _again(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    return await _shown(visit, clinic)


def cash(fields: Mapping[str, str]) -> Cash:
    """What was counted: pieces if any are named, else the total. Raises Invalid."""
    typed = {face: fields.get(f"face-{face}", "").strip() for face in FACES}
    if not any(typed.values()):
        total = fields.get("total", "").strip()
        return Cash(amount=roubles(total, "/total") if total else None)
    pieces = {face: number(text or "0") for face, text in typed.items()}
    if None in pieces.values():
        raise Invalid("pieces_unreadable", pointer="/pieces")
    return Cash(pieces={face: count for face, count in pieces.items() if count})


@routes.screen("POST", f"{TILL}/open", action="cash.shift", again=_again)
@at_clinic("cash.shift")
async def open_till(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    """Count blind. If it is what was left, the shift is open; else what differs is shown, and explained."""
    counted = cash(visit.fields)

    async def work(tx: Tx) -> str:
        await begin.refuse_open(tx, clinic.id)
        kept = await begin.count(tx, clinic.id, counted, principal=visit.principal.name)
        if kept.difference:
            return f"{TILL}/opening?{urlencode({'clinic': clinic.slug, 'count': kept.id})}"
        await begin.open_shift(tx, clinic.id, kept.id, principal=visit.principal.name)
        return till_of(clinic)

    return await visit.done(work)


@routes.screen("GET", f"{TILL}/opening", action="cash.shift")
@at_clinic("cash.shift")
async def opening(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    return await _opening(visit, clinic)


async def _opening(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    kept = await visit.read(lambda tx: newest(tx, clinic, visit.fields.get("count", "")))
    if kept is None or kept.shift_id is not None:
        return visit.go(till_of(clinic))
    return visit.page("desk/till_opening.html", place=clinic, zone=clinic.zone, count=kept)


async def newest(tx: Tx, clinic: Clinic, text: str) -> Count | None:
    """The count that a page is about, if nobody has counted since."""
    kept = await counts_store.newest(tx, clinic.id)
    return kept if kept is not None and kept.id == number(text) else None


@at_clinic("cash.shift")
async def _opening_again(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    return await _opening(visit, clinic)


@routes.screen("POST", f"{TILL}/opening", action="cash.shift", again=_opening_again)
@at_clinic("cash.shift")
async def open_explained(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    count, words = number(visit.fields.get("count", "")) or 0, note(visit.fields, "explanation")

    async def work(tx: Tx) -> str:
        await begin.open_shift(tx, clinic.id, count, explanation=words, principal=visit.principal.name)
        return till_of(clinic)

    return await visit.done(work)


async def _standing(visit: Visit, clinic: Clinic) -> Drawer:
    """Raises Conflict `shift_closed`."""
    found = await visit.read(lambda tx: drawer(tx, visit, clinic))
    if found is None:
        raise Conflict("shift_closed")
    return found


# --- cash in and out


@routes.screen("GET", f"{TILL}/move", action="cash.move")
@at_clinic("cash.move")
async def moving(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    return visit.page(
        "desk/till_move.html",
        place=clinic,
        zone=clinic.zone,
        drawer=await _standing(visit, clinic),
        into=visit.fields.get("direction") != "out",
        ways={"in": list(PAID_IN), "out": list(PAID_OUT)},
        reasons=REASONS,
    )


@routes.screen("POST", f"{TILL}/move", action="cash.move", again=moving)
@at_clinic("cash.move")
async def move_cash(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    amount, words = roubles(visit.fields.get("amount", ""), "/amount"), note(visit.fields)
    act = move.pay_out if visit.fields.get("direction") == "out" else move.pay_in
    reason, who = _reason(visit), visit.principal.name

    async def work(tx: Tx) -> str:
        shift = await shift_named(tx, clinic, visit.fields.get("shift", ""))
        await act(tx, shift.id, amount, reason, note=words, principal=who)
        return till_of(clinic)

    return await visit.done(work)


def _reason(visit: Visit) -> Reason:
    try:
        return Reason(visit.fields.get("reason", ""))
    except ValueError as reason:
        raise Invalid("reason_unfit", pointer="/reason") from reason


# --- storno


@routes.screen("GET", f"{TILL}/reverse/{{receipt}}", action="cash.reverse")
@at_clinic("cash.reverse")
async def reversing(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    receipt = number(visit.path["receipt"]) or 0
    entry = await visit.read(lambda tx: store.by_receipt(tx, clinic.id, receipt))
    facts: dict[str, Any] = {"kinds": KINDS, "tenders": TENDERS, "reasons": REASONS, "mistakes": MISTAKES}
    return visit.page("desk/till_reverse.html", place=clinic, zone=clinic.zone, entry=entry, **facts)


@routes.screen("POST", f"{TILL}/reverse/{{receipt}}", action="cash.reverse", again=reversing)
@at_clinic("cash.reverse")
async def reverse(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    receipt, words = number(visit.path["receipt"]) or 0, note(visit.fields)
    reason, who = _reason(visit), visit.principal.name

    async def work(tx: Tx) -> str:
        entry = await store.by_receipt(tx, clinic.id, receipt)
        undone = await storno.reverse(tx, visit.service, entry.shift_id, receipt, reason, note=words, principal=who)
        return f"{TILL}/slip/{undone.receipt_no}?{urlencode({'clinic': clinic.slug})}"

    return await visit.done(work)


# --- takings for the safe


@routes.screen("GET", f"{TILL}/hand-over", action=("cash.move", "cash.accept"))
@at_clinic("cash.read")
async def handing_over(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    found = await _standing(visit, clinic)
    return visit.page("desk/till_hand_over.html", place=clinic, zone=clinic.zone, drawer=found)


@routes.screen("POST", f"{TILL}/hand-over", action="cash.move", again=handing_over)
@at_clinic("cash.move")
async def hand_over(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    amount = roubles(visit.fields.get("amount", ""), "/amount")

    async def work(tx: Tx) -> str:
        shift = await shift_named(tx, clinic, visit.fields.get("shift", ""))
        await move.give(tx, shift.id, amount, principal=visit.principal.name)
        return till_of(clinic)

    return await visit.done(work)


@routes.screen("POST", f"{TILL}/accept", action="cash.accept", again=handing_over)
@at_clinic("cash.accept")
async def accept(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    async def work(tx: Tx) -> str:
        found = await hand_over_named(tx, clinic, visit.fields.get("given", ""))
        await move.accept(tx, found.id, principal=visit.principal.name)
        return till_of(clinic)

    return await visit.done(work)


@routes.screen("POST", f"{TILL}/withdraw", action=("cash.move", "cash.accept"), again=handing_over)
@at_clinic("cash.read")
async def withdraw(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    async def work(tx: Tx) -> str:
        if not any(visit.principal.may(right, clinic.id) for right in ("cash.move", "cash.accept")):
            raise Missing("hand_over_missing")
        found = await hand_over_named(tx, clinic, visit.fields.get("given", ""))
        await move.withdraw(tx, found.id, principal=visit.principal.name)
        return till_of(clinic)

    return await visit.done(work)
