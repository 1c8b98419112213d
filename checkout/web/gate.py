"""What every API request passes before a handler sees it: key, right, size, shape, idempotency. Nothing is let in by default."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import structlog
from aiohttp import web
from pydantic import ValidationError

from checkout.ground.db import Scope, Tx, in_transaction
from checkout.ground.errors import Forbidden, Refusal, TooMany
from checkout.ground.service import Service
from checkout.people import store as people
from checkout.people.access import Principal
from checkout.web import problem
from checkout.web.client import origin
from checkout.web.download import File, download
from checkout.web.once import Note, Once, Replay, fingerprint
from checkout.web.routes import SERVICE, Call, Op

log = structlog.get_logger()
ANYBODY: Final = Principal("anybody")  # asks for what is nobody's: no scope narrows it
JSON: Final = "application/json"


class _Bad(Refusal):
    """A refusal of the gate itself, with the status it deserves."""

    def __init__(self, status: int, code: str, **facts: Any) -> None:
        super().__init__(code, **facts)
        self.status = status


def endpoint(op: Op) -> Callable[[web.Request], Any]:
    """The aiohttp handler of one declared operation."""

    async def handle(request: web.Request) -> web.StreamResponse:
        service, came = request.app[SERVICE], origin(request)
        once: Once | None = None
        try:
            principal = await _principal(service, request, op)
            service = _scoped(service, principal)
            if op.tells:
                service = service.coming_from(came)
            raw = await _body(request, service) if op.body else b""
            once = _once(service, request, op, principal, raw)
            call = Call(
                service=service,
                principal=principal,
                path=dict(request.match_info),
                body=op.body.model_validate_json(raw) if op.body else None,
                query=op.query.model_validate(_query(request)) if op.query else None,
                once=once,
                origin=came,
            )
            answer = await op.handler(call)
            if op.personal:
                await _noted(service, principal, _note(op, request), "done")
        except Replay as replay:
            return _replayed(replay)
        except ValidationError as error:
            where = "body" if error.title == getattr(op.body, "__name__", "") else "query"
            return problem.response(*problem.of_validation(error, instance=came.request_id, where=where))
        except Refusal as refusal:
            status, body = problem.of_refusal(refusal, instance=came.request_id)
            await _remember(service, once, refusal, status, body)
            return problem.response(status, body)
        if isinstance(answer, File):
            return download(answer.content, answer.name, answer.media)
        return web.Response(status=op.status, body=answer.model_dump_json().encode(), content_type=JSON)

    return handle


def _replayed(replay: Replay) -> web.Response:
    failed = replay.status >= 400  # noqa: PLR2004 - where HTTP's errors begin
    found = (
        problem.response(replay.status, replay.answer)
        if failed
        else web.Response(status=replay.status, text=replay.answer, content_type=JSON)
    )
    found.headers["Idempotent-Replayed"] = "true"
    return found


async def _principal(service: Service, request: web.Request, op: Op) -> Principal:
    """Who asks, and whether they may. A denial is audited."""
    if not op.action:
        return ANYBODY
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    found = None
    if scheme.lower() == "bearer" and 0 < len(secret) <= 200:  # noqa: PLR2004 - no key of ours is longer
        found = await in_transaction(service.engine, lambda tx: people.find(tx, secret))
    if found is None:
        raise _Bad(401, "key_missing")
    if not any(found.may(action) for action in op.action):
        await _noted(service, found, _note(op, request), "denied")
        raise Forbidden("action_forbidden", action=op.action[0], role=found.roles)
    return found


def _scoped(service: Service, principal: Principal) -> Service:
    """What a key of some clinics works with: the database shows it no row of another."""
    if principal is ANYBODY or principal.clinics is None:
        return service
    return service.within(Scope(principal.name, principal.clinics))


def _note(op: Op, request: web.Request) -> Note:
    """What the audit says of a request: under the first of the rights that it asks for, about what its path names last."""
    named = [op.path, *request.match_info.values()]
    return Note(op.action[0], named[-1], origin(request), told=op.tells)


async def _noted(service: Service, principal: Principal, note: Note, outcome: str) -> None:
    await in_transaction(service.engine, lambda tx: note.write(tx, principal.name, outcome))


async def _body(request: web.Request, service: Service) -> bytes:
    if request.content_type != JSON:
        raise _Bad(415, "type_unsupported")
    try:
        raw = await request.read()
    except web.HTTPRequestEntityTooLarge as reason:
        raise _Bad(413, "body_too_large", limit=service.config.limits.body_bytes) from reason
    try:
        json.loads(raw, object_pairs_hook=_unique, parse_constant=_no_constants)
    except (ValueError, RecursionError) as reason:
        raise _Bad(400, "body_unreadable") from reason
    return raw


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is repeated")
    return found


def _no_constants(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _query(request: web.Request) -> dict[str, str]:
    found = dict(request.query)
    if len(found) != len(request.query):
        raise _Bad(400, "parameter_repeated")
    return found


def _once(service: Service, request: web.Request, op: Op, principal: Principal, raw: bytes) -> Once:
    key = request.headers.get("Idempotency-Key", "")
    if op.changes and not (0 < len(key) <= 255 and key.isprintable()):  # noqa: PLR2004 - the documented limit
        raise _Bad(400, "idempotency_key_missing")
    note = _note(op, request) if op.action else None
    return Once(service, principal.name, key, fingerprint(op.method, request.path, raw), op.status, note)


async def _remember(service: Service, once: Once | None, refusal: Refusal, status: int, body: str) -> None:
    """A refusal is an answer too, once execution began; a running, a malformed or a braked request is not one."""
    if once is None or not once.key or refusal.code in ("request_running", "idempotency_key_reused"):
        return
    if isinstance(refusal, TooMany):  # the same key may do it once the wait is over
        return

    async def work(tx: Tx) -> None:
        if await once.remember(tx, status, body) and once.note is not None:
            await once.note.write(tx, once.principal, "refused", {"code": refusal.code})

    await in_transaction(service.engine, work)
