"""The order's private page: every state in honest words, and a button exactly when it can do something."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checkout.payment import orders
from checkout.payment.order import Plan, Word
from checkout.payment.settle import settle
from gateways import sandbox
from gateways.sandbox import Fault, Rule
from tests.pages.visitor import Visitor, home, looks_again, only, same_site, told
from tests.world import GOOD, World, roubles

STATUS = "getOrderStatusExtended.do"


async def test_a_held_order_can_be_paid(visitor: Visitor, world: World) -> None:
    """The sum, until when the time is held, and a button that leads to the bank."""
    order = await world.order()
    page = await visitor.get(home(world, order))
    assert page.heading == "Осталось оплатить"
    assert "Деньги ещё не списаны. Время остаётся за вами до" in page.text
    assert "Оплатить 2 500 ₽" in told(page.text)
    pressed = await visitor.post(page.actions[0])
    assert (pressed.status, pressed.location) == (303, f"{home(world, order)}/bank")
    assert (await visitor.get(pressed.location)).status == 200
    assert await world.word(order.id) is Word.AWAITING_PAYMENT


async def test_the_button_pressed_twice_finds_the_same_bank_order(visitor: Visitor, world: World) -> None:
    """The second press leads to the page that the first one opened."""
    order = await world.order()
    for _ in range(2):
        assert (await visitor.post(f"{home(world, order)}/pay")).status == 303
    assert len(world.bank.recent(5)) == 1


async def test_an_open_bank_page_can_be_gone_back_to(visitor: Visitor, world: World) -> None:
    """Not paid yet is not failed: the same bank page again, no second bank order, and the page looks again by itself."""
    order = await world.order()
    await world.start(order)
    page = await visitor.get(home(world, order))
    assert page.heading == "Оплата ещё не подтверждена"
    assert "второй раз платить не нужно" in page.text
    assert f"{home(world, order)}/bank" in page.links
    assert looks_again(page)
    assert not page.actions


async def test_a_bank_that_mumbles_is_checked_never_failed(visitor: Visitor, world: World) -> None:
    """Unknown is its own state: do not pay twice, and no button that would."""
    order = await world.order()
    started = await world.start(order)
    await world.pay_at_bank(started.payment_id)
    world.bank.faults.add(Rule(Fault.HTML, method=STATUS, times=None))
    await settle(world.service, started.payment_id)
    page = await visitor.get(home(world, order))
    assert page.heading == "Проверяем оплату"
    assert "Не платите второй раз" in page.text
    assert looks_again(page)
    assert not page.actions
    world.bank.faults.clear()
    await settle(world.service, started.payment_id)
    assert (await visitor.get(home(world, order))).heading == "Вы записаны"


async def test_a_paid_visit_shows_the_code_and_the_appointment(visitor: Visitor, world: World) -> None:
    """What, where, when and on whose clock, how much, and what comes next."""
    order, _ = await world.paid()
    page = await visitor.get(home(world, order))
    assert page.heading == "Вы записаны"
    assert order.code in page.text
    for part in ("Приём терапевта", "Москва, Тверская улица, 7", "(Москва, UTC+3)", "Оплачено 2 500 ₽", "Что дальше"):
        assert part in told(page.text)
    assert "Осталось оплатить" not in page.text
    assert not looks_again(page)
    assert not page.actions


async def test_a_deposit_leaves_a_rest_that_can_be_paid_online_later(visitor: Visitor, world: World) -> None:
    """The visit stands; the rest can be paid weeks after the hold is over, and then nothing is left."""
    order, _ = await world.paid(plan=Plan.DEPOSIT)
    await world.advance(hours=3)
    page = await visitor.get(home(world, order))
    assert page.heading == "Вы записаны"
    assert "Оплачено 750 ₽ Осталось оплатить 1 750 ₽" in told(page.text)
    await visitor.post(page.actions[0])
    waiting = await visitor.get(home(world, order))
    assert waiting.heading == "Вы записаны"
    assert "Открыта страница банка для доплаты" in waiting.text
    bank_order = world.bank.recent(1)[0]
    assert bank_order.amount == 175_000
    sandbox.pay(world.bank, bank_order, GOOD)
    await world.advance(seconds=30)
    await world.sweep()
    paid = await visitor.get(home(world, order))
    assert "Осталось оплатить" not in paid.text
    assert (await world.facts(order.id)).paid == roubles(2500)
    assert not await world.broken()


async def test_a_visit_paid_at_the_clinic_can_be_paid_online_at_any_time(visitor: Visitor, world: World) -> None:
    """No hold runs out for a visit that stands already."""
    order = await world.order(plan=Plan.AT_CLINIC)
    await world.advance(hours=5)
    page = await visitor.get(home(world, order))
    assert page.heading == "Вы записаны"
    assert (await visitor.post(page.actions[0])).status == 303


async def test_a_refused_rest_does_not_undo_the_visit(visitor: Visitor, world: World) -> None:
    """The deposit stands; the page says that the last payment did not go through."""
    order, _ = await world.paid(plan=Plan.DEPOSIT)
    started = await world.start(order)
    await world.refuse(started.payment_id)
    page = await visitor.get(home(world, order))
    assert page.heading == "Вы записаны"
    assert "Последняя оплата не прошла" in page.text


async def test_a_declined_payment_gives_a_reason_advice_and_a_retry(visitor: Visitor, world: World) -> None:
    """In plain words; the retry reuses everything under a new bank order while the time is held."""
    order = await world.order()
    started = await world.start(order)
    await world.refuse(started.payment_id)
    page = await visitor.get(home(world, order))
    assert page.heading == "Оплата не прошла"
    assert "Попытки оплаты закончились. Начните оплату заново." in page.text
    assert "Деньги не списаны. Время остаётся за вами до" in page.text
    assert "Попробовать ещё раз: 2 500 ₽" in told(page.text)
    assert (await visitor.post(page.actions[0])).status == 303
    assert len({bank_order.number for bank_order in world.bank.recent(5)}) == 2


async def test_an_unfinished_payment_says_that_nothing_was_taken(visitor: Visitor, world: World) -> None:
    """The bank's page timed out: our hold outlives it, so one press is enough to try again."""
    order = await world.order()
    started = await world.start(order)
    await world.advance(minutes=21)
    await settle(world.service, started.payment_id)
    page = await visitor.get(home(world, order))
    assert page.heading == "Оплата не завершена"
    assert "Деньги не списаны." in page.text
    assert (await visitor.post(page.actions[0])).status == 303


