"""The brakes over the API: contacts, unpaid times and refused cards are counted, staff and repeated requests are not."""

from __future__ import annotations

import asyncio
from datetime import datetime
from itertools import count
from typing import Any

import pytest
from ulid import ULID

from checkout.ground.ids import OrderId, PaymentId
from checkout.payment import brakes, pay, settle
from checkout.payment.payment import State
from gateways.sandbox import Fault, Rule
from tests.setting import KEYS
from tests.world import GOOD, POOR, World

_numbers = count(1)


def contact(**changed: str) -> dict[str, str]:
    """Somebody whom nobody has seen before."""
    number = next(_numbers)
    return {"name": "Бот", "phone": f"+7912{number:07}", "email": f"bot{number}@example.com", **changed}


async def wish(world: World, start: datetime | None = None, **changed: Any) -> dict[str, Any]:
    starts_at = start or (await world.free(days=2))[0]
    return {
        "clinic": "tverskaya",
        "lines": [{"service": "consultation"}],
        "starts_at": starts_at.isoformat(),
        "payer": contact(),
        "plan": "full",
        "consents": ["adult", "offer", "personal-data"],
        **changed,
    }


async def placed(world: World, role: str = "site", **changed: Any) -> tuple[int, Any]:
    return await world.api("POST", "/v1/orders", role, await wish(world, **changed))


async def gone(world: World, role: str = "site", **changed: Any) -> None:
    """An order that is made and cancelled: it costs its tokens and holds nothing."""
    status, order = await placed(world, role, **changed)
    assert status == 201, order
    status, body = await world.api("POST", f"/v1/orders/{order['id']}/cancel", "admin", {})
    assert status == 200, body


@pytest.mark.parametrize("same", ["phone", "email"])
async def test_one_phone_and_one_email_order_eight_times_a_day(braked: World, same: str) -> None:
    """The ninth order is refused with the time to wait; the other contact being new each time does not help."""
    known = {"phone": "8 (912) 345-67-89", "email": "Maria@example.com"}[same]
    for _ in range(8):
        await gone(braked, payer=contact(**{same: known}))
    status, body = await placed(braked, payer=contact(**{same: known.lower()}))
    assert (status, body["code"]) == (429, "too_many_orders")
    assert 10_000 < body["retry_after"] <= 10_800
    assert body["phone"] == "+7 495 000-00-03"
    assert "No money was taken. Try again in 3 hours or call +7 495 000-00-03." in body["detail"]
    await braked.advance(seconds=body["retry_after"])
    assert (await placed(braked, payer=contact(**{same: known})))[0] == 201


async def test_a_brake_says_in_headers_how_long_to_wait(braked: World) -> None:
    """Retry-After as everywhere, and the draft's RateLimit beside it."""
    payer = contact()
    for _ in range(8):
        await gone(braked, payer=payer)
    sent = {"Authorization": f"Bearer {KEYS['site']}", "Idempotency-Key": str(ULID())}
    body = await wish(braked, payer=payer)
    async with braked.http.post(braked.url + "/v1/orders", json=body, headers=sent) as answer:
        told = (await answer.json())["retry_after"]
        assert answer.status == 429
        assert answer.headers["Retry-After"] == str(told)
        assert answer.headers["RateLimit"] == f'"too_many_orders";r=0;t={told}'


async def test_a_braked_request_may_be_repeated_under_its_key(braked: World) -> None:
    """The refusal is not the answer of that key: once the wait is over the same request does it."""
    payer = contact()
    for _ in range(8):
        await gone(braked, payer=payer)
    body, key = await wish(braked, payer=payer), str(ULID())
    status, refused = await braked.api("POST", "/v1/orders", "site", body, key=key)
    assert status == 429
    await braked.advance(seconds=refused["retry_after"])
    assert (await braked.api("POST", "/v1/orders", "site", body, key=key))[0] == 201


