"""For operators: alive, ready, metrics."""

from __future__ import annotations

from ipaddress import ip_address

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from checkout.ground.crypto import same
from checkout.ground.db import in_transaction, one, sql
from checkout.ground.migrate import newest
from checkout.web.client import client_address
from checkout.web.routes import SERVICE, Routes

routes = Routes()
_READY = sql("SELECT (SELECT version_num FROM alembic_version) AS version, (SELECT mode FROM installation) AS mode")


@routes.page("GET", "/healthz")
async def healthz(_request: web.Request) -> web.Response:
    """The process answers. The database is not asked."""
    return web.json_response({"status": "alive"})


@routes.page("GET", "/readyz")
async def readyz(request: web.Request) -> web.Response:
    """The database answers, at our schema, in our mode."""
    service = request.app[SERVICE]
    try:
        row = await in_transaction(service.engine, lambda tx: one(tx, _READY))
    except Exception as reason:  # noqa: BLE001 - whatever it is, we are not ready
        return web.json_response({"status": "no database", "reason": type(reason).__name__}, status=503)
    fit = row is not None and row.version == newest() and row.mode == service.config.mode
    return web.json_response({"status": "ready" if fit else "wrong schema or mode"}, status=200 if fit else 503)


@routes.page("GET", "/metrics")
async def metrics(request: web.Request) -> web.Response:
    """With a token: whoever bears it. Without one: this machine alone."""
    token = request.app[SERVICE].config.metrics_token
    if token is not None:
        allowed = same(request.headers.get("Authorization", ""), f"Bearer {token.get_secret_value()}")
    else:
        allowed = ip_address(client_address(request)).is_loopback
    if not allowed:
        return web.Response(status=403)
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})
