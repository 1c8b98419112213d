"""Card payments: with a callback, without one, late, twice, and through every kind of trouble."""

import asyncio

import pytest

from checkout.ground.errors import Conflict, Unavailable
from checkout.ground.ids import PaymentId
from checkout.payment import pay
from checkout.payment.order import Plan, Word
from checkout.payment.payment import State
from checkout.payment.settle import settle
from gateways import sandbox
from tests.world import POOR, World, roubles


async def test_a_paid_card_confirms_the_visit(world: World) -> None:
    """Money at the bank, one posting, the place confirmed."""
    order, payment_id = await world.paid()
    facts = await world.facts(order.id)
    assert await world.word(order.id) is Word.PAID
    assert (facts.paid, facts.due, facts.refunded) == (roubles(2500), roubles(0), roubles(0))
    assert (await world.payment(payment_id)).captured == roubles(2500)
    assert "booking.confirmed" in await world.events(order.id)
    assert not await world.broken()


async def test_nothing_is_believed_before_the_bank_says_so(world: World) -> None:
    """A started payment is awaited, not paid; asking the bank changes nothing."""
    order = await world.order()
    started = await world.start(order)
    assert await settle(world.service, started.payment_id) is State.PENDING
    assert await world.word(order.id) is Word.AWAITING_PAYMENT


async def test_paid_without_any_callback_is_seen_within_thirty_seconds(world: World) -> None:
    """The sweep alone finds the money during the bank's session."""
    world.bank.faults.add(sandbox.Rule(sandbox.Fault.DROP, method="callback", times=None))
    order = await world.order()
    started = await world.start(order)
    await world.pay_at_bank(started.payment_id)
    await world.advance(seconds=25)
    await world.sweep()
    assert await world.word(order.id) is Word.PAID


async def test_a_declined_card_keeps_the_time_and_the_second_one_pays(world: World) -> None:
    """Inside one bank order the payer may try again; nothing is sold to others meanwhile."""
    order = await world.order()
    started = await world.start(order)
    await world.pay_at_bank(started.payment_id, POOR)
    assert await settle(world.service, started.payment_id) is State.PENDING
    await world.pay_at_bank(started.payment_id)
    assert await settle(world.service, started.payment_id) is State.CAPTURED


async def test_three_declines_end_the_attempt_and_a_new_one_has_a_new_number(world: World) -> None:
    """The order is kept; the next payment is another bank order."""
    order = await world.order()
    first = await world.start(order)
    for _ in range(3):
        await world.pay_at_bank(first.payment_id, POOR)
    assert await settle(world.service, first.payment_id) is State.DECLINED
    second = await world.start(order)
    assert second.payment_id != first.payment_id
    await world.pay_at_bank(second.payment_id)
    assert await settle(world.service, second.payment_id) is State.CAPTURED
    assert not await world.broken()


async def test_a_double_click_opens_the_same_payment(world: World) -> None:
    """Two starts at once make one bank order."""
    order = await world.order()
    results = await asyncio.gather(*(world.start(order) for _ in range(4)), return_exceptions=True)
    started = {str(one.payment_id) for one in results if isinstance(one, pay.Started)}
    assert len(started) == 1
    assert all(isinstance(one, pay.Started | Conflict) for one in results)
    assert len(world.bank.recent(10)) == 1


async def test_a_lost_answer_to_register_is_looked_up_and_never_doubled(world: World) -> None:
    """The bank made the order and its answer got lost: we say unknown, look, close it, and start anew."""
    order = await world.order()
    world.bank.faults.add(sandbox.Rule(sandbox.Fault.CUT_AFTER, method="register.do"))
    with pytest.raises(Unavailable, match="bank_unreachable"):
        await world.start(order)
    assert await world.word(order.id) is Word.CHECKING
    again = await world.start(order)
    assert again.state is State.PENDING
    await world.pay_at_bank(again.payment_id)
    await settle(world.service, again.payment_id)
    assert await world.word(order.id) is Word.PAID
    assert [one.status.name for one in world.bank.recent(10)].count("DEPOSITED") == 1
    assert not await world.broken()


async def test_a_register_that_never_arrived_lapses_after_two_looks(world: World) -> None:
    """Nothing at the bank, twice: the payer may start again."""
    order = await world.order()
    world.bank.faults.add(sandbox.Rule(sandbox.Fault.CUT_BEFORE, method="register.do"))
    with pytest.raises(Unavailable):
        await world.start(order)
    for _ in range(2):
        await world.advance(seconds=30)
        await world.sweep()
    assert await world.word(order.id) is Word.AWAITING_PAYMENT
    assert (await world.start(order)).state is State.PENDING


