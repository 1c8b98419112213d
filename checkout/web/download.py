"""Answers that are files to keep, not pages to read. Nothing personal stands in their names."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import ClassVar, Final

from aiohttp import web
from pydantic import BaseModel

CHUNK: Final = 262_144


class File(BaseModel):
    """An operation's answer that is no JSON. `media`: its MIME type."""

    media: ClassVar[str] = "application/octet-stream"
    content: bytes
    name: str


class Zip(File):
    media: ClassVar[str] = "application/zip"


class Json(File):
    media: ClassVar[str] = "application/json"


async def stream(request: web.Request, chunks: AsyncIterator[bytes], name: str, media: str) -> web.StreamResponse:
    """As `download`, but sent as it is made: however long it is, only one chunk is in memory."""
    answer = web.StreamResponse(headers={"Content-Disposition": f'attachment; filename="{name}"'})
    answer.content_type = media
    if media.startswith("text/"):
        answer.charset = "utf-8"
    await answer.prepare(request)
    async for chunk in chunks:
        await answer.write(chunk)
    await answer.write_eof()
    return answer


async def chunks(path: Path) -> AsyncIterator[bytes]:
    """A file piece by piece, read by a thread."""
    with path.open("rb") as file:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            yield chunk


def download(content: bytes, name: str, media: str) -> web.Response:
    """The browser keeps it under `name` instead of showing it."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=content, content_type=media, headers=headers)
