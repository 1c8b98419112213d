"""Receipts of the bank follow the money: what is expected, what is printed, and what becomes of one that is not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from checkout.books.export import Ask, Format, export
from checkout.books.sources import SOURCES, Filter
from checkout.ground.config import Fiscal
from checkout.ground.db import run, sql
from checkout.payment import printing, receipt_by_hand, visit
from checkout.payment.order import Order, Plan
from checkout.payment.receipt import DEADLINE, Kind, Receipt, State
from checkout.payment.settle import settle
from checkout.postgres import Urls
from gateways import sandbox
from gateways.fiscal import Payment, Subject, Vat
from refunds import store as refund_store
from refunds.refund import State as RefundState
from tests.desk.test_review import agreed, contested
from tests.flows.receipts import of, printed, spoil, states
from tests.flows.test_refunds import asked, returned
from tests.flows.test_visit import mark, to_the_visit
from tests.world import World, open_world, roubles

GOODS = (("consultation", 1), ("insoles", 1))


async def test_a_payment_has_its_receipt_once_the_bank_has_printed_it(till: World) -> None:
    """Expected with the money, then found: number, sign, time and link are the document's."""
    order, payment_id = await till.paid()
    assert await states(till, order.id) == [(Kind.PAYMENT, State.EXPECTED)]
    await till.sweep()
    assert await states(till, order.id) == [(Kind.PAYMENT, State.WAITING)]
    await printed(till)
    (ready,) = await of(till, order.id)
    assert (ready.state, ready.amount, ready.payment_id) == (State.READY, roubles(2500), payment_id)
    assert ready.number == "1"
    assert ready.sign
    assert ready.url is not None
    assert ready.url.startswith("https://")
    assert ready.printed_at is not None
    assert not await till.broken()


async def test_the_bank_is_told_what_is_paid_for(till: World) -> None:
    """Goods and services, in full and before the visit, each by the catalogue's rate, as money that came before."""
    order, _ = await till.paid(lines=GOODS, clinic="krasny")
    (expected,) = await of(till, order.id)
    assert [(one.amount, one.vat, one.payment, one.subject) for one in expected.positions] == [
        (roubles(2500), Vat.NONE, Payment.FULL_PREPAYMENT, Subject.SERVICE),
        (roubles(3900), Vat.TWENTY_TWO_OF, Payment.FULL_PREPAYMENT, Subject.GOODS),
    ]
    cart = till.bank.find(till.merchant, number=str(expected.payment_id)).request.cart
    assert cart is not None
    assert [row["itemAmount"] for row in cart["cartItems"]["items"]] == [250_000, 390_000]


async def test_a_deposit_and_the_rest_are_prepayments_of_the_same_lines(till: World) -> None:
    """Two receipts, together the price of each line to the kopeck."""
    order, _ = await till.paid(plan=Plan.DEPOSIT, lines=GOODS, clinic="krasny")
    started = await till.start(order)
    await till.pay_at_bank(started.payment_id)
    await settle(till.service, started.payment_id)
    first, second = await of(till, order.id)
    assert {one.payment for one in (*first.positions, *second.positions)} == {Payment.PREPAYMENT}
    assert first.amount + second.amount == roubles(6400)
    by_line = [a.amount + b.amount for a, b in zip(first.positions, second.positions, strict=True)]
    assert by_line == [roubles(2500), roubles(3900)]


async def test_a_visit_that_was_given_is_settled_in_full_and_once(till: World) -> None:
    """The prepayment is offset by another receipt; goods wait until they are handed over."""
    order, _ = await till.paid(lines=GOODS, clinic="krasny")
    await to_the_visit(till, order)
    await mark(till, order)
    await mark(till, order)
    await printed(till)
    assert await states(till, order.id) == [(Kind.PAYMENT, State.READY), (Kind.CLOSING, State.READY)]
    await till.tx(lambda tx: visit.hand_over(tx, order.id, principal="olga"))
    await printed(till)
    _, services, goods = await of(till, order.id)
    assert [(one.amount, one.state) for one in (services, goods)] == [
        (roubles(2500), State.READY),
        (roubles(3900), State.READY),
    ]
    assert [(one.vat, one.payment) for one in goods.positions] == [(Vat.TWENTY_TWO, Payment.FULL_PAYMENT)]
    at_bank = [one for every in till.bank.receipts.by_order.values() for one in every]
    assert [(one.closing, one.amount) for one in at_bank] == [(False, 640_000), (True, 250_000), (True, 390_000)]
    assert not await till.broken()


