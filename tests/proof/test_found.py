"""What the storm found, each in the fewest steps that show it: once a fault of ours, now a rule."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, TypeVar

import pytest

from checkout.ground.db import Tx, in_transaction, one, run, sql
from checkout.ground.errors import Unavailable
from checkout.ground.ids import OrderId, PaymentId
from checkout.payment import cancel, lease_store, pay, settle, store
from checkout.payment.payment import State
from checkout.worker import settle_due
from gateways import sandbox
from gateways.gateway import CallbackRequest, Registration
from gateways.money import Money
from gateways.sandbox import Fault, Kind, Rule
from gateways.sandbox.signing import checksum
from refunds import approve, issue, late
from refunds import run as refund_run
from refunds import store as refund_store
from tests.proof import pages, payers, staff
from tests.proof.batch import broken
from tests.proof.calm import quiet
from tests.proof.log import listening
from tests.proof.reckoning import reckon
from tests.proof.stage import KINDS, Hall, Stage, set_stage, uneventful
from tests.setting import CALLBACK_SECRET

Result = TypeVar("Result")
LOOK: Final = "getOrderStatusExtended.do"
WHOLE: Final = Money(250_000)
PART: Final = Money(50_000)
ASKED_OFTEN: Final = sql("UPDATE payment SET looks = 200 WHERE id = :id")
PARKED: Final = sql("SELECT 1 FROM payment WHERE parked IS NOT NULL AND due_at IS NULL")
OUT: Final = (Kind.REFUNDED, Kind.REVERSED)


@pytest.fixture
async def stage(hall: Hall) -> AsyncIterator[Stage]:
    """An empty stage on which only the bank's own fault rules make trouble."""
    await hall.empty()
    found = await set_stage(hall, uneventful(2, KINDS[0]), lambda _line: None)
    found.weather.off = True
    await hall.open_clinic(found.clinic, zone="Europe/Moscow", rooms=3)
    yield found
    assert not await broken(hall)


async def tx(stage: Stage, work: Callable[[Tx], Awaitable[Result]]) -> Result:
    return await in_transaction(stage.hall.engine, work)


async def ordered(stage: Stage) -> OrderId:
    stage.orders.append(await payers.tomorrow(stage.calm, stage.clinic))
    return stage.orders[-1]


async def started(stage: Stage) -> tuple[OrderId, PaymentId]:
    order_id = await ordered(stage)
    return order_id, (await pay.start(stage.calm, order_id, principal="key:site")).payment_id


def types_a_card(stage: Stage, payment_id: PaymentId) -> None:
    at_bank = stage.bank.lookup(str(payment_id))
    assert at_bank is not None
    sandbox.pay(stage.bank, at_bank, pages.GOOD)


async def paid(stage: Stage) -> tuple[OrderId, PaymentId]:
    order_id, payment_id = await started(stage)
    types_a_card(stage, payment_id)
    assert await settle.settle(stage.calm, payment_id) is State.CAPTURED
    return order_id, payment_id


async def asked(stage: Stage, order_id: OrderId, amount: Money = WHOLE) -> refund_store.Refund:
    wish = issue.Ask(amount, "the doctor was ill")
    return await tx(stage, lambda tx: issue.request(tx, stage.calm, order_id, wish, principal="anna"))


async def decided(stage: Stage, refund: refund_store.Refund, command: str) -> None:
    await tx(stage, lambda tx: approve.decide(tx, refund.id, command, principal="boris"))


async def settles_down(stage: Stage) -> bool:
    """Workers go round until nothing is due: whether the books agree then."""
    return not await quiet(stage) and not await reckon(stage)


def returned(stage: Stage) -> list[int]:
    return [effect.amount for effect in stage.bank.journal.effects if effect.kind in OUT]


@pytest.mark.parametrize("command", ["reject", "cancel"])
async def test_a_promise_taken_back_is_decided_again(stage: Stage, command: str) -> None:
    """All the money was promised when the visit was cancelled; without the promise it goes back by itself."""
    order_id, _ = await paid(stage)
    refund = await asked(stage, order_id)
    await tx(stage, lambda tx: cancel.cancel(tx, stage.calm, order_id, principal="key:site"))
    await decided(stage, refund, command)
    assert await settles_down(stage)
    assert returned(stage) == [WHOLE.amount]


