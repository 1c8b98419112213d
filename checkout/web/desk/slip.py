"""What is printed at the till: slips, on three widths of paper, and the reports of a shift. None is a fiscal document."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from checkout.catalogue.catalogue import Clinic
from checkout.ground.db import Tx
from checkout.ground.errors import Invalid
from checkout.till import store
from checkout.till.fiscal import note_of, of_entry, readable
from checkout.till.print_slip import look, print_slip
from checkout.till.report import report
from checkout.till.till import KINDS, PRINTED, REASONS, TENDERS
from checkout.web.desk.clinic import at_clinic
from checkout.web.desk.drawer import codes, shift_named
from checkout.web.desk.names import names
from checkout.web.desk.till import TILL
from checkout.web.desk.typed import number
from checkout.web.desk.visit import Visit
from checkout.web.routes import Routes

routes = Routes()
PAPERS: Final = ("58", "80", "a4")


@routes.screen("GET", f"{TILL}/slip/{{receipt}}", action="cash.read")
@at_clinic("cash.read")
async def shown(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    """The newest print once more; a slip that was never printed cannot be printed from here without being counted."""
    receipt, paper = number(visit.path["receipt"]) or 0, visit.fields.get("paper", "")

    async def work(tx: Tx) -> web.Response:
        found, printed = await look(tx, visit.service, clinic.id, receipt)
        entry = await store.by_receipt(tx, clinic.id, receipt)
        notes = await of_entry(tx, entry.id)
        known = await names(tx, visit.service.vault, [found.clerk, *(one.principal for one in notes)], visit.language)
        return visit.page(
            "desk/slip.html",
            place=clinic,
            zone=clinic.zone,
            slip=found,
            clerk=known[found.clerk],
            notes=notes,
            people=known,
            printable=PRINTED,
            printed=printed,
            at_once=visit.fields.get("print") == "now",
            paper=paper if paper in PAPERS else PAPERS[1],
            papers=PAPERS,
            kinds=KINDS,
            tenders=TENDERS,
            reasons=REASONS,
        )

    return await visit.read(work)


@routes.screen("POST", f"{TILL}/slip/{{receipt}}", action="cash.take", again=shown)
@at_clinic("cash.take")
async def print_(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    """Every print is counted; each after the first is a copy, and says so."""
    receipt, paper = number(visit.path["receipt"]) or 0, visit.fields.get("paper", PAPERS[1])

    async def work(tx: Tx) -> str:
        entry = await store.by_receipt(tx, clinic.id, receipt)
        await print_slip(tx, visit.service, entry.shift_id, receipt, principal=visit.principal.name)
        query = urlencode({"clinic": clinic.slug, "paper": paper, "print": "now"})
        return f"{TILL}/slip/{receipt}?{query}"

    return await visit.done(work)


@routes.screen("POST", f"{TILL}/slip/{{receipt}}/fiscal", action="cash.take", again=shown)
@at_clinic("cash.take")
async def note_fiscal(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    """The number of the fiscal printer's receipt; the form says which number it was shown, if any."""
    receipt, number_ = number(visit.path["receipt"]) or 0, readable(visit.fields.get("fiscal"))
    if number_ is None:
        raise Invalid("fiscal_unreadable", pointer="/fiscal")

    async def work(tx: Tx) -> str:
        was = visit.fields.get("was") or None
        await note_of(tx, clinic.id, receipt, number_, principal=visit.principal.name, was=was)
        return f"{TILL}/slip/{receipt}?{urlencode({'clinic': clinic.slug})}"

    return await visit.done(work)


@routes.screen("GET", f"{TILL}/report/{{shift}}", action="cash.read")
@at_clinic("cash.read")
async def reported(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    """X while the shift is open, Z once it is closed."""

    async def work(tx: Tx) -> web.Response:
        shift = await shift_named(tx, clinic, visit.path["shift"])
        entries = await store.entries(tx, shift.id)
        people = {shift.opened_by, shift.closed_by, shift.counted_by, *(entry.principal for entry in entries)} - {None}
        return visit.page(
            "desk/report.html",
            place=clinic,
            zone=clinic.zone,
            legal=visit.service.config.merchant(clinic.merchant).legal,
            shift=shift,
            report=report(shift, entries),
            entries=entries,
            codes=await codes(tx, entries),
            names=await names(tx, visit.service.vault, [one for one in people if one], visit.language),
            kinds=KINDS,
            tenders=TENDERS,
            reasons=REASONS,
        )

    return await visit.read(work)
