"""The settings that plugins write by themselves: where callbacks go. Source: gateway.md §1.1, §12.9."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aiohttp import web

from gateways.sandbox.merchants import OPERATIONS, Merchant, Verb
from gateways.sandbox.payer import BANK

routes = web.RouteTableDef()


@routes.post("/mportal/mvc/public/merchant/update/{login}")
async def update(request: web.Request) -> web.Response:
    """`{"callbacks_enabled", "callback_type", "callback_http_method", "callback_operations", "callback_addresses"}`.

    The path has the portal's login, without the `-api` of the one that calls the API. What the real portal answers
    is not known [I].
    """
    bank = request.app[BANK]
    merchant = _caller(request, bank.merchants)
    if merchant is None:
        return _answer("FAIL", 401, "WWW-Authenticate")
    try:
        changes = _read(json.loads(await request.read()))
    except (ValueError, TypeError, AttributeError):
        return _answer("FAIL", 400)
    bank.admit(replace(merchant, **changes))
    return _answer("SUCCESS", 200)


def _caller(request: web.Request, merchants: Mapping[str, Merchant]) -> Merchant | None:
    """Who logs in, by either login, provided that the path is theirs."""
    login, _, password = _credentials(request.headers.get("Authorization", "")).partition(":")
    folder = request.match_info["login"].removesuffix("-api")
    merchant = next((one for one in merchants.values() if one.folder == folder), None)
    if merchant is None or login.removesuffix("-api") != folder or password != merchant.password:
        return None
    return merchant


def _credentials(header: str) -> str:
    """`login:password` of a Basic header; empty if it is none."""
    scheme, _, coded = header.partition(" ")
    try:
        return base64.b64decode(coded, validate=True).decode() if scheme.lower() == "basic" else ""
    except ValueError:
        return ""


def _read(body: Mapping[str, Any]) -> dict[str, Any]:
    """Only what was named is changed. Operations that this bank does not have are passed over, as plugins list many."""
    changes: dict[str, Any] = {}
    if "callback_http_method" in body:
        changes["callback_verb"] = Verb(body["callback_http_method"].upper())
    if "callback_operations" in body:
        named = {name.strip() for name in body["callback_operations"].split(",")}
        changes["callback_operations"] = frozenset(named & OPERATIONS)
    if "callback_addresses" in body:
        changes["callback_url"] = body["callback_addresses"].split(",")[0].strip() or None
    if body.get("callbacks_enabled", True) is False:
        changes["callback_url"] = None
    return changes


def _answer(status: str, code: int, *asking: str) -> web.Response:
    headers = dict.fromkeys(asking, 'Basic realm="mportal"')
    return web.json_response({"status": status}, status=code, headers=headers)
