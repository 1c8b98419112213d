"""Requests and answers as plain data, and how parameters are read from them. Source: gateway.md §1."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from gateways.sandbox.codes import Reason, Refusal

Params = Mapping[str, Any]

MAX_AMOUNT = 999_999_999_999
JSON_TYPE = "application/json;charset=UTF-8"
HTML_TYPE = "text/html;charset=UTF-8"


@dataclass(frozen=True, slots=True)
class WireRequest:
    """One HTTP request: `path` decoded, `query` as it stood after the question mark; `key`: of its idempotency."""

    method: str
    path: str
    query: str = ""
    content_type: str = ""
    body: bytes = b""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. Whoever carries it makes the trouble real: wait `delay` seconds first; `hang` never answers
    while the client waits; `cut` breaks the connection. A redirect has a `location`.
    """

    status: int
    content_type: str
    body: bytes
    delay: float = 0.0
    hang: bool = False
    cut: bool = False
    location: str = ""


class Malformed(Exception):
    """The body cannot be read at all."""


def html_reply(status: int, text: str) -> Reply:
    """A bare error page, as gateways and the boxes in front of them answer."""
    page = f"<html><head><title>{status}</title></head><body><h1>{status} {text}</h1></body></html>"
    return Reply(status, HTML_TYPE, page.encode())


def json_reply(fields: Mapping[str, Any]) -> Reply:
    """Business answers are HTTP 200, refusals too."""
    return Reply(200, JSON_TYPE, json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode())


def read_params(request: WireRequest) -> dict[str, Any]:
    """Query and body merged, the body winning; empty values count as absent. Raises Malformed."""
    params: dict[str, Any] = _pairs(request.query) if request.query else {}
    if request.body.strip():
        params.update(_read_body(request))
    return {name: value for name, value in params.items() if value not in ("", None)}


def _pairs(encoded: str) -> dict[str, Any]:
    """The last of a name wins; only `features` may be repeated, and then all of them are meant."""
    pairs = parse_qsl(encoded)
    repeated = [value for name, value in pairs if name == "features"]
    return dict(pairs) | ({"features": ";".join(repeated)} if len(repeated) > 1 else {})


def _read_body(request: WireRequest) -> dict[str, Any]:
    try:
        text = request.body.decode()
        if "json" not in request.content_type:
            return _pairs(text)
        parsed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed from error
    if not isinstance(parsed, dict):
        raise Malformed
    return parsed


def text(params: Params, name: str) -> str | None:
    """A parameter as text, None if it is absent."""
    value = params.get(name)
    return None if value is None else str(value)


def yes(params: Params, name: str) -> bool:
    """Whether a switch is on, as a word or as JSON has it. Absent is off."""
    return (text(params, name) or "").lower() == "true"


def amount(params: Params, name: str) -> int:
    """A parameter in kopecks. Raises Refusal(AMOUNT_WRONG) for anything but a whole number of at most 12 digits."""
    value = params.get(name)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value) if len(value) <= len(str(MAX_AMOUNT)) else MAX_AMOUNT + 1
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_AMOUNT:
        raise Refusal(Reason.AMOUNT_WRONG)
    return value
