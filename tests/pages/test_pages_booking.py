"""Booking on the payer's pages: once, at the price and by the plan that were shown."""

from __future__ import annotations

import asyncio

from checkout.ground.crypto import token_hash
from checkout.ground.db import Tx, one, sql
from checkout.payment import orders
from checkout.payment.order import Plan
from checkout.privacy import store as people
from gateways import sandbox
from tests.pages.visitor import Visitor, only
from tests.world import World

_CONSENTS = sql("SELECT count(*) AS agreed, min(version) AS version FROM order_consent WHERE order_id = :id")


async def test_a_booking_holds_the_time_and_leads_to_the_bank(visitor: Visitor, world: World) -> None:
    """303 to our own page, which leads on to the bank's; person and consents are kept as they were given."""
    sent = await visitor.send(await visitor.form(), patient="Пётр Петров", born="1990-05-17")
    assert (sent.status, sent.location[-5:]) == (303, "/bank")
    hop = await visitor.get(sent.location)
    assert hop.status == 200
    assert f'<meta http-equiv="refresh" content="0;url={world.bank.base_url}' in hop.html
    order = await only(world)
    assert (order.plan, order.language, order.total.amount, order.principal) == (Plan.FULL, "ru", 250_000, "payer")

    async def look(tx: Tx) -> tuple[str, str, int, str]:
        payer = await people.read(tx, world.service.vault, order.payer_id)
        assert order.patient_id is not None
        patient = await people.read(tx, world.service.vault, order.patient_id)
        consents = await one(tx, _CONSENTS, id=order.id.uuid)
        assert payer is not None
        assert patient is not None
        assert consents is not None
        return payer.phone, patient.name, consents.agreed, consents.version

    assert await world.tx(look) == ("+79123456789", "Пётр Петров", 3, "2026-11-01")


async def test_a_deposit_is_what_the_bank_is_asked_for(visitor: Visitor, world: World) -> None:
    """The plan decides the sum; it is computed here, not sent."""
    await visitor.send(await visitor.form(), plan="deposit")
    assert [order.amount for order in world.bank.recent(5)] == [75_000]


async def test_paying_at_the_clinic_never_meets_the_bank(visitor: Visitor, world: World) -> None:
    """The visit stands at once."""
    sent = await visitor.send(await visitor.form(), plan="at_clinic")
    page = await visitor.get(sent.location)
    assert page.heading == "Вы записаны"
    assert "2 500 ₽ в клинике" in page.text
    assert not world.bank.recent(5)


async def test_a_form_sent_twice_opens_the_same_order(visitor: Visitor, world: World) -> None:
    """At the same moment or later: one order, one bank order, one address."""
    form = await visitor.form()
    first, second = await asyncio.gather(visitor.send(form), visitor.send(form))
    third = await visitor.send(form)
    locations = {sent.location.removesuffix("/bank") for sent in (first, second, third)}
    assert len(locations) == 1
    await only(world)
    assert len(world.bank.recent(5)) == 1


async def test_a_form_sent_again_after_payment_shows_the_result(visitor: Visitor, world: World) -> None:
    """A paid order is not paid again; its page opens."""
    form = await visitor.form()
    address = (await visitor.send(form)).location.removesuffix("/bank")
    number = world.bank.recent(1)[0]
    sandbox.pay(world.bank, number, sandbox.CardEntry("4111111111111111", "203412", "123"))
    await world.advance(seconds=30)
    await world.sweep()
    again = await visitor.send(form)
    assert (again.status, again.location) == (303, address)
    assert (await visitor.get(address)).heading == "Вы записаны"


async def test_a_form_sent_again_with_another_plan_shows_the_order_as_it_was_made(visitor: Visitor) -> None:
    """Nobody is led to pay a sum they did not choose last: the order's page names it first."""
    form = await visitor.form()
    first = await visitor.send(form, plan="full")
    again = await visitor.send(form, plan="deposit")
    assert again.location == first.location.removesuffix("/bank")


async def test_two_payers_for_one_time_get_one_visit(visitor: Visitor, world: World) -> None:
    """Both had the last free place on their page; one is booked, the other is shown the nearest times."""
    forms = [await visitor.form("ultrasound") for _ in range(2)]
    sent = await asyncio.gather(*(visitor.send(form) for form in forms))
    assert sorted(answer.status for answer in sent) == [303, 409]
    await only(world)
    assert not await world.broken()


async def test_the_private_address_is_kept_as_a_hashonly(visitor: Visitor, world: World) -> None:
    """What the database holds does not open the page."""
    address = await visitor.booked()
    token = address.removeprefix("/o/")
    found = await world.tx(lambda tx: orders.by_link(tx, token))
    assert found is not None
    assert len(token) == 22
    assert token_hash(token) != token.encode()
