"""Refunds and a bank that is silent, overtakes us, or gave money back without us."""

from __future__ import annotations

from checkout.ground.ids import PaymentId
from checkout.payment import settle
from gateways import sandbox
from gateways.sandbox import reverting
from refunds.refund import State
from tests.desk.clerk import at_work
from tests.desk.refunds import asked, decided, of_order
from tests.world import World, roubles


async def test_a_silent_bank_is_its_own_state_and_is_asked_again_safely(world: World) -> None:
    """Unknown, with the reason in words; checked now, it is found by its key and not made twice."""
    order, _ = await world.paid()
    refund = await asked(world, order)
    clerk = await at_work(world, "accountant")
    world.bank.faults.add(sandbox.Rule(sandbox.Fault("cut_after"), method="refund.do"))
    await decided(clerk, refund, "approve")
    await world.sweep()
    page = await clerk.get(f"/desk/refunds/{refund.id}")
    assert "Банк не ответил — повтор безопасен" in page.text
    assert "Банк не дал ясного ответа" in page.text
    assert (await decided(clerk, refund, "check")).status == 303
    assert "Банк принял" in (await clerk.get(f"/desk/refunds/{refund.id}")).text
    assert len([one for one in world.bank.journal.effects if one.kind is sandbox.Kind.REFUNDED]) == 1
    assert not await world.broken()


async def at_bank(world: World, payment_id: PaymentId, amount: int) -> None:
    """Somebody gives money back in the bank's own cabinet."""
    order = world.bank.find(world.merchant, number=str(payment_id))
    reverting.refund(world.bank, order, amount * 100, external_id=None)
    await settle.settle(world.service, payment_id)


async def test_a_refund_made_at_the_bank_is_recognised_and_entered(world: World) -> None:
    """It stands in the worklist; one press enters it, once; the numbers add up and nothing was sent."""
    order, payment_id = await world.paid()
    await at_bank(world, payment_id, 700)
    assert [one.invariant for one in await world.broken()] == ["I05"]
    clerk = await at_work(world, "accountant")
    page = await clerk.get("/desk/worklist")
    assert "Деньги вернули в банке без нас" in page.text
    assert "700,00 ₽" in page.text
    [press] = [one for one in page.actions if one.endswith("/outside")]
    for _ in range(2):
        assert (await clerk.press(page, press)).status in (303, 409)
    [refund] = await of_order(world, order.id)
    assert (refund.basis, refund.state, refund.amount) == ("external", State.DONE, roubles(700))
    shown = await clerk.get(f"/desk/orders/{order.code}")
    assert "Возвращено 700 ₽" in shown.text
    assert "Учтён возврат, сделанный в банке" in shown.text
    assert "Дел нет" in (await clerk.get("/desk/worklist")).text
    assert len([one for one in world.bank.journal.effects if one.kind is sandbox.Kind.REFUNDED]) == 1
    assert not await world.broken()


async def test_a_refund_of_ours_that_the_bank_overtook_is_closed_with_it(world: World) -> None:
    """Somebody gave all of it back in the bank's cabinet: ours waits for a person, and one press settles both."""
    order, payment_id = await world.paid()
    refund = await asked(world, order, 2500)
    await world.advance(days=1)
    await at_bank(world, payment_id, 2500)
    clerk = await at_work(world, "accountant")
    await decided(clerk, refund, "approve")
    await world.sweep()
    page = await clerk.get(f"/desk/refunds/{refund.id}")
    assert "Ошибка банка" in page.text
    assert "Суммы у банка не сходятся" in page.text
    assert (await clerk.press(page, f"/desk/payments/{payment_id}/outside")).status == 303
    states = {one.basis: one.state for one in await of_order(world, order.id)}
    assert states == {"person": State.CANCELLED, "external": State.DONE}
    assert not await world.broken()


async def test_what_the_bank_does_not_show_is_not_entered(world: World) -> None:
    """Nothing went back: nothing is written, whoever presses. A silent bank changes nothing either."""
    order, payment_id = await world.paid()
    clerk = await at_work(world, "accountant")
    page = await clerk.get("/desk/worklist")
    refused = await clerk.press(page, f"/desk/payments/{payment_id}/outside")
    assert (refused.status, "Учитывать нечего" in refused.text) == (409, True)
    world.bank.faults.add(sandbox.Rule(sandbox.Fault.HTTP_502, times=None))
    silent = await clerk.press(page, f"/desk/payments/{payment_id}/outside")
    assert (silent.status, "Банк не ответил" in silent.text) == (503, True)
    assert await of_order(world, order.id) == []
