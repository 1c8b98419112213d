"""One idempotency key, one effect: whatever is asked again under it gets the answer that was given."""

from __future__ import annotations

import asyncio

from ulid import ULID

from checkout.ground.db import rows, sql
from tests.api.wishes import wish
from tests.setting import KEYS
from tests.world import World


async def test_one_key_has_one_effect(world: World) -> None:
    """The same request again is answered from memory, and marked so."""
    body, key = await wish(world), str(ULID())
    first = await world.api("POST", "/v1/orders", "site", body, key=key)
    headers = {"Authorization": f"Bearer {KEYS['site']}", "Idempotency-Key": key}
    async with world.http.post(world.url + "/v1/orders", json=body, headers=headers) as again:
        assert again.headers["Idempotent-Replayed"] == "true"
        assert (again.status, await again.json()) == first
    assert len((await world.api("GET", "/v1/orders"))[1]["data"]) == 1


async def test_the_same_key_with_another_body_is_refused(world: World) -> None:
    """422, and nothing is made."""
    key = str(ULID())
    await world.api("POST", "/v1/orders", "site", await wish(world), key=key)
    status, body = await world.api("POST", "/v1/orders", "site", await wish(world, language="en"), key=key)
    assert (status, body["code"]) == (422, "idempotency_key_reused")


async def test_a_refusal_is_an_answer_too(world: World) -> None:
    """A slot that was taken under this key stays taken under this key, even if it becomes free."""
    body, key = await wish(world, lines=[{"service": "ultrasound"}]), str(ULID())
    _, order = await world.api("POST", "/v1/orders", "site", body)
    refused = await world.api("POST", "/v1/orders", "site", body, key=key)
    assert refused[0] == 409
    await world.api("POST", f"/v1/orders/{order['id']}/cancel", "site", {})
    again = await world.api("POST", "/v1/orders", "site", body, key=key)
    assert (again[0], again[1]["code"]) == (409, "slot_taken")
    assert (await world.api("POST", "/v1/orders", "site", body))[0] == 201


async def test_a_key_is_required_and_belongs_to_its_principal(world: World) -> None:
    """400 without; two sites may use the same text."""
    body = await wish(world)
    async with world.http.post(
        world.url + "/v1/orders", json=body, headers={"Authorization": f"Bearer {KEYS['site']}"}
    ) as answer:
        assert (answer.status, (await answer.json(content_type=None))["code"]) == (400, "idempotency_key_missing")
    assert (await world.api("POST", "/v1/orders", "site", body, key="same"))[0] == 201
    assert (await world.api("POST", "/v1/orders", "site-2", body, key="same"))[0] == 201


async def test_many_at_once_under_one_key_have_one_effect(world: World) -> None:
    """Sixteen parallel posts: one order; each other answer is the same one, or 409 running."""
    body, key = await wish(world), str(ULID())
    answers = await asyncio.gather(*(world.api("POST", "/v1/orders", "site", body, key=key) for _ in range(16)))
    assert {status for status, _ in answers} <= {201, 409}
    assert len({answer["id"] for status, answer in answers if status == 201}) == 1
    assert all(answer["code"] == "request_running" for status, answer in answers if status == 409)
    assert len((await world.api("GET", "/v1/orders"))[1]["data"]) == 1


async def test_kept_answers_do_not_show_the_private_link(world: World) -> None:
    """A dump of the database opens nobody's order; a replay still carries the link."""
    body, key = await wish(world), str(ULID())
    _, order = await world.api("POST", "/v1/orders", "site", body, key=key)
    kept = await world.tx(lambda tx: rows(tx, sql("SELECT answer FROM idempotency")))
    assert order["link"].rpartition("/")[2].encode() not in kept[0].answer
    assert (await world.api("POST", "/v1/orders", "site", body, key=key))[1]["link"] == order["link"]
