"""Many at once: sixty-four payers for one place, a day of forty visits moved and called off, tabs that contradict."""

from __future__ import annotations

import asyncio
from datetime import datetime
from functools import partial
from typing import Any

from checkout.booking.booking import State as Booking
from checkout.ground.errors import Refusal
from checkout.payment import cancel, move, orders
from checkout.payment.order import Order, Plan, Word
from checkout.payment.place import link_token
from checkout.payment.settle import settle
from checkout.till.take import take
from gateways.sandbox import Fault, Rule
from tests.api.wishes import wish
from tests.pages.test_pages_money_back import changes_its_mind, late_money
from tests.pages.visitor import Visitor, same_site
from tests.world import World, roubles

ULTRASOUND = (("ultrasound", 1),)
HALF, CASH = 20, 1800
ENDS = ((Word.REFUNDED, False), (Word.PAID, True))


async def test_sixty_four_payers_want_one_place(world: World) -> None:
    """Over HTTP, at the same moment: one is booked, sixty-three are told what is free nearby, nobody gets an error."""
    start = (await world.free("ultrasound"))[0]
    body = await wish(world, lines=[{"service": "ultrasound"}], starts_at=start.isoformat())
    answers = await asyncio.gather(*(world.api("POST", "/v1/orders", "site", body) for _ in range(64)))
    assert sorted(status for status, _ in answers) == [201, *[409] * 63]
    losers = [answer for status, answer in answers if status == 409]
    assert {answer["code"] for answer in losers} == {"slot_taken"}
    assert all(len(answer["nearest"]) == 3 for answer in losers)
    assert not await world.broken()


async def test_sixty_four_visits_are_moved_to_one_place(world: World) -> None:
    """One arrives; the others stay where they were, with their money, and know what else is free."""
    starts = [start for day in range(1, 6) for start in await world.free("ultrasound", days=day)][:65]
    wanted, *starts = starts
    crowd = [await world.order(lines=ULTRASOUND, starts_at=start, plan=Plan.FULL) for start in starts]
    results = await asyncio.gather(
        *(
            world.tx(lambda tx, one=one: move.move(tx, world.service, one.id, wanted, principal="payer"))  # type: ignore[misc]
            for one in crowd
        ),
        return_exceptions=True,
    )
    won = [result for result in results if isinstance(result, Order)]
    lost = [result for result in results if isinstance(result, Refusal)]
    assert (len(won), len(lost)) == (1, len(crowd) - 1)
    assert all(refusal.code == "slot_taken" and refusal.facts["nearest"] for refusal in lost)
    assert not await world.broken()


async def test_a_day_of_forty_visits_is_moved_and_called_off(world: World) -> None:
    """The doctor is ill: half is moved with what was paid, half called off; each sum ends where it belongs."""
    day = await _day_of_forty(world)
    moved, called_off = day[::2], day[1::2]
    elsewhen = await _full_day(world, range(6, 20))
    await asyncio.gather(*(_move(world, order, to) for (order, _), to in zip(moved, elsewhen, strict=True)))
    await asyncio.gather(*(_call_off(world, order) for order, _ in called_off))
    await world.sweep()
    assert not await world.broken()
    for (order, paid), to in zip(moved, elsewhen, strict=True):
        facts = await world.facts(order.id)
        assert (facts.paid, facts.refunded, facts.reserved) == (roubles(paid), roubles(0), roubles(0))
        assert (await _read(world, order)).starts_at == to
    for order, paid in called_off:
        facts = await world.facts(order.id)
        assert facts.refunded + facts.reserved == facts.paid == roubles(paid)
        assert await world.word(order.id) in (Word.REFUNDED, Word.PART_REFUNDED, Word.CANCELLED)
    # What was paid in cash waits at the desk, promised; what was paid by card is with the bank already.
    promised = [(await world.facts(order.id)).reserved for order, _ in called_off]
    assert [part for part in promised if part] == [roubles(paid) for _, paid in called_off if paid == CASH]
    await world.advance(hours=25)
    await world.sweep()
    assert not await world.broken()


async def _day_of_forty(world: World) -> list[tuple[Order, int]]:
    """Forty visits on one day with what was paid for each, in roubles: whole, a deposit, or cash at the clinic."""
    starts = await _full_day(world, range(1, 6))  # two doctors see two patients at each
    await world.open_till()
    day: list[tuple[Order, int]] = []
    for number, start in enumerate(starts * 2):
        match number % 3:
            case 0:
                order, _ = await world.paid(clinic="tverskaya", starts_at=start)
                day.append((order, 2500))
            case 1:
                order, _ = await world.paid(clinic="tverskaya", starts_at=start, plan=Plan.DEPOSIT)
                day.append((order, 750))
            case _:
                order = await world.order(clinic="tverskaya", starts_at=start, plan=Plan.AT_CLINIC)
                taking = partial(take, service=world.service, order_id=order.id, amount=roubles(CASH), principal="olga")
                await world.tx(taking)
                day.append((order, CASH))
    return day