async def test_a_repeated_request_is_answered_again_whatever_the_brakes_say(braked: World) -> None:
    """Same key, same order, no token: not even when nothing is left, nor a day later when the brakes have forgotten it."""
    payer, key = contact(), str(ULID())
    body = await wish(braked, payer=payer)
    _, order = await braked.api("POST", "/v1/orders", "site", body, key=key)
    for _ in range(7):
        assert (await braked.api("POST", "/v1/orders", "site", body, key=key))[0] == 201
    for _ in range(7):
        await gone(braked, payer=payer)
    assert (await placed(braked, payer=payer))[0] == 429
    await braked.advance(hours=25)
    while await brakes.forget(braked.service):
        pass
    for _ in range(8):
        await gone(braked, payer=payer)
    assert (await placed(braked, payer=payer))[0] == 429
    status, again = await braked.api("POST", "/v1/orders", "site", body, key=key)
    assert (status, again["id"]) == (201, order["id"])


async def test_staff_book_for_people_without_brakes(braked: World) -> None:
    """The desk books family after family with the phone at hand; a site's key may not."""
    payer = contact()
    for role in ("office", "admin"):
        for _ in range(6):
            assert (await placed(braked, role, payer=payer))[0] == 201
    assert (await placed(braked, "site", payer=payer))[1]["code"] == "too_many_holds"


async def test_five_unpaid_times_a_contact_then_pay_or_wait(braked: World) -> None:
    """The sixth waits for the first to end; a paid one is out of the count."""
    payer = contact()
    orders = [(await placed(braked, payer=payer))[1] for _ in range(5)]
    status, body = await placed(braked, payer=payer)
    assert (status, body["code"]) == (429, "too_many_holds")
    assert 0 < body["retry_after"] <= 15 * 60
    _, payment = await braked.api("POST", f"/v1/orders/{orders[0]['id']}/payments", "site", {})
    started = PaymentId.parse(payment["id"])
    await braked.pay_at_bank(started, GOOD)
    await settle.settle(braked.service, started)
    assert (await placed(braked, payer=payer))[0] == 201
    await braked.advance(seconds=body["retry_after"] + 60)
    await braked.sweep()
    assert (await placed(braked, payer=payer))[0] == 201


async def test_times_to_be_paid_at_the_clinic_count_for_a_day(braked: World) -> None:
    """Nothing ends them by itself, so the day does; one that is cancelled counts no more."""
    payer = contact()
    orders = [(await placed(braked, payer=payer, plan="at_clinic"))[1] for _ in range(5)]
    status, body = await placed(braked, payer=payer)
    assert (status, body["code"]) == (429, "too_many_holds")
    assert 23 * 3600 < body["retry_after"] <= 24 * 3600
    await braked.api("POST", f"/v1/orders/{orders[0]['id']}/cancel", "admin", {})
    assert (await placed(braked, payer=payer, plan="at_clinic"))[0] == 201
    await braked.advance(hours=25)
    assert (await placed(braked, payer=payer, plan="at_clinic"))[0] == 201


async def test_many_at_once_hold_no_more_than_one_after_the_other(braked: World) -> None:
    """Eight requests side by side, each for another time: five are held."""
    payer, starts = contact(), (await braked.free(days=3))[:8]
    bodies = [await wish(braked, start, payer=payer) for start in starts]
    answers = await asyncio.gather(*(braked.api("POST", "/v1/orders", "site", body) for body in bodies))
    assert sorted(status for status, _ in answers) == [201] * 5 + [429] * 3


async def declined(world: World, order: Any, tries: int = 3) -> PaymentId:
    """One bank order with so many refused cards in it, and our look at it."""
    status, payment = await world.api("POST", f"/v1/orders/{order['id']}/payments", "site", {})
    assert status == 201, payment
    started = PaymentId.parse(payment["id"])
    for _ in range(tries):
        await world.pay_at_bank(started, POOR)
    await world.advance(seconds=21)
    await settle.settle(world.service, started)
    return started


async def pays(world: World, order: Any) -> tuple[int, str]:
    status, body = await world.api("POST", f"/v1/orders/{order['id']}/payments", "site", {})
    return status, body.get("code", "")


