"""The texts that payers agree to: the list, a form for each, what would come of it, and any version as it is read.

They are everybody's, so only whoever may change the catalogue at all clinics changes them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import quote

from aiohttp import web

from checkout.catalogue import legal_store
from checkout.catalogue.legal import Plan, Standing, Turn
from checkout.ground.config import Consent
from checkout.ground.db import Tx
from checkout.ground.errors import Forbidden, Missing
from checkout.web.desk.catalogue.fields import PRESS, SEEN, YES, clean
from checkout.web.desk.names import names
from checkout.web.desk.texts import form
from checkout.web.desk.texts.compared import Difference, differences
from checkout.web.desk.visit import Visit
from checkout.web.payer.details import Agreement, agreement
from checkout.web.routes import Routes
from checkout.web.words import BY_LANGUAGE, LANGUAGES

routes = Routes()
WRITE: Final = "catalogue.write"
TEXTS: Final = "/desk/texts"
LAST: Final = 10  # changes that are shown below a form
_STALE: Final = ("text_changed", "text_began")


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a text: by whom, and what was to change by it."""

    turn: Turn
    who: str
    differences: Sequence[Difference]


@routes.screen("GET", TEXTS, action=WRITE)
async def texts(visit: Visit) -> web.StreamResponse:
    """Each text as it is in force, with what is planned."""
    found = await visit.read(lambda tx: legal_store.standing(tx, visit.service.config.consents))
    return visit.page("desk/texts.html", texts=found, everywhere=_everywhere(visit), version_page=version_page)


def version_page(kind: str, version: str) -> str:
    return f"{TEXTS}/{kind}/{quote(version, safe='')}"


def _everywhere(visit: Visit) -> bool:
    return visit.principal.may(WRITE) and visit.principal.where(WRITE) is None


def _theirs(visit: Visit) -> None:
    """Raises Forbidden."""
    if not _everywhere(visit):
        raise Forbidden("texts_everywhere")


async def _standing(tx: Tx, visit: Visit) -> Standing:
    """Raises Missing."""
    return await legal_store.of_kind(tx, visit.service.config.consents, visit.path["kind"])


@routes.screen("GET", TEXTS + "/{kind}", action=WRITE)
async def text_form(visit: Visit) -> web.StreamResponse:
    """As it is in force, or as it is planned (`of`); as it was typed, if it could not be kept."""

    async def work(tx: Tx) -> web.Response:
        _theirs(visit)
        found = await _standing(tx, visit)
        values, seen, others = _filled(visit, found)
        story = list(reversed(found.story))
        who = await _who(tx, visit, story)
        return visit.page(
            "desk/texts_form.html",
            found=found,
            values=values,
            seen=seen,
            others=[_told(turn, who, visit.language) for turn in others],
            story=[_told(turn, who, visit.language) for turn in story[:LAST]],
            saved=visit.refusal is None and visit.fields.get("saved") == YES,
            longest=form.LONGEST,
            version_page=version_page,
        )

    return await visit.read(work)


def _filled(visit: Visit, found: Standing) -> tuple[Mapping[str, str], str, list[Turn]]:
    """What the fields hold, over how long a story, and what was done meanwhile."""
    now = str(len(found.story))
    if visit.request.method == "GET":
        return form.shown(found, visit.fields.get("of", "")), now, []
    if visit.refusal is None or visit.refusal.code not in _STALE:
        return clean(visit.fields), visit.fields.get(SEEN, ""), []
    return form.merged(found, clean(visit.fields)), now, found.since_seen(form.number(visit.fields.get(SEEN, "")))


async def _who(tx: Tx, visit: Visit, turns: Sequence[Turn]) -> Mapping[str, str]:
    return await names(tx, visit.service.vault, [turn.by for turn in turns], visit.language)


def _told(turn: Turn, who: Mapping[str, str], language: str) -> Told:
    return Told(turn, who[turn.by], differences(turn.before, turn.one.consent, language))


@routes.screen("POST", TEXTS + "/{kind}", action=WRITE, again=text_form, bulk=form.BULK)
async def text_sent(visit: Visit) -> web.StreamResponse:
    """What was pressed: look at it first, go back to it, or save it."""
    pressed = visit.fields.get(PRESS, "check")
    if pressed == "edit":
        return await text_form(visit)
    return await (_save(visit) if pressed == "save" else _check(visit))


async def _check(visit: Visit) -> web.Response:
    """What would come of it, and how a payer would see it; nothing is changed yet."""

    async def work(tx: Tx) -> Plan:
        _theirs(visit)
        wish = form.wish(visit.path["kind"], await _standing(tx, visit), visit.fields)
        return await legal_store.preview(tx, visit.service.config.consents, wish)

    planned = await visit.read(work)
    read = planned.after or planned.before
    return visit.page(
        "desk/texts_check.html",
        planned=planned,
        title=_title(planned.found.current, visit.language),
        read=_read(read),
        tongues=BY_LANGUAGE,
        differences=differences(planned.before, read, visit.language),
        carried=form.carried(visit.fields),
    )


def _title(text: Consent, language: str) -> str:
    return text.title_en if language == "en" else text.title_ru


def _read(text: Consent) -> dict[str, Agreement]:
    """The text as payers of each language have it beside its box."""
    shown = {language: agreement(text, language) for language in LANGUAGES}
    return {language: replace(one, field=f"{one.field}-{language}") for language, one in shown.items()}


async def _save(visit: Visit) -> web.Response:
    told: dict[str, Any] = {}

    async def work(tx: Tx) -> str:
        _theirs(visit)
        consents, kind = visit.service.config.consents, visit.path["kind"]
        wish = form.wish(kind, await _standing(tx, visit), visit.fields)
        planned = await legal_store.change(tx, consents, wish, principal=visit.principal.name)
        told.update(_audited(planned))
        return f"{TEXTS}/{kind}?saved={YES}"

    return await visit.change("text.change", visit.path["kind"], work, told=told)


def _audited(planned: Plan) -> dict[str, Any]:
    """The versions, and digests of what was written: the audit is chained, so that they prove the words."""
    found: dict[str, Any] = {}
    if planned.dropped:
        found["withdrawn"] = [one.version for one in planned.dropped]
    if planned.after:
        words = {name: getattr(planned.after, name) for name in ("title_ru", "title_en", "text_ru", "text_en")}
        found |= {
            "version": planned.after.version,
            "from": planned.start.isoformat(),
            "required": planned.after.required,
            "sha256": {name: hashlib.sha256(text.encode()).hexdigest() for name, text in words.items()},
        }
    return found


@routes.screen("GET", TEXTS + "/{kind}/{version}", action=WRITE)
async def text_version(visit: Visit) -> web.StreamResponse:
    """One version as payers read it, and what it changed."""

    async def work(tx: Tx) -> web.Response:
        found = await _standing(tx, visit)
        text = found.version(visit.path["version"])
        if text is None:
            raise Missing("text_unknown")
        turns = [turn for turn in found.story if turn.one.version == text.version]
        who = await _who(tx, visit, turns)
        return visit.page(
            "desk/texts_version.html",
            text=text,
            title=_title(text, visit.language),
            read=_read(text),
            tongues=BY_LANGUAGE,
            story=[_told(turn, who, visit.language) for turn in reversed(turns)],
            everywhere=_everywhere(visit),
        )

    return await visit.read(work)
