"""The private link at work: another time, out of it, money back, more time to pay; each said before and after it is done."""

from __future__ import annotations

from datetime import datetime

import pytest

from checkout.catalogue import store as clinics
from checkout.ground.db import run, sql
from checkout.payment import orders, visit
from checkout.payment.order import Order, Plan, Word
from checkout.payment.visit import Outcome
from checkout.till.take import take
from checkout.web.payer.choice import written
from gateways import sandbox
from tests.pages.test_pages_money_back import late_money
from tests.pages.visitor import Seen, Visitor, home, told
from tests.world import World, roubles

GOODS = (("consultation", 1), ("insoles", 1))


async def read(world: World, order: Order) -> Order:
    return (await world.tx(lambda tx: orders.read(tx, order.id)))[0]


async def press(visitor: Visitor, page: Seen, action: str, **typed: str) -> Seen:
    """Press the button of the form that leads to `action`, as the page stands."""
    address = next(found for found in page.actions if action in found)
    return await visitor.post(address, {**page.values, **typed})


async def later(world: World, order: Order, nth: int = 3) -> datetime:
    return [start for start in await world.free() if start != order.starts_at][nth]


# --- another time


async def test_a_visit_is_moved_in_two_steps(visitor: Visitor, world: World) -> None:
    """The page lists what is free; a time leads to a button that names it; the button moves, and the money stays."""
    order, _ = await world.paid()
    page = await visitor.get(home(world, order))
    assert f"{home(world, order)}/move" in page.links
    times = await visitor.get(f"{home(world, order)}/move")
    assert times.heading == "Перенести визит"
    assert not times.values.get("at")
    chosen = await visitor.get(next(link for link in times.links if "at=" in link))
    assert chosen.status == 200
    assert "Станет" in chosen.text
    pressed = await press(visitor, chosen, "/move")
    assert (pressed.status, pressed.location) == (303, f"{home(world, order)}?done=moved")
    after = await visitor.get(pressed.location)
    assert after.heading == "Вы записаны"
    assert "Визит перенесён." in after.text
    found = await read(world, order)
    assert written(found.starts_at) == chosen.values["at"]
    assert (await world.facts(order.id)).due == roubles(0)
    assert not await world.broken()


async def test_a_time_taken_meanwhile_leaves_the_visit_where_it_was(visitor: Visitor, world: World) -> None:
    """Somebody was quicker: nothing has changed, and the page says what else is free, with the times as links."""
    ultrasound = (("ultrasound", 1),)
    order, _ = await world.paid(lines=ultrasound)
    wanted = (await world.free("ultrasound"))[3]
    chosen = await visitor.get(f"{home(world, order)}/move?at={written(wanted)}")
    await world.order(lines=ultrasound, starts_at=wanted)
    pressed = await press(visitor, chosen, "/move")
    assert pressed.status == 409
    assert pressed.title.startswith("Ошибка: ")
    assert "Это время уже занято. Ничего не изменилось, деньги на месте." in pressed.text
    assert len([link for link in pressed.links if "at=" in link]) > 3
    assert (await read(world, order)).starts_at == order.starts_at
    again = await visitor.get(f"{home(world, order)}/move?at={written(wanted)}")
    assert (again.status, "Ближайшее свободное время" in again.text) == (409, True)


async def test_a_page_from_before_the_last_move_moves_nothing(visitor: Visitor, world: World) -> None:
    """Two tabs: the second one is told where the visit is now, and asks again."""
    order, _ = await world.paid()
    first, second = await later(world, order, 2), await later(world, order, 5)
    tabs = [await visitor.get(f"{home(world, order)}/move?at={written(start)}") for start in (first, second)]
    assert (await press(visitor, tabs[0], "/move")).status == 303
    late = await press(visitor, tabs[1], "/move")
    assert (late.status, "Визит уже перенесён" in late.text) == (409, True)
    assert (await read(world, order)).starts_at == first
    assert (await press(visitor, tabs[0], "/move")).status == 303  # the same button twice is one move
    assert (await read(world, order)).sequence == 1


async def test_days_further_on_can_be_looked_at_and_kept_in_english(visitor: Visitor, world: World) -> None:
    """Every step keeps the language, and the list goes on to the horizon."""
    order, _ = await world.paid()
    page = await visitor.get(f"{home(world, order)}/move?lang=en")
    assert (page.language, page.heading) == ("en", "Move the visit")
    further = await visitor.get(next(link for link in page.links if "since=" in link))
    assert (further.language, "Earliest days" in further.text) == ("en", True)
    chosen = await visitor.get(next(link for link in further.links if "at=" in link))
    pressed = await press(visitor, chosen, "/move", lang="en")
    assert pressed.status == 303
    assert (await read(world, order)).sequence == 1


