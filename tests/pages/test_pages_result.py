"""Back from the bank: the truth as far as it is known, briefly asked for, and one press to try again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import event

from checkout.ground.db import run, sql
from checkout.ground.ids import PaymentId
from checkout.payment.order import Order, Plan
from checkout.payment.pay import return_token
from checkout.payment.payment import State
from checkout.postgres import Urls
from gateways.sandbox import Fault, Rule
from tests.pages.visitor import Visitor, home, looks_again
from tests.world import POOR, World, open_world

STATUS = "getOrderStatusExtended.do"


def back(world: World, payment: PaymentId) -> str:
    return f"/r/{return_token(world.service, payment)}"


async def declined(world: World) -> tuple[Order, PaymentId]:
    """Three tries at the bank, none successful; nobody has asked yet."""
    order = await world.order()
    started = await world.start(order)
    for _ in range(3):
        await world.pay_at_bank(started.payment_id, POOR)
    return order, started.payment_id


async def test_a_returning_payer_sees_the_payment_confirmed(visitor: Visitor, world: World) -> None:
    """No callback, no worker: the return itself asks the bank. What the bank added to the address is ignored."""
    order = await world.order()
    started = await world.start(order)
    await world.pay_at_bank(started.payment_id)
    page = await visitor.get(f"{back(world, started.payment_id)}?orderId=whatever&lang=en")
    assert (page.status, page.heading, page.language) == (200, "Вы записаны", "ru")
    assert order.code in page.text
    assert (await world.payment(started.payment_id)).state is State.CAPTURED


async def test_the_result_shows_neither_the_service_nor_the_private_link(visitor: Visitor, world: World) -> None:
    """The address passed through the bank: it tells no more than the outcome, the code, the clinic and the hour."""
    order, payment = await world.paid()
    page = await visitor.get(back(world, payment))
    assert "Москва, Тверская улица, 7" in page.text
    assert "Приём терапевта" not in page.text
    assert "consultation" not in page.html
    assert "Мария" not in page.text
    assert home(world, order) not in page.html


async def test_the_return_token_opens_no_private_page(visitor: Visitor, world: World) -> None:
    """The two tokens are different secrets; neither works in the other's place."""
    order, payment = await world.paid()
    assert (await visitor.get(back(world, payment).replace("/r/", "/o/"))).status == 404
    assert (await visitor.get(home(world, order).replace("/o/", "/r/"))).status == 404
    assert (await visitor.get("/r/AAAAAAAAAAAAAAAAAAAAAA")).status == 404
    assert (await visitor.post("/r/AAAAAAAAAAAAAAAAAAAAAA/retry")).status == 404


async def test_a_return_without_paying_can_go_on(visitor: Visitor, world: World) -> None:
    """Not confirmed is not failed: the same bank page once more, and the page looks again by itself."""
    order = await world.order()
    started = await world.start(order)
    page = await visitor.get(back(world, started.payment_id))
    assert page.heading == "Оплата ещё не подтверждена"
    assert "второй раз платить не нужно" in page.text
    assert looks_again(page)
    hop = await visitor.get(f"{back(world, started.payment_id)}/bank")
    assert world.bank.base_url in hop.html
    assert home(world, order) not in hop.html


async def test_a_bank_that_mumbles_on_return_is_checked(visitor: Visitor, world: World) -> None:
    """Garbage for an answer: the page says that we are checking, and never to pay again."""
    order = await world.order()
    started = await world.start(order)
    await world.pay_at_bank(started.payment_id)
    world.bank.faults.add(Rule(Fault.HTTP_500, method=STATUS, times=None))
    page = await visitor.get(back(world, started.payment_id))
    assert page.status == 200
    assert page.heading in {"Проверяем оплату", "Оплата ещё не подтверждена"}
    assert not page.actions
    world.bank.faults.clear()
    await world.advance(seconds=2)
    assert (await visitor.get(back(world, started.payment_id))).heading == "Вы записаны"
    assert not await world.broken()
    assert order