async def test_a_bank_without_a_page_keeps_the_time_and_says_that_nothing_was_taken(
    visitor: Visitor, world: World
) -> None:
    """No page of the bank, so nobody can have paid; the button is refused with 409 while we are asking."""
    world.bank.faults.add(Rule(Fault.CUT_BEFORE, method="register.do"))
    address = await visitor.booked()
    page = await visitor.get(address)
    assert page.heading == "Банк пока не отвечает"
    assert "деньги не списаны" in page.text
    assert "Время остаётся за вами до" in page.text
    pressed = await visitor.post(page.actions[0])
    assert pressed.status == 409
    assert "Второй раз платить не нужно" in pressed.text
    assert pressed.title.startswith("Ошибка: ")
    assert (await visitor.post(page.actions[0])).status == 303


async def test_a_visit_stands_without_the_bank_where_it_may_be_paid_at_the_clinic(
    visitor: Visitor, world: World
) -> None:
    """No page of the bank: one press and the visit stands, told by one letter, and it never expires; it is done once."""
    world.bank.faults.add(Rule(Fault.CUT_BEFORE, method="register.do"))
    address = await visitor.booked()
    page = await visitor.get(address)
    assert "Оплатить в клинике 2 500 ₽" in told(page.text)
    way = next(action for action in page.actions if "at-clinic" in action)
    for _ in range(2):
        assert (await visitor.post(way)).location == address
    after = await visitor.get(address)
    assert after.heading == "Вы записаны"
    assert not any("at-clinic" in action for action in after.actions)
    assert "Осталось оплатить 2 500 ₽ в клинике или онлайн" in told(after.text)
    assert "проверяем" not in after.text
    order = await only(world)
    assert (order.plan, order.asked) == (Plan.AT_CLINIC, roubles(0))
    assert (await world.events(order.id)).count("order.at_clinic") == 1
    await world.advance(hours=2)
    await world.sweep()
    (letter,) = await world.letters()
    assert "Платить заранее не нужно: 2 500 ₽ вы оплатите в клинике." in told(letter.text)
    assert (await visitor.get(address)).heading == "Вы записаны"
    assert (await visitor.post(next(way for way in after.actions if "/pay" in way))).status == 303
    assert not await world.broken()