async def test_what_cannot_be_moved_says_so(visitor: Visitor, world: World) -> None:
    """A visit that has begun: no list, no button, but the telephone's way out."""
    order, _ = await world.paid()
    await world.advance(seconds=(order.starts_at - await world.now()).total_seconds() + 60)
    for path in ("/move", "/cancel"):
        page = await visitor.get(home(world, order) + path)
        assert page.status == 409
        assert "Время визита уже наступило" in page.text
        assert not page.actions
    assert f"{home(world, order)}/move" not in (await visitor.get(home(world, order))).links


async def test_a_bad_form_moves_nothing(visitor: Visitor, world: World) -> None:
    """No time, rubbish, another site's page, a strange body: nothing is moved, nothing breaks."""
    order, _ = await world.paid()
    address = f"{home(world, order)}/move"
    assert (await visitor.post(address, {"at": "yesterday"})).location == address
    assert (await visitor.post(address, {"at": "2031-01-01T00:00Z", "sequence": "-1"})).status == 409
    assert (await visitor.post(address, b"at=1&at=2")).status == 400
    assert (await visitor.post(address, {"at": "x"}, **{"Sec-Fetch-Site": "cross-site"})).status == 403
    assert (await visitor.post("/o/AAAAAAAAAAAAAAAAAAAAAA/move", {"at": "x"})).status == 404
    assert (await read(world, order)).sequence == 0


# --- out of it


async def test_what_goes_back_is_shown_before_anything_is_cancelled(visitor: Visitor, world: World) -> None:
    """By card and in cash: each sum, its way and its days. Reading it changes nothing."""
    order, _ = await world.paid(plan=Plan.DEPOSIT)
    await world.open_till()
    await world.tx(lambda tx: take(tx, world.service, order.id, roubles(1750), principal="olga"))
    page = await visitor.get(f"{home(world, order)}/cancel")
    text = told(page.text)
    assert "Оплачено 2 500 ₽ Вернём 2 500 ₽" in text
    assert "1 750 ₽ Деньги выдаст касса клиники." in text
    assert "750 ₽ Деньги придут на карту, с которой платили: обычно начиная с" in text
    assert "Отменить и вернуть 2 500 ₽" in text
    assert await world.word(order.id) is Word.PAID
    assert "order.cancelled" not in await world.events(order.id)


async def test_cancelled_with_the_money_back_at_once(visitor: Visitor, world: World) -> None:
    """The page says that it is on its way; the worker sends it; the place is free."""
    order, _ = await world.paid()
    page = await visitor.get(f"{home(world, order)}/cancel")
    pressed = await visitor.post(f"{home(world, order)}/cancel", {**page.values, "money": "return"})
    assert (pressed.status, pressed.location) == (303, home(world, order))
    assert (await visitor.get(pressed.location)).heading == "Возвращаем деньги"
    assert order.starts_at in await world.free()
    await world.sweep()
    assert (await visitor.post(f"{home(world, order)}/cancel", {**page.values, "money": "return"})).status == 303
    after = await visitor.get(home(world, order))
    assert after.heading == "Возврат сделан"
    assert "Причина: визит отменён." in after.text
    assert "Запрошен" in after.text
    assert "Номер оплаты в банке" in after.text
    assert (await visitor.get(f"{home(world, order)}/cancel")).location == home(world, order)
    assert not await world.broken()


async def test_cancelled_with_the_money_kept_for_another_time(visitor: Visitor, world: World) -> None:
    """Until an hour that the button names; then one of the nearest times, one press, and it stands again."""
    order, _ = await world.paid()
    page = await visitor.get(f"{home(world, order)}/cancel")
    assert "Деньги подождут у нас до" in page.text
    await visitor.post(f"{home(world, order)}/cancel", {**page.values, "money": "keep"})
    waiting = await visitor.get(home(world, order))
    assert waiting.heading == "Запись отменена, деньги у нас"
    assert "Вернуть 2 500 ₽" in told(waiting.text)
    assert waiting.text.count("Перенести на") == 3
    pressed = await press(visitor, waiting, "/move", at=written(await later(world, order)))
    assert pressed.status == 303
    assert (await visitor.get(pressed.location)).heading == "Вы записаны"
    assert await world.word(order.id) is Word.PAID
    assert not await world.broken()


