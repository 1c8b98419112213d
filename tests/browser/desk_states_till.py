"""States of the till: closed, open, old, waiting for somebody; taking money, its paper, its reports."""

from __future__ import annotations

from typing import Final

from checkout.catalogue import store as catalogue
from checkout.ground.db import Tx
from checkout.payment.order import Order, Plan
from checkout.till import counts_store, move, store
from checkout.till.till import Reason, Shift
from tests.browser.desk import Desk, DeskState, signed_in
from tests.desk.clerk import hired
from tests.flows.drawer import closed, counted, moved, taken
from tests.world import roubles

CASHIER: Final = (("cashier", "tverskaya"),)
SENIOR: Final = (("senior-cashier", "tverskaya"),)
HERE: Final = "clinic=tverskaya"
TILL: Final = f"/desk/till?{HERE}"


async def _name(desk: Desk) -> str:
    """A colleague's, for what was done before."""
    colleague = await hired(desk.world, *CASHIER, email=f"nina-{desk.language}@clinic.example", name="Нина Орлова")
    return f"staff:{colleague.staff_id}"


async def _drawer(desk: Desk, amount: int, *, principal: str = "olga") -> Shift:
    """The shift of Tverskaya: the one that stands open, if a state in the other language has opened it."""

    async def found(tx: Tx) -> Shift | None:
        clinic = await catalogue.clinic(tx, "tverskaya")
        assert clinic is not None
        return await store.open_of(tx, clinic.id)

    return await desk.world.tx(found) or await desk.world.open_till(amount, principal=principal)


async def _which(_desk: Desk) -> str:
    return "/desk/till"


async def _closed(_desk: Desk) -> str:
    return TILL


async def _closed_wrong(desk: Desk) -> None:
    await desk.open(TILL)
    await desk.page.fill("#total", "много")
    await desk.page.click(".act button")


async def _opening(desk: Desk) -> None:
    shift = await _drawer(desk, 500, principal=await _name(desk))
    count = await counted(desk.world, shift, roubles(500))
    await _close(desk, str(shift.id), count.id)
    await desk.open(TILL)
    await desk.page.fill("#total", "350")
    await desk.page.click(".act button")
    await desk.page.wait_for_selector("#explanation")


async def _close(desk: Desk, shift: str, count: int) -> None:
    form = await desk.clerk.get(f"/desk/till/closing?{HERE}&count={count}")
    await desk.clerk.press(form, "/desk/till/closing", clinic="tverskaya", shift=shift, count=str(count))


async def _open(desk: Desk) -> str:
    """A day's work: takings of every tender, change, a storno."""
    name = await _name(desk)
    shift = await _drawer(desk, 3000, principal=name)
    await taken(desk.world, await desk.world.order(), 2500, principal=name)
    await moved(desk.world, shift, 500, Reason.EXPENSE, into=False)
    return TILL


async def _late(desk: Desk) -> str:
    await _drawer(desk, 3000, principal=await _name(desk))
    await desk.world.advance(hours=21)
    await _again(desk)
    return TILL


async def _again(desk: Desk) -> None:
    """Signed in once more: the day was long."""
    await signed_in(desk.world, desk.visit, desk.clerk, desk.language)


async def _given(desk: Desk) -> str:
    name = await _name(desk)
    shift = await _drawer(desk, 3000, principal=name)
    if await desk.world.tx(lambda tx: counts_store.pending(tx, shift.id)) is None:
        await desk.world.tx(lambda tx: move.give(tx, shift.id, roubles(2000), principal=name))
    return TILL


async def _waits(desk: Desk) -> str:
    name = await _name(desk)
    shift = await _drawer(desk, 5000, principal=name)
    await closed(desk.world, shift, roubles(1000), explanation="инкассация без записи", principal=name)
    return TILL


async def _move(desk: Desk) -> str:
    await _drawer(desk, 3000)
    return f"/desk/till/move?{HERE}&direction=out"


async def _move_wrong(desk: Desk) -> None:
    await desk.open(await _move(desk))
    await desk.page.fill("#amount", "10000")
    await desk.page.check("[value=bank]")
    await desk.page.click(".act button")
    await desk.page.wait_for_selector(".notice")


async def _reverse(desk: Desk) -> str:
    await _drawer(desk, 0)
    receipt = (await taken(desk.world, await desk.world.order(), 2500)).receipt_no
    return f"/desk/till/reverse/{receipt}?{HERE}"


async def _hand_over(desk: Desk) -> str:
    await _drawer(desk, 3000)
    return f"/desk/till/hand-over?{HERE}"


