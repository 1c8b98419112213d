"""What others need to check a visit token: our public keys, at an address that never changes."""

from __future__ import annotations

import json

from aiohttp import web

from checkout.payment.visit_token import ADDRESS, keys
from checkout.web.routes import SERVICE, Routes

routes = Routes()


@routes.page("GET", ADDRESS)
async def visit_token_keys(request: web.Request) -> web.Response:
    """For everybody, other sites' pages too: nothing in it is a secret."""
    headers = {
        "Cache-Control": "public, max-age=3600",
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    body = json.dumps(keys(request.app[SERVICE].vault))
    return web.Response(text=body, content_type="application/json", headers=headers)
