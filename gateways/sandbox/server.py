"""The bank as an HTTP server."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Iterable

from aiohttp import web

from gateways.sandbox import app_pages, control, issuer_pages, payer, portal
from gateways.sandbox.bank import Bank
from gateways.sandbox.courier import courier_of
from gateways.sandbox.dispatch import ROADS, dispatch
from gateways.sandbox.greeting import greeting
from gateways.sandbox.merchants import Merchant
from gateways.sandbox.payer import BANK
from gateways.sandbox.replays import HEADER
from gateways.sandbox.trouble import CLOSING, cut, hang
from gateways.sandbox.wire import Reply, WireRequest

_API_HEADERS = {"Cache-Control": "no-cache, no-store"}


def _say(line: str) -> None:
    """Print at once: whoever started the bank through a pipe waits for this line."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def make_app(bank: Bank) -> web.Application:
    """The application: both dialects, the payer's pages, the control interface, and the clockwork behind them."""
    app = web.Application()
    app[BANK] = bank
    app[CLOSING] = asyncio.Event()
    for road in ROADS:
        app.router.add_route("*", road.prefix + "{method:.+}", api)
    app.router.add_routes(payer.routes)
    app.router.add_routes(issuer_pages.routes)
    app.router.add_routes(app_pages.routes)
    app.router.add_routes(control.routes)
    app.router.add_routes(portal.routes)
    app.cleanup_ctx.append(courier_of)
    app.on_shutdown.append(_release)
    return app


async def api(request: web.Request) -> web.StreamResponse:
    """Any call of a merchant."""
    body = await request.read() if request.body_exists else b""
    key = request.headers.get(HEADER, "")
    wire = WireRequest(request.method, request.path, request.rel_url.raw_query_string, request.content_type, body, key)
    reply = dispatch(request.app[BANK], wire)
    if reply.delay:
        await asyncio.sleep(reply.delay)
    if reply.hang:
        await hang(request)
    if reply.hang or reply.cut:
        cut(request)
    response = _response(reply)
    if key:
        response.headers[HEADER] = key
    return response


async def start(
    app: web.Application, port: int, host: str = "127.0.0.1", *, base_url: str | None = None
) -> web.AppRunner:
    """Listen; port 0 takes a free one. Payment pages are announced at `base_url`, else at the address itself.

    Close with `runner.cleanup()`. Raises OSError if the port is taken.
    """
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=2.0)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    taken: int = runner.addresses[0][1]
    app[BANK].base_url = (base_url or f"http://{host}:{taken}").rstrip("/")
    return runner


def serve(
    port: int,
    host: str = "127.0.0.1",
    *,
    merchants: Iterable[Merchant] = (Merchant(),),
    base_url: str | None = None,
    announce: Callable[[str], None] = _say,
) -> None:
    """Run until SIGINT or SIGTERM; `announce` is told the greeting once the bank listens, the base URL on its first line."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_run(Bank(merchants), port, host, base_url, announce))


async def _run(bank: Bank, port: int, host: str, base_url: str | None, announce: Callable[[str], None]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner = await start(make_app(bank), port, host, base_url=base_url)
    try:
        announce(greeting(bank))
        await stop.wait()
    finally:
        await runner.cleanup()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The faster loop where there is one."""
    try:
        import uvloop  # noqa: PLC0415  (not available on every platform)
    except ImportError:
        return None
    return uvloop.new_event_loop


def _response(reply: Reply) -> web.Response:
    headers = {**_API_HEADERS, "Content-Type": reply.content_type}
    if reply.location:
        headers["Location"] = reply.location
    return web.Response(status=reply.status, body=reply.body, headers=headers)


async def _release(app: web.Application) -> None:
    app[CLOSING].set()
