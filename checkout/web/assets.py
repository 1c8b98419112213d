"""Static files: a closed list, each known by its hash, so that browsers may keep them for ever.

One of them is loaded by other sites, with its hash in their pages. When an upgrade changes it, their old hash refuses the
new file, and their button is a plain link until they take the new snippet from `/embed`: no site ever runs code of ours
that it did not ask for.

A path is looked up in the list and never joined to a folder: there is no way out of it. The payer's sheet is answered
together with the sheet it stands on: one request, one hash.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Final

from aiohttp import web

from checkout.web.routes import Routes

routes = Routes()
FOLDER: Final = Path(__file__).parent / "static"
TYPES: Final = {
    "payer.css": "text/css",
    "payer.js": "text/javascript",
    "desk.css": "text/css",
    "desk.js": "text/javascript",
    "passkey.js": "text/javascript",
    "icon.svg": "image/svg+xml",
    "docs.css": "text/css",
    "docs.js": "text/javascript",
    "embed.css": "text/css",
    "framed.js": "text/javascript",
    "button.js": "text/javascript",
    "plots.js": "text/javascript",
    "vendor/uplot.min.css": "text/css",
    "vendor/uplot.iife.min.js": "text/javascript",
    "vendor/swagger-ui.css": "text/css",
    "vendor/swagger-ui-bundle.js": "text/javascript",
}
# What pages of other origins may load. Nothing in it is private, and no request for it carries anything that is.
ABROAD: Final = {
    "button.js": {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"},
}
# What stands in front of a sheet, in a cascade layer: whatever the sheet itself says wins, however short its selector.
BASES: Final = {"payer.css": "vendor/pico.classless.min.css"}
FOR_EVER: Final = "public, max-age=31536000, immutable"


def content(name: str) -> bytes:
    """What is answered for `name`. The files of an installed version do not change while it runs."""
    own = (FOLDER / name).read_bytes()
    if name not in BASES:
        return own
    base = (FOLDER / BASES[name]).read_bytes().removeprefix(b'@charset "UTF-8";')  # said by our headers
    return b"@layer base{" + base + b"}\n" + own


@lru_cache(maxsize=len(TYPES))
def version(name: str) -> str:
    """Twelve hex digits of the content's hash."""
    return hashlib.sha256(content(name)).hexdigest()[:12]


@lru_cache(maxsize=len(ABROAD))
def integrity(name: str) -> str:
    """The file's hash as subresource integrity wants it."""
    digest = hashlib.sha384(content(name)).digest()
    return f"sha384-{base64.b64encode(digest).decode()}"


def href(name: str) -> str:
    """The address of a static file; it changes whenever the file does."""
    return f"/static/{name}?v={version(name)}"


@lru_cache(maxsize=len(TYPES))
def _packed(name: str) -> bytes:
    return gzip.compress(content(name), mtime=0)


@routes.page("GET", r"/static/{name:[a-z0-9./-]+}")
async def static(request: web.Request) -> web.Response:
    """One of the listed files; kept for ever if the address names its present hash."""
    name = request.match_info["name"]
    if name not in TYPES:
        raise web.HTTPNotFound
    fresh = request.query.get("v") == version(name)
    headers = {"Cache-Control": FOR_EVER if fresh else "no-cache", "Vary": "Accept-Encoding", **ABROAD.get(name, {})}
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        return _file(name, _packed(name), {**headers, "Content-Encoding": "gzip"})
    return _file(name, content(name), headers)


def _file(name: str, body: bytes, headers: dict[str, str]) -> web.Response:
    return web.Response(body=body, content_type=TYPES[name], charset="utf-8", headers=headers)
