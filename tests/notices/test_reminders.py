"""Reminders: the day before, once for each time a visit has, never at night and never to who has just booked."""

from __future__ import annotations

from datetime import timedelta

from checkout.notices import remind
from checkout.payment import cancel
from checkout.payment.order import Order, Plan
from tests.notices.telling import move_visit, plain, states, wait_until
from tests.world import MOSCOW, World


async def reminded(world: World) -> list[str]:
    """One round of reminders, and what then lies in the mailbox of them."""
    await remind.remind_due(world.service)
    return [letter.subject for letter in await world.letters() if "напоминание" in letter.subject]


async def booked(world: World, days: int = 4) -> Order:
    """A visit some days ahead, the first of that day."""
    return await world.order(plan=Plan.AT_CLINIC, starts_at=(await world.free(days=days))[0])


async def test_a_visit_is_reminded_of_once_the_day_before(world: World) -> None:
    """Not earlier than 24 hours before, and not twice; with the hour, the place and what is left to pay."""
    order = await booked(world)
    await wait_until(world, order.starts_at - timedelta(hours=25))
    assert await reminded(world) == []
    await wait_until(world, order.starts_at - timedelta(hours=23))
    assert await reminded(world) == [f"Запись {order.code}: напоминание"]
    letter = plain((await world.letters())[-1])
    assert "Ждём вас завтра." in letter
    assert "Тверская улица, 7" in letter
    assert "Осталось оплатить: 2 500 ₽" in letter
    assert len(await reminded(world)) == 1
    assert (await world.events(order.id)).count("order.reminder") == 1


async def test_many_workers_remind_once(world: World) -> None:
    """One event, one letter."""
    order = await booked(world)
    await wait_until(world, order.starts_at - timedelta(hours=23))
    for _ in range(3):
        await remind.remind_due(world.service)
    await world.tx(lambda tx: remind.remind(tx, order.id, order.starts_at))
    assert len(await reminded(world)) == 1


async def test_a_moved_visit_is_reminded_of_again(world: World) -> None:
    """Its new time is another time; the letter of the old one, not told yet, is overtaken."""
    order = await booked(world)
    await wait_until(world, order.starts_at - timedelta(hours=23))
    await remind.remind_due(world.service)
    await move_visit(world, order, timedelta(days=2))
    assert await reminded(world) == []
    assert ("reminder", "skipped", "moved since") in await states(world, order)
    await wait_until(world, order.starts_at + timedelta(hours=25))
    assert len(await reminded(world)) == 1
    assert "Ждём вас завтра." in plain((await world.letters())[-1])


async def test_who_booked_a_moment_ago_is_not_reminded(world: World) -> None:
    """Within three hours of booking one knows the hour; after that it helps."""
    order = await booked(world)
    await wait_until(world, order.starts_at - timedelta(hours=23))
    late = await world.order(plan=Plan.AT_CLINIC, starts_at=order.starts_at)
    assert await reminded(world) == [f"Запись {order.code}: напоминание"]
    await world.advance(hours=3, seconds=1)
    assert (await reminded(world))[1:] == [f"Запись {late.code}: напоминание"]


async def test_nobody_is_woken_at_night(world: World) -> None:
    """What falls due before eight on the clinic's clock waits for the morning."""
    clinic = await world.order(plan=Plan.AT_CLINIC, starts_at=(await world.free(days=4))[6])  # at eleven or later
    night = clinic.starts_at.astimezone(MOSCOW).replace(hour=7, minute=59)
    await wait_until(world, night)
    assert await reminded(world) == []
    await wait_until(world, night + timedelta(minutes=2))
    assert len(await reminded(world)) == 1


async def test_a_cancelled_visit_is_not_reminded_of(world: World) -> None:
    """Neither when the time comes, nor when the reminder was written but not told."""
    order = await booked(world)
    await wait_until(world, order.starts_at - timedelta(hours=23))
    await remind.remind_due(world.service)
    await world.tx(lambda tx: cancel.cancel(tx, world.service, order.id, principal="key:office"))
    assert await reminded(world) == []
    assert ("reminder", "skipped", "there is no visit any more") in await states(world, order)


async def test_a_visit_that_nobody_paid_for_is_not_reminded_of(world: World) -> None:
    """A hold is not a visit yet."""
    order = await world.order(starts_at=(await world.free(days=4))[0])
    await wait_until(world, order.starts_at - timedelta(hours=20))
    assert await remind.remind_due(world.service) == 0
