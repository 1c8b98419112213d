"""Money is taken at the desk: found, due, change, slip; and what is told before anything is taken."""

from __future__ import annotations

import pytest

from checkout.payment.order import Plan
from checkout.payment.pay import Started
from tests.desk.clerk import at_work
from tests.desk.counter import HERE, TILL, opened, says, takes
from tests.world import World


async def test_a_scanned_code_opens_the_order_with_what_is_due(world: World) -> None:
    """However it is written; Enter at once records exactly that, and the search waits for the next."""
    olga = await at_work(world, ("cashier", "tverskaya"))
    await opened(olga)
    order = await world.order()
    spaced = f"{order.code[:4].lower()}%20{order.code[4:]}"
    assert (await olga.get(f"{TILL}&find={spaced}")).location == f"/desk/till/take/{order.code}"
    form = await olga.get(f"/desk/till/take/{order.code}")
    assert "К оплате 2 500 ₽" in says(form)
    assert form.values["received"] == "2500"
    done = await takes(olga, order)
    assert done.heading.replace("\u00a0", " ") == "Принято 2 500 ₽"
    assert "find" in done.fields
    assert (await world.facts(order.id)).due.amount == 0
    assert not await world.broken()


async def test_whatever_is_no_code_is_looked_for_among_all_bookings(world: World) -> None:
    olga = await at_work(world, ("cashier", "tverskaya"))
    assert (await olga.get(f"{TILL}&find=4567")).location == "/desk/orders?q=4567"
    assert (await olga.get(f"{TILL}&find=ZZZZZZZZ")).location == "/desk/orders?q=ZZZZZZZZ"


async def test_another_clinics_order_is_not_there(world: World) -> None:
    """Neither by its code nor by its address."""
    clerk = await at_work(world, ("cashier", "krasny"))
    order = await world.order()
    assert "/desk/orders" in (await clerk.get(f"/desk/till?clinic=krasny&find={order.code}")).location
    assert (await clerk.get(f"/desk/till/take/{order.code}")).status == 404


async def test_change_is_computed(world: World) -> None:
    """Before it is recorded, by the page of a quick note without any script; and after."""
    olga = await at_work(world, ("cashier", "tverskaya"))
    await opened(olga)
    order = await world.order()
    form = await olga.get(f"/desk/till/take/{order.code}")
    notes = [link for link in form.links if "received=" in link]
    assert [link.partition("received=")[2] for link in notes] == ["2500", "3000", "4000", "5000"]
    shown = await olga.get(notes[-1])
    assert "Сдача: 2 500 ₽" in says(shown)
    place = f"/desk/till/take/{order.code}"
    sent = await olga.press_all(shown, place)
    assert "Сдача 2 500 ₽" in says(await olga.get(sent.location))


async def test_too_little_is_told_and_nothing_is_taken(world: World) -> None:
    olga = await at_work(world, ("cashier", "tverskaya"))
    await opened(olga)
    order = await world.order()
    refused = await takes(olga, order, received="1000")
    assert (refused.status, refused.values["received"]) == (422, "1000")
    assert (await world.facts(order.id)).due == order.total


async def test_a_part_is_taken_and_the_rest_stays_due(world: World) -> None:
    olga = await at_work(world, ("cashier", "tverskaya"))
    await opened(olga)
    done = await takes(olga, await world.order(), amount="1000", received="1000")
    assert "Осталось оплатить 1 500 ₽" in says(done)


