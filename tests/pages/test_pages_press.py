"""A saved card charged by a press on the payer's pages: what the button says, where it leads, and what comes of a second one."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Final

import pytest

from checkout import postgres
from checkout.payment import card_store
from checkout.payment.card import CONSENT, PRESS_CONSENT, Card
from checkout.payment.order import Order, Word
from checkout.payment.pay import return_token
from checkout.web.payer.standing import Face
from checkout.web.words import BY_LANGUAGE
from gateways.sandbox import Fault, Rule
from gateways.sberbank.action_codes import explain
from tests.flows.test_press import ASKED, PAY, REFUSED, charged, saved, tries
from tests.flows.test_saved_cards import removed
from tests.pages.test_pages_phone import newest
from tests.pages.visitor import Seen, Visitor, home, looks_again, same_site
from tests.world import World, open_world

SUM: Final = "250000"


@pytest.fixture
async def shop(
    urls: postgres.Urls, emptied: None, move: Callable[[timedelta], Awaitable[None]]
) -> AsyncIterator[World]:
    """A contract that lets a press pay; no callback helps."""
    _ = emptied
    async with open_world(urls, move, saved_cards=True, one_press=True) as found:
        found.bank.faults.add(Rule(Fault.DROP, method="callback", times=None))
        yield found


@pytest.fixture
def payer(shop: World) -> Visitor:
    return Visitor(shop, {"Accept-Language": "ru", **same_site(shop)})


async def ordered(shop: World) -> Order:
    """Another order of the contact that saved the card, and has proved it."""
    order = await shop.order()
    await shop.tx(lambda tx: card_store.prove(tx, order.id, "email"))
    return order


async def press(payer: Visitor, shop: World, order: Order, card: Card, total: str = SUM, *, query: str = "") -> Seen:
    return await payer.post(f"{home(shop, order)}/cards/{card.id}/pay{query}", {"sum": total})


async def back(shop: World, order: Order) -> str:
    return f"/r/{return_token(shop.service, (await newest(shop, order)).id)}"


async def test_the_button_says_what_it_takes_and_takes_that(payer: Visitor, shop: World) -> None:
    """Sum and card stand on it; the press leads to the result, which has asked the bank."""
    await saved(shop)
    order = await ordered(shop)
    page = await payer.get(f"{home(shop, order)}/cards")
    assert "Оплатить 2 500 ₽ картой Visa •• 1111" in page.text
    assert "Деньги спишутся сразу после нажатия." in page.text
    (action,) = [path for path in page.actions if path.endswith("/pay")]
    went = await payer.post(action, {"sum": page.values["sum"]})
    assert (went.status, went.location) == (303, await back(shop, order))
    assert (await payer.get(went.location)).heading == "Вы записаны"
    assert await shop.word(order.id) is Word.PAID


async def test_the_issuers_question_is_a_form_to_it_and_to_nobody_else(payer: Visitor, shop: World) -> None:
    """The page of this one answer may send a form there; it holds what the issuer needs, and the way to the bank's page."""
    card = await saved(shop, ASKED)
    order = await ordered(shop)
    asks = await press(payer, shop, order, card, query="?lang=en")
    assert (asks.status, asks.heading, asks.language) == (200, "Confirm the payment", "en")
    assert "No money was taken yet." in asks.text
    assert asks.actions == [f"{shop.bank.base_url}/3ds/acs"]
    assert asks.values.keys() == {"PaReq", "MD", "TermUrl"}
    assert f"{home(shop, order)}/bank?lang=en" in asks.links
    policy = asks.headers["Content-Security-Policy"]
    assert re.findall(r"form-action ([^;]*)", policy) == [f"'self' {shop.bank.base_url}"]
    assert asks.headers["Cache-Control"] == "no-store"
    again = await press(payer, shop, order, card)
    assert (again.status, again.location) == (303, await back(shop, order))
    for path in (f"{home(shop, order)}/cards", again.location):
        page = await payer.get(path)
        assert re.findall(r"form-action ([^;]*)", page.headers["Content-Security-Policy"]) == ["'self'"]
    assert "Если банк хочет проверить вас или карту, закончите на его странице." in page.text
    assert charged(shop, (await newest(shop, order)).id) == []


