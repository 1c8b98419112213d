"""The forms of the catalogue: fill in, look at what would come of it, save. One entry a form, one way for all kinds of them.

What belongs to a clinic is changed by whoever may do so there; services are everybody's, so only by whoever may everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web
from pydantic import BaseModel, ValidationError

from checkout.booking import strays
from checkout.catalogue import edit, history_store
from checkout.catalogue.changes import Key, Plan, dump, entries
from checkout.catalogue.edit import Standing, Wish
from checkout.catalogue.file import ClinicEntry, ResourceEntry, ServiceEntry
from checkout.catalogue.history_store import Told
from checkout.ground import dates
from checkout.ground.db import Tx
from checkout.ground.errors import Forbidden, Missing
from checkout.web.desk.catalogue import fields as read
from checkout.web.desk.catalogue import hours, preview, said, service
from checkout.web.desk.catalogue.clinic import ZONES, ClinicForm
from checkout.web.desk.catalogue.fields import ON, PRESS, SEEN, YES
from checkout.web.desk.catalogue.resource import ResourceForm
from checkout.web.desk.catalogue.said import Line, Names
from checkout.web.desk.catalogue.service import ServiceForm
from checkout.web.desk.names import names
from checkout.web.desk.visit import Visit
from checkout.web.routes import Routes

routes = Routes()
WRITE: Final = "catalogue.write"
CATALOGUE: Final = "/desk/catalogue"
LAST: Final = 10  # changes that are shown below a form
CHANGED: Final = "entry_changed"
NO: Final = "no"
Form = ServiceForm | ClinicForm | ResourceForm
_ENTRIES: Final[Mapping[str, type[BaseModel]]] = {
    "service": ServiceEntry,
    "clinic": ClinicEntry,
    "resource": ResourceEntry,
}
# What the audit, which is never erased, does not repeat of somebody who works here.
_NAMES: Final = {"resource": ("name", "name_en")}


@dataclass(frozen=True, slots=True)
class Opened:
    """One entry on the desk. `key`: without a slug it is new."""

    key: Key
    found: Standing
    form: Form

    @property
    def new(self) -> bool:
        return self.form.before is None

    @property
    def off(self) -> bool:
        return self.key in self.found.held.off

    def values(self, form: Form, *, off: bool) -> dict[str, str]:
        return form.shown() | ({} if self.new else {ON: NO if off else YES})


@dataclass(frozen=True, slots=True)
class Filled:
    """What the fields hold, and over which change of the entry. `others`: what was done to it meanwhile."""

    values: Mapping[str, str]
    seen: str
    others: Sequence[Told] = field(default=())


async def _open(tx: Tx, visit: Visit, kind: str) -> Opened:
    """Raises Missing, also for a clinic that is not theirs to change, and Forbidden."""
    await _theirs(tx, visit, kind)
    key = _key(kind, visit.path)
    found = await edit.standing(tx, key)
    return Opened(key, found, _form(visit, kind, found))


async def _theirs(tx: Tx, visit: Visit, kind: str) -> None:
    """Raises Missing `clinic_unknown`, Forbidden `catalogue_everywhere`."""
    where = visit.principal.where(WRITE)
    if where is None:
        return
    slug = visit.path.get("clinic") or (visit.path.get("slug") if kind == "clinic" else None)
    if slug is None:
        raise Forbidden("catalogue_everywhere")
    if (await edit.clinic_ids(tx)).get(slug) not in where:
        raise Missing("clinic_unknown")


def _key(kind: str, path: Mapping[str, str], slug: str = "") -> Key:
    """`slug`: of an entry that is new."""
    return tuple(part for part in (kind, path.get("clinic"), path.get("slug") or slug) if part)


def _form(visit: Visit, kind: str, found: Standing) -> Form:
    """Raises Missing."""
    before = found.entry(_key(kind, visit.path)) if "slug" in visit.path else None
    if kind == "service":
        return ServiceForm(found.held, found.moment, before)
    if kind == "clinic":
        merchants = tuple(merchant.slug for merchant in visit.service.config.merchants)
        return ClinicForm(found.held, found.moment, before, merchants)
    return ResourceForm(found.held, found.moment, before, found.entry(("clinic", visit.path["clinic"])))


async def _filled(tx: Tx, visit: Visit, opened: Opened) -> Filled:
    """As it stands; as it was typed; or, if somebody was there meanwhile, as it stands with what was typed."""
    now = opened.values(opened.form, off=opened.off)
    if visit.refusal is None and PRESS not in visit.fields:
        return Filled({**now, **_asked(visit)}, str(opened.found.seen))
    typed, seen = read.clean(visit.fields), visit.fields.get(SEEN, "")
    if visit.refusal is None or visit.refusal.code != CHANGED:
        return Filled(typed, seen)
    others = await history_store.since(tx, opened.key, _number(seen))
    base = opened.values(opened.form.over(_before(opened, others)), off=_was_off(opened, others))
    return Filled(read.merged(typed, base, now), str(opened.found.seen), others)


def _asked(visit: Visit) -> dict[str, str]:
    """A new service may be asked for as one of a kind."""
    return {"kind": visit.fields["kind"]} if "kind" in visit.fields and "slug" not in visit.path else {}


def _number(seen: str) -> int:
    return int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 19 else -1  # noqa: PLR2004 - digits of a bigint


def _before(opened: Opened, others: Sequence[Told]) -> BaseModel:
    """What the form was shown over. One of an older shape cannot be told apart any more: then what stands now."""
    first = next((one.before for one in others if one.before is not None), None)
    standing: BaseModel = opened.found.entry(opened.key)
    try:
        return _ENTRIES[opened.key[0]].model_validate(first) if first is not None else standing
    except ValidationError:
        return standing


def _was_off(opened: Opened, others: Sequence[Told]) -> bool:
    turns = [one.again for one in others if one.again or one.sign == "-"]
    return turns[0] if turns else opened.off


async def _page(visit: Visit, kind: str) -> web.Response:
    async def work(tx: Tx) -> web.Response:
        opened = await _open(tx, visit, kind)
        filled = await _filled(tx, visit, opened)
        known = _names(visit, opened.found)
        last = [] if opened.new else await history_store.recent(tx, opened.key, limit=LAST)
        who = await names(tx, visit.service.vault, [one.principal for one in (*last, *filled.others)], visit.language)
        return visit.page(
            f"desk/catalogue_{kind}.html",
            zone=getattr(opened.form.before, "zone", None) or _zone(opened),
            form=opened.form,
            new=opened.new,
            off=opened.off,
            slug=opened.key[-1],
            values=filled.values,
            seen=filled.seen,
            others=[_worded(one, known, who) for one in filled.others],
            last=[_worded(one, known, who) for one in last],
            saved=visit.refusal is None and visit.fields.get("saved") == YES,
            prices=await edit.past_prices(tx, opened.key[-1]) if kind == "service" and not opened.new else [],
            price_id=service.price_id,
            days=hours.rows(getattr(opened.form.before, "exceptions", ()), visit.language),
            new_rows=hours.NEW,
            words_of=lambda stretch: preview.week(stretch, known),
            zones=[(zone, dates.place(opened.found.moment, zone, visit.language)) for zone in ZONES],
            merchants=known.merchants,
        )

    return await visit.read(work)


def _zone(opened: Opened) -> str:
    form = opened.form
    return form.clinic.zone if isinstance(form, ResourceForm) else "Europe/Moscow"


def _worded(one: Told, known: Names, who: Mapping[str, str]) -> tuple[Told, str, tuple[str, list[Line]]]:
    return one, who[one.principal], said.told(one, known)


def _names(visit: Visit, found: Standing) -> Names:
    language = visit.language
    return Names(
        language,
        {one.slug: getattr(one.name, language) for one in found.held.catalogue.services},
        {one.slug: one.legal.name for one in visit.service.config.merchants},
    )


def _wish(visit: Visit, kind: str) -> Wish:
    """Raises Invalid."""
    fields, new = read.clean(visit.fields), "slug" not in visit.path

    def wanted(found: Standing) -> Any:
        form: Any = _form(visit, kind, found)
        return form.placed(form.typed(fields))

    return Wish(
        key=_key(kind, visit.path, read.slug(fields) if new else ""),
        read=wanted,
        seen=None if new else _number(visit.fields.get(SEEN, "")),
        off=not new and fields.get(ON) == NO,
    )


async def _sent(visit: Visit, kind: str) -> web.StreamResponse:
    """What was pressed: look at it first, go back to it, or save it."""
    pressed = visit.fields.get(PRESS, "check")
    if pressed == "edit":
        return await _page(visit, kind)
    return await (_save(visit, kind) if pressed == "save" else _check(visit, kind))


async def _check(visit: Visit, kind: str) -> web.Response:
    """What would come of it; nothing is changed yet."""

    async def work(tx: Tx) -> web.Response:
        await _theirs(tx, visit, kind)
        wish = _wish(visit, kind)
        found, planned = await edit.preview(tx, wish)
        known = _names(visit, found)
        after = dict(entries(planned.wanted))[wish.key]
        seen = preview.Seen(kind, wish, found, planned, after)
        left = await preview.left_outside(tx, seen)
        carried = {**read.clean(visit.fields), SEEN: visit.fields.get(SEEN, "")}
        return visit.page(
            "desk/catalogue_check.html",
            zone=preview.zone(seen),
            kind=kind,
            after=after,
            headings=said.headings(planned.changes, known),
            lines=[line for change in planned.changes for line in said.lines(change.details, known)],
            off=wish.off,
            carried=carried,
            strays=[(one, dates.local(one.starts_at, preview.zone(seen))) for one in left[: preview.MOST]],
            strays_more=max(len(left) - preview.MOST, 0),
            place=visit.path.get("clinic") or wish.key[-1],
            prices=preview.prices(after) if kind == "service" else [],
            touched=await strays.of_service(tx, wish.key[-1]) if kind == "service" else 0,
            days=preview.days(seen, read.clean(visit.fields)) if kind != "service" else [],
        )

    return await visit.read(work)


async def _save(visit: Visit, kind: str) -> web.Response:
    told: dict[str, Any] = {}
    wish = _wish(visit, kind)

    async def work(tx: Tx) -> str:
        await _theirs(tx, visit, kind)
        planned = await edit.change(tx, wish, principal=visit.principal.name)
        told.update(_audited(planned))
        return f"{address(wish.key)}?saved={YES}"

    return await visit.change("catalogue.change", "/".join(wish.key), work, told=told)


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


def address(key: Key) -> str:
    """Where an entry is changed."""
    kind, *slugs = key
    if kind == "resource":
        return f"{CATALOGUE}/clinics/{slugs[0]}/resources/{slugs[1]}"
    return f"{CATALOGUE}/{kind}s/{slugs[0]}"


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
