"""The till: shifts that are opened by counting, their day, tenders, slips."""

from __future__ import annotations

import asyncio

import pytest

from checkout.ground.db import one, sql
from checkout.ground.errors import Conflict, Invalid
from checkout.payment.order import Plan, Word
from checkout.till import begin, move, store
from checkout.till.begin import Cash
from checkout.till.print_slip import print_slip
from checkout.till.take import take
from checkout.till.till import Age, Kind, Reason, Tender
from gateways.money import Money
from refunds import approve, issue
from refunds.refund import State as Refund
from tests.flows.drawer import accounts, closed, held, moved, taken, told
from tests.world import World, roubles

# --- opening


async def test_nothing_is_taken_or_paid_without_an_open_shift(world: World) -> None:
    """A closed desk takes no money and pays no refund, and says what to do."""
    order = await world.order()
    with pytest.raises(Conflict, match="shift_closed"):
        await taken(world, order, 2500)
    assert (await world.facts(order.id)).paid == roubles(0)
    assert not await world.broken()


async def test_the_next_shift_opens_with_what_the_last_one_left(world: World) -> None:
    """Blind: the count is told what was expected, and a difference is explained and booked."""
    first = await world.open_till(5000)
    await closed(world, first, roubles(5000))
    blind = await world.tx(lambda tx: begin.count(tx, first.clinic_id, Cash(amount=roubles(4900)), principal="ivan"))
    assert (blind.expected, blind.difference) == (roubles(5000), roubles(-100))
    with pytest.raises(Invalid, match="explanation_needed"):
        await world.tx(lambda tx: begin.open_shift(tx, first.clinic_id, blind.id, principal="ivan"))
    second = await world.tx(
        lambda tx: begin.open_shift(tx, first.clinic_id, blind.id, explanation="a note is missing", principal="ivan")
    )
    assert (second.float_amount, second.float_explanation) == (roubles(4900), "a note is missing")
    assert await held(world, second) == roubles(4900)
    assert (await told(world, second)).over == roubles(-100)
    assert await accounts(world) == {"till": 4900, "cash_safe": -5000, "cash_difference": 100}
    assert not await world.broken()


async def test_a_count_that_somebody_overtook_opens_nothing(world: World) -> None:
    """Only the newest count opens; one of before the last close does not."""
    shift = await world.open_till()
    await closed(world, shift, roubles(0))
    mine = await world.tx(lambda tx: begin.count(tx, shift.clinic_id, Cash(amount=roubles(0)), principal="olga"))
    await world.tx(lambda tx: begin.count(tx, shift.clinic_id, Cash(amount=roubles(0)), principal="ivan"))
    with pytest.raises(Conflict, match="count_outdated"):
        await world.tx(lambda tx: begin.open_shift(tx, shift.clinic_id, mine.id, principal="olga"))


async def test_a_clinic_has_one_open_shift(world: World) -> None:
    """Eight people open it at once: one does, the others are told who."""
    place = (await world.open_till()).clinic_id
    found = await world.tx(lambda tx: store.open_of(tx, place))
    assert found is not None
    await closed(world, found, roubles(0))
    count = await world.tx(lambda tx: begin.count(tx, place, Cash(amount=roubles(0)), principal="olga"))
    results = await asyncio.gather(
        *(
            world.tx(lambda tx, who=f"clerk {n}": begin.open_shift(tx, place, count.id, principal=who))  # type: ignore[misc]
            for n in range(8)
        ),
        return_exceptions=True,
    )
    lost = [one for one in results if isinstance(one, BaseException)]
    assert len(lost) == 7
    winner = await world.tx(lambda tx: store.open_of(tx, place))
    assert winner is not None
    for reason in lost:
        assert isinstance(reason, Conflict)
        assert (reason.code, reason.facts["by"]) == ("shift_open", winner.opened_by)


