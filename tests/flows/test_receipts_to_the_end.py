"""At the end of an order nothing that was prepaid is left without a receipt: settled, or given back, whoever gave it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from checkout.books import worklist
from checkout.ground.errors import Conflict, Invalid
from checkout.ground.ids import OrderId, PaymentId, ReceiptId
from checkout.payment import receipt_by_hand, settle, visit
from checkout.payment.order import Order
from checkout.payment.receipt import DEADLINE, Document, Kind, Receipt, State, document
from gateways import sandbox
from gateways.fiscal import Payment
from gateways.sandbox import chargebacks, reverting
from refunds import approve, outside
from refunds import store as refund_store
from refunds.chargebacks import store as disputes
from refunds.chargebacks.decide import decide
from refunds.chargebacks.recognise import recognise_due
from refunds.refund import State as RefundState
from tests.flows.receipts import of, printed, states
from tests.flows.test_refunds import asked
from tests.flows.test_visit import asked as of_lines
from tests.flows.test_visit import mark, to_the_visit
from tests.world import World, roubles

ELSEWHERE = {"number": "4711", "sign": "3713381819", "drive": "9999 0789 0000 6364"}


async def settled(world: World, order_id: OrderId) -> list[int]:
    """The full settlements of an order, in roubles."""
    return [one.amount.amount // 100 for one in await of(world, order_id) if one.kind.asked_for]


async def given(world: World, order: Order) -> None:
    """The visit took place, and the bank's printer has done its work."""
    await to_the_visit(world, order)
    await mark(world, order)
    await printed(world)


async def test_a_refund_that_is_withdrawn_after_the_visit_is_settled_then(till: World) -> None:
    """What was promised back when the visit was given is not settled; once it stays after all, it is, by a second receipt."""
    order, _ = await till.paid()
    refund = await asked(till, order.id, roubles(1000), days=9)
    await given(till, order)
    assert await settled(till, order.id) == [1500]
    await till.tx(lambda tx: approve.decide(tx, refund.id, "cancel", principal="clara"))
    await printed(till)
    assert await settled(till, order.id) == [1500, 1000]
    assert {state for _, state in await states(till, order.id)} == {State.READY}
    at_bank = [one for every in till.bank.receipts.by_order.values() for one in every]
    assert [one.amount for one in at_bank if one.closing] == [150_000, 100_000]
    assert not await till.broken()


async def test_what_was_promised_and_goes_back_later_goes_back_as_it_came(till: World) -> None:
    """It was never settled, so its receipt gives a prepayment back; the rest of the line stays settled."""
    order, _ = await till.paid()
    await asked(till, order.id, roubles(1000), days=8)
    await given(till, order)
    await till.advance(days=8)
    await printed(till)
    refund = (await of(till, order.id))[-1]
    assert [(one.payment, one.amount) for one in refund.positions] == [(Payment.FULL_PREPAYMENT, roubles(1000))]
    assert await settled(till, order.id) == [1500]
    assert not await till.broken()


@pytest.mark.parametrize("till", ["sberbank"], indirect=True)
async def test_a_refund_over_both_gives_back_both(till: World) -> None:
    """A part was promised before the visit; more goes back after it, and sooner: of what is open first, then of the rest."""
    order, _ = await till.paid()
    promised = await asked(till, order.id, roubles(1000), days=20)
    await given(till, order)
    await till.advance(days=1)
    await asked(till, order.id, roubles(1200))
    await printed(till)
    refund = (await of(till, order.id))[-1]
    assert [(one.payment, one.amount) for one in refund.positions] == [
        (Payment.FULL_PREPAYMENT, roubles(1000)),
        (Payment.FULL_PAYMENT, roubles(200)),
    ]
    await till.tx(lambda tx: approve.decide(tx, promised.id, "cancel", principal="clara"))
    assert await settled(till, order.id) == [1500]
    assert not await till.broken()


