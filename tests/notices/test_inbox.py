"""The demo's mailbox: what it shows of letters, and that a letter cannot do anything to it."""

from __future__ import annotations

from email.message import EmailMessage

import aiosmtplib

from checkout.colleagues import Shown
from checkout.inbox import KEPT, Inbox, receiving, showing
from tests.setting import free_port
from tests.world import World


async def post(inbox_port: int, subject: str, body: str, name: str | None = None) -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "a@example.com", "b@example.com", subject
    letter.set_content(body)
    if name:
        letter.add_attachment(b"<b>x</b>", "text", "html", filename=name)
    await aiosmtplib.send(letter, hostname="127.0.0.1", port=inbox_port, start_tls=False)


async def nobody() -> list[Shown]:
    """There are no colleagues in these tests."""
    return []


async def test_letters_are_listed_and_read_and_nothing_in_them_runs(world: World) -> None:
    """Subject, body and names are text, whatever they hold; an attachment is a file, never a page."""
    inbox, port, evil = Inbox(), free_port(), "<script>alert(1)</script>"
    async with receiving(inbox) as smtp, showing(inbox, port, nobody):
        await post(smtp, evil, f"{evil} http://localhost/o/token", name=evil)
        home = f"http://127.0.0.1:{port}"
        for path in ("/", "/1"):
            async with world.http.get(home + path) as answer:
                html = await answer.text()
                assert (answer.status, evil in html, "&lt;script&gt;" in html) == (200, False, True)
                assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert 'href="http://localhost/o/token"' in html
        async with world.http.get(f"{home}/1/0") as answer:
            assert answer.content_type == "application/octet-stream"
            assert answer.headers["Content-Disposition"].startswith("attachment")
            assert await answer.read() == b"<b>x</b>"
        for path in ("/2", "/1/9"):
            async with world.http.get(home + path) as answer:
                assert answer.status == 404
        async with world.http.get(f"{home}/style.css") as answer:
            assert answer.content_type == "text/css"


async def test_only_the_last_letters_are_kept() -> None:
    """Memory is finite; the newest win."""
    inbox = Inbox()
    async with receiving(inbox) as smtp:
        for number in range(KEPT + 3):
            await post(smtp, f"letter {number}", "x")
    assert len(list(inbox)) == KEPT
    assert [mail.subject for mail in inbox][-1] == f"letter {KEPT + 2}"
