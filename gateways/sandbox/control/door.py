"""How the control interface is spoken to: JSON by programs, pages and forms by people. One address serves both.

It has no login. What keeps strangers out is that it listens on loopback, and that no page of another origin may post.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from gateways.sandbox.bank import Bank
from gateways.sandbox.orders import Order
from gateways.sandbox.payer import BANK

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_HERE = frozenset({"127.0.0.1", "localhost", "::1"})
_DECLINED = {400: "a JSON object with Content-Type: application/json, or a form, is expected"}
_DEFAULT_ROWS = 100
_LONGEST_COUNT = 9


class Wrong(Exception):
    """What was asked for cannot be done: a sentence for whoever asked."""


class Absent(Exception):
    """There is no such thing."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a change answers: a body to programs; to people the page to go to, and what to say there (`words.DONE`)."""

    body: Mapping[str, Any] | None
    page: str
    said: str
    status: int = 200


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Change = Callable[[web.Request, dict[str, Any]], Awaitable[Done]]
Show = Callable[..., Awaitable[web.StreamResponse]]


def bank_of(request: web.Request) -> Bank:
    """The bank, with everything done that is due."""
    bank = request.app[BANK]
    bank.tick()
    return bank


def order_of(bank: Bank, name: str) -> Order:
    """By number or id. Raises Absent."""
    order = bank.lookup(name.strip())
    if order is None:
        raise Absent(f"no such order: {name!r}")
    return order


def wants_page(request: web.Request) -> bool:
    """Browsers name HTML first; programs take anything."""
    return "text/html" in request.headers.get("Accept", "")


def sent_form(request: web.Request) -> bool:
    return request.content_type in _FORMS


def number(request: web.Request, name: str, default: int = _DEFAULT_ROWS) -> int:
    """A count from the query."""
    value = request.query.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) <= _LONGEST_COUNT else default


def answer(fields: Mapping[str, Any], status: int = 200) -> web.Response:
    text = json.dumps(fields, ensure_ascii=False)
    return web.json_response(text=text, status=status, headers={"Vary": "Accept", "Cache-Control": "no-store"})


def shown(handler: Handler) -> Handler:
    """Something to look at: what there is none of is said."""

    @wraps(handler)
    async def looked(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except Absent as reason:
            return answer({"error": str(reason)}, 404)
        except Wrong as reason:
            return answer({"error": str(reason)}, 400)

    return looked


def changing(show: Show) -> Callable[[Change], Handler]:
    """Something to change, by JSON or by a form of the page that `show` draws; a form that is wrong is shown again."""

    def wrapped(change: Change) -> Handler:
        @wraps(change)
        async def changed(request: web.Request) -> web.StreamResponse:
            if not from_here(request):
                return answer({"error": "a page of another origin may not change anything here"}, 403)
            wish = await _wish(request)
            if wish is None:
                return answer({"error": _DECLINED[400]}, 400)
            try:
                done = await change(request, wish)
            except (Wrong, Absent) as reason:
                status = 404 if isinstance(reason, Absent) else 400
                if sent_form(request):
                    return await show(request, alert=str(reason), typed=wish, status=status)
                return answer({"error": str(reason)}, status)
            return _told(request, done)

        return changed

    return wrapped


def from_here(request: web.Request) -> bool:
    """Whether no browser sent this for a page of another origin. Programs send neither header.

    The name in the address must be the bank's own too: a stranger's name may have been made to point here.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is None and origin is None:
        return True
    own = {*_HERE, urlsplit(request.app[BANK].base_url).hostname}
    same = origin is None or urlsplit(origin).netloc == request.host
    return same and site in (None, "same-origin", "none") and urlsplit(f"//{request.host}").hostname in own


async def _wish(request: web.Request) -> dict[str, Any] | None:
    """A JSON object as it is, or a form's fields as text; None for anything else. A DELETE needs neither."""
    if request.method == "DELETE":
        return {}
    if sent_form(request):
        return {name: str(value) for name, value in (await request.post()).items()}
    if request.content_type != "application/json":
        return None
    try:
        body = await request.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _told(request: web.Request, done: Done) -> web.Response:
    if sent_form(request):
        query = {"done": done.said} | ({"lang": request.query["lang"]} if "lang" in request.query else {})
        raise web.HTTPSeeOther(str(request.url.with_path(done.page).with_query(query).relative()))
    return web.Response(status=204) if done.body is None else answer(done.body, done.status)