@pytest.mark.parametrize("till", ["sberbank"], indirect=True)
async def test_a_promise_names_the_line_that_is_not_settled(till: World) -> None:
    """Part of the goods is promised back: the service is settled whole, of the goods the rest; after a no, that part, too."""
    order, _ = await till.paid(lines=(("consultation", 1), ("insoles", 1)), clinic="krasny")
    refund = await of_lines(till, order, 2)
    await given(till, order)
    await till.tx(lambda tx: visit.hand_over(tx, order.id, principal="olga"))
    assert await settled(till, order.id) == [2500, 3800]
    await till.tx(lambda tx: approve.decide(tx, refund.id, "reject", principal="clara", reason="they were worn"))
    assert await settled(till, order.id) == [2500, 3800, 100]
    assert not await till.broken()


@pytest.mark.parametrize("till", ["sberbank"], indirect=True)
async def test_a_chargeback_that_is_won_after_the_visit_is_settled_then(till: World) -> None:
    """Money that its payer took by way of their bank is settled by nothing; ours again, it is. No receipt gives it back."""
    order, payment = await till.paid()
    chargebacks.charge_back(till.bank, till.bank.find(till.merchant, number=str(payment)))
    await settle.settle(till.service, payment)
    await recognise_due(till.service)
    await given(till, order)
    assert await settled(till, order.id) == []
    (held,) = await till.tx(lambda tx: disputes.of_payment(tx, payment))
    await till.tx(lambda tx: decide(tx, till.service, held.id, "win", principal="clara"))
    assert await settled(till, order.id) == [2500]
    assert [one.kind for one in await of(till, order.id)] == [Kind.PAYMENT, Kind.CLOSING]
    assert not await till.broken()


@pytest.mark.parametrize("till", ["sberbank"], indirect=True)
async def test_a_visit_paid_twice_is_settled_once(till: World) -> None:
    """Both attempts brought its price: no line is settled beyond it, and the surplus goes back as the prepayment that it was."""
    order, first = await till.paid_at_the_second()
    late = till.bank.find(till.merchant, number=str(first))
    late.status, late.action_code, late.deposited = sandbox.Status.DEPOSITED, 0, late.amount
    till.bank.receipts.sold(late)
    await settle.settle(till.service, first)
    await given(till, order)
    assert await settled(till, order.id) == [2500]
    await till.advance(days=4)
    await till.sweep()
    returned = [one for one in await of(till, order.id) if one.refund]
    assert [(one.amount, one.positions[0].payment) for one in returned] == [(roubles(2500), Payment.FULL_PREPAYMENT)]
    assert await settled(till, order.id) == [2500]
    assert not await till.broken()


@pytest.mark.parametrize("till", ["sberbank"], indirect=True)
async def test_a_settlement_that_is_missing_is_found(till: World, owner: AsyncEngine) -> None:
    """By the watch over the books: a prepayment of a visit that was given, neither settled nor given back."""
    order, _ = await till.paid()
    await given(till, order)
    async with owner.begin() as tx:
        await tx.execute(text("DELETE FROM receipt WHERE kind = 'closing'"))
    assert [one.invariant for one in await till.broken()] == ["I52"]


@pytest.mark.parametrize("till", ["sberbank"], indirect=True)
async def test_a_settlement_that_the_bank_agreed_to_and_never_shows_is_a_persons(till: World) -> None:
    """It is not asked for twice, for nothing would tell the two apart; the other receipts go on; after a day it is work."""
    order, payment = await till.paid()
    await printed(till)
    await to_the_visit(till, order)
    await mark(till, order)
    await till.sweep()
    book = till.bank.receipts.by_order[till.bank.find(till.merchant, number=str(payment)).id]
    book[:] = [one for one in book if not one.closing]
    await till.advance(seconds=DEADLINE.total_seconds())
    await printed(till)
    assert await states(till, order.id) == [(Kind.PAYMENT, State.READY), (Kind.CLOSING, State.WAITING)]
    assert not any(one.closing for one in book)
    assert len(await work(till)) == 1


# Made in the bank's own cabinet --------------------------------------------------------------------------------------


