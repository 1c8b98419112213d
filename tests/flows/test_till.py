"""The till: shifts that are counted, movements by reason, reversals, tenders, hand-overs, slips."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy.exc import DBAPIError

from checkout.ground.db import Tx, one, rows, run, sql
from checkout.ground.errors import Conflict, Forbidden, Invalid, Refusal
from checkout.notices.store import of_order
from checkout.payment import cancel
from checkout.payment.order import Plan, Word
from checkout.payment.payment import State
from checkout.payment.settle import settle
from checkout.till import begin, close, move, store, storno
from checkout.till.begin import Cash
from checkout.till.print_slip import print_slip
from checkout.till.take import take
from checkout.till.till import Age, Kind, Reason, Shift, Tender
from gateways.money import Money
from refunds import approve, issue
from refunds.refund import State as Refund
from tests.flows.drawer import closed, counted, held, moved, taken, told
from tests.world import World, roubles

_ACCOUNTS = sql("""
SELECT split_part(account, ':', 1) AS name, sum(amount)::bigint AS amount FROM ledger_entry
 GROUP BY 1 HAVING sum(amount) <> 0""")


async def accounts(world: World) -> dict[str, int]:
    """What each kind of account holds, in roubles."""
    return {row.name: row.amount // 100 for row in await world.tx(lambda tx: rows(tx, _ACCOUNTS))}


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


# --- mistakes


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


# --- closing


async def test_a_shift_that_agrees_is_closed_with_its_z_number(world: World) -> None:
    """What was in the drawer stays in it for the next shift; the Z report is what the shift was."""
    order = await world.order()
    shift = await world.open_till(1000)
    await taken(world, order, 2500)
    closing = await closed(world, shift, roubles(3500))
    assert not closing.waits
    assert (closing.shift.z_no, closing.shift.z_total, closing.shift.counted) == (1, roubles(3500), roubles(3500))
    z = await told(world, shift)
    assert (z.drawer, z.difference, z.number) == (roubles(3500), roubles(0), 2)
    assert await held(world, shift) == roubles(0)
    assert not await world.broken()
    again = await world.open_till(3500)
    assert (await closed(world, again, roubles(3500))).shift.z_no == 2


async def test_a_difference_is_explained_and_booked(world: World) -> None:
    """150 ₽ short: not without a reason, and then the books say what there is."""
    shift = await world.open_till(1000)
    count = await counted(world, shift, roubles(850))
    with pytest.raises(Invalid, match="explanation_needed") as refusal:
        await world.tx(lambda tx: close.close(tx, world.service, shift.id, count.id, principal="olga"))
    assert refusal.value.facts["difference"] == roubles(-150)
    closing = await world.tx(
        lambda tx: close.close(
            tx, world.service, shift.id, count.id, explanation="wrong change given", principal="olga"
        )
    )
    assert (closing.shift.explanation, closing.shift.closed_by) == ("wrong change given", "olga")
    assert (await told(world, shift)).difference == roubles(-150)
    assert await accounts(world) == {"cash_safe": -1000, "cash_difference": 150, "cash_float": 850}
    assert not await world.broken()


async def test_a_large_difference_needs_another_person(world: World) -> None:
    """Above the limit the explanation waits; whoever counted cannot confirm it, somebody else can."""
    shift = await world.open_till(1000)
    closing = await closed(world, shift, roubles(499), explanation="we do not know")
    assert closing.waits
    count = closing.count
    with pytest.raises(Forbidden, match="own_count"):
        await world.tx(lambda tx: close.confirm(tx, world.service, shift.id, count.id, principal="olga"))
    done = await world.tx(lambda tx: close.confirm(tx, world.service, shift.id, count.id, principal="ivan"))
    assert (done.shift.counted_by, done.shift.closed_by) == ("olga", "ivan")
    assert done.shift.explanation == "we do not know"
    assert not await world.broken()


async def test_a_difference_at_the_limit_needs_nobody_else(world: World) -> None:
    """500 ₽ is not above 500 ₽."""
    shift = await world.open_till(1000)
    assert not (await closed(world, shift, roubles(500), explanation="a note was torn")).waits


async def test_money_taken_after_the_count_asks_for_another(world: World) -> None:
    """The drawer is not what it was when it was counted."""
    order = await world.order()
    shift = await world.open_till()
    count = await counted(world, shift, roubles(0))
    await taken(world, order, 2500)
    with pytest.raises(Conflict, match="count_outdated"):
        await world.tx(lambda tx: close.close(tx, world.service, shift.id, count.id, principal="olga"))


async def test_every_blind_count_is_kept(world: World) -> None:
    """Nobody counts until it fits without leaving a trace."""
    shift = await world.open_till(100)
    for amount in (90, 110, 100):
        await counted(world, shift, roubles(amount))
    found = await world.tx(
        lambda tx: rows(tx, sql("SELECT counted FROM cash_count WHERE shift_id IS NOT NULL ORDER BY id"))
    )
    assert [row.counted for row in found] == [9_000, 11_000, 10_000]
    with pytest.raises(DBAPIError, match="permission denied"):
        await world.tx(lambda tx: run(tx, sql("UPDATE cash_count SET counted = 10000")))


async def test_two_people_close_one_shift_and_one_is_told_who_did(world: World) -> None:
    """Eight closes at once: one Z, and everybody else hears the name."""
    shift = await world.open_till(100)
    count = await counted(world, shift, roubles(100))
    results = await asyncio.gather(
        *(
            world.tx(
                lambda tx, who=f"clerk {n}": close.close(tx, world.service, shift.id, count.id, principal=who)  # type: ignore[misc]
            )
            for n in range(8)
        ),
        return_exceptions=True,
    )
    sealed = await world.tx(lambda tx: store.read(tx, shift.id))
    lost = [one_ for one_ in results if isinstance(one_, BaseException)]
    assert len(lost) == 7
    for reason in lost:
        assert isinstance(reason, Conflict)
        assert (reason.code, reason.facts["by"]) == ("shift_closed_already", sealed.closed_by)
    assert not await world.broken()


async def test_clerks_and_the_close_of_their_shift_never_meet_half_way(world: World) -> None:
    """Takings and a close at once: whoever came too late is refused, and the Z is what was taken."""
    ordered = [await world.order(plan=Plan.AT_CLINIC, starts_at=start) for start in (await world.free())[:6]]
    shift = await world.open_till()
    count = await counted(world, shift, roubles(0))
    closes = world.tx(lambda tx: close.close(tx, world.service, shift.id, count.id, principal="ivan"))
    takes = [taken(world, order, 2500) for order in ordered]
    results = await asyncio.gather(*takes[:3], closes, *takes[3:], return_exceptions=True)
    refusals = {one_.code for one_ in results if isinstance(one_, Refusal)}
    assert refusals <= {"shift_closed", "count_outdated"}
    assert all(isinstance(one_, Refusal) or not isinstance(one_, BaseException) for one_ in results)
    assert not await world.broken()


async def test_a_taking_that_is_cut_down_leaves_nothing_behind(world: World) -> None:
    """No entry, no posting, no payment; and its receipt number is the next one's."""
    order = await world.order()
    shift = await world.open_till()

    async def cut_down(tx: Tx) -> None:
        await take(tx, world.service, order.id, roubles(2500), principal="olga")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await world.tx(cut_down)
    assert (await world.facts(order.id)).payments == frozenset()
    assert await held(world, shift) == roubles(0)
    assert (await taken(world, order, 2500)).receipt_no == 1
    assert not await world.broken()


