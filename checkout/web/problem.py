"""RFC 9457 problem documents: every refusal is translated here, once."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from aiohttp import web
from pydantic import ValidationError

from checkout.ground.errors import Refusal
from checkout.web.texts import REFUSALS, explain
from gateways.money import Money

CONTENT_TYPE: Final = "application/problem+json"
RETRY_AFTER: Final = {
    "request_running": "2",
    "payment_being_checked": "5",
    "bank_unreachable": "10",
    "bank_resting": "60",
}


def wire(value: Any) -> Any:
    """A fact as JSON: money as an object, instants in UTC, spans in whole seconds, rounded up."""
    if isinstance(value, Money):
        return {"amount": value.amount, "currency": value.currency}
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, timedelta):
        return math.ceil(value.total_seconds())
    if isinstance(value, list | tuple):
        return [wire(item) for item in value]
    return value if isinstance(value, int | bool) or value is None else str(value)


def document(
    status: int, code: str, detail: str, *, instance: str, errors: list[dict[str, str]], facts: Mapping[str, Any]
) -> str:
    body: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": REFUSALS[code].en,
        "status": status,
        "detail": detail,
        "instance": instance,
        "code": code,
    }
    if errors:
        body["errors"] = errors
    body.update({name: wire(value) for name, value in facts.items() if name not in body})
    return json.dumps(body, ensure_ascii=False)


def of_refusal(refusal: Refusal, *, instance: str, status: int | None = None) -> tuple[int, str]:
    """Status and body."""
    detail = explain(refusal)
    errors = [{"pointer": refusal.pointer, "code": refusal.code, "detail": detail}] if refusal.pointer else []
    found = status or refusal.status
    return found, document(found, refusal.code, detail, instance=instance, errors=errors, facts=refusal.facts)


def of_validation(error: ValidationError, *, instance: str, where: str) -> tuple[int, str]:
    """Every wrong field by its JSON pointer."""
    errors = [
        {
            "pointer": "/" + "/".join(str(step) for step in fault["loc"]) if where == "body" else "",
            "parameter": str(fault["loc"][0]) if where != "body" and fault["loc"] else "",
            "code": fault["type"],
            "detail": fault["msg"],
        }
        for fault in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    tidy = [{name: value for name, value in fault.items() if value} for fault in errors]
    return 422, document(422, "schema", REFUSALS["schema"].en, instance=instance, errors=tidy, facts={})


def patience(code: str, seconds: int) -> dict[str, str]:
    """The headers of a brake. `RateLimit` is a draft (draft-ietf-httpapi-ratelimit-headers): an extra."""
    return {"Retry-After": str(seconds), "RateLimit": f'"{code}";r=0;t={seconds}'}


def response(status: int, body: str) -> web.Response:
    found = json.loads(body)
    code = found.get("code", "")
    headers = {"Retry-After": RETRY_AFTER[code]} if code in RETRY_AFTER else {}
    if "retry_after" in found:
        headers |= patience(code, found["retry_after"])
    if status == 401:  # noqa: PLR2004 - the challenge belongs to this status
        headers["WWW-Authenticate"] = "Bearer"
    return web.Response(status=status, text=body, content_type=CONTENT_TYPE, headers=headers)
