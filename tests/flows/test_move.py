"""Moving a visit: the money stays with it, the old time is free, and nobody is ever without both."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from checkout.booking import store as bookings
from checkout.booking.booking import State as Booking
from checkout.ground.db import rows, sql
from checkout.ground.db import run as execute
from checkout.ground.errors import Conflict
from checkout.payment import cancel, move, orders, visit
from checkout.payment.order import Order, Plan, Word
from checkout.payment.settle import settle
from checkout.payment.visit import Outcome
from gateways import sandbox
from refunds import issue
from tests.pages.test_pages_money_back import changes_its_mind, late_money
from tests.world import World, roubles

_PLACES = sql("SELECT state, lower(during) AS starts FROM booking WHERE order_id = :id ORDER BY starts")
ULTRASOUND = (("ultrasound", 1),)


async def moved(world: World, order: Order, to: datetime, *, sequence: int | None = None) -> Order:
    return await world.tx(lambda tx: move.move(tx, world.service, order.id, to, principal="olga", sequence=sequence))


async def read(world: World, order: Order) -> Order:
    return (await world.tx(lambda tx: orders.read(tx, order.id)))[0]


async def places(world: World, order: Order) -> list[tuple[str, datetime]]:
    return [(row.state, row.starts) for row in await world.tx(lambda tx: rows(tx, _PLACES, id=order.id.uuid))]


async def test_a_paid_visit_is_moved_with_its_money(world: World) -> None:
    """The new time is taken, the old one is free, nothing is due and nothing goes back."""
    order, _ = await world.paid(lines=ULTRASOUND)
    later = (await world.free("ultrasound"))[5]
    found = await moved(world, order, later)
    assert (found.starts_at, found.ends_at, found.sequence) == (later, later + timedelta(minutes=30), 1)
    free = await world.free("ultrasound")
    assert order.starts_at in free
    assert later not in free
    assert (await world.word(order.id), (await world.facts(order.id)).due) == (Word.PAID, roubles(0))
    assert "order.moved" in await world.events(order.id)
    await world.sweep()
    assert await world.word(order.id) is Word.PAID
    assert not await world.broken()


async def test_a_held_visit_stays_held_under_the_same_hold(world: World) -> None:
    """Moving is no way to hold a time for longer; unpaid, the new time is free at the old hour."""
    order = await world.order(lines=ULTRASOUND)
    later = (await world.free("ultrasound"))[3]
    found = await moved(world, order, later)
    assert found.hold_until == order.hold_until
    assert await places(world, order) == [("cancelled", order.starts_at), ("held", later)]
    await world.advance(minutes=16)
    await world.sweep()
    assert {order.starts_at, later} <= set(await world.free("ultrasound"))
    assert not await world.broken()


async def test_a_taken_time_leaves_everything_as_it_was(world: World) -> None:
    """Refused with what is free nearby; the old time is still theirs, even against whoever asks next."""
    order, _ = await world.paid(lines=ULTRASOUND)
    before, taken = await read(world, order), await world.order(lines=ULTRASOUND)
    with pytest.raises(Conflict, match="slot_taken") as refusal:
        await moved(world, order, taken.starts_at)
    assert refusal.value.facts["nearest"]
    assert await read(world, order) == before
    assert await places(world, order) == [("confirmed", order.starts_at)]
    with pytest.raises(Conflict, match="slot_taken"):
        await world.order(lines=ULTRASOUND, starts_at=order.starts_at)
    assert not await world.broken()


async def test_a_visit_is_moved_into_the_middle_of_its_own_time(world: World) -> None:
    """Sixty minutes, half an hour later: a move does not meet itself."""
    order, _ = await world.paid(lines=(("dental-cleaning", 1),))
    found = await moved(world, order, order.starts_at + timedelta(minutes=30))
    assert found.starts_at == order.starts_at + timedelta(minutes=30)
    assert not await world.broken()


async def test_the_minutes_are_those_that_were_bought(world: World) -> None:
    """The service grew longer in the catalogue since: the moved visit did not."""
    order, _ = await world.paid(lines=(("consultation", 2),))
    longer = sql("UPDATE service SET minutes = :minutes WHERE slug = 'consultation'")
    later = (await world.free())[6]
    await world.tx(lambda tx: execute(tx, longer, minutes=45))
    try:
        found = await moved(world, order, later)
    finally:
        await world.tx(lambda tx: execute(tx, longer, minutes=30))
    assert found.ends_at - found.starts_at == timedelta(minutes=60)
    assert found.total == order.total


async def test_late_money_is_moved_to_another_time_instead_of_going_back(world: World) -> None:
    """Paid too late, the time lost: another one is chosen, and no refund follows. The lost place stays lost."""
    order, _ = await late_money(world)
    assert await world.word(order.id) is Word.TO_DECIDE
    later = (await world.free("ultrasound"))[4]
    found = await moved(world, order, later)
    assert (found.decide_by, await world.word(order.id)) == (None, Word.PAID)
    assert ("expired", order.starts_at) not in await places(world, order)
    await world.advance(hours=25)
    await world.sweep()
    assert await world.word(order.id) is Word.PAID
    assert (await world.facts(order.id)).refunded == roubles(0)
    assert not await world.broken()


async def test_an_expired_place_does_not_come_back_once_the_visit_was_moved(world: World) -> None:
    """Held, moved, expired, paid too late: only the newest place is taken again; the first one is another's to have."""
    order = await world.order(lines=ULTRASOUND)
    started = await world.start(order)
    world.bank.find(world.merchant, number=str(started.payment_id)).status = sandbox.Status.DECLINED
    await settle(world.service, started.payment_id)
    later = (await world.free("ultrasound"))[2]
    await moved(world, order, later)
    await world.advance(minutes=40)
    await world.sweep()
    changes_its_mind(world, started.payment_id)
    await settle(world.service, started.payment_id)
    assert await places(world, order) == [("cancelled", order.starts_at), ("confirmed", later)]
    assert order.starts_at in await world.free("ultrasound")
    assert not await world.broken()


