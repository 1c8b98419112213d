"""Finance's desk: ask, look through, decide, one by one and many at once; whoever comes second sees who was first."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import quote

import pytest
from sqlalchemy.exc import IntegrityError

from checkout.ground.db import rows, run, sql
from checkout.ground.ids import OrderId, PaymentId
from checkout.payment import settle
from checkout.payment.order import Order, Plan
from gateways import sandbox
from gateways.sandbox import reverting
from refunds import issue, store
from refunds.refund import State
from tests.desk.clerk import Clerk, at_work
from tests.pages.visitor import Seen, same_site
from tests.world import World, roubles

_EVENTS = sql("SELECT kind, principal FROM event WHERE subject = 'refund' ORDER BY seq")


async def of_order(world: World, order_id: OrderId) -> list[store.Refund]:
    return await world.tx(lambda tx: store.of_order(tx, order_id))


async def asked(
    world: World, order: Order, amount: int = 1000, *, by: str = "staff:stf_01M8DA22FWFMQY4B2K33P6FTZ4"
) -> store.Refund:
    """A refund that somebody asked for."""
    ask = issue.Ask(roubles(amount), "Отказ от услуги")
    return await world.tx(lambda tx: issue.request(tx, world.service, order.id, ask, principal=by))


async def filled(clerk: Clerk, order: Order, **typed: str) -> Seen:
    """The form of a new refund, sent to be looked through."""
    form = await clerk.get(f"/desk/orders/{order.code}/refund")
    chosen = {"payment": form.values["payment"], "amount": form.values["amount"], "reason": "not_needed"}
    return await clerk.press(form, f"/desk/orders/{order.code}/refund/check", **{**chosen, **typed})


async def sent(clerk: Clerk, order: Order, **typed: str) -> Seen:
    """Looked through and asked for."""
    check = await filled(clerk, order, **typed)
    assert check.status == 200, check.text
    return await clerk.press_all(check, f"/desk/orders/{order.code}/refund")


async def decided(clerk: Clerk, refund: store.Refund, what: str, **typed: str) -> Seen:
    page = await clerk.get(f"/desk/refunds/{refund.id}")
    return await clerk.press(page, f"/desk/refunds/{refund.id}/{what}", **typed)


# --- a new one


async def test_a_refund_is_looked_through_before_it_is_asked_for(world: World) -> None:
    """What the payer will see stands there with its dates, and nothing has happened yet."""
    order, _ = await world.paid()
    clerk = await at_work(world, "accountant")
    check = await filled(clerk, order, amount="1 000,50", note="врач заболел")
    assert "Плательщик увидит" in check.text
    assert "Возврат 1 000,50 ₽" in check.text
    assert "Отказ от услуги: врач заболел" in check.text
    assert "не позднее" in check.text
    assert await of_order(world, order.id) == []
    done = await clerk.press_all(check, f"/desk/orders/{order.code}/refund")
    [refund] = await of_order(world, order.id)
    assert done.location == f"/desk/refunds/{refund.id}"
    assert (refund.amount.amount, refund.state, refund.reason) == (
        100_050,
        State.REQUESTED,
        "Отказ от услуги: врач заболел",
    )
    assert refund.requested_by == clerk_name(clerk)


def clerk_name(clerk: Clerk) -> str:
    return f"staff:{clerk.staff_id}"


async def test_a_form_sent_twice_is_one_refund(world: World) -> None:
    order, _ = await world.paid()
    clerk = await at_work(world, "accountant")
    check = await filled(clerk, order, amount="100")
    for _ in range(2):
        assert (await clerk.press_all(check, f"/desk/orders/{order.code}/refund")).status == 303
    assert len(await of_order(world, order.id)) == 1


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"amount": "2500,01"}, "amount", "Вернуть можно не больше 2 500 ₽"),
        ({"amount": "0"}, "amount", "больше нуля"),
        ({"amount": "много"}, "amount", "Введите сумму"),
        ({"amount": "100", "day": "2020-01-01"}, "day", "Дата уже прошла"),
        ({"amount": "100", "day": "завтра"}, "day", "например 03.12.2026"),
        ({"amount": "100", "reason": "other", "note": ""}, "note", "Напишите причину"),
    ],
)
async def test_what_cannot_be_meant_is_said_beside_its_field(
    world: World, typed: dict[str, str], field: str, words: str
) -> None:
    """The most that is left is named; what was typed stands there still."""
    order, _ = await world.paid()
    page = await filled(await at_work(world, "accountant"), order, **typed)
    assert page.status in (409, 422)
    assert page.title.startswith("Ошибка: ")
    assert f"#{field}" in page.links
    assert words in page.text
    assert page.values["amount"] == typed["amount"]
    assert await of_order(world, order.id) == []


async def test_the_same_sum_within_ten_minutes_is_asked_about(world: World) -> None:
    """Not refused: whoever means another one says so. Later nobody is asked."""
    order, _ = await world.paid()
    clerk = await at_work(world, "accountant")
    await sent(clerk, order, amount="100")
    page = await filled(clerk, order, amount="100")
    assert (page.status, "#again" in page.links) == (409, True)
    assert (await sent(clerk, order, amount="100", again="yes")).status == 303
    await world.advance(minutes=11)
    assert (await sent(clerk, order, amount="100")).status == 303
    assert len(await of_order(world, order.id)) == 3


async def test_nothing_is_left_to_give_back(world: World) -> None:
    """The door is closed, and the form says why."""
    order, _ = await world.paid()
    clerk = await at_work(world, "accountant")
    await sent(clerk, order)
    assert f"/desk/orders/{order.code}/refund" not in (await clerk.get(f"/desk/orders/{order.code}")).links
    assert "Вернуть нечего" in (await clerk.get(f"/desk/orders/{order.code}/refund")).text


async def test_money_goes_back_the_way_it_came(world: World) -> None:
    """Of two payments the one that is named, to its rest and no further."""
    order = await world.order(plan=Plan.DEPOSIT)
    started = await world.start(order)
    await world.pay_at_bank(started.payment_id)
    await world.sweep()
    await world.advance(seconds=40)
    await world.sweep()
    await world.open_till()
    due = (await world.facts(order.id)).due
    status, _ = await world.api(
        "POST", f"/v1/orders/{order.id}/cash-payments", "office", {"amount": {"amount": due.amount, "currency": "RUB"}}
    )
    assert status == 201, _
    clerk = await at_work(world, "accountant")
    form = await clerk.get(f"/desk/orders/{order.code}/refund")
    assert "Наличные" in form.text and "Карта" in form.text  # noqa: PT018 - both ways stand there
    cash = form.values["payment"]
    await sent(clerk, order, payment=cash, amount="1")
    [refund] = await of_order(world, order.id)
    assert refund.method == "cash"


async def test_after_its_window_a_refund_takes_an_override(world: World) -> None:
    """Asked for as an exception; only who may allow it approves, and says why; it is on record."""
    order, _ = await world.paid()
    clerk = await at_work(world, "accountant")
    await world.advance(days=40)
    await clerk.enters()
    page = await filled(clerk, order, amount="100")
    assert (page.status, "beyond" in page.fields) == (409, True)
    assert (await sent(clerk, order, amount="100", beyond="yes")).status == 303
    [refund] = await of_order(world, order.id)
    other = await at_work(world, "accountant", email="second@clinic.example")
    assert (await decided(other, refund, "approve", override="просто так")).status == 403
    boss = await at_work(world, "controller", name="Борис Громов")
    bare = await decided(boss, refund, "approve", override=" ")
    assert (bare.status, "#override" in bare.links) == (422, True)
    assert (await decided(boss, refund, "approve", override="по закону о защите прав")).status == 303
    [after] = await of_order(world, order.id)
    assert (after.override_by, after.override_reason) == (clerk_name(boss), "по закону о защите прав")
    assert "Борис Громов: по закону о защите прав" in (await clerk.get(f"/desk/refunds/{refund.id}")).text
    await world.sweep()
    assert not await world.broken()


async def test_not_even_in_sql_does_a_late_refund_go_without_an_override(world: World) -> None:
    """The database holds it: neither without one, nor by whoever asked."""
    order, _ = await world.paid()
    await world.advance(days=40)
    ask = issue.Ask(roubles(100), "поздно", beyond=True)
    refund = await world.tx(lambda tx: issue.request(tx, world.service, order.id, ask, principal="anna"))
    for extra in (
        "",
        ", override_by = 'anna', override_reason = 'сама'",
        ", override_by = 'boris', override_reason = ' '",
    ):
        with pytest.raises(IntegrityError):
            await world.tx(
                lambda tx, extra=extra: run(  # type: ignore[misc]
                    tx,
                    sql(f"UPDATE refund SET state = 'scheduled', decided_by = 'boris'{extra} WHERE id = :id"),  # noqa: S608 - ours
                    id=refund.id.uuid,
                )
            )


# --- decisions


async def test_the_second_person_approves_after_a_proof(world: World) -> None:
    """Not at once after signing in long ago: a code is asked for, and nothing typed is lost; then it goes."""
    order, _ = await world.paid()
    refund = await asked(world, order)
    clerk = await at_work(world, "accountant", name="Вера Фомина")
    await world.advance(minutes=6)
    page = await clerk.get(f"/desk/refunds/{refund.id}")
    carried = {name: page.values[name] for name in ("token", "form")}
    proof = await clerk.post(f"/desk/refunds/{refund.id}/approve", carried, **same_site(world))
    assert "proof-code" in proof.values
    [before] = await of_order(world, order.id)
    assert before.state is State.REQUESTED
    done = await clerk.press_all(proof, f"/desk/refunds/{refund.id}/approve", **{"proof-code": await clerk.code()})
    assert done.location == f"/desk/refunds/{refund.id}"
    await world.sweep()
    page = await clerk.get(f"/desk/refunds/{refund.id}")
    assert "Банк принял" in page.text
    assert "Вера Фомина" in page.text
    assert not await world.broken()


async def test_nobody_decides_on_their_own_request(world: World) -> None:
    """There is no button, and a form made by hand is refused."""
    order, _ = await world.paid()
    clerk = await at_work(world, "accountant")
    await sent(clerk, order, amount="100")
    [refund] = await of_order(world, order.id)
    page = await clerk.get(f"/desk/refunds/{refund.id}")
    assert not [one for one in page.actions if one.endswith(("/approve", "/reject"))]
    for what in ("approve", "reject"):
        refused = await decided(clerk, refund, what, reason="сам решил")
        assert (refused.status, "другой человек" in refused.text) == (403, True)
    assert "ваш запрос" in (await clerk.get("/desk/refunds")).text


async def test_a_rejection_has_a_reason_that_the_payer_reads(world: World) -> None:
    """Without one it is not done; with one it stands in the letter."""
    order, _ = await world.paid()
    refund = await asked(world, order)
    clerk = await at_work(world, "accountant")
    page = await decided(clerk, refund, "reject", reason="  ")
    assert (page.status, "#reason" in page.links) == (422, True)
    await decided(clerk, refund, "reject", reason="Услуга оказана полностью")
    [after] = await of_order(world, order.id)
    assert (after.state, after.decision_reason) == (State.REJECTED, "Услуга оказана полностью")
    letters = await world.letters()
    assert any("Причина: Услуга оказана полностью" in letter.text for letter in letters)
    assert not await world.broken()


async def test_two_people_at_one_refund_and_the_second_sees_who_was_first(world: World) -> None:
    """One decision stands; the other page says so and names whoever made it."""
    order, _ = await world.paid()
    refund = await asked(world, order)
    vera = await at_work(world, "accountant", email="vera@clinic.example", name="Вера Фомина")
    boris = await at_work(world, "controller", email="boris@clinic.example", name="Борис Громов")
    pages = [await clerk.get(f"/desk/refunds/{refund.id}") for clerk in (vera, boris)]
    assert (await vera.press(pages[0], f"/desk/refunds/{refund.id}/approve")).status == 303
    late = await boris.press(pages[1], f"/desk/refunds/{refund.id}/reject", reason="не согласен")
    assert late.status == 409
    assert "это уже сделали" in late.text
    assert "Вера Фомина" in late.text
    [after] = await of_order(world, order.id)
    assert (after.state, after.decided_by) == (State.SCHEDULED, clerk_name(vera))


async def test_sixty_four_approvals_at_once_are_one(world: World) -> None:
    """Eight people press eight times each; the refund is approved once, and the bank pays once."""
    order, _ = await world.paid()
    refund = await asked(world, order)
    clerks = [await at_work(world, "accountant", email=f"a{number}@clinic.example") for number in range(8)]
    forms = [(clerk, await clerk.get(f"/desk/refunds/{refund.id}")) for clerk in clerks for _ in range(8)]
    answers = await asyncio.gather(*(clerk.press(form, f"/desk/refunds/{refund.id}/approve") for clerk, form in forms))
    assert {answer.status for answer in answers} <= {303, 409}
    assert len([answer for answer in answers if answer.status == 303]) == 1
    await world.sweep()
    events = [tuple(row) for row in await world.tx(lambda tx: rows(tx, _EVENTS))]
    assert [kind for kind, _ in events].count("approve") == 1
    assert (await of_order(world, order.id))[0].state is State.DONE
    assert not await world.broken()


async def test_another_clinics_refunds_do_not_exist(world: World) -> None:
    """Neither in the queue, nor by their address, nor for a decision."""
    order, _ = await world.paid()
    refund = await asked(world, order)
    clerk = await at_work(world, ("accountant", "krasny"))
    assert order.code not in (await clerk.get("/desk/refunds")).text
    assert (await clerk.get(f"/desk/refunds/{refund.id}")).status == 404
    form = await clerk.get("/desk/refunds")
    assert (await clerk.press(form, f"/desk/refunds/{refund.id}/approve")).status == 404
    bulk = await clerk.press(form, "/desk/refunds/approve", **{f"tick-{refund.id}": "yes"})
    assert bulk.status == 404
    assert (await of_order(world, order.id))[0].state is State.REQUESTED


async def test_a_refund_is_taken_back_before_it_is_sent(world: World) -> None:
    order, _ = await world.paid()
    clerk = await at_work(world, "accountant")
    await sent(clerk, order, amount="100", day=str((await world.now()).date().replace(day=1).replace(month=12)))
    [refund] = await of_order(world, order.id)
    assert (await decided(clerk, refund, "cancel")).status == 303
    assert (await of_order(world, order.id))[0].state is State.CANCELLED
    assert not await world.broken()


# --- the queue


async def test_the_queue_is_told_by_who_must_act(world: World) -> None:
    """Asked for: mine; approved: the bank's; accepted: done; names, days and references in words."""
    order, payment_id = await world.paid()
    refund = await asked(world, order)
    clerk = await at_work(world, "accountant")
    page = await clerk.get("/desk/refunds")
    assert order.code in page.text
    assert "М. П." in page.text
    assert "Мария" not in page.html
    assert str((await world.payment(payment_id)).reference) in page.html
    await decided(clerk, refund, "approve")
    assert order.code not in (await clerk.get("/desk/refunds")).text
    assert order.code in (await clerk.get("/desk/refunds?tab=bank")).text
    await world.sweep()
    assert order.code in (await clerk.get("/desk/refunds?tab=done")).text
    assert "Ошибок нет" in (await clerk.get("/desk/refunds?tab=errors")).text


