"""Where browsers report what our pages' policy kept them from: counted, so that zero can be promised.

A report names the page it came from, and that address may be somebody's private link: only the directive and the
blocked origin are kept. Whoever can write here can only raise a counter.
"""

from __future__ import annotations

import json
from typing import Final
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from checkout.ground.observe import CSP_REPORTS
from checkout.web.routes import Routes

routes = Routes()
log = structlog.get_logger()
PATH: Final = "/csp-reports"
TYPES: Final = frozenset({"application/csp-report", "application/json"})
# What our policies consist of; anything else is counted as one.
DIRECTIVES: Final = frozenset(
    {
        *("default-src", "script-src", "script-src-elem", "script-src-attr", "style-src", "style-src-elem"),
        *("style-src-attr", "img-src", "connect-src", "frame-src", "form-action", "frame-ancestors", "base-uri"),
        "require-trusted-types-for",
    }
)


@routes.page("POST", PATH)
async def reported(request: web.Request) -> web.Response:
    """204 whatever it is; counted if it can be read."""
    if request.content_type not in TYPES:
        return web.Response(status=415)
    try:
        found = json.loads(await request.read())["csp-report"]
        directive = str(found.get("effective-directive") or found.get("violated-directive", "")).partition(" ")[0]
        blocked = str(found.get("blocked-uri", ""))[:500]
        origin = urlsplit(blocked).netloc or blocked[:20]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return web.Response(status=400)
    name = directive if directive in DIRECTIVES else "other"
    CSP_REPORTS.labels(name).inc()
    log.warning("csp_report", directive=name, blocked=origin)
    return web.Response(status=204)
