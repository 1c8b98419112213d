"""Whoever has a saved card is told once what became of it, and what to do if that was somebody else; nobody who was erased."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest

from checkout import postgres
from checkout.ground.db import run
from checkout.inbox import Mail
from checkout.notices.card_letters import LETTERS
from checkout.payment import cards, prolonging
from checkout.payment.card import Asked
from checkout.payment.order import Order
from checkout.payment.settle import settle
from gateways.sandbox import Fault, Rule, bindings
from tests.flows.test_card_restore import BIND, back, left, wanted
from tests.flows.test_saved_cards import ERASE, removed, seen
from tests.notices.telling import link, plain, states
from tests.notices.test_words import discreet, proper
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


async def saved(shop: World, language: str = "ru") -> Order:
    order = await shop.order(language=language)
    started = await shop.start(order, card=Asked(save=True))
    await shop.pay_at_bank(started.payment_id)
    await settle(shop.service, started.payment_id)
    return order


async def told(shop: World) -> list[Mail]:
    """What was told of cards by now, oldest first."""
    return [mail for mail in await shop.letters() if "карт" in mail.subject or "card" in mail.subject]


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_each_turn_of_a_cards_life_is_told_once(shop: World, language: str) -> None:
    """Saved, removed, taken back, prolonged, switched off by the bank: whole, discreet, and with the way to the cards."""
    order = await saved(shop, language)
    await shop.letters()
    (card,) = await seen(shop, order)
    await removed(shop, order, card)
    await shop.letters()
    fresh = await back(shop, order, card)
    bindings.extend(shop.bank.bindings.by_id[card.binding], "202701")
    await shop.advance(days=8)
    await shop.sweep()
    await prolonging.prolong(shop.service, order, fresh.id, "203201", principal="payer")
    await shop.letters()
    bindings.switch(shop.bank, shop.bank.bindings.by_id[card.binding], on=False)
    await shop.advance(days=8)
    await shop.sweep()
    letters = await told(shop)
    first = {"ru": f"Запись {order.code}: ", "en": f"Booking {order.code}: "}[language]
    said = {
        "ru": ["карта сохранена", "карта удалена", "карта возвращена", "срок карты обновлён", "банк отключил карту"],
        "en": [
            "the card is saved",
            "the card is removed",
            "the card is back",
            "the card has another expiry date",
            "the bank has switched the card off",
        ],
    }[language]
    assert [mail.subject for mail in letters] == [first + one for one in said]
    for mail in letters:
        proper(mail.subject + "\n" + plain(mail), language)
        discreet(mail.subject + plain(mail))
        assert "•• 1111" in mail.text
    for mail in letters[:4]:
        assert f"{link(shop, order)}/cards" in mail.text
    assert ("карту можно вернуть до" if language == "ru" else "you can take the card back until") in plain(letters[1])
    assert "01/32" in letters[3].text
    assert not await shop.broken()


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_what_the_bank_does_not_give_back_is_told(shop: World, language: str) -> None:
    """To whoever asked for it and closed the page."""
    order = await saved(shop, language)
    (card,) = await seen(shop, order)
    await removed(shop, order, card)
    await shop.letters()
    shop.bank.faults.add(Rule(Fault.REFUSE, BIND, value=15))
    await wanted(shop, order, card)
    await shop.sweep()
    letter = (await told(shop))[-1]
    proper(letter.subject + "\n" + plain(letter), language)
    assert ("Банк не вернул карту •• 1111" if language == "ru" else "did not give the card •• 1111 back") in letter.text
    assert (await left(shop, order)).refused


async def test_what_is_overtaken_is_not_told(shop: World) -> None:
    """Saved, removed and wanted back before anybody was told: the last word alone."""
    order = await saved(shop)
    (card,) = await seen(shop, order)
    await removed(shop, order, card)
    await back(shop, order, card)
    assert [mail.subject.partition(": ")[2] for mail in await told(shop)] == ["карта возвращена"]
    assert [one for one in await states(shop, order) if one[0] in LETTERS] == [
        ("card_saved", "skipped", "removed since"),
        ("card_removed", "skipped", "taken back since"),
        ("card_restored", "sent", None),
    ]


async def test_nobody_who_was_erased_gets_a_letter_of_a_card(shop: World) -> None:
    """The card ends with their data; neither that nor what happened before is told any more, nor to another booking of theirs."""
    order, second = await saved(shop), await shop.order()
    await shop.tx(lambda tx: run(tx, ERASE, id=order.payer_id.uuid))
    await shop.sweep()
    assert await told(shop) == []
    assert [one[:2] for one in await states(shop, order) if one[0] in LETTERS] == [("card_saved", "skipped")]
    assert await shop.tx(lambda tx: cards.of(tx, shop.service, second)) == []
    assert not await shop.broken()
