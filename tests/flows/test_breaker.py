"""A bank that is down: left alone, found back soon, and nobody is kept from making an order."""

import pytest

from checkout.booking.booking import State
from checkout.doctor import examine
from checkout.ground.errors import Unavailable
from checkout.payment import breaker
from checkout.payment.order import Plan, Word
from checkout.payment.pay import Started
from gateways import sandbox
from tests.world import World

DOWN = sandbox.Rule(sandbox.Fault.HTTP_502, times=None)


def asked(world: World) -> int:
    """How many calls have reached the bank that is down."""
    return sum(world.bank.faults.fired.values())


async def pending(world: World, number: int) -> list[Started]:
    return [await world.start(await world.order()) for _ in range(number)]


async def rounds(world: World, number: int, seconds: float) -> None:
    for _ in range(number):
        await world.advance(seconds=seconds)
        await world.sweep()


async def go_down(world: World) -> None:
    """Enough calls in a row without an answer."""
    world.bank.faults.add(DOWN)
    await rounds(world, 4, 30)
    assert (await world.tx(breaker.troubles))[0].retry_at


async def test_a_bank_that_is_down_is_asked_once_a_minute(world: World) -> None:
    """Twenty payments wait, and the calls of ten minutes are no more than the pauses allow."""
    await pending(world, 20)
    await go_down(world)
    before = asked(world)
    await rounds(world, 60, 10)
    assert 5 <= asked(world) - before <= 12
    assert not await world.broken()


async def test_a_bank_that_is_back_is_found_within_a_minute(world: World) -> None:
    """Who paid meanwhile is seen paid in the next round; the row is gone."""
    started = await pending(world, 3)
    for one in started:
        await world.pay_at_bank(one.payment_id)
    await go_down(world)
    world.bank.faults.clear()
    await world.advance(seconds=breaker.LONGEST_PAUSE.total_seconds())
    await world.sweep()
    orders = [(await world.payment(one.payment_id)).order_id for one in started]
    assert {await world.word(order) for order in orders} == {Word.PAID}
    assert await world.tx(breaker.troubles) == []


async def test_a_signed_callback_wakes_the_bank_at_once(world: World) -> None:
    """Whoever rings is alive: no pause is waited for."""
    (first, *_) = await pending(world, 3)
    await go_down(world)
    world.bank.faults.clear()
    await world.pay_at_bank(first.payment_id)
    await world.sweep()
    assert await world.word((await world.payment(first.payment_id)).order_id) is Word.PAID


async def test_meanwhile_orders_are_made_and_no_payment_is_begun(world: World) -> None:
    """The payer is told at once that nothing was charged, keeps the time, and may pay at the clinic."""
    await pending(world, 2)
    await go_down(world)
    order = await world.order()
    before = asked(world)
    with pytest.raises(Unavailable) as refused:
        await world.start(order)
    assert refused.value.code == "bank_resting"
    assert asked(world) == before
    assert (await world.facts(order.id)).bookings == {State.HELD}
    later = await world.order(plan=Plan.AT_CLINIC)
    assert "booking.confirmed" in await world.events(later.id)


async def test_the_page_and_the_api_say_it_in_words(world: World) -> None:
    """503 with a code of its own and when to come again."""
    await pending(world, 2)
    await go_down(world)
    order = await world.order()
    status, answer = await world.api("POST", f"/v1/orders/{order.id}/payments", "site", {})
    assert (status, answer["code"]) == (503, "bank_resting")


async def test_one_order_that_the_bank_garbles_stops_nobody(world: World) -> None:
    """An answer that cannot be understood is an answer: the bank is there."""
    (strange, other) = await pending(world, 2)
    number = (await world.payment(strange.payment_id)).number
    garbled = sandbox.Rule(sandbox.Fault.TRUNCATED, scope=sandbox.Scope.ORDER, id=number, times=None)
    world.bank.faults.add(garbled)
    await rounds(world, 8, 30)
    assert await world.tx(breaker.troubles) == []
    await world.pay_at_bank(other.payment_id)
    await rounds(world, 1, 30)
    assert (await world.payment(other.payment_id)).captured


async def test_the_doctor_tells_since_when(world: World) -> None:
    """Closed while all is well; open with its beginning and the next try."""
    assert [f.ok async for f in examine(world.service) if "breaker" in f.sentence] == [True]
    await pending(world, 2)
    await go_down(world)
    (found,) = [f async for f in examine(world.service) if "breaker" in f.sentence]
    assert not found.ok
    assert "is open since 2026-12-02" in found.sentence


@pytest.mark.parametrize(("failures", "seconds"), [(4, None), (5, 5), (6, 10), (8, 40), (9, 60), (99, 60)])
def test_the_pause_grows_to_a_minute(failures: int, seconds: int | None) -> None:
    """From five seconds, doubling."""
    found = breaker.pause(failures)
    assert (found and found.total_seconds()) == seconds