# --- what the database holds


@pytest.mark.parametrize(
    "act",
    [
        "UPDATE cash_shift SET closed_at = NULL WHERE id = :id",
        "UPDATE cash_shift SET explanation = 'another' WHERE id = :id",
        """INSERT INTO cash_entry (clinic_id, shift_id, receipt_no, kind, direction, amount, reason, principal)
           SELECT clinic_id, id, 99, 'paid_in', 'in', 100, 'change', 'olga' FROM cash_shift WHERE id = :id""",
    ],
)
async def test_a_closed_shift_is_sealed_by_the_database(world: World, act: str) -> None:
    """Not reopened, not explained anew, nothing entered: whoever asks, and however."""
    shift = await world.open_till()
    await closed(world, shift, roubles(0))
    with pytest.raises(DBAPIError, match="a closed shift is sealed"):
        await world.tx(lambda tx: run(tx, sql(act), id=shift.id.uuid))


CLOSED = {
    "closed_at": "app_now()",
    "z_total": "100000",
    "counted": "100000",
    "counted_by": "'olga'",
    "closed_by": "'olga'",
    "confirm_above": "50000",
    "z_no": "1",
    "receipt_to": "1",
}


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        ({"counted": "1", "explanation": "'some reason'"}, "cash_shift_second_person"),
        ({"counted": "99900"}, "cash_shift_difference_is_explained"),
        ({"closed_by": "NULL"}, "cash_shift_closes_whole"),
    ],
)
async def test_the_database_knows_the_rules_of_a_close(world: World, changed: dict[str, str], constraint: str) -> None:
    """A difference has its words, a large one another person, and a close is whole."""
    shift = await world.open_till(1000)
    values = ", ".join(f"{name} = {value}" for name, value in (CLOSED | changed).items())
    act = sql(f"UPDATE cash_shift SET {values} WHERE id = :id")  # noqa: S608 - words of this file
    with pytest.raises(DBAPIError, match=constraint):
        await world.tx(lambda tx: run(tx, act, id=shift.id.uuid))


# --- hand-over


async def test_takings_leave_the_drawer_once_somebody_else_accepts_them(world: World) -> None:
    """Until then they are in its books, promised; whoever gives them cannot accept them."""
    order = await world.order()
    shift = await world.open_till(1000)
    await taken(world, order, 2500)
    given = await world.tx(lambda tx: move.give(tx, shift.id, roubles(3000), principal="olga"))
    assert await held(world, shift) == roubles(3500)
    with pytest.raises(Conflict, match="drawer_short"):
        await moved(world, shift, 600, Reason.BANK, into=False)
    with pytest.raises(Forbidden, match="own_hand_over"):
        await world.tx(lambda tx: move.accept(tx, given.id, principal="olga"))
    done = await world.tx(lambda tx: move.accept(tx, given.id, principal="vera"))
    assert (done.state, done.settled_by) == ("accepted", "vera")
    assert await held(world, shift) == roubles(500)
    assert (await told(world, shift)).handed_over.amount == roubles(3000)
    with pytest.raises(Conflict, match="hand_over_settled"):
        await world.tx(lambda tx: move.withdraw(tx, given.id, principal="olga"))
    assert not await world.broken()


async def test_a_shift_does_not_close_while_takings_are_under_way(world: World) -> None:
    """Accepted or taken back: then it does."""
    shift = await world.open_till(1000)
    given = await world.tx(lambda tx: move.give(tx, shift.id, roubles(300), principal="olga"))
    with pytest.raises(Conflict, match="hand_over_pending"):
        await world.tx(lambda tx: move.give(tx, shift.id, roubles(100), principal="olga"))
    with pytest.raises(Conflict, match="hand_over_pending"):
        await closed(world, shift, roubles(1000))
    await world.tx(lambda tx: move.withdraw(tx, given.id, principal="olga"))
    assert await held(world, shift) == roubles(1000)
    await closed(world, shift, roubles(1000))
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