async def _count(desk: Desk) -> str:
    await _drawer(desk, 3000)
    return f"/desk/till/close?{HERE}"


async def _closing(desk: Desk) -> None:
    await desk.open(await _count(desk))
    await desk.page.fill("#face-100000", "2")
    await desk.page.click(".act button")
    await desk.page.wait_for_selector("#explanation")


async def _take(desk: Desk) -> str:
    await _drawer(desk, 0)
    return f"/desk/till/take/{(await desk.world.order()).code}"


async def _take_wrong(desk: Desk) -> None:
    await desk.open(await _take(desk))
    await desk.page.fill("#received", "100")
    await desk.page.click(".act button")
    await desk.page.wait_for_selector(".notice")


async def _take_paid(desk: Desk) -> str:
    await _drawer(desk, 0)
    order, _ = await desk.world.paid()
    return f"/desk/till/take/{order.code}"


async def _take_live(desk: Desk) -> str:
    await _drawer(desk, 0)
    order = await desk.world.order()
    await desk.world.start(order)
    return f"/desk/till/take/{order.code}"


async def _take_closed(desk: Desk) -> str:
    order: Order = await desk.world.order(plan=Plan.AT_CLINIC)
    return f"/desk/till/take/{order.code}"


async def _taken(desk: Desk) -> None:
    await desk.open(await _take(desk))
    await desk.page.fill("#received", "5000")
    await desk.page.press("#received", "Enter")
    await desk.page.wait_for_url("**/taken/**", wait_until="load")


async def _slip(desk: Desk) -> str:
    await _drawer(desk, 0)
    order = await desk.world.order()
    name = await _name(desk)
    receipt = (await taken(desk.world, order, 2500, principal=name)).receipt_no
    form = await desk.clerk.get(f"/desk/till/slip/{receipt}?{HERE}")
    await desk.clerk.press(form, f"/desk/till/slip/{receipt}", clinic="tverskaya")
    return f"/desk/till/slip/{receipt}?{HERE}&paper=58"


async def _slip_corrected(desk: Desk) -> str:
    """The fiscal receipt's number was noted wrongly, and then rightly."""
    address = await _slip(desk)
    place = f"{address.partition('?')[0]}/fiscal"
    for number, was in (("145", ""), ("154", "145")):
        await desk.clerk.press(await desk.clerk.get(address), place, clinic="tverskaya", fiscal=number, was=was)
    return address


async def _report(desk: Desk) -> str:
    await _open(desk)
    page = await desk.clerk.get(TILL)
    return next(link for link in page.links if "/report/" in link)


STATES: Final = (
    DeskState("till_which", "desk/which.html", ("cashier",), _which),
    DeskState("till_closed", "desk/till_closed.html", CASHIER, _closed),
    DeskState("till_closed_wrong", "desk/till_closed.html", CASHIER, _closed_wrong, status=422),
    DeskState("till_opening", "desk/till_opening.html", CASHIER, _opening),
    DeskState("till_open", "desk/till.html", SENIOR, _open),
    DeskState("till_late", "desk/till.html", CASHIER, _late),
    DeskState("till_given", "desk/till.html", SENIOR, _given),
    DeskState("till_waits", "desk/till.html", SENIOR, _waits),
    DeskState("till_move", "desk/till_move.html", CASHIER, _move),
    DeskState("till_move_wrong", "desk/till_move.html", CASHIER, _move_wrong, status=409),
    DeskState("till_reverse", "desk/till_reverse.html", SENIOR, _reverse),
    DeskState("till_hand_over", "desk/till_hand_over.html", CASHIER, _hand_over),
    DeskState("till_close", "desk/till_close.html", CASHIER, _count),
    DeskState("till_closing", "desk/till_closing.html", CASHIER, _closing),
    DeskState("take", "desk/take.html", CASHIER, _take),
    DeskState("take_wrong", "desk/take.html", CASHIER, _take_wrong, status=422),
    DeskState("take_paid", "desk/take.html", CASHIER, _take_paid),
    DeskState("take_live", "desk/take.html", CASHIER, _take_live),
    DeskState("take_closed", "desk/take.html", CASHIER, _take_closed),
    DeskState("taken", "desk/taken.html", CASHIER, _taken),
    DeskState("slip", "desk/slip.html", CASHIER, _slip),
    DeskState("slip_corrected", "desk/slip.html", CASHIER, _slip_corrected),
    DeskState("till_report", "desk/report.html", CASHIER, _report),
)
