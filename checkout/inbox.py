"""A mailbox for trying: it takes every letter, passes none on, and shows them on a page of its own.

Beside it lie the telephones of the demo's colleagues: a page with the code that each authenticator shows now. Never part of
an installation: the demo and the tests open it, on loopback. The letters are only in memory.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from typing import Any, Final

from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope, Session
from jinja2 import DictLoader, Environment

from checkout.colleagues import Shown

KEPT: Final = 200
LARGEST: Final = 1_048_576  # bytes of one letter
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_UNSAFE: Final = re.compile(r"[^\w.-]", re.ASCII)
STYLE: Final = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .5rem; border-bottom: 1px solid #8886 }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit } a { display: inline-block; padding: .4rem 0 }
"""
PAGES: Final = {
    "frame": """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{% block title %}Mailbox{% endblock %}</title><link rel="stylesheet" href="/style.css">
{% block head %}{% endblock %}</head>
<body><main>{% block main %}{% endblock %}</main></body></html>""",
    "list": """{% extends "frame" %}{% block main %}<h1>Mailbox</h1>
{% if mails %}<table><thead><tr><th>No</th><th>To</th><th>Subject</th></tr></thead><tbody>
{% for mail in mails %}<tr><td>{{ mail.number }}</td><td>{{ mail.to }}</td>
<td><a href="/{{ mail.number }}">{{ mail.subject }}</a></td></tr>{% endfor %}
</tbody></table>{% else %}<p>No letters yet: book a visit, and the first one comes.</p>{% endif %}{% endblock %}""",
    "mail": """{% extends "frame" %}{% block title %}{{ mail.subject }}{% endblock %}
{% block main %}<p><a href="/">All letters</a></p><h1>{{ mail.subject }}</h1>
<table><tbody>{% for name, value in mail.headers %}<tr><th scope="row">{{ name }}</th><td>{{ value }}</td></tr>
{% endfor %}</tbody></table><pre>{{ mail.text | urlize(rel="noreferrer") }}</pre>
{% for part in mail.attachments %}<p><a href="/{{ mail.number }}/{{ loop.index0 }}">{{ part.name }}</a></p>
{% endfor %}{% endblock %}""",
    "authenticator": """{% extends "frame" %}{% block title %}Authenticator{% endblock %}
{% block head %}<meta http-equiv="refresh" content="{{ people[0].seconds }}">{% endblock %}
{% block main %}<p><a href="/">Mailbox</a></p><h1>Authenticator</h1>
<p>The fictional staff of this demo, with the code that each telephone shows now. A code works once;
the next one comes in {{ people[0].seconds }} s.</p>
<table><thead><tr><th>Who</th><th>E-mail</th><th>Password</th><th>Code</th></tr></thead><tbody>
{% for one in people %}<tr><th scope="row">{{ one.part.name }}, {{ one.part.role }}</th><td>{{ one.part.email }}</td>
<td><code>{{ one.password }}</code></td><td>{% if one.code %}<code>{{ one.code }}</code>{% else %}not asked{% endif %}</td></tr>
{% endfor %}</tbody></table>{% endblock %}""",
}

Telephones = Callable[[], Awaitable[Sequence[Shown]]]


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """One letter as it came in. `to`: whom the envelope named."""

    number: int
    to: str
    message: EmailMessage = field(repr=False)

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [(name, str(value)) for name, value in self.message.items()]

    @property
    def text(self) -> str:
        body = self.message.get_body(("plain",))
        return str(body.get_content()) if body else ""

    @property
    def attachments(self) -> list[Attachment]:
        return [
            Attachment(part.get_filename() or "attachment", content)
            for part in self.message.iter_attachments()
            if isinstance(content := part.get_payload(decode=True), bytes)
        ]


class Inbox:
    """The last letters, oldest first. Its methods named `handle_…` are called by the SMTP server."""

    def __init__(self) -> None:
        self.mails: deque[Mail] = deque(maxlen=KEPT)
        self._count = 0

    def __iter__(self) -> Iterator[Mail]:
        return iter(tuple(self.mails))

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        self._count += 1
        assert isinstance(envelope.content, bytes)  # noqa: S101 - what the server is told to hand on
        message = message_from_bytes(envelope.content, EmailMessage, policy=POLICY)
        self.mails.append(Mail(self._count, ", ".join(envelope.rcpt_tos), message))
        return "250 kept"


@asynccontextmanager
async def receiving(inbox: Inbox, port: int = 0) -> AsyncIterator[int]:
    """An SMTP server on loopback in this very loop; answers its port."""
    loop = asyncio.get_running_loop()

    def session() -> SMTP:
        return SMTP(inbox, loop=loop, hostname="localhost", enable_SMTPUTF8=True, data_size_limit=LARGEST)

    server = await loop.create_server(session, "127.0.0.1", port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def showing(inbox: Inbox, port: int, telephones: Telephones) -> AsyncIterator[None]:
    """The mailbox as pages on loopback, and the colleagues' telephones."""
    runner = web.AppRunner(make_app(inbox, telephones), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield
    finally:
        await runner.cleanup()


def make_app(inbox: Inbox, telephones: Telephones) -> web.Application:
    """A list, a letter, an attachment. What came by mail is a stranger's text: escaped, and never shown as a page."""
    pages = Environment(loader=DictLoader(PAGES), autoescape=True)

    def page(name: str, **facts: Any) -> web.Response:
        return web.Response(text=pages.get_template(name).render(**facts), content_type="text/html", headers=HEADERS)

    def letter(request: web.Request) -> Mail:
        number = int(request.match_info["number"])
        found = next((mail for mail in inbox if mail.number == number), None)
        if found is None:
            raise web.HTTPNotFound
        return found

    async def index(_request: web.Request) -> web.Response:
        return page("list", mails=list(inbox)[::-1])

    async def read(request: web.Request) -> web.Response:
        return page("mail", mail=letter(request))

    async def attachment(request: web.Request) -> web.Response:
        parts, index_ = letter(request).attachments, int(request.match_info["part"])
        if index_ >= len(parts):
            raise web.HTTPNotFound
        name = _UNSAFE.sub("_", parts[index_].name)
        headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
        return web.Response(body=parts[index_].content, content_type="application/octet-stream", headers=headers)

    async def authenticator(_request: web.Request) -> web.Response:
        return page("authenticator", people=await telephones())

    async def style(_request: web.Request) -> web.Response:
        return web.Response(text=STYLE, content_type="text/css", headers=HEADERS)

    app = web.Application()
    app.router.add_get("/", index)
    app.router.add_get("/style.css", style)
    app.router.add_get("/authenticator", authenticator)
    app.router.add_get(r"/{number:\d{1,9}}", read)
    app.router.add_get(r"/{number:\d{1,9}}/{part:\d{1,2}}", attachment)
    return app
