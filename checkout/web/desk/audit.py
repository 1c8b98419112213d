"""The audit on a screen and as a file: what is filtered stands in the address, and whoever looks is noted themselves."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from aiohttp import web

from checkout.ground import table
from checkout.ground.db import Tx
from checkout.ground.errors import Forbidden
from checkout.people import audit_store, staff_store
from checkout.people.audit_store import OUTCOMES, Entry, Filter
from checkout.web.desk.filters import day
from checkout.web.desk.visit import Visit
from checkout.web.download import stream
from checkout.web.pages import OFFICE
from checkout.web.routes import Routes
from checkout.web.words import BY_LANGUAGE
from checkout.web.words.desk_audited import ACTIONS

routes = Routes()
PAGE: Final = 50
AT_ONCE: Final = 1000
LONGEST: Final = 200
NAMES: Final = ("who", "action", "outcome", "object", "from", "to")
COLUMNS: Final = (
    "seq",
    "at",
    "who",
    "name",
    "action",
    "did",
    "object",
    "outcome",
    "client",
    "agent",
    "request",
    "data",
)


@dataclass(frozen=True, slots=True)
class Known:
    """Names for those whom the audit knows by their ids. Erased people have none."""

    staff: Mapping[str, str]
    others: list[str]

    def name(self, principal: str) -> str:
        return self.staff.get(principal, principal)


def _asked(fields: Mapping[str, str]) -> Filter:
    """What the address asks for. Raises Invalid naming the field."""
    typed = {name: fields.get(name, "").strip()[:LONGEST] or None for name in NAMES}
    since, until = day(typed["from"], "/from"), day(typed["to"], "/to")
    return Filter(
        who=typed["who"],
        action=typed["action"],
        outcome=typed["outcome"] if typed["outcome"] in OUTCOMES else None,
        object=typed["object"],
        since=_midnight(since) if since else None,
        until=_midnight(until + timedelta(days=1)) if until else None,
    )


def _midnight(on: date) -> datetime:
    return datetime.combine(on, time(), ZoneInfo(OFFICE))


def _bound(visit: Visit) -> Forbidden | None:
    """What whoever may read it at some clinics only is told: a line belongs to no clinic."""
    return Forbidden("audit_everywhere") if visit.principal.where("audit.read") is not None else None


def did(action: str, language: str) -> str:
    """What an action is in words; one that no code of ours writes any more is its own."""
    return BY_LANGUAGE[language].get(f"did_{action}", action)


async def _known(tx: Tx, visit: Visit) -> Known:
    names = {}
    for staff in await staff_store.everybody(tx):
        person = await staff_store.person(tx, visit.service.vault, staff)
        names[staff.principal] = person.name if person else staff.principal
    return Known(names, await audit_store.principals(tx))


async def _shown(visit: Visit) -> web.Response:
    """With a refusal: the form with what was typed, and nothing under it."""
    if bound := _bound(visit):
        return visit.refused(bound).page("desk/refused.html")
    wanted = None if visit.refusal else _asked(visit.fields)
    before = visit.fields.get("before", "")

    async def work(tx: Tx) -> tuple[list[Entry], Known]:
        known = await _known(tx, visit)
        if wanted is None:
            return [], known
        await visit.noted(tx, "audit.read", "/desk/audit", **_told(visit))
        older = int(before) if before.isdecimal() and len(before) < 18 else None  # noqa: PLR2004 - of a bigint
        return await audit_store.page(tx, wanted, before=older, limit=PAGE + 1), known

    found, known = await visit.read(work)
    return visit.page(
        "desk/audit.html",
        entries=found[:PAGE],
        known=known,
        outcomes=OUTCOMES,
        did=partial(did, language=visit.language),
        actions=sorted(((did(one, visit.language), one) for one in ACTIONS), key=lambda one: one[0].casefold()),
        asked={name: visit.fields.get(name, "") for name in NAMES},
        query=urlencode(_said(visit)),
        older=found[PAGE - 1].seq if len(found) > PAGE else None,
    )


def _said(visit: Visit) -> dict[str, str]:
    return {name: visit.fields[name] for name in NAMES if visit.fields.get(name)}


def _told(visit: Visit) -> dict[str, dict[str, str]]:
    """What the look is noted with: the filter, if there is one."""
    said = _said(visit)
    return {"filter": said} if said else {}


@routes.screen("GET", "/desk/audit", action="audit.read", again=_shown)
async def read(visit: Visit) -> web.StreamResponse:
    return await _shown(visit)


@routes.screen("GET", "/desk/audit.csv", action="audit.read", fresh=True, again=_shown)
async def export(visit: Visit) -> web.StreamResponse:
    """Exactly what is filtered, streamed: no transaction is open while a browser takes its time."""
    if bound := _bound(visit):
        raise bound
    wanted = _asked(visit.fields)

    async def begin(tx: Tx) -> tuple[list[Entry], Known]:
        await visit.noted(tx, "audit.export", "/desk/audit.csv", **_told(visit))
        return await audit_store.page(tx, wanted, before=None, limit=AT_ONCE), await _known(tx, visit)

    found, known = await visit.read(begin)
    return await stream(visit.request, _lines(visit, wanted, found, known), "audit.csv", "text/csv")


async def _lines(visit: Visit, wanted: Filter, found: list[Entry], known: Known) -> AsyncIterator[bytes]:
    yield table.write(COLUMNS, ()).encode()
    while found:
        yield table.body(COLUMNS, [_cells(entry, known, visit.language) for entry in found]).encode()
        last = found[-1].seq
        found = await visit.read(lambda tx, last=last: audit_store.page(tx, wanted, before=last, limit=AT_ONCE))  # type: ignore[misc]  # called at once


def _cells(entry: Entry, known: Known, language: str) -> dict[str, str]:
    return {
        "seq": str(entry.seq),
        "at": entry.at.isoformat(),
        "who": entry.principal,
        "name": known.name(entry.principal),
        "action": entry.action,
        "did": did(entry.action, language),
        "object": entry.object,
        "outcome": entry.outcome,
        "client": entry.client or "",
        "agent": entry.agent or "",
        "request": entry.request_id or "",
        "data": json.dumps(entry.data, ensure_ascii=False) if entry.data else "",
    }