async def test_an_unpaid_hold_is_given_up_at_once(visitor: Visitor, world: World) -> None:
    """Nothing to return, and the place is free before the hold is over; an open bank page is closed first."""
    order = await world.order()
    started = await world.start(order)
    page = await visitor.get(f"{home(world, order)}/cancel")
    assert "Возвращать нечего" in page.text
    for _ in range(2):
        assert (await visitor.post(f"{home(world, order)}/cancel", page.values)).status == 303
    assert world.bank.find(world.merchant, number=str(started.payment_id)).status is sandbox.Status.DECLINED
    assert (await visitor.get(home(world, order))).heading == "Запись отменена"
    assert order.starts_at in await world.free()


async def test_money_that_came_while_the_page_was_open_is_shown_first(visitor: Visitor, world: World) -> None:
    """The payer saw "nothing to return", then the bank took the money: asked again with the real sum."""
    order = await world.order()
    started = await world.start(order)
    page = await visitor.get(f"{home(world, order)}/cancel")
    await world.pay_at_bank(started.payment_id)
    pressed = await visitor.post(f"{home(world, order)}/cancel", page.values)
    assert pressed.status == 409
    assert "Пока страница была открыта, сумма изменилась." in pressed.text
    assert "Отменить и вернуть 2 500 ₽" in told(pressed.text)
    assert await world.word(order.id) is Word.PAID
    again = await visitor.post(f"{home(world, order)}/cancel", {**pressed.values, "money": "return"})
    assert again.status == 303
    await world.sweep()
    assert await world.word(order.id) is Word.REFUNDED
    assert not await world.broken()


# --- money without a visit


async def test_late_money_offers_times_and_the_money_back(visitor: Visitor, world: World) -> None:
    """One press each: three near times, all times, or the whole sum back now instead of tomorrow."""
    order, _ = await late_money(world)
    page = await visitor.get(home(world, order))
    assert page.heading == "Деньги пришли, но время уже занято"
    assert page.text.count("Перенести на") == 3
    assert "Вернуть 3 200 ₽" in told(page.text)
    pressed = await press(visitor, page, "/return")
    assert (pressed.status, pressed.location) == (303, home(world, order))
    assert (await visitor.get(home(world, order))).heading == "Возвращаем деньги"
    await world.sweep()
    after = await visitor.get(home(world, order))
    assert after.heading == "Возврат сделан"
    assert "Причина: деньги пришли, когда времени визита уже не было." in after.text
    assert (await press(visitor, page, "/return")).status == 409
    assert not await world.broken()


async def test_the_banks_return_address_offers_none_of_it(visitor: Visitor, world: World) -> None:
    """It passed through the bank: neither the private page's address nor anything that it can do."""
    order, payment = await late_money(world)
    lookup = sql("UPDATE payment SET return_hash = sha256(convert_to('known', 'UTF8')) WHERE id = :id")
    await world.tx(lambda tx: run(tx, lookup, id=payment.uuid))
    page = await visitor.get("/r/known")
    assert page.heading == "Деньги пришли, но время уже занято"
    assert not page.actions
    assert home(world, order) not in page.html
    assert "/p/" not in page.html


# --- the hold


async def test_the_hold_is_extended_once(visitor: Visitor, world: World) -> None:
    """A quarter of an hour more, said on the button and kept; there is no second time."""
    order = await world.order()
    page = await visitor.get(home(world, order))
    assert "Продлить до" in page.text
    pressed = await press(visitor, page, "/extend")
    assert (pressed.status, pressed.location) == (303, f"{home(world, order)}?done=extended")
    assert "Время на оплату продлено." in (await visitor.get(pressed.location)).text
    found = await read(world, order)
    assert (found.hold_until - order.hold_until).total_seconds() == 15 * 60
    assert found.extended_at is not None
    assert "Продлить" not in (await visitor.get(home(world, order))).text
    assert (await press(visitor, page, "/extend")).status == 409
    await world.advance(minutes=29)
    await world.sweep()
    assert (await visitor.get(home(world, order))).heading == "Осталось оплатить"
    await world.advance(minutes=2)
    await world.sweep()
    assert (await visitor.get(home(world, order))).heading == "Время на оплату вышло"
    assert not await world.broken()


