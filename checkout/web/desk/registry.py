"""The bank's registry on the screen: bring one in, see three lists, decide about what does not agree.

A registry is a merchant's: whoever works at some clinics only sees what concerns orders of theirs, and brings nothing in.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from aiohttp import web

from checkout.books import match, registry_lists
from checkout.books.registry import CURE_WORDS, KIND_WORDS, STATE_WORDS, Cure, Kind
from checkout.books.registry_file import LARGEST, RegistryError
from checkout.books.registry_lists import ONLY_OURS, ONLY_THEIRS, Owed, Pair, Shown, Wanted
from checkout.books.sources import OPERATIONS
from checkout.books.template import Template, templates
from checkout.ground.dates import local
from checkout.ground.db import Row, Tx, in_transaction, now
from checkout.ground.errors import Conflict, Forbidden, Invalid, Missing
from checkout.web.desk import filters
from checkout.web.desk.visit import Noted, Visit
from checkout.web.once import Replay
from checkout.web.pages import OFFICE
from checkout.web.routes import CURES, Routes
from gateways.money import Money

routes = Routes()
ADDRESS: Final = "/desk/registry"
PAGE: Final = 50
LISTS: Final = {"theirs": ONLY_THEIRS, "ours": ONLY_OURS}
MATCHED: Final = "matched"
DAYS: Final = 30
# What the bank still owes, by how many days; the last one has no end.
AGES: Final = ((0, 3), (4, 7), (8, 29), (30, registry_lists.OLDEST))


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for: a list, its days (of what is matched), and where in it the page begins; or one break."""

    list: str
    only: UUID | None
    since: date
    until: date
    before: datetime | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """What the page shows. `pairs`: of the matched; `breaks`: of the other lists. `older`: the query of what comes next."""

    counts: dict[str, int]
    kinds: dict[Kind, int]
    breaks: list[Shown]
    pairs: list[Pair]
    older: str | None
    owed: list[Owed]
    files: list[Row[Any]]
    done: Row[Any] | None


@routes.screen("GET", ADDRESS, action="registry.read")
async def registry(visit: Visit) -> web.StreamResponse:
    try:
        return await _page(visit)
    except Invalid as refusal:  # a day that is none
        return await _page(visit.refused(refusal))


async def _again(visit: Visit) -> web.StreamResponse:
    return await _page(visit)


async def _page(visit: Visit, faults: Collection[str] = ()) -> web.Response:
    found, asked = await visit.read(lambda tx: _found(tx, visit))
    return visit.page(
        "desk/registry.html",
        asked=asked,
        found=found,
        faults=faults,
        everywhere=visit.principal.where("registry.read") is None,
        imports=visit.principal.where("registry.import") is None,
        merchants={each.slug: each.legal.name for each in visit.service.config.merchants},
        templates=templates(),
        ages=[_aged(owed) for owed in found.owed],
        about=visit.path.get("id", ""),
        listed=LISTS.get(asked.list, ()),
        kind_words=KIND_WORDS,
        state_words=STATE_WORDS,
        cure_words=CURE_WORDS,
        operations=OPERATIONS,
    )


def _aged(owed: Owed) -> tuple[str, Money, list[Money]]:
    """A merchant, all that its bank owes, and how much of it for how long."""
    ages = [sum((amount for days, amount, _ in owed.by_age if least <= days <= most), Money(0)) for least, most in AGES]
    return owed.merchant, owed.total, ages


async def _found(tx: Tx, visit: Visit) -> tuple[Found, Asked]:
    asked = _asked(visit, await now(tx))
    clinics = visit.principal.where("registry.read")
    kinds = await registry_lists.undecided(tx, clinics=clinics)
    breaks, pairs = await _listed(tx, asked, clinics)
    counts = {name: sum(kinds.get(kind, 0) for kind in wanted) for name, wanted in LISTS.items()}
    done = await registry_lists.file(tx, file) if (file := _uuid(visit.fields.get("file", ""))) else None
    return Found(
        counts,
        kinds,
        breaks[:PAGE],
        pairs[:PAGE],
        _older(asked, breaks, pairs),
        await registry_lists.owed(tx) if clinics is None else [],
        await registry_lists.files(tx, limit=10) if clinics is None else [],
        done,
    ), asked


async def _listed(tx: Tx, asked: Asked, clinics: Collection[int] | None) -> tuple[list[Shown], list[Pair]]:
    """One more than a page holds, so that it is known whether another one follows."""
    if asked.list == MATCHED:
        after = int(asked.after) if asked.after and asked.after.isdecimal() else None
        return [], await registry_lists.matched(
            tx, since=asked.since, until=asked.until, clinics=clinics, after=after, limit=PAGE + 1
        )
    after_id = _uuid(asked.after or "")
    begin = asked.before if after_id else None
    if asked.only:
        only = Wanted(states=tuple(STATE_WORDS), only=asked.only, clinics=clinics)
        return await registry_lists.breaks(tx, only, limit=1), []
    wanted = Wanted(kinds=LISTS[asked.list], clinics=clinics, before=begin, after=after_id)
    return await registry_lists.breaks(tx, wanted, limit=PAGE + 1), []