async def in_the_cabinet(world: World, payment: PaymentId, *sums: int, named: bool = False) -> None:
    """Somebody gives money back at the bank, and says for what only if `named`; people here enter it."""
    await world.advance(days=1)
    at_bank = world.bank.find(world.merchant, number=str(payment))
    for sum_ in sums:
        assert at_bank.request.cart is not None
        row = at_bank.request.cart["cartItems"]["items"][0] | {"itemPrice": sum_ * 100, "itemAmount": sum_ * 100}
        rows = [row] if named else None
        reverting.refund(world.bank, at_bank, sum_ * 100, external_id=None, items=rows)
    shown = await outside.look(world.service, payment)
    await world.tx(lambda tx: outside.settle(tx, world.service, shown, principal="clara"))
    await printed(world)


async def refund_receipt(world: World, order_id: OrderId) -> Receipt:
    (found,) = [one for one in await of(world, order_id) if one.refund]
    return found


async def work(world: World) -> list[str]:
    """The receipts that need a person."""
    source = next(one for one in worklist.CORE if one.kind == "receipt")
    return [item.key for item in await world.tx(lambda tx: worklist.items(tx, [source], None))]


async def test_a_refund_made_at_the_bank_has_the_receipt_that_the_bank_made(till: World) -> None:
    """All of it went back, so the bank knows of what: the receipt is found among the order's, and kept."""
    order, payment = await till.paid()
    await in_the_cabinet(till, payment, 2500)
    found = await refund_receipt(till, order.id)
    assert (found.state, found.amount) == (State.READY, roubles(2500))
    assert found.reference
    assert not await till.broken()


async def test_each_refund_made_at_the_bank_has_its_own_receipt(till: World) -> None:
    """Two of them are entered as two, in the sums that the bank lists; one that was ours before stays one."""
    order, payment = await till.paid()
    await till.advance(days=1)
    await asked(till, order.id, roubles(300))
    await printed(till)
    await in_the_cabinet(till, payment, 300, 500, named=True)
    found = [(one.amount, one.state) for one in await of(till, order.id) if one.refund]
    assert found == [(roubles(sum_), State.READY) for sum_ in (300, 300, 500)]
    assert not await till.broken()


@pytest.mark.parametrize("till", ["sberbank"], indirect=True)
async def test_what_went_back_in_parts_is_settled_by_none_of_them(till: World) -> None:
    """A refund of ours waits for a person, for the bank gave as much back in two parts: between them nothing is settled."""
    order, payment = await till.paid()
    await asked(till, order.id, roubles(1000), days=8)
    await given(till, order)
    at_bank = till.bank.find(till.merchant, number=str(payment))
    reverting.refund(till.bank, at_bank, 100, external_id=None, items=None)
    await till.advance(days=8)
    await printed(till)
    (ours,) = await till.tx(lambda tx: refund_store.of_order(tx, order.id))
    assert ours.state is RefundState.REVIEW
    await in_the_cabinet(till, payment, 600, 399)
    assert await settled(till, order.id) == [1500]
    assert [one.amount for one in await of(till, order.id) if one.refund] == [roubles(sum_) for sum_ in (1, 600, 399)]
    assert not await till.broken()


async def test_a_refund_without_a_receipt_is_work_until_somebody_notes_one(till: World) -> None:
    """Looked for in vain for a day; then it is a person's, who issues it elsewhere and types its numbers; then it is over."""
    order, payment = await till.paid()
    await in_the_cabinet(till, payment, 700)
    missing = await refund_receipt(till, order.id)
    assert missing.state is State.EXPECTED
    assert await work(till) == []
    with pytest.raises(Conflict, match="receipt_not_late"):
        await noted(till, order.id, missing.id)
    await till.advance(seconds=DEADLINE.total_seconds())
    assert await work(till) == [str(missing.id)]
    await noted(till, order.id, missing.id)
    found = await refund_receipt(till, order.id)
    assert (found.state, found.number, found.noted_by, found.reference) == (State.READY, "4711", "clara", None)
    assert await work(till) == []
    await till.advance(days=2)
    await printed(till)
    with pytest.raises(Conflict, match="receipt_not_late"):
        await noted(till, order.id, missing.id)
    assert not await till.broken()