async def test_a_held_time_is_told_as_held_and_then_as_booked(visitor: Visitor, world: World) -> None:
    """Whoever was written to that the booking waits for money is written to once more, that it does not."""
    order = await world.order(plan=Plan.DEPOSIT)
    await world.advance(minutes=3)
    assert [letter.subject for letter in await world.letters()] == [f"Запись {order.code} ждёт оплаты"]
    world.bank.faults.add(Rule(Fault.CUT_BEFORE, method="register.do"))
    await visitor.post(f"{home(world, order)}/pay")
    assert (await visitor.post(f"{home(world, order)}/at-clinic")).status == 303
    assert (await world.letters())[-1].subject == f"Запись {order.code} подтверждена"


@pytest.mark.parametrize("why", ["the bank is there", "not paid there", "not pressed by them"])
async def test_the_clinic_is_no_way_around_the_bank(visitor: Visitor, world: World, why: str) -> None:
    """Only where the bank failed us and the service may be paid there; a press from elsewhere is refused."""
    service = "dental-cleaning" if why == "not paid there" else "consultation"
    order = await world.order(lines=((service, 1),))
    if why == "the bank is there":
        await world.start(order)
    else:
        world.bank.faults.add(Rule(Fault.CUT_BEFORE, method="register.do"))
        await visitor.post(f"{home(world, order)}/pay")
    stranger = Visitor(world, {"Sec-Fetch-Site": "cross-site"}) if why == "not pressed by them" else visitor
    if why != "not pressed by them":
        assert "Оплатить в клинике" not in (await visitor.get(home(world, order))).text
    pressed = await stranger.post(f"{home(world, order)}/at-clinic")
    assert pressed.status == (403 if why == "not pressed by them" else 409)
    assert (await world.tx(lambda tx: orders.read(tx, order.id)))[0].plan is Plan.FULL


async def test_a_press_while_the_bank_is_silent_is_503_in_the_payers_language(visitor: Visitor, world: World) -> None:
    """What happened, that nothing was taken twice, and what to do."""
    order = await world.order()
    world.bank.faults.add(Rule(Fault.CUT_BEFORE, method="register.do"))
    pressed = await visitor.post(f"{home(world, order)}/pay?lang=en")
    assert (pressed.status, pressed.language) == (503, "en")
    assert "The bank did not answer." in pressed.text


async def test_a_bank_that_refuses_the_order_is_said_so(visitor: Visitor, world: World) -> None:
    """Refused before any card: nothing was taken, the button stays."""
    order = await world.order()
    contract = world.merchant.login
    world.bank.merchants[contract] = replace(world.merchant, password="changed")
    assert (await visitor.post(f"{home(world, order)}/pay")).status == 503
    world.bank.merchants[contract] = world.merchant
    page = await visitor.get(home(world, order))
    assert page.heading == "Банк не принял заказ на оплату"
    assert (await visitor.post(page.actions[0])).status == 303


async def test_an_expired_order_leads_to_booking_the_same_visit_again(visitor: Visitor, world: World) -> None:
    """No money, no time: book again, with service and clinic chosen already; the old button is refused with 409."""
    order = await world.order()
    await world.advance(minutes=16)
    await world.sweep()
    page = await visitor.get(home(world, order))
    assert page.heading == "Время на оплату вышло"
    assert "Деньги не списаны." in page.text
    again = next(link for link in page.links if "service=consultation" in link)
    assert (await visitor.get(again)).heading == "Выберите день и время"
    refused = await visitor.post(f"{home(world, order)}/pay")
    assert (refused.status, "Заказ закрыт" in refused.text) == (409, True)