async def test_a_cancelled_refund_by_policy_is_made_again(stage: Stage) -> None:
    """Late money whose refund somebody took back is still money without a visit."""
    order_id, _ = await paid(stage)
    await tx(stage, lambda tx: cancel.cancel(tx, stage.calm, order_id, principal="key:site"))
    await stage.scheduler.advance(86_400)
    await late.give_back_due(stage.calm)
    (refund,) = await tx(stage, lambda tx: refund_store.of_order(tx, order_id))
    await decided(stage, refund, "cancel")
    assert await settles_down(stage)
    assert returned(stage) == [WHOLE.amount]


@pytest.mark.parametrize("fault", [Fault.HTML, Fault.CUT_BEFORE, Fault.HTTP_429])
async def test_a_callback_on_booked_money_is_answered_although_the_bank_mumbled(stage: Stage, fault: Fault) -> None:
    """The look that the callback asked for brought nothing: it is repeated, not forgotten."""
    _, payment_id = await paid(stage)
    assert await rings(stage, payment_id) == 200
    stage.bank.faults.add(Rule(fault, method=LOOK, times=3))
    await settle_due(stage.calm)
    assert await settles_down(stage)


async def test_a_callback_about_a_parked_payment_is_answered_although_the_bank_is_silent_just_then(
    stage: Stage,
) -> None:
    """Two days and two hundred looks, nobody asks any more; the bank rings and goes away: it is asked until it answers."""
    _, payment_id = await started(stage)
    await tx(stage, lambda tx: run(tx, ASKED_OFTEN, id=payment_id.uuid))
    await stage.scheduler.advance(3 * 86_400)
    stage.bank.faults.add(Rule(Fault.HTTP_502, method=LOOK, times=3))
    await settle_due(stage.calm)
    assert await tx(stage, lambda tx: one(tx, PARKED))
    assert await rings(stage, payment_id) == 200
    stage.bank.faults.add(Rule(Fault.HTTP_502, method=LOOK, times=3))
    await settle_due(stage.calm)
    at_bank = stage.bank.lookup(str(payment_id))
    assert at_bank is not None
    staff.change_mind(stage, at_bank)
    assert await settles_down(stage)
    assert [effect.kind for effect in stage.bank.journal.effects].count(Kind.DEPOSITED) == 1


async def test_a_callback_about_an_order_that_the_bank_does_not_know_is_closed(stage: Stage) -> None:
    """The registration never arrived, yet somebody rings: "no such order" is an answer."""
    order_id = await ordered(stage)
    stage.bank.faults.add(Rule(Fault.CUT_BEFORE, method="register.do"))
    with pytest.raises(Unavailable):
        await pay.start(stage.calm, order_id, principal="key:site")
    (payment,) = await tx(stage, lambda tx: store.of_order(tx, order_id))
    assert await rings(stage, payment.id) == 200
    assert await settles_down(stage)


async def rings(stage: Stage, payment_id: PaymentId) -> int:
    """A true callback about the payment arrives."""
    fields = {"mdOrder": "x", "orderNumber": str(payment_id), "operation": "deposited", "status": "1"}
    signed = {**fields, "checksum": checksum(CALLBACK_SECRET, fields)}
    return await staff.knock(stage, CallbackRequest("GET", tuple(signed.items()), "", b""))


async def test_the_last_look_after_a_session_is_repeated_until_it_is_answered(stage: Stage) -> None:
    """A closed page is looked at once more after its time; if the bank is away just then, later."""
    order_id, payment_id = await started(stage)
    await pay.abandon(stage.calm, order_id)
    await stage.scheduler.advance(1200 + 181)
    stage.bank.faults.add(Rule(Fault.HTTP_502, method=LOOK, times=3))
    await settle_due(stage.calm)
    at_bank = stage.bank.lookup(str(payment_id))
    assert at_bank is not None
    staff.change_mind(stage, at_bank)
    assert await settles_down(stage)
    assert [one.kind for one in stage.bank.journal.effects].count(Kind.DEPOSITED) == 1


@pytest.mark.parametrize("fault", [Fault.HTML, Fault.HTTP_502])
async def test_a_worker_that_was_away_for_days_asks_more_than_once(stage: Stage, fault: Fault) -> None:
    """Its first look after the pause is not answered: the payment is looked at again and its place given back."""
    await started(stage)
    await stage.scheduler.advance(3 * 86_400)
    stage.bank.faults.add(Rule(fault, method=LOOK, times=3))
    await settle_due(stage.calm)
    assert await settles_down(stage)