async def test_a_silent_bank_does_not_keep_the_payer_waiting(visitor: Visitor, world: World) -> None:
    """The page comes without the bank's answer; asking goes on, and its outcome is written."""
    order = await world.order()
    started = await world.start(order)
    await world.pay_at_bank(started.payment_id)
    world.bank.faults.add(Rule(Fault.DELAY, method=STATUS, value=4))
    page = await visitor.get(back(world, started.payment_id))
    assert page.heading == "Оплата ещё не подтверждена"
    assert looks_again(page)
    await _until_settled(visitor, world, started.payment_id)
    assert not await world.broken()
    assert order


async def test_a_crowd_that_waits_for_one_payment_asks_once(visitor: Visitor, world: World) -> None:
    """While the bank takes its time, thirty looks at one result cost little more than thirty pages."""
    order = await world.order()
    started = await world.start(order)
    asked, engine = count(), world.service.engine.sync_engine
    at = back(world, started.payment_id)

    def heard(*_: object) -> None:
        next(asked)

    async def statements(looks: int) -> int:
        before = next(asked)
        pages = await asyncio.gather(*(visitor.get(at) for _ in range(looks)))
        assert {page.status for page in pages} == {200}
        return next(asked) - before

    event.listen(engine, "before_cursor_execute", heard)
    try:
        plain = await statements(30)  # the bank answers at once
        world.bank.faults.add(Rule(Fault.DELAY, method=STATUS, value=4, times=None))
        await world.advance(seconds=30)
        slow = await statements(30)
    finally:
        event.remove(engine, "before_cursor_execute", heard)
    assert slow < plain + 200, (plain, slow)


async def _until_settled(visitor: Visitor, world: World, payment: PaymentId) -> None:
    """Reload, as the page does, until it knows."""
    for _ in range(100):
        if (await visitor.get(back(world, payment))).heading == "Вы записаны":
            return
    raise AssertionError("the answer was never written down")


async def test_a_declined_payment_is_tried_again_with_one_press(visitor: Visitor, world: World) -> None:
    """Reason, advice, and a button that leads to a new bank order of the same visit, never to the private page."""
    order, payment = await declined(world)
    page = await visitor.get(back(world, payment))
    assert page.heading == "Оплата не прошла"
    assert "Деньги не списаны." in page.text
    pressed = await visitor.post(page.actions[0])
    assert pressed.status == 303
    assert pressed.location.startswith("/r/")
    assert pressed.location.endswith("/bank")
    hop = await visitor.get(pressed.location)
    assert world.bank.base_url in hop.html
    newest = world.bank.recent(1)[0]
    assert newest.number != str(payment)
    await world.pay_at_bank(PaymentId.parse(newest.number))
    paid = await visitor.get(pressed.location.removesuffix("/bank"))
    assert paid.heading == "Вы записаны"
    assert (await visitor.get(home(world, order))).heading == "Вы записаны"


async def test_an_old_return_address_starts_nothing(visitor: Visitor, world: World) -> None:
    """Once another payment was tried, the first one's address only shows how the order stands."""
    _, payment = await declined(world)
    page = await visitor.get(back(world, payment))
    await visitor.post(page.actions[0])
    assert len(world.bank.recent(5)) == 2
    again = await visitor.post(page.actions[0])
    assert (again.status, again.location) == (303, back(world, payment))
    assert len(world.bank.recent(5)) == 2
    assert not (await visitor.get(back(world, payment))).actions


async def test_a_paid_return_address_starts_nothing(visitor: Visitor, world: World) -> None:
    """Also where a rest is due: the rest is paid from the private page or at the clinic."""
    _, payment = await world.paid(plan=Plan.DEPOSIT)
    page = await visitor.get(back(world, payment))
    assert "1 750 ₽ в клинике" in page.text.replace("\u00a0", " ")
    assert not page.actions
    pressed = await visitor.post(f"{back(world, payment)}/retry")
    assert (pressed.status, pressed.location) == (303, back(world, payment))
    assert len(world.bank.recent(5)) == 1


