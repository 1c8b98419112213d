"""The pages the payer meets: the card form and the issuer's page. Plain HTML, no script. Source: gateway.md §7."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from gateways.sandbox import paying, texts
from gateways.sandbox.bank import Bank
from gateways.sandbox.cards import ACS_CODES, TEST_CARDS, CardEntry, known_card, read_expiry
from gateways.sandbox.codes import NO_ATTEMPTS, SESSION_EXPIRED, action_text
from gateways.sandbox.orders import Order

BANK = web.AppKey("bank", Bank)

# No form-action here: the bank's forms lead on to the shop's own address, which browsers would hold against it.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
# What may stand in an address as it is, the percent sign of finished escapes included.
_URL_SIGNS = "%/:?#[]@!$&'()*+,;=~"
_FIELDS = ("pan", "expiry", "cvc", "cardholder")


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
_CSS = resources.files("gateways.sandbox").joinpath("pages/bank.css").read_bytes()

routes = web.RouteTableDef()


@routes.get("/assets/bank.css")
async def stylesheet(_request: web.Request) -> web.Response:
    return web.Response(body=_CSS, content_type="text/css", charset="utf-8", headers={"Cache-Control": "max-age=300"})


@routes.get("/")
async def start(request: web.Request) -> web.Response:
    bank = request.app[BANK]
    language = texts.page_language(request.query.get("lang", "ru"))
    return page(_START, language, cards=TEST_CARDS, base=bank.base_url, orders=bank.recent(20))


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
    return _form(bank, order, _language(request), values)


@routes.post(r"/payment/merchants/{folder}/{view:(\w+_)?}payment_{lang:[a-z]{2}}.html")
@routes.post(r"/pp/pay_{lang:[a-z]{2}}")
async def submit_form(request: web.Request) -> web.Response:
    bank = request.app[BANK]
    values = await _typed(request)
    order = _order(request)
    if order is None:
        return unknown(request)
    order.ip = order.ip or request.remote
    step = paying.pay(bank, order, _entry(values))
    if step.outcome is paying.Outcome.INVALID:
        return _form(bank, order, _language(request), values | {"cvc": ""}, step.problems)
    return _after(bank, step, _language(request))


@routes.get("/acs/{challenge}")
async def show_challenge(request: web.Request) -> web.Response:
    bank = request.app[BANK]
    bank.tick()
    waiting = bank.challenges.get(request.match_info["challenge"])
    if waiting is None:
        return unknown(request)
    order = waiting.order
    language = texts.page_language(order.request.language)
    if order.challenge != request.match_info["challenge"]:
        return _after(bank, paying.standing(order), language)
    return page(_ACS, language, order=order, amount=_money(order, language), codes=ACS_CODES)


@routes.post("/acs/{challenge}")
async def submit_challenge(request: web.Request) -> web.Response:
    bank = request.app[BANK]
    typed = await request.post()
    challenge = request.match_info["challenge"]
    if typed.get("action") == "cancel":
        step = paying.cancel(bank, challenge)
    else:
        step = paying.confirm(bank, challenge, str(typed.get("code", "")))
    if step is None:
        return unknown(request)
    return _after(bank, step, step.order.request.language)


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


def _after(bank: Bank, step: paying.Step, language: str) -> web.Response:
    """Send the payer on: to the issuer, back to the form, or to the shop."""
    match step.outcome:
        case paying.Outcome.CHALLENGE:
            return see_other(f"/acs/{step.order.challenge}")
        case paying.Outcome.RETRY:
            return see_other(step.order.form_path)
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
    bank: Bank, order: Order, language: str, values: Mapping[str, str], problems: tuple[str, ...] = ()
) -> web.Response:
    language = texts.page_language(language)
    declined = order.action_code != NO_ATTEMPTS
    return page(
        _FORM,
        language,
        422 if problems else 200,
        order=order,
        amount=_money(order, language),
        left=texts.countdown(order.expires_at - bank.clock.now()),
        until=texts.moscow_time(order.expires_at),
        values={name: values.get(name, "") for name in _FIELDS},
        problems=problems,
        decline=action_text(order.action_code, language) if declined else "",
        cards=TEST_CARDS,
    )


def page(template: Template, language: str, status: int = 200, **facts: Any) -> web.Response:
    """One of the bank's pages, in Russian or English."""
    language = texts.page_language(language)
    body = template.render(lang=language, t=texts.TEXTS[language], **facts)
    return web.Response(text=body, status=status, content_type="text/html", headers=HEADERS)


def see_other(path: str) -> web.Response:
    """Another page of ours: 303 turns the browser's POST into a GET."""
    return web.Response(status=303, headers={"Location": path})


def _order(request: web.Request) -> Order | None:
    name = "orderId" if request.path.startswith("/pp/") else "mdOrder"
    return request.app[BANK].orders.get(request.query.get(name, ""))


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