@pytest.mark.parametrize("till", ["sberbank"], indirect=True)
async def test_one_paper_ends_one_receipt(till: World, owner: AsyncEngine) -> None:
    """Neither what was noted for another, zeros before it or not, nor what the bank shows for one; the database holds it, too."""
    order, payment = await till.paid()
    await in_the_cabinet(till, payment, 700, 300)
    await till.advance(seconds=DEADLINE.total_seconds())
    bought, first, second = await of(till, order.id)
    await noted(till, order.id, first.id)
    assert bought.number
    assert bought.drive
    for number, drive in (("4711", ELSEWHERE["drive"]), ("0004711", ELSEWHERE["drive"]), (bought.number, bought.drive)):
        with pytest.raises(Conflict, match="receipt_taken") as refusal:
            await noted(till, order.id, second.id, number=number, drive=drive)
        assert refusal.value.pointer == "/number"
    with pytest.raises(IntegrityError, match="receipt_noted_once"):
        async with owner.begin() as tx:
            await tx.execute(text("UPDATE receipt SET number = '4711', drive = '9999078900006364', noted_by = 'clara'"))
    await noted(till, order.id, second.id, number="4712")
    assert not await till.broken()


@pytest.mark.parametrize("till", ["sberbank"], indirect=True)
async def test_a_paper_is_not_older_than_what_it_is_for(till: World) -> None:
    """Of a refund made at the bank, entered a day later, its own day is taken; none before the payment, and of a payment none."""
    order, payment = await till.paid()
    till.bank.receipts.by_order[till.bank.find(till.merchant, number=str(payment)).id].clear()
    await in_the_cabinet(till, payment, 700)
    await till.advance(seconds=DEADLINE.total_seconds())
    bought, returned = await of(till, order.id)
    for receipt in (bought, returned):
        with pytest.raises(Invalid, match="receipt_day_early") as refusal:
            await noted(till, order.id, receipt.id, days_ago=3)
        assert refusal.value.pointer == "/day"
    await noted(till, order.id, bought.id, days_ago=2)
    await noted(till, order.id, returned.id, days_ago=2, number="4712")
    assert {one.state for one in await of(till, order.id)} == {State.READY}


async def noted(world: World, order_id: OrderId, receipt_id: ReceiptId, days_ago: int = 0, **typed: str) -> None:
    today = (await world.now()).date()
    read = document(**ELSEWHERE | typed, day=today - timedelta(days=days_ago), today=today)
    await world.tx(lambda tx: receipt_by_hand.note(tx, order_id, receipt_id, read, principal="clara"))


async def test_what_is_not_a_receipts_number_is_not_noted(world: World) -> None:
    """Digits as the law prints them, and a day that has come."""
    today = (await world.now()).date()
    assert document(**ELSEWHERE, day=today, today=today) == Document("4711", "3713381819", "9999078900006364", today)
    for wrong in ({"number": ""}, {"number": "1" * 11}, {"sign": "12a"}, {"drive": "9999"}, {"drive": "٩" * 16}):
        with pytest.raises(Invalid, match="receipt_unreadable") as refusal:
            document(**ELSEWHERE | wrong, day=today, today=today)
        assert refusal.value.pointer == f"/{next(iter(wrong))}"
    for day in (None, today + timedelta(days=1)):
        with pytest.raises(Invalid, match="receipt_day"):
            document(**ELSEWHERE, day=day, today=today)


@pytest.mark.parametrize("till", ["sberbank"], indirect=True)
async def test_a_refund_without_its_receipt_row_is_found(till: World, owner: AsyncEngine) -> None:
    """By the watch over the books: receipts come to captured less refunded, or a row says why not."""
    order, payment = await till.paid()
    await in_the_cabinet(till, payment, 700)
    assert order.id
    assert not await till.broken()
    async with owner.begin() as tx:
        await tx.execute(text("DELETE FROM receipt WHERE kind = 'refund'"))
    assert [one.invariant for one in await till.broken()] == ["I47"]
