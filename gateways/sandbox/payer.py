"""The pages the payer meets: the card form and the issuer's page. Whole without a script. Source: gateway.md §7."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources
from math import ceil
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from gateways.sandbox import bindings, paying, texts
from gateways.sandbox.bank import Bank
from gateways.sandbox.cards import (
    ACS_CODES,
    SYSTEMS,
    TEST_CARDS,
    CardEntry,
    complaint,
    known_card,
    payment_system,
    read_expiry,
)
from gateways.sandbox.codes import NO_ATTEMPTS, SESSION_EXPIRED, action_text
from gateways.sandbox.orders import Order
from gateways.sandbox.trouble import pressed

BANK = web.AppKey("bank", Bank)

# No form-action here: the bank's forms lead on to the shop's own address, which browsers would hold against it.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
# What may stand in an address as it is, the percent sign of finished escapes included.
_URL_SIGNS = "%/:?#[]@!$&'()*+,;=~"
_FIELDS = ("pan", "expiry", "cvc", "cardholder")
_NOTHING: Mapping[str, str] = {}
_LANGUAGE = re.compile(r"_[a-z]{2}(\.html)?$")


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("gateways.sandbox", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["spaced"] = texts.spaced
    environment.filters["money"] = texts.money
    return environment


ENVIRONMENT = _environment()
_FORM, _ACS, _OVER, _START = map(ENVIRONMENT.get_template, ("form.html", "acs.html", "over.html", "start.html"))
APP, APP_ASK = map(ENVIRONMENT.get_template, ("app.html", "app_ask.html"))
_PAGES = resources.files("gateways.sandbox").joinpath("pages")
_CSS, _SCRIPT = (_PAGES.joinpath(name).read_bytes() for name in ("bank.css", "bank.js"))

routes = web.RouteTableDef()


@routes.get("/assets/bank.css")
async def stylesheet(_request: web.Request) -> web.Response:
    return _asset(_CSS, "text/css")


@routes.get("/assets/bank.js")
async def script(_request: web.Request) -> web.Response:
    return _asset(_SCRIPT, "text/javascript")


@routes.get("/")
async def start(request: web.Request) -> web.Response:
    bank = request.app[BANK]
    language = texts.page_language(request.query.get("lang", "ru"))
    merchants = bank.merchants.values()
    return page(
        _START,
        language,
        cards=TEST_CARDS,
        base=bank.base_url,
        orders=bank.recent(20),
        merchants=merchants,
        codes=ACS_CODES,
    )


@routes.get(r"/payment/merchants/{folder}/{view:(\w+_)?}payment_{lang:[a-z]{2}}.html")
@routes.get(r"/pp/pay_{lang:[a-z]{2}}")
async def show_form(request: web.Request) -> web.Response:
    bank = request.app[BANK]
    bank.tick()
    order = _order(request)
    if order is None:
        return unknown(request)
    standing = paying.standing(order)
    if standing.outcome is not paying.Outcome.RETRY:
        return _after(bank, standing, _language(request))
    if request.query.get("toWeb2App") == "true":
        return see_other(f"/sberpay/{order.id}")
    card = known_card(request.query.get("card", ""))
    values = {"pan": texts.spaced(card.pan), "expiry": card.expiry, "cvc": card.cvc} if card else {}
    return _form(request, order, values)


@routes.post(r"/payment/merchants/{folder}/{view:(\w+_)?}payment_{lang:[a-z]{2}}.html")
@routes.post(r"/pp/pay_{lang:[a-z]{2}}")
async def submit_form(request: web.Request) -> web.Response:
    bank = request.app[BANK]
    values = await _typed(request)
    order = _order(request)
    if order is None:
        return unknown(request)
    order.ip = order.ip or request.remote

    async def submitted() -> web.Response:
        saved = bindings.only(bank, order)
        step = (
            paying.pay_by_its_card(bank, order, saved, values["cvc"])
            if saved
            else paying.pay(bank, order, _entry(values))
        )
        if step.outcome is paying.Outcome.INVALID:
            wrong = {name: complaint(name, values[name]) for name in _FIELDS if name in step.problems}
            return _form(request, order, values | {"cvc": ""}, wrong)
        return _after(bank, step, _language(request), form=_own_path(request))

    return await pressed(request, bank, order, submitted)


@routes.get("/acs/{challenge}")
async def show_challenge(request: web.Request) -> web.Response:
    bank = request.app[BANK]
    bank.tick()
    waiting = bank.challenges.get(request.match_info["challenge"])
    if waiting is None:
        return unknown(request)
    order, challenge = waiting.order, request.match_info["challenge"]
    language = texts.page_language(request.query.get("lang", order.request.language))
    if order.challenge != challenge or order.card is None:
        return _after(bank, paying.standing(order), language)
    return page(
        _ACS,
        language,
        order=order,
        amount=_money(order, language),
        codes=ACS_CODES,
        action=f"/acs/{challenge}",
        sign=dict(texts.BRANDS).get(order.card.system, order.card.system),
        outcomes=paying.OUTCOMES,
        addresses=[(code, name, f"/acs/{challenge}?lang={code}") for code, name in texts.TONGUES],
        **_time_left(bank, order),
    )


@routes.post("/acs/{challenge}")
async def submit_challenge(request: web.Request) -> web.Response:
    bank = request.app[BANK]
    typed = await request.post()
    challenge, action = request.match_info["challenge"], str(typed.get("action", ""))
    waiting = bank.challenges.get(challenge)
    if waiting is None:
        return unknown(request)

    async def submitted() -> web.Response:
        if action in paying.OUTCOMES:
            step = paying.decide(bank, challenge, action)
        elif action == "cancel":
            step = paying.cancel(bank, challenge)
        else:
            step = paying.confirm(bank, challenge, str(typed.get("code", "")))
        return unknown(request) if step is None else _after(bank, step, step.order.request.language)

    return await pressed(request, bank, waiting.order, submitted)


def return_address(bank: Bank, order: Order, language: str) -> str:
    """Where the payer goes in the end, with `orderId` and `lang` added; a bare path is taken for one of the bank's."""
    request = order.request
    target = request.return_url if order.deposited_at is not None else request.fail_url or request.return_url
    if "://" not in target:
        target = f"{bank.base_url}/payment/{target.lstrip('/')}"
    parts = urlsplit(target)
    added = f"orderId={order.id}&lang={language}"
    whole = urlunsplit(parts._replace(query=f"{parts.query}&{added}" if parts.query else added))
    return quote(whole, safe=_URL_SIGNS)


