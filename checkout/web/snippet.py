"""For whoever keeps a clinic's site: the button's code, made to order, and what the site must know to use it."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from checkout.catalogue.catalogue import Kind
from checkout.ground.db import in_transaction
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
    choice = Choice(spoken, lines=asked.lines, clinic=asked.clinic)
    found = await in_transaction(service.engine, lambda tx: menu.menu(tx, choice))
    gone = _gone(choice, found, named=bool(query.get("service")))
    return page(
        request,
        "embed.html",
        language=language,
        status=404 if gone else 200,
        gone=gone,
        choice=choice,
        lines=choice.fields().get("service", ""),
        services=found.shelf.of(Kind.SERVICE),
        clinics=found.everywhere,
        modes=MODES,
        mode=query["mode"] if query.get("mode") in MODES else MODES[0],
        tongues=[(tongue, BY_LANGUAGE[other(tongue)]["other_language"]) for tongue in LANGUAGES],
        label=say(spoken, "embed_label"),
        home=service.config.public_url,
        hosts=service.config.embed_hosts,
    )


def _gone(choice: Choice, found: Menu, *, named: bool) -> str:
    """The word for what is wrong with the choice; empty if nothing is. `named`: the address says something of services."""
    if named and (found.basket.unknown or found.basket.loose or not found.basket.minutes):
        return "service_gone"
    return "clinic_gone" if choice.clinic and choice.clinic not in {clinic.slug for clinic in found.clinics} else ""
