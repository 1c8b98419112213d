"""States of the search, the page of an order, finance's refund desk and the worklist."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from checkout.books import broken
from checkout.books.invariants import Violation
from checkout.ground.ids import PaymentId
from checkout.payment import settle
from checkout.payment.order import Order
from gateways import sandbox
from gateways.sandbox import reverting
from refunds import approve, issue, review, store
from tests.browser.desk import Desk, DeskState
from tests.flows.registry import Said, brought_in
from tests.world import POOR, World, roubles

ACCOUNTANT: Final = ("accountant",)
CONTROLLER: Final = ("controller",)
SOMEBODY: Final = "staff:stf_01M8DA22FWFMQY4B2K33P6FTZ4"


async def _asked(world: World, order: Order, amount: int, *, beyond: bool = False) -> store.Refund:
    ask = issue.Ask(roubles(amount), "Отказ от услуги", beyond=beyond)
    return await world.tx(lambda tx: issue.request(tx, world.service, order.id, ask, principal=SOMEBODY))


async def _approved(world: World, order: Order, amount: int) -> store.Refund:
    refund = await _asked(world, order, amount)
    return await world.tx(lambda tx: approve.decide(tx, refund.id, "approve", principal="boris"))


async def _gone_elsewhere(world: World, amount: int) -> Order:
    order, payment_id = await world.paid()
    found = world.bank.find(world.merchant, number=str(payment_id))
    reverting.refund(world.bank, found, amount * 100, external_id=None)
    await settle.settle(world.service, payment_id)
    return order


# --- orders


async def _search(_desk: Desk) -> str:
    return "/desk/orders"


async def _found(desk: Desk) -> str:
    for _ in range(3):
        await desk.world.paid()
    await desk.world.order()
    return "/desk/orders?q=6789"


async def _not_found(_desk: Desk) -> str:
    return "/desk/orders?q=0000"


async def _unclear(_desk: Desk) -> str:
    return "/desk/orders?q=%2B7"


async def _draft(desk: Desk) -> str:
    return f"/desk/orders/{(await desk.world.order()).code}"


async def _whole(desk: Desk) -> str:
    """A card refused, then paid, one refund done and one asked for, everything told."""
    world = desk.world
    order = await world.order()
    refused = await world.start(order)
    await world.pay_at_bank(refused.payment_id, POOR)
    await settle.settle(world.service, refused.payment_id)
    await world.pay_at_bank(refused.payment_id)
    await settle.settle(world.service, refused.payment_id)
    await _approved(world, order, 500)
    await world.sweep()
    await _asked(world, order, 1000)
    await world.letters()
    return f"/desk/orders/{order.code}"


async def _record(desk: Desk) -> None:
    order, _ = await desk.world.paid()
    await desk.open(f"/desk/orders/{order.code}")
    await desk.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    await desk.page.locator("a[href*='/bank/']").first.click()
    await desk.page.wait_for_selector("pre")


async def _narrowed(desk: Desk) -> str:
    return f"{await _whole(desk)}?story=messages"


async def _no_story(desk: Desk) -> str:
    return f"{await _draft(desk)}?story=staff"


async def _unfolded(desk: Desk) -> None:
    """A link to an event in the middle was followed."""
    await desk.open(await _whole(desk))
    link = await desk.page.locator("#why ~ details .story a[href*='event=']").first.get_attribute("href")
    assert link is not None
    await desk.open(link)
    await desk.page.wait_for_selector("details[open] li:target")


# --- refunds


async def _queue(desk: Desk) -> str:
    for amount in (500, 1200, 2500):
        order, _ = await desk.world.paid()
        await _asked(desk.world, order, amount)
    return "/desk/refunds"


async def _pressing(desk: Desk) -> str:
    await _queue(desk)
    await desk.world.advance(days=29)
    await desk.again()
    return "/desk/refunds"


async def _queue_empty(_desk: Desk) -> str:
    return "/desk/refunds?tab=errors"


async def _filtered(_desk: Desk) -> str:
    return "/desk/refunds?least=999999"


async def _filtered_to_some(desk: Desk) -> None:
    """Every kind of chip; the filter is kept by name."""
    await _queue(desk)
    query = f"tab=mine&clinic=tverskaya&state=requested&method=card&since=2020-01-01&most=99999&asked_by={SOMEBODY}"
    await desk.open(f"/desk/refunds?{query}")
    keep = desk.page.locator("form[action='/desk/views']")
    await desk.page.locator("details:has(form[action='/desk/views']) summary").click()
    await keep.locator("[name=name]").fill(f"Возвраты Тверской, {desk.language}")
    await keep.locator("button").click()
    await desk.page.wait_for_selector(".kept")


async def _filter_wrong(_desk: Desk) -> str:
    return "/desk/refunds?least=x"


async def _to_approve(desk: Desk) -> str:
    order, _ = await desk.world.paid()
    return f"/desk/refunds/{(await _asked(desk.world, order, 1000)).id}"


async def _beyond(desk: Desk) -> str:
    order, _ = await desk.world.paid()
    await desk.world.advance(days=40)
    await desk.again()
    return f"/desk/refunds/{(await _asked(desk.world, order, 1000, beyond=True)).id}"


async def _silent(desk: Desk) -> str:
    order, _ = await desk.world.paid()
    desk.world.bank.faults.add(sandbox.Rule(sandbox.Fault("cut_after"), method="refund.do"))
    refund = await _approved(desk.world, order, 1000)
    await desk.world.sweep()
    return f"/desk/refunds/{refund.id}"


async def _contested(desk: Desk) -> str:
    order = await _gone_elsewhere(desk.world, 700)
    refund = await _approved(desk.world, order, 1000)
    await desk.world.sweep()
    return f"/desk/refunds/{refund.id}"


async def _rejected_without_reason(desk: Desk) -> None:
    await desk.open(await _to_approve(desk))
    await desk.page.locator("details summary").first.click()
    await desk.page.locator("form[action$='/reject'] button").click()
    await desk.page.wait_for_selector("main [role=alert]")


async def _ask(desk: Desk) -> str:
    order, _ = await desk.world.paid()
    return f"/desk/orders/{order.code}/refund"


async def _ask_nothing(desk: Desk) -> str:
    order, _ = await desk.world.paid()
    await _asked(desk.world, order, 2500)
    return f"/desk/orders/{order.code}/refund"


async def _ask_wrong(desk: Desk) -> None:
    await desk.open(await _ask(desk))
    await desk.page.fill("#amount", "9999")
    await desk.page.locator("main form button").click()
    await desk.page.wait_for_selector("main [role=alert]")


async def _ask_again(desk: Desk) -> None:
    order, _ = await desk.world.paid()
    await _asked(desk.world, order, 100)
    await desk.open(f"/desk/orders/{order.code}/refund")
    await desk.page.fill("#amount", "100")
    await desk.page.locator("main form button").click()
    await desk.page.wait_for_selector("#again")


async def _check(desk: Desk) -> None:
    await desk.open(await _ask(desk))
    await desk.page.locator("main form button").click()
    await desk.page.wait_for_selector(".steps")


async def _many(desk: Desk) -> None:
    await desk.open(await _queue(desk))
    for tick in await desk.page.locator("[name^=tick-]").all():
        await tick.check()
    await desk.page.locator("form[action$='/approve/check'] button").click()
    await desk.page.wait_for_selector("tfoot")


async def _many_done(desk: Desk) -> None:
    await _many(desk)
    await desk.page.locator("form[action$='/refunds/approve'] button").click()
    await desk.page.wait_for_selector(".lead[role=status]")


# --- worklist


async def _work(desk: Desk) -> str:
    await _gone_elsewhere(desk.world, 700)
    await _contested(desk)
    order, _ = await desk.world.paid()
    await _asked(desk.world, order, 100)
    await desk.world.advance(days=11)
    await desk.again()
    return "/desk/worklist"


async def _contradiction(world: World) -> PaymentId:
    """2 500 ₽ were ordered, the bank took 2 400 ₽."""
    order = await world.order()
    started = await world.start(order)
    await world.pay_at_bank(started.payment_id)
    found = world.bank.find(world.merchant, number=str(started.payment_id))
    found.request = replace(found.request, amount=240_000)
    found.approved = found.deposited = 240_000
    await settle.settle(world.service, started.payment_id)
    return started.payment_id


async def _in_review(desk: Desk) -> str:
    return f"/desk/payments/{await _contradiction(desk.world)}/review"


async def _review_asked(desk: Desk) -> str:
    world, payment_id = desk.world, await _contradiction(desk.world)
    shown = await review.look(world.service, payment_id)
    await world.tx(lambda tx: review.ask(tx, world.service, shown, "Обращение в банк SD-17", principal=SOMEBODY))
    return f"/desk/payments/{payment_id}/review"


async def _review_over(desk: Desk) -> str:
    world, place = desk.world, await _review_asked(desk)
    payment_id = PaymentId.parse(place.split("/")[3])
    shown = await review.look(world.service, payment_id)
    await world.tx(lambda tx: review.approve(tx, world.service, shown, principal="boris"))
    return place


async def _review_without_reason(desk: Desk) -> None:
    place = await _in_review(desk)
    await desk.open(place)
    await desk.page.locator(f"form[action='{place}'] button").click()
    await desk.page.wait_for_selector("main [role=alert]")


async def _breaks_of_the_house(desk: Desk) -> None:
    """An invariant is broken, once before and now again; the bank names a payment that is nobody's; one is in review."""
    found = [
        Violation("I07", "", tuple(f"0190{number:028x}" for number in range(20)), 24),
        Violation("audit", "", ("row 7",), 1),
    ]
    for broken_ in (found, [], found):
        await desk.world.tx(lambda tx, broken_=broken_: broken.keep(tx, "books", broken_))  # type: ignore[misc]  # at once
    await _contradiction(desk.world)
    with TemporaryDirectory() as folder:
        line = Said(f"b-{desk.language}", None)
        await brought_in(desk.world, Path(folder) / "r.csv", line, force=True)