async def test_a_window_that_ends_soon_is_told_by_shape_and_word(world: World) -> None:
    """Three days and fewer call for haste; a demand that was not answered in time is overdue."""
    order, _ = await world.paid()
    await asked(world, order)
    await world.advance(days=29)
    page = await (await at_work(world, "accountant")).get("/desk/refunds")
    assert re.search(r"\d: мало времени", page.text)
    assert "просрочено" in page.text


@pytest.mark.parametrize(
    ("query", "there"),
    [
        ("least=1000&most=1000", True),
        ("least=1000,01", False),
        ("clinic=tverskaya", True),
        ("clinic=krasny", False),
        ("method=cash", False),
        ("state=requested", True),
        ("since=2020-01-01", True),
        ("until=2020-01-01", False),
    ],
)
async def test_a_filter_lives_in_the_address(world: World, query: str, there: bool) -> None:
    """What is found fits it; what is not can be reset."""
    order, _ = await world.paid()
    await asked(world, order)
    page = await (await at_work(world, "accountant")).get(f"/desk/refunds?{query}")
    assert (order.code in page.text) is there
    assert "/desk/refunds?tab=mine" in page.links


@pytest.mark.parametrize("query", ["least=много", "since=вчера", "state=gone", "method=gold", "after=rf_x"])
async def test_a_filter_that_cannot_be_meant_is_said(world: World, query: str) -> None:
    page = await (await at_work(world, "accountant")).get(f"/desk/refunds?{quote(query, safe='=')}")
    assert page.status == 422
    assert "Введите" in page.text or "Проверьте" in page.text or "Напишите" in page.text or "Такой отметки" in page.text


