"""The queue on a screen: by who must act, filtered; what is asked for stands in the address and can be kept by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from checkout.catalogue import store as catalogue
from checkout.catalogue.catalogue import Clinic
from checkout.ground.db import Tx
from checkout.ground.errors import Invalid
from checkout.ground.ids import RefundId
from checkout.people import staff_store, views
from checkout.people import store as keys
from checkout.people.views import View
from checkout.privacy import store as persons
from checkout.privacy.person import masked
from checkout.web.desk.names import names
from checkout.web.desk.visit import Visit
from checkout.web.routes import Routes
from refunds import queue, typed
from refunds.desk.chips import FILTERS, Known, address, chips
from refunds.desk.places import QUEUE
from refunds.desk_part import DESK_WORDS, MARKS
from refunds.queue import Filter, Queued, Tab
from refunds.refund import State

routes = Routes()


KEPT: Final = ("tab", *FILTERS)  # of the address, from page to page


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of the queue with the names that belong to it."""

    row: Queued
    payer: str | None
    asked_by: str
    decided_by: str | None
    tickable: bool
    own: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything that one page of the queue shows."""

    rows: Sequence[Listed]
    counts: Mapping[Tab, int]
    clinics: Sequence[Clinic]
    askers: Mapping[str, str]
    deciders: Mapping[str, str]
    views: Sequence[View]


@routes.screen("GET", QUEUE, action="refund.read")
async def listed(visit: Visit) -> web.StreamResponse:
    """With a filter that cannot be meant: the form with what was typed, and nothing under it."""
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
    shown = await visit.read(lambda tx: _shown(tx, visit, tab, wanted, after))
    kept = {name: value for name in KEPT if (value := visit.fields.get(name))}
    places = {one.slug: one.name.of(visit.language) for one in shown.clinics}
    known = Known(places, shown.askers, shown.deciders, visit.language)
    more = shown.rows[queue.PAGE - 1].row.refund.id if len(shown.rows) > queue.PAGE else None
    return visit.page(
        "desk/refunds.html",
        tab=tab,
        tabs=[(one, address(kept | {"tab": one}), shown.counts.get(one)) for one in Tab],
        rows=shown.rows[: queue.PAGE],
        empty=wanted is not None and wanted.empty and after is None,
        filtering=wanted is None or not wanted.empty,
        chips=chips(kept, known),
        asked=visit.fields,
        states=queue.STATES[tab],
        methods=typed.METHODS,
        clinics=shown.clinics,
        people=(("asked_by", shown.askers), ("decided_by", shown.deciders)),
        views=shown.views,
        query=urlencode(kept) if wanted is not None and not wanted.empty else None,
        next=address(kept | {"after": str(more)}) if more else None,
        start=address(kept) if after else None,
        words=DESK_WORDS,
        marks=MARKS,
        counted=queue.COUNTED,
        window_days=visit.service.config.limits.return_window_days,
    )


async def _shown(tx: Tx, visit: Visit, tab: Tab, wanted: Filter | None, after: RefundId | None) -> Shown:
    clinics = visit.principal.where("refund.read")
    found = [] if wanted is None else await queue.page(tx, tab, wanted, clinics, after=after)
    return Shown(
        rows=await _with_names(tx, visit, found),
        counts=await queue.counts(tx, clinics),
        clinics=[one for one in await catalogue.clinics(tx) if clinics is None or one.id in clinics],
        askers=await _people(tx, visit, "refund.request", visit.fields.get("asked_by")),
        deciders=await _people(tx, visit, "refund.decide", visit.fields.get("decided_by")),
        views=await views.of(tx, visit.session.staff.id, QUEUE),
    )


async def _people(tx: Tx, visit: Visit, action: str, chosen: str | None) -> dict[str, str]:
    """Who may have done it, by name: whoever may at the visitor's clinics, and who is looked for now."""
    clinics = visit.principal.where("refund.read")
    able = {one.principal for one in await staff_store.able(tx, action, clinics)} | set(
        await keys.able(tx, action, clinics)
    )
    known = await names(tx, visit.service.vault, able | ({chosen} if chosen else set()), visit.language)
    return dict(sorted(known.items(), key=lambda one: one[1].casefold()))


async def _with_names(tx: Tx, visit: Visit, found: Sequence[Queued]) -> list[Listed]:
    people = {one.refund.requested_by for one in found} | {one.refund.decided_by for one in found}
    known = await names(tx, visit.service.vault, {name for name in people if name}, visit.language)
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
                decided_by=known[one.refund.decided_by] if one.refund.decided_by else None,
                tickable=waits and not own and visit.principal.may("refund.decide", one.clinic_id),
                own=own and one.refund.state is State.REQUESTED,
            )
        )
    return rows