async def _full_day(world: World, days: range) -> list[datetime]:
    """Twenty starts of the first of these days that has as many: Saturdays are short."""
    found = [await world.free("consultation", "tverskaya", days=day) for day in days]
    return next(free for free in found if len(free) >= HALF)[:HALF]


async def _move(world: World, order: Order, to: datetime) -> None:
    """As the office does it."""
    status, answer = await world.api("POST", f"/v1/orders/{order.id}/move", "office", {"starts_at": to.isoformat()})
    assert status == 200, answer


async def _call_off(world: World, order: Order) -> None:
    """As the payer does it: the button under what will go back."""
    visitor = Visitor(world, same_site(world))
    address = f"/o/{link_token(world.service, order.id)}"
    page = await visitor.get(f"{address}/cancel")
    sent = await visitor.post(f"{address}/cancel", {**page.values, "money": "return"})
    assert (sent.status, sent.location) == (303, address), sent.text


async def _read(world: World, order: Order) -> Order:
    return (await world.tx(lambda tx: orders.read(tx, order.id)))[0]


async def test_two_tabs_move_and_cancel_the_same_visit(world: World) -> None:
    """Whoever is last has their way: the money has a visit or is on its way back, never both and never neither."""
    for _ in range(4):
        order, _ = await world.paid()
        later = (await world.free())[3]

        async def moves(order: Order = order, later: datetime = later) -> Any:
            return await world.tx(lambda tx: move.move(tx, world.service, order.id, later, principal="payer"))

        async def cancels(order: Order = order) -> Any:
            return await world.tx(
                lambda tx: cancel.cancel(tx, world.service, order.id, principal="payer", at_once=True)
            )

        results = await asyncio.gather(moves(), cancels(), cancels(), moves(), return_exceptions=True)
        refused = [result for result in results if isinstance(result, BaseException)]
        assert all(isinstance(reason, Refusal) and reason.code == "refund_on_its_way" for reason in refused)
        await world.sweep()
        facts = await world.facts(order.id)
        assert (await world.word(order.id), Booking.CONFIRMED in facts.bookings) in ENDS
    assert not await world.broken()


async def test_late_money_is_never_both_undecided_and_with_us_past_its_hour(world: World) -> None:
    """A day passes, whatever its payer did in it: a move keeps the money with a visit, anything else sends it back."""

    async def nothing(_order: Order) -> Word:
        return Word.REFUNDED

    async def given_back(order: Order) -> Word:
        await world.tx(lambda tx: cancel.give_back(tx, order.id, principal="payer"))
        return Word.REFUNDED

    async def moved(order: Order) -> Word:
        later = (await world.free("ultrasound", days=3))[0]
        await world.tx(lambda tx: move.move(tx, world.service, order.id, later, principal="payer"))
        return Word.PAID

    async def moved_and_called_off(order: Order) -> Word:
        await moved(order)
        await world.tx(lambda tx: cancel.cancel(tx, world.service, order.id, principal="payer"))
        return Word.REFUNDED

    expected = []
    for wish_ in (nothing, given_back, moved, moved_and_called_off):
        order, _ = await late_money(world)
        expected.append((order, await wish_(order)))
    for _ in range(5):
        await world.advance(hours=6)
        await world.sweep()
        assert not await world.broken()
    for order, word in expected:
        assert await world.word(order.id) is word


async def test_more_late_money_does_not_put_the_hour_off(world: World) -> None:
    """A second sum comes twenty hours after the first: both go back when the first one's day is over."""
    world.bank.faults.add(Rule(Fault.DROP, method="callback", times=None))
    order = await world.order(lines=ULTRASOUND)
    tries = []
    for _ in range(2):
        started = await world.start(order)
        await world.refuse(started.payment_id)
        tries.append(started.payment_id)
    await world.advance(minutes=61)
    await world.sweep()
    await world.paid(lines=ULTRASOUND, starts_at=order.starts_at)
    for payment in tries:
        changes_its_mind(world, payment)
        await settle(world.service, payment)
        await world.advance(hours=20)
        await world.sweep()
    facts = await world.facts(order.id)
    assert facts.paid == facts.refunded == roubles(6400)
    assert not await world.broken()


async def test_calling_off_late_money_does_not_put_the_hour_off(world: World) -> None:
    """The payer was told until when; the desk cancels twenty hours later, and the promise stands."""
    order, _ = await late_money(world)
    promised = (await _read(world, order)).decide_by
    await world.advance(hours=20)
    status, _ = await world.api("POST", f"/v1/orders/{order.id}/cancel", "office", {})
    assert status == 200
    assert (await _read(world, order)).decide_by == promised
    await world.advance(hours=4, minutes=1)
    await world.sweep()
    assert await world.word(order.id) is Word.REFUNDED
    assert not await world.broken()
