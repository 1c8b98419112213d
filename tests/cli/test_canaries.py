"""What the processes write about a payer: everything they say is heard, and nothing of the payer is in it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from yarl import URL

from checkout.ground.db import DATABASE_TROUBLE, one, sql
from checkout.postgres import Urls
from tests.cli.shop import CHECKOUT, ROOT
from tests.pages.visitor import Visitor, same_site
from tests.setting import ENVIRONMENT, KEYS, free_port
from tests.world import World

PAYER: Final = {"name": "Зинаида Канарейкина", "phone": "+7 913 555-44-33", "email": "canary@birds.example"}
PRIVATE: Final = ("Канарейкин", "9135554433", "555-44-33", "canary@", KEYS["admin"], "CHIRP")
MAIL: Final = "\nmail: {{host: 127.0.0.1, port: {port}, security: none, sender: pay@zdorovie.example}}\n"


@asynccontextmanager
async def running(
    said: list[str], environment: dict[str, str], *arguments: Any
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A command; once it has ended, what it wrote is in `said`."""
    process = await asyncio.create_subprocess_exec(
        CHECKOUT, *map(str, arguments), env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    listening = asyncio.create_task(process.stderr.read())
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()
        said += (await listening).decode().splitlines()


@asynccontextmanager
async def shop(said: list[str], urls: Urls, world: World, folder: Path) -> AsyncIterator[World]:
    """A server and a worker with a bank and a mail server that are not there."""
    port, config = free_port(), folder / "config.yaml"
    text = (ROOT / "config.yaml").read_text(encoding="utf-8").replace("localhost:8080", f"localhost:{port}")
    config.write_text(text + MAIL.format(port=free_port()), encoding="utf-8")
    bank = f"http://127.0.0.1:{free_port()}/payment/rest/"
    environment = {**os.environ, **ENVIRONMENT, "DATABASE_URL": urls.app, "CHECKOUT_BANK_URL": bank}
    async with (
        running(said, environment, "serve", "--config", config, "--port", port) as server,
        running(said, environment, "worker", "--config", config),
    ):
        assert server.stdout is not None
        await server.stdout.readline()
        yield replace(world, url=f"http://localhost:{port}")


async def no_http(world: World, *requests: str) -> None:
    """Each on a connection of its own, after a request that is one."""
    url = URL(world.url)
    for request in requests:
        reader, writer = await asyncio.open_connection("127.0.0.1", url.port)
        writer.write(f"GET /healthz HTTP/1.1\r\nHost: {url.authority}\r\n\r\n{request}".encode())
        assert b" 400 " in await reader.read()
        writer.close()


async def told(world: World, order: str) -> Any:
    """The messages of an order, once one of them was tried."""
    while True:
        _, found = await world.api("GET", f"/v1/orders/{order}/messages")
        if any(one["outcome"] for one in found["data"]):
            return found["data"]


async def test_nothing_of_a_payer_is_logged_or_measured(urls: Urls, world: World, tmp_path: Path) -> None:
    """From the form through every private page to letters that nobody takes, and requests that are no HTTP."""
    said: list[str] = []
    async with shop(said, urls, world, tmp_path) as there:
        visitor = Visitor(there, {"Accept-Language": "ru", **same_site(there)})
        held = (await visitor.send(await visitor.form(), **PAYER, plan="full")).location
        home = (await visitor.send(await visitor.form(), **PAYER, plan="at_clinic")).location
        guest = (await visitor.get(held)).html.partition("/p/")[2].partition('"')[0]
        for rest in ("", "/move", "/cancel", "/consents", "/data.json", "/evidence.zip", "/visit.ics", "/nothing"):
            async with there.http.get(there.url + home + rest) as answer:
                assert answer.status in (200, 404)
        assert (await visitor.get(f"/p/{guest}")).status == 200
        assert (await visitor.post(f"/p/{guest}/pay")).status in (409, 503)
        report = {"document-uri": there.url + home, "blocked-uri": f"https://{PAYER['email']}/CHIRP", "x": PAYER}
        body = json.dumps({"csp-report": report}).encode()
        assert (await visitor.post("/csp-reports", body, **{"Content-Type": "application/json"})).status == 204
        assert (await visitor.post(f"{home}/cancel", {"shown": "0"})).status == 303
        _, orders = await there.api("GET", "/v1/orders")
        assert await told(there, orders["data"][0]["id"])
        await no_http(
            there,
            f"GET {home} HTTP/9.9\r\n\r\n",
            f"GET / HTTP/1.1\r\nHost: x\r\nAuthorization : Bearer {KEYS['admin']}\r\n\r\n",
            "POST /book HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nCHIRP\r\n",
            f"CHIRP {home} HTTP/1.1\r\nHost: x\r\n\r\n",
        )
        said.append((await visitor.get("/metrics")).html)
    whole = "\n".join(said)
    assert len(guest) == 22
    assert {json.loads(line)["event"] for line in said if line.startswith("{")} >= {"request", "csp_report"}
    for private in (*PRIVATE, guest, home.removeprefix("/o/")):
        assert private not in whole, [line for line in said if private in line]


async def test_an_error_of_the_database_does_not_repeat_what_it_was_asked(world: World) -> None:
    """Its words reach the log; the values of its statement do not stand in them."""
    with pytest.raises(DATABASE_TROUBLE) as found:
        await world.tx(lambda tx: one(tx, sql("SELECT 1 / 0 WHERE :name <> ''"), name="CHIRP"))
    assert "CHIRP" not in str(found.value)
