"""A payment in review: the bank's sums contradict ours. Two people accept what it took, or it stays as it is."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy.exc import IntegrityError

from checkout.books import match, registry_lists
from checkout.books.registry import Kind
from checkout.books.registry_lists import Shown, Wanted
from checkout.ground.db import Tx, rows, run, sql
from checkout.ground.errors import Conflict
from checkout.ground.ids import PaymentId
from checkout.payment.order import Order, Word
from checkout.payment.payment import State
from checkout.payment.settle import settle
from gateways import sandbox
from gateways.sandbox import reverting
from gateways.sandbox.orders import Order as BankOrder
from refunds import review, store
from tests.desk.clerk import Clerk, at_work
from tests.desk.refunds import clerk_name
from tests.flows.registry import Said, brought_in
from tests.pages.visitor import Seen, told
from tests.world import World, roubles

WHY: Final = "Обращение в банк SD-17"
_POSTED = sql("""
SELECT t.kind, e.account, e.amount FROM ledger_tx t JOIN ledger_entry e ON e.tx_id = t.id
 WHERE t.order_id = :id ORDER BY t.id, e.account""")


def at_bank(world: World, payment_id: PaymentId) -> BankOrder:
    return world.bank.find(world.merchant, number=str(payment_id))


def says(found: BankOrder, amount: int, currency: str = "643") -> None:
    """The bank's order is about so many roubles, or units of another currency."""
    found.request = replace(found.request, amount=amount * 100, currency=currency)


async def contested(world: World, took: int, *, back: int = 0) -> tuple[Order, PaymentId]:
    """2 500 ₽ were ordered; the bank took other roubles, and gave some of them back."""
    order = await world.order()
    started = await world.start(order)
    await world.pay_at_bank(started.payment_id)
    found = at_bank(world, started.payment_id)
    says(found, took)
    found.approved = found.deposited = took * 100
    if back:
        reverting.refund(world.bank, found, back * 100, external_id=None)
    assert await settle(world.service, started.payment_id) is State.REVIEW
    return order, started.payment_id


def place(payment_id: PaymentId) -> str:
    return f"/desk/payments/{payment_id}/review"


async def asked(clerk: Clerk, payment_id: PaymentId, reason: str = WHY) -> Seen:
    return await clerk.press(await clerk.get(place(payment_id)), place(payment_id), reason=reason)


async def approved(clerk: Clerk, payment_id: PaymentId) -> Seen:
    return await clerk.press(await clerk.get(place(payment_id)), f"{place(payment_id)}/approve")


async def agreed(world: World, payment_id: PaymentId) -> tuple[Seen, Seen]:
    """One person asks, another approves."""
    vera = await at_work(world, "accountant", email="vera@clinic.example", name="Вера Фомина")
    boris = await at_work(world, "controller", email="boris@clinic.example", name="Борис Громов")
    return await asked(vera, payment_id), await approved(boris, payment_id)


async def test_what_the_bank_took_is_accepted_by_two_people(world: World) -> None:
    """Less than was ordered: booked as it is, the visit stands, the rest is owed, the payer is told; nothing is broken."""
    order, payment_id = await contested(world, 2400)
    assert await world.word(order.id) is Word.REVIEW
    wish, done = await agreed(world, payment_id)
    assert (wish.location, done.location) == (place(payment_id), place(payment_id))
    facts = await world.facts(order.id)
    assert (facts.paid, facts.due) == (roubles(2400), roubles(100))
    assert await world.word(order.id) is Word.DEPOSIT_PAID
    posted = [tuple(row) for row in await world.tx(lambda tx: rows(tx, _POSTED, id=order.id.uuid))]
    assert posted == [
        ("capture", "bank_clearing:zdorovie", 240_000),
        ("capture", f"customer:{order.id}", -240_000),
    ]
    assert any("2 400 ₽" in told(letter.text) for letter in await world.letters())
    shown = await (await at_work(world, "accountant", email="third@clinic.example")).get(f"/desk/orders/{order.code}")
    assert ("Суммы банка приняты" in shown.text, "Борис Громов" in shown.text) == (True, True)
    await world.advance(minutes=11)
    await settle(world.service, payment_id)
    assert await world.broken() == []


async def test_what_is_too_much_goes_back_by_the_usual_rule(world: World) -> None:
    """The bank took more than the visit costs: the surplus is returned as any other is."""
    order, payment_id = await contested(world, 2600)
    await agreed(world, payment_id)
    await world.sweep()
    await world.sweep()
    facts = await world.facts(order.id)
    assert (facts.paid, facts.refunded) == (roubles(2600), roubles(100))
    assert at_bank(world, payment_id).deposited == 250_000
    assert await world.broken() == []


@pytest.mark.parametrize(("back", "word"), [(1000, Word.PART_REFUNDED), (2400, Word.REFUNDED)])
async def test_what_the_bank_gave_back_is_entered_as_well(world: World, back: int, word: Word) -> None:
    """Our books tell the same story: taken, and given back in the bank's cabinet; nothing is sent."""
    order, payment_id = await contested(world, 2400, back=back)
    await agreed(world, payment_id)
    [refund] = await world.tx(lambda tx: store.of_order(tx, order.id))
    assert (refund.basis, refund.amount) == ("external", roubles(back))
    assert await world.word(order.id) is word
    await world.sweep()
    assert len([one for one in world.bank.journal.effects if one.kind is sandbox.Kind.REFUNDED]) == 1
    assert await world.broken() == []