@pytest.mark.parametrize("kind", ["html", "truncated", "empty", "oversized", "http_500", "http_502", "other_order"])
async def test_garbage_from_the_bank_is_never_a_failure(world: World, kind: str) -> None:
    """Whatever the bank mumbles, the payment is unknown or waits; the next clear word is believed."""
    order = await world.order()
    started = await world.start(order)
    await world.pay_at_bank(started.payment_id)
    world.bank.faults.add(sandbox.Rule(sandbox.Fault(kind), method="getOrderStatusExtended.do", times=None))
    assert await settle(world.service, started.payment_id) in {State.PENDING, State.UNKNOWN}
    assert await world.word(order.id) in {Word.AWAITING_PAYMENT, Word.CHECKING}
    world.bank.faults.clear()
    assert await settle(world.service, started.payment_id) is State.CAPTURED


async def test_another_amount_stops_and_asks_a_person(world: World) -> None:
    """A paid sum that was not ordered is not money for this order."""
    order = await world.order()
    started = await world.start(order)
    await world.pay_at_bank(started.payment_id)
    world.bank.faults.add(sandbox.Rule(sandbox.Fault.WRONG_AMOUNT, method="getOrderStatusExtended.do"))
    assert await settle(world.service, started.payment_id) is State.REVIEW
    assert await world.word(order.id) is Word.REVIEW
    assert (await world.facts(order.id)).paid == roubles(0)


async def test_the_hold_outlives_the_banks_page(world: World) -> None:
    """A payer who pays in the last second has his time. The bank's clock stands still, however busy this machine is."""
    order = await world.order()
    started = await world.start(order)
    world.bank.clock = sandbox.Clock.virtual(world.bank.clock.now())
    ends = world.bank.find(world.merchant, number=str(started.payment_id)).expires_at
    await world.advance(seconds=ends - world.bank.clock.now() - 1)
    await world.sweep()
    await world.pay_at_bank(started.payment_id)
    await world.advance(minutes=10)
    await world.sweep()
    assert await world.word(order.id) is Word.PAID
    assert not await world.broken()


async def test_an_unpaid_hold_expires_only_after_the_bank_said_no(world: World) -> None:
    """At the end of the hold the bank is asked; its silence keeps the place, its no frees it."""
    order = await world.order()
    await world.start(order)
    world.bank.faults.add(sandbox.Rule(sandbox.Fault.HTTP_502, method="getOrderStatusExtended.do", times=None))
    await world.advance(minutes=40)
    await world.sweep()
    assert "booking.expired" not in await world.events(order.id)
    world.bank.faults.clear()
    await world.advance(minutes=10)
    await world.sweep()
    await world.advance(minutes=2)
    await world.sweep()
    assert await world.word(order.id) is Word.EXPIRED
    assert "booking.expired" in await world.events(order.id)
    assert not await world.broken()


async def test_an_order_nobody_started_to_pay_expires_at_the_end_of_its_hold(world: World) -> None:
    """Fifteen minutes, and the time is free again."""
    order = await world.order()
    await world.advance(minutes=16)
    await world.sweep()
    assert await world.word(order.id) is Word.EXPIRED
    with pytest.raises(Conflict, match="order_closed"):
        await world.start(order)


async def test_late_money_takes_its_time_back_if_it_is_free(world: World) -> None:
    """The bank said "not paid" and then took the money after all: the place is re-taken."""
    order, payment_id = await world.lapsed()
    _changes_its_mind(world, payment_id)
    await settle(world.service, payment_id)
    assert await world.word(order.id) is Word.PAID
    assert not await world.broken()


async def test_late_money_without_its_time_goes_back_by_itself(world: World) -> None:
    """Others sit there by now: to decide for a day, then refunded without anybody's help, once."""
    order, payment_id = await world.lapsed()
    for _ in range(2):  # two specialists give a consultation here
        await world.order(starts_at=order.starts_at, plan=Plan.AT_CLINIC)
    _changes_its_mind(world, payment_id)
    await settle(world.service, payment_id)
    assert await world.word(order.id) is Word.TO_DECIDE
    assert not await world.broken()
    await world.advance(hours=25)
    await world.sweep()
    assert await world.word(order.id) is Word.REFUNDED
    assert _given_back(world) == [250_000]
    assert not await world.broken()


