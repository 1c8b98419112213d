"""A code to the phone or the e-mail before the booking: only where it is asked for, and with nothing lost on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from checkout.payment import brakes, card_store
from checkout.payment.order import Order
from tests.pages.codes import codes, last_code
from tests.pages.visitor import CONTACTS, Seen, Visitor, born, made, only
from tests.world import World

Strangers = Callable[[str], Visitor]
NEAR = "203.0.113.7"
ALWAYS = {"contact_code": "email", "code_after_holds": 0}
by_email = pytest.mark.parametrize("braked", [ALWAYS], indirect=True)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


async def typed(visitor: Visitor, page: Seen, code: str, **buttons: str) -> Seen:
    """The code's page, sent with what it carries along."""
    return await visitor.post("/book", {**page.values, "code": code, **buttons})


@by_email
async def test_the_right_code_books_what_was_filled_in(stranger: Strangers, braked: World) -> None:
    """The page says where the code went without naming it whole; the order is made only with the code."""
    near = stranger(NEAR)
    page = await near.send(await near.form(), patient="Пётр Петров", **born("1990-05-17"), plan="deposit")
    assert (page.status, page.heading) == (200, "Введите код")
    assert "m•••@example.com" in page.text
    assert "maria@" not in page.text
    assert 'autocomplete="one-time-code" inputmode="numeric"' in page.html
    assert not await made(braked)
    sent = await typed(near, page, f" {(await last_code(braked))[:3]} {(await last_code(braked))[3:]} ")
    assert sent.status == 303
    order = await only(braked)
    assert (order.plan, order.patient_id is not None) == ("deposit", True)


@pytest.mark.parametrize("braked", [{"contact_code": "sms", "code_after_holds": 0}], indirect=True)
async def test_a_code_by_text_message(stranger: Strangers, braked: World) -> None:
    """To the phone in its one spelling, shown by its ends."""
    near = stranger(NEAR)
    page = await near.send(await near.form())
    assert "+7 ••• •••-••-89" in page.text
    assert [channel for channel, _ in await codes(braked)] == ["sms"]
    assert (await typed(near, page, await last_code(braked))).status == 303


@by_email
@pytest.mark.parametrize("mistake", ["", "12", "wrong"])
async def test_a_wrong_code_books_nothing_and_loses_nothing(stranger: Strangers, braked: World, mistake: str) -> None:
    """422 with the reason beside the field and in the title; the right one still books."""
    near = stranger(NEAR)
    page = await near.send(await near.form(), **{"consent-mailing": "yes"})
    right = await last_code(braked)
    again = await typed(near, page, wrong(right) if mistake == "wrong" else mistake)
    assert again.status == 422
    assert again.title.startswith("Ошибка: ")
    assert "#code" in again.links
    assert 'aria-describedby="code-hint code-wrong"' in again.html
    assert {**page.values, "code": ""} == {**again.values, "code": ""}
    assert not await made(braked)
    assert (await typed(near, again, right)).status == 303


@by_email
async def test_a_code_is_not_guessed(stranger: Strangers, braked: World) -> None:
    """After five wrong tries the right one comes too late; a new code is needed."""
    near = stranger(NEAR)
    page = await near.send(await near.form())
    right = await last_code(braked)
    for _ in range(5):
        assert (await typed(near, page, wrong(right))).status == 422
    assert (await typed(near, page, right)).status == 422
    await braked.advance(minutes=2)
    await typed(near, page, "", resend="yes")
    assert (await typed(near, page, await last_code(braked))).status == 303


@by_email
async def test_a_code_proves_one_contact_only(stranger: Strangers, braked: World) -> None:
    """The same form with another e-mail gets a code of its own, and the first one does not fit it."""
    near = stranger(NEAR)
    form = await near.form()
    page = await near.send(form)
    first = await last_code(braked)
    other = await near.send(form, email="other@example.com")
    assert "o•••@example.com" in other.text
    if first != await last_code(braked):
        assert (await typed(near, other, first)).status == 422
    assert (await typed(near, page, first)).status == 303


@by_email
async def test_a_code_is_sent_again_but_not_at_once(stranger: Strangers, braked: World) -> None:
    """Within a minute the page says that one is on its way; after it a new one goes out; a reload sends none."""
    near = stranger(NEAR)
    form = await near.form()
    page = await near.send(form)
    for _ in range(6):  # costs nothing: nothing is sent
        early = await typed(near, page, "", resend="yes")
        assert early.status == 409
    assert "Код уже отправлен" in early.text
    assert (await near.send(form)).status == 200
    assert len(await codes(braked)) == 1
    await braked.advance(minutes=2)
    assert (await typed(near, early, "", resend="yes")).status == 200
    assert len(await codes(braked)) == 2
    assert (await typed(near, page, await last_code(braked))).status == 303


