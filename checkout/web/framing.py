"""Which pages may stand in a frame, and in whose: the steps that choose, asked for with `embed=1`, in the sites of the list.

The form that books leads out of the frame. So the order's private page and the bank's page are never framed.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from checkout.web.routes import SERVICE

STEPS: Final = frozenset({"/", "/book"})


def embedded(request: web.Request) -> bool:
    """Whether this is a step for a frame. The address alone says so: a form that leaves the frame does not carry it."""
    return request.path in STEPS and request.query.get("embed") == "1"


def ancestors(request: web.Request) -> str:
    """The sources of `frame-ancestors` for the answer."""
    hosts = request.app[SERVICE].config.embed_hosts if embedded(request) else ()
    return " ".join(hosts) or "'none'"
