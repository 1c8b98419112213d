"""Whoever carries messages, out of sorts when a test wants it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope, Session

from checkout.ground.channels import Sms
from checkout.inbox import Inbox
from tests.setting import free_port


class Grumpy(Inbox):
    """A mail server with moods: its next answers to a recipient and to a text; how often it takes a letter and hangs up."""

    def __init__(self) -> None:
        super().__init__()
        self.to_recipient: list[str] = []
        self.to_text: list[str] = []
        self.hang_up = 0

    async def handle_RCPT(  # noqa: N802 - the server's own name for it
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.to_recipient:
            return self.to_recipient.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        if self.to_text:
            return self.to_text.pop(0)
        answer = await super().handle_DATA(server, session, envelope)
        if self.hang_up:
            self.hang_up -= 1
            assert server.transport is not None
            server.transport.close()  # the letter is in, the answer is lost
        return answer


@dataclass(slots=True)
class Provider:
    """An HTTP provider: what it was asked to send, and its next statuses."""

    port: int
    asked: list[dict[str, str]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        if self.statuses:
            return web.Response(status=self.statuses.pop(0), headers={"Location": "/elsewhere"})
        self.asked.append(json.loads(await request.text()))
        self.tokens.append(request.headers["Authorization"])
        return web.json_response({"queued": True})

    @property
    def contract(self) -> Sms:
        """How it is configured."""
        return Sms.model_validate(
            {
                "url": f"http://127.0.0.1:{self.port}/send",
                "headers": {"Authorization": "Bearer a-token"},
                "body": '{"to": "{phone}", "text": "{text}", "external_id": "{id}"}',
            }
        )


@asynccontextmanager
async def open_provider() -> AsyncIterator[Provider]:
    """A provider of text messages that takes everything until it is told otherwise."""
    found = Provider(free_port())
    app = web.Application()
    app.router.add_post("/send", found.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", found.port).start()
    yield found
    await runner.cleanup()