def _older(asked: Asked, breaks: list[Shown], pairs: list[Pair]) -> str | None:
    if len(pairs) > PAGE:
        days = {"from": asked.since.isoformat(), "to": asked.until.isoformat()}
        return urlencode({"list": asked.list, **days, "after": pairs[PAGE - 1].entry.id})
    if len(breaks) > PAGE:
        last = breaks[PAGE - 1]
        return urlencode({"list": asked.list, "before": last.found_at.isoformat(), "after": str(last.id)})
    return None


def _asked(visit: Visit, moment: datetime) -> Asked:
    """Raises Invalid for a day that is none; with a refusal, the usual days."""
    fields, wanted = visit.fields if visit.refusal is None else {}, visit.fields.get("list", "")
    until = filters.day(fields.get("to"), "/to") or local(moment, OFFICE)
    since = filters.day(fields.get("from"), "/from") or until - timedelta(days=DAYS - 1)
    only = _uuid(fields.get("break", ""))
    return Asked(
        wanted if wanted in (*LISTS, MATCHED) else "" if only else "theirs",
        only,
        since,
        until,
        _moment(fields.get("before", "")),
        fields.get("after"),
    )


def _moment(typed: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(typed)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _uuid(typed: str) -> UUID | None:
    try:
        return UUID(typed)
    except ValueError:
        return None


@routes.screen("POST", f"{ADDRESS}/import", action="registry.import", again=_again, upload=LARGEST)
async def bring_in(visit: Visit) -> web.StreamResponse:
    """Whole or not at all; what is not understood is named by line and column."""
    if visit.principal.where("registry.import") is not None:
        raise Forbidden("registry_everywhere")
    layout, merchant = _layout(visit), visit.fields.get("merchant", "")
    if merchant not in {each.slug for each in visit.service.config.merchants}:
        raise Invalid("merchant_unknown", pointer="/merchant")
    path, force = visit.file, visit.fields.get("force") == "yes"
    if path is None:
        raise Invalid("registry_file_missing", pointer="/file")

    async def work(tx: Tx) -> str:
        done = await match.bring_in(
            tx,
            visit.service,
            path,
            layout,
            merchant,
            principal=visit.principal.name,
            force=force,
            origin=visit.origin,
        )
        return f"{ADDRESS}?{urlencode({'file': str(done.file), **({'known': 'yes'} if done.known else {})})}"

    try:
        return await visit.done(work)
    except RegistryError as refused:
        faults = [fault.words(visit.language) for fault in refused.faults]
        return await _page(visit.refused(Invalid("registry_refused", pointer="/file")), faults)


def _layout(visit: Visit) -> tuple[str, Template]:
    slug = visit.fields.get("template", "")
    if slug not in templates():
        raise Invalid("template_unknown", pointer="/template")
    return slug, templates()[slug]


@routes.screen("POST", f"{ADDRESS}/{{id}}/cure", action="registry.cure", again=_again)
async def cure(visit: Visit) -> web.StreamResponse:
    """One decision about one break. It may talk to the bank, so that its form is done once by phases."""
    once = visit.once
    try:
        await in_transaction(visit.service.engine, once.begin)
        done = Noted(address=await _decided(visit))
        await in_transaction(visit.service.engine, lambda tx: once.finish(tx, once.status, done.model_dump_json()))
    except Replay as replay:
        done = Noted.model_validate_json(replay.answer)
    return visit.go(done.address)


async def _decided(visit: Visit) -> str:
    """Where to go on. Raises what the cure refuses."""
    broken, wanted = await visit.read(lambda tx: _break(tx, visit)), visit.fields.get("cure", "")
    doers = visit.request.app[CURES]
    if wanted not in broken.cures or wanted not in doers:
        raise Conflict("cure_unfit", kind=str(broken.kind), cure=wanted)
    await doers[Cure(wanted)](visit.service, broken.id, visit.principal.name, visit.fields.get("note"), visit.origin)
    return f"{ADDRESS}?{urlencode({'list': 'ours' if broken.kind in ONLY_OURS else 'theirs'})}"


async def _break(tx: Tx, visit: Visit) -> Shown:
    """Raises Missing, for a break of another clinic's order as well."""
    wanted = Wanted(
        states=tuple(STATE_WORDS), only=_uuid(visit.path["id"]), clinics=visit.principal.where("registry.cure")
    )
    found = await registry_lists.breaks(tx, wanted, limit=1) if wanted.only else []
    if not found:
        raise Missing("break_missing")
    return found[0]
