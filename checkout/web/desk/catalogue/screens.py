"""The forms of the catalogue: fill in, look at what would come of it, save. One entry a form, one way for all kinds of them.

What belongs to a clinic is changed by whoever may do so there; services are everybody's, so only by whoever may everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from checkout.booking import strays
from checkout.catalogue import edit, history_store
from checkout.catalogue.changes import Key, Plan, dump, entries
from checkout.catalogue.history_store import Told
from checkout.ground import dates
from checkout.ground.db import Tx
from checkout.ground.errors import Invalid
from checkout.web.desk.catalogue import fields as read
from checkout.web.desk.catalogue import hours, opening, preview, said, service
from checkout.web.desk.catalogue.clinic import ZONES
from checkout.web.desk.catalogue.fields import CONFIRM, PRESS, SEEN, YES
from checkout.web.desk.catalogue.opening import CATALOGUE, WRITE
from checkout.web.desk.catalogue.said import Line, Names
from checkout.web.desk.names import names
from checkout.web.desk.visit import Visit
from checkout.web.routes import Routes

routes = Routes()
LAST: Final = 10  # changes that are shown below a form
# What the audit, which is never erased, does not repeat of somebody who works here.
_NAMES: Final = {"resource": ("name", "name_en")}


async def _page(visit: Visit, kind: str) -> web.Response:
    async def work(tx: Tx) -> web.Response:
        found = await opening.opened(tx, visit, kind)
        filled = await opening.filled(tx, visit, found)
        known = opening.names_of(visit, found.found)
        last = [] if found.new else await history_store.recent(tx, found.key, limit=LAST)
        who = await names(tx, visit.service.vault, [one.principal for one in (*last, *filled.others)], visit.language)
        return visit.page(
            f"desk/catalogue_{kind}.html",
            zone=found.zone,
            form=found.form,
            new=found.new,
            off=found.off,
            values=filled.values,
            seen=filled.seen,
            others=[_worded(one, known, who) for one in filled.others],
            last=[_worded(one, known, who) for one in last],
            saved=visit.refusal is None and visit.fields.get("saved") == YES,
            prices=await edit.past_prices(tx, found.key[-1]) if kind == "service" and not found.new else [],
            price_id=service.price_id,
            days=hours.rows(getattr(found.form.before, "exceptions", ()), visit.language),
            new_rows=hours.NEW,
            words_of=lambda stretch: preview.week(stretch, known),
            zones=[(zone, dates.place(found.found.moment, zone, visit.language)) for zone in ZONES],
            merchants=known.merchants,
        )

    return await visit.read(work)


def _worded(one: Told, known: Names, who: Mapping[str, str]) -> tuple[Told, str, tuple[str, list[Line]]]:
    return one, who[one.principal], said.told(one, known)


async def _sent(visit: Visit, kind: str) -> web.StreamResponse:
    """What was pressed: look at it first, go back to it, or save it."""
    pressed = visit.fields.get(PRESS, "check")
    if pressed == "edit":
        return await _page(visit, kind)
    if pressed != "save":
        return await _check(visit, kind)
    try:
        return await _save(visit, kind)
    except Invalid as refusal:
        if refusal.pointer != f"/{CONFIRM}":
            raise
        return await _check(visit.refused(refusal), kind)


async def _check(visit: Visit, kind: str) -> web.Response:
    """What would come of it; nothing is changed yet."""

    async def work(tx: Tx) -> web.Response:
        await opening.theirs(tx, visit, kind)
        wish = opening.wish_of(visit, kind)
        found, planned = await edit.preview(tx, wish)
        known = opening.names_of(visit, found)
        after = dict(entries(planned.wanted))[wish.key]
        seen = preview.Seen(kind, wish, found, planned, after)
        left = await preview.left_outside(tx, seen)
        return visit.page(
            "desk/catalogue_check.html",
            zone=preview.zone(seen),
            kind=kind,
            after=after,
            headings=said.headings(planned.changes, known),
            lines=[line for change in planned.changes for line in said.lines(change.details, known)],
            off=wish.off,
            to_confirm=_closes(planned, wish.key),
            carried={**read.clean(visit.fields), SEEN: visit.fields.get(SEEN, "")},
            strays=[(one, dates.local(one.starts_at, preview.zone(seen))) for one in left[: preview.MOST]],
            strays_more=max(len(left) - preview.MOST, 0),
            place=visit.path.get("clinic") or wish.key[-1],
            prices=preview.prices(after) if kind == "service" else [],
            touched=await strays.of_service(tx, wish.key[-1]) if kind == "service" else 0,
            days=preview.days(seen, read.clean(visit.fields)) if kind != "service" else [],
        )

    return await visit.read(work)


def _closes(planned: Plan, key: Key) -> bool:
    """Whether a whole clinic is switched off."""
    return key[0] == "clinic" and any(change.sign == "-" for change in planned.changes)


async def _save(visit: Visit, kind: str) -> web.Response:
    told: dict[str, Any] = {}
    wish = opening.wish_of(visit, kind)

    async def work(tx: Tx) -> str:
        await opening.theirs(tx, visit, kind)
        planned = await edit.change(tx, wish, principal=visit.principal.name)
        if _closes(planned, wish.key):
            _confirmed(visit, planned, wish.key)
        told.update(_audited(planned))
        return f"{opening.address(wish.key)}?saved={YES}"

    return await visit.change("catalogue.change", "/".join(wish.key), work, told=told)


def _confirmed(visit: Visit, planned: Plan, key: Key) -> None:
    """A clinic is switched off by whoever types its name. Raises Invalid, which undoes it."""
    name = dict(entries(planned.wanted))[key].name
    typed = " ".join(visit.fields.get(CONFIRM, "").split()).casefold()
    if typed not in (name.ru.casefold(), name.en.casefold()):
        raise Invalid("name_not_typed", pointer=f"/{CONFIRM}")


def _audited(planned: Plan) -> dict[str, Any]:
    """Every change with what was and what is; of a new entry all of it."""
    after = dict(entries(planned.wanted))
    found: dict[str, Any] = {}
    for change in planned.changes:
        values = {one.name: [one.old, one.new] for one in change.details}
        if change.sign == "+":
            values = {name: [None, value] for name, value in dump(after[change.key]).items()}
        unsaid = _NAMES.get(change.key[0], ())
        found[change.sign] = {name: value if name not in unsaid else "…" for name, value in values.items()}
    return found


@routes.screen("GET", CATALOGUE + "/services/{slug}", action=WRITE)
@routes.screen("GET", CATALOGUE + "/new-service", action=WRITE)
async def service_form(visit: Visit) -> web.StreamResponse:
    return await _page(visit, "service")


@routes.screen("POST", CATALOGUE + "/services/{slug}", action=WRITE, again=service_form)
@routes.screen("POST", CATALOGUE + "/new-service", action=WRITE, again=service_form)
async def service_sent(visit: Visit) -> web.StreamResponse:
    return await _sent(visit, "service")


@routes.screen("GET", CATALOGUE + "/clinics/{slug}", action=WRITE)
@routes.screen("GET", CATALOGUE + "/new-clinic", action=WRITE)
async def clinic_form(visit: Visit) -> web.StreamResponse:
    return await _page(visit, "clinic")


@routes.screen("POST", CATALOGUE + "/clinics/{slug}", action=WRITE, again=clinic_form)
@routes.screen("POST", CATALOGUE + "/new-clinic", action=WRITE, again=clinic_form)
async def clinic_sent(visit: Visit) -> web.StreamResponse:
    return await _sent(visit, "clinic")


@routes.screen("GET", CATALOGUE + "/clinics/{clinic}/resources/{slug}", action=WRITE)
@routes.screen("GET", CATALOGUE + "/clinics/{clinic}/new-resource", action=WRITE)
async def resource_form(visit: Visit) -> web.StreamResponse:
    return await _page(visit, "resource")


@routes.screen("POST", CATALOGUE + "/clinics/{clinic}/resources/{slug}", action=WRITE, again=resource_form)
@routes.screen("POST", CATALOGUE + "/clinics/{clinic}/new-resource", action=WRITE, again=resource_form)
async def resource_sent(visit: Visit) -> web.StreamResponse:
    return await _sent(visit, "resource")
