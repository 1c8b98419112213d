"""Decisions on refunds: four eyes, a fresh proof, a reason; whoever comes second sees who was first."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from checkout.ground.db import rows, sql
from refunds.refund import State
from tests.desk.clerk import at_work
from tests.desk.refunds import asked, clerk_name, decided, of_order, sent
from tests.pages.visitor import same_site
from tests.world import World

_EVENTS = sql("SELECT kind, principal FROM event WHERE subject = 'refund' ORDER BY seq")


async def test_the_second_person_approves_after_a_proof(world: World) -> None:
    """Not at once after signing in long ago: a code is asked for, and nothing typed is lost; then it goes."""
    order, _ = await world.paid()
    refund = await asked(world, order)
    clerk = await at_work(world, "accountant", name="Вера Фомина")
    await world.advance(minutes=6)
    page = await clerk.get(f"/desk/refunds/{refund.id}")
    carried = {name: page.values[name] for name in ("token", "form")}
    proof = await clerk.post(f"/desk/refunds/{refund.id}/approve", carried, **same_site(world))
    assert "proof-code" in proof.values
    [before] = await of_order(world, order.id)
    assert before.state is State.REQUESTED
    done = await clerk.press_all(proof, f"/desk/refunds/{refund.id}/approve", **{"proof-code": await clerk.code()})
    assert done.location == f"/desk/refunds/{refund.id}"
    await world.sweep()
    page = await clerk.get(f"/desk/refunds/{refund.id}")
    assert "Банк принял" in page.text
    assert "Вера Фомина" in page.text
    assert not await world.broken()


async def test_nobody_decides_on_their_own_request(world: World) -> None:
    """There is no button, and a form made by hand is refused."""
    order, _ = await world.paid()
    clerk = await at_work(world, "accountant")
    await sent(clerk, order, amount="100")
    [refund] = await of_order(world, order.id)
    page = await clerk.get(f"/desk/refunds/{refund.id}")
    assert not [one for one in page.actions if one.endswith(("/approve", "/reject"))]
    for what in ("approve", "reject"):
        refused = await decided(clerk, refund, what, reason="сам решил")
        assert (refused.status, "другой человек" in refused.text) == (403, True)
    assert "ваш запрос" in (await clerk.get("/desk/refunds")).text


async def test_a_rejection_has_a_reason_that_the_payer_reads(world: World) -> None:
    """Without one it is not done; with one it stands in the letter."""
    order, _ = await world.paid()
    refund = await asked(world, order)
    clerk = await at_work(world, "accountant")
    page = await decided(clerk, refund, "reject", reason="  ")
    assert (page.status, "#reason" in page.links) == (422, True)
    await decided(clerk, refund, "reject", reason="Услуга оказана полностью")
    [after] = await of_order(world, order.id)
    assert (after.state, after.decision_reason) == (State.REJECTED, "Услуга оказана полностью")
    letters = await world.letters()
    assert any("Причина: Услуга оказана полностью" in letter.text for letter in letters)
    assert not await world.broken()


async def test_two_people_at_one_refund_and_the_second_sees_who_was_first(world: World) -> None:
    """One decision stands; the other page says so and names whoever made it."""
    order, _ = await world.paid()
    refund = await asked(world, order)
    vera = await at_work(world, "accountant", email="vera@clinic.example", name="Вера Фомина")
    boris = await at_work(world, "controller", email="boris@clinic.example", name="Борис Громов")
    pages = [await clerk.get(f"/desk/refunds/{refund.id}") for clerk in (vera, boris)]
    assert (await vera.press(pages[0], f"/desk/refunds/{refund.id}/approve")).status == 303
    late = await boris.press(pages[1], f"/desk/refunds/{refund.id}/reject", reason="не согласен")
    assert late.status == 409
    assert "это уже сделали" in late.text
    assert "Вера Фомина" in late.text
    [after] = await of_order(world, order.id)
    assert (after.state, after.decided_by) == (State.SCHEDULED, clerk_name(vera))


async def test_sixty_four_approvals_at_once_are_one(world: World) -> None:
    """Eight people press eight times each; the refund is approved once, and the bank pays once."""
    order, _ = await world.paid()
    refund = await asked(world, order)
    clerks = [await at_work(world, "accountant", email=f"a{number}@clinic.example") for number in range(8)]
    forms = [(clerk, await clerk.get(f"/desk/refunds/{refund.id}")) for clerk in clerks for _ in range(8)]
    answers = await asyncio.gather(*(clerk.press(form, f"/desk/refunds/{refund.id}/approve") for clerk, form in forms))
    assert {answer.status for answer in answers} <= {303, 409}
    assert len([answer for answer in answers if answer.status == 303]) == 1
    await world.sweep()
    events = [tuple(row) for row in await world.tx(lambda tx: rows(tx, _EVENTS))]
    assert [kind for kind, _ in events].count("approve") == 1
    assert (await of_order(world, order.id))[0].state is State.DONE
    assert not await world.broken()


async def test_another_clinics_refunds_do_not_exist(world: World) -> None:
    """Neither in the queue, nor by their address, nor for a decision."""
    order, _ = await world.paid()
    refund = await asked(world, order)
    clerk = await at_work(world, ("accountant", "krasny"))
    assert order.code not in (await clerk.get("/desk/refunds")).text
    assert (await clerk.get(f"/desk/refunds/{refund.id}")).status == 404
    form = await clerk.get("/desk/refunds")
    assert (await clerk.press(form, f"/desk/refunds/{refund.id}/approve")).status == 404
    bulk = await clerk.press(form, "/desk/refunds/approve", **{f"tick-{refund.id}": "yes"})
    assert bulk.status == 404
    assert (await of_order(world, order.id))[0].state is State.REQUESTED


async def test_a_refund_is_taken_back_before_it_is_sent(world: World) -> None:
    order, _ = await world.paid()
    clerk = await at_work(world, "accountant")
    await sent(clerk, order, amount="100", day=str((await world.now()).date() + timedelta(days=3)))
    [refund] = await of_order(world, order.id)
    assert (await decided(clerk, refund, "cancel")).status == 303
    assert (await of_order(world, order.id))[0].state is State.CANCELLED
    assert not await world.broken()
