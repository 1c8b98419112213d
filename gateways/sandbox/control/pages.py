"""Drawing the control pages. No script, no cookie: the language stands in the address, or is the browser's."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from gateways.sandbox import texts
from gateways.sandbox.clock import MOSCOW
from gateways.sandbox.control import words

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Vary": "Accept, Accept-Language",
}
SECTIONS = (
    ("overview", "/sandbox/"),
    ("orders", "/sandbox/orders"),
    ("callbacks", "/sandbox/callbacks"),
    ("journal", "/sandbox/journal"),
    ("dramas", "/sandbox/dramas"),
    ("faults", "/sandbox/faults"),
    ("registry", "/sandbox/registry"),
    ("merchants", "/sandbox/merchants"),
)
_CSS = resources.files("gateways.sandbox").joinpath("pages/control/control.css").read_bytes()


def instant(at: float | None) -> str:
    """Moscow time to the second."""
    return "" if at is None else f"{datetime.fromtimestamp(at, MOSCOW):%d.%m.%Y %H:%M:%S}"


def lapse(seconds: float, language: str) -> str:
    """`2 h 5 min`: the two largest units that are not nothing; an empty text below a second."""
    named, left, said = words.tables(language)["t"], int(seconds), []
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        if left >= size:
            said.append(f"{left // size}\N{NO-BREAK SPACE}{named[f'{unit}_short']}")
            left %= size
    return " ".join(said[:2])


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("gateways.sandbox", "pages/control"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
    environment.filters["instant"] = instant
    environment.filters["money"] = texts.money
    environment.filters["twice"] = lambda code: (code, code)
    return environment


def language_of(request: web.Request) -> str:
    """The address's, else English for whoever does not read Russian."""
    asked = request.query.get("lang", "")
    if asked in texts.TEXTS:
        return asked
    liked = request.headers.get("Accept-Language", "").lower()
    return "en" if liked.startswith("en") else "ru"


def draw(request: web.Request, template: str, /, *, status: int = 200, alert: str = "", **facts: Any) -> web.Response:
    """`alert`: why the last wish was not granted."""
    language, named = language_of(request), request.query.get("lang")

    def to(path: str, **query: str) -> str:
        """An address of ours that keeps the language that was chosen."""
        query |= {"lang": named} if named in texts.TEXTS else {}
        return f"{path}?{urlencode(query)}" if query else path

    body = (
        _environment()
        .get_template(template)
        .render(
            **words.tables(language),
            lang=language,
            to=to,
            here=request.path,
            sections=SECTIONS,
            alert=alert,
            told=request.query.get("done", ""),
            **facts,
        )
    )
    return web.Response(text=body, status=status, content_type="text/html", headers=HEADERS)


async def stylesheet(_request: web.Request) -> web.Response:
    return web.Response(body=_CSS, content_type="text/css", charset="utf-8", headers={"Cache-Control": "max-age=300"})
