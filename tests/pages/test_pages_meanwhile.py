"""Something happened between what the page showed and what was pressed: nothing is done that the payer was not shown."""

from __future__ import annotations

import asyncio

from checkout.payment import cancel, visit
from checkout.payment.order import Order, Plan, Word
from checkout.payment.visit import Outcome
from checkout.till.take import take
from tests.flows.test_busy import until_it_waits
from tests.pages.visitor import Seen, Visitor, home, told
from tests.world import World, roubles


async def until_the_visit(world: World, order: Order) -> None:
    await world.advance(seconds=(order.starts_at - await world.now()).total_seconds())
    await world.sweep()


async def refund(world: World, order: Order, roubles_: int, *, approved: bool = True) -> str:
    """A refund that finance asks for; sent if the second person agrees. Its id."""
    wish = {"amount": {"amount": roubles_ * 100, "currency": "RUB"}, "reason": "the doctor was late"}
    status, asked = await world.api("POST", f"/v1/orders/{order.id}/refunds", "finance", wish)
    assert status == 201, asked
    if approved:
        await world.api("POST", f"/v1/refunds/{asked['id']}/approve", "finance-2", {})
        await world.sweep()
    return str(asked["id"])


async def test_money_that_is_being_booked_while_the_button_is_pressed_is_shown_first(
    visitor: Visitor, world: World
) -> None:
    """The desk takes the money at the very moment: whoever was shown "nothing to return" is asked again."""
    order = await world.order()
    await world.open_till()
    page = await visitor.get(f"{home(world, order)}/cancel")
    async with world.service.engine.begin() as tx:
        await take(tx, world.service, order.id, roubles(2500), principal="olga")
        pressed: asyncio.Task[Seen] = asyncio.ensure_future(visitor.post(f"{home(world, order)}/cancel", page.values))
        await until_it_waits(world, pressed)
    assert (await pressed).status == 409
    assert "сумма изменилась" in (await pressed).text
    assert await world.word(order.id) is Word.PAID
    assert not await world.broken()


async def test_times_are_offered_only_where_they_can_be_had(visitor: Visitor, world: World) -> None:
    """Part went back already, so that the rest moves nowhere: neither before nor after calling off is another time promised."""
    order, _ = await world.paid()
    await refund(world, order, 500)
    before = await visitor.get(f"{home(world, order)}/cancel")
    assert "Отменить и вернуть 2 000 ₽" in told(before.text)
    assert "выбрать другое время позже" not in before.text
    await world.tx(lambda tx: cancel.cancel(tx, world.service, order.id, principal="payer"))
    page = await visitor.get(home(world, order))
    assert page.heading == "Возвращаем деньги"
    assert not page.actions
    assert f"{home(world, order)}/move" not in page.links
    await world.advance(hours=25)
    await world.sweep()
    assert (await visitor.get(home(world, order))).heading == "Возврат сделан"
    assert not await world.broken()


async def test_a_visit_given_on_a_deposit_is_not_called_settled(visitor: Visitor, world: World) -> None:
    """The visit is behind them, the rest is not paid: the page names it, and takes it."""
    order, _ = await world.paid(plan=Plan.DEPOSIT)
    await until_the_visit(world, order)
    await world.tx(lambda tx: visit.mark(tx, order.id, Outcome.GIVEN, principal="olga"))
    for language, wrong in (("ru", "расчёт закончен"), ("en", "the payment is complete")):
        page = await visitor.get(f"{home(world, order)}?lang={language}")
        assert wrong not in page.text
        assert "1 750 ₽" in told(page.text) or "1,750" in page.text
    assert any(action.endswith("/pay") for action in (await visitor.get(home(world, order))).actions)
    await world.open_till()
    await world.tx(lambda tx: take(tx, world.service, order.id, roubles(1750), principal="olga"))
    assert "расчёт закончен" in (await visitor.get(home(world, order))).text


async def test_a_refund_that_is_only_asked_for_is_not_money_on_its_way(visitor: Visitor, world: World) -> None:
    """Of a missed visit somebody asked the money back; nobody has agreed yet, and may not."""
    order, _ = await world.paid()
    await until_the_visit(world, order)
    await world.tx(lambda tx: visit.mark(tx, order.id, Outcome.NO_SHOW, principal="olga"))
    asked = await refund(world, order, 2500, approved=False)
    page = await visitor.get(home(world, order))
    assert page.heading == "Визит не состоялся"
    assert "На согласовании" in page.text
    await world.api("POST", f"/v1/refunds/{asked}/approve", "finance-2", {})
    await world.sweep()
    assert (await visitor.get(home(world, order))).heading == "Возврат сделан"
