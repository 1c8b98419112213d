"""The web application: the rooms joined, every answer under the same headers, every fault behind the same face."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable
from functools import cache, partial
from typing import Final

import structlog
from aiohttp import web
from ulid import ULID

from checkout.books.worklist import Source
from checkout.ground.db import DATABASE_TROUBLE
from checkout.ground.observe import REQUESTS
from checkout.ground.service import Service
from checkout.web import hosts, problem
from checkout.web.client import client_address
from checkout.web.desk.gate import screen
from checkout.web.framing import ancestors
from checkout.web.gate import endpoint
from checkout.web.guesses import HELD, PRIVATE, guesses
from checkout.web.openapi import document
from checkout.web.pages import fault_page, see_other
from checkout.web.payer import result
from checkout.web.payer.guard import PARTS
from checkout.web.reports import PATH as REPORTS
from checkout.web.routes import (
    CURES,
    FORMS_TO,
    OPENAPI,
    PANELS,
    REQUEST_ID,
    ROOMS,
    SERVICE,
    SOURCES,
    UPLOADS,
    WORKLIST,
    Op,
    Page,
    Panel,
    Routes,
    Screen,
)
from checkout.web.texts import REFUSALS

log = structlog.get_logger()
Next = Callable[[web.Request], Awaitable[web.StreamResponse]]

# No page of ours loads anything from elsewhere, runs inline code, or sends a form anywhere but home. Added to each answer:
# who may frame it (nobody, but for the steps that a clinic's site shows in a dialog), and where its forms may lead besides
# (nowhere, but for the one to the issuer of a card).
CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    f"base-uri 'none'; require-trusted-types-for 'script'; report-uri {REPORTS}; "
)
HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cache-Control": "no-store",
    "Server": "checkout",  # not which version of what
}


def make_app(
    service: Service, rooms: Iterable[Routes], panels: Iterable[Panel] = (), work: Iterable[Source] = ()
) -> web.Application:
    """Join the rooms. A path declared twice is a mistake that aiohttp refuses at start."""
    rooms = tuple(rooms)
    found = [entry for room in rooms for entry in room]
    app = web.Application(middlewares=[_frame, guesses], client_max_size=service.config.limits.body_bytes)
    app[SERVICE] = service
    app[PANELS] = tuple(panels)
    app[WORKLIST] = tuple(work)
    app[ROOMS] = tuple(door for room in rooms for door in room.rooms)
    app[SOURCES] = {name: source for room in rooms for name, source in room.sources.items()}
    app[CURES] = {cure: doer for room in rooms for cure, doer in room.cures.items()}
    app[UPLOADS] = {
        (entry.method, entry.path): entry.upload + entry.bulk for entry in found if isinstance(entry, Screen)
    }
    app[HELD] = {}
    app.on_response_prepare.append(_seal)
    app.on_cleanup.append(result.end)
    for entry in found:
        app.router.add_route(entry.method, entry.path, _handler(entry))
    # Drawn when it is first asked for: it takes longer than all the rest, and most processes never are.
    ops = [entry for entry in found if isinstance(entry, Op)]
    drawn: Callable[[], bytes] = cache(partial(document, ops, service.config.public_url))
    app[OPENAPI] = drawn
    return app


def _handler(entry: Op | Page | Screen) -> Next:
    if isinstance(entry, Op):
        return endpoint(entry)
    return screen(entry) if isinstance(entry, Screen) else entry.handler


@web.middleware
async def _frame(request: web.Request, handler: Next) -> web.StreamResponse:
    """Host check, request id, headers, timing, and the last resort for faults."""
    request_id = f"req_{ULID()}"
    request[REQUEST_ID] = request_id
    structlog.contextvars.bind_contextvars(request_id=request_id)
    began = time.perf_counter()
    service = request.app[SERVICE]
    response: web.StreamResponse
    try:
        response = _unfit(request, service) or await handler(request)
    except web.HTTPException as exception:
        response = _plain(request, exception)
    except (*DATABASE_TROUBLE, OSError) as reason:
        log.exception("database_trouble", reason=type(reason).__name__)
        response = _fault(request, 503, "unavailable")
    except Exception:
        log.exception("unexpected")
        response = _fault(request, 500, "internal")
    finally:
        structlog.contextvars.clear_contextvars()
    _measure(request, response.status, time.perf_counter() - began)
    return response


def _unfit(request: web.Request, service: Service) -> web.StreamResponse | None:
    """What no handler need see: another's name, a path that is no text, a body that is too large to be read."""
    if not hosts.known(service.config, request.host):
        return _fault(request, 421, "not_found")
    if not hosts.here(service.config, request.host, request.path):
        at_home = request.path == "/" and request.method == "GET" and request.host in service.config.desk_hosts
        return see_other(hosts.HOME) if at_home else _fault(request, 404, "not_found")
    if not request.path.isprintable():
        return _fault(request, 404, "not_found")
    if (request.content_length or 0) > _most(request, service):
        return _fault(request, 413, "body_too_large")
    return None


def _most(request: web.Request, service: Service) -> int:
    """Bytes of a body. A form that brings a file, or long texts, may be larger by those, where they are taken."""
    resource = request.match_info.route.resource
    taken = request.app[UPLOADS].get((request.method, resource.canonical), 0) if resource else 0
    return service.config.limits.body_bytes + (taken if request.content_type == PARTS else 0)


async def _seal(request: web.Request, response: web.StreamResponse) -> None:
    """On every answer, before its first byte leaves."""
    service = request.app[SERVICE]
    response.headers.setdefault("Content-Security-Policy", _policy(request))
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = HEADERS["Server"]  # its name and version stand there by now
    response.headers["X-Request-Id"] = request[REQUEST_ID]
    if service.config.public_url.startswith("https:"):
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if request.path.startswith(PRIVATE):
        response.headers["X-Robots-Tag"] = "noindex, nofollow"  # files have no place for it
    if request.path.startswith("/v1/"):
        response.headers["Vary"] = "Authorization"


def _policy(request: web.Request) -> str:
    besides = request.get(FORMS_TO)
    forms = f"form-action 'self' {besides}" if besides else "form-action 'self'"
    return f"{CSP}{forms}; frame-ancestors {ancestors(request)}"


def _measure(request: web.Request, status: int, seconds: float) -> None:
    resource = request.match_info.route.resource
    route = resource.canonical if resource else "unknown"
    REQUESTS.labels(route, request.method, str(status)).observe(seconds)
    log.info(
        "request",
        route=route,
        method=request.method,
        status=status,
        milliseconds=round(seconds * 1000, 1),
        client=client_address(request),
        request_id=request[REQUEST_ID],
    )


_CODES: Final = {405: "method_not_allowed", 413: "body_too_large"}


def _plain(request: web.Request, exception: web.HTTPException) -> web.StreamResponse:
    """What the router itself refuses: unknown path, wrong method, redirects made by handlers."""
    if exception.status < 400:  # noqa: PLR2004 - where HTTP's errors begin
        return exception
    response = _fault(request, exception.status, _CODES.get(exception.status, "not_found"))
    if "Allow" in exception.headers:
        response.headers["Allow"] = exception.headers["Allow"]
    return response


def _fault(request: web.Request, status: int, code: str) -> web.Response:
    if request.path.startswith(("/v1/", "/callbacks/")):
        body = problem.document(status, code, REFUSALS[code].en, instance=request[REQUEST_ID], errors=[], facts={})
        return problem.response(status, body)
    return fault_page(request, status, code)
