"""Booking on the payer's pages: once, at the price and by the plan that were shown."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from urllib.parse import quote

import pytest
from aiohttp import web

from checkout.ground.crypto import token_hash
from checkout.ground.db import Tx, one, sql
from checkout.payment import orders
from checkout.payment.order import Plan
from checkout.privacy import store as people
from checkout.web.payer.resume import keep
from gateways import sandbox
from tests.pages.visitor import CONTACTS, Visitor, born, made, only, told
from tests.setting import configured
from tests.world import World

_CONSENTS = sql("SELECT count(*) AS agreed, min(version) AS version FROM order_consent WHERE order_id = :id")


async def test_a_booking_holds_the_time_and_leads_to_the_bank(visitor: Visitor, world: World) -> None:
    """303 to our own page, which leads on to the bank's; person and consents are kept as they were given."""
    sent = await visitor.send(await visitor.form(), patient="Пётр Петров", **born("1990-05-17"))
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


@pytest.mark.usefixtures("polishing")
async def test_several_services_are_one_order_with_one_total(visitor: Visitor, world: World) -> None:
    """A service with its option, another one, and goods: one visit of the whole length, one sum at the bank."""
    form = await visitor.form("insoles*2,polishing,consultation,dental-cleaning", "krasny")
    sent = await visitor.send(form, plan="deposit")
    assert sent.status == 303
    order = await only(world)
    lines = await world.tx(lambda tx: orders.lines(tx, order.id))
    assert [(line.name_ru, line.quantity, line.amount) for line in lines] == [
        ("Приём терапевта", 1, 250_000),
        ("Гигиена полости рта", 1, 450_000),
        ("Полировка", 1, 120_000),
        ("Ортопедические стельки", 2, 780_000),
    ]
    assert (order.total.amount, order.asked.amount) == (1_600_000, 1_065_000)
    assert order.ends_at - order.starts_at == timedelta(minutes=105)
    assert [order.amount for order in world.bank.recent(5)] == [1_065_000]
    page = await visitor.get(sent.location.removesuffix("/bank"))
    assert "16 000 ₽" in told(page.text)


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


# --- the holder comes back


async def test_one_cookie_comes_with_the_order_and_goes_nowhere_else(visitor: Visitor, world: World) -> None:
    """No script reads it, no other page is sent it, and it lives no longer than the longest hold."""
    address = (await visitor.send(await visitor.form())).location.removesuffix("/bank")
    cookie = visitor.cookies["booked"]
    assert f"/o/{cookie.value}" == address
    assert (cookie["path"], cookie["samesite"], cookie["httponly"]) == ("/book", "Lax", True)
    assert int(cookie["max-age"]) == world.config.limits.hold_cap_minutes * 60
    assert not cookie["secure"]  # the tests' own address is http


def test_over_https_the_cookie_is_secure() -> None:
    """It would open the order to whoever listens."""
    config = configured("http://127.0.0.1:1").model_copy(update={"public_url": "https://pay.example.ru"})
    answer = web.Response()
    keep(answer, config, "a" * 22)
    assert answer.cookies["booked"]["secure"]


async def test_the_holder_is_led_back_instead_of_told_that_the_time_is_taken(visitor: Visitor) -> None:
    """The same address once more, in another tab or by the back button: your time, and a link to go on."""
    form = await visitor.form("ultrasound")
    again = await visitor.form("ultrasound")
    address = (await visitor.send(form)).location.removesuffix("/bank")
    page = await visitor.get(form.path)
    assert (page.status, page.heading) == (200, "Выберите день и время")
    assert "Это время уже держите вы" in page.text
    assert "занято" not in page.text
    assert address in page.links
    second = await visitor.send(again)
    assert (second.status, second.location) == (303, address)


async def test_a_longer_visit_over_ones_own_keeps_the_input(visitor: Visitor, world: World) -> None:
    """Not the same visit, but one's own is in the way: said so, with the link, and the nearest times to choose."""
    form = await visitor.form("ultrasound")
    longer = await visitor.get(form.path.replace("ultrasound", "ultrasound*2"))
    address = (await visitor.send(form)).location.removesuffix("/bank")
    page = await visitor.send(longer)
    assert page.status == 409
    assert "Это время уже держите вы" in page.text
    assert address in page.links
    assert "занято" not in page.text
    assert page.values["name"] == CONTACTS["name"]
    assert len(page.fields["at"]) == 3
    await visitor.post("/book", page.values)
    assert len(await made(world)) == 2


async def test_a_visit_that_is_held_is_spoken_of_before_a_time_is_chosen(visitor: Visitor, world: World) -> None:
    """At the clinic it is held at; and no more once it is let go."""
    form = await visitor.form()
    address = (await visitor.send(form, plan="full")).location.removesuffix("/bank")
    times = await visitor.get("/book?service=consultation&clinic=tverskaya")
    assert "Вы уже держите время: " in times.text
    assert address in times.links
    assert "Вы уже держите" not in (await visitor.get("/book?service=consultation&clinic=krasny")).text
    beside = await visitor.get(form.path)  # another specialist is free at this time
    assert beside.heading == "Контакты и оплата"
    assert "Это время уже держите вы" in beside.text
    await world.advance(minutes=70)
    await world.sweep()
    later = await visitor.get("/book?service=consultation&clinic=tverskaya")
    assert "держите" not in later.text


async def test_a_visit_that_stands_is_called_booked(visitor: Visitor) -> None:
    """Whoever pays at the clinic, and comes back to the same time, is not frightened either."""
    form = await visitor.form("massage")
    address = (await visitor.send(form, plan="at_clinic")).location
    page = await visitor.get(form.path)
    assert "На это время вы уже записаны." in page.text
    assert address in page.links
    assert "записаны" not in (await visitor.get("/book?service=massage&clinic=tverskaya")).text


@pytest.mark.parametrize("cookie", ["", "booked=", "booked=x", "booked=" + "a" * 22, "booked=\u0416", "other=1"])
async def test_without_a_cookie_of_ours_the_time_is_simply_taken(visitor: Visitor, world: World, cookie: str) -> None:
    """Another browser, a broken or a foreign cookie: the ordinary words, nothing of anybody's order."""
    form = await visitor.form("ultrasound")
    address = (await visitor.send(form)).location.removesuffix("/bank")
    stranger = Visitor(world, visitor.headers | ({"Cookie": quote(cookie, safe="=")} if cookie else {}))
    page = await stranger.get(form.path)
    assert page.status == 409
    assert "Это время занято" in page.text
    assert address not in page.html
