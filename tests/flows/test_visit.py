"""What became of the visit: given, missed, goods handed over; from which day money can be asked back, and proof of it."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from checkout.ground.errors import Conflict
from checkout.payment import cancel, orders, visit
from checkout.payment.order import Order, Plan, Word
from checkout.payment.place import link_token
from checkout.payment.settle import settle
from checkout.payment.visit import Outcome
from refunds import issue, store
from tests.pages.test_pages_money_back import changes_its_mind
from tests.world import MOSCOW, World, roubles

GOODS = (("consultation", 1), ("insoles", 1))


async def to_the_visit(world: World, order: Order, **later: float) -> None:
    """To the hour of the visit; whatever was due before it is done."""
    step = order.starts_at - await world.now() + timedelta(**later)
    await world.advance(seconds=step.total_seconds())
    await world.sweep()


async def mark(world: World, order: Order, outcome: Outcome = Outcome.GIVEN) -> None:
    await world.tx(lambda tx: visit.mark(tx, order.id, outcome, principal="olga"))


async def with_goods(world: World) -> Order:
    """A visit and a pair of insoles, paid: 6 400 ₽."""
    order, _ = await world.paid(lines=GOODS, clinic="krasny")
    return order


async def asked(world: World, order: Order, *lines: int) -> store.Refund:
    """A refund of 100 ₽ on each of the lines, of 100 ₽ pro rata without any."""
    parts = dict.fromkeys(lines, 10_000) or None
    ask = issue.Ask(roubles(100 * max(len(lines), 1)), "a reason", lines=parts)
    return await world.tx(lambda tx: issue.request(tx, world.service, order.id, ask, principal="anna"))


async def test_a_given_visit_is_marked_once(world: World) -> None:
    """The day is kept, the bookings say so, and a second press changes nothing."""
    order, _ = await world.paid()
    await to_the_visit(world, order)
    for _ in range(2):
        status, answer = await world.api("POST", f"/v1/orders/{order.id}/visit", "office", {"outcome": "given"})
        assert (status, answer["status"]) == (200, "paid")
    assert answer["given_at"] is not None
    events = await world.events(order.id)
    assert (events.count("booking.given"), events.count("order.given")) == (1, 1)
    assert not await world.broken()


async def test_a_visit_is_not_marked_before_its_time(world: World) -> None:
    """A doctor may be ahead of the hour, not of the day; nobody is late before the hour."""
    order, _ = await world.paid()
    with pytest.raises(Conflict, match="visit_not_begun"):
        await mark(world, order)
    await to_the_visit(world, order, minutes=-20)
    with pytest.raises(Conflict, match="visit_not_begun"):
        await mark(world, order, Outcome.NO_SHOW)
    await mark(world, order)
    assert (await world.tx(lambda tx: orders.read(tx, order.id)))[0].given_at is not None


async def test_only_a_visit_that_stands_is_marked(world: World) -> None:
    """Held, cancelled, or marked otherwise already: refused."""
    held, (gone, _), (missed, _) = await world.order(), await world.paid(), await world.paid()
    await world.tx(lambda tx: cancel.cancel(tx, world.service, gone.id, principal="payer"))
    await to_the_visit(world, missed, hours=3)
    await mark(world, missed, Outcome.NO_SHOW)
    for order in (held, gone, missed):
        with pytest.raises(Conflict, match="order_closed"):
            await mark(world, order)
    assert not await world.broken()


async def test_the_money_of_a_missed_visit_waits_for_people(world: World) -> None:
    """No rule sends it back, and more of it that comes later does not either."""
    order, _ = await world.paid(plan=Plan.DEPOSIT)
    started = await world.start(order)
    await to_the_visit(world, order)
    await mark(world, order, Outcome.NO_SHOW)
    changes_its_mind(world, started.payment_id)
    await settle(world.service, started.payment_id)
    await world.advance(hours=30)
    await world.sweep()
    facts = await world.facts(order.id)
    assert (facts.paid, facts.refunded, facts.reserved) == (roubles(2500), roubles(0), roubles(0))
    assert "order.late_money" not in await world.events(order.id)
    assert not await world.broken()


async def test_of_a_missed_visit_paid_twice_one_sum_goes_back(world: World) -> None:
    """The surplus is nobody's decision; what the visit cost is."""
    order, first = await world.paid_at_the_second()
    await to_the_visit(world, order)
    await mark(world, order, Outcome.NO_SHOW)
    changes_its_mind(world, first)
    await settle(world.service, first)
    await world.sweep()
    facts = await world.facts(order.id)
    assert (facts.paid, facts.refunded) == (roubles(5000), roubles(2500))
    assert not await world.broken()