async def test_a_long_queue_has_pages_that_lose_nothing(world: World) -> None:
    """Forty a page; together they are all, each once."""
    order, _ = await world.paid()
    for _ in range(45):
        await asked(world, order, 10)
    clerk = await at_work(world, "accountant")
    page, seen_ = await clerk.get("/desk/refunds"), set()
    for _ in range(2):
        seen_ |= {link for link in page.links if link.startswith("/desk/refunds/rf_")}
        onward = [link for link in page.links if "after=" in link]
        page = await clerk.get(onward[0]) if onward else page
    assert len(seen_) == 45


async def test_many_are_approved_with_their_total_and_each_with_its_result(world: World) -> None:
    """The sum stands in the confirmation; one that somebody decided meanwhile is said on its row and stops no other."""
    orders = [(await world.paid())[0] for _ in range(3)]
    found = [await asked(world, order, 100 * (number + 1)) for number, order in enumerate(orders)]
    clerk = await at_work(world, "accountant", email="vera@clinic.example")
    other = await at_work(world, "controller", email="boris@clinic.example")
    queue = await clerk.get("/desk/refunds")
    ticks = {f"tick-{refund.id}": "yes" for refund in found}
    check = await clerk.press(queue, "/desk/refunds/approve/check", **ticks)
    assert "600 ₽" in check.text
    await decided(other, found[0], "reject", reason="не положено")
    done = await clerk.press_all(check, "/desk/refunds/approve")
    assert "Согласовано: 2 из 3, на сумму 500 ₽" in done.text
    assert "это уже сделали" in done.text
    again = await clerk.press_all(check, "/desk/refunds/approve")
    assert "Согласовано: 2 из 3" in again.text
    await world.sweep()
    assert [(await of_order(world, order.id))[0].state for order in orders] == [State.REJECTED, State.DONE, State.DONE]
    assert not await world.broken()