async def test_without_cancelling_it_the_lost_place_does_come_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard switched off: money that comes later takes a place that nobody wants any more."""
    monkeypatch.setattr(move, "LEFT", (Booking.HELD, Booking.CONFIRMED))
    order, _ = await late_money(world)
    thief = sql("UPDATE booking SET state = 'cancelled' WHERE order_id <> :id")
    await world.tx(lambda tx: execute(tx, thief, id=order.id.uuid))
    await moved(world, order, (await world.free("ultrasound"))[4])
    await world.tx(lambda tx: bookings.retake(tx, order.id))
    assert {violation.invariant for violation in await world.broken()} >= {"I22"}


async def test_a_called_off_visit_with_its_money_kept_is_booked_again(world: World) -> None:
    """Cancelled, money with us, another time chosen within the day: it stands as if it had been moved."""
    order, _ = await world.paid()
    await world.tx(lambda tx: cancel.cancel(tx, world.service, order.id, principal="payer"))
    found = await moved(world, order, (await world.free())[3])
    assert (found.cancelled_at, found.decide_by) == (None, None)
    assert await world.word(order.id) is Word.PAID
    await world.advance(hours=25)
    await world.sweep()
    assert await world.word(order.id) is Word.PAID
    assert not await world.broken()


async def test_money_on_its_way_back_moves_nothing(world: World) -> None:
    """Promised, sent or asked back: who chose the money chose it."""
    order, _ = await world.paid()
    await world.tx(lambda tx: cancel.cancel(tx, world.service, order.id, principal="payer", at_once=True))
    with pytest.raises(Conflict, match="refund_on_its_way"):
        await moved(world, order, (await world.free())[3])
    await world.sweep()
    with pytest.raises(Conflict, match="order_closed"):
        await moved(world, order, (await world.free())[3])
    partly, _ = await world.paid()
    ask = issue.Ask(roubles(500), "a reason")
    await world.tx(lambda tx: issue.request(tx, world.service, partly.id, ask, principal="anna"))
    await world.tx(lambda tx: cancel.cancel(tx, world.service, partly.id, principal="payer"))
    with pytest.raises(Conflict, match="refund_on_its_way"):
        await moved(world, partly, (await world.free())[3])
    assert not await world.broken()


async def test_what_is_over_is_not_moved(world: World) -> None:
    """Unpaid and expired, cancelled without money, begun, given: each has its own refusal."""
    expired = await world.order()
    await world.advance(minutes=16)
    cancelled = await world.order()
    await world.tx(lambda tx: cancel.cancel(tx, world.service, cancelled.id, principal="payer"))
    begun, _ = await world.paid()
    later = (await world.free(days=3))[3]
    await world.advance(minutes=16)
    await world.sweep()
    for order in (expired, cancelled):
        with pytest.raises(Conflict, match="order_closed"):
            await moved(world, order, later)
    await world.advance(seconds=(begun.starts_at - await world.now()).total_seconds())
    with pytest.raises(Conflict, match="visit_begun"):
        await moved(world, begun, later)
    await world.tx(lambda tx: visit.mark(tx, begun.id, Outcome.GIVEN, principal="olga"))
    with pytest.raises(Conflict, match="order_closed"):
        await moved(world, begun, later)
    await world.sweep()  # the bank rings when it likes: its callback may have come but now
    assert not await world.broken()


async def test_a_hold_that_has_ended_moves_nothing(world: World) -> None:
    """Between the end of the hold and the worker's round, a move would only be lost again."""
    order = await world.order()
    await world.advance(minutes=16)
    with pytest.raises(Conflict, match="hold_used_up"):
        await moved(world, order, (await world.free())[3])