def _after(bank: Bank, step: paying.Step, language: str, form: str = "") -> web.Response:
    """Send the payer on: to the issuer, back to the form (the order's own, unless one is named), or to the shop."""
    match step.outcome:
        case paying.Outcome.CHALLENGE:
            return see_other(f"/acs/{step.order.challenge}")
        case paying.Outcome.RETRY:
            return see_other(form or step.order.form_path)
        case paying.Outcome.IN_WORK:
            words = texts.TEXTS[texts.page_language(language)]
            return page(_OVER, language, title=words["in_work_title"], message=words["in_work"], back=None)
        case _:
            return _finished(bank, step.order, language)


def _finished(bank: Bank, order: Order, language: str) -> web.Response:
    """Finished orders lead back to the shop, except that an expired session is explained first."""
    address = return_address(bank, order, language)
    if order.action_code != SESSION_EXPIRED:
        return web.Response(status=302, headers={"Location": address, "Referrer-Policy": "no-referrer"})
    words = texts.TEXTS[texts.page_language(language)]
    return page(_OVER, language, title=words["expired_title"], message=words["expired"], back=address)


def unknown(request: web.Request) -> web.Response:
    """There is nothing at this address, or not any more."""
    language = texts.page_language(request.match_info.get("lang", "ru"))
    words = texts.TEXTS[language]
    return page(_OVER, language, 404, title=words["unknown_title"], message=words["unknown"], back=None)