async def test_nothing_ticked_is_said(world: World) -> None:
    order, _ = await world.paid()
    await asked(world, order)
    clerk = await at_work(world, "accountant")
    page = await clerk.press(await clerk.get("/desk/refunds"), "/desk/refunds/approve/check")
    assert (page.status, "Отметьте хотя бы один" in page.text) == (422, True)


# --- the bank


async def test_a_silent_bank_is_its_own_state_and_is_asked_again_safely(world: World) -> None:
    """Unknown, with the reason in words; checked now, it is found by its key and not made twice."""
    order, _ = await world.paid()
    refund = await asked(world, order)
    clerk = await at_work(world, "accountant")
    world.bank.faults.add(sandbox.Rule(sandbox.Fault("cut_after"), method="refund.do"))
    await decided(clerk, refund, "approve")
    await world.sweep()
    page = await clerk.get(f"/desk/refunds/{refund.id}")
    assert "Банк не ответил — повтор безопасен" in page.text
    assert "Банк не дал ясного ответа" in page.text
    assert (await decided(clerk, refund, "check")).status == 303
    assert "Банк принял" in (await clerk.get(f"/desk/refunds/{refund.id}")).text
    assert len([one for one in world.bank.journal.effects if one.kind is sandbox.Kind.REFUNDED]) == 1
    assert not await world.broken()


