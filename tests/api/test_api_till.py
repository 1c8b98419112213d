"""The till over the API: a whole day of it, and what it refuses."""

from __future__ import annotations

from typing import Any

from tests.world import World

COUNTS = "/v1/clinics/tverskaya/counts"
SHIFTS = "/v1/clinics/tverskaya/shifts"
NOTE = {"face": 100_000, "number": 1}  # 1 000 ₽


async def opened(world: World, *pieces: dict[str, int]) -> str:
    """The id of a shift whose float was counted so."""
    _, count = await world.api("POST", COUNTS, "office", {"pieces": list(pieces) or [{**NOTE, "number": 0}]})
    status, shift = await world.api("POST", SHIFTS, "office", {"count": count["count"]})
    assert status == 201, shift
    return str(shift["shift"])


def roubles(amount: int) -> dict[str, Any]:
    return {"amount": amount * 100, "currency": "RUB"}


async def test_a_day_at_the_desk(world: World) -> None:
    """Counted open, cash and a card taken, change given, a mistake reversed, takings handed over, counted closed."""
    shift = await opened(world, NOTE)
    order, other = await world.order(), await world.order()
    pays = {"amount": roubles(2500), "received": roubles(5000)}
    status, cash = await world.api("POST", f"/v1/orders/{order.id}/cash-payments", "office", pays)
    assert (status, cash["change"], cash["receipt_no"], cash["shift"]) == (201, roubles(2500), 2, shift)
    by_card = {"amount": roubles(2500), "method": "terminal", "reference": "418812345678"}
    status, card = await world.api("POST", f"/v1/orders/{other.id}/manual-payments", "office", by_card)
    assert (status, card["receipt_no"]) == (201, 3)
    mistake = {"receipt_no": 2, "reason": "wrong_order"}
    status, undone = await world.api("POST", f"/v1/shifts/{shift}/reversals", "office", mistake)
    assert (status, undone["receipt_no"]) == (201, 4)
    _, shown = await world.api("GET", f"/v1/orders/{order.id}", "office")
    assert (shown["status"], shown["due"], shown["payments"][0]["status"]) == (
        "awaiting_payment",
        roubles(2500),
        "voided",
    )
    status, given = await world.api("POST", f"/v1/shifts/{shift}/hand-overs", "office", {"amount": roubles(400)})
    assert (status, given["status"]) == (201, "pending")
    status, accepted = await world.api("POST", f"/v1/hand-overs/{given['id']}/accept", "finance", {})
    assert (status, accepted["status"], accepted["settled_by"]) == (200, "accepted", "key:finance")
    spent = {"direction": "out", "amount": roubles(100), "reason": "expense"}
    assert (await world.api("POST", f"/v1/shifts/{shift}/movements", "office", spent))[0] == 201
    _, x = await world.api("GET", "/v1/clinics/tverskaya/shift", "finance")
    assert (x["drawer"], x["entries"], x["z_no"]) == (roubles(500), 6, None)
    _, count = await world.api("POST", COUNTS, "office", {"pieces": [{"face": 50_000, "number": 1}]})
    assert (count["expected"], count["difference"]) == (roubles(500), roubles(0))
    status, closing = await world.api("POST", f"/v1/shifts/{shift}/close", "office", {"count": count["count"]})
    assert (status, closing["waits"], closing["report"]["z_no"]) == (200, False, 1)
    assert (await world.api("GET", "/v1/clinics/tverskaya/shift", "office"))[0] == 404
    _, z = await world.api("GET", f"/v1/shifts/{shift}", "finance")
    assert (z["drawer"], z["counted"], z["closed_by"]) == (roubles(500), roubles(500), "key:office")
    assert not await world.broken()


async def test_a_large_difference_waits_for_another_person(world: World) -> None:
    """The same key cannot confirm what it counted."""
    shift = await opened(world, NOTE)
    _, count = await world.api("POST", COUNTS, "office", {"pieces": [{**NOTE, "number": 0}]})
    close = {"count": count["count"], "explanation": "the drawer was empty"}
    status, closing = await world.api("POST", f"/v1/shifts/{shift}/close", "office", close)
    assert (status, closing["waits"], closing["report"]["closed_at"]) == (200, True, None)
    confirm = {"count": count["count"]}
    status, body = await world.api("POST", f"/v1/shifts/{shift}/confirm", "office", confirm)
    assert (status, body["code"]) == (403, "own_count")
    status, body = await world.api("POST", f"/v1/shifts/{shift}/confirm", "admin", confirm)
    assert (status, body["report"]["difference"], body["report"]["counted_by"]) == (200, roubles(-1000), "key:office")
    status, body = await world.api("POST", f"/v1/shifts/{shift}/close", "office", close)
    assert (status, body["code"]) == (409, "shift_closed_already")
    assert "key:admin" in body["detail"]
    assert not await world.broken()


async def test_without_a_shift_the_desk_takes_nothing_and_says_what_to_do(world: World) -> None:
    """409, in words."""
    order = await world.order()
    paid = {"amount": roubles(2500)}
    status, body = await world.api("POST", f"/v1/orders/{order.id}/cash-payments", "office", paid)
    assert (status, body["code"]) == (409, "shift_closed")
    assert "open a shift" in body["detail"]


async def test_a_face_named_twice_is_refused(world: World) -> None:
    """Which of the two is meant?"""
    status, body = await world.api("POST", COUNTS, "office", {"pieces": [NOTE, NOTE]})
    assert (status, body["code"], body["errors"][0]["pointer"]) == (422, "denomination_repeated", "/pieces")