def _form(
    request: web.Request, order: Order, values: Mapping[str, str], problems: Mapping[str, str] = _NOTHING
) -> web.Response:
    bank, language = request.app[BANK], texts.page_language(_language(request))
    digits = "".join(values.get("pan", "").split())
    saved = bindings.only(bank, order)
    return page(
        _FORM,
        language,
        422 if problems else 200,
        order=order,
        saved=saved.card if saved else None,
        code=next((card.cvc for card in TEST_CARDS if saved and card.pan == saved.pan), ""),
        amount=_money(order, language),
        until=texts.moscow_time(order.expires_at),
        values={name: values.get(name, "") for name in _FIELDS},
        problems=problems,
        first=next(iter(problems), ""),
        decline=action_text(order.action_code, language) if order.action_code != NO_ATTEMPTS else "",
        cards=TEST_CARDS,
        action=_own_path(request),
        addresses=[(code, name, _own_path(request, code)) for code, name in texts.TONGUES],
        back=_back_to_shop(order),
        brands=texts.BRANDS,
        systems=SYSTEMS,
        system=payment_system(digits) if digits.isascii() and digits.isdigit() else "",
        **_time_left(bank, order),
    )


def _time_left(bank: Bank, order: Order) -> dict[str, Any]:
    """As it is told, and in whole seconds for the script that tells it on."""
    left = max(0.0, order.expires_at - bank.clock.now())
    return {"left": texts.countdown(left), "seconds": ceil(left)}


def _back_to_shop(order: Order) -> tuple[str, str] | None:
    """The shop's own button, which it asks for by two keys of its jsonParams: address and words."""
    params = dict(order.request.params)
    address = params.get("backToShopUrl", "")
    return (address, params.get("backToShopName", "")) if address.startswith(("http://", "https://")) else None


def _own_path(request: web.Request, language: str | None = None) -> str:
    """The address of the form that is open, with the order alone in its query; or the same form in another language."""
    name = _name_of_order(request)
    path = request.path
    if language is not None:
        path = _LANGUAGE.sub(rf"_{language}\1", path)
    return f"{path}?{name}={quote(request.query.get(name, ''))}"


def _asset(body: bytes, kind: str) -> web.Response:
    return web.Response(body=body, content_type=kind, charset="utf-8", headers={"Cache-Control": "max-age=300"})


def page(template: Template, language: str, status: int = 200, **facts: Any) -> web.Response:
    """One of the bank's pages, in Russian or English."""
    language = texts.page_language(language)
    body = template.render(lang=language, t=texts.TEXTS[language], **facts)
    return web.Response(text=body, status=status, content_type="text/html", headers=HEADERS)


def see_other(path: str) -> web.Response:
    """Another page of ours: 303 turns the browser's POST into a GET."""
    return web.Response(status=303, headers={"Location": path})


def _order(request: web.Request) -> Order | None:
    return request.app[BANK].orders.get(request.query.get(_name_of_order(request), ""))


def _name_of_order(request: web.Request) -> str:
    """Which parameter of a form's address names the order."""
    return "orderId" if request.path.startswith("/pp/") else "mdOrder"


def _language(request: web.Request) -> str:
    return request.match_info["lang"]


def _money(order: Order, language: str) -> str:
    return texts.money(order.amount, order.request.currency, language)


async def _typed(request: web.Request) -> dict[str, str]:
    typed = await request.post()
    return {name: str(typed.get(name, "")).strip() for name in _FIELDS}


def _entry(values: Mapping[str, str]) -> CardEntry:
    """What was typed, with the spaces out of the number; an unreadable date becomes one that is over."""
    pan = "".join(values["pan"].split()).replace("-", "")
    return CardEntry(pan, read_expiry(values["expiry"]) or "", values["cvc"], values["cardholder"])
