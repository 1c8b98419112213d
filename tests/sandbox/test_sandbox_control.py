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


async def test_a_fault_can_be_removed_alone() -> None:
    """By its key; the others stay, and a key that is gone is said to be."""
    async with world() as here:
        keys = [(await here.control("POST", "faults", {"kind": kind}))[1]["key"] for kind in ("html", "empty")]
        assert (await here.control("DELETE", f"faults/{keys[0]}"))[0] == 204
        assert [rule.kind for rule in here.bank.faults.rules] == ["empty"]
        assert (await here.control("DELETE", f"faults/{keys[0]}"))[0] == 404


async def test_orders_can_be_searched() -> None:
    """By any fact, by state, by merchant; without regard to case."""
    async with world() as here:
        first = await here.register("A-1", description="Приём терапевта", email="Anna@example.com")
        await here.register("B-2")
        await here.post(first["formUrl"], CARD)
        for query in ("a-1", first["orderId"][:13], "ТЕРАПЕВТ", "anna@", "1111"):
            _, found = await here.control("GET", f"orders?query={query}")
            assert [one["number"] for one in found["orders"]] == ["A-1"], query
        for query, numbers in (("state=created", ["B-2"]), ("merchant=nobody", []), ("query=-", ["B-2", "A-1"])):
            _, found = await here.control("GET", f"orders?{query}")
            assert [one["number"] for one in found["orders"]] == numbers
        status, answer = await here.control("GET", "orders?state=paid")
        assert (status, "deposited" in answer["error"]) == (400, True)


async def test_one_order_tells_all_that_happened_to_it() -> None:
    """What was asked for, operations, effects, callbacks, faults, and which dramas fit it now."""
    async with world() as here:
        order = await here.register(description="Приём", jsonParams='{"k": "v"}')
        await here.post(order["formUrl"], CARD)
        await here.shop.heard(1)
        await here.control("POST", "faults", {"kind": "html", "scope": "order", "id": "A-1"})
        _, one = await here.control("GET", "orders/A-1")
        assert (one["description"], one["params"], one["card"]) == ("Приём", {"k": "v"}, "VISA 411111…1111")
        assert [line["type"] for line in one["operations"]] == ["AUTHORIZATION"]
        assert [effect["kind"] for effect in one["effects"]] == ["registered", "attempt", "deposited"]
        assert [rule["kind"] for rule in one["faults"]] == ["html"]
        assert "answer-lost-after-refund" in one["dramas"]
        assert "double-callback" not in one["dramas"]


async def test_what_was_sent_can_be_sent_again() -> None:
    """The very same words, by the number of the callback; one that never was is not found."""
    async with world() as here:
        order = await here.register()
        await here.post(order["formUrl"], CARD)
        (first,) = await here.shop.heard(1)
        _, log = await here.control("GET", "callbacks")
        status, _ = await here.control("POST", "callbacks", {"again": log["callbacks"][0]["id"]})
        assert status == 202
        assert (await here.shop.heard(2))[1] == first
        assert (await here.control("POST", "callbacks", {"again": 999}))[0] == 404
        assert (await here.control("POST", "callbacks", {"number": "A-1", "operation": "moon"}))[0] == 400
        assert (await here.control("POST", "callbacks", {"number": "A-1", "times": 101}))[0] == 400


async def test_dramas_are_listed_and_played() -> None:
    """The table with its steps; one over an order by number, one over a merchant, none over what does not fit."""
    async with world() as here:
        order = await here.register()
        _, table = await here.control("GET", "dramas")
        row = next(one for one in table["dramas"] if one["name"] == "double-callback")
        assert row["steps"] == ["fail kind=duplicate method=callback value=2", "pay card=4111111111111111"]
        assert (await here.control("POST", "dramas", {"drama": "double-callback", "number": "A-1"}))[0] == 200
        assert [one["operation"] for one in await here.shop.heard(2)] == ["deposited", "deposited"]
        assert here.bank.orders[order["orderId"]].deposited == 450000
        assert (await here.control("POST", "dramas", {"drama": "double-callback", "number": "A-1"}))[0] == 400
        assert (await here.control("POST", "dramas", {"drama": "bank-mumbles"}))[0] == 200
        assert {rule.id for rule in here.bank.faults.rules} == {"sandbox-api"}
        for body, status in (({"drama": "hamlet"}, 404), ({"drama": "bank-hangs", "merchant": "nobody"}, 404)):
            assert (await here.control("POST", "dramas", body))[0] == status


async def test_merchants_are_added_and_changed_while_the_bank_runs() -> None:
    """Only what is named; what makes no sense is refused with the reason, and the login stays."""
    async with world() as here:
        body = {"login": "other-api", "password": "x", "quirks": {"error_code_type": "int"}}
        assert (await here.control("POST", "merchants", body))[0] == 201
        assert (await here.control("POST", "merchants", body))[0] == 400
        status, changed = await here.control(
            "PATCH", "merchants/other-api", {"attempts": 5, "quirks": {"old_rouble": True}}
        )
        assert (status, changed["attempts"], changed["password"]) == (200, 5, "x")
        assert (changed["quirks"]["error_code_type"], changed["quirks"]["old_rouble"]) == ("int", True)
        for wrong in ({"attempts": "many"}, {"login": "z"}, {"colour": 1}, {"callback_extras": ["moon"]}):
            status, answer = await here.control("PATCH", "merchants/other-api", wrong)
            assert (status, bool(answer["error"])) == (400, True)
        assert (await here.control("PATCH", "merchants/nobody", {}))[0] == 404
        _, listed = await here.control("GET", "merchants")
        assert [one["login"] for one in listed["merchants"]] == ["sandbox-api", "other-api"]


async def test_keys_are_shown() -> None:
    """The public key and its certificate, the same as often as one asks."""
    async with world() as here:
        for name, kind in (("sandbox-api.pem", "PUBLIC KEY"), ("sandbox-api.crt", "CERTIFICATE")):
            status, text, _ = await here.get(f"/sandbox/keys/{name}")
            assert status == 200
            assert text.startswith(f"-----BEGIN {kind}-----")
        first = (await here.get("/sandbox/keys/sandbox-api.pem"))[1]
        assert (await here.get("/sandbox/keys/sandbox-api.pem"))[1] == first
        assert (await here.get("/sandbox/keys/nobody.pem"))[0] == 404
