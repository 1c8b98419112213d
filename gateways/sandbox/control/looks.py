"""Everything that can be looked at. A browser is answered with a page, everything else with JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import islice
from typing import Any

from aiohttp import web

from gateways.sandbox import registry
from gateways.sandbox.bank import Bank
from gateways.sandbox.control import acts, described, finding, pages
from gateways.sandbox.control.door import Absent, Wrong, answer, bank_of, number, order_of, shown, wants_page
from gateways.sandbox.control.settings import grouped
from gateways.sandbox.drama_steps import told
from gateways.sandbox.dramas import BY_NAME, DRAMAS, Needs
from gateways.sandbox.faults import Fault, Scope
from gateways.sandbox.merchants import OPERATIONS, Merchant
from gateways.sandbox.merchants_file import as_dict
from gateways.sandbox.orders import Status
from gateways.sandbox.statement import milliseconds

_FEW, _ROWS = 8, 100
_PEM = "application/x-pem-file"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NOTHING: Mapping[str, str] = {}
_ADDRESSES = ("orders", "journal", "callbacks", "faults", "dramas", "clock", "merchants", "registry")
STATES = tuple(status.name.lower() for status in Status)

routes = web.RouteTableDef()


@routes.get("/sandbox/assets/control.css")
async def stylesheet(request: web.Request) -> web.Response:
    return await pages.stylesheet(request)


@routes.get("/sandbox")
async def bare(_request: web.Request) -> web.Response:
    raise web.HTTPFound("/sandbox/")


@routes.get("/sandbox/")
async def overview(request: web.Request) -> web.Response:
    return await show_overview(request) if wants_page(request) else answer({"sandbox": _addresses()})


@routes.get("/sandbox/clock")
async def clock(request: web.Request) -> web.Response:
    return await show_overview(request) if wants_page(request) else answer(clock_facts(bank_of(request)))


@routes.get("/sandbox/orders")
@shown
async def orders(request: web.Request) -> web.Response:
    """The newest first, `?limit=` of them; `?query=`, `?state=` and `?merchant=` choose."""
    bank, asked = bank_of(request), request.query
    wanted = finding.Wanted(asked.get("query", ""), asked.get("state", ""), asked.get("merchant", ""))
    if wanted.state and wanted.state not in STATES:
        raise Wrong(f"state is one of {', '.join(STATES)}")
    limit = number(request, "limit", _ROWS)
    found = list(islice(finding.orders(bank, wanted), limit))
    if not wants_page(request):
        return answer({"orders": [described.order_line(order) for order in found]})
    return pages.draw(
        request, "orders.html", orders=found, wanted=wanted, limit=limit, all_states=STATES, logins=list(bank.merchants)
    )


@routes.get("/sandbox/orders/{name}")
@shown
async def one_order(request: web.Request) -> web.StreamResponse:
    """By number or id: all its facts and all that happened to it."""
    return await show_order(request)


@routes.get("/sandbox/receipts/{name}")
@shown
async def order_receipts(request: web.Request) -> web.StreamResponse:
    """The receipts of one order, oldest first."""
    bank = bank_of(request)
    return answer(described.receipts(bank, order_of(bank, request.match_info["name"])))


@routes.get("/sandbox/journal")
async def journal(request: web.Request) -> web.Response:
    """The effects in order; `?after=<seq>` leaves out what was read before."""
    effects = bank_of(request).journal.effects
    if not wants_page(request):
        return answer({"effects": [effect.as_json() for effect in effects[number(request, "after", 0) :]]})
    return pages.draw(request, "journal.html", effects=list(islice(reversed(effects), _ROWS)), limit=_ROWS)


@routes.get("/sandbox/callbacks")
async def callbacks(request: web.Request) -> web.Response:
    """The latest tries, oldest first, with the merchant's answers."""
    if wants_page(request):
        return await show_callbacks(request)
    return answer({"callbacks": [one.as_json() for one in bank_of(request).outbox.tried]})


@routes.get("/sandbox/faults")
async def faults(request: web.Request) -> web.Response:
    """The rules in force, and how often each kind has fired."""
    if wants_page(request):
        return await show_faults(request)
    book = bank_of(request).faults
    fired = [{"kind": kind, "method": method, "times": times} for (kind, method), times in book.fired.items()]
    return answer({"rules": [rule.as_json() for rule in book.rules], "fired": fired})


@routes.get("/sandbox/dramas")
async def dramas(request: web.Request) -> web.Response:
    """The table of dramas with their steps."""
    if wants_page(request):
        return await show_dramas(request)
    return answer({"dramas": [described.drama(drama) for drama in DRAMAS]})


@routes.get("/sandbox/merchants")
async def merchants(request: web.Request) -> web.Response:
    """Everybody who may call, with all settings, passwords too: they are a rehearsal's."""
    everybody = bank_of(request).merchants.values()
    if wants_page(request):
        return pages.draw(request, "merchants.html", merchants=list(everybody))
    return answer({"merchants": [as_dict(merchant) for merchant in everybody]})


@routes.get("/sandbox/merchants/{login}")
@shown
async def one_merchant(request: web.Request) -> web.StreamResponse:
    return await show_merchant(request)


@routes.get("/sandbox/registry")
@shown
async def registries(request: web.Request) -> web.Response:
    """The days with something to settle, of `?merchant=` or of everybody."""
    bank = bank_of(request)
    login = request.query.get("merchant", "")
    whose = [acts.merchant(bank, login)] if login else list(bank.merchants.values())
    found = [_sheet(bank, merchant, day) for merchant in whose for day in registry.days(bank, merchant)]
    if wants_page(request):
        return pages.draw(request, "registry.html", sheets=found)
    return answer({"registries": found})