@pytest.mark.parametrize(
    ("cash", "code"),
    [
        (Cash({123: 1}), "denomination_unknown"),
        (Cash({500_000: -1}), "pieces_unreadable"),
        (Cash(), "count_needed"),
        (Cash(amount=Money(-1)), "count_needed"),
    ],
)
async def test_a_count_that_makes_no_sense_is_refused(world: World, cash: Cash, code: str) -> None:
    """Notes that do not exist, fewer than none, nothing at all."""
    shift = await world.open_till()
    await closed(world, shift, roubles(0))
    with pytest.raises(Invalid, match=code):
        await world.tx(lambda tx: begin.count(tx, shift.clinic_id, cash, principal="olga"))


# --- its day


async def test_a_shift_warns_before_its_day_is_over_and_takes_nothing_after(world: World) -> None:
    """Late from twenty hours on; at twenty-four nothing is taken until it is closed, which is still possible."""
    order = await world.order(plan=Plan.AT_CLINIC, starts_at=(await world.free(days=3))[0])
    shift = await world.open_till()
    assert shift.age(await world.now()) is Age.FRESH
    await world.advance(hours=20)
    assert shift.age(await world.now()) is Age.LATE
    await taken(world, order, 500)
    await world.advance(hours=4)
    assert shift.age(await world.now()) is Age.OVER
    with pytest.raises(Conflict, match="shift_too_old"):
        await taken(world, order, 500)
    with pytest.raises(Conflict, match="shift_too_old"):
        await moved(world, shift, 100, Reason.CHANGE, into=True)
    await closed(world, shift, roubles(500))
    await world.open_till(500)
    await taken(world, order, 2000)
    assert await world.word(order.id) is Word.PAID
    assert not await world.broken()


async def test_every_movement_is_in_the_report_and_in_the_ledger(world: World) -> None:
    """Float, three tenders, in and out by reason, a refund: the X report says them, the accounts agree."""
    order = await world.order(plan=Plan.AT_CLINIC)
    shift = await world.open_till(1000)
    await taken(world, order, 1500)
    await taken(world, order, 600, tender=Tender.TERMINAL)
    await taken(world, order, 400, tender=Tender.TRANSFER)
    await moved(world, shift, 300, Reason.CHANGE, into=True)
    await moved(world, shift, 120, Reason.EXPENSE, into=False)
    x = await told(world, shift)
    assert {tender: found.amount for tender, found in x.takings.items()} == {
        Tender.CASH: roubles(1500),
        Tender.TERMINAL: roubles(600),
        Tender.TRANSFER: roubles(400),
    }
    assert (x.paid_in[Reason.CHANGE].amount, x.paid_out[Reason.EXPENSE].amount) == (roubles(300), roubles(120))
    assert (x.drawer, x.number, x.first, x.last) == (roubles(2680), 6, 1, 6)
    assert await accounts(world) == {
        "till": 2680,
        "cash_safe": -1300,
        "cash_expense": 120,
        "terminal_clearing": 600,
        "bank_account": 400,
        "customer": -2500,
    }
    assert not await world.broken()


async def test_money_that_moves_for_no_visit_needs_a_reason_that_fits(world: World) -> None:
    """Nothing is taken to the bank by paying in; `other` says what for; a drawer pays no more than it has."""
    shift = await world.open_till(100)
    with pytest.raises(Invalid, match="reason_unfit"):
        await moved(world, shift, 10, Reason.BANK, into=True)
    with pytest.raises(Invalid, match="reason_unfit"):
        await moved(world, shift, 10, Reason.TWICE, into=False)
    with pytest.raises(Invalid, match="note_needed"):
        await world.tx(lambda tx: move.pay_out(tx, shift.id, roubles(10), Reason.OTHER, principal="olga"))
    with pytest.raises(Conflict, match="drawer_short") as short:
        await moved(world, shift, 101, Reason.BANK, into=False)
    assert short.value.facts["left"] == roubles(100)
    assert await held(world, shift) == roubles(100)


# --- other tenders


async def test_a_card_at_the_terminal_needs_the_number_of_its_slip(world: World) -> None:
    """Without it nobody could find the money; with it two payers may even name the same."""
    order, other = await world.order(), await world.order()
    await world.open_till()
    with pytest.raises(Invalid, match="reference_needed"):
        await world.tx(
            lambda tx: take(tx, world.service, order.id, roubles(2500), principal="olga", tender=Tender.TERMINAL)
        )
    for one_ in (order, other):
        await taken(world, one_, 2500, tender=Tender.TERMINAL)
        assert await world.word(one_.id) is Word.PAID
    assert not await world.broken()