async def test_deposit_online_and_the_rest_at_the_desk_are_one_order(world: World) -> None:
    """What was paid by card is not asked for again."""
    olga = await at_work(world, ("cashier", "tverskaya"))
    await opened(olga)
    order, _ = await world.paid(plan=Plan.DEPOSIT, lines=(("gastroscopy", 1),))
    rest = order.total - order.asked
    form = await olga.get(f"/desk/till/take/{order.code}")
    assert form.values["amount"] == str(rest.amount // 100)
    await takes(olga, order)
    assert (await world.facts(order.id)).paid == order.total
    assert not await world.broken()


@pytest.mark.parametrize("tender", ["terminal", "transfer"])
async def test_card_and_transfer_need_a_reference(world: World, tender: str) -> None:
    """Nothing of it is in the drawer."""
    olga = await at_work(world, ("cashier", "tverskaya"))
    await opened(olga)
    order = await world.order()
    missing = await takes(olga, order, tender=tender)
    assert missing.status == 422
    assert missing.values["tender"] == tender
    done = await takes(olga, order, tender=tender, reference="418812345678")
    assert "Принято" in done.heading
    assert "В кассе 0 ₽" in says(await olga.get(TILL))
    assert not await world.broken()


async def test_a_paid_order_is_told_before_money_is_taken(world: World) -> None:
    """There is no form to send."""
    olga = await at_work(world, ("cashier", "tverskaya"))
    await opened(olga)
    order, _ = await world.paid()
    page = await olga.get(f"/desk/till/take/{order.code}")
    assert "Деньги не берите" in page.text
    assert f"/desk/till/take/{order.code}" not in page.actions


async def test_two_clerks_take_one_order_once(world: World) -> None:
    """The second is told that nothing is due any more."""
    olga = await at_work(world, ("cashier", "tverskaya"))
    nina = await at_work(world, ("cashier", "tverskaya"), email="nina@clinic.example")
    await opened(olga)
    order = await world.order()
    place = f"/desk/till/take/{order.code}"
    first, second = await olga.get(place), await nina.get(place)
    assert (await olga.press_all(first, place)).status == 303
    late = await nina.press_all(second, place)
    assert late.status == 409
    assert "Платить больше не нужно" in late.text
    assert (await world.facts(order.id)).paid == order.total


async def test_an_entry_sent_again_is_one_entry(world: World) -> None:
    """A network that broke off, a second press: the same key leads to the same receipt."""
    olga = await at_work(world, ("cashier", "tverskaya"))
    await opened(olga)
    order = await world.order()
    place = f"/desk/till/take/{order.code}"
    form = await olga.get(place)
    first = await olga.press_all(form, place)
    second = await olga.press_all(form, place)
    assert first.location == second.location
    assert "В кассе 2 500 ₽" in says(await olga.get(TILL))


async def test_an_open_bank_page_is_told_until_when_and_can_be_closed(world: World) -> None:
    """Two people never pay for one visit by two ways."""
    olga = await at_work(world, ("cashier", "tverskaya"))
    await opened(olga)
    order = await world.order()
    started: Started = await world.start(order)
    assert started.session_ends_at is not None
    place = f"/desk/till/take/{order.code}"
    page = await olga.get(place)
    assert "страница оплаты банка, до" in page.text
    assert place not in page.actions
    refused = await olga.press(page, place, amount="2500", received="2500")
    assert refused.status == 409
    await olga.press(page, f"{place}/release")
    assert "Принято" in (await takes(olga, order)).heading


async def test_nothing_is_taken_without_a_shift(world: World) -> None:
    olga = await at_work(world, ("cashier", "tverskaya"))
    order = await world.order()
    page = await olga.get(f"/desk/till/take/{order.code}")
    assert "Смена закрыта" in page.text
    assert TILL in page.links


async def test_a_slip_says_that_it_is_not_fiscal_and_a_reprint_that_it_is_a_copy(world: World) -> None:
    """Each print is counted; paper of three widths."""
    olga = await at_work(world, ("cashier", "tverskaya"))
    await opened(olga)
    order = await world.order()
    done = await takes(olga, order, received="3000")
    place = next(action for action in done.actions if "/slip/" in action)
    sent = await olga.press(done, place, clinic="tverskaya")
    slip = await olga.get(sent.location)
    assert "data-print-now" in slip.html
    assert "Не является фискальным документом" in slip.text
    assert "КОПИЯ" not in slip.text
    assert "Сдача 500 ₽" in says(slip)
    assert order.code in slip.text
    assert "Ольга Смирнова" in slip.text
    again = await olga.press(slip, place, clinic="tverskaya", paper="58")
    copy = await olga.get(again.location)
    assert "КОПИЯ 1" in copy.text
    assert 'class="slip w58"' in copy.html


async def test_an_x_report_is_there_at_any_time(world: World) -> None:
    olga = await at_work(world, ("cashier", "tverskaya"))
    await opened(olga, "500")
    await takes(olga, await world.order())
    link = next(one for one in (await olga.get(TILL)).links if "/report/" in one)
    report = await olga.get(link)
    assert report.heading == "X-отчёт"
    assert "Должно быть в кассе 3 000 ₽" in says(report)
    assert HERE in link


async def test_a_letter_that_told_of_a_payment_by_mistake_is_put_right(world: World) -> None:
    """Only if it went out: whoever heard nothing is told nothing."""
    nina = await at_work(world, ("senior-cashier", "tverskaya"))
    await opened(nina)
    told, untold = await world.order(), await world.order()
    await takes(nina, told)
    await world.letters()
    for order in (told, untold):
        if order is untold:
            await takes(nina, order)
        receipt = next(link for link in (await nina.get(TILL)).links if "/reverse/" in link)
        await nina.press_all(await nina.get(receipt), receipt.partition("?")[0], reason="wrong_order")
    after = [mail for mail in await world.letters() if "по ошибке" in mail.subject]
    assert [told.code in mail.subject for mail in after] == [True]
    assert "2 500 ₽" in after[0].text.replace("\u00a0", " ")
    assert not await world.broken()
