"""What may be read before anything is paid: the price list, and the terms with whoever is paid. Public, fit to print."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from checkout.catalogue import legal_store, store
from checkout.catalogue.catalogue import Clinic, Kind, Line, Service
from checkout.ground.config import Legal
from checkout.ground.db import Tx, in_transaction, now
from checkout.web import dates
from checkout.web.pages import language_of, page
from checkout.web.payer.basket import Basket
from checkout.web.payer.details import agreement
from checkout.web.routes import SERVICE, Routes
from checkout.web.words import say
from gateways.money import Money

routes = Routes()


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a price list. `deposit` None: it is paid whole."""

    service: Service
    vat: str
    deposit: Money | None


@dataclass(frozen=True, slots=True)
class PriceList:
    """What one clinic sells at the prices of `day`, and who sells it."""

    clinic: Clinic
    day: str
    legal: Legal
    rows: list[Row]


@routes.page("GET", "/prices")
async def prices(request: web.Request) -> web.Response:
    """Today's prices at every clinic, or at the one that the address names."""
    language = language_of(request)
    lists = await in_transaction(request.app[SERVICE].engine, lambda tx: _lists(tx, request, language))
    named = [one for one in lists if one.clinic.slug == request.query.get("clinic")]
    return page(request, "prices.html", language=language, lists=named or lists)


async def _lists(tx: Tx, request: web.Request, language: str) -> list[PriceList]:
    config, moment = request.app[SERVICE].config, await now(tx)
    return [
        PriceList(
            clinic=clinic,
            day=dates.plain(dates.local(moment, clinic.zone), language),
            legal=config.merchant(clinic.merchant).legal,
            rows=_rows(list((await store.services_at(tx, clinic.id)).values()), language),
        )
        for clinic in await store.clinics(tx)
    ]


def _rows(services: list[Service], language: str) -> list[Row]:
    """Services, then what can be added to them, then goods."""
    order = [Kind.SERVICE, Kind.OPTION, Kind.GOODS]
    found = sorted(services, key=lambda service: order.index(service.kind))
    deposits = [Basket((Line(service, 1),)).deposit for service in found]
    return [
        Row(service, vat_words(service.vat, language), deposit.now if deposit else None)
        for service, deposit in zip(found, deposits, strict=True)
    ]


def vat_words(mark: str, language: str) -> str:
    """A VAT mark of the catalogue (`none`, or the rate in percent) for people."""
    return say(language, "vat_rate", rate=mark) if mark.isdigit() else say(language, "vat_none")


@routes.page("GET", "/terms")
async def terms(request: web.Request) -> web.Response:
    """The texts that are agreed to, with their versions; how money goes back; who is paid."""
    language, service = language_of(request), request.app[SERVICE]
    config = service.config
    texts = await in_transaction(service.engine, lambda tx: legal_store.in_force(tx, config.consents))
    return page(
        request,
        "terms.html",
        language=language,
        limits=config.limits,
        agreements=[agreement(text, language) for text in texts],
        payees=[merchant.legal for merchant in config.merchants],
    )
