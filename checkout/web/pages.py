"""Pages for people: error pages for now."""

from __future__ import annotations

from html import escape

from aiohttp import web

from checkout.web.routes import REQUEST_ID
from checkout.web.texts import REFUSALS


def fault_page(request: web.Request, status: int, code: str) -> web.Response:
    """What a person sees when a page fails: what happened, and the request id to tell us."""
    words = REFUSALS[code]
    body = f"<!doctype html><title>{status}</title><h1>{escape(words.ru)}</h1><p>{escape(words.en)}</p><p>{escape(request[REQUEST_ID])}</p>"
    return web.Response(status=status, text=body, content_type="text/html")