async def test_a_press_without_an_answer_is_not_offered_again(payer: Visitor, shop: World) -> None:
    """The result waits and says so, the card has no button, and an old tab is led to the same result."""
    card = await saved(shop)
    order = await ordered(shop)
    shop.bank.faults.add(Rule(Fault.CUT_BEFORE, PAY))
    went = await press(payer, shop, order, card)
    page = await payer.get(went.location)
    assert (page.heading, page.headers["X-Face"]) == ("Оплата ещё не подтверждена", "at_bank")
    assert "второй раз платить не нужно" in page.text
    room = await payer.get(f"{home(shop, order)}/cards")
    assert not [path for path in room.actions if path.endswith("/pay")]
    assert {went.location, f"{home(shop, order)}/bank"} <= {*room.links}
    assert (await press(payer, shop, order, card)).location == went.location
    assert tries(shop, (await newest(shop, order)).id) == 0


async def test_a_refused_card_says_why_and_leaves_the_banks_page(payer: Visitor, shop: World) -> None:
    """The reason stands above, the button to the same bank order below; nobody is told to wait."""
    card = await saved(shop)
    order = await ordered(shop)
    shop.bank.bindings.by_id[card.binding].pan = REFUSED
    page = await payer.get((await press(payer, shop, order, card)).location)
    assert f"{explain(-2011).ru}." in page.text
    assert "Этой попыткой деньги не списаны." in page.text
    assert "второй раз платить не нужно" not in page.text
    assert f"{await back(shop, order)}/bank" in page.links
    assert page.headers["X-Face"] != Face.AT_BANK  # so that whoever waits sees it
    assert looks_again(page)


async def test_after_a_refusal_the_card_pays_at_the_bank(payer: Visitor, shop: World) -> None:
    """Nothing was charged: nobody is told not to pay, and the button leads to the page of the same bank order."""
    card = await saved(shop)
    order = await ordered(shop)
    shop.bank.bindings.by_id[card.binding].pan = REFUSED
    await payer.get((await press(payer, shop, order, card)).location)
    room = await payer.get(f"{home(shop, order)}/cards")
    assert BY_LANGUAGE["ru"]["card_pressed"] not in room.text
    assert "sum" not in room.values
    (action,) = [path for path in room.actions if path.endswith("/pay")]
    assert (await payer.post(action, {})).location == f"{home(shop, order)}/bank"
    assert tries(shop, (await newest(shop, order)).id) == 1


async def test_a_card_that_is_gone_after_its_press_is_not_said_to_have_paid_nothing(
    payer: Visitor, shop: World
) -> None:
    """It may have been charged: the old tab reads that this is being checked."""
    card = await saved(shop)
    order = await ordered(shop)
    shop.bank.faults.add(Rule(Fault.CUT_AFTER, PAY))
    await press(payer, shop, order, card)
    await removed(shop, order, card)
    again = await press(payer, shop, order, card)
    assert (again.status, "Мы ещё проверяем прошлую оплату" in again.text) == (409, True)
    assert "Деньги не списаны" not in again.text


async def test_without_a_sum_or_with_another_the_bank_tells_it(payer: Visitor, shop: World) -> None:
    """A form that names no sum, or one that is not due any more, leads to the bank's page, and charges nothing."""
    card = await saved(shop)
    order = await ordered(shop)
    for total in ("", "0", "250000x", "100", "9" * 30):
        assert (await press(payer, shop, order, card, total)).location == f"{home(shop, order)}/bank"
    found = await newest(shop, order)
    assert (tries(shop, found.id), found.pressed) == (0, False)


async def test_the_box_says_that_a_press_will_pay(payer: Visitor, shop: World) -> None:
    """Whoever saves a card here is not told that the bank asks for its code; which words they read is kept with the card."""
    words = BY_LANGUAGE["ru"]
    page = await payer.get(home(shop, await shop.order()))
    for text in (page.text, (await payer.form()).text):
        assert words["save_card_press_hint"] in text
        assert words["save_card_hint"] not in text
    assert (await saved(shop)).consent == PRESS_CONSENT


@pytest.mark.parametrize("read", [CONSENT, PRESS_CONSENT])
async def test_what_was_read_is_what_is_kept(payer: Visitor, shop: World, read: str) -> None:
    """A box that was shown with other words than are in force by now agrees to no press."""
    order = await shop.order()
    page = await payer.get(home(shop, order))
    assert f'name="save_card" value="{PRESS_CONSENT}"' in page.html
    await payer.post(f"{home(shop, order)}/pay", {"save_card": read})
    assert (await newest(shop, order)).card_consent == read
