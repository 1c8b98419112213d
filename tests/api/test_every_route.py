"""What holds for every route there is, whoever adds one: a new route is walked by these tests without a word in them."""

from __future__ import annotations

import gzip
import re
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
from ulid import ULID
from yarl import URL

from checkout.parts import PARTS
from checkout.web.app import HEADERS, make_app
from checkout.web.routes import Screen
from tests.api.every import EVERY, FORMS, OPS, example_path, filled, kept, key_of, spoilt, story
from tests.setting import KEYS
from tests.world import World

FORM: Final = "application/x-www-form-urlencoded"
PRIVATE: Final = ("/o/", "/p/", "/r/")
# Answers that are the same for everybody, and may be kept or loaded by others.
PUBLIC: Final = {
    "/static/{name:[a-z0-9./-]+}": {"Cache-Control"},
    "/.well-known/visit-token-keys.json": {"Cache-Control", "Cross-Origin-Resource-Policy"},
}


async def test_what_is_declared_is_what_is_routed(world: World) -> None:
    """No route exists beside the registry, and each has an answer to an anonymous stranger that is no fault."""
    app = make_app(world.service, PARTS.rooms)
    routed = {(route.method, route.resource.canonical) for route in app.router.routes() if route.resource}
    declared = {(entry.method, re.sub(r":[^}]+", "", entry.path)) for entry in EVERY}
    assert {pair for pair in routed if pair[0] != "HEAD"} == declared
    for method, path in declared:
        async with world.http.request(method, world.url + filled(path), allow_redirects=False) as answer:
            assert answer.status < 500, (method, path)


async def test_every_answer_is_sealed(world: World) -> None:
    """Policy, no sniffing, no referrer, no keeping, a request id: with an order behind the link and without one."""
    found = await story(world)
    key = {"Authorization": f"Bearer {KEYS['admin']}"}
    for entry in EVERY:
        for path, headers in ((found.path(entry.path), key), (filled(entry.path), {})):
            sent = {"Accept": "text/html", **headers}
            async with world.http.request(
                entry.method, world.url + path, headers=sent, allow_redirects=False
            ) as answer:
                for name, value in HEADERS.items():
                    told = answer.headers.getall(name)
                    assert told == [value] or name in PUBLIC.get(entry.path, ()), (entry.method, path, name, told)
                policy = answer.headers["Content-Security-Policy"]
                assert "default-src 'none'" in policy
                assert "frame-ancestors 'none'" in policy
                assert "unsafe" not in policy
                assert answer.headers["X-Request-Id"].startswith("req_")
                assert "aiohttp" not in answer.headers["Server"]
                private = path.startswith(PRIVATE)
                assert (answer.headers.get("X-Robots-Tag") == "noindex, nofollow") == private, path


async def test_what_is_downloaded_has_a_name_that_is_safe(world: World) -> None:
    """A file to keep, never a page of ours: a name without anything personal, quotes or paths."""
    found = await story(world)
    key = {"Authorization": f"Bearer {KEYS['admin']}"}
    files = []
    for entry in EVERY:
        if entry.method == "GET":
            async with world.http.get(world.url + found.path(entry.path), headers=key) as answer:
                if "Content-Disposition" in answer.headers:
                    files.append(entry.path)
                    said = answer.headers["Content-Disposition"]
                    assert re.fullmatch(r'attachment; filename="[a-z]+(-[2-9A-HJ-NP-Z]{8})?\.[a-z]+"', said), said
                    assert "html" not in answer.content_type
    assert set(files) == {
        "/o/{token}/visit.ics",
        "/o/{token}/data.json",
        "/o/{token}/evidence.zip",
        "/v1/orders/{id}/evidence",
    }


async def test_looking_changes_nothing(world: World) -> None:
    """Whatever is fetched, by hand or by a machine that follows links, leaves every table as it was."""
    found = await story(world)
    before = await kept(world)
    key = {"Authorization": f"Bearer {KEYS['admin']}"}
    for entry in EVERY:
        if entry.method == "GET" and entry.path != "/callbacks/{merchant}":
            async with world.http.get(world.url + found.path(entry.path), headers=key) as answer:
                assert answer.status < 500, entry.path
    assert await kept(world) == before


@pytest.mark.parametrize("began", ["cross-site", "same-site"])
async def test_a_form_from_another_site_changes_nothing(world: World, began: str) -> None:
    """403 on every page that takes a form, with the right secret in its address, and every table is as it was."""
    found = await story(world)
    before = await kept(world)
    for page in FORMS:
        async with world.http.post(
            world.url + found.path(page.path), data={}, headers={"Sec-Fetch-Site": began}, allow_redirects=False
        ) as answer:
            assert answer.status == 403, page.path
    assert await kept(world) == before


