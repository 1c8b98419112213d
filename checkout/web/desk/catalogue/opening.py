"""One entry of the catalogue on the desk: whose it is to change, what its form holds, and what the form wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from checkout.catalogue import edit, history_store
from checkout.catalogue.changes import Key
from checkout.catalogue.edit import Standing, Wish
from checkout.catalogue.file import ClinicEntry, ResourceEntry, ServiceEntry
from checkout.catalogue.history_store import Told
from checkout.ground.db import Tx
from checkout.ground.errors import Forbidden, Missing
from checkout.web.desk.catalogue import fields as read
from checkout.web.desk.catalogue.clinic import ClinicForm
from checkout.web.desk.catalogue.fields import ON, SEEN, YES
from checkout.web.desk.catalogue.resource import ResourceForm
from checkout.web.desk.catalogue.said import Names
from checkout.web.desk.catalogue.service import ServiceForm
from checkout.web.desk.visit import Visit
from checkout.web.pages import OFFICE

WRITE: Final = "catalogue.write"
CATALOGUE: Final = "/desk/catalogue"
CHANGED: Final = "entry_changed"
NO: Final = "no"
Form = ServiceForm | ClinicForm | ResourceForm
_ENTRIES: Final[Mapping[str, type[BaseModel]]] = {
    "service": ServiceEntry,
    "clinic": ClinicEntry,
    "resource": ResourceEntry,
}


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

    @property
    def zone(self) -> str:
        """Whose clock its history is on."""
        if isinstance(self.form, ResourceForm):
            return self.form.clinic.zone
        return self.form.before.zone if isinstance(self.form, ClinicForm) and self.form.before else OFFICE

    def values(self, form: Form, *, off: bool) -> dict[str, str]:
        return form.shown() | ({} if self.new else {ON: NO if off else YES})


@dataclass(frozen=True, slots=True)
class Filled:
    """What the fields hold, and over which change of the entry. `others`: what was done to it meanwhile."""

    values: Mapping[str, str]
    seen: str
    others: Sequence[Told] = field(default=())


async def opened(tx: Tx, visit: Visit, kind: str) -> Opened:
    """Raises Missing, also for a clinic that is not theirs to change, and Forbidden."""
    await theirs(tx, visit, kind)
    key = _key(kind, visit.path)
    found = await edit.standing(tx, key)
    return Opened(key, found, _form(visit, kind, found))


async def theirs(tx: Tx, visit: Visit, kind: str) -> None:
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


async def filled(tx: Tx, visit: Visit, opened: Opened) -> Filled:
    """As it stands; as it was typed; or, if somebody was there meanwhile, as it stands with what was typed."""
    now = opened.values(opened.form, off=opened.off)
    if visit.request.method == "GET":
        return Filled(now, str(opened.found.seen))
    typed, seen = read.clean(visit.fields), visit.fields.get(SEEN, "")
    if visit.refusal is None or visit.refusal.code != CHANGED:
        return Filled(typed, seen)
    others = await history_store.since(tx, opened.key, _number(seen))
    base = opened.values(opened.form.over(_before(opened, others)), off=_was_off(opened, others))
    return Filled(read.merged(typed, base, now), str(opened.found.seen), others)


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


def names_of(visit: Visit, found: Standing) -> Names:
    language = visit.language
    return Names(
        language,
        {one.slug: getattr(one.name, language) for one in found.held.catalogue.services},
        {one.slug: one.legal.name for one in visit.service.config.merchants},
    )


def wish_of(visit: Visit, kind: str) -> Wish:
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


def address(key: Key) -> str:
    """Where an entry is changed."""
    kind, *slugs = key
    if kind == "resource":
        return f"{CATALOGUE}/clinics/{slugs[0]}/resources/{slugs[1]}"
    return f"{CATALOGUE}/{kind}s/{slugs[0]}"