async def test_a_payment_of_which_the_bank_holds_nothing_is_closed(world: World) -> None:
    """Declined under another sum: no posting, the payment is voided, and the order may be paid anew."""
    order = await world.order()
    started = await world.start(order)
    found = at_bank(world, started.payment_id)
    says(found, 2400)
    reverting.decline(world.bank, found)
    assert await settle(world.service, started.payment_id) is State.REVIEW
    await agreed(world, started.payment_id)
    assert (await world.payment(started.payment_id)).state is State.VOIDED
    assert await world.tx(lambda tx: rows(tx, _POSTED, id=order.id.uuid)) == []
    assert await world.broken() == []
    again, _ = await world.api("POST", f"/v1/orders/{order.id}/payments", "site", {})
    assert again == 201


async def test_another_currency_is_never_booked(world: World) -> None:
    """While the bank holds it nothing can be asked for; once it gave it back the payment is closed without a posting."""
    order, payment_id = await contested(world, 2400)
    found = at_bank(world, payment_id)
    says(found, 2400, "840")
    vera = await at_work(world, "accountant")
    refused = await asked(vera, payment_id)
    assert (refused.status, "в другой валюте" in refused.text) == (409, True)
    assert refused.values["reason"] == WHY
    await world.advance(days=1)
    reverting.refund(world.bank, found, 0, external_id=None)
    await agreed(world, payment_id)
    assert (await world.payment(payment_id)).state is State.VOIDED
    assert await world.tx(lambda tx: rows(tx, _POSTED, id=order.id.uuid)) == []
    await settle(world.service, payment_id)
    await world.sweep()
    assert (await world.payment(payment_id)).state is State.VOIDED
    assert await world.word(order.id) is Word.EXPIRED
    assert await world.broken() == []


async def test_nobody_accepts_their_own_wish(world: World) -> None:
    """No button; a form made by hand is refused; and not even in SQL does one person do both, or nobody at all."""
    order, payment_id = await contested(world, 2400)
    vera = await at_work(world, "accountant", name="Вера Фомина")
    await asked(vera, payment_id)
    page = await vera.get(place(payment_id))
    assert f"{place(payment_id)}/approve" not in page.actions
    assert "Это ваш запрос" in page.text
    refused = await approved(vera, payment_id)
    assert (refused.status, "другой человек" in refused.text) == (403, True)
    assert await world.word(order.id) is Word.REVIEW
    for statement in (
        "UPDATE payment_review SET state = 'approved', decided_by = asked_by, decided_at = app_now() WHERE payment_id = :id",
        "UPDATE payment SET state = 'captured', accepted = 240000, captured = 240000, captured_at = app_now() WHERE id = :id",
        "UPDATE payment SET state = 'captured', captured = 240000, captured_at = app_now() WHERE id = :id",
    ):
        with pytest.raises(IntegrityError):
            await world.tx(partial(run, statement=sql(statement), id=payment_id.uuid))


async def test_what_the_bank_changed_since_is_not_accepted(world: World) -> None:
    """It shows another sum when the second person comes: nothing is written, and it is asked for anew."""
    order, payment_id = await contested(world, 2400)
    vera = await at_work(world, "accountant", email="vera@clinic.example")
    boris = await at_work(world, "controller", email="boris@clinic.example")
    await asked(vera, payment_id)
    at_bank(world, payment_id).deposited = 230_000
    refused = await approved(boris, payment_id)
    assert (refused.status, "2 300 ₽" in refused.text) == (409, True)
    assert await world.word(order.id) is Word.REVIEW
    left = await vera.press(await vera.get(place(payment_id)), f"{place(payment_id)}/leave")
    assert left.status == 303
    await asked(vera, payment_id)
    await approved(boris, payment_id)
    assert (await world.facts(order.id)).paid == roubles(2300)
    assert await world.broken() == []


async def test_a_silent_bank_and_one_that_is_not_done_change_nothing(world: World) -> None:
    """Neither can be asked for: what the bank does not show now is not what it holds."""
    order, payment_id = await contested(world, 2400)
    vera = await at_work(world, "accountant")
    world.bank.faults.add(sandbox.Rule(sandbox.Fault.HTTP_502, times=None))
    silent = await asked(vera, payment_id)
    assert (silent.status, "Банк не ответил" in silent.text) == (503, True)
    world.bank.faults.clear()
    at_bank(world, payment_id).status = sandbox.Status.APPROVED
    held = await asked(vera, payment_id)
    assert (held.status, "ещё не закончил" in held.text) == (409, True)
    bare = await asked(vera, payment_id, reason=" ")
    assert (bare.status, "#reason" in bare.links) == (422, True)
    assert await world.word(order.id) is Word.REVIEW


