"""Mistakes at the till are reversed, never edited."""

from __future__ import annotations

import asyncio

import pytest

from checkout.ground.errors import Conflict, Refusal
from checkout.notices.store import of_order
from checkout.payment import cancel
from checkout.payment.order import Word
from checkout.payment.payment import State
from checkout.payment.settle import settle
from checkout.till import storno
from checkout.till.till import Reason, Shift, Tender
from refunds import approve, issue
from tests.flows.drawer import accounts, held, moved, taken, told
from tests.world import World, roubles


async def undone(world: World, shift: Shift, receipt_no: int, *, reason: Reason = Reason.WRONG_ORDER) -> int:
    entered = await world.tx(
        lambda tx: storno.reverse(tx, world.service, shift.id, receipt_no, reason, principal="olga")
    )
    return entered.receipt_no


@pytest.mark.parametrize("tender", list(Tender))
async def test_a_taking_that_was_a_mistake_is_reversed_and_the_order_owes_again(world: World, tender: Tender) -> None:
    """Storno, not refund: nothing was refunded, the same sum is due, and may be taken rightly."""
    order = await world.order()
    shift = await world.open_till()
    first = await taken(world, order, 2500, tender=tender)
    await undone(world, shift, first.receipt_no)
    facts = await world.facts(order.id)
    assert (facts.paid, facts.refunded, facts.due) == (roubles(0), roubles(0), roubles(2500))
    assert await world.word(order.id) is Word.AWAITING_PAYMENT
    assert (await world.payment(first.payment_id)).state is State.VOIDED
    assert await held(world, shift) == roubles(0)
    assert not await world.broken()
    await taken(world, order, 2500)
    assert await world.word(order.id) is Word.PAID
    x = await told(world, shift)
    assert x.reversed_in[tender].amount == roubles(2500)
    assert x.drawer == roubles(2500)
    assert not await world.broken()


async def test_after_a_reversal_the_order_can_be_paid_by_card(world: World) -> None:
    """The visit stands, and what is due is due online as well."""
    order = await world.order()
    shift = await world.open_till()
    first = await taken(world, order, 2500)
    await undone(world, shift, first.receipt_no)
    started = await world.start(order)
    await world.pay_at_bank(started.payment_id)
    await settle(world.service, started.payment_id)
    assert await world.word(order.id) is Word.PAID
    assert not await world.broken()


async def test_a_reversed_taking_is_no_news_of_a_payment(world: World) -> None:
    """A letter that was not sent yet is not sent."""
    order = await world.order()
    shift = await world.open_till()
    first = await taken(world, order, 2500)
    await undone(world, shift, first.receipt_no)
    await world.letters()
    (paid,) = [one_ for one_ in await world.tx(lambda tx: of_order(tx, order.id)) if one_.template == "paid"]
    assert paid.state == "skipped"


async def test_a_reversal_after_the_visit_was_called_off_leaves_nothing_to_decide(world: World) -> None:
    """The money that would go back was never there."""
    order = await world.order()
    shift = await world.open_till()
    first = await taken(world, order, 2500)
    await world.tx(lambda tx: cancel.cancel(tx, world.service, order.id, principal="olga"))
    await undone(world, shift, first.receipt_no, reason=Reason.NOT_RECEIVED)
    assert await world.word(order.id) is Word.CANCELLED
    await world.advance(hours=25)
    await world.sweep()
    assert not await world.broken()


async def test_money_that_is_promised_back_is_not_reversed(world: World) -> None:
    """A refund was asked for: it has to be taken back first."""
    order = await world.order()
    shift = await world.open_till()
    first = await taken(world, order, 2500)
    ask = issue.Ask(roubles(100), "a reason")
    asked = await world.tx(lambda tx: issue.request(tx, world.service, order.id, ask, principal="anna"))
    with pytest.raises(Conflict, match="money_promised"):
        await undone(world, shift, first.receipt_no)
    await world.tx(lambda tx: approve.decide(tx, asked.id, "cancel", principal="anna"))
    await undone(world, shift, first.receipt_no)
    assert not await world.broken()


async def test_a_movement_that_was_a_mistake_is_reversed(world: World) -> None:
    """Each way; once only; and never what a count or a reversal wrote."""
    shift = await world.open_till(1000)
    out = await moved(world, shift, 300, Reason.BANK, into=False)
    into = await moved(world, shift, 50, Reason.ADVANCE, into=True)
    for receipt_no in (out, into):
        await undone(world, shift, receipt_no, reason=Reason.WRONG_SUM)
    assert await held(world, shift) == roubles(1000)
    assert await accounts(world) == {"till": 1000, "cash_safe": -1000}
    with pytest.raises(Conflict, match="reversed_already"):
        await undone(world, shift, out)
    for receipt_no in (1, 5):
        with pytest.raises(Conflict, match="not_reversible"):
            await undone(world, shift, receipt_no)
    assert not await world.broken()


async def test_two_reverse_one_entry_once(world: World) -> None:
    """Eight presses: one storno."""
    order = await world.order()
    shift = await world.open_till()
    first = await taken(world, order, 2500)
    results = await asyncio.gather(*(undone(world, shift, first.receipt_no) for _ in range(8)), return_exceptions=True)
    lost = [one_ for one_ in results if isinstance(one_, BaseException)]
    assert len(lost) == 7
    assert all(isinstance(one_, Refusal) and one_.code == "reversed_already" for one_ in lost)
    assert await held(world, shift) == roubles(0)
    assert not await world.broken()