async def test_an_open_bank_page_is_in_the_way(world: World) -> None:
    """The flow refuses; the API closes the bank's page first, and then moves."""
    order = await world.order()
    started = await world.start(order)
    later = (await world.free())[3]
    with pytest.raises(Conflict, match="bank_session_open"):
        await moved(world, order, later)
    body = {"starts_at": later.isoformat()}
    status, answer = await world.api("POST", f"/v1/orders/{order.id}/move", "office", body)
    assert (status, answer["starts_at"]) == (200, f"{later:%Y-%m-%dT%H:%M:%SZ}")
    assert world.bank.find(world.merchant, number=str(started.payment_id)).status is sandbox.Status.DECLINED
    assert not await world.broken()


async def test_a_payment_made_while_the_visit_is_moved_is_not_lost(world: World) -> None:
    """The payer paid at the bank and we did not know yet: the bank keeps its page shut, the money is booked, then moved."""
    order = await world.order()
    started = await world.start(order)
    await world.pay_at_bank(started.payment_id)
    later = (await world.free())[3]
    body = {"starts_at": later.isoformat()}
    assert (await world.api("POST", f"/v1/orders/{order.id}/move", "office", body))[0] == 200
    assert await world.word(order.id) is Word.PAID
    assert (await read(world, order)).starts_at == later
    assert not await world.broken()


async def test_moves_and_looks_at_the_bank_at_once_end_in_one_visit(world: World) -> None:
    """Eight moves to eight times, and eight looks at a bank that has the money: one visit, one sum, all rules kept."""
    order = await world.order()
    started = await world.start(order)
    await world.pay_at_bank(started.payment_id)
    free = (await world.free())[2:10]
    await asyncio.gather(
        *(
            world.api("POST", f"/v1/orders/{order.id}/move", "office", {"starts_at": start.isoformat()})
            for start in free
        ),
        *(settle(world.service, started.payment_id) for _ in range(8)),
    )
    await world.sweep()
    assert await world.word(order.id) is Word.PAID
    standing = [place for place in await places(world, order) if place[0] == "confirmed"]
    assert standing == [("confirmed", (await read(world, order)).starts_at)]
    assert not await world.broken()


async def test_two_visits_change_places_only_by_a_third_time(world: World) -> None:
    """Each wants the other's time at the same moment: neither is lost, whoever came first keeps what is theirs."""
    one, _ = await world.paid(lines=ULTRASOUND)
    other, _ = await world.paid(lines=ULTRASOUND)
    results = await asyncio.gather(
        moved(world, one, other.starts_at), moved(world, other, one.starts_at), return_exceptions=True
    )
    assert all(isinstance(result, Order) or getattr(result, "code", "") == "slot_taken" for result in results)
    assert {await world.word(order.id) for order in (one, other)} == {Word.PAID}
    assert not await world.broken()


async def test_pressed_twice_it_is_moved_once(world: World) -> None:
    """The same time again changes nothing: no second letter, no second number."""
    order, _ = await world.paid()
    later = (await world.free())[3]
    await asyncio.gather(*(moved(world, order, later, sequence=0) for _ in range(6)))
    assert (await read(world, order)).sequence == 1
    assert (await world.events(order.id)).count("order.moved") == 1


async def test_a_tab_that_is_out_of_date_moves_nothing(world: World) -> None:
    """Two tabs, two times: the second is told where the visit is now."""
    order, _ = await world.paid()
    first, second = (await world.free())[3:5]
    results = await asyncio.gather(
        moved(world, order, first, sequence=0), moved(world, order, second, sequence=0), return_exceptions=True
    )
    told = [result for result in results if isinstance(result, Conflict)]
    assert [refusal.code for refusal in told] == ["moved_meanwhile"]
    assert told[0].facts["at"] == (await read(world, order)).starts_at
    assert not await world.broken()


async def test_a_visit_paid_at_the_clinic_is_moved_too(world: World) -> None:
    """Nothing was paid, nothing is lost: it stays booked."""
    order = await world.order(plan=Plan.AT_CLINIC)
    await moved(world, order, (await world.free())[3])
    await world.advance(hours=1)
    await world.sweep()
    assert await world.word(order.id) is Word.AWAITING_PAYMENT
    assert (await world.facts(order.id)).due == roubles(2500)
    assert not await world.broken()


async def test_the_hours_on_an_order_are_watched(world: World) -> None:
    """An order whose hours are not those of its places is found by `checkout verify`."""
    order, _ = await world.paid()
    wrong = sql("UPDATE orders SET starts_at = starts_at - interval '1 hour' WHERE id = :id")
    await world.tx(lambda tx: execute(tx, wrong, id=order.id.uuid))
    assert [violation.invariant for violation in await world.broken()] == ["I22"]
