"""A day at the till, as its clerks see it: open, move, hand over, close; two of them on one shift."""

from __future__ import annotations

from checkout.payment.order import Plan
from tests.desk.clerk import Clerk, at_work
from tests.desk.counter import HERE, TILL, counts, opened, says, takes
from tests.world import World


async def _two(world: World) -> tuple[Clerk, Clerk]:
    """Olga, and Nina whose rights reach further."""
    olga = await at_work(world, ("cashier", "tverskaya"), email="olga@clinic.example", name="Ольга Смирнова")
    nina = await at_work(world, ("senior-cashier", "tverskaya"), email="nina@clinic.example", name="Нина Орлова")
    return olga, nina


async def test_a_clerk_of_one_clinic_is_asked_for_none(world: World) -> None:
    """Their till opens at once; whoever works at several chooses, and comes to the same page."""
    olga, _ = await _two(world)
    assert "Смена закрыта" in (await olga.get("/desk/till")).text
    admin = await at_work(world, "administrator")
    choice = await admin.get("/desk/till")
    assert choice.heading == "В какой вы клинике?"
    assert TILL in choice.links


async def test_another_clinics_till_is_not_there(world: World) -> None:
    olga, _ = await _two(world)
    assert (await olga.get("/desk/till?clinic=krasny")).status == 404


async def test_a_shift_is_opened_by_counting(world: World) -> None:
    """Notes are counted one by one; the first shift of all has nothing to differ from."""
    olga, _ = await _two(world)
    form = await olga.get(TILL)
    faces = {"face-100000": "2", "face-50000": "1"}
    await olga.press(form, "/desk/till/open", clinic="tverskaya", **faces)
    page = says(await olga.get(TILL))
    assert "В кассе 2 500 ₽" in page
    assert "Ольга Смирнова" in page


async def test_what_ought_to_be_there_is_told_after_the_count(world: World) -> None:
    """The float of the last close is not shown first; a difference stands in words, and needs an explanation."""
    olga, _ = await _two(world)
    await opened(olga, "500")
    await olga.press_all(await counts(olga, face_50000="1"), "/desk/till/closing")
    form = await olga.get(TILL)
    assert "Оставлено" not in form.text
    sent = await olga.press(form, "/desk/till/open", clinic="tverskaya", total="350")
    page = await olga.get(sent.location)
    assert "Не хватает 150 ₽" in says(page)
    refused = await olga.press_all(page, "/desk/till/opening")
    assert refused.status == 422
    assert (await olga.press_all(page, "/desk/till/opening", explanation="размен")).location == TILL


async def test_two_open_one_shift_and_one_is_told_who_was_first(world: World) -> None:
    """By name, not by number; what was typed stays."""
    olga, nina = await _two(world)
    form = await nina.get(TILL)
    await opened(olga)
    late = await nina.press(form, "/desk/till/open", clinic="tverskaya", total="100")
    assert late.status == 409
    assert "Ольга Смирнова" in late.text


async def test_cash_goes_in_and_out_for_a_reason(world: World) -> None:
    """A sum that cannot be read, no reason, no note for "other" and more than there is are each told in their place."""
    olga, _ = await _two(world)
    await opened(olga)
    place = f"/desk/till/move?{HERE}&direction=in"
    form = await olga.get(place)
    odd = await olga.press_all(form, "/desk/till/move", amount="тысяча", reason="change")
    assert (odd.status, odd.values["amount"]) == (422, "тысяча")
    assert (await olga.press_all(form, "/desk/till/move", amount="1000", reason="bank")).status == 422
    assert (await olga.press_all(form, "/desk/till/move", amount="1000", reason="other")).status == 422
    assert (await olga.press_all(form, "/desk/till/move", amount="1 000,50", reason="change")).location == TILL
    assert "1 000,50 ₽" in says(await olga.get(TILL))
    form = await olga.get(f"/desk/till/move?{HERE}&direction=out")
    short = await olga.press_all(form, "/desk/till/move", amount="2000", reason="bank")
    assert short.status == 409
    assert (await olga.press_all(form, "/desk/till/move", amount="1000", reason="bank")).location == TILL
    assert not await world.broken()


async def test_a_form_of_yesterdays_shift_moves_nothing_today(world: World) -> None:
    """A page left open over the close names its shift, and is told that it is closed, and by whom."""
    olga, nina = await _two(world)
    await opened(olga)
    form = await olga.get(f"/desk/till/move?{HERE}&direction=in")
    page = await counts(nina)
    await nina.press_all(page, "/desk/till/closing")
    await opened(nina)
    late = await olga.press_all(form, "/desk/till/move", amount="100", reason="change")
    assert late.status == 409
    assert "Нина Орлова" in late.text


