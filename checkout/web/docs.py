"""For developers: the API reference, the document behind it, and a page for every problem code."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from checkout.web.pages import language_of, page
from checkout.web.reports import PATH as REPORTS
from checkout.web.routes import OPENAPI, Routes
from checkout.web.texts import REFUSALS

routes = Routes()

# As every page's policy, but without Trusted Types, which Swagger UI does not speak. Nothing inline here either.
CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    f"form-action 'self'; frame-ancestors 'none'; base-uri 'none'; report-uri {REPORTS}"
)


@routes.page("GET", "/docs")
async def docs(request: web.Request) -> web.Response:
    """The reference, rendered in the browser from the document. It speaks English only."""
    shown = page(request, "docs.html", language="en")
    shown.headers["Content-Security-Policy"] = CSP
    return shown


@routes.page("GET", "/openapi.json")
async def openapi(request: web.Request) -> web.Response:
    return web.Response(body=request.app[OPENAPI](), content_type="application/json")


@routes.page("GET", "/problems/{code}")
async def problem(request: web.Request) -> web.Response:
    """Where the `type` of a problem document points to."""
    code = request.match_info["code"]
    if code not in REFUSALS:
        raise web.HTTPNotFound
    return page(request, "problem.html", language=language_of(request), code=code, text=REFUSALS[code])