async def at_bank(world: World, payment_id: PaymentId, amount: int) -> None:
    """Somebody gives money back in the bank's own cabinet."""
    order = world.bank.find(world.merchant, number=str(payment_id))
    reverting.refund(world.bank, order, amount * 100, external_id=None)
    await settle.settle(world.service, payment_id)


async def test_a_refund_made_at_the_bank_is_recognised_and_entered(world: World) -> None:
    """It stands in the worklist; one press enters it, once; the numbers add up and nothing was sent."""
    order, payment_id = await world.paid()
    await at_bank(world, payment_id, 700)
    assert [one.invariant for one in await world.broken()] == ["I05"]
    clerk = await at_work(world, "accountant")
    page = await clerk.get("/desk/worklist")
    assert "Деньги вернули в банке без нас" in page.text
    assert "700,00 ₽" in page.text
    [press] = [one for one in page.actions if one.endswith("/outside")]
    for _ in range(2):
        assert (await clerk.press(page, press)).status in (303, 409)
    [refund] = await of_order(world, order.id)
    assert (refund.basis, refund.state, refund.amount) == ("external", State.DONE, roubles(700))
    shown = await clerk.get(f"/desk/orders/{order.code}")
    assert "Возвращено 700 ₽" in shown.text
    assert "Учтён возврат, сделанный в банке" in shown.text
    assert "Дел нет" in (await clerk.get("/desk/worklist")).text
    assert len([one for one in world.bank.journal.effects if one.kind is sandbox.Kind.REFUNDED]) == 1
    assert not await world.broken()


