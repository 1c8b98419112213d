"""Adding a card without paying, on the payer's pages: the words, the press, the hop, and what the way back says. No script."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest

from checkout import postgres
from checkout.ground.config import Brakes
from checkout.ground.ids import CheckId
from checkout.payment import adding, check_store, checking
from checkout.payment.check_store import Check
from checkout.payment.order import Order
from gateways.sandbox import Fault, Rule
from tests.desk.clerk import at_work
from tests.flows.test_card_checks import at_bank, pressed, typed
from tests.pages.visitor import Seen, Visitor, home, same_site
from tests.world import POOR, World, open_world

SILENT = Rule(Fault.HTTP_502, method="getorderstatusextended.do", times=None)


@pytest.fixture
async def shop(
    urls: postgres.Urls, emptied: None, move: Callable[[timedelta], Awaitable[None]]
) -> AsyncIterator[World]:
    """A merchant whose payers add cards without paying; no callback helps."""
    _ = emptied
    async with open_world(urls, move, saved_cards=True, card_check=True, brakes=Brakes()) as found:
        found.bank.faults.add(Rule(Fault.DROP, method="callback", times=None))
        yield found


@pytest.fixture
def payer(shop: World) -> Visitor:
    return Visitor(shop, {"Accept-Language": "ru", **same_site(shop)})


async def newest(shop: World, order: Order) -> Check:
    found = await shop.tx(lambda tx: check_store.newest(tx, order.id))
    assert found is not None
    return found


async def back(payer: Visitor, shop: World, check: CheckId) -> Seen:
    """Where the bank sends the payer to, with what it adds itself."""
    return await payer.get(f"{adding.return_path(shop.service, check)}?orderId=1&lang=en")


async def test_a_card_is_added_by_a_press(payer: Visitor, shop: World) -> None:
    """What is agreed to and that nothing is charged stands before the button; the card is in the list when one is back."""
    order = await shop.order()
    room = f"{home(shop, order)}/cards"
    page = await payer.get(room)
    assert "Деньги не спишутся" in page.text
    assert "вы соглашаетесь сохранить карту для следующих оплат" in page.text
    gone = await payer.post(f"{room}/add", {})
    assert gone.status == 303
    hop = await payer.get(gone.location)
    check = await newest(shop, order)
    assert check.form_url is not None
    assert check.form_url.split("?")[0] in hop.html
    assert "₽" not in hop.text
    async with shop.http.get(check.form_url) as answer:
        assert answer.status == 200
    assert (await payer.post(f"{room}/add", {})).location == gone.location
    typed(shop, check.id)
    told = await back(payer, shop, check.id)
    assert "Карта добавлена" in told.text
    assert not any(known in told.html for known in ("1111", order.code, "/o/"))
    listed = await payer.get(room)
    assert "1111" in listed.text
    assert "Карта добавлена" in listed.text
    assert f"{room}/add" in listed.actions
    (action,) = [path for path in listed.actions if path.endswith("/remove")]
    await payer.post(action, {})
    assert "Карта добавлена" not in (await payer.get(room)).text
    assert (await payer.get(gone.location)).status == 303  # that page is over


async def test_the_way_back_says_no_more_than_is_known(payer: Visitor, shop: World) -> None:
    """The bank is silent: nothing is charged, and the open page can be gone on with; refused: with the reason."""
    order = await shop.order()
    check = await pressed(shop, order)
    shop.bank.faults.add(SILENT)
    told = await back(payer, shop, check.id)
    assert "Банк ещё не ответил. Деньги не списаны." in told.text
    room = await payer.get(f"{home(shop, order)}/cards")
    assert "Банк ещё не ответил" in room.text
    assert f"{home(shop, order)}/cards/add" not in room.actions
    shop.bank.faults.clear()
    for words in ("Карта ещё не проверена", "Карта ещё не проверена", "Карта не добавлена"):
        typed(shop, check.id, POOR)
        await shop.advance(seconds=3)
        told = await back(payer, shop, check.id)
        assert words in told.text
    assert "недостаточно средств" in told.text


async def test_neither_a_stranger_nor_a_merchant_without_it_adds_a_card(payer: Visitor, shop: World) -> None:
    """A wrong token leads nowhere; where the contract cannot, there is neither button nor address."""
    assert (await payer.get("/r/AAAAAAAAAAAAAAAAAAAAAA/check")).status == 404
    order = await shop.order()
    shop.service.gateway(order.merchant).card_checks = None
    room = f"{home(shop, order)}/cards"
    assert "/add" not in (await payer.get(room)).html
    assert (await payer.post(f"{room}/add", {})).status == 404


async def test_checking_cards_is_braked(payer: Visitor, shop: World) -> None:
    """It says for nothing whether a card is good: it stops after cards that were refused, and after so many of a contact."""
    order = await shop.order()
    room = f"{home(shop, order)}/cards"
    for _ in range(3):
        assert (await payer.post(f"{room}/add", {})).status == 303
        check = await newest(shop, order)
        assert (await payer.post(f"{room}/add", {})).status == 303  # going on is free
        for _ in range(3):
            typed(shop, check.id, POOR)
        await shop.advance(seconds=25)
        await checking.run_due(shop.service)
    held = await payer.post(f"{room}/add", {})
    assert held.status == 429
    assert "Деньги не списаны" in held.text
    paid = await payer.post(f"{home(shop, order)}/pay", {})
    assert paid.status == 429
    await shop.advance(hours=2)
    for good in (True, True, False):
        pressed_ = await payer.post(f"{room}/add", {})
        assert pressed_.status == (303 if good else 429)
        if good:
            typed(shop, (await newest(shop, order)).id)
            await shop.advance(seconds=25)
            await checking.run_due(shop.service)


async def test_desk_and_payer_read_what_became_of_it(payer: Visitor, shop: World) -> None:
    """The timeline has words for each step and for money that must not be there; so has the payer's own data."""
    order = await shop.order()
    check = await pressed(shop, order)
    theirs = at_bank(shop, check.id)
    theirs.deposited = 100
    await shop.advance(seconds=25)
    await checking.run_due(shop.service)
    clerk = await at_work(shop, "senior-cashier")
    story = (await clerk.get(f"/desk/orders/{order.code}")).text
    assert "Банк показывает деньги за проверку карты" in story
    assert check.number in story
    (listed,) = json.loads((await payer.get(f"{home(shop, order)}/data.json")).html)["card_checks"]
    assert (listed["id"], listed["state"]) == (check.number, "review")
