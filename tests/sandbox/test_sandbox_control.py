"""A tester at the bank's controls."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.live import CARD, world


async def test_the_journal_can_be_read_on_from_where_one_stopped() -> None:
    """All of it, or what came after a row."""
    async with world() as here:
        order = await here.register()
        await here.post(order["formUrl"], CARD)
        _, whole = await here.control("GET", "journal")
        assert [one["kind"] for one in whole["effects"]] == ["registered", "attempt", "deposited"]
        _, rest = await here.control("GET", "journal?after=2")
        assert rest["effects"] == whole["effects"][2:]


async def test_orders_can_be_listed_and_looked_up() -> None:
    """Newest first; one by number or by id."""
    async with world() as here:
        first = await here.register("A-1")
        await here.register("A-2")
        _, listed = await here.control("GET", "orders?limit=5")
        assert [one["number"] for one in listed["orders"]] == ["A-2", "A-1"]
        for name in ("A-1", first["orderId"]):
            status, one = await here.control("GET", f"orders/{name}")
            assert (status, one["id"], one["state"], one["deposited"]) == (200, first["orderId"], "created", 0)
        assert (await here.control("GET", "orders/nonsense"))[0] == 404


async def test_the_clock_moves_forward() -> None:
    """By seconds, and it tells its offset."""
    async with world() as here:
        _, before = await here.control("GET", "clock")
        _, after = await here.control("POST", "clock", {"advance_seconds": 86400})
        assert (before["offset_seconds"], after["offset_seconds"]) == (0, 86400)
        assert after["now"] >= before["now"] + 86_400_000


async def test_faults_can_be_set_read_and_cleared() -> None:
    """What is in force, and what has fired."""
    async with world() as here:
        wanted = {"kind": "delay", "method": "*", "scope": "merchant", "id": "sandbox-api", "times": 2, "value": 0}
        status, rule = await here.control("POST", "faults", wanted)
        wanted |= {"key": 1, "effect": None, "until": None}
        assert (status, rule) == (201, wanted)
        await here.register()
        _, state = await here.control("GET", "faults")
        assert state["rules"] == [wanted | {"times": 1}]
        assert state["fired"] == [{"kind": "delay", "method": "register.do", "times": 1}]
        assert (await here.control("DELETE", "faults"))[0] == 204
        assert (await here.control("GET", "faults"))[1]["rules"] == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("clock", {"advance_seconds": -1}),
        ("clock", {"advance_seconds": "soon"}),
        ("clock", {"advance_seconds": True}),
        ("clock", []),
        ("clock", None),
        ("faults", {"kind": "earthquake"}),
        ("faults", {"kind": "drop", "method": "refund.do"}),
        ("faults", {"kind": "delay", "colour": "red"}),
        ("faults", {"method": "*"}),
        ("faults", {"kind": "delay", "times": "many"}),
        ("faults", {"kind": "delay", "times": 0}),
        ("faults", {"kind": "delay", "value": "long"}),
        ("faults", {"kind": "delay", "method": 5}),
    ],
)
async def test_wrong_orders_to_the_bank_are_refused(path: str, body: Any) -> None:
    """400 with the reason; nothing is changed."""
    async with world() as here:
        status, answer = await here.control("POST", path, body)
        assert status == 400
        assert answer["error"]
        assert here.bank.faults.rules == []
        assert here.bank.clock.offset == 0


async def test_a_web_page_cannot_push_the_buttons() -> None:
    """A form in a browser has no JSON content type, so it is refused."""
    async with world() as here:
        url, body = f"{here.bank.base_url}/sandbox/clock", b'{"advance_seconds": 5}'
        async with here.client.post(url, data=body, headers={"Content-Type": "text/plain"}) as answer:
            assert answer.status == 400
        assert here.bank.clock.offset == 0
