"""A card is added without paying: from the press to the card that pays, and every way in which the bank may not play along."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from checkout import postgres
from checkout.books import worklist
from checkout.ground.db import rows, run, sql
from checkout.ground.errors import Conflict, Missing, Unavailable
from checkout.ground.ids import CheckId
from checkout.payment import adding, brakes_store, check_store, checking, lease_store, restoring, unbinding
from checkout.payment.card import Asked
from checkout.payment.card_check import State
from checkout.payment.check_store import Check
from checkout.payment.order import Order, Word
from checkout.payment.settle import settle
from gateways import sandbox
from gateways.sandbox import Fault, Rule, bindings
from gateways.sandbox.orders import Order as BankOrder
from gateways.sandbox.orders import Status
from tests.flows.test_saved_cards import pay_by_card, proven, removed, seen
from tests.world import GOOD, POOR, World, open_world

BANKS = ("sberbank-legacy", "sberbank")
REGISTER = "register.do"
_ERASE = sql("UPDATE person SET data_key = NULL, sealed = NULL, erased_at = app_now() WHERE id = :id")
_SECOND = sql("""
INSERT INTO card_check (id, order_id, client_id, merchant, state, consent, return_hash, session_ends_at, due_at)
SELECT gen_random_uuid(), order_id, client_id, merchant, 'pending', consent, '', session_ends_at, due_at
  FROM card_check WHERE id = :id""")
_COUNTED = sql("SELECT count(*) AS held FROM card_check")


@pytest.fixture(params=BANKS)
async def shop(
    request: pytest.FixtureRequest,
    urls: postgres.Urls,
    emptied: None,
    move: Callable[[timedelta], Awaitable[None]],
) -> AsyncIterator[World]:
    """A merchant whose payers add cards without paying, at a bank of either dialect. No callback helps."""
    _ = emptied
    async with open_world(urls, move, kind=request.param, saved_cards=True, card_check=True) as found:
        found.bank.faults.add(Rule(Fault.DROP, method="callback", times=None))
        yield found


one_bank = pytest.mark.parametrize("shop", BANKS[:1], indirect=True)


async def pressed(shop: World, order: Order) -> Check:
    return await adding.start(shop.service, order.id, principal="payer", language="ru")


def at_bank(shop: World, check: CheckId) -> BankOrder:
    return shop.bank.find(shop.merchant, number=str(check))


def typed(shop: World, check: CheckId, card: sandbox.CardEntry = GOOD) -> None:
    """The payer types the card at the bank, and the right code if the issuer asks for one."""
    order = at_bank(shop, check)
    sandbox.pay(shop.bank, order, card)
    if order.challenge is not None:
        sandbox.confirm(shop.bank, order.challenge, sandbox.ACS_CODES[0])


async def looked(shop: World, check: CheckId) -> Check:
    """As it stands once the chore has done what is due by then."""
    await shop.advance(seconds=21)
    await checking.run_due(shop.service)
    return await kept_as(shop, check)


async def kept_as(shop: World, check: CheckId) -> Check:
    found = await shop.tx(lambda tx: check_store.read(tx, check))
    assert found is not None
    return found


async def added(shop: World, order: Order) -> Check:
    check = await pressed(shop, order)
    typed(shop, check.id)
    return await looked(shop, check.id)


@one_bank
async def test_no_payment_takes_the_reference_of_a_check(shop: World) -> None:
    """The bank gave it to the check: an answer with it is not about a payment."""
    check, payment = await pressed(shop, await shop.order()), (await shop.start(await shop.order())).payment_id
    for reference, taken in ((check.reference, True), ((await shop.payment(payment)).reference, False)):
        assert reference is not None
        assert await shop.tx(lambda tx, at=reference: lease_store.taken(tx, payment, at)) is taken  # type: ignore[misc]  # at once


async def test_a_card_that_was_added_without_paying_pays(shop: World) -> None:
    """The order of nothing names its client; nothing is charged; the payer never came back, and the card pays all the same."""
    order = await shop.order()
    check = await pressed(shop, order)
    asked = at_bank(shop, check.id).request
    assert (asked.amount, sorted(asked.features), asked.client_id) == (0, ["VERIFY"], str(check.client))
    typed(shop, check.id)
    assert (await looked(shop, check.id)).state is State.KEPT
    (card,) = await seen(shop, order)
    assert (card.brand, card.last4, card.expiry) == ("VISA", "1111", "203412")
    assert await shop.word(order.id) is Word.DRAFT
    started = await shop.start(order, card=Asked(card=card.id))
    await pay_by_card(shop, started.payment_id)
    await settle(shop.service, started.payment_id)
    assert await shop.word(order.id) is Word.PAID
    told = [one for one in await shop.events(order.id) if one.startswith("card")]
    assert told == ["card_check.intended", "card_check.pending", "card_check.kept", "card.saved", "card.used"]
    assert not await shop.broken()


async def test_a_refused_card_is_told_with_its_reason_and_a_forgotten_page_lapses(shop: World) -> None:
    """Three cards without money end the check; so does a page where nobody typed anything, once its time is over."""
    order = await shop.order()
    check = await pressed(shop, order)
    typed(shop, check.id, POOR)
    assert (await looked(shop, check.id)).state is State.PENDING
    for _ in range(2):
        typed(shop, check.id, POOR)
    ended = await looked(shop, check.id)
    assert (ended.state, ended.action_code) == (State.DECLINED, 116)
    second = await pressed(shop, order)
    assert second.id != check.id
    await shop.advance(minutes=21)
    assert (await pressed(shop, order)).id not in (check.id, second.id)
    assert (await kept_as(shop, second.id)).state is State.LAPSED
    assert await seen(shop, order) == []
    assert not await shop.broken()


@one_bank
async def test_a_refusal_is_not_forgotten_for_a_word_that_says_nothing_against_a_card(shop: World) -> None:
    """Whoever tries cards gives up, lets the time run out, or meets a bank in trouble afterwards: the brakes still count it."""
    order = await shop.order()
    check = await pressed(shop, order)
    theirs = at_bank(shop, check.id)
    for said, kept in ((1004, 1004), (-2013, -2013), (-100, -2013), (116, 116), (-999, 116), (4005, 116), (1004, 116)):
        theirs.action_code = said
        assert (await looked(shop, check.id)).action_code == kept
    theirs.status, theirs.action_code = Status.DECLINED, -2007
    assert (await looked(shop, check.id)).action_code == 116
    paying = await shop.tx(lambda tx: brakes_store.paying(tx, order.id))
    assert paying is not None
    assert len(paying.declined["order"]) == 1


async def test_a_second_press_finds_the_page_that_is_open(shop: World) -> None:
    """One at a time for an order and for a contact, however the presses fall; the database holds it, too."""
    first, second = await proven(shop), await proven(shop)
    found = {
        one.id
        for one in await asyncio.gather(*(pressed(shop, one) for one in (first, second)), return_exceptions=True)
        if isinstance(one, Check)
    }
    again_ = {(await pressed(shop, one)).id for one in (first, second)}
    assert len(again_) == 1
    assert found <= again_
    (only,) = again_
    with pytest.raises(IntegrityError, match="card_check_one_of"):
        await shop.tx(lambda tx: run(tx, _SECOND, id=only.uuid))
    typed(shop, only)
    await looked(shop, only)
    assert [card.order_id for card in await seen(shop, second)] == [card.order_id for card in await seen(shop, first)]
    assert len(await seen(shop, first)) == 1


@pytest.mark.parametrize("fault", [Fault.CUT_AFTER, Fault.CUT_BEFORE, Fault.HTTP_502])
async def test_a_lost_answer_is_looked_up_and_never_registered_twice(shop: World, fault: Fault) -> None:
    """Its page went with the answer: the next press closes it at the bank, or finds that it never was, and starts another."""
    order = await shop.order()
    shop.bank.faults.add(Rule(fault, REGISTER))
    with pytest.raises(Unavailable, match="card_bank_silent"):
        await pressed(shop, order)
    lost = await shop.tx(lambda tx: check_store.newest(tx, order.id))
    assert lost is not None
    assert lost.state is State.REGISTERING
    for _ in range(3):
        await shop.advance(seconds=6)
        await checking.run_due(shop.service)
    fresh = await pressed(shop, order)
    assert fresh.id != lost.id
    assert (await kept_as(shop, lost.id)).state in (State.DECLINED, State.LAPSED)
    assert [one.number for one in shop.bank.recent(9)].count(lost.number) <= 1
    typed(shop, fresh.id)
    assert (await looked(shop, fresh.id)).state is State.KEPT


@one_bank
async def test_pressing_on_does_not_ask_a_silent_bank_each_time(shop: World) -> None:
    """Going on is free of brakes; so a check whose registration was lost is looked at once in two seconds at most."""
    order = await shop.order()
    shop.bank.faults.add(Rule(Fault.CUT_AFTER, REGISTER))
    with pytest.raises(Unavailable):
        await pressed(shop, order)
    shop.bank.faults.add(Rule(Fault.HTTP_502, method="getorderstatusextended.do", times=None))
    for pause, looks in ((0, 1), (0, 1), (3, 2)):
        await shop.advance(seconds=pause)
        with pytest.raises(Conflict, match="card_check_open"):
            await pressed(shop, order)
        lost = await shop.tx(lambda tx: check_store.newest(tx, order.id))
        assert lost is not None
        assert lost.belief.looks == looks


@one_bank
async def test_a_callback_that_comes_again_and_again_is_not_a_look_each_time(shop: World) -> None:
    """Genuine, and replayed: a check that is over is asked about now and then only."""
    order = await shop.order()
    check = await added(shop, order)
    told = []
    for pause in (0, 1, 10):
        await shop.advance(seconds=pause)
        told.append(await shop.tx(lambda tx: check_store.ring(tx, check.id)))
        await checking.run_due(shop.service)
    assert told == [True, False, True]
    assert (await kept_as(shop, check.id)).belief.looks == check.belief.looks + 2


@one_bank
async def test_what_the_bank_refuses_is_no_check(shop: World) -> None:
    """A contract without the permission is told at once, and nothing waits for it."""
    shop.bank.merchants[shop.merchant.login] = replace(shop.merchant, verifies=False)
    order = await shop.order()
    with pytest.raises(Unavailable, match="card_bank_refused"):
        await pressed(shop, order)
    found = await shop.tx(lambda tx: check_store.newest(tx, order.id))
    assert found is not None
    assert (found.state, found.reference) == (State.DECLINED, None)


async def test_a_callback_about_it_wakes_the_chore(shop: World) -> None:
    """That it was reversed is told at its own address, in the old dialect; that a card was saved at the contract's."""
    shop.bank.faults.clear()
    order = await shop.order()
    check = await pressed(shop, order)
    theirs = at_bank(shop, check.id)
    if theirs.request.callback_url is None:
        theirs.merchant = replace(shop.merchant, callback_url=f"{shop.url}/callbacks/zdorovie")
    typed(shop, check.id)
    await shop.heard()
    assert await checking.run_due(shop.service)
    assert (await kept_as(shop, check.id)).state is State.KEPT


