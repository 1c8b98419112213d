"""Finance asks for a refund: looked through first, guarded, after its window by an exception alone."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from checkout.ground.db import run, sql
from checkout.payment import settle
from checkout.payment.order import Plan
from refunds import issue
from refunds.refund import State
from tests.desk.clerk import at_work
from tests.desk.refunds import clerk_name, decided, filled, of_order, sent
from tests.world import World, roubles


async def test_a_refund_is_looked_through_before_it_is_asked_for(world: World) -> None:
    """What the payer will see stands there with its dates, and nothing has happened yet."""
    order, _ = await world.paid()
    clerk = await at_work(world, "accountant")
    check = await filled(clerk, order, amount="1 000,50", note="врач заболел")
    assert "Плательщик увидит" in check.text
    assert "Возврат 1 000,50 ₽" in check.text
    assert "Отказ от услуги: врач заболел" in check.text
    assert "не позднее" in check.text
    assert await of_order(world, order.id) == []
    done = await clerk.press_all(check, f"/desk/orders/{order.code}/refund")
    [refund] = await of_order(world, order.id)
    assert done.location == f"/desk/refunds/{refund.id}"
    assert (refund.amount.amount, refund.state, refund.reason) == (
        100_050,
        State.REQUESTED,
        "Отказ от услуги: врач заболел",
    )
    assert refund.requested_by == clerk_name(clerk)


async def test_a_form_sent_twice_is_one_refund(world: World) -> None:
    order, _ = await world.paid()
    clerk = await at_work(world, "accountant")
    check = await filled(clerk, order, amount="100")
    for _ in range(2):
        assert (await clerk.press_all(check, f"/desk/orders/{order.code}/refund")).status == 303
    assert len(await of_order(world, order.id)) == 1


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"amount": "2500,01"}, "amount", "Вернуть можно не больше 2 500 ₽"),
        ({"amount": "0"}, "amount", "больше нуля"),
        ({"amount": "много"}, "amount", "Введите сумму"),
        ({"amount": "100", "day": "2020-01-01"}, "day", "Дата уже прошла"),
        ({"amount": "100", "day": "завтра"}, "day", "например 03.12.2026"),
        ({"amount": "100", "reason": "other", "note": ""}, "note", "Напишите причину"),
    ],
)
async def test_what_cannot_be_meant_is_said_beside_its_field(
    world: World, typed: dict[str, str], field: str, words: str
) -> None:
    """The most that is left is named; what was typed stands there still."""
    order, _ = await world.paid()
    page = await filled(await at_work(world, "accountant"), order, **typed)
    assert page.status in (409, 422)
    assert page.title.startswith("Ошибка: ")
    assert f"#{field}" in page.links
    assert words in page.text
    assert page.values["amount"] == typed["amount"]
    assert await of_order(world, order.id) == []


async def test_the_same_sum_within_ten_minutes_is_asked_about(world: World) -> None:
    """Not refused: whoever means another one says so. Later nobody is asked."""
    order, _ = await world.paid()
    clerk = await at_work(world, "accountant")
    await sent(clerk, order, amount="100")
    page = await filled(clerk, order, amount="100")
    assert (page.status, "#again" in page.links) == (409, True)
    assert (await sent(clerk, order, amount="100", again="yes")).status == 303
    await world.advance(minutes=11)
    assert (await sent(clerk, order, amount="100")).status == 303
    assert len(await of_order(world, order.id)) == 3


async def test_nothing_is_left_to_give_back(world: World) -> None:
    """The door is closed, and the form says why."""
    order, _ = await world.paid()
    clerk = await at_work(world, "accountant")
    await sent(clerk, order)
    assert f"/desk/orders/{order.code}/refund" not in (await clerk.get(f"/desk/orders/{order.code}")).links
    assert "Вернуть нечего" in (await clerk.get(f"/desk/orders/{order.code}/refund")).text


async def test_money_goes_back_the_way_it_came(world: World) -> None:
    """Of two payments the one that is named, to its rest and no further."""
    order = await world.order(plan=Plan.DEPOSIT)
    started = await world.start(order)
    await world.pay_at_bank(started.payment_id)
    await settle.settle(world.service, started.payment_id)
    await world.open_till()
    due = (await world.facts(order.id)).due
    status, _ = await world.api(
        "POST", f"/v1/orders/{order.id}/cash-payments", "office", {"amount": {"amount": due.amount, "currency": "RUB"}}
    )
    assert status == 201, _
    clerk = await at_work(world, "accountant")
    form = await clerk.get(f"/desk/orders/{order.code}/refund")
    assert "Наличные" in form.text and "Карта" in form.text  # noqa: PT018 - both ways stand there
    cash = form.values["payment"]
    await sent(clerk, order, payment=cash, amount="1")
    [refund] = await of_order(world, order.id)
    assert refund.method == "cash"


async def test_after_its_window_a_refund_takes_an_override(world: World) -> None:
    """Asked for as an exception; only who may allow it approves, and says why; it is on record."""
    order, _ = await world.paid()
    clerk = await at_work(world, "accountant")
    await world.advance(days=40)
    await clerk.enters()
    page = await filled(clerk, order, amount="100")
    assert (page.status, "beyond" in page.fields) == (409, True)
    assert (await sent(clerk, order, amount="100", beyond="yes")).status == 303
    [refund] = await of_order(world, order.id)
    other = await at_work(world, "accountant", email="second@clinic.example")
    assert (await decided(other, refund, "approve", override="просто так")).status == 403
    boss = await at_work(world, "controller", name="Борис Громов")
    bare = await decided(boss, refund, "approve", override=" ")
    assert (bare.status, "#override" in bare.links) == (422, True)
    assert (await decided(boss, refund, "approve", override="по закону о защите прав")).status == 303
    [after] = await of_order(world, order.id)
    assert (after.override_by, after.override_reason) == (clerk_name(boss), "по закону о защите прав")
    assert "Борис Громов: по закону о защите прав" in (await clerk.get(f"/desk/refunds/{refund.id}")).text
    await world.sweep()
    assert not await world.broken()


async def test_not_even_in_sql_does_a_late_refund_go_without_an_override(world: World) -> None:
    """The database holds it: neither without one, nor by whoever asked."""
    order, _ = await world.paid()
    await world.advance(days=40)
    ask = issue.Ask(roubles(100), "поздно", beyond=True)
    refund = await world.tx(lambda tx: issue.request(tx, world.service, order.id, ask, principal="anna"))
    for extra in (
        "",
        ", override_by = 'anna', override_reason = 'сама'",
        ", override_by = 'boris', override_reason = ' '",
    ):
        with pytest.raises(IntegrityError):
            await world.tx(
                lambda tx, extra=extra: run(  # type: ignore[misc]
                    tx,
                    sql(f"UPDATE refund SET state = 'scheduled', decided_by = 'boris'{extra} WHERE id = :id"),  # noqa: S608 - ours
                    id=refund.id.uuid,
                )
            )