async def test_a_hold_is_not_extended_once_the_payment_has_begun(visitor: Visitor, world: World) -> None:
    """Then it outlives the bank's page already; and a hold that was extended is not cut short by a start."""
    order = await world.order()
    page = await visitor.get(home(world, order))
    await world.start(order)
    refused = await press(visitor, page, "/extend")
    assert (refused.status, "Продлить время на оплату уже нельзя" in refused.text) == (409, True)
    stretched = await world.order()
    await press(visitor, await visitor.get(home(world, stretched)), "/extend")
    promised = (await read(world, stretched)).hold_until
    await world.start(stretched)
    assert (await read(world, stretched)).hold_until >= promised


# --- what the page tells


async def test_goods_show_both_their_dates_and_their_own_window(visitor: Visitor, world: World) -> None:
    """By when they are at the clinic, and until when the money for each kind can be asked back, counted from when."""
    order, _ = await world.paid(lines=GOODS, clinic="krasny")
    page = await visitor.get(home(world, order))
    assert "Товар Ортопедические стельки" in page.text
    assert "Товар будет в клинике не позже" in page.text
    assert "За услугу — до" in page.text
    assert "сейчас он назначен на" in page.text
    assert "За товар — до" in page.text
    assert "срок пойдёт со дня, когда вы его получите" in page.text
    await world.advance(days=8)
    assert "Товар задерживается, обещали до" in (await visitor.get(home(world, order))).text
    await world.tx(lambda tx: visit.goods_arrived(tx, order.id, principal="olga"))
    here = await visitor.get(home(world, order))
    assert "Товар в клинике с" in here.text
    assert "срок пойдёт со дня, когда вы его получите" in here.text
    await world.tx(lambda tx: visit.hand_over(tx, order.id, principal="olga"))
    after = await visitor.get(home(world, order))
    assert "Вы получили товар" in after.text
    assert "срок идёт со дня, когда вы его получили" in after.text


async def test_the_clinics_own_words_and_its_map_are_shown(visitor: Visitor, world: World) -> None:
    """What to bring and how to find it, as the clinic wrote it; the map opens without telling from where."""
    told_ = sql("""UPDATE clinic SET map_url = :map, notes_ru = :ru, notes_en = :en WHERE slug = 'tverskaya'""")
    order, _ = await world.paid()
    before = await world.tx(lambda tx: clinics.clinic_by_id(tx, order.clinic_id))
    note = "Вход со двора. Возьмите <b>полис</b>."
    await world.tx(lambda tx: run(tx, told_, map="https://maps.example/tverskaya", ru=note, en="Round the back."))
    try:
        page = await visitor.get(home(world, order))
        english = await visitor.get(f"{home(world, order)}?lang=en")
    finally:
        await world.tx(lambda tx: run(tx, told_, map=before.map_url, ru=before.notes.ru, en=before.notes.en))
    assert note in page.text
    assert '<a href="https://maps.example/tverskaya" rel="noreferrer"' in page.html
    assert "Round the back." in english.text


async def test_a_missed_visit_is_not_called_a_visit(visitor: Visitor, world: World) -> None:
    """Nobody came: the page says so, paid or not, and whom to call."""
    paid, _ = await world.paid()
    unpaid = await world.order(plan=Plan.AT_CLINIC)
    await world.advance(seconds=(unpaid.starts_at - await world.now()).total_seconds())
    for order in (paid, unpaid):
        await world.tx(lambda tx, one=order: visit.mark(tx, one.id, Outcome.NO_SHOW, principal="olga"))  # type: ignore[misc]
        page = await visitor.get(home(world, order))
        assert page.heading == "Визит не состоялся"
        assert not page.actions


@pytest.mark.parametrize("rest", ["/move", "/cancel", "/consents", "/visit.ics", "/data.json", "/evidence.zip"])
async def test_a_wrong_link_opens_no_room(visitor: Visitor, rest: str) -> None:
    """404 for each of them."""
    assert (await visitor.get(f"/o/AAAAAAAAAAAAAAAAAAAAAA{rest}")).status == 404


@pytest.mark.parametrize("rest", ["/move", "/cancel", "/return", "/extend", "/consents/mailing/withdraw"])
async def test_a_press_from_another_site_changes_nothing(world: World, rest: str) -> None:
    """403, whatever the secret in the address."""
    order, _ = await world.paid()
    before = await world.events(order.id)
    stranger = Visitor(world, {"Sec-Fetch-Site": "cross-site"})
    assert (await stranger.post(home(world, order) + rest, {"money": "return"})).status == 403
    assert await world.events(order.id) == before