async def _house(desk: Desk) -> str:
    await _breaks_of_the_house(desk)
    return "/desk/worklist"


async def _invariant(desk: Desk) -> str:
    await _breaks_of_the_house(desk)
    return "/desk/worklist/invariants/I07"


async def _no_work(_desk: Desk) -> str:
    return "/desk/worklist"


STATES: Final = (
    DeskState("orders", "desk/orders.html", ("cashier",), _search),
    DeskState("orders_found", "desk/orders.html", ("read-only",), _found),
    DeskState("orders_not_found", "desk/orders.html", ("cashier",), _not_found),
    DeskState("orders_unclear", "desk/orders.html", ("cashier",), _unclear),
    DeskState("order_draft", "desk/order.html", ("read-only",), _draft),
    DeskState("order", "desk/order.html", ("accountant",), _whole),
    DeskState("order_messages", "desk/order.html", ("accountant",), _narrowed),
    DeskState("order_no_story", "desk/order.html", ("read-only",), _no_story),
    DeskState("order_event", "desk/order.html", ("accountant",), _unfolded),
    DeskState("bank_record", "desk/bank_record.html", ACCOUNTANT, _record),
    DeskState("refunds", "desk/refunds.html", ACCOUNTANT, _queue),
    DeskState("refunds_pressing", "desk/refunds.html", ACCOUNTANT, _pressing),
    DeskState("refunds_empty", "desk/refunds.html", ACCOUNTANT, _queue_empty),
    DeskState("refunds_filtered", "desk/refunds.html", ACCOUNTANT, _filtered),
    DeskState("refunds_kept", "desk/refunds.html", ACCOUNTANT, _filtered_to_some),
    DeskState("refunds_filter_wrong", "desk/refunds.html", ACCOUNTANT, _filter_wrong, status=422),
    DeskState("refund", "desk/refund.html", ACCOUNTANT, _to_approve),
    DeskState("refund_beyond", "desk/refund.html", CONTROLLER, _beyond),
    DeskState("refund_silent", "desk/refund.html", ACCOUNTANT, _silent),
    DeskState("refund_contested", "desk/refund.html", ACCOUNTANT, _contested),
    DeskState("refund_no_reason", "desk/refund.html", ACCOUNTANT, _rejected_without_reason, status=422),
    DeskState("refund_ask", "desk/refund_ask.html", ACCOUNTANT, _ask),
    DeskState("refund_ask_nothing", "desk/refund_ask.html", ACCOUNTANT, _ask_nothing),
    DeskState("refund_ask_wrong", "desk/refund_ask.html", ACCOUNTANT, _ask_wrong, status=409),
    DeskState("refund_ask_again", "desk/refund_ask.html", ACCOUNTANT, _ask_again, status=409),
    DeskState("refund_check", "desk/refund_check.html", ACCOUNTANT, _check),
    DeskState("refunds_check", "desk/refunds_check.html", ACCOUNTANT, _many),
    DeskState("refunds_done", "desk/refunds_done.html", ACCOUNTANT, _many_done),
    DeskState("worklist", "desk/worklist.html", ACCOUNTANT, _work),
    DeskState("worklist_house", "desk/worklist.html", ("administrator",), _house),
    DeskState("invariant", "desk/invariant.html", ("administrator",), _invariant),
    DeskState("payment_review", "desk/payment_review.html", ACCOUNTANT, _in_review),
    DeskState("payment_review_no_reason", "desk/payment_review.html", ACCOUNTANT, _review_without_reason, status=422),
    DeskState("payment_review_asked", "desk/payment_review.html", CONTROLLER, _review_asked),
    DeskState("payment_review_over", "desk/payment_review.html", CONTROLLER, _review_over),
    DeskState("worklist_empty", "desk/worklist.html", ACCOUNTANT, _no_work),
)
