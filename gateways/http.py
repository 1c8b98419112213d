"""The one outbound HTTP client, and how every call to a bank is timed, counted and logged.

A bank's answer is hostile input: it is limited in size and time, redirects are not followed, cookies are not kept and
the environment's proxies are ignored. Everything short of a whole answer becomes `Unreachable`, with words that hold
neither body nor query, for those carry credentials and card data.
"""

from __future__ import annotations

import ssl
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
import structlog
from prometheus_client import Counter, Histogram

from gateways.gateway import (
    AccessDenied,
    AlreadyExists,
    Forged,
    Garbled,
    NotFound,
    Refused,
    Request,
    Response,
    Throttled,
    Unreachable,
    WrongState,
)

# Compression is not asked for: an answer has a few kilobytes, and what is not inflated cannot explode.
_HEADERS: Final = {"User-Agent": "clinic-checkout", "Accept": "application/json", "Accept-Encoding": "identity"}
_GZIP_OR_ZLIB: Final = 47  # zlib's "detect the wrapper yourself" with the largest window

_SECONDS: Final = Histogram(
    "gateway_call_seconds",
    "Time of one HTTP exchange with a bank",
    ("gateway", "operation", "outcome"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
_OUTCOMES: Final = Counter(
    "gateway_outcomes", "What calls to a bank, and callbacks from it, came to", ("gateway", "operation", "outcome")
)
_OUTCOME_OF: Final[dict[type[BaseException], str]] = {
    Unreachable: "unreachable",
    Throttled: "throttled",
    Garbled: "garbled",
    Refused: "refused",
    AlreadyExists: "already_exists",
    NotFound: "not_found",
    WrongState: "wrong_state",
    AccessDenied: "access_denied",
    Forged: "forged",
}
_log: Final = structlog.get_logger("gateways")


class AiohttpTransport:
    """`gateway.Transport` over real sockets. Times are in seconds; `body_bytes` limits the *unpacked* answer.

    `ca_bundle` (PEM) replaces the system's roots for this client alone. Raises OSError or ssl.SSLError when it cannot
    be loaded, so that a wrong path stops the start and not the first payment.
    """

    def __init__(
        self,
        *,
        connect_seconds: float = 3,
        read_seconds: float = 8,
        total_seconds: float = 10,
        body_bytes: int = 262_144,
        connections: int = 20,
        ca_bundle: Path | None = None,
    ) -> None:
        self._timeout = aiohttp.ClientTimeout(
            total=total_seconds,
            connect=connect_seconds,
            sock_connect=connect_seconds,
            sock_read=read_seconds,
            ceil_threshold=total_seconds + 1,  # else aiohttp rounds times of five seconds and more up
        )
        self._body_bytes = body_bytes
        self._connections = connections
        self._ssl = _verified(ca_bundle)
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    async def __call__(self, request: Request) -> Response:
        """Send once, never again. Raises Unreachable; Garbled for an answer that is too large or wrongly packed."""
        host = urlsplit(request.url).netloc.rpartition("@")[2]
        # The causes are cut off on purpose: aiohttp's errors carry the request with its address and headers.
        try:
            return await self._exchange(request)
        except TimeoutError:
            raise Unreachable(f"{host}: no whole answer in time") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Unreachable(f"{host}: {type(error).__name__}") from None

    async def close(self) -> None:
        self._closed = True
        if self._session is not None:
            await self._session.close()

    async def _exchange(self, request: Request) -> Response:
        answering = self._open_session().request(
            request.method, request.url, data=request.body or None, headers=request.headers, allow_redirects=False
        )
        async with answering as answer:
            body = await _read_within(answer, self._body_bytes)
            return Response(answer.status, answer.headers.get("Content-Type", ""), body)

    def _open_session(self) -> aiohttp.ClientSession:
        """The session belongs to the loop that first calls, so it cannot be made earlier."""
        if self._closed:
            raise Unreachable("this client was closed; nothing was sent")
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections, ssl=self._ssl),
                timeout=self._timeout,
                headers=_HEADERS,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
            )
        return self._session


def _verified(ca_bundle: Path | None) -> ssl.SSLContext:
    """TLS 1.2 or newer with certificate and host name checked; with a bundle, by these roots and no others."""
    return _by_the_system() if ca_bundle is None else _by(ca_bundle)


@cache
def _by_the_system() -> ssl.SSLContext:
    """Read once: the system's roots are many, and every merchant without a bundle trusts the same."""
    return _by(None)


def _by(ca_bundle: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_bundle)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


async def _read_within(answer: aiohttp.ClientResponse, limit: int) -> bytes:
    """The unpacked body. Reading stops at the first byte over `limit`, packed or not."""
    unpack, whole = _unpacker(answer.headers.get("Content-Encoding", "identity").lower())
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += unpack(chunk, limit - len(body) + 1)
        if len(body) > limit:
            raise Garbled(f"an answer of more than {limit} bytes")
    if not whole():
        raise Garbled("a packed answer that ends too early")
    return bytes(body)


def _unpacker(encoding: str) -> tuple[Callable[[bytes, int], bytes], Callable[[], bool]]:
    """How to unpack a piece into at most so many bytes, and how to tell that nothing is missing at the end."""
    if encoding == "identity":
        return (lambda chunk, most: chunk[:most]), (lambda: True)
    if encoding not in {"gzip", "deflate"}:
        raise Garbled("an answer packed in a way that was not asked for")
    inflater = zlib.decompressobj(wbits=_GZIP_OR_ZLIB)

    def unpack(chunk: bytes, most: int) -> bytes:
        try:
            return inflater.decompress(chunk, most)
        except zlib.error:
            raise Garbled("an answer that cannot be unpacked") from None

    return unpack, lambda: inflater.eof


@contextmanager
def observed(gateway: str, operation: str, number: str | None = None) -> Iterator[None]:
    """Time, count and log one exchange by its outcome. `number` is our order number; nothing else is written down."""
    started = perf_counter()
    try:
        yield
    except BaseException as error:
        _note(gateway, operation, number, perf_counter() - started, error)
        raise
    _note(gateway, operation, number, perf_counter() - started, None)


def count(gateway: str, operation: str, error: Exception | None) -> None:
    """Count without logging: for callbacks, where a flood of forged ones must not flood the log."""
    _meters(gateway, operation, _outcome(error))[1].inc()


@cache
def _meters(gateway: str, operation: str, outcome: str) -> tuple[Histogram, Counter]:
    """Looked up once for each of a few combinations: prometheus takes a lock for every look."""
    return _SECONDS.labels(gateway, operation, outcome), _OUTCOMES.labels(gateway, operation, outcome)


def _outcome(error: BaseException | None) -> str:
    return "ok" if error is None else _OUTCOME_OF.get(type(error), "broken_off")


def _note(gateway: str, operation: str, number: str | None, seconds: float, error: BaseException | None) -> None:
    outcome = _outcome(error)
    timing, counter = _meters(gateway, operation, outcome)
    timing.observe(seconds)
    counter.inc()
    fields: dict[str, Any] = {"outcome": outcome, "seconds": round(seconds, 4), **_details(error)}
    write = _log.warning if isinstance(error, Unreachable | AccessDenied) else _log.info
    write("gateway_call", gateway=gateway, operation=operation, number=number, **fields)


def _details(error: BaseException | None) -> dict[str, str]:
    """A refusal's code but not the bank's words, which may quote the payer; our own words of an unknown outcome."""
    if isinstance(error, Refused):
        return {"code": error.code}
    return {"reason": str(error)} if isinstance(error, Unreachable) else {}