async def test_two_captures_of_one_order_give_the_surplus_back(world: World) -> None:
    """An old attempt that is paid after all is refunded, once; the visit stays paid."""
    order, first = await world.paid_at_the_second()
    _changes_its_mind(world, first)
    await settle(world.service, first)
    await world.sweep()
    facts = await world.facts(order.id)
    assert (facts.paid, facts.refunded) == (roubles(5000), roubles(2500))
    assert "booking.confirmed" in await world.events(order.id)
    assert _given_back(world) == [250_000]
    assert not await world.broken()


async def test_superseded_attempts_are_closed_at_the_bank_first(world: World) -> None:
    """Cash at the desk while the bank's page is open: the page is closed, then the drawer opens."""
    order = await world.order()
    started = await world.start(order)
    await pay.abandon(world.service, order.id)
    assert (await world.payment(started.payment_id)).state is State.DECLINED
    assert world.bank.recent(1)[0].status is sandbox.Status.DECLINED


async def test_settling_is_fenced(world: World) -> None:
    """Of many who look at once, one writes; money is posted once."""
    order = await world.order()
    started = await world.start(order)
    await world.pay_at_bank(started.payment_id)
    await asyncio.gather(*(settle(world.service, started.payment_id) for _ in range(8)))
    assert (await world.facts(order.id)).paid == roubles(2500)
    assert (await world.events(order.id)).count("payment.captured") == 1


def _changes_its_mind(world: World, payment_id: PaymentId) -> None:
    """What no bank should do: an order that it called unpaid turns out to be paid."""
    found = world.bank.find(world.merchant, number=str(payment_id))
    found.status = sandbox.Status.DEPOSITED
    found.action_code = 0
    found.approved = found.deposited = found.amount


def _given_back(world: World) -> list[int]:
    kinds = (sandbox.Kind.REFUNDED, sandbox.Kind.REVERSED)
    return [effect.amount for effect in world.bank.journal.effects if effect.kind in kinds]


async def test_one_wrong_answer_about_the_amount_does_not_lose_the_payment(world: World) -> None:
    """Under review nothing else is taken; the bank is asked on, and its right answer is believed."""
    order = await world.order()
    started = await world.start(order)
    await world.pay_at_bank(started.payment_id)
    world.bank.faults.add(sandbox.Rule(sandbox.Fault.WRONG_AMOUNT, method="getOrderStatusExtended.do"))
    await settle(world.service, started.payment_id)
    for path, body in (("cash-payments", {"amount": {"amount": 250_000}}), ("cancel", {}), ("payments", {})):
        status, answer = await world.api("POST", f"/v1/orders/{order.id}/{path}", "admin", body)
        assert (status, answer["code"]) == (409, "payment_being_checked"), path
    await world.advance(minutes=11)
    await world.sweep()
    assert await world.word(order.id) is Word.PAID
    assert not await world.broken()


async def test_a_lagging_node_of_the_bank_does_not_end_an_open_session(world: World) -> None:
    """An order that the bank gave us a page for is not over because it says twice that it knows none."""
    order = await world.order()
    started = await world.start(order)
    orders, numbers = world.bank.orders, world.bank._numbers  # noqa: SLF001 - the bank's memory, lost for a while
    world.bank.orders, world.bank._numbers = {}, {}  # noqa: SLF001 - as above
    for _ in range(3):
        assert await settle(world.service, started.payment_id) is State.UNKNOWN
    world.bank.orders, world.bank._numbers = orders, numbers  # noqa: SLF001 - as above
    await world.pay_at_bank(started.payment_id)
    await world.advance(seconds=25)
    await world.sweep()
    assert await world.word(order.id) is Word.PAID


async def test_one_mumbled_answer_does_not_slow_the_asking(world: World) -> None:
    """Garbage in the middle of the session: still seen within thirty seconds."""
    order = await world.order()
    started = await world.start(order)
    for _ in range(8):
        await world.advance(seconds=21)
        await world.sweep()
    world.bank.faults.add(sandbox.Rule(sandbox.Fault.HTML, method="getOrderStatusExtended.do"))
    await world.advance(seconds=21)
    await world.sweep()
    world.bank.faults.add(sandbox.Rule(sandbox.Fault.DROP, method="callback", times=None))
    await world.pay_at_bank(started.payment_id)
    await world.advance(seconds=25)
    await world.sweep()
    assert await world.word(order.id) is Word.PAID