_DEARER_TAX = sql("""
WITH changed AS (INSERT INTO catalogue_change (key, sign, again, before, after, principal)
  VALUES (ARRAY['service', 'insoles'], '~', false, '{}', '{}', 'olga'))
INSERT INTO service_price (service_id, valid_from, amount, vat)
SELECT id, app_now() + interval '1 hour', 390000, '10' FROM service WHERE slug = 'insoles'""")


@pytest.mark.parametrize("till", ["sberbank"], indirect=True)
async def test_the_rate_is_the_catalogues_on_the_day_of_the_receipt(till: World) -> None:
    """Another rate from a day on: what was paid before carries the old one, what is handed over after it the new one."""
    await till.tx(lambda tx: run(tx, _DEARER_TAX))
    order, _ = await till.paid(lines=GOODS, clinic="krasny")
    await to_the_visit(till, order)
    await till.tx(lambda tx: visit.hand_over(tx, order.id, principal="olga"))
    before, after = await of(till, order.id)
    assert (before.positions[1].vat, after.positions[0].vat) == (Vat.TWENTY_TWO_OF, Vat.TEN)


async def test_a_merchant_may_have_one_rate_for_everything(
    urls: Urls, emptied: None, move: Callable[[timedelta], Awaitable[None]]
) -> None:
    """As whoever is taxed in a simplified way; the catalogue's rates do not count then, nor after the visit."""
    _ = emptied
    simple = Fiscal(by="bank", tax_system="usn_income", vat="none", prepaid_as="payment")
    async with open_world(urls, move, fiscal=simple) as world:
        order, _ = await world.paid(lines=GOODS, clinic="krasny")
        await to_the_visit(world, order)
        await world.tx(lambda tx: visit.hand_over(tx, order.id, principal="olga"))
        before, after = await of(world, order.id)
        assert {(one.vat, one.subject) for one in before.positions} == {(Vat.NONE, Subject.PAYMENT)}
        assert {(one.vat, one.subject) for one in after.positions} == {(Vat.NONE, Subject.GOODS)}


async def test_a_settlement_whose_answer_was_lost_is_not_printed_twice(till: World) -> None:
    """It may have been heard: it is looked for before it is asked for again."""
    order, _ = await till.paid()
    await to_the_visit(till, order)
    for method in ("closeOfdReceipt.do", "doReceipt"):
        till.bank.faults.add(sandbox.Rule(sandbox.Fault.CUT_AFTER, method))
    await mark(till, order)
    await till.sweep()
    assert (Kind.CLOSING, State.SENDING) in await states(till, order.id)
    await printed(till)
    assert (Kind.CLOSING, State.READY) in await states(till, order.id)
    assert sum(one.closing for every in till.bank.receipts.by_order.values() for one in every) == 1


async def test_a_settlement_that_was_never_heard_is_asked_for_again(till: World) -> None:
    """Only after an hour in which the bank showed nothing of it."""
    order, _ = await till.paid()
    await to_the_visit(till, order)
    for method in ("closeOfdReceipt.do", "doReceipt"):
        till.bank.faults.add(sandbox.Rule(sandbox.Fault.CUT_BEFORE, method))
    await mark(till, order)
    await printed(till)
    assert (Kind.CLOSING, State.SENDING) in await states(till, order.id)
    await till.advance(hours=2)
    await printed(till)
    assert (Kind.CLOSING, State.READY) in await states(till, order.id)