@by_email
async def test_a_mailbox_is_not_flooded(stranger: Strangers, braked: World) -> None:
    """Five codes an hour, whoever asks with whichever form; then the words say when and whom to call."""
    for number in range(5):
        visitor = stranger(f"203.0.113.{number + 1}")
        assert (await visitor.send(await visitor.form())).status == 200
    page = await stranger(NEAR).send(await stranger(NEAR).form())
    assert (page.status, page.heading) == (429, "Контакты и оплата")
    assert page.values["email"] == CONTACTS["email"]
    assert page.headers["Retry-After"].isdigit()
    assert "Мы уже отправили вам несколько кодов. Ничего не записано" in page.text
    assert len(await codes(braked)) == 5


@by_email
async def test_contacts_can_be_changed_from_the_codes_page(stranger: Strangers, braked: World) -> None:
    """Back to the form with everything in it; the language can be switched as well."""
    near = stranger(NEAR)
    page = await near.send(await near.form())
    back = await typed(near, page, "", switch="ru")
    assert (back.status, back.heading, back.language) == (200, "Контакты и оплата", "ru")
    assert (back.values["email"], back.values["consent-offer"]) == (CONTACTS["email"], "yes")
    assert back.values["ticket"] == page.values["ticket"]
    english = await typed(near, page, "", switch="en")
    assert (english.heading, english.language) == ("Contacts and payment", "en")
    assert not await made(braked)


@by_email
async def test_whoever_has_proven_a_contact_is_not_asked_again(stranger: Strangers, braked: World) -> None:
    """The time was taken while the code was typed: the next time of the same form needs no second code."""
    near = stranger(NEAR)
    form = await near.form("ultrasound")
    page = await near.send(form)
    await braked.order(lines=(("ultrasound", 1),), starts_at=datetime.fromisoformat(form.values["at"]))
    taken = await typed(near, page, await last_code(braked))
    assert (taken.status, taken.heading) == (409, "Контакты и оплата")
    assert (await near.post("/book", taken.values)).status == 303
    assert len(await codes(braked)) == 1


@by_email
async def test_a_form_that_has_made_its_order_asks_for_nothing(stranger: Strangers, braked: World) -> None:
    """Sent again days later, with the proof forgotten, it opens its order."""
    near = stranger(NEAR)
    form = await near.form()
    made_at = (await typed(near, await near.send(form), await last_code(braked))).location
    await braked.advance(hours=30)
    while await brakes.forget(braked.service):
        pass
    assert (await near.send(form)).location.removesuffix("/bank") == made_at.removesuffix("/bank")


@pytest.mark.parametrize("braked", [{"contact_code": "email", "code_after_holds": 2}], indirect=True)
async def test_a_code_is_asked_only_of_an_address_that_holds_times_already(stranger: Strangers) -> None:
    """The first two bookings of a family go through as ever, the third proves its contact; neighbours do not."""
    near = stranger(NEAR)
    for number in range(2):
        assert (await near.send(await near.form(), email=f"n{number}@example.com")).status == 303
    assert (await near.send(await near.form())).heading == "Введите код"
    far = stranger("203.0.113.8")
    assert (await far.send(await far.form(), email="far@example.com")).status == 303


@by_email
async def test_a_sites_key_is_asked_for_no_code(braked: World) -> None:
    """An integrator proves contacts in their own way."""
    start = (await braked.free())[0]
    body = {
        "clinic": "tverskaya",
        "lines": [{"service": "consultation"}],
        "starts_at": start.isoformat(),
        "payer": {"name": "Мария Петрова", "phone": "+79123456789", "email": "maria@example.com"},
        "consents": ["adult", "offer", "personal-data"],
    }
    assert (await braked.api("POST", "/v1/orders", "site", body))[0] == 201


@by_email
async def test_a_code_that_was_typed_at_booking_opens_the_contacts_cards(stranger: Strangers, braked: World) -> None:
    """With the order itself, in its transaction; nobody typed one for an order that a site's key made."""
    near = stranger(NEAR)
    page = await near.send(await near.form())
    await typed(near, page, await last_code(braked))
    assert await proven(braked, await only(braked))
    assert not await proven(braked, await braked.order())


@pytest.mark.parametrize("braked", [{"contact_code": "email", "code_after_holds": 1}], indirect=True)
async def test_proving_ones_own_contact_opens_nobody_elses_cards(stranger: Strangers, braked: World) -> None:
    """One form, proven with one's own e-mail and then booked with another's: that one's cards stay closed."""
    near, mine = stranger(NEAR), "own@example.com"
    assert (await near.send(await near.form(), email=mine)).status == 303
    first = await only(braked)
    form = await near.form("ultrasound")
    page = await near.send(form, email=mine)
    await braked.order(lines=(("ultrasound", 1),), starts_at=datetime.fromisoformat(form.values["at"]))
    taken = await typed(near, page, await last_code(braked))
    assert taken.status == 409
    assert (await braked.api("POST", f"/v1/orders/{first.id}/cancel", "office", {}))[0] == 200
    booked = await near.post("/book", {**taken.values, "email": CONTACTS["email"]})
    assert booked.status == 303
    again = await near.post("/book", {**taken.values, "email": mine})
    assert again.location.removesuffix("/bank") == booked.location.removesuffix("/bank")
    assert not await proven(braked, (await made(braked))[0].order)


async def proven(world: World, order: Order) -> bool:
    return await world.tx(lambda tx: card_store.proven(tx, order.id))
