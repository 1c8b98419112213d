"""A payment in review over the API: two systems of finance accept the bank's sums, each request once."""

from __future__ import annotations

from typing import Any

from ulid import ULID

from checkout.ground.ids import PaymentId
from tests.api.every import key_of
from tests.desk.test_review import at_bank, contested
from tests.world import World, roubles

WHY = {"reason": "Обращение в банк SD-17"}


def place(payment: PaymentId) -> str:
    return f"/v1/payments/{payment}/review"


def sum_of(amount: int) -> dict[str, Any]:
    return {"amount": amount * 100, "currency": "RUB"}


async def test_two_keys_accept_what_the_bank_took(world: World) -> None:
    """Asked with the bank's sums in the answer, read by the second, approved, booked; the payment is captured."""
    order, payment = await contested(world, 2400)
    assert (await world.api("GET", place(payment), "finance"))[1]["wish"] is None
    status, asked = await world.api("POST", place(payment), "finance", WHY)
    assert (status, asked["status"], asked["order"]) == (201, "review", str(order.id))
    wish = asked["wish"]
    assert (wish["captured"], wish["refunded"], wish["status"]) == (sum_of(2400), sum_of(0), "asked")
    assert (await world.api("GET", place(payment), "finance-2"))[1] == asked
    status, done = await world.api("POST", f"{place(payment)}/approve", "finance-2", {})
    assert (status, done["status"], done["wish"]["status"]) == (200, "captured", "approved")
    assert (done["wish"]["asked_by"], done["wish"]["decided_by"]) == ("key:finance", "key:finance-2")
    assert (await world.facts(order.id)).paid == roubles(2400)
    assert await world.broken() == []


async def test_nobody_approves_what_they_asked_for(world: World) -> None:
    _, payment = await contested(world, 2400)
    await world.api("POST", place(payment), "finance", WHY)
    status, refused = await world.api("POST", f"{place(payment)}/approve", "finance", {})
    assert (status, refused["code"]) == (403, "own_review")


async def test_what_the_bank_shows_no_longer_is_not_approved(world: World) -> None:
    """It says how much the bank holds now; the wish is left, and another is made."""
    _, payment = await contested(world, 2400)
    await world.api("POST", place(payment), "finance", WHY)
    at_bank(world, payment).deposited = 230_000
    status, refused = await world.api("POST", f"{place(payment)}/approve", "finance-2", {})
    assert (status, refused["code"]) == (409, "bank_moved")
    status, left = await world.api("POST", f"{place(payment)}/leave", "finance-2", {})
    assert (status, left["status"], left["wish"]["status"]) == (200, "review", "left")
    assert (await world.api("POST", place(payment), "finance", WHY))[0] == 201


async def test_a_request_sent_again_is_answered_and_not_done_again(world: World) -> None:
    """Also once the payment is in review no longer: the answer is the first one."""
    _, payment = await contested(world, 2400)
    asking, approving = str(ULID()), str(ULID())
    first = await world.api("POST", place(payment), "finance", WHY, key=asking)
    assert await world.api("POST", place(payment), "finance", WHY, key=asking) == first
    done = await world.api("POST", f"{place(payment)}/approve", "finance-2", {}, key=approving)
    assert await world.api("POST", f"{place(payment)}/approve", "finance-2", {}, key=approving) == done
    assert done[0] == 200
    assert (await world.api("POST", f"{place(payment)}/approve", "finance-2", {}))[1]["code"] == "review_over"


async def test_a_payment_in_order_is_not_asked_about(world: World) -> None:
    _, payment = await world.paid()
    status, refused = await world.api("POST", place(payment), "finance", WHY)
    assert (status, refused["code"]) == (409, "review_over")


async def test_another_clinics_payment_does_not_exist(world: World) -> None:
    """Nor does one that nobody made."""
    _, payment = await contested(world, 2400)
    theirs = await key_of(world, "krasny", "finance")
    for path, body in ((place(payment), WHY), (f"{place(payment)}/approve", {}), (place(PaymentId.new()), WHY)):
        headers = {**theirs, "Idempotency-Key": str(ULID())}
        async with world.http.post(world.url + path, json=body, headers=headers) as answer:
            assert (answer.status, (await answer.json())["code"]) == (404, "payment_missing")
