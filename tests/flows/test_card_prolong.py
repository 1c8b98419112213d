"""A card that was issued anew under its number: the bank is asked for the new month, and whatever it says is told honestly."""

from __future__ import annotations

import pytest

from checkout.ground.errors import Conflict
from checkout.ground.ids import CardId
from checkout.payment import card_store, prolonging, unbinding
from checkout.payment.card import Card
from checkout.payment.order import Order
from checkout.payment.prolonging import Came
from gateways.sandbox import Fault, Rule, bindings
from tests.flows.test_saved_cards import again, one_bank, saving, shop
from tests.world import World

__all__ = ["shop"]
EXTEND = "extendbinding.do"
SOON = "202701"  # two months after the day that it is
NEW = "203201"


async def running_out(shop: World) -> tuple[Order, Card]:
    """A saved card whose bank says that it is good for another month or two."""
    order, card = await saving(shop)
    assert card is not None
    bindings.extend(shop.bank.bindings.by_id[card.binding], SOON)
    await shop.advance(days=7, minutes=1)
    await unbinding.run_due(shop.service)
    return order, await again(shop, card)


async def asked(shop: World, order: Order, card: CardId, expiry: str = NEW) -> Came:
    return await prolonging.prolong(shop.service, order, card, expiry, principal="payer")


async def events(shop: World, order: Order) -> list[str]:
    return [kind for kind in await shop.events(order.id) if kind.startswith("card.")][1:]


@one_bank
async def test_a_card_gets_its_new_month(shop: World) -> None:
    """At the bank and with us; it is written down before the bank is asked, and done once."""
    order, card = await running_out(shop)
    assert await asked(shop, order, card.id) is Came.DONE
    assert (await again(shop, card)).expiry == shop.bank.bindings.by_id[card.binding].card.expiry == NEW
    await shop.advance(days=8)
    await shop.sweep()
    assert await events(shop, order) == ["card.prolonging", "card.prolonged"]
    with pytest.raises(Conflict, match="card_gone"):
        await asked(shop, order, card.id)  # it is good for years now
    assert not await shop.broken()


@one_bank
async def test_a_no_of_the_bank_changes_nothing(shop: World) -> None:
    """The card stays as it was."""
    order, card = await running_out(shop)
    shop.bank.faults.add(Rule(Fault.REFUSE, EXTEND, value=6))
    assert await asked(shop, order, card.id) is Came.REFUSED
    assert (await again(shop, card)).expiry == card.expiry
    assert await events(shop, order) == ["card.prolonging", "card.not_prolonged"]


@one_bank
@pytest.mark.parametrize(("fault", "after"), [(Fault.CUT_AFTER, NEW), (Fault.CUT_BEFORE, SOON)])
async def test_what_the_bank_did_not_answer_is_read_from_its_list_soon(shop: World, fault: Fault, after: str) -> None:
    """It may have heard: within minutes the month is the bank's, whichever that is, and told of once if it is another."""
    order, card = await running_out(shop)
    shop.bank.faults.add(Rule(fault, EXTEND))
    assert await asked(shop, order, card.id) is Came.UNKNOWN
    for _ in range(2):
        await shop.advance(minutes=2)
        await shop.sweep()
    assert (await again(shop, card)).expiry == after
    assert (await events(shop, order)).count("card.prolonged") == (after == NEW)


@one_bank
async def test_a_list_that_was_read_before_does_not_take_the_new_month_back(shop: World) -> None:
    """The watch was looking at the bank's list just then: what it saw is out of date, and it writes nothing."""
    order, card = await running_out(shop)
    await shop.advance(days=7, minutes=1)
    watching = await shop.tx(card_store.claim)
    assert watching is not None
    assert await asked(shop, order, card.id) is Came.DONE
    bindings.extend(shop.bank.bindings.by_id[card.binding], SOON)  # as it was read
    await unbinding.see_to(shop.service, watching)
    assert (await again(shop, card)).expiry == NEW


async def test_it_is_offered_by_a_bank_that_can_for_ones_own_card_alone(shop: World) -> None:
    """Nobody prolongs the card of another contact; a bank of the new dialect has no such method."""
    order, card = await running_out(shop)
    stranger = await shop.order()
    with pytest.raises(Conflict, match="card_gone"):
        await asked(shop, stranger, card.id)
    can = shop.config.merchants[0].gateway.kind == "sberbank-legacy"
    assert prolonging.offered(shop.service, order.merchant) is can
    if not can:
        with pytest.raises(Conflict, match="card_gone"):
            await asked(shop, order, card.id)
