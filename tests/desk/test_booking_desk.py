"""Booking for a caller, and for whoever stands at the desk."""

from __future__ import annotations

from datetime import datetime

from checkout.ground.db import rows, sql
from checkout.payment.order import Plan
from tests.desk.clerk import Clerk, at_work
from tests.desk.counter import HERE, opened, says, takes
from tests.pages.visitor import AGREED, CONTACTS, Seen, only
from tests.world import World

BOOK = f"/desk/book?{HERE}"
_HEARD = sql("SELECT DISTINCT given_to FROM order_consent")


async def _olga(world: World) -> Clerk:
    return await at_work(world, ("cashier", "tverskaya"))


async def _form(clerk: Clerk, *, nth: int = 0) -> Seen:
    """Service, soonest time, and the form of who it is for."""
    times = await clerk.get((await clerk.get(f"{BOOK}&pick-consultation=yes")).location)
    return await clerk.get([link for link in times.links if "at=" in link][nth])


async def _books(clerk: Clerk, form: Seen, **typed: str) -> Seen:
    sent = await clerk.press_all(form, "/desk/book", **{**CONTACTS, **AGREED, **typed})
    return await clerk.get(sent.location) if sent.status == 303 else sent


async def test_a_caller_is_booked_and_gets_the_link_at_once(world: World) -> None:
    """On the screen a code to be photographed; in the mailbox one letter with the private link, not two."""
    olga = await _olga(world)
    page = await _books(olga, await _form(olga), plan="full")
    order = await only(world)
    assert order.code in page.heading
    assert "<svg" in page.html
    assert "/p/" in page.text
    told = await world.letters()
    await world.advance(minutes=10)
    told = await world.letters()
    assert len(told) == 1
    assert "/o/" in told[0].text
    assert not await world.broken()


async def test_consents_are_written_down_with_who_heard_them(world: World) -> None:
    """Not as if the payer had ticked them; without them nothing is booked, and what was typed stays."""
    olga = await _olga(world)
    form = await _form(olga)
    missing = await olga.press_all(form, "/desk/book", **CONTACTS, plan="full")
    assert missing.status == 422
    assert missing.values["phone"] == CONTACTS["phone"]
    await _books(olga, form, plan="full")
    assert [row.given_to for row in await world.tx(lambda tx: rows(tx, _HEARD))] == [f"staff:{olga.staff_id}"]
    assert (await only(world)).principal == f"staff:{olga.staff_id}"


async def test_a_walk_in_is_booked_and_pays_at_the_desk(world: World) -> None:
    """Booked to be paid at the clinic, taken by the link on the very page."""
    olga = await _olga(world)
    await opened(olga)
    page = await _books(olga, await _form(olga), plan="at_clinic")
    order = await only(world)
    assert order.plan is Plan.AT_CLINIC
    assert f"/desk/till/take/{order.code}" in page.links
    assert "Принято" in (await takes(olga, order)).heading
    assert not await world.broken()


async def test_a_time_taken_meanwhile_offers_others_and_keeps_what_was_typed(world: World) -> None:
    olga = await _olga(world)
    form = await _form(olga)
    for _ in range(2):
        await world.order(starts_at=datetime.fromisoformat(form.values["at"]))
    late = await _books(olga, form, plan="full")
    assert late.status == 409
    assert late.values["name"] == CONTACTS["name"]
    assert len(late.fields["at"]) > 1
    again = await olga.press_all(late, "/desk/book", **AGREED, plan="full")
    assert again.location.startswith("/desk/booked/")


async def test_a_form_sent_twice_books_once(world: World) -> None:
    olga = await _olga(world)
    form = await _form(olga)
    first, second = await _books(olga, form, plan="full"), await _books(olga, form, plan="full")
    assert first.path == second.path
    await only(world)


async def test_a_child_comes_with_somebody_who_answers_for_it(world: World) -> None:
    """Who the payer is to the child is asked for."""
    olga = await _olga(world)
    child = {"patient": "Петя Петров", "born_day": "4", "born_month": "3", "born_year": "2020", "plan": "full"}
    refused = await _books(olga, await _form(olga), **child)
    assert refused.status == 422
    done = await _books(olga, await _form(olga), **child, relation="parent")
    assert "Записано" in says(done)


async def test_nothing_is_sent_if_it_is_not_wanted(world: World) -> None:
    """The usual letter comes later, as to everybody who has not paid."""
    olga = await _olga(world)
    form = await _form(olga)
    form.values.pop("link")
    await _books(olga, form, plan="full")
    assert not await world.letters()
    await world.advance(minutes=10)
    assert len(await world.letters()) == 1
