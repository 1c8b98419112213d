"""The texts that payers agree to, over the API: what a site shows, and which version an order keeps."""

from __future__ import annotations

from typing import Any

import pytest

from checkout.ground.ids import OrderId
from checkout.payment import evidence, orders
from tests.api.wishes import wish
from tests.desk.clerk import at_work
from tests.desk.texts import write
from tests.world import World

NEW = "Новые условия."


async def _texts(world: World) -> dict[str, Any]:
    status, answer = await world.api("GET", "/v1/consents", role=None)
    assert status == 200
    return {one["kind"]: one for one in answer["data"]}


async def _frozen(world: World, order_id: str) -> dict[str, str | None]:
    """Version and words of the offer on an order."""

    async def work(tx: Any) -> dict[str, str | None]:
        order, _ = await orders.read(tx, OrderId.parse(order_id))
        given = {one.kind: one for one in await evidence.of_order(tx, world.service, order)}
        return {"version": given["offer"].version, "text": given["offer"].text}

    return await world.tx(work)


async def test_a_site_reads_the_texts_that_are_in_force(world: World) -> None:
    """Without a key, in both languages; a text that was changed says since when, one to come is not told."""
    first = await _texts(world)
    assert list(first) == ["adult", "offer", "personal-data", "mailing"]
    assert (first["offer"]["version"], first["offer"]["since"]) == ("2026-11-01", None)
    assert [one["required"] for one in first.values()] == [True, True, True, False]
    admin = await at_work(world, "administrator")
    await write(admin, text_ru=NEW)
    await write(admin, text_ru="Ещё позже.", **{"from": "2027-01-01"})
    now = (await _texts(world))["offer"]
    assert (now["version"], now["since"][:10], now["text"]["ru"]) == ("2026-12-02", "2026-12-02", NEW)
    assert now["text"]["en"] == first["offer"]["text"]["en"]


async def test_an_order_keeps_the_version_in_force(world: World) -> None:
    """Also of a site that does not say which version it showed."""
    admin = await at_work(world, "administrator")
    await write(admin, text_ru=NEW)
    status, order = await world.api("POST", "/v1/orders", "site", await wish(world))
    assert status == 201
    assert await _frozen(world, order["id"]) == {"version": "2026-12-02", "text": NEW}


@pytest.mark.parametrize("read", [{"offer": "2026-11-01"}, {}])
async def test_a_site_that_showed_another_version_books_nothing(world: World, read: dict[str, str]) -> None:
    """It is told which texts to show anew; with what is in force by now the order is made."""
    shown = {kind: one["version"] for kind, one in (await _texts(world)).items() if kind != "offer"}
    await write(await at_work(world, "administrator"), text_ru=NEW)
    body = await wish(world)
    status, told = await world.api("POST", "/v1/orders", "site", {**body, "consents_read": {**shown, **read}})
    assert (status, told["code"], told["kinds"]) == (409, "consent_changed", ["offer"])
    assert told["errors"][0]["pointer"] == "/consents_read/offer"
    now = {kind: one["version"] for kind, one in (await _texts(world)).items()}
    status, order = await world.api("POST", "/v1/orders", "site", {**body, "consents_read": now})
    assert status == 201
    assert (await _frozen(world, order["id"]))["text"] == NEW


async def test_the_document_says_which_version_is_frozen(world: World) -> None:
    _, document = await world.api("GET", "/openapi.json", role=None)
    fields = document["components"]["schemas"]["OrderIn"]["properties"]
    assert "frozen on the order as it is in force at this moment" in fields["consents"]["description"]
    assert "consent_changed" in fields["consents_read"]["description"]
    assert "/v1/consents" in document["paths"]
