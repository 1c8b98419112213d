"""A removed card that its payer wants back: another agreement, another card, and no late word about the old one reaches it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from checkout.ground.db import run, sql
from checkout.ground.errors import Conflict
from checkout.payment import card_store, cards, restoring, unbinding
from checkout.payment.card import CONSENT, Asked, Card, Rebinding, Unbinding
from checkout.payment.order import Order, Word
from checkout.payment.restoring import Left
from checkout.payment.settle import settle
from gateways.sandbox import Fault, Rule, bindings
from tests.flows.test_saved_cards import (
    ERASE,
    UNBIND,
    again,
    one_bank,
    pay_by_card,
    proven,
    removed,
    saving,
    seen,
    shop,
)
from tests.world import World

__all__ = ["shop"]
BIND = "bindcard.do"
_FORCE = sql("UPDATE saved_card SET rebinding = :to WHERE id = :id")
_BACK = sql("UPDATE saved_card SET unbinding = 'unknown', unbound_at = NULL, due_at = app_now() WHERE id = :id")
_ANOTHER = sql("""
INSERT INTO saved_card (id, client_id, order_id, restores, binding, consent, rebinding, due_at)
SELECT gen_random_uuid(), client_id, order_id, id, binding, 'x', 'intended', app_now() FROM saved_card WHERE id = :id""")
_BY = sql("INSERT INTO payment_card (payment_id, client_id, card_id) VALUES (:payment, :client, :card)")


async def gone(shop: World) -> tuple[Order, Card]:
    """An order, and the card that it saved and its payer has removed; the bank was not told yet."""
    order, card = await saving(shop)
    assert card is not None
    await removed(shop, order, card)
    return order, await again(shop, card)


async def wanted(shop: World, order: Order, card: Card) -> None:
    await shop.tx(lambda tx: restoring.ask(tx, shop.service, order, card.id, principal="payer"))


async def left(shop: World, order: Order) -> Left:
    at, standing = await shop.now(), await seen(shop, order)
    return await shop.tx(lambda tx: restoring.left(tx, shop.service, order, standing, at=at))


async def back(shop: World, order: Order, card: Card) -> Card:
    """The card, wanted back and given back."""
    await wanted(shop, order, card)
    await shop.sweep()
    (found,) = await seen(shop, order)
    return found


def active(shop: World, card: Card) -> bool:
    return shop.bank.bindings.by_id[card.binding].active


async def cards_events(shop: World, order: Order) -> list[str]:
    return [kind for kind in await shop.events(order.id) if kind.startswith("card.")]


async def test_a_card_that_is_taken_back_is_another_one_and_pays_once_the_bank_says_yes(shop: World) -> None:
    """With a consent of its own and a link to the first, which stays removed; until the yes it is offered nowhere."""
    order, card = await gone(shop)
    await wanted(shop, order, card)
    await wanted(shop, order, card)
    assert await seen(shop, order) == []
    (awaited,) = (await left(shop, order)).awaited
    later = await proven(shop)
    with pytest.raises(Conflict, match="card_gone"):
        await shop.start(later, card=Asked(card=awaited.id))
    await shop.sweep()
    (fresh,) = await seen(shop, order)
    assert (fresh.id, fresh.restores, fresh.binding, fresh.consent) == (awaited.id, card.id, card.binding, CONSENT)
    assert fresh.saved_at >= card.saved_at
    assert (await again(shop, card)).removed_at == card.removed_at
    assert await cards_events(shop, order) == [
        "card.saved",
        "card.removed",
        "card.restoring",
        "card.unbound",
        "card.restored",
    ]
    started = await shop.start(later, card=Asked(card=fresh.id))
    await pay_by_card(shop, started.payment_id)
    await settle(shop.service, started.payment_id)
    assert await shop.word(later.id) is Word.PAID
    assert not await shop.broken()


@one_bank
@pytest.mark.parametrize("fault", [Fault.CUT_AFTER, Fault.HTTP_502])
async def test_what_the_bank_did_not_answer_is_asked_again_and_pays_nothing_meanwhile(
    shop: World, fault: Fault
) -> None:
    """Not knowing is a state of its own; the next try ends it, and the card comes back once."""
    order, card = await gone(shop)
    shop.bank.faults.add(Rule(fault, BIND))
    await wanted(shop, order, card)
    await shop.sweep()
    (awaited,) = (await left(shop, order)).awaited
    assert awaited.rebinding is Rebinding.UNKNOWN
    payment = (await shop.paid())[1]
    with pytest.raises(IntegrityError, match="pays nothing"):
        await shop.tx(lambda tx: run(tx, _BY, payment=payment.uuid, client=awaited.client.uuid, card=awaited.id.uuid))
    await shop.advance(minutes=1)
    await shop.sweep()
    assert [one.id for one in await seen(shop, order)] == [awaited.id]
    assert (await cards_events(shop, order)).count("card.restored") == 1


async def test_what_the_bank_does_not_give_back_is_over(shop: World) -> None:
    """Its holder switched it off at the bank: that is said, it pays nothing, and the bank is told so once more."""
    order, card = await gone(shop)
    shop.bank.faults.add(Rule(Fault.REFUSE, BIND, value=15))
    await wanted(shop, order, card)
    await shop.sweep()
    assert await seen(shop, order) == []
    found = await left(shop, order)
    (refused,) = found.refused
    assert (refused.restores, found.awaited, found.restorable) == (card.id, [], [])
    assert refused.unbinding is Unbinding.DONE
    with pytest.raises(Conflict, match="card_not_restorable"):
        await wanted(shop, order, refused)
    assert "card.not_restored" in await cards_events(shop, order)


@one_bank
async def test_a_yes_is_not_believed_until_the_bank_lists_the_card(shop: World) -> None:
    """One code means that it is active, or that there is none; and a bank that says nothing for a day has said no."""
    order, card = await gone(shop)
    await shop.sweep()
    binding = shop.bank.bindings.by_id.pop(card.binding)
    await wanted(shop, order, card)
    await shop.sweep()
    assert len((await left(shop, order)).refused) == 1
    shop.bank.bindings.by_id[card.binding] = binding
    order, card = await gone(shop)
    shop.bank.faults.add(Rule(Fault.HTTP_502, BIND, times=None))
    await wanted(shop, order, card)
    for _ in range(6):
        await shop.sweep()
        await shop.advance(hours=7)
    await shop.sweep()
    assert (await cards_events(shop, order))[-2:] == ["card.not_restored", "card.unbound"]


@one_bank
async def test_only_what_its_payer_removed_comes_back_and_only_for_a_day(shop: World) -> None:
    """Not by a stranger, not after a day, not what the bank or an erasure took; and the database says so, too."""
    order, card = await gone(shop)
    stranger = await shop.order()
    with pytest.raises(Conflict, match="card_not_restorable"):
        await wanted(shop, stranger, card)
    await shop.advance(hours=24, minutes=1)
    assert (await left(shop, order)).restorable == []
    with pytest.raises(Conflict, match="card_not_restorable"):
        await wanted(shop, order, card)
    other, mine = await saving(shop)
    assert mine is not None
    await shop.tx(lambda tx: cards.switched_off(tx, "zdorovie", mine.binding, signed=True))
    assert (await left(shop, other)).restorable == []
    with pytest.raises(IntegrityError, match="its payer removed"):
        await shop.tx(lambda tx: run(tx, _ANOTHER, id=mine.id.uuid))


@one_bank
async def test_nobody_who_was_erased_gets_a_card_back(shop: World) -> None:
    """Removed by its payer, who was erased after that: it is offered no more, and the database takes no such card."""
    order, card = await gone(shop)
    await shop.tx(lambda tx: run(tx, ERASE, id=order.payer_id.uuid))
    assert await left(shop, order) == Left([], [], [])
    with pytest.raises(IntegrityError, match="was erased"):
        await shop.tx(lambda tx: run(tx, _ANOTHER, id=card.id.uuid))


@one_bank
async def test_an_erasure_takes_a_card_along_that_is_on_its_way_back(shop: World) -> None:
    """It never pays, and the bank has it no more."""
    order, card = await gone(shop)
    await wanted(shop, order, card)
    await shop.tx(lambda tx: run(tx, ERASE, id=order.payer_id.uuid))
    await shop.sweep()
    assert not active(shop, card)
    assert (await cards_events(shop, order)).count("card.erased") == 1
    assert "card.restored" not in await cards_events(shop, order)


@one_bank
async def test_the_bank_is_not_asked_to_bind_before_it_has_let_go(shop: World) -> None:
    """While the unbinding hangs in the air the card waits; and no statement can make it go ahead."""
    order, card = await gone(shop)
    shop.bank.faults.add(Rule(Fault.CUT_AFTER, UNBIND))
    await wanted(shop, order, card)
    await shop.sweep()
    assert (await again(shop, card)).unbinding is Unbinding.UNKNOWN
    (awaited,) = (await left(shop, order)).awaited
    assert awaited.rebinding is Rebinding.INTENDED
    assert not active(shop, card)
    with pytest.raises(IntegrityError, match="saved_card_once"):
        await shop.tx(lambda tx: run(tx, _FORCE, id=awaited.id.uuid, to="unknown"))
    await shop.advance(minutes=1)
    await shop.sweep()
    assert [one.id for one in await seen(shop, order)] == [awaited.id]
    assert active(shop, card)


@one_bank
async def test_a_card_that_the_bank_does_not_let_go_of_is_waited_for_a_day(shop: World) -> None:
    """Then that is over and told, without a word to the bank; when it lets go at last, nothing is bound after all."""
    order, card = await gone(shop)
    shop.bank.faults.add(Rule(Fault.REFUSE, UNBIND, value=7, times=None))
    await wanted(shop, order, card)
    await shop.sweep()
    await shop.advance(hours=24, minutes=1)
    await shop.sweep()
    found = await left(shop, order)
    assert ([one.restores for one in found.refused], found.awaited) == ([card.id], [])
    assert (await again(shop, card)).unbinding is Unbinding.UNKNOWN
    shop.bank.faults.clear()
    await shop.advance(days=8)
    await shop.sweep()
    assert not active(shop, card)
    assert await cards_events(shop, order) == [
        "card.saved",
        "card.removed",
        "card.restoring",
        "card.not_restored",
        "card.unbound",
    ]
    assert not await shop.broken()


@one_bank
async def test_a_yes_that_comes_after_the_day_is_taken_back(shop: World) -> None:
    """The last try before the end was not answered, the next one is: too late for the words that its payer read."""
    order, card = await gone(shop)
    shop.bank.faults.add(Rule(Fault.CUT_BEFORE, BIND))
    await wanted(shop, order, card)
    await shop.sweep()
    await shop.advance(hours=24, minutes=1)
    await shop.sweep()
    assert await seen(shop, order) == []
    assert not active(shop, card)
    assert (await cards_events(shop, order))[-2:] == ["card.not_restored", "card.unbound"]


@one_bank
async def test_a_late_try_to_unbind_does_not_reach_the_card_that_came_back(shop: World) -> None:
    """A worker slept with its lease, another unbound the card, its payer took it back: the first wakes up and is too late."""
    order, card = await gone(shop)
    asleep = await shop.tx(card_store.claim)
    assert asleep is not None
    await shop.advance(seconds=61)
    fresh = await back(shop, order, card)
    await unbinding.see_to(shop.service, asleep)
    assert active(shop, fresh)
    await shop.tx(lambda tx: card_store.again(tx, asleep, Unbinding.UNKNOWN, due_at=asleep.saved_at))
    with pytest.raises(IntegrityError, match="is done"):
        await shop.tx(lambda tx: run(tx, _BACK, id=card.id.uuid))
    await shop.advance(days=8)
    await shop.sweep()
    assert [one.id for one in await seen(shop, order)] == [fresh.id]


async def test_what_the_bank_rings_late_about_the_old_card_is_asked_not_believed(shop: World) -> None:
    """Signed, and true of the card that was removed: the bank is asked, and the one that came back stays."""
    order, card = await gone(shop)
    fresh = await back(shop, order, card)
    assert await shop.tx(lambda tx: cards.switched_off(tx, "zdorovie", card.binding, signed=True))
    await shop.sweep()
    assert [one.id for one in await seen(shop, order)] == [fresh.id]


@one_bank
async def test_a_word_that_the_network_kept_is_found_within_minutes(shop: World) -> None:
    """Nobody can call back what is on its way: so the list is looked at once more, and a card that is not there is gone."""
    order, card = await gone(shop)
    fresh = await back(shop, order, card)
    binding = shop.bank.bindings.by_id[card.binding]
    binding.merchant = replace(binding.merchant, callback_url=None)
    bindings.switch(shop.bank, binding, on=False)
    await shop.advance(minutes=11)
    await shop.sweep()
    assert await seen(shop, order) == []
    assert (await again(shop, fresh)).removed_by == "bank"


@one_bank
async def test_whoever_would_rather_not_after_all_leaves_no_card_at_the_bank(shop: World) -> None:
    """Removed while the bank is just being asked to bind it: the answer changes nothing, and it is unbound afterwards."""
    order, card = await gone(shop)
    await shop.sweep()
    await wanted(shop, order, card)
    held = await shop.tx(card_store.claim)
    assert held is not None
    await removed(shop, order, held)
    await unbinding.run_due(shop.service)
    bindings.switch(shop.bank, shop.bank.bindings.by_id[card.binding], on=True)  # what was on its way arrives
    await restoring.bind(shop.service, held)
    assert await seen(shop, order) == []
    assert active(shop, card)
    await shop.advance(seconds=61)
    await shop.sweep()
    assert not active(shop, card)
