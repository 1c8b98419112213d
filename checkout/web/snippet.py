"""For whoever keeps a clinic's site: the button's code, made to order, and what the site must know to use it."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from checkout.catalogue import store
from checkout.catalogue.catalogue import Clinic
from checkout.ground.db import Tx, in_transaction
from checkout.web.pages import language_of, other, page
from checkout.web.payer import menu
from checkout.web.payer.choice import Choice, chosen
from checkout.web.payer.menu import Menu
from checkout.web.routes import SERVICE, Routes
from checkout.web.words import BY_LANGUAGE, LANGUAGES, say

routes = Routes()
MODES: Final = ("redirect", "dialog")


@routes.page("GET", "/embed")
async def embed(request: web.Request) -> web.Response:
    """The page; without a code if the service and the clinic do not go together.

    `lang` is the page's language as everywhere, `language` the button's.
    """
    service, query, language = request.app[SERVICE], request.query, language_of(request)
    spoken = query["language"] if query.get("language") in LANGUAGES else language
    asked = chosen(query, spoken)
    choice = Choice(spoken, asked.service, asked.clinic)
    found, clinics = await in_transaction(service.engine, lambda tx: _offered(tx, choice))
    gone = _gone(choice, found, clinics)
    return page(
        request,
        "embed.html",
        language=language,
        status=404 if gone else 200,
        gone=gone,
        choice=choice,
        services=found.services,
        clinics=clinics,
        modes=MODES,
        mode=query["mode"] if query.get("mode") in MODES else MODES[0],
        tongues=[(tongue, BY_LANGUAGE[other(tongue)]["other_language"]) for tongue in LANGUAGES],
        label=say(spoken, "embed_label"),
        home=service.config.public_url,
        hosts=service.config.embed_hosts,
    )


async def _offered(tx: Tx, choice: Choice) -> tuple[Menu, list[Clinic]]:
    """What the visitor would be offered, and every clinic there is."""
    return await menu.menu(tx, choice), await store.clinics(tx)


def _gone(choice: Choice, found: Menu, clinics: list[Clinic]) -> str:
    """The word for what is wrong with the choice; empty if nothing is."""
    if choice.service and found.service is None:
        return "service_gone"
    giving = found.clinics if found.service else clinics
    return "clinic_gone" if choice.clinic and choice.clinic not in {clinic.slug for clinic in giving} else ""
