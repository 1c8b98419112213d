"""The doctor is ill: every visit of the day gets its cure, by one approval and with one letter each."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from sqlalchemy.exc import IntegrityError

from checkout.ground.db import one, rows, run, sql
from checkout.payment import day_off
from checkout.payment.order import Order, Plan, Word
from checkout.privacy.person import Person, person
from tests.desk.clerk import Clerk, at_work
from tests.desk.counter import HERE, says
from tests.pages.visitor import Seen
from tests.world import World

_REFUNDS = sql("SELECT basis, requested_by, decided_by, state FROM refund")
_HURRY = sql("UPDATE day_off SET state = 'approved', decided_by = asked_by, decided_at = app_now()")
_STARTS = sql("SELECT count(DISTINCT starts_at) AS different FROM orders")
_LEFT = sql("SELECT count(*) AS left FROM day_off_visit WHERE state = 'waits'")


async def _two(world: World) -> tuple[Clerk, Clerk]:
    olga = await at_work(world, ("senior-cashier", "tverskaya"), email="olga@clinic.example")
    nina = await at_work(world, ("senior-cashier", "tverskaya"), email="nina@clinic.example", name="Нина Орлова")
    return olga, nina


def _day(order: Order, **more: str) -> str:
    rest = "".join(f"&{name}={value}" for name, value in more.items())
    return f"/desk/day?{HERE}&day={order.starts_at.date().isoformat()}{rest}"


def _named(name: str) -> Person:
    return person(name=name, phone="+7 912 000-11-22", email=f"{len(name)}{ord(name[0])}@example.com")


async def _apart(clerk: Clerk, form: Seen, *codes: str) -> Seen:
    """The form once these visits were set apart, one press each."""
    for code in codes:
        form = await clerk.press_all(form, "/desk/day", apart=code)
        assert form.status == 200, form.text
    return form


async def _asked(clerk: Clerk, order: Order, *, apart: Mapping[str, str] | None = None, **typed: str) -> Seen:
    """The page of the list that was sent for approval. `apart`: what becomes of visits that need something else."""
    chosen = apart or {}
    form = await _apart(clerk, await clerk.get(_day(order)), *chosen)
    own = {f"cure-{code}": cure for code, cure in chosen.items()}
    sent = await clerk.press_all(form, "/desk/day", reason="врач заболел", **own, **typed)
    assert sent.status == 303, sent.text
    return await clerk.get(sent.location)


async def _approved(clerk: Clerk, asked: Seen) -> Seen:
    page = await clerk.get(asked.path)
    place = f"{asked.path.partition('?')[0]}/approve"
    sent = await clerk.press(page, place, clinic="tverskaya")
    return await clerk.get(sent.location) if sent.status == 303 else sent


async def test_each_visit_gets_its_cure_and_one_letter(world: World) -> None:
    """Moved with its money, called off with the money kept, called off with the money back: nothing before the approval."""
    olga, nina = await _two(world)
    starts = (await world.free(days=1))[:3]
    people = [_named(name) for name in ("Аня", "Боря", "Вера")]
    moved, kept, back = [(await world.paid(starts_at=at, payer=who))[0] for at, who in zip(starts, people, strict=True)]
    told = len(await world.letters())
    asked = await _asked(olga, moved, apart={kept.code: "credit", back.code: "refund"})
    await world.sweep()
    assert len(await world.letters()) == told
    await _approved(nina, asked)
    await world.sweep()
    assert "order.moved" in await world.events(moved.id)
    assert await world.word(moved.id) is Word.PAID
    assert await world.word(kept.id) is Word.TO_DECIDE
    assert await world.word(back.id) is Word.REFUNDED
    letters = (await world.letters())[told:]
    first = [mail for mail in letters if "клиника не может вас принять" in mail.text]
    assert len(first) == 3
    assert [mail.subject for mail in letters if mail not in first and back.code not in mail.subject] == []
    page = says(await olga.get(asked.path))
    assert page.count("Сделано") == 3
    assert not await world.broken()


async def test_a_whole_clinics_day_is_one_list(world: World) -> None:
    """Sixty visits, three of which need something else: one form, one approval; what is left alone stands."""
    olga, nina = await _two(world)
    days = [
        [at for at in starts if at.date() == starts[0].date()]
        for n in range(1, 9)
        if (starts := await world.free(days=n))
    ]
    busiest = max(days, key=len)
    orders = [await world.order(plan=Plan.AT_CLINIC, starts_at=at) for at in busiest for _ in range(2)]
    other = [("ultrasound", 1)]
    orders += [(await world.paid(lines=other, starts_at=at))[0] for at in busiest[: max(60 - len(orders), 1)]]
    assert len(orders) >= 60
    kept, moved, alone = orders[0], orders[30], orders[-1]
    asked = await _asked(olga, kept, all="refund", apart={kept.code: "credit", moved.code: "same", alone.code: "leave"})
    assert f"Утвердить, визитов: {len(orders) - 1}" in says(await nina.get(asked.path))
    await _approved(nina, asked)
    for _ in range(3):
        await world.sweep()
    words = [await world.word(order.id) for order in orders]
    assert words[-1] is Word.PAID
    assert set(words[:-1]) <= {Word.CANCELLED, Word.REFUNDED}
    assert says(await olga.get(asked.path)).count("Сделано") == len(orders) - 1
    assert not await world.broken()


async def test_no_more_visits_are_set_apart_than_a_form_can_bring(world: World) -> None:
    """The press is told so, and what was chosen stays; a visit that is not of this day changes nothing."""
    olga, _ = await _two(world)
    order, _ = await world.paid()
    form = await _apart(olga, await olga.get(_day(order)), order.code, "ZZZZ2222")
    assert form.values["opened"] == order.code
    many = " ".join(f"AAAA{n:04d}" for n in range(40))
    refused = await olga.press_all(form, "/desk/day", opened=many, apart=order.code, all="credit")
    assert refused.status == 422
    assert refused.values["all"] == "credit"


async def test_the_refund_tells_who_asked_and_who_approved(world: World) -> None:
    olga, nina = await _two(world)
    order, _ = await world.paid()
    await _approved(nina, await _asked(olga, order, all="refund"))
    await world.sweep()
    found = await world.tx(lambda tx: rows(tx, _REFUNDS))
    assert [(row.basis, row.requested_by, row.decided_by) for row in found] == [
        ("day_off", f"staff:{olga.staff_id}", f"staff:{nina.staff_id}")
    ]


async def test_nobody_approves_their_own_list(world: World) -> None:
    """Neither by the page, nor past it: the database says the same. A cashier does not reach the room."""
    olga, _ = await _two(world)
    order, _ = await world.paid()
    asked = await _asked(olga, order, all="credit")
    assert not any(action.endswith("/approve") for action in asked.actions)
    refused = await _approved(olga, asked)
    assert refused.status == 403
    with pytest.raises(IntegrityError):
        await world.tx(lambda tx: run(tx, _HURRY))
    cashier = await at_work(world, ("cashier", "tverskaya"))
    assert (await cashier.get(asked.path)).status == 403


async def test_two_decide_at_once_and_one_is_told_who_was_first(world: World) -> None:
    olga, nina = await _two(world)
    order, _ = await world.paid()
    asked = await _asked(olga, order, all="credit")
    page = await olga.get(asked.path)
    await _approved(nina, asked)
    late = await olga.press(page, f"{asked.path.partition('?')[0]}/withdraw", clinic="tverskaya")
    assert late.status == 409
    assert "Нина Орлова" in late.text


async def test_a_list_needs_a_reason_and_keeps_what_was_chosen(world: World) -> None:
    olga, _ = await _two(world)
    order, _ = await world.paid()
    form = await _apart(olga, await olga.get(_day(order)), order.code)
    refused = await olga.press_all(form, "/desk/day", all="credit", **{f"cure-{order.code}": "refund"})
    assert refused.status == 422
    assert (refused.values["all"], refused.values[f"cure-{order.code}"]) == ("credit", "refund")
    left = await olga.press_all(form, "/desk/day", reason="врач заболел", **{f"cure-{order.code}": "leave"})
    assert left.status == 422


async def test_a_visit_moved_meanwhile_is_left_to_people(world: World) -> None:
    """Its payer chose another time between the list and the approval: refused with its reason, the others are done."""
    olga, nina = await _two(world)
    starts = (await world.free(days=1))[:2]
    first, second = [(await world.paid(starts_at=at))[0] for at in starts]
    asked = await _asked(olga, first, all="refund")
    body = {"starts_at": (await world.free(days=2))[0].isoformat()}
    assert (await world.api("POST", f"/v1/orders/{first.id}/move", "admin", body))[0] == 200
    await _approved(nina, asked)
    await world.sweep()
    assert await world.word(first.id) is Word.PAID
    assert await world.word(second.id) is Word.REFUNDED
    page = await olga.get(asked.path)
    assert "Не получилось" in page.text
    assert "Визит перенесли, пока список ждал" in page.text
    assert not await world.broken()


async def test_the_day_is_closed_to_new_bookings_with_the_approval(world: World) -> None:
    """Of the specialist alone, or of the whole clinic."""
    olga, nina = await _two(world)
    order, _ = await world.paid()
    assert await world.free(days=1)
    await _approved(nina, await _asked(olga, order, all="credit"))
    await world.sweep()
    assert not await world.free(days=1)
    assert await world.free(days=2)


async def test_only_the_visits_to_the_one_who_is_ill_are_listed(world: World) -> None:
    olga, _ = await _two(world)
    start = (await world.free(days=1))[0]
    both = [(await world.paid(starts_at=start))[0] for _ in range(2)]
    listed = [await olga.get(_day(both[0], resource=slug)) for slug in ("orlov", "volkova")]
    seen = [{order.code for order in both if order.code in page.text} for page in listed]
    assert sorted(map(len, seen)) == [1, 1]
    assert seen[0] != seen[1]


async def test_nobody_is_offered_a_time_that_another_is_offered(world: World) -> None:
    """Forty move to forty different times."""
    orders = [await world.order(starts_at=at, plan=Plan.AT_CLINIC) for at in (await world.free(days=1))[:12]]
    olga, nina = await _two(world)
    asked = await _asked(olga, orders[0], all="move")
    await _approved(nina, asked)
    await world.sweep()
    assert "Не получилось" not in (await olga.get(asked.path)).text
    found = await world.tx(lambda tx: rows(tx, _STARTS))
    assert found[0].different == len(orders)
    assert not await world.broken()


async def test_two_workers_do_each_visit_once(world: World) -> None:
    """What one leaves behind, cut down between two visits, is done by whoever comes next."""
    olga, nina = await _two(world)
    orders = [(await world.paid(starts_at=at))[0] for at in (await world.free(days=1))[:4]]
    await _approved(nina, await _asked(olga, orders[0], all="refund"))
    await asyncio.gather(day_off.run_due(world.service, 2), day_off.run_due(world.service, 2))
    left = await world.tx(lambda tx: one(tx, _LEFT))
    assert left is not None
    assert left.left == 2
    await world.sweep()
    assert {await world.word(order.id) for order in orders} == {Word.REFUNDED}
    assert not await world.broken()


async def test_an_open_bank_page_is_closed_first(world: World) -> None:
    """Nobody pays for a visit that is just being called off."""
    olga, nina = await _two(world)
    order = await world.order()
    await world.start(order)
    await _approved(nina, await _asked(olga, order, all="refund"))
    await world.sweep()
    assert await world.word(order.id) is Word.CANCELLED
    assert not await world.broken()