async def test_goods_are_at_the_clinic_within_a_week_and_are_handed_over_once(world: World) -> None:
    """Both dates are on the order: by when they come, and when they were given."""
    order = await with_goods(world)
    assert order.deliver_by == order.created_at + timedelta(days=7)
    for _ in range(2):
        status, answer = await world.api("POST", f"/v1/orders/{order.id}/handover", "office", {})
        assert (status, answer["deliver_by"]) == (200, f"{order.deliver_by:%Y-%m-%dT%H:%M:%SZ}")
    assert answer["handed_over_at"] is not None
    assert (await world.events(order.id)).count("order.handed_over") == 1
    with pytest.raises(Conflict, match="order_closed"):
        await world.tx(lambda tx: cancel.cancel(tx, world.service, order.id, principal="payer"))


async def test_goods_arrive_first_and_only_their_receipt_starts_the_window(world: World) -> None:
    """Told once; the window still runs from the plan. Handed over unannounced, they have arrived as well."""
    order = await with_goods(world)
    for _ in range(2):
        status, answer = await world.api("POST", f"/v1/orders/{order.id}/arrival", "office", {})
        assert (status, answer["handed_over_at"]) == (200, None)
    assert answer["goods_arrived_at"] is not None
    goods = answer["return_windows"][1]
    assert (goods["kind"], goods["planned"], goods["base_at"]) == ("goods", True, answer["deliver_by"])
    assert (await world.events(order.id)).count("order.goods_arrived") == 1
    await world.advance(hours=1)
    _, answer = await world.api("POST", f"/v1/orders/{order.id}/handover", "office", {})
    assert answer["goods_arrived_at"] < answer["handed_over_at"] == answer["return_windows"][1]["base_at"]
    other = await with_goods(world)
    _, answer = await world.api("POST", f"/v1/orders/{other.id}/handover", "office", {})
    assert answer["goods_arrived_at"] == answer["handed_over_at"]
    assert "order.goods_arrived" not in await world.events(other.id)
    await world.sweep()
    assert not await world.broken()


async def test_there_is_nothing_to_hand_over_without_goods_or_without_a_visit(world: World) -> None:
    """A service is not handed over, and neither is what was never paid for."""
    plain, _ = await world.paid()
    with pytest.raises(Conflict, match="no_goods"):
        await world.tx(lambda tx: visit.hand_over(tx, plain.id, principal="olga"))
    with pytest.raises(Conflict, match="no_goods"):
        await world.tx(lambda tx: visit.goods_arrived(tx, plain.id, principal="olga"))
    held = await world.order(lines=GOODS, clinic="krasny")
    with pytest.raises(Conflict, match="order_closed"):
        await world.tx(lambda tx: visit.hand_over(tx, held.id, principal="olga"))


async def test_each_kind_has_its_own_window(world: World) -> None:
    """A service's runs from the visit, goods' from their receipt; until then from the day planned. Both are on the order."""
    order = await with_goods(world)
    _, before = await world.api("GET", f"/v1/orders/{order.id}", "office")
    assert [(window["kind"], window["planned"]) for window in before["return_windows"]] == [
        ("service", True),
        ("goods", True),
    ]
    assert before["return_windows"][0]["base_at"] == f"{order.ends_at:%Y-%m-%dT%H:%M:%SZ}"
    assert before["return_windows"][1]["base_at"] == f"{order.deliver_by:%Y-%m-%dT%H:%M:%SZ}"
    await to_the_visit(world, order)
    await mark(world, order)
    await world.advance(days=10)
    await world.tx(lambda tx: visit.hand_over(tx, order.id, principal="olga"))
    _, after = await world.api("GET", f"/v1/orders/{order.id}", "office")
    service, goods = after["return_windows"]
    assert (service["base_at"], service["planned"]) == (after["given_at"], False)
    assert (goods["base_at"], goods["planned"]) == (after["handed_over_at"], False)
    assert after["return_until"] == goods["until"] > service["until"]


