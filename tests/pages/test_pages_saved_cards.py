"""Saved cards on the payer's pages: the box, the page of one's cards, the code, removal; and what a stranger sees. No script."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest

from checkout import postgres
from checkout.ground.ids import PaymentId
from checkout.payment import card_store
from checkout.payment.card import Asked
from checkout.payment.order import Order, Word
from checkout.payment.pay import return_token
from checkout.payment.place import pay_token
from checkout.payment.settle import settle
from checkout.privacy.person import person
from gateways.sandbox import Fault, Rule
from tests.flows.test_saved_cards import again, pay_by_card, saving, seen
from tests.pages.codes import codes, last_code
from tests.pages.test_pages_code import wrong
from tests.pages.test_pages_phone import newest
from tests.pages.visitor import Seen, Visitor, home, only, same_site
from tests.world import World, open_world

DIGITS = ("1111", "Visa", "12/34")


@pytest.fixture
async def shop(
    urls: postgres.Urls, emptied: None, move: Callable[[timedelta], Awaitable[None]]
) -> AsyncIterator[World]:
    """A merchant that saves cards; no callback helps."""
    _ = emptied
    async with open_world(urls, move, saved_cards=True) as found:
        found.bank.faults.add(Rule(Fault.DROP, method="callback", times=None))
        yield found


@pytest.fixture
def payer(shop: World) -> Visitor:
    return Visitor(shop, {"Accept-Language": "ru", **same_site(shop)})


def without_names(page: Seen, order: Order) -> str:
    """What the page says, without what tells one order from another."""
    text = page.html.replace(order.code, "CODE")
    return re.sub(r"/o/[^/\"?#]+", "/o/TOKEN", re.sub(r"<time[^>]*>[^<]*</time>", "TIME", text))


async def paying(shop: World, order: Order) -> PaymentId:
    return (await newest(shop, order)).id


async def test_the_box_is_unticked_and_without_it_nothing_is_saved(payer: Visitor, shop: World) -> None:
    """It says where the card is kept and how it is removed; whoever does not tick it leaves nothing with the bank."""
    form = await payer.form()
    assert "Сохранить карту для следующих оплат" in form.text
    assert "Номер карты хранит банк" in form.text
    assert "save_card" not in form.values
    assert (await payer.send(form)).status == 303
    order = await only(shop)
    assert shop.bank.recent(1)[0].request.client_id is None
    page = await payer.get(home(shop, order))
    assert "checked" not in page.html


async def test_a_ticked_box_saves_the_card_that_pays(payer: Visitor, shop: World) -> None:
    """From the booking form; the order's own page of cards then shows it without a code."""
    assert (await payer.send(await payer.form(), save_card="yes")).status == 303
    order = await only(shop)
    payment = shop.bank.recent(1)[0]
    assert payment.request.client_id is not None
    await shop.pay_at_bank(await paying(shop, order))
    await settle(shop.service, await paying(shop, order))
    page = await payer.get(f"{home(shop, order)}/cards")
    assert all(known in page.text for known in DIGITS)
    assert "Удалить карту" in page.text


async def test_a_stranger_learns_nothing(payer: Visitor, shop: World) -> None:
    """Who types somebody's phone and e-mail sees what they would see if there were no card; so does whoever guesses codes."""
    nobody = person(name="Мария Петрова", phone="8 (912) 345-67-10", email="marta@example.com")
    _, card = await saving(shop)
    assert card is not None
    pages = []
    for order in (await shop.order(), await shop.order(payer=nobody)):
        room = f"{home(shop, order)}/cards"
        first = await payer.get(room)
        sent = await payer.post(f"{room}/code", {})
        guessed = await payer.post(f"{room}/code", {"code": wrong(await last_code(shop))})
        tried = await payer.post(f"{room}/{card.id}/pay", {})
        gone = await payer.post(f"{room}/{card.id}/remove", {})
        assert (first.status, sent.status, guessed.status, tried.status, gone.status) == (200, 200, 422, 409, 303)
        pages.append([without_names(one, order) for one in (first, sent, guessed, tried)])
        assert not any(known in one.text for one in (first, sent, guessed, tried) for known in DIGITS)
    ours, theirs = pages
    assert [one.replace("m•••@example.com", "").replace("+7 ••• •••-••-89", "") for one in ours] == [
        one.replace("m•••@example.com", "").replace("+7 ••• •••-••-10", "") for one in theirs
    ]
    assert (await again(shop, card)).removed_at is None