async def test_a_body_over_the_limit_is_not_read(world: World) -> None:
    """413, whether the route would look at the body or not."""
    found = await story(world)
    before = await kept(world)
    large = b"a=" + b"a" * world.config.limits.body_bytes
    for entry in EVERY:
        if entry.method == "POST":
            sent = {"Authorization": f"Bearer {KEYS['admin']}", "Content-Type": FORM, "Sec-Fetch-Site": "same-origin"}
            path = world.url + found.path(entry.path)
            async with world.http.post(path, data=large, headers=sent, allow_redirects=False) as answer:
                assert answer.status == 413, entry.path
    assert await kept(world) == before


@pytest.mark.parametrize("path", ["/book", "/csp-reports", "/callbacks/zdorovie", "/v1/orders"])
async def test_a_packed_body_is_measured_unpacked(world: World, path: str) -> None:
    """Sixty megabytes in sixty kilobytes, or as a stream without a length: 413, wherever a body is read."""

    async def stream() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"a" * 10_000

    kind = "application/x-www-form-urlencoded" if path == "/book" else "application/json"
    sent = {"Authorization": f"Bearer {KEYS['admin']}", "Content-Type": kind, "Sec-Fetch-Site": "same-origin"}
    packed = gzip.compress(b"a" * 60_000_000)
    assert len(packed) < world.config.limits.body_bytes
    async with world.http.post(world.url + path, data=packed, headers=sent | {"Content-Encoding": "gzip"}) as answer:
        assert answer.status == 413
    async with world.http.post(world.url + path, data=stream(), headers=sent) as answer:
        assert answer.status == 413


async def test_no_key_no_answer(world: World) -> None:
    """401 without a key or with a wrong one, on every operation that needs one."""
    wrong = ["Bearer ck_wrong", "Basic YTpi", "Bearer", "Bearer " + "x" * 300, "Bearer \udcff"]
    for op in OPS:
        if not op.action:
            continue
        for headers in ({}, *({"Authorization": said} for said in wrong)):
            async with world.http.request(op.method, world.url + example_path(op.path), headers=headers) as answer:
                assert answer.status == 401, (op.path, headers)
                assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_another_clinics_things_do_not_exist(world: World) -> None:
    """Every operation on one thing answers a key of another clinic with 404, and changes nothing; lists are empty."""
    found = await story(world)
    sent = await key_of(world, "krasny")
    before = await kept(world) | {"idempotency": None}
    for op in OPS:
        if not op.action or op.name == "create_order":  # for this see `test_a_key_of_one_clinic_books_there_only`
            continue
        headers = {**sent, "Idempotency-Key": str(ULID())}
        async with world.http.request(
            op.method, world.url + found.path(op.path), json=op.example if op.body else None, headers=headers
        ) as answer:
            body = await answer.json(content_type=None)
            assert (answer.status == 404) if "{" in op.path else (body["data"] == []), (op.name, answer.status, body)
    assert await kept(world) | {"idempotency": None} == before


async def test_a_field_that_nobody_knows_is_refused(world: World) -> None:
    """422 at every depth of every body, and for every operation's query; nothing is done."""
    found = await story(world)
    before = await kept(world)
    for op in OPS:
        bodies = list(spoilt(op.example)) if op.body else [None]
        assert bodies, op.name
        for body in bodies:
            asked = {"surprise": "1"} if op.query else {}
            url = URL(world.url + found.path(op.path)).with_query(asked)
            headers = {"Authorization": f"Bearer {KEYS['admin']}", "Idempotency-Key": str(ULID())}
            if not (op.body or op.query):
                continue
            async with world.http.request(op.method, url, json=body, headers=headers) as answer:
                told = await answer.json(content_type=None)
                assert (answer.status, told["code"]) == (422, "schema"), (op.name, body)
    assert await kept(world) == before


@pytest.mark.parametrize("bad", ["%00", "a%00b", "%ED%A0%80", "%FF", "%E2%80%A8", "..%2F..", "x" * 2000])
async def test_a_path_that_cannot_be_meant_leads_nowhere(world: World, bad: str) -> None:
    """404 on every route with a name in its path: what cannot be text never reaches the database.

    Of the staff's pages strangers see the door alone, whatever they ask for.
    """
    for entry in EVERY:
        if "{" in entry.path:
            path = re.sub(r"\{[^}]+\}", bad, entry.path)
            headers = {"Authorization": f"Bearer {KEYS['admin']}", "Idempotency-Key": str(ULID())}
            url = URL(world.url + path, encoded=True)
            body = getattr(entry, "example", None)
            sent: dict[str, Any] = {"json": body, "headers": headers, "allow_redirects": False}
            async with world.http.request(entry.method, url, **sent) as answer:
                shut = isinstance(entry, Screen) and answer.headers.get("Location", "").startswith("/desk/login")
                assert shut or answer.status in (404, 415), (entry.path, answer.status)


async def test_a_secure_installation_says_so_on_every_answer(world: World) -> None:
    """With an https address browsers are told to stay with it, by pages, files and faults alike."""
    config = world.config.model_copy(update={"public_url": world.url.replace("http:", "https:")})
    object.__setattr__(world.service, "config", config)  # the running application, given another name
    for entry in EVERY:
        async with world.http.request(entry.method, world.url + filled(entry.path), allow_redirects=False) as answer:
            assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains", entry.path
