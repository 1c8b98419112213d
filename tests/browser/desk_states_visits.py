"""States of the day at a clinic: who comes, booking for somebody, another time, calling off a visit and a day."""

from __future__ import annotations

from typing import Final

from checkout.payment import day_off, visit
from checkout.payment.day_off import Cure, Wish
from checkout.payment.day_off_store import Called
from checkout.payment.order import Order, Plan
from tests.browser.desk import Desk, DeskState
from tests.desk.clerk import hired
from tests.pages.visitor import CONTACTS
from tests.printed import broken, expecting

CASHIER: Final = (("cashier", "tverskaya"),)
SENIOR: Final = (("senior-cashier", "tverskaya"),)
HERE: Final = "clinic=tverskaya"


def _on(order: Order) -> str:
    return f"{HERE}&day={order.starts_at.date().isoformat()}"


async def _today(desk: Desk) -> str:
    """Paid, owing, with goods, held."""
    starts = (await desk.world.free(days=1))[:4]
    order, _ = await desk.world.paid(starts_at=starts[0], lines=(("consultation", 1), ("insoles", 1)))
    await desk.world.order(starts_at=starts[1], plan=Plan.AT_CLINIC)
    await desk.world.order(starts_at=starts[2])
    return f"/desk/today?{_on(order)}"


async def _nobody(_desk: Desk) -> str:
    return f"/desk/today?{HERE}"


async def _move(desk: Desk) -> str:
    order, _ = await desk.world.paid()
    return f"/desk/visits/{order.code}/move"


async def _chosen(desk: Desk) -> None:
    await desk.open(await _move(desk))
    await desk.page.click(".times a")
    await desk.page.wait_for_selector("[name=sequence]", state="attached")


async def _cancel(desk: Desk) -> str:
    order, _ = await desk.world.paid()
    return f"/desk/visits/{order.code}/cancel"


async def _book(_desk: Desk) -> str:
    return f"/desk/book?{HERE}"


async def _times(_desk: Desk) -> str:
    return f"/desk/book?{HERE}&service=consultation"


async def _form(desk: Desk) -> None:
    await desk.open(await _times(desk))
    await desk.page.click(".times a")
    await desk.page.wait_for_selector("#phone")


async def _form_wrong(desk: Desk) -> None:
    await _form(desk)
    await desk.page.fill("#name", "Мария Петрова")
    await desk.page.click("form[action='/desk/book'] .act button")
    await desk.page.wait_for_selector(".notice")


async def _booked(desk: Desk) -> None:
    await _form(desk)
    for name, value in CONTACTS.items():
        await desk.page.fill(f"#{name}", value)
    for kind in ("adult", "offer", "personal-data"):
        await desk.page.check(f"#consent-{kind}")
    await desk.page.check("[value=full]")
    await desk.page.click("form[action='/desk/book'] .act button")
    await desk.page.wait_for_url("**/desk/booked/*", wait_until="load")


async def _day(desk: Desk) -> str:
    order, _ = await desk.world.paid()
    return f"/desk/day?{_on(order)}"


async def _day_apart(desk: Desk) -> None:
    """Two of three set apart, by presses."""
    for start in (await desk.world.free(days=1))[:3]:
        order, _ = await desk.world.paid(starts_at=start)
    await desk.open(f"/desk/day?{_on(order)}")
    for number in (1, 2):
        await desk.page.click("button[name=apart] >> nth=0")
        await desk.page.wait_for_function(f"document.querySelectorAll('select[name^=cure-]').length == {number}")


async def _goods_here(desk: Desk) -> str:
    """On the page of their order, at the clinic and not handed over yet."""
    order, _ = await desk.world.paid(lines=(("consultation", 1), ("insoles", 1)))
    await desk.world.tx(lambda tx: visit.goods_arrived(tx, order.id, principal="olga"))
    return f"/desk/orders/{order.code}"


async def _receipts(desk: Desk) -> str:
    """On the page of their order: one that the bank has not printed."""
    order, payment = await desk.world.paid()
    await broken(desk.world, await expecting(desk.world, order, payment))
    return f"/desk/orders/{order.code}"


async def _receipt_note(desk: Desk) -> None:
    """At the form for what was issued elsewhere, with a number that cannot be one."""
    order, payment = await desk.world.paid()
    expected = await expecting(desk.world, order, payment)
    await broken(desk.world, expected)
    await desk.open(f"/desk/orders/{order.code}/receipts/{expected.id}/note")
    await desk.page.fill("#number", "47-11")
    await desk.page.click("main form .act button")
    await desk.page.wait_for_selector(".notice")


async def _asked(desk: Desk, *, decided: bool = False) -> str:
    """By a colleague; approved by another, with one visit that was moved in between."""
    nina = await hired(desk.world, *SENIOR, email=f"nina-{desk.language}@clinic.example", name="Нина Орлова")
    days = [await desk.world.free(days=number) for number in (1, 3, 4)]
    starts = next(free for free in days if free)[:2]  # the state in the other language has closed a day
    orders = [(await desk.world.paid(starts_at=at))[0] for at in starts]
    called = Called(orders[0].clinic_id, orders[0].starts_at.date(), None, "врач заболел")
    wishes = [Wish(orders[0].id, 0, Cure.REFUND), Wish(orders[1].id, 7, Cure.CREDIT)]
    made = await desk.world.tx(lambda tx: day_off.ask(tx, called, wishes, principal=f"staff:{nina.staff_id}"))
    address = f"/desk/day/{made}?{HERE}"
    if decided:
        page = await desk.clerk.get(address)
        await desk.clerk.press(page, f"/desk/day/{made}/approve", clinic="tverskaya")
        await desk.world.sweep()
    return address


async def _settled(desk: Desk) -> str:
    return await _asked(desk, decided=True)


STATES: Final = (
    DeskState("today", "desk/today.html", SENIOR, _today),
    DeskState("today_nobody", "desk/today.html", CASHIER, _nobody),
    DeskState("visit_move", "desk/visit_move.html", CASHIER, _move),
    DeskState("visit_move_chosen", "desk/visit_move.html", CASHIER, _chosen),
    DeskState("visit_cancel", "desk/visit_cancel.html", CASHIER, _cancel),
    DeskState("book", "desk/book.html", CASHIER, _book),
    DeskState("book_time", "desk/book_time.html", CASHIER, _times),
    DeskState("book_form", "desk/book_form.html", CASHIER, _form),
    DeskState("book_form_wrong", "desk/book_form.html", CASHIER, _form_wrong, status=422),
    DeskState("book_done", "desk/booked.html", CASHIER, _booked),
    DeskState("order_receipts", "desk/order.html", ("accountant",), _receipts),
    DeskState("receipt_note", "desk/receipt_note.html", ("accountant",), _receipt_note, status=422),
    DeskState("day", "desk/day.html", SENIOR, _day),
    DeskState("day_apart", "desk/day.html", SENIOR, _day_apart),
    DeskState("order_goods", "desk/order.html", SENIOR, _goods_here),
    DeskState("day_asked", "desk/day_off.html", SENIOR, _asked),
    DeskState("day_settled", "desk/day_off.html", SENIOR, _settled),
)