async def test_a_registration_that_never_arrived_lapses_though_nobody_asked_for_days(stage: Stage) -> None:
    """The bank must say "no such order" twice; whoever asks for the first time asks again."""
    order_id = await ordered(stage)
    stage.bank.faults.add(Rule(Fault.CUT_BEFORE, method="register.do"))
    with pytest.raises(Unavailable):
        await pay.start(stage.calm, order_id, principal="key:site")
    await stage.scheduler.advance(3 * 86_400)
    assert await settles_down(stage)


async def test_a_registration_that_arrives_after_it_was_given_up_calls_nobody(stage: Stage) -> None:
    """The bank denied it twice, and has it after all: nobody was ever shown its page, and no contradiction is told."""
    order_id = await ordered(stage)
    stage.bank.faults.add(Rule(Fault.CUT_BEFORE, method="register.do"))
    with pytest.raises(Unavailable):
        await pay.start(stage.calm, order_id, principal="key:site")
    (payment,) = await tx(stage, lambda tx: store.of_order(tx, order_id))
    for seconds in (6, 400):
        await stage.scheduler.advance(seconds)
        await settle_due(stage.calm)
    belated = Registration(payment.number, WHOLE, "http://localhost/r/x", 1200, "Заказ", "ru")
    await stage.calm.gateway(payment.merchant).register(belated)
    with listening(stage):
        await stage.scheduler.advance(1200 + 181 - 406)
        await settle_due(stage.calm)
        assert (await tx(stage, lambda tx: store.of_order(tx, order_id)))[0].state is State.LAPSED
        assert await settles_down(stage)


async def test_an_answer_about_another_order_is_not_taken_for_ours(stage: Stage) -> None:
    """Registering answers with the other payer's order: nobody is sent to a stranger's page, both can pay."""
    await started(stage)
    second = await ordered(stage)
    stage.bank.faults.add(Rule(Fault.OTHER_ORDER, method="register.do"))
    with pytest.raises(Unavailable, match="bank_unreachable"):
        await pay.start(stage.calm, second, principal="key:site")
    again = await pay.start(stage.calm, second, principal="key:site")
    types_a_card(stage, again.payment_id)
    assert await settle.settle(stage.calm, again.payment_id) is State.CAPTURED
    assert await settles_down(stage)


async def test_a_strangers_reference_is_corrected_by_our_own_number(stage: Stage) -> None:
    """Registering answers with an order that nobody knows: the bank is asked by our number instead."""
    order_id = await ordered(stage)
    stage.bank.faults.add(Rule(Fault.OTHER_ORDER, method="register.do"))
    lost = await pay.start(stage.calm, order_id, principal="key:site")
    assert await settle.settle(stage.calm, lost.payment_id) is State.PENDING
    again = await pay.start(stage.calm, order_id, principal="key:site")
    assert again.payment_id != lost.payment_id
    types_a_card(stage, again.payment_id)
    assert await settle.settle(stage.calm, again.payment_id) is State.CAPTURED
    assert await settles_down(stage)


@pytest.mark.parametrize("code", [6.0, 14.0])
async def test_a_bank_that_will_not_say_is_not_a_bank_that_refused(stage: Stage, code: float) -> None:
    """The reversal's answer got lost and the next look is refused: the refund waits for a clear word, and finds it."""
    order_id, _ = await paid(stage)
    refund = await asked(stage, order_id)
    await decided(stage, refund, "approve")
    stage.bank.faults.add(Rule(Fault.EMPTY, method="reverse.do"))
    await refund_run.run_due(stage.calm)
    stage.bank.faults.add(Rule(Fault.REFUSE, method=LOOK, value=code))
    await stage.scheduler.advance(31)
    await refund_run.run_due(stage.calm)
    assert await settles_down(stage)
    assert returned(stage) == [WHOLE.amount]


async def test_what_was_seen_before_a_refund_is_not_kept_after_it(stage: Stage) -> None:
    """A look that a refund has overtaken is made again: the bank's last word in our books is its last word."""
    order_id, payment_id = await paid(stage)
    for part in (PART, PART):
        await decided(stage, await asked(stage, order_id, part), "approve")
    assert await refund_run.run_due(stage.calm, limit=1) == 1
    asleep = await tx(stage, lambda tx: lease_store.claim(tx, payment_id))
    assert asleep is not None
    seen = await settle.look(stage.calm, asleep)
    assert await refund_run.run_due(stage.calm, limit=1) == 1
    await tx(stage, lambda tx: settle.apply(tx, stage.calm, asleep, seen))
    assert not await broken(stage.hall)
    assert await settles_down(stage)
    assert returned(stage) == [PART.amount, PART.amount]
