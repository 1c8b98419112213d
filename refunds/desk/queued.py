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
    askers = await _able(tx, "refund.request", clinics) | _chosen(visit, "asked_by")
    deciders = (
        askers | await _able(tx, "refund.decide", clinics) | _chosen(visit, "decided_by")
    )  # who asks may take it back
    concerned = {name for one in found for name in (one.refund.requested_by, one.refund.decided_by) if name}
    known = await names(tx, visit.service.vault, deciders | concerned, visit.language)
    return Shown(
        rows=await _with_names(tx, visit, found, known),
        counts=await queue.counts(tx, clinics),
        clinics=[one for one in await catalogue.clinics(tx) if clinics is None or one.id in clinics],
        askers=_by_name(askers, known),
        deciders=_by_name(deciders, known),
        views=await views.of(tx, visit.session.staff.id, QUEUE),
    )


async def _able(tx: Tx, action: str, clinics: frozenset[int] | None) -> set[str]:
    """Colleagues and programs that may do it at these clinics, as principals."""
    staff = {one.principal for one in await staff_store.able(tx, action, clinics)}
    return staff | set(await keys.able(tx, action, clinics))


def _chosen(visit: Visit, field: str) -> set[str]:
    """Who is looked for stays among the choices, whoever that is."""
    return {visit.fields[field]} if visit.fields.get(field) else set()


def _by_name(principals: set[str], known: Mapping[str, str]) -> dict[str, str]:
    return {one: known[one] for one in sorted(principals, key=lambda one: known[one].casefold())}


async def _with_names(tx: Tx, visit: Visit, found: Sequence[Queued], known: Mapping[str, str]) -> list[Listed]:
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