async def test_a_settlement_that_the_bank_took_and_forgot_is_made_again_by_hand(till: World) -> None:
    """It may be printed still: neither by itself nor by a press is it sent twice before a day is over; then by a press."""
    order, payment_id = await till.paid()
    await printed(till)
    await to_the_visit(till, order)
    await mark(till, order)
    await till.sweep()
    book = till.bank.receipts.by_order[till.bank.find(till.merchant, number=str(payment_id)).id]
    assert book.pop().closing
    await till.advance(hours=2)
    await printed(till)
    (closing,) = [one for one in await of(till, order.id) if one.kind is Kind.CLOSING]
    assert (closing.state, [one.closing for one in book]) == (State.WAITING, [False])
    await till.tx(lambda tx: receipt_by_hand.again(tx, order.id, closing.id))
    await printed(till)
    await till.advance(seconds=DEADLINE.total_seconds())
    await printed(till)
    assert [one.closing for one in book] == [False]
    await till.tx(lambda tx: receipt_by_hand.again(tx, order.id, closing.id))
    await printed(till)
    assert await states(till, order.id) == [(Kind.PAYMENT, State.READY), (Kind.CLOSING, State.READY)]
    assert book.pop().closing
    assert not await till.broken()


async def test_a_settlement_made_again_is_not_made_once_more_at_once(till: World) -> None:
    """The day starts with what the bank took last, however old the visit is."""
    order, payment_id = await till.paid()
    await printed(till)
    await to_the_visit(till, order)
    await mark(till, order)
    book = till.bank.receipts.by_order[till.bank.find(till.merchant, number=str(payment_id)).id]
    for _ in range(2):
        await till.sweep()
        book[:] = [one for one in book if not one.closing]
        (closing,) = [one for one in await of(till, order.id) if one.kind is Kind.CLOSING]
        assert closing.state is State.WAITING
        await pressed(till, closing)
        await till.sweep()
        assert not any(one.closing for one in book)
        await till.advance(seconds=DEADLINE.total_seconds())
        await pressed(till, closing)


async def pressed(world: World, receipt: Receipt) -> None:
    """Somebody wants the bank asked again."""
    await world.tx(lambda tx: receipt_by_hand.again(tx, receipt.order_id, receipt.id))


@pytest.mark.parametrize("till", ["sberbank"], indirect=True)
async def test_a_press_while_the_bank_is_being_asked_asks_for_nothing_more(till: World) -> None:
    """Its yes answers that press, too."""
    order, _ = await till.paid()
    await printed(till)
    await to_the_visit(till, order)
    await mark(till, order)
    till.bank.faults.add(sandbox.Rule(sandbox.Fault.DELAY, "doReceipt", value=0.5))
    asking = asyncio.create_task(till.sweep())
    while (Kind.CLOSING, State.SENDING) not in await states(till, order.id):
        assert not asking.done()
    (closing,) = [one for one in await of(till, order.id) if one.kind is Kind.CLOSING]
    await till.tx(lambda tx: receipt_by_hand.again(tx, order.id, closing.id))
    await asking
    (closing,) = [one for one in await of(till, order.id) if one.kind is Kind.CLOSING]
    assert (closing.state, closing.again) == (State.WAITING, False)


async def test_a_refund_has_its_own_receipt(till: World) -> None:
    """For the lines that it names, with the signs that they were sold with."""
    order, _ = await till.paid(lines=GOODS, clinic="krasny")
    await till.advance(days=1)
    await asked(till, order.id, roubles(3200))
    await printed(till)
    sale, refund = await of(till, order.id)
    assert (refund.kind, refund.state, refund.amount) == (Kind.REFUND, State.READY, roubles(3200))
    assert {one.payment for one in refund.positions} == {Payment.FULL_PREPAYMENT}
    assert refund.reference != sale.reference
    assert not await till.broken()


async def test_what_went_back_whole_is_never_settled(till: World) -> None:
    """The visit may have been given all the same: nothing was kept for it, and the refund's receipt is the last one."""
    order, _ = await till.paid()
    await asked(till, order.id, roubles(2500))
    await printed(till)
    await to_the_visit(till, order)
    await mark(till, order)
    await printed(till)
    assert await states(till, order.id) == [(Kind.PAYMENT, State.READY), (Kind.REFUND, State.READY)]