async def test_it_is_work_for_one_and_then_for_another(world: World) -> None:
    """First the accountant's, once asked for the controller's, at last nobody's; asked twice it is one wish."""
    order, payment_id = await contested(world, 2400)
    vera = await at_work(world, "accountant", email="vera@clinic.example")
    boris = await at_work(world, "controller", email="boris@clinic.example")
    work = await vera.get("/desk/worklist")
    assert ("Оплата не сходится с банком" in work.text, place(payment_id) in work.links) == (True, True)
    assert place(payment_id) in (await vera.get(f"/desk/orders/{order.code}")).links
    await asked(vera, payment_id)
    twice = await vera.press(await vera.get(place(payment_id)), place(payment_id), reason="ещё раз")
    assert (twice.status, "уже просят" in twice.text) == (409, True)
    work = await boris.get("/desk/worklist?kind=review_asked")
    assert ("Контролёр" in work.text, place(payment_id) in work.links) == (True, True)
    await approved(boris, payment_id)
    assert "Дел нет" in (await vera.get("/desk/worklist")).text
    late = await boris.press(await boris.get(place(payment_id)), f"{place(payment_id)}/leave")
    assert (late.status, "Решать нечего" in late.text) == (409, True)
    there = await at_work(world, ("accountant", "krasny"), email="there@clinic.example")
    assert (await there.get(place(payment_id))).status == 404


async def test_the_bank_that_puts_its_sums_right_is_believed_over_a_wish(world: World) -> None:
    """Whoever comes to approve finds that it is over; the right sum was booked once."""
    order, payment_id = await contested(world, 2400)
    vera = await at_work(world, "accountant", email="vera@clinic.example")
    boris = await at_work(world, "controller", email="boris@clinic.example")
    await asked(vera, payment_id)
    found = at_bank(world, payment_id)
    says(found, 2500)
    found.approved = found.deposited = 250_000
    await settle(world.service, payment_id)
    refused = await approved(boris, payment_id)
    assert (refused.status, "больше не на разборе" in refused.text) == (409, True)
    assert await world.word(order.id) is Word.PAID
    assert clerk_name(vera) != clerk_name(boris)
    assert await world.broken() == []


async def test_a_look_that_began_before_writes_nothing_after(world: World) -> None:
    """The worker was at the bank while two people decided: its result is fenced off."""
    order, payment_id = await contested(world, 2400)
    shown = await review.look(world.service, payment_id)
    await world.tx(lambda tx: review.ask(tx, world.service, shown, WHY, principal="anna"))
    await world.tx(lambda tx: review.approve(tx, world.service, shown, principal="boris"))
    with pytest.raises(Conflict):
        await world.tx(lambda tx: review.approve(tx, world.service, shown, principal="boris"))
    assert (await world.payment(payment_id)).token > shown.payment.token
    assert (await world.facts(order.id)).paid == roubles(2400)
    assert await world.broken() == []


async def test_sixteen_approvals_at_once_are_one(world: World) -> None:
    """Whoever comes second is told so; the money is posted once."""
    order, payment_id = await contested(world, 2400)
    await asked(await at_work(world, "accountant", email="vera@clinic.example"), payment_id)
    clerks = [await at_work(world, "controller", email=f"c{number}@clinic.example") for number in range(4)]
    forms = [(clerk, await clerk.get(place(payment_id))) for clerk in clerks for _ in range(4)]
    answers = await asyncio.gather(*(clerk.press(form, f"{place(payment_id)}/approve") for clerk, form in forms))
    assert sorted({answer.status for answer in answers}) == [303, 409]
    assert len([answer for answer in answers if answer.status == 303]) == 1
    assert len(await world.tx(lambda tx: rows(tx, _POSTED, id=order.id.uuid))) == 2
    assert await world.broken() == []


async def test_the_banks_registry_agrees_with_what_was_accepted(world: World, tmp_path: Path) -> None:
    """Its line came while the payment was in review, and named a payment we did not have; now it is settled by itself."""
    _, payment_id = await contested(world, 2400)
    await brought_in(world, tmp_path / "r.csv", Said("b1", payment_id, amount="2400,00", fee="48,00"))
    assert [one.kind for one in await world.tx(_undecided)] == [Kind.MISSING_WITH_US]
    await agreed(world, payment_id)
    await match.judge_again(world.service)
    assert await world.tx(_undecided) == []
    assert await world.broken() == []


async def _undecided(tx: Tx) -> list[Shown]:
    return await registry_lists.breaks(tx, Wanted(), limit=10)


async def test_a_part_that_the_bank_reversed_breaks_no_rule(world: World) -> None:
    """It once showed a part of the sum and then took all of it back by itself: voided, and nothing is broken."""
    order = await world.order()
    started = await world.start(order)
    await world.pay_at_bank(started.payment_id)
    found = at_bank(world, started.payment_id)
    found.deposited = 200_000
    assert await settle(world.service, started.payment_id) is State.REVIEW
    reverting.reverse(world.bank, found)
    await world.advance(minutes=11)
    assert await settle(world.service, started.payment_id) is State.VOIDED
    assert (await world.facts(order.id)).paid == roubles(0)
    assert await world.broken() == []
