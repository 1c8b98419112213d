"""Who is at the other end: the peer, or what exactly one trusted proxy says of it."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final

from aiohttp import web

from checkout.ground.events import From
from checkout.web.routes import REQUEST_ID, SERVICE

NOBODY: Final = "0.0.0.0"  # noqa: S104 - an address that nobody has, loopback least of all


def client_address(request: web.Request) -> str:
    """An IP address. Of X-Forwarded-For only the last entry counts, and only behind the one trusted proxy."""
    claimed = request.remote or NOBODY
    if request.app[SERVICE].config.trusted_proxy_hops:
        claimed = ",".join(request.headers.getall("X-Forwarded-For", [])).rpartition(",")[2].strip() or NOBODY
    try:
        return str(ip_address(claimed))
    except ValueError:
        return NOBODY


def origin(request: web.Request) -> From:
    """Where it comes from, for the audit."""
    return From(client_address(request), request.headers.get("User-Agent", ""), request[REQUEST_ID])