@routes.get(r"/sandbox/registry/{day:\d{4}-\d\d-\d\d}.{kind:csv|xlsx}")
@shown
async def registry_file(request: web.Request) -> web.Response:
    """What was settled of the day's operations of `?merchant=`, the first merchant if none is named."""
    bank = bank_of(request)
    merchant = acts.merchant(bank, request.query.get("merchant", ""))
    try:
        day = date.fromisoformat(request.match_info["day"])
    except ValueError as error:
        raise Absent("no such day") from error
    kind = request.match_info["kind"]
    found = registry.lines(bank, merchant, day)
    body = registry.as_csv(found, day) if kind == "csv" else registry.as_xlsx(found, day)
    name = f'attachment; filename="registry-{merchant.folder}-{day}.{kind}"'
    type_ = "text/csv; charset=windows-1251" if kind == "csv" else _XLSX
    return web.Response(
        body=body, headers={"Content-Type": type_, "Content-Disposition": name, "Cache-Control": "no-store"}
    )


@routes.get("/sandbox/keys/{login}.pem")
@shown
async def public_key(request: web.Request) -> web.Response:
    """The key that the merchant's RSA callbacks are checked with."""
    bank = bank_of(request)
    login = acts.merchant(bank, request.match_info["login"]).login
    return web.Response(body=bank.keys.public_pem(login), content_type=_PEM)


@routes.get("/sandbox/keys/{login}.crt")
@shown
async def certificate(request: web.Request) -> web.Response:
    """The same key in a certificate, as some portals hand it out."""
    bank = bank_of(request)
    login = acts.merchant(bank, request.match_info["login"]).login
    return web.Response(body=bank.keys.certificate_pem(login, bank.clock.now()), content_type=_PEM)


# The pages, as looked at or as shown again over a wish that was not granted --------------------------------------------


async def show_overview(request: web.Request, **said: Any) -> web.Response:
    bank = bank_of(request)
    facts: dict[str, Any] = {
        "now": bank.clock.now(),
        "offset": pages.lapse(bank.clock.offset, pages.language_of(request)),
        "orders": bank.recent(_FEW),
        "rules": bank.faults.rules,
        "effects": list(islice(reversed(bank.journal.effects), _FEW)),
        "typed": _NOTHING,
    }
    return pages.draw(request, "overview.html", **facts | said)


async def show_order(request: web.Request, **said: Any) -> web.Response:
    bank = bank_of(request)
    order = order_of(bank, request.match_info.get("name", "") or str(said.get("typed", {}).get("number", "")))
    if not wants_page(request):
        return answer(described.whole_order(bank, order))
    facts: dict[str, Any] = {
        "order": order,
        "whole": described.whole_order(bank, order),
        "effects": [effect for effect in bank.journal.effects if effect.order_id == order.id],
        "tries": [one for one in bank.outbox.tried if one.delivery.order_id == order.id],
        "rules": [rule for rule in bank.faults.rules if rule.id in (order.id, order.number)],
        "playable": [drama for drama in DRAMAS if drama.fits(order)],
        "operations": sorted(OPERATIONS),
        "typed": _NOTHING,
    }
    return pages.draw(request, "order.html", **facts | said)


async def show_callbacks(request: web.Request, **said: Any) -> web.Response:
    bank = bank_of(request)
    facts: dict[str, Any] = {
        "tries": list(islice(reversed(bank.outbox.tried), _ROWS)),
        "waiting": bank.outbox.waiting(),
        "due": bank.outbox.next_due(),
        "operations": sorted(OPERATIONS),
        "typed": _NOTHING,
    }
    return pages.draw(request, "callbacks.html", **facts | said)


async def show_faults(request: web.Request, **said: Any) -> web.Response:
    book = bank_of(request).faults
    facts: dict[str, Any] = {
        "rules": book.rules,
        "fired": book.fired,
        "kinds": list(Fault),
        "scopes": list(Scope),
        "typed": request.query,
    }
    return pages.draw(request, "faults.html", **facts | said)


async def show_dramas(request: web.Request, **said: Any) -> web.Response:
    bank = bank_of(request)
    facts: dict[str, Any] = {
        "dramas": DRAMAS,
        "tell": told,
        "needs_merchant": Needs.MERCHANT,
        "logins": list(bank.merchants),
        "typed": _NOTHING,
        "names": list(BY_NAME),
    }
    return pages.draw(request, "dramas.html", **facts | said)


async def show_merchant(request: web.Request, **said: Any) -> web.Response:
    merchant = acts.merchant(bank_of(request), request.match_info["login"])
    if not wants_page(request):
        return answer(as_dict(merchant))
    facts: dict[str, Any] = {"merchant": merchant, "groups": grouped(merchant), "typed": _NOTHING}
    return pages.draw(request, "merchant.html", **facts | said)


def clock_facts(bank: Bank) -> dict[str, Any]:
    return {"now": milliseconds(bank.clock.now()), "offset_seconds": bank.clock.offset}


def _addresses() -> dict[str, str]:
    return {name: f"/sandbox/{name}" for name in _ADDRESSES}


def _sheet(bank: Bank, merchant: Merchant, day: date) -> dict[str, Any]:
    found = registry.lines(bank, merchant, day)
    return {
        "merchant": merchant.login,
        "day": day.isoformat(),
        "settled_on": registry.settled_on(day).isoformat(),
        "lines": len(found),
        "fee": sum(line.fee for line in found),
        "net": sum(line.net for line in found),
    }