@pytest.mark.parametrize("tender", [Tender.TERMINAL, Tender.TRANSFER])
async def test_what_was_paid_by_hand_goes_back_by_hand(world: World, tender: Tender) -> None:
    """The refund waits for a person, who says by which slip or payment order it went; no worker takes it to the bank."""
    order = await world.order()
    shift = await world.open_till(50)
    await taken(world, order, 2500, tender=tender)
    ask = issue.Ask(roubles(1000), "a reason")
    asked = await world.tx(lambda tx: issue.request(tx, world.service, order.id, ask, principal="anna"))
    await world.tx(lambda tx: approve.decide(tx, asked.id, "approve", principal="boris"))
    await world.sweep()
    with pytest.raises(Invalid, match="reference_needed"):
        await world.tx(lambda tx: approve.pay_out(tx, asked.id, principal="olga"))
    done = await world.tx(lambda tx: approve.pay_out(tx, asked.id, principal="olga", reference="00017"))
    assert (done.state, done.reference) == (Refund.DONE, "00017")
    assert await world.word(order.id) is Word.PART_REFUNDED
    assert await held(world, shift) == roubles(50)
    assert (await told(world, shift)).refunds[tender].amount == roubles(1000)
    assert not await world.broken()


async def test_a_drawer_pays_no_refund_that_it_does_not_have(world: World) -> None:
    """The money was handed over: the refund waits until there is cash again."""
    order = await world.order()
    shift = await world.open_till()
    await taken(world, order, 2500)
    await moved(world, shift, 2000, Reason.BANK, into=False)
    ask = issue.Ask(roubles(1000), "a reason")
    asked = await world.tx(lambda tx: issue.request(tx, world.service, order.id, ask, principal="anna"))
    await world.tx(lambda tx: approve.decide(tx, asked.id, "approve", principal="boris"))
    with pytest.raises(Conflict, match="drawer_short"):
        await world.tx(lambda tx: approve.pay_out(tx, asked.id, principal="olga"))
    await moved(world, shift, 500, Reason.CHANGE, into=True)
    paid = await world.tx(lambda tx: approve.pay_out(tx, asked.id, principal="olga"))
    assert paid.state is Refund.DONE
    assert not await world.broken()


# --- slips


async def test_a_slip_says_what_was_paid_and_a_second_print_is_a_copy(world: World) -> None:
    """What was put down and given back, what is left; the copy is counted, and leaves a trace."""
    order = await world.order()
    shift = await world.open_till()
    first = await world.tx(
        lambda tx: take(tx, world.service, order.id, roubles(2000), principal="olga", received=roubles(5000))
    )
    assert first.change == roubles(3000)

    async def printed() -> tuple[int, bool]:
        found = await world.tx(lambda tx: print_slip(tx, world.service, shift.id, first.receipt_no, principal="olga"))
        assert (found.kind, found.amount, found.change, found.place.zone) == (
            Kind.TAKING,
            roubles(2000),
            roubles(3000),
            order.zone,
        )
        assert found.about is not None
        assert (found.about.code, found.about.left) == (order.code, roubles(500))
        return found.copy, found.is_copy

    assert [await printed(), await printed(), await printed()] == [(0, False), (1, True), (2, True)]
    trace = await world.tx(lambda tx: one(tx, sql("SELECT count(*) AS n FROM audit WHERE action = 'cash.copied'")))
    assert trace is not None
    assert trace.n == 2


async def test_less_than_the_sum_is_no_payment(world: World) -> None:
    """Nothing is recorded."""
    order = await world.order()
    await world.open_till()
    with pytest.raises(Invalid, match="received_too_little"):
        await world.tx(
            lambda tx: take(tx, world.service, order.id, roubles(2500), principal="olga", received=roubles(2000))
        )
    assert (await world.facts(order.id)).paid == roubles(0)