async def test_a_refund_is_judged_by_the_window_of_its_lines(world: World) -> None:
    """Past the service's month, within that of the goods: the goods may be asked for, and both together, not the service."""
    order = await with_goods(world)
    await to_the_visit(world, order)
    await mark(world, order)
    await world.advance(days=10)
    await world.tx(lambda tx: visit.hand_over(tx, order.id, principal="olga"))
    await world.advance(days=25)
    with pytest.raises(Conflict, match="window_closed"):
        await asked(world, order, 1)
    for lines in ((2,), (1, 2), ()):
        refund = await asked(world, order, *lines)
        assert refund.window_kind == "goods"
        assert refund.window_ends_at > await world.now()
    await world.advance(days=7)
    with pytest.raises(Conflict, match="window_closed"):
        await asked(world, order, 2)
    await world.sweep()
    assert not await world.broken()


async def test_the_window_moves_with_the_visit(world: World) -> None:
    """A visit that is moved by a month can be asked back a month later."""
    order, _ = await world.paid()
    months = [free for days in range(25, 40) if (free := await world.free(days=days))]
    later = {"starts_at": months[0][0].isoformat()}
    assert (await world.api("POST", f"/v1/orders/{order.id}/move", "office", later))[0] == 200
    await world.advance(days=50)
    assert (await asked(world, order)).window_kind == "service"


def opened(token: str, keys: list[dict[str, str]]) -> dict[str, object]:
    """The claims of a token, checked as a review site would: by the public key alone. Raises InvalidSignature."""

    def raw(part: str) -> bytes:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))

    header, claims, signature = token.split(".")
    named = json.loads(raw(header))
    assert named["alg"] == "EdDSA"
    key = next(key for key in keys if key["kid"] == named["kid"])
    Ed25519PublicKey.from_public_bytes(raw(key["x"])).verify(raw(signature), f"{header}.{claims}".encode())
    found: dict[str, object] = json.loads(raw(claims))
    return found


async def test_a_visit_token_is_checked_by_the_public_key_alone(world: World) -> None:
    """Only a visit that was given has one; it names the clinic and the month, and nobody."""
    order, _ = await world.paid()
    assert (await world.api("GET", f"/v1/orders/{order.id}", "site"))[1]["visit_token"] is None
    await to_the_visit(world, order)
    await mark(world, order)
    token = (await world.api("GET", f"/v1/orders/{order.id}", "site"))[1]["visit_token"]
    async with world.http.get(f"{world.url}/o/{link_token(world.service, order.id)}") as page:
        assert token in await page.text()
    async with world.http.get(f"{world.url}/.well-known/visit-token-keys.json") as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        keys = (await answer.json())["keys"]
    claims = opened(token, keys)
    month = f"{(await world.now()).astimezone(MOSCOW):%Y-%m}"
    jti = claims.pop("jti")
    assert claims == {"iss": world.url, "clinic": "tverskaya", "month": month, "given": True}
    assert jti not in (str(order.id), order.code)
    head, _, signature = token.rpartition(".")
    with pytest.raises(InvalidSignature):
        opened(f"{head}.{'A' * len(signature)}", keys)


async def test_a_visit_token_is_one_and_the_same_for_an_order(world: World) -> None:
    """So that a review site lets each visit in once; another visit has another."""
    tokens = []
    day = [await world.paid(), await world.paid()]
    await to_the_visit(world, day[1][0])
    for order, _ in day:
        await mark(world, order)
        tokens += [(await world.api("GET", f"/v1/orders/{order.id}", "site"))[1]["visit_token"] for _ in range(2)]
    assert tokens[0] == tokens[1]
    assert tokens[2] == tokens[3] != tokens[0]
    assert await world.word(order.id) is Word.PAID