async def test_a_hold_used_up_offers_a_new_booking_not_a_button(visitor: Visitor, world: World) -> None:
    """Five minutes before the cap no payment page can be opened any more."""
    order = await world.order()
    started = await world.start(order)
    await world.refuse(started.payment_id)
    await world.advance(minutes=53)
    page = await visitor.get(home(world, order))
    assert not page.actions
    assert "Записаться заново" in page.text
    refused = await visitor.post(f"{home(world, order)}/pay")
    assert (refused.status, "Время на оплату вышло" in refused.text) == (409, True)


async def test_a_cancelled_order_without_money_says_so(visitor: Visitor, world: World) -> None:
    order = await world.order()
    assert (await world.api("POST", f"/v1/orders/{order.id}/cancel", "office", {}))[0] == 200
    page = await visitor.get(home(world, order))
    assert page.heading == "Запись отменена"
    assert "Деньги не списаны." in page.text


async def test_a_contradiction_is_being_checked(visitor: Visitor, world: World) -> None:
    """Another amount than ordered: nobody is told "paid" or "failed", and nobody can pay again."""
    order = await world.order()
    started = await world.start(order)
    await world.pay_at_bank(started.payment_id)
    world.bank.faults.add(Rule(Fault.WRONG_AMOUNT, method=STATUS))
    await settle(world.service, started.payment_id)
    page = await visitor.get(home(world, order))
    assert page.heading == "Проверяем оплату"
    assert not page.actions
    pressed = await visitor.post(f"{home(world, order)}/pay")
    assert (pressed.status, len(world.bank.recent(5))) == (409, 1)


async def test_the_way_back_to_the_integrators_site_is_shown(visitor: Visitor, world: World) -> None:
    """An order made over the API may name where its payer came from."""
    free = await world.free()
    wish = {
        "clinic": "tverskaya",
        "lines": [{"service": "consultation"}],
        "starts_at": free[0].isoformat(),
        "payer": {"name": "Мария", "phone": "8 912 345-67-89", "email": "m@example.com"},
        "consents": ["adult", "offer", "personal-data"],
        "return_url": f"{world.url}/thanks?a=1&b=2",
    }
    status, order = await world.api("POST", "/v1/orders", "site", wish)
    assert status == 201
    page = await visitor.get(order["link"].removeprefix(world.url))
    assert f"{world.url}/thanks?a=1&b=2" in page.links


@pytest.mark.parametrize("rest", ["", "/bank"])
async def test_an_unknown_link_is_a_404(visitor: Visitor, rest: str) -> None:
    """Neither a wrong token nor an order's id opens anything."""
    page = await visitor.get(f"/o/AAAAAAAAAAAAAAAAAAAAAA{rest}")
    assert (page.status, page.heading) == (404, "Такой страницы нет")
    assert "req_" in page.text


async def test_a_press_from_another_site_is_refused(world: World) -> None:
    """The address is a secret, and still nobody else's page may press the button."""
    order = await world.order()
    stranger = Visitor(world, {"Sec-Fetch-Site": "cross-site"})
    assert (await stranger.post(f"{home(world, order)}/pay")).status == 403
    assert not world.bank.recent(5)
    assert (await Visitor(world, same_site(world)).post(f"{home(world, order)}/pay")).status == 303


async def test_the_hop_leads_nowhere_once_there_is_nothing_to_pay(visitor: Visitor, world: World) -> None:
    """Back from the bank by the Back button: the order's page, not the bank's."""
    order, _ = await world.paid()
    hop = await visitor.get(f"{home(world, order)}/bank")
    assert (hop.status, hop.location) == (303, home(world, order))


async def test_private_pages_are_kept_from_search_engines_and_caches(visitor: Visitor, world: World) -> None:
    order = await world.order()
    await world.start(order)
    for path in (home(world, order), f"{home(world, order)}/bank"):
        page = await visitor.get(path)
        assert '<meta name="robots" content="noindex, nofollow">' in page.html
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"


async def test_the_chosen_language_goes_along_to_the_bank(visitor: Visitor, world: World) -> None:
    """A Russian order read in English: button and hop stay English."""
    order = await world.order()
    page = await visitor.get(f"{home(world, order)}?lang=en")
    assert page.heading == "One step left: pay"
    pressed = await visitor.post(page.actions[0])
    hop = await visitor.get(pressed.location)
    assert (hop.language, hop.heading) == ("en", "Taking you to the bank’s page")