async def test_a_code_opens_the_cards_and_one_of_them_pays(payer: Visitor, shop: World) -> None:
    """The code goes to the contact of the order; it is remembered, so the next look asks for none."""
    await saving(shop)
    order = await shop.order()
    room = f"{home(shop, order)}/cards"
    page = await payer.get(room)
    assert "m•••@example.com" in page.text
    page = await payer.post(f"{room}/code", {})
    assert (await payer.post(f"{room}/code", {"code": "", "resend": "yes"})).status == 409
    assert [channel for channel, _ in await codes(shop)] == ["email"]
    assert (await payer.post(f"{room}/code", {"code": await last_code(shop)})).location == room
    page = await payer.get(room)
    assert all(known in page.text for known in DIGITS)
    (action,) = [path for path in page.actions if path.endswith("/pay")]
    pressed = await payer.post(action, {})
    assert (pressed.status, pressed.location) == (303, f"{home(shop, order)}/bank")
    await pay_by_card(shop, await paying(shop, order))
    await settle(shop.service, await paying(shop, order))
    assert await shop.word(order.id) is Word.PAID


async def test_a_card_is_removed_by_a_press(payer: Visitor, shop: World) -> None:
    """The page says so and shows it no more; the second press, from another tab, finds it done."""
    order, card = await saving(shop)
    assert card is not None
    room = f"{home(shop, order)}/cards"
    action = f"{room}/{card.id}/remove"
    assert action in (await payer.get(room)).actions
    for _ in range(2):
        pressed = await payer.post(action, {})
        assert pressed.status == 303
        page = await payer.get(pressed.location)
        assert "Карта удалена. Деньги с неё больше не спишут." in page.text
        assert not [path for path in page.actions if path.endswith(("/pay", "/remove"))]
    await shop.sweep()
    assert not shop.bank.bindings.by_id[card.binding].active
    await shop.advance(days=1, minutes=1)
    assert "1111" not in (await payer.get(room)).text


async def test_neither_a_guest_nor_the_banks_return_is_offered_a_card(payer: Visitor, shop: World) -> None:
    """What went through the bank, or was passed on, proves nothing."""
    order = await shop.order()
    started = await shop.start(order, card=Asked(save=True))
    await shop.refuse(started.payment_id)
    for path in (f"/r/{return_token(shop.service, started.payment_id)}", f"/p/{pay_token(shop.service, order.id)}"):
        page = await payer.get(path)
        assert page.status == 200
        assert "Сохран" not in page.text


async def test_a_merchant_that_saves_no_cards_has_no_such_page(visitor: Visitor, world: World) -> None:
    """No box, no link, no page."""
    order = await world.order()
    assert "Сохран" not in (await visitor.get(home(world, order))).text
    assert (await visitor.get(f"{home(world, order)}/cards")).status == 404
    assert await seen(world, order) == []


async def test_own_data_lists_the_cards_that_the_order_may_see(payer: Visitor, shop: World) -> None:
    """Its own; those of its contact once that is proven."""
    first, _ = await saving(shop)
    second = await shop.order()
    listed = [json.loads((await payer.get(f"{home(shop, one)}/data.json")).html) for one in (first, second)]
    assert [(card["brand"], card["last4"], card["expiry"]) for card in listed[0]["saved_cards"]] == [
        ("VISA", "1111", "12/34")
    ]
    assert listed[1]["saved_cards"] == []
    await shop.tx(lambda tx: card_store.prove(tx, second.id, "email"))
    assert len(json.loads((await payer.get(f"{home(shop, second)}/data.json")).html)["saved_cards"]) == 1