async def test_only_what_is_kept_is_settled(till: World) -> None:
    """Part of it went back before the visit: the full settlement is over the rest."""
    order, _ = await till.paid(starts_at=(await till.free(days=3))[0])
    await till.advance(days=1)
    await asked(till, order.id, roubles(1000))
    await printed(till)
    await to_the_visit(till, order)
    await mark(till, order)
    (closing,) = [one for one in await of(till, order.id) if one.kind is Kind.CLOSING]
    assert closing.amount == roubles(1500)


async def test_a_refund_after_the_visit_undoes_the_full_settlement(till: World) -> None:
    """What goes back then was paid for a service that was given."""
    order, _ = await till.paid()
    await to_the_visit(till, order)
    await mark(till, order)
    await printed(till)
    await asked(till, order.id, roubles(500))
    await printed(till)
    (refund,) = [one for one in await of(till, order.id) if one.kind is Kind.REFUND]
    assert [(one.payment, one.amount) for one in refund.positions] == [(Payment.FULL_PAYMENT, roubles(500))]


async def test_a_receipt_that_failed_is_said_so_and_made_again_by_hand(till: World) -> None:
    """Where the bank can; elsewhere it is looked for once more."""
    order, payment_id = await till.paid()
    spoil(till, payment_id)
    await printed(till)
    (failed,) = await of(till, order.id)
    assert failed.state is State.FAILED
    assert failed.error
    spoil(till, payment_id, fail=False)
    await till.tx(lambda tx: receipt_by_hand.again(tx, order.id, failed.id))
    await printed(till)
    facet = till.service.gateway("zdorovie").receipts
    assert facet is not None
    assert await states(till, order.id) == [(Kind.PAYMENT, State.READY if facet.retries else State.FAILED)]


async def test_a_settlement_that_the_bank_could_not_print_is_asked_for_anew(till: World) -> None:
    """By a person's word: printed again where the bank can, else asked for as another; one is delivered in the end."""
    order, payment_id = await till.paid()
    await printed(till)
    await to_the_visit(till, order)
    spoil(till, payment_id)
    await mark(till, order)
    await printed(till)
    (failed,) = [one for one in await of(till, order.id) if one.kind is Kind.CLOSING]
    assert failed.state is State.FAILED
    spoil(till, payment_id, fail=False)
    await till.tx(lambda tx: receipt_by_hand.again(tx, order.id, failed.id))
    await printed(till)
    assert await states(till, order.id) == [(Kind.PAYMENT, State.READY), (Kind.CLOSING, State.READY)]
    assert not await till.broken()


async def test_less_than_was_asked_is_receipted_as_it_was_taken(till: World) -> None:
    """Two people accepted what the bank took: the receipt is over that, and so is the settlement after the visit."""
    order, payment = await contested(till, 2000)
    await agreed(till, payment)
    assert [(one.kind, one.amount) for one in await of(till, order.id)] == [(Kind.PAYMENT, roubles(2000))]
    await to_the_visit(till, order)
    await mark(till, order)
    assert [(one.kind, one.amount) for one in await of(till, order.id)][1:] == [(Kind.CLOSING, roubles(2000))]


async def test_many_workers_ask_for_a_settlement_once(till: World) -> None:
    """Whoever is quickest holds it; nobody else does."""
    order, _ = await till.paid()
    await to_the_visit(till, order)
    await mark(till, order)
    await asyncio.gather(*(printing.run_due(till.service) for _ in range(4)))
    await printed(till)
    assert sum(one.closing for every in till.bank.receipts.by_order.values() for one in every) == 1
    assert (Kind.CLOSING, State.READY) in await states(till, order.id)


