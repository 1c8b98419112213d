"""Saved cards as the desk sees them: in the order's story, and nowhere to be used."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest

from checkout import postgres
from checkout.payment import restoring
from checkout.payment.card import Asked
from checkout.payment.settle import settle
from gateways.sandbox import Fault, Rule
from tests.desk.clerk import at_work
from tests.flows.test_saved_cards import pay_by_card, proven, removed, saving
from tests.world import World, open_world


@pytest.fixture
async def shop(
    urls: postgres.Urls, emptied: None, move: Callable[[timedelta], Awaitable[None]]
) -> AsyncIterator[World]:
    """A merchant that saves cards; no callback helps."""
    _ = emptied
    async with open_world(urls, move, saved_cards=True) as found:
        found.bank.faults.add(Rule(Fault.DROP, method="callback", times=None))
        yield found


async def test_the_story_says_what_became_of_a_card(shop: World) -> None:
    """Saved, removed and taken back with the order that saved it, used with the one that it paid; no digits, no button."""
    first, card = await saving(shop)
    assert card is not None
    second = await proven(shop)
    started = await shop.start(second, card=Asked(card=card.id))
    await pay_by_card(shop, started.payment_id)
    await settle(shop.service, started.payment_id)
    await removed(shop, second, card)
    await shop.sweep()
    await shop.tx(lambda tx: restoring.ask(tx, shop.service, first, card.id, principal="payer"))
    await shop.sweep()
    clerk = await at_work(shop, "accountant")
    pages = {order.code: await clerk.get(f"/desk/orders/{order.code}") for order in (first, second)}
    for words in (
        "Плательщик сохранил карту в банке",
        "Сохранённая карта удалена",
        "Банк отвязал удалённую карту",
        "Плательщик просит вернуть карту",
        "Банк вернул карту",
    ):
        assert words in pages[first.code].text
        assert words not in pages[second.code].text
    assert "Оплачено сохранённой картой" in pages[second.code].text
    assert not [action for page in pages.values() for action in page.actions if "card" in action]


async def test_the_api_takes_no_card(shop: World) -> None:
    """A site proves nothing about who sits before it: a field for a card is refused like any that is unknown."""
    _, card = await saving(shop)
    assert card is not None
    order = await shop.order()
    status, _ = await shop.api("POST", f"/v1/orders/{order.id}/payments", "site", {"card": str(card.id)})
    assert status == 422
    status, answer = await shop.api("POST", f"/v1/orders/{order.id}/payments", "site", {})
    assert status == 201
    request = shop.bank.find(shop.merchant, number=answer["id"]).request
    assert (request.client_id, request.binding_id) == (None, None)
