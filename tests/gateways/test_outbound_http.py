"""The outbound client against a small real server that behaves as badly as it is told to."""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import ipaddress
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateways.gateway import Garbled, Request, Response, Unreachable
from gateways.http import AiohttpTransport

Speak = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Server:
    """Where it listens, and what it has heard: the raw head and body of every request, and connections cut."""

    def __init__(self) -> None:
        self.url = ""
        self.heard: list[bytes] = []
        self.cut_by_client = asyncio.Event()


@asynccontextmanager
async def serving(speak: Speak, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """A server on the loopback that reads each request whole and then lets `speak` answer."""
    server = Server()
    talks: list[asyncio.Task[Any] | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.append(asyncio.current_task())
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
                body = await reader.readexactly(int(lengths[0].split(b":")[1])) if lengths else b""
                server.heard.append(head + body)
                await speak(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            server.cut_by_client.set()
        except asyncio.CancelledError:
            return  # the test is over
        finally:
            writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    port = listener.sockets[0].getsockname()[1]
    server.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}/payment/rest/register.do"
    try:
        yield server
    finally:
        listener.close()
        for talk in filter(None, talks):
            talk.cancel()
        await asyncio.gather(*filter(None, talks))


@asynccontextmanager
async def client(**limits: Any) -> AsyncIterator[AiohttpTransport]:
    transport = AiohttpTransport(**limits)
    try:
        yield transport
    finally:
        await transport.close()


def saying(body: bytes, status: str = "200 OK", headers: str = "") -> Speak:
    """A whole answer."""

    async def speak(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body)
        await writer.drain()

    return speak


def post(url: str) -> Request:
    return Request("POST", url, {"Content-Type": "application/x-www-form-urlencoded"}, b"password=hunter2&amount=1")


async def outcome(speak: Speak, **limits: Any) -> Response | Unreachable:
    """What one call to such a server comes to."""
    async with serving(speak) as server, client(**limits) as send:
        try:
            return await send(post(server.url))
        except Unreachable as error:
            return error


async def test_a_whole_answer_comes_back_as_it_was() -> None:
    """Status, content type and body come back; method, type and body went out, and no compression was asked for."""
    headers = "Content-Type: text/plain;charset=UTF-8\r\n"
    async with serving(saying("Успешно".encode(), headers=headers)) as server, client() as send:
        assert await send(post(server.url)) == Response(200, "text/plain;charset=UTF-8", "Успешно".encode())
        head, _, body = server.heard[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /payment/rest/register.do HTTP/1.1")
    assert b"accept-encoding: identity" in head.lower()
    assert body == b"password=hunter2&amount=1"


async def test_a_redirect_is_an_answer_and_not_an_order() -> None:
    """A redirect is handed back as it is: the place that it points to hears nothing."""
    async with serving(saying(b"")) as target, client() as send:
        speak = saying(b"", "302 Found", f"Location: {target.url}\r\n")
        async with serving(speak) as server:
            assert (await send(post(server.url))).status == 302
        assert target.heard == []


async def test_cookies_are_not_kept() -> None:
    """A cookie that the bank sets is not sent back to it."""
    async with serving(saying(b"{}", headers="Set-Cookie: track=1\r\n")) as server, client() as send:
        await send(post(server.url))
        await send(post(server.url))
        assert b"cookie" not in server.heard[1].lower()


async def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy set in the environment never sees a call to the bank."""
    async with serving(saying(b"{}")) as proxy, serving(saying(b"{}")) as server, client() as send:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert (await send(post(server.url))).status == 200
        assert proxy.heard == []


async def test_an_endless_answer_is_cut_off_at_the_limit() -> None:
    """Reading stops at the limit, and the connection is closed on the bank that keeps talking."""

    async def speak(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"1000\r\n" + b" " * 4096 + b"\r\n")
            await writer.drain()

    async with serving(speak) as server, client(body_bytes=10_000) as send:
        with pytest.raises(Garbled):
            await send(post(server.url))
        await asyncio.wait_for(server.cut_by_client.wait(), 5)


@pytest.mark.parametrize(("size", "fits"), [(9_999, True), (10_000, True), (10_001, False)])
@pytest.mark.parametrize("packed", [False, True])
async def test_the_limit_is_exact_and_counts_what_is_unpacked(size: int, fits: bool, packed: bool) -> None:
    """The limit counts the unpacked bytes to the byte."""
    body = b" " * size
    speak = saying(gzip.compress(body), headers="Content-Encoding: gzip\r\n") if packed else saying(body)
    found = await outcome(speak, body_bytes=10_000)
    assert (found == Response(200, "", body)) is fits
    assert isinstance(found, Garbled) is not fits


async def test_a_bomb_does_not_explode() -> None:
    """A hundred megabytes packed into a hundred kilobytes are given up at the limit."""
    bomb = gzip.compress(bytes(100_000_000), 9)
    assert len(bomb) < 262_144
    assert isinstance(await outcome(saying(bomb, headers="Content-Encoding: gzip\r\n")), Garbled)


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b'{"errorCode":"0"}' * 50, mtime=0)[:-12]),
        ("gzip", b'{"errorCode":"0"}'),
        ("br", b"\x0b\x02\x80{}\x03"),
        ("gzip, gzip", gzip.compress(gzip.compress(b"{}", mtime=0), mtime=0)),
        ("deflate", b"x"),
    ],
)
async def test_a_wrongly_packed_answer_is_garbled(encoding: str, body: bytes) -> None:
    """A packed answer that is cut, is not packed at all or is packed in an unknown way is garbled."""
    assert isinstance(await outcome(saying(body, headers=f"Content-Encoding: {encoding}\r\n")), Garbled)


async def test_a_zlib_answer_is_unpacked() -> None:
    """An answer packed without being asked is unpacked all the same."""
    found = await outcome(saying(zlib.compress(b"{}"), headers="Content-Encoding: Deflate\r\n"))
    assert found == Response(200, "", b"{}")


async def silent(_writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def dripping(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.01)


async def cut_in_the_body(writer: asyncio.StreamWriter) -> None:
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"errorCode":')
    await writer.drain()
    writer.close()


async def cut_in_the_head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 O")
    await writer.drain()
    writer.close()


async def cut_before_a_word(writer: asyncio.StreamWriter) -> None:
    writer.close()


async def not_http(writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x16\x03\x01\x00\xa5 SSH-2.0-OpenSSH_9.2\r\n\r\n")
    await writer.drain()
    writer.close()


async def endless_head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n" + b"X-Header: 1\r\n" * 10_000 + b"\r\n")
    await writer.drain()


async def lying_about_length(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}")
    await writer.drain()


@pytest.mark.parametrize(
    "speak",
    [
        silent,
        dripping,
        cut_in_the_body,
        cut_in_the_head,
        cut_before_a_word,
        not_http,
        endless_head,
        lying_about_length,
    ],
)
async def test_less_than_a_whole_answer_is_unreachable(speak: Speak) -> None:
    """Silence, dripping, cuts anywhere and what is not HTTP all mean an unknown outcome, in words without secrets."""
    found = await outcome(speak, read_seconds=0.2, total_seconds=0.4)
    assert type(found) is Unreachable
    assert "hunter2" not in str(found)
    assert found.__cause__ is None


async def test_an_address_where_nobody_listens_is_unreachable() -> None:
    """A refused connection is told with the host alone: neither path nor query, which may hold what is secret."""
    async with serving(silent) as server:
        gone = server.url
    async with client(connect_seconds=0.5) as send:
        with pytest.raises(Unreachable) as caught:
            await send(Request("GET", f"{gone}?password=hunter2", {}, b""))
    assert str(caught.value).startswith("127.0.0.1:")
    assert "hunter2" not in str(caught.value)
    assert "register" not in str(caught.value)


async def test_a_call_is_not_repeated_on_a_stale_connection() -> None:
    """A kept connection that dies under a call makes it unreachable; sending it again is nobody's business here."""
    answers = iter([saying(b"{}"), cut_before_a_word, saying(b"{}")])

    async def speak(writer: asyncio.StreamWriter) -> None:
        await next(answers)(writer)

    async with serving(speak) as server, client() as send:
        await send(post(server.url))
        with pytest.raises(Unreachable):
            await send(post(server.url))
        assert len(server.heard) == 2


async def test_a_closed_client_sends_nothing() -> None:
    """After closing, a late call is refused instead of opening connections that nobody would close."""
    async with serving(saying(b"{}")) as server:
        send = AiohttpTransport()
        await send.close()
        with pytest.raises(Unreachable):
            await send(post(server.url))
        assert server.heard == []


# TLS


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's context and its own certificate as the only root to trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bank")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2099, 1, 1, tzinfo=dt.UTC))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, private = folder / "bank.pem", folder / "bank.key"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, private)
    return context, pem


async def test_the_banks_own_roots_are_trusted_and_no_stranger(tmp_path: Path) -> None:
    """With the bank's bundle the call succeeds; with the system's roots, or under another name, it fails closed."""
    context, bundle = certificate(tmp_path)
    async with serving(saying(b"{}"), context) as server:
        async with client(ca_bundle=bundle) as send:
            assert (await send(post(server.url))).status == 200
            with pytest.raises(Unreachable):
                await send(post(server.url.replace("127.0.0.1", "localhost")))
        async with client() as send:
            with pytest.raises(Unreachable):
                await send(post(server.url))
        assert len(server.heard) == 1


def test_a_missing_bundle_stops_the_start(tmp_path: Path) -> None:
    """A bundle that cannot be read is noticed when the client is made, not with the first payment."""
    with pytest.raises(OSError, match="No such file"):
        AiohttpTransport(ca_bundle=tmp_path / "missing.pem")
