"""A clinic's own site, on another host and port than the checkout: one page, under as strict a policy as a site may have."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from tests.setting import free_port

SHEET: Final = """
:root { color-scheme: light dark; }
body { background: #fff; color: #222; font-family: sans-serif; }
a { color: #8a1c5c; }
@media (prefers-color-scheme: dark) { body { background: #1b1b1b; color: #eee; } a { color: #f3a6d2; } }
"""


@dataclass(slots=True)
class Site:
    """`snippet`: what stands where the button should be. `policy`: the site's Content-Security-Policy."""

    url: str
    host: str
    snippet: str = ""
    policy: str = ""

    async def page(self, _request: web.Request) -> web.Response:
        html = (
            '<!doctype html><html lang="ru"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            '<link rel="stylesheet" href="/site.css"><title>Клиника</title></head>'
            f"<body><main><h1>Наша клиника</h1>{self.snippet}</main></body></html>"
        )
        headers = {"Content-Security-Policy": self.policy}
        return web.Response(text=html, content_type="text/html", headers=headers)

    async def sheet(self, _request: web.Request) -> web.Response:
        return web.Response(text=SHEET, content_type="text/css")


def strict(checkout: str) -> str:
    """Nothing but what `/embed` asks for, and no string may become code or markup."""
    return (
        "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'self'; "
        f"script-src {checkout}; frame-src {checkout}; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


@asynccontextmanager
async def open_site() -> AsyncIterator[Site]:
    """On 127.0.0.1, while the checkout is on localhost: for a browser these are two sites, not only two origins."""
    host = f"127.0.0.1:{free_port()}"
    site = Site(f"http://{host}", host)
    app = web.Application()
    app.router.add_get("/", site.page)
    app.router.add_get("/site.css", site.sheet)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(host.rpartition(":")[2])).start()
    try:
        yield site
    finally:
        await runner.cleanup()
