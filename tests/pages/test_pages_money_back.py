"""Money on its way back, on the payer's page: how much, by when, and why; arrival is promised, never claimed."""

from __future__ import annotations

from checkout.ground.ids import PaymentId
from checkout.payment.order import Order
from checkout.payment.settle import settle
from gateways import sandbox
from gateways.sandbox import Fault, Rule
from tests.pages.visitor import Visitor, home, told
from tests.world import World, roubles

STATUS = "getOrderStatusExtended.do"


def changes_its_mind(world: World, payment: PaymentId) -> None:
    """What no bank should do: an order that it called unpaid turns out to be paid."""
    found = world.bank.find(world.merchant, number=str(payment))
    found.status = sandbox.Status.DEPOSITED
    found.action_code = 0
    found.approved = found.deposited = found.amount


async def late_money(world: World) -> tuple[Order, PaymentId]:
    """Expired, sold to somebody else, and then paid after all. No callback hurries us: the sweep sees the end of the session."""
    world.bank.faults.add(Rule(Fault.DROP, method="callback", times=None))
    ultrasound = (("ultrasound", 1),)
    order = await world.order(lines=ultrasound)
    started = await world.start(order)
    await world.advance(minutes=40)
    await world.sweep()
    await world.order(lines=ultrasound, starts_at=order.starts_at)
    changes_its_mind(world, started.payment_id)
    await settle(world.service, started.payment_id)
    return order, started.payment_id


async def test_late_money_says_how_much_and_when_it_goes_back_by_itself(visitor: Visitor, world: World) -> None:
    """Money for a time that is gone: the sum, the hour; then the refund with its promised days."""
    order, payment = await late_money(world)
    page = await visitor.get(home(world, order))
    assert page.heading == "Деньги пришли, но время уже занято"
    assert "мы вернём 3 200 ₽ полностью. Если ничего не делать, возврат начнётся сам:" in told(page.text)
    assert "(Москва, UTC+3)" in page.text
    await world.advance(hours=25)
    await world.sweep()
    returned = await visitor.get(home(world, order))
    assert returned.heading == "Возврат сделан"
    assert "Возврат 3 200 ₽" in told(returned.text)
    assert (await world.payment(payment)).belief.refunded == roubles(3200)


async def test_a_cancelled_visit_with_money_says_what_becomes_of_it(visitor: Visitor, world: World) -> None:
    """The visit is gone, the money is not: how much, and when it goes back by itself."""
    order, _ = await world.paid()
    await world.api("POST", f"/v1/orders/{order.id}/cancel", "office", {})
    page = await visitor.get(home(world, order))
    assert page.heading == "Запись отменена, деньги у нас"
    assert "У нас 2 500 ₽." in told(page.text)
    assert "возврат начнётся сам:" in page.text


async def test_a_surplus_is_said_to_go_back(visitor: Visitor, world: World) -> None:
    """Paid twice by the bank's doing: the visit stands, the second sum goes back by itself."""
    order, first = await world.paid_at_the_second()
    changes_its_mind(world, first)
    await settle(world.service, first)
    page = await visitor.get(home(world, order))
    assert page.heading == "Вы записаны"
    assert "Оплачено на 2 500 ₽ больше, чем стоит визит. Эти деньги вернутся сами." in told(page.text)


async def test_a_partial_refund_shows_its_state_days_and_reason(visitor: Visitor, world: World) -> None:
    """Asked, approved, taken by the bank: each with the promised days; and the page does not ask for the money again."""
    order, _ = await world.paid()
    wish = {"amount": {"amount": 50_000, "currency": "RUB"}, "reason": "Врач <b>заболел</b>"}
    status, asked = await world.api("POST", f"/v1/orders/{order.id}/refunds", "finance", wish)
    assert (status, asked["return_kind"]) == (201, "service")
    assert asked["return_base"] == f"{order.ends_at:%Y-%m-%dT%H:%M:%SZ}"
    page = await visitor.get(home(world, order))
    assert "Возврат 500 ₽ Состояние: На согласовании." in told(page.text)
    assert "Ответим до" in page.text
    assert "Просить возврат можно до" in page.text
    assert "срок идёт со дня визита" in page.text
    assert "Причина: Врач <b>заболел</b>" in page.text
    assert "b" not in page.tags
    await world.api("POST", f"/v1/refunds/{asked['id']}/approve", "finance-2", {})
    await world.sweep()
    page = await visitor.get(home(world, order))
    assert page.heading == "Вы записаны"
    assert "Состояние: Банк принял." in page.text
    assert asked["expected_by"][:4] in page.text
    assert "не позднее" in page.text
    assert "Возвращено 500 ₽" in told(page.text)
    assert not page.actions


async def test_a_whole_refund_says_that_the_bank_accepted_it_not_that_it_arrived(
    visitor: Visitor, world: World
) -> None:
    """Arrival on the card cannot be known; the page promises days instead. In both languages."""
    order, _ = await world.paid()
    await world.api("POST", f"/v1/orders/{order.id}/cancel", "office", {})
    await world.advance(hours=25)
    await world.sweep()
    page = await visitor.get(f"{home(world, order)}?lang=en")
    assert page.heading == "The refund is made"
    assert "The bank accepted the refund on" in page.text
    assert "Reason: the visit was cancelled." in page.text
    assert "no later than" in page.text
