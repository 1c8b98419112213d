"""Against forms from elsewhere and forms that no browser of ours would send."""

from __future__ import annotations

import asyncio
from functools import wraps
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, web

from checkout.web.hosts import siblings
from checkout.web.pages import fault_page
from checkout.web.routes import SERVICE, PageHandler

FORM: Final = "application/x-www-form-urlencoded"
PARTS: Final = "multipart/form-data"
MOST_FIELDS: Final = 50
LONGEST_FIELD: Final = 5_000  # bytes, of a form that brings a file along
CHUNK: Final = 65_536


class Unreadable(Exception):
    """The body is no form of ours; `status` says why, `code` names the case for people."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


def from_elsewhere(request: web.Request) -> bool:
    """Whether another site's page made the browser send this.

    No cookie gives a form any right to abuse: what it may do, it may by the secret it carries. This only keeps strangers
    from making a browser send one. Browsers say where a request began; an older one names an origin instead, but "null" under
    our referrer policy, which tells nothing. Whoever says neither is no browser.
    """
    began = request.headers.get("Sec-Fetch-Site")
    if began is not None:
        return began not in ("same-origin", "none")
    origin = request.headers.get("Origin", "null")
    ours = siblings(request.app[SERVICE].config, request.host)
    return origin != "null" and origin.partition("://")[2] not in ours


def from_here(handler: PageHandler) -> PageHandler:
    """Only for forms that no other site's page made the browser send; one that cannot be read is answered here too."""

    @wraps(handler)
    async def guarded(request: web.Request) -> web.StreamResponse:
        if from_elsewhere(request):
            return fault_page(request, 403, "form_expired")
        try:
            return await handler(request)
        except Unreadable as reason:
            return fault_page(request, reason.status, reason.code)

    return guarded


async def read_form(request: web.Request, most: int = MOST_FIELDS) -> dict[str, str]:
    """The fields of a posted form, each named once. Raises Unreadable."""
    if request.content_type != FORM:
        raise Unreadable(415, "type_unsupported")
    try:
        raw = await request.read()
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=most)
    except web.HTTPRequestEntityTooLarge as reason:
        raise Unreadable(413, "body_too_large") from reason
    except ValueError as reason:
        raise Unreadable(400, "body_unreadable") from reason
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Unreadable(400, "parameter_repeated")
    return fields


async def read_parts(
    request: web.Request, folder: Path, most: int, bulk: int = 0
) -> tuple[dict[str, str], Path | None]:
    """The fields of a form that brings a file along, and the file, kept in `folder` under a name of ours.

    None if no file was chosen. `bulk`: how many bytes all its fields together may hold, if it is a form of long texts.
    Raises Unreadable, as soon as more than `most` bytes of the file have come, too.
    """
    fields: dict[str, str] = {}
    file: Path | None = None
    left = bulk
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or part.name is None or len(fields) == MOST_FIELDS:
                raise Unreadable(400, "body_unreadable")
            if part.name in fields or (part.filename and file):
                raise Unreadable(400, "parameter_repeated")
            if part.filename:
                file = folder / "file"
                await _keep(part, file, most)
            else:
                raw = await _field(part, left if bulk else LONGEST_FIELD)
                left -= len(raw)
                fields[part.name] = raw.decode()
    except ValueError as reason:
        raise Unreadable(400, "body_unreadable") from reason
    return fields, file


async def _field(part: BodyPartReader, longest: int) -> bytes:
    raw = b""
    while chunk := await part.read_chunk(CHUNK):
        raw += chunk
        if len(raw) > longest:
            raise Unreadable(413, "body_too_large")
    return raw


async def _keep(part: BodyPartReader, path: Path, most: int) -> None:
    size = 0
    with path.open("wb") as file:
        while chunk := await part.read_chunk(CHUNK):
            size += len(chunk)
            if size > most:
                raise Unreadable(413, "body_too_large")
            await asyncio.to_thread(file.write, chunk)
