"""The OpenAPI 3.1 document, assembled from the route registry: what is routed is what is described."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from typing import Any, Final, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from checkout.web.download import File
from checkout.web.problem import CONTENT_TYPE
from checkout.web.routes import Op
from checkout.web.texts import REFUSALS

REF: Final = "#/components/schemas/{model}"
_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_JSON: Final = "application/json"
Mode = Literal["validation", "serialization"]

PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "RFC 9457 problem: `code` is stable, `errors` name the fields.",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "description": "the request id"},
        "code": {"type": "string", "enum": sorted(REFUSALS)},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}


def document(ops: Sequence[Op], public_url: str) -> bytes:
    """The whole document as JSON."""
    schemas, components = _schemas(ops)
    paths: dict[str, dict[str, Any]] = {}
    for op in ops:
        paths.setdefault(op.path, {})[op.method.lower()] = _operation(op, schemas)
    whole = {
        "openapi": "3.1.0",
        "info": {
            "title": "clinic-checkout",
            "version": version("clinic-checkout"),
            "description": "Book a visit, take the money, give it back. Sums are whole kopecks; instants are UTC.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": public_url}],
        "paths": paths,
        "components": {
            "schemas": {**components, "Problem": PROBLEM},
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }
    return json.dumps(whole, ensure_ascii=False).encode()


def _schemas(ops: Iterable[Op]) -> tuple[dict[tuple[type[BaseModel], Mode], Any], dict[str, Any]]:
    wanted: dict[tuple[type[BaseModel], Mode], None] = {}
    for op in ops:
        if not issubclass(op.out, File):
            wanted[op.out, "serialization"] = None
        for model in (op.body, op.query):
            if model is not None:
                wanted[model, "validation"] = None
    refs, defs = models_json_schema(list(wanted), ref_template=REF)
    return {(model, mode): refs[model, mode] for model, mode in wanted}, defs.get("$defs", {})


def _operation(op: Op, schemas: dict[tuple[type[BaseModel], Mode], Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": op.name,
        "summary": op.summary,
        "tags": [op.tag],
        "parameters": [*_path_parameters(op), *_query_parameters(op), *_headers(op)],
        "responses": _responses(op, schemas),
        "security": [{"key": []}] if op.action else [],
    }
    if op.body is not None:
        content: dict[str, Any] = {"schema": schemas[op.body, "validation"]}
        if op.example is not None:
            content["example"] = op.example
        found["requestBody"] = {"required": True, "content": {_JSON: content}}
    return found


def _path_parameters(op: Op) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(op.path)
    ]


def _query_parameters(op: Op) -> list[dict[str, Any]]:
    if op.query is None:
        return []
    schema = op.query.model_json_schema(ref_template=REF)
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": shape}
        for name, shape in schema["properties"].items()
    ]


def _headers(op: Op) -> list[dict[str, Any]]:
    if not op.changes:
        return []
    shape = {"type": "string", "minLength": 1, "maxLength": 255}
    text = "Made by you, once per intention; the same key with the same body gives the same answer."
    return [{"name": "Idempotency-Key", "in": "header", "required": True, "schema": shape, "description": text}]


def _responses(op: Op, schemas: dict[tuple[type[BaseModel], Mode], Any]) -> dict[str, Any]:
    problem = {"content": {CONTENT_TYPE: {"schema": {"$ref": REF.format(model="Problem")}}}}
    content = {op.out.media: {}} if issubclass(op.out, File) else {_JSON: {"schema": schemas[op.out, "serialization"]}}
    good: dict[str, Any] = {"description": op.summary, "content": content}
    if op.changes:
        good["headers"] = {"Idempotent-Replayed": {"schema": {"type": "string"}, "description": "true on a replay"}}
    found = {str(op.status): good}
    for status, why in _problems(op).items():
        found[status] = {"description": why, **problem}
    return found


def _problems(op: Op) -> dict[str, str]:
    codes = ", ".join(code for code in op.refusals if not code.startswith("too_many_"))
    found = {"503": "the bank or the database cannot be asked"}
    if op.query is not None or op.body is not None:
        found["400"] = "unreadable, or without Idempotency-Key"
        found["422"] = f"fields that cannot be meant like this: {codes}" if codes else "a field does not fit"
    if op.body is not None:
        found |= {"413": "larger than the limit", "415": "not application/json"}
    if op.action:
        found |= {"401": "no key", "403": "the key's role may not"}
    if "{" in op.path or op.query is not None:
        found["404"] = "does not exist, or is not yours"
    if op.changes:
        found["409"] = f"cannot be done now: {codes}"
    if brakes := [code for code in op.refusals if code.startswith("too_many_")]:
        found["429"] = f"asked too often; Retry-After says when again: {', '.join(brakes)}"
    return found