async def test_three_declined_payments_an_order_then_an_hour_of_rest(braked: World) -> None:
    """The fourth bank order waits until the first is an hour old."""
    _, order = await placed(braked, plan="at_clinic")
    for _ in range(3):
        await declined(braked, order)
    status, body = await braked.api("POST", f"/v1/orders/{order['id']}/payments", "site", {})
    assert (status, body["code"]) == (429, "too_many_declines")
    assert 3500 < body["retry_after"] + 63 <= 3600
    await braked.advance(seconds=body["retry_after"] + 1)
    assert await pays(braked, order) == (201, "")


async def test_four_declined_payments_a_contact_whichever_the_order(braked: World) -> None:
    """Another order, another e-mail, the same phone: the cards of that hand rest."""
    phone = "+79123456789"
    for _ in range(4):
        _, order = await placed(braked, payer=contact(phone=phone))
        await declined(braked, order)
    _, order = await placed(braked, payer=contact(phone=phone))
    assert await pays(braked, order) == (429, "too_many_declines")
    _, other = await placed(braked)
    assert await pays(braked, other) == (201, "")


async def test_whoever_leaves_before_the_last_try_is_counted_as_well(braked: World) -> None:
    """Two refused cards and a closed tab: the bank's session just ends, but its words were heard in between."""
    _, order = await placed(braked, plan="at_clinic")
    for _ in range(2):
        started = await declined(braked, order, tries=2)
        assert (await braked.payment(started)).state is State.PENDING
        await braked.advance(minutes=20)
        await settle.settle(braked.service, started)
        assert (await braked.payment(started)).state is State.LAPSED
    await declined(braked, order)
    assert await pays(braked, order) == (429, "too_many_declines")


async def test_troubles_of_the_bank_and_sessions_left_alone_hold_nobody_back(braked: World) -> None:
    """No card was refused in them: a bank order that the bank would not open, and ones that nobody used."""
    _, order = await placed(braked, plan="at_clinic")
    braked.bank.faults.add(Rule(Fault.HTTP_500, method="register.do", times=2))
    for _ in range(2):
        assert (await braked.api("POST", f"/v1/orders/{order['id']}/payments", "site", {}))[0] == 503
        await braked.advance(minutes=1)
        await braked.sweep()
    for _ in range(4):
        assert await pays(braked, order) == (201, "")
        await braked.advance(minutes=10)
        await pay.abandon(braked.service, OrderId.parse(order["id"]))


async def test_a_payment_that_is_open_is_gone_on_with(braked: World) -> None:
    """Its bank page is answered again, however many were declined elsewhere."""
    phone = "+79123456789"
    _, kept = await placed(braked, payer=contact(phone=phone))
    assert (await pays(braked, kept))[0] == 201
    for _ in range(4):
        _, order = await placed(braked, payer=contact(phone=phone))
        await declined(braked, order)
        await braked.api("POST", f"/v1/orders/{order['id']}/cancel", "admin", {})
    assert (await pays(braked, kept))[0] == 201


async def test_another_keys_order_is_missing_before_it_is_braked(braked: World) -> None:
    """A refusal of the brakes tells nothing of orders that are not yours."""
    _, order = await placed(braked, plan="at_clinic")
    for _ in range(3):
        await declined(braked, order)
    status, body = await braked.api("POST", f"/v1/orders/{order['id']}/payments", "site-2", {})
    assert (status, body["code"]) == (404, "order_missing")


async def test_the_document_names_the_brakes(braked: World) -> None:
    """An integrator reads beforehand where 429 may come and what it is called."""
    async with braked.http.get(braked.url + "/openapi.json") as answer:
        paths = (await answer.json())["paths"]
    assert "too_many_orders, too_many_holds" in paths["/v1/orders"]["post"]["responses"]["429"]["description"]
    assert "too_many_declines" in paths["/v1/orders/{id}/payments"]["post"]["responses"]["429"]["description"]
    assert "429" not in paths["/v1/orders"]["get"]["responses"]
