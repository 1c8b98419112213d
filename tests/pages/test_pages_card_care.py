"""Cards that were removed or run out, on their payer's page without a script: taking one back, typing a new month."""

from __future__ import annotations

import json

import pytest

from checkout.payment.card import Card
from checkout.payment.order import Order
from gateways.sandbox import Fault, Rule
from tests.flows.test_card_prolong import EXTEND, NEW, running_out
from tests.flows.test_card_restore import BIND
from tests.flows.test_saved_cards import again, saving, seen
from tests.pages.test_pages_saved_cards import payer, shop
from tests.pages.visitor import Seen, Visitor, home
from tests.world import World

__all__ = ["payer", "shop"]


async def kept(shop: World) -> tuple[Order, Card, str]:
    order, card = await saving(shop)
    assert card is not None
    return order, card, f"{home(shop, order)}/cards"


async def press(payer: Visitor, action: str, **typed: str) -> Seen:
    """The page that a press leads to."""
    pressed = await payer.post(action, typed)
    assert pressed.status == 303
    return await payer.get(pressed.location)


async def test_a_card_that_was_removed_by_mistake_is_taken_back(payer: Visitor, shop: World) -> None:
    """With the words that were agreed to at first; until the bank says yes the page waits, and says that nothing is charged."""
    order, card, room = await kept(shop)
    page = await press(payer, f"{room}/{card.id}/remove")
    assert "Вернуть карту •• 1111" in page.text
    assert "Вернув карту, вы снова соглашаетесь сохранить её" in page.text
    assert "Номер карты хранит банк" in page.text
    shop.bank.faults.add(Rule(Fault.HTTP_502, BIND))
    page = await press(payer, f"{room}/{card.id}/restore")
    assert "банк ещё не ответил" in page.text
    assert not [action for action in page.actions if action.endswith(("/pay", "/restore"))]
    await shop.sweep()
    waiting = await payer.get(f"{room}?done=restore&card={card.id}")
    assert "банк ещё не ответил" in waiting.text
    await shop.advance(minutes=1)
    await shop.sweep()
    page = await payer.get(f"{room}?done=restore&card={card.id}")
    assert page.headers["X-Face"] != waiting.headers["X-Face"]
    assert "Карта снова сохранена." in page.text
    (fresh,) = await seen(shop, order)
    listed = json.loads((await payer.get(f"{home(shop, order)}/data.json")).html)["saved_cards"]
    assert [(one["taken_back"], one["bank_has_confirmed"], one["removed_at"]) for one in listed] == [(True, True, None)]
    assert f"{room}/{fresh.id}/remove" in page.actions
    other = await payer.get(f"{room}?done=restore&card={fresh.id}")
    assert "Карта снова сохранена." not in other.text  # of a card that was not the one pressed


async def test_what_the_bank_does_not_give_back_is_said(payer: Visitor, shop: World) -> None:
    """What happened, that no money moved, and how the card is saved anew; it is not offered again."""
    _, card, room = await kept(shop)
    await press(payer, f"{room}/{card.id}/remove")
    shop.bank.faults.add(Rule(Fault.REFUSE, BIND, value=15))
    await press(payer, f"{room}/{card.id}/restore")
    await shop.sweep()
    page = await payer.get(room)
    assert "Банк не вернул карту, деньги не списаны." in page.text
    assert page.actions == [f"{room}/code"]
    late = await payer.post(f"{room}/{card.id}/restore", {})
    assert late.status == 409
    assert "Эту карту уже не вернуть." in late.text


async def test_whoever_changes_their_mind_does_not_get_it_back(payer: Visitor, shop: World) -> None:
    """The press on «do not» ends it before the bank was asked."""
    order, card, room = await kept(shop)
    await press(payer, f"{room}/{card.id}/remove")
    page = await press(payer, f"{room}/{card.id}/restore")
    (action,) = [one for one in page.actions if one.endswith("/remove")]
    await press(payer, action)
    await shop.sweep()
    assert await seen(shop, order) == []
    assert not shop.bank.bindings.by_id[card.binding].active


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("15/31", "Введите месяц и год с карты"),
        ("10/26", "Этот месяц уже прошёл."),
        ("01/49", "Таких долгих карт не бывает"),
    ],
)
async def test_a_wrong_month_is_marked_and_kept(payer: Visitor, shop: World, typed: str, words: str) -> None:
    """The reason stands beside the field and in the summary; what was typed is still there."""
    order, card = await running_out(shop)
    room = f"{home(shop, order)}/cards"
    page = await payer.post(f"{room}/{card.id}/prolong", {"expiry": typed})
    assert (page.status, page.values["expiry"]) == (422, typed)
    assert page.text.count(words) == 2
    assert page.title.startswith("Ошибка: ")
    assert f"#expiry-{card.id}" in page.links


async def test_a_new_month_is_taken_refused_or_not_answered(payer: Visitor, shop: World) -> None:
    """Each is said, and only the first changes anything; a card that is good for years has no such form."""
    order, card = await running_out(shop)
    room = f"{home(shop, order)}/cards"
    assert "Банк перевыпустил карту с тем же номером?" in (await payer.get(room)).text
    shop.bank.faults.add(Rule(Fault.REFUSE, EXTEND, value=6))
    refused = await payer.post(f"{room}/{card.id}/prolong", {"expiry": "01/32"})
    assert (refused.status, refused.values["expiry"]) == (409, "01/32")
    assert "Банк не принял этот срок." in refused.text
    shop.bank.faults.add(Rule(Fault.CUT_BEFORE, EXTEND))
    assert "Банк пока не ответил." in (await press(payer, f"{room}/{card.id}/prolong", expiry="01/32")).text
    page = await press(payer, f"{room}/{card.id}/prolong", expiry="01/32")
    assert "Срок карты обновлён." in page.text
    assert "01/32" in page.text
    assert not [action for action in page.actions if action.endswith("/prolong")]
    assert (await again(shop, card)).expiry == NEW


async def test_the_bank_is_not_asked_without_end(payer: Visitor, shop: World) -> None:
    """Ten changes an hour for one booking; then the words say when and whom to call."""
    _, card, room = await kept(shop)
    await press(payer, f"{room}/{card.id}/remove")
    for _ in range(10):
        await payer.post(f"{room}/{card.id}/restore", {})
    page = await payer.post(f"{room}/{card.id}/restore", {})
    assert page.status == 429
    assert "С сохранёнными картами здесь делали слишком многое" in page.text