async def test_takings_are_handed_over_to_somebody_else(world: World) -> None:
    """The giver cannot accept; once accepted, the drawer is lighter."""
    olga, nina = await _two(world)
    await opened(olga, "3000")
    form = await olga.get(f"/desk/till/hand-over?{HERE}")
    await olga.press_all(form, "/desk/till/hand-over", amount="2000")
    mine, hers = await olga.get(TILL), await nina.get(TILL)
    assert "/desk/till/accept" not in mine.actions
    assert "Ольга Смирнова" in hers.text
    own = await olga.press(mine, "/desk/till/accept", clinic="tverskaya", given=hers.values["given"])
    assert own.status == 403
    await nina.press(hers, "/desk/till/accept", clinic="tverskaya", given=hers.values["given"])
    assert "В кассе 1 000 ₽" in says(await olga.get(TILL))
    assert not await world.broken()


async def test_a_storno_makes_the_order_owe_again(world: World) -> None:
    """Only by whom it is allowed; the entry stays, struck through, and cannot be reversed twice."""
    olga, nina = await _two(world)
    await opened(olga)
    order = await world.order()
    await takes(olga, order)
    receipt = next(link for link in (await nina.get(TILL)).links if "/reverse/" in link)
    place = receipt.partition("?")[0]
    assert (await olga.get(receipt)).status == 403
    form = await nina.get(receipt)
    sent = await nina.press_all(form, place, reason="wrong_order")
    assert "/desk/till/slip/" in sent.location
    assert "сторнировано" in (await olga.get(TILL)).text
    assert (await world.facts(order.id)).due == order.total
    again = await nina.press_all(await nina.get(receipt), place, reason="wrong_order")
    assert again.status == 409
    assert not await world.broken()


async def test_a_shift_closes_with_a_z_report(world: World) -> None:
    """Counted to the kopeck; the report names people and sums, and the till is ready for the next count."""
    olga, _ = await _two(world)
    await opened(olga, "500")
    await takes(olga, await world.order())
    page = await counts(olga, face_100000="3")
    assert "Всё сходится" in page.text
    sent = await olga.press_all(page, "/desk/till/closing")
    report = await olga.get(sent.location)
    assert report.heading == "Z-отчёт № 1"
    assert "Принято: Наличные записей: 1 2 500 ₽" in says(report)
    assert "Ольга Смирнова" in report.text
    assert "Смена закрыта" in (await olga.get(TILL)).text
    assert not await world.broken()


async def test_a_large_difference_waits_for_a_second_person(world: World) -> None:
    """Who counted cannot confirm; somebody else reads the explanation on their own till, and closes."""
    olga, nina = await _two(world)
    await opened(olga, "5000")
    page = await counts(olga, face_100000="1")
    assert "Не хватает 4 000 ₽" in says(page)
    assert (await olga.press_all(page, "/desk/till/closing")).status == 422
    sent = await olga.press_all(page, "/desk/till/closing", explanation="инкассация без записи")
    assert sent.location == TILL
    assert "/desk/till/confirm" not in (await olga.get(TILL)).actions
    hers = await nina.get(TILL)
    assert "инкассация без записи" in hers.text
    done = await nina.press_all(hers, "/desk/till/confirm")
    assert (await nina.get(done.location)).heading == "Z-отчёт № 1"
    assert not await world.broken()


async def test_a_count_that_money_has_moved_since_closes_nothing(world: World) -> None:
    """The other clerk took a payment in between: count again."""
    olga, nina = await _two(world)
    await opened(olga)
    page = await counts(olga)
    await takes(nina, await world.order())
    late = await olga.press_all(page, "/desk/till/closing")
    assert late.status == 409
    assert "пересчитайте" in late.text.lower()


async def test_a_shift_grows_old(world: World) -> None:
    """After twenty hours it warns; after twenty-four nothing is taken, and the page says why."""
    olga, _ = await _two(world)
    await opened(olga)
    order = await world.order(starts_at=(await world.free(days=3))[0], plan=Plan.AT_CLINIC)
    await world.advance(hours=21)
    await olga.enters()
    assert "Закройте её до" in (await olga.get(TILL)).text
    await world.advance(hours=4)
    await olga.enters()
    assert "больше 24 часов" in (await olga.get(TILL)).text
    assert "больше 24 часов" in (await olga.get(f"/desk/till/take/{order.code}")).text