async def test_a_retry_that_the_bank_does_not_answer_can_be_tried_again(visitor: Visitor, world: World) -> None:
    """No dead end: the new payment's own result page resolves itself and offers the button again."""
    _, payment = await declined(world)
    page = await visitor.get(back(world, payment))
    world.bank.faults.add(Rule(Fault.CUT_BEFORE, method="register.do"))
    pressed = await visitor.post(page.actions[0])
    assert pressed.status == 303
    assert pressed.location != back(world, payment)
    for _ in range(3):  # the bank must say twice that it knows nothing
        page = await visitor.get(pressed.location)
        await world.advance(seconds=2)
    assert page.heading == "Оплата не завершена"
    assert (await visitor.post(page.actions[0])).location.endswith("/bank")


async def test_a_retry_after_the_hold_is_refused_in_words(visitor: Visitor, world: World) -> None:
    """409 and a way on: book again; the address names the clinic, not the service."""
    _, payment = await declined(world)
    page = await visitor.get(back(world, payment))
    await world.advance(minutes=53)
    refused = await visitor.post(page.actions[0])
    assert (refused.status, "Время на оплату вышло" in refused.text) == (409, True)
    assert "/book?clinic=tverskaya&lang=ru" in refused.links
    assert not refused.actions


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_retry_from_another_site_is_refused(world: World, site: str) -> None:
    _, payment = await declined(world)
    visitor = Visitor(world, {"Sec-Fetch-Site": site})
    await visitor.get(back(world, payment))
    assert (await visitor.post(f"{back(world, payment)}/retry")).status == 403
    assert len(world.bank.recent(5)) == 1


async def test_the_language_switch_overrules_the_order_but_the_bank_does_not(visitor: Visitor, world: World) -> None:
    """The bank appends a `lang` of its own together with `orderId`; ours comes alone."""
    _, payment = await world.paid()
    page = await visitor.get(f"{back(world, payment)}?orderId=x&lang=en")
    assert page.language == "ru"
    assert (await visitor.get(next(link for link in page.links if "lang=en" in link))).heading == "You are booked"


async def test_reloads_do_not_wear_the_bank_out(visitor: Visitor, world: World) -> None:
    """Asked for this page a moment ago: the next reloads show what is known; two seconds later one of them asks again."""
    order = await world.order()
    started = await world.start(order)
    assert (await visitor.get(back(world, started.payment_id))).heading == "Оплата ещё не подтверждена"
    asked = (await world.payment(started.payment_id)).belief.looks
    just_now = sql("UPDATE payment SET asked_at = app_now() + interval '1 hour' WHERE id = :id")
    await world.tx(lambda tx: run(tx, just_now, id=started.payment_id.uuid))
    await world.pay_at_bank(started.payment_id)
    for _ in range(5):
        assert (await visitor.get(back(world, started.payment_id))).heading == "Оплата ещё не подтверждена"
    assert (await world.payment(started.payment_id)).belief.looks == asked
    await world.tx(lambda tx: run(tx, sql("UPDATE payment SET asked_at = app_now() - interval '2 seconds'")))
    assert (await visitor.get(back(world, started.payment_id))).heading == "Вы записаны"
    assert (await world.payment(started.payment_id)).belief.looks == asked + 1


async def test_a_server_that_stops_leaves_no_question_behind(
    urls: Urls, emptied: None, move: Callable[[timedelta], Awaitable[None]]
) -> None:
    """What is still asked for a payer ends with the server: nothing opens the database anew once it is closed."""
    _ = emptied
    async with open_world(urls, move) as world:
        order = await world.order()
        started = await world.start(order)
        world.bank.faults.add(Rule(Fault.TIMEOUT_BEFORE, method="getOrderStatusExtended.do", times=None))
        page = await Visitor(world).get(back(world, started.payment_id))
        assert page.status == 200
        assert [task for task in asyncio.all_tasks() if "_settled" in repr(task)]
    assert not [task for task in asyncio.all_tasks() if "_settled" in repr(task)]
