"""The issuer's page for payers whom a shop led there by itself. Plain forms, no script. Source: gateway.md §7.3, §7.4."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from gateways.sandbox import payer, texts
from gateways.sandbox.cards import ACS_CODES
from gateways.sandbox.orders import Order

WORDS: Final = {
    "ru": {"issuer_done": "Ответ банка готов", "issuer_go_on": "Вернуться к оплате"},
    "en": {"issuer_done": "The bank has answered", "issuer_go_on": "Back to the payment"},
}
routes = web.RouteTableDef()


@routes.post("/3ds/acs")
async def ask(request: web.Request) -> web.Response:
    """The form for the code. The names of the fields that come say which protocol the shop speaks."""
    typed = await request.post()
    asked = str(typed.get("PaReq") or typed.get("creq") or "")
    order = _waiting(request, asked)
    if order is None:
        return _page("issuer.html", "ru", 404, order=None)
    back = str(typed.get("TermUrl", ""))
    hidden = {"asked": asked, "back": back, "MD": str(typed.get("MD", "")), "new": "1" if "creq" in typed else ""}
    language = texts.page_language(order.request.language)
    amount = texts.money(order.amount, order.request.currency, language)
    return _page("issuer.html", language, order=order, amount=amount, codes=ACS_CODES, hidden=hidden)


@routes.post("/3ds/acs/answer")
async def answer(request: web.Request) -> web.Response:
    """A page that carries the issuer's answer on, by a press: where to is what the shop said when it began."""
    typed = {name: str(value) for name, value in (await request.post()).items()}
    order = _waiting(request, typed.get("asked", ""))
    if order is None or order.challenge is None:
        return _page("issuer.html", "ru", 404, order=None)
    issuer = request.app[payer.BANK].issuer
    right = typed.get("action") != "cancel" and typed.get("code", "").strip() in ACS_CODES
    said = issuer.answer(order.challenge, "Y" if right else "N")
    target = typed.get("back") or issuer.finish_urls.get(order.challenge, "")
    fields = {"cres": said} if typed.get("new") else {"PaRes": said, "MD": typed.get("MD") or order.id}
    language = texts.page_language(order.request.language)
    return _page("issuer_done.html", language, order=order, target=target, fields=fields)


@routes.route("*", "/3ds/method")
@routes.route("*", "/3ds/method/server")
async def method(_request: web.Request) -> web.Response:
    """What a hidden frame loads first: an issuer would look at the browser here."""
    return web.Response(
        text="<!doctype html><title>3-D Secure</title>", content_type="text/html", headers=payer.HEADERS
    )


def _waiting(request: web.Request, asked: str) -> Order | None:
    bank = request.app[payer.BANK]
    bank.tick()
    challenge = bank.issuer.asked(asked)
    waiting = bank.challenges.get(challenge) if challenge else None
    return waiting.order if waiting and waiting.order.challenge == challenge else None


def _page(name: str, language: str, status: int = 200, **facts: object) -> web.Response:
    words = texts.TEXTS[language] | WORDS[language]
    body = payer.ENVIRONMENT.get_template(name).render(lang=language, t=words, **facts)
    return web.Response(text=body, status=status, content_type="text/html", headers=payer.HEADERS)