@one_bank
async def test_a_saved_card_without_an_order_wakes_it_by_its_client(shop: World) -> None:
    """`bindingCreated` names the client alone; one of nobody's, and one of another merchant's, are strangers."""
    order = await shop.order()
    check = await pressed(shop, order)
    typed(shop, check.id)
    for client, kept in (("ccl_01JD00000000000000000000AA", False), (str(check.client), True)):
        told = shop.bank.keys.sign(shop.merchant, params := {"bindingId": "b-1", "clientId": client, "enabled": "true"})
        query = "&".join(f"{name}={value}" for name, value in (params | told).items())
        async with shop.http.get(f"{shop.url}/callbacks/zdorovie?{query}") as answer:
            assert answer.status == 200
        assert bool(await checking.run_due(shop.service)) is kept
    assert (await kept_as(shop, check.id)).state is State.KEPT


async def test_money_for_a_check_is_neither_believed_nor_ignored(shop: World) -> None:
    """No card is kept and nothing is posted; it is work for a person until the bank has given it back."""
    order = await shop.order()
    check = await pressed(shop, order)
    theirs = at_bank(shop, check.id)
    theirs.status, theirs.approved, theirs.deposited = Status.DEPOSITED, 100, 100
    assert (await looked(shop, check.id)).state is State.REVIEW
    source = [one for one in worklist.CORE if one.kind == "card_check"]
    (item,) = await shop.tx(lambda tx: worklist.items(tx, source, None))
    assert (item.code, item.key) == (order.code, check.number)
    assert await seen(shop, order) == []
    assert await shop.word(order.id) is Word.DRAFT
    theirs.status, theirs.deposited, theirs.refunded = Status.REFUNDED, 0, 100
    await shop.advance(minutes=11)
    assert (await looked(shop, check.id)).state is State.UNSAVED
    assert await shop.tx(lambda tx: worklist.items(tx, source, None)) == []
    assert not await shop.broken()