async def test_a_receipt_that_is_missing_or_does_not_add_up_is_found(till: World, owner: AsyncEngine) -> None:
    """By the watch over the books: a cart against its payment, money against its receipts."""
    order, _ = await till.paid()
    assert not await till.broken()
    for statement, rule in (
        ("UPDATE fiscal_cart SET amount = 1, positions = jsonb_set(positions, '{0,amount}', '1')", "I46"),
        ("DELETE FROM receipt WHERE order_id = :id", "I47"),
    ):
        async with owner.begin() as tx:
            await tx.execute(text(statement), {"id": order.id.uuid} if ":id" in statement else {})
        assert rule in [violation.invariant for violation in await till.broken()]


@pytest.mark.parametrize("till", ["sberbank"], indirect=True)
async def test_the_database_takes_no_receipt_that_does_not_add_up(till: World, owner: AsyncEngine) -> None:
    """Neither a cart nor a receipt, whoever writes it."""
    order, _ = await till.paid()
    for table in ("fiscal_cart", "receipt"):
        with pytest.raises(IntegrityError, match="adds_up"):
            async with owner.begin() as tx:
                await tx.execute(text(f"UPDATE {table} SET amount = amount - 1"))  # noqa: S608 - as written
    assert await of(till, order.id)


async def test_the_export_of_receipts_holds_them_against_the_ledger(till: World, tmp_path: Path) -> None:
    """A row a receipt, and what was received and given back by them is what the books say."""
    order, _ = await till.paid(starts_at=(await till.free(days=3))[0])
    await till.advance(days=1)
    await asked(till, order.id, roubles(1000))
    await printed(till)
    path = tmp_path / "receipts.csv"
    ask = Ask(SOURCES["receipts"], Filter("Europe/Moscow"))
    done = await export(till.service, ask, Format.CSV, path, principal="anna")
    assert (done.totals["captured"], done.totals["returned"]) == (250_000, 100_000)
    told = path.read_text(encoding="utf-8-sig")
    assert "Чек возврата" in told
    assert "Maria" not in told


async def test_a_silent_bank_changes_nothing(till: World) -> None:
    """It is asked again, at growing pauses, until it answers."""
    order, _ = await till.paid()
    for method in ("getReceiptStatus.do", "getReceiptStatus"):
        till.bank.faults.add(sandbox.Rule(sandbox.Fault.HTTP_500, method, times=None))
    await printed(till)
    assert await states(till, order.id) == [(Kind.PAYMENT, State.EXPECTED)]
    till.bank.faults.clear()
    await till.advance(seconds=DEADLINE.total_seconds())
    await printed(till)
    assert await states(till, order.id) == [(Kind.PAYMENT, State.READY)]


async def test_without_the_banks_receipts_nothing_is_expected(world: World) -> None:
    """A merchant that does not say so sends no cart and waits for no receipt."""
    order, payment_id = await world.paid()
    await world.sweep()
    assert await of(world, order.id) == []
    assert world.bank.find(world.merchant, number=str(payment_id)).request.cart is None


@pytest.mark.parametrize("till", ["sberbank"], indirect=True)
async def test_a_part_of_a_payment_with_a_cart_waits_for_the_next_banking_day(till: World) -> None:
    """Where the bank gives no part back on the day of payment; the refund keeps its place meanwhile."""
    order, _ = await till.paid()
    refund = await asked(till, order.id, roubles(1000))
    await till.sweep()
    assert returned(till) == []
    assert (await till.tx(lambda tx: refund_store.read(tx, refund.id))).state is RefundState.SCHEDULED
    await till.advance(days=1)
    await till.sweep()
    assert returned(till) == [("REFUNDED", 100_000)]


async def test_paid_after_the_visit_is_paid_for_what_was_given(till: World) -> None:
    """The rest of the price, by the link, when the visit is over: no prepayment any more, and nothing to settle after it."""
    order: Order
    order, _ = await till.paid(plan=Plan.DEPOSIT)
    await to_the_visit(till, order)
    await mark(till, order)
    started = await till.start(order)
    await till.pay_at_bank(started.payment_id)
    await settle(till.service, started.payment_id)
    rest = [one for one in await of(till, order.id) if one.payment_id == started.payment_id]
    assert [one.kind for one in rest] == [Kind.PAYMENT]
    assert {one.payment for one in rest[0].positions} == {Payment.FULL_PAYMENT}
