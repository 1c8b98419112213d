"""Answers that are files to keep, not pages to read. Nothing personal stands in their names."""

from __future__ import annotations

from typing import ClassVar

from aiohttp import web
from pydantic import BaseModel


class File(BaseModel):
    """An operation's answer that is no JSON. `media`: its MIME type."""

    media: ClassVar[str] = "application/octet-stream"
    content: bytes
    name: str


class Zip(File):
    media: ClassVar[str] = "application/zip"


class Json(File):
    media: ClassVar[str] = "application/json"


def download(content: bytes, name: str, media: str) -> web.Response:
    """The browser keeps it under `name` instead of showing it."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=content, content_type=media, headers=headers)