@one_bank
async def test_a_bank_that_does_not_name_the_card_is_asked_for_its_list(shop: World) -> None:
    """The one that looks like it is the card; if its holder did not want it kept, the check says so."""
    order = await shop.order()
    check = await pressed(shop, order)
    typed(shop, check.id)
    at_bank(shop, check.id).binding_id = None
    assert (await looked(shop, check.id)).state is State.KEPT
    await removed(shop, order, (await seen(shop, order))[0])
    await shop.sweep()
    second = await pressed(shop, order)
    at_bank(shop, second.id).keeps_card = False
    typed(shop, second.id)
    assert (await looked(shop, second.id)).state is State.UNSAVED
    assert await seen(shop, order) == []


@one_bank
async def test_a_card_that_is_there_already_stays_one(shop: World) -> None:
    """Added twice, it stands once; one that is just being removed does not come back by a check."""
    order = await shop.order()
    first = await added(shop, order)
    second = await added(shop, order)
    assert (second.state, second.binding) == (State.KEPT, first.binding)
    (card,) = await seen(shop, order)
    third = await pressed(shop, order)
    typed(shop, third.id)
    await removed(shop, order, card)
    assert (await looked(shop, third.id)).state is State.UNSAVED
    await shop.sweep()
    await shop.advance(minutes=25)
    await looked(shop, third.id)
    assert await seen(shop, order) == []