async def test_a_refund_of_ours_that_the_bank_overtook_is_closed_with_it(world: World) -> None:
    """Somebody gave all of it back in the bank's cabinet: ours waits for a person, and one press settles both."""
    order, payment_id = await world.paid()
    refund = await asked(world, order, 2500)
    await world.advance(days=1)
    await at_bank(world, payment_id, 2500)
    clerk = await at_work(world, "accountant")
    await decided(clerk, refund, "approve")
    await world.sweep()
    page = await clerk.get(f"/desk/refunds/{refund.id}")
    assert "Ошибка банка" in page.text
    assert "Суммы у банка не сходятся" in page.text
    assert (await clerk.press(page, f"/desk/payments/{payment_id}/outside")).status == 303
    states = {one.basis: one.state for one in await of_order(world, order.id)}
    assert states == {"person": State.CANCELLED, "external": State.DONE}
    assert not await world.broken()


async def test_what_the_bank_does_not_show_is_not_entered(world: World) -> None:
    """Nothing went back: nothing is written, whoever presses. A silent bank changes nothing either."""
    order, payment_id = await world.paid()
    clerk = await at_work(world, "accountant")
    page = await clerk.get("/desk/worklist")
    refused = await clerk.press(page, f"/desk/payments/{payment_id}/outside")
    assert (refused.status, "Учитывать нечего" in refused.text) == (409, True)
    world.bank.faults.add(sandbox.Rule(sandbox.Fault.HTTP_502, times=None))
    silent = await clerk.press(page, f"/desk/payments/{payment_id}/outside")
    assert (silent.status, "Банк не ответил" in silent.text) == (503, True)
    assert await of_order(world, order.id) == []