@one_bank
async def test_a_kept_card_stands_when_the_bank_does_not_name_it_again(shop: World) -> None:
    """Money was shown, and given back by an order that names no card any more: what was kept is kept."""
    order = await shop.order()
    check = await added(shop, order)
    theirs = at_bank(shop, check.id)
    theirs.deposited = 100
    await shop.tx(lambda tx: check_store.ring(tx, check.id))
    assert (await looked(shop, check.id)).state is State.REVIEW
    theirs.deposited, theirs.binding_id, theirs.card = 0, None, None
    await shop.advance(minutes=11)
    assert (await looked(shop, check.id)).state is State.KEPT
    assert len(await seen(shop, order)) == 1


@one_bank
async def test_a_check_of_a_card_that_is_being_taken_back_waits_for_that(shop: World) -> None:
    """It pays nothing yet: that it is added is said once the bank has let it."""
    order = await shop.order()
    await added(shop, order)
    (card,) = await seen(shop, order)
    await removed(shop, order, card)
    shop.bank.faults.add(Rule(Fault.HTTP_502, "unbindcard.do"))
    await shop.tx(lambda tx: restoring.ask(tx, shop.service, order, card.id, principal="payer"))
    check = await pressed(shop, order)
    typed(shop, check.id)
    assert (await looked(shop, check.id)).state is State.PENDING
    for _ in range(3):
        await shop.sweep()
        await shop.advance(minutes=1)
    assert (await looked(shop, check.id)).state is State.KEPT
    assert [one.restores for one in await seen(shop, order)] == [card.id]


@one_bank
async def test_a_card_that_is_not_kept_does_not_stay_at_the_bank(shop: World) -> None:
    """It was unbound while it was being checked, and is there all the same: nobody sees it here, so it is unbound again."""
    order = await shop.order()
    await added(shop, order)
    (card,) = await seen(shop, order)
    check = await pressed(shop, order)
    typed(shop, check.id)
    await removed(shop, order, card)
    await unbinding.run_due(shop.service)
    bindings.switch(shop.bank, shop.bank.bindings.by_id[card.binding], on=True)
    assert (await looked(shop, check.id)).state is State.UNSAVED
    await shop.sweep()
    assert not [one for one in shop.bank.bindings.by_id.values() if one.active]
    assert await seen(shop, order) == []


@one_bank
async def test_erasing_a_person_ends_what_is_being_checked(shop: World) -> None:
    """An open page is closed at the bank at once; a card that had just passed is removed as soon as it is known."""
    order = await shop.order()
    check = await pressed(shop, order)
    await shop.tx(lambda tx: run(tx, _ERASE, id=order.payer_id.uuid))
    await checking.run_due(shop.service)
    assert (await kept_as(shop, check.id)).state is State.DECLINED
    with pytest.raises(Missing):
        await pressed(shop, order)
    order = await shop.order()
    check = await pressed(shop, order)
    typed(shop, check.id)
    await shop.tx(lambda tx: run(tx, _ERASE, id=order.payer_id.uuid))
    await shop.sweep()
    assert not [one for one in shop.bank.bindings.by_id.values() if one.active]
    told = [one for one in await shop.events(order.id) if one.startswith("card.")]
    assert told == ["card.saved", "card.erased", "card.unbound"]


@one_bank
async def test_a_bank_that_is_silent_changes_nothing(shop: World) -> None:
    """It stays open, is asked again, and is told as soon as the bank speaks; a card that passed in the last second counts."""
    order = await shop.order()
    check = await pressed(shop, order)
    typed(shop, check.id)
    shop.bank.faults.add(Rule(Fault.HTTP_502, method="getorderstatusextended.do", times=None))
    await shop.advance(minutes=30)
    assert (await looked(shop, check.id)).state is State.PENDING
    shop.bank.faults.clear()
    await shop.advance(minutes=6)
    assert (await looked(shop, check.id)).state is State.KEPT


async def test_where_it_is_not_permitted_nothing_is_asked(
    urls: postgres.Urls, emptied: None, move: Callable[[timedelta], Awaitable[None]]
) -> None:
    """A contract that saves cards need not check them."""
    _ = emptied
    async with open_world(urls, move, saved_cards=True) as plain:
        order = await plain.order()
        with pytest.raises(Missing):
            await pressed(plain, order)
        assert (await plain.tx(lambda tx: rows(tx, _COUNTED)))[0].held == 0
