"""Saved cards from consent to removal: kept once, used by whoever proved the contact, and never again once removed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from checkout import postgres
from checkout.books import worklist
from checkout.doctor import examine
from checkout.ground.db import rows, run, sql
from checkout.ground.errors import Conflict
from checkout.ground.ids import PaymentId
from checkout.payment import card_store, cards, pay, unbinding
from checkout.payment.card import TRIES, Asked, Card, Unbinding
from checkout.payment.order import Order, Word
from checkout.payment.payment import State
from checkout.payment.settle import settle
from checkout.privacy.person import person
from gateways import sandbox
from gateways.sandbox import Fault, Rule, bindings, paying
from tests.world import GOOD, World, open_world

BANKS = ("sberbank-legacy", "sberbank")
SAVE = Asked(save=True)
OTHER = person(name="Пётр Петров", phone="8 (912) 345-67-80", email="petr@example.com")
UNBIND = "unbindcard.do"
_CARDS = sql("SELECT count(*) AS held FROM saved_card")
ERASE = sql("UPDATE person SET data_key = NULL, sealed = NULL, erased_at = app_now() WHERE id = :id")
_RESTORE = sql("UPDATE saved_card SET removed_at = NULL, removed_by = NULL, unbinding = NULL WHERE id = :id")


@pytest.fixture(params=BANKS)
async def shop(
    request: pytest.FixtureRequest,
    urls: postgres.Urls,
    emptied: None,
    move: Callable[[timedelta], Awaitable[None]],
) -> AsyncIterator[World]:
    """A merchant that saves cards, at a bank of either dialect. No callback helps."""
    _ = emptied
    async with open_world(urls, move, kind=request.param, saved_cards=True) as found:
        found.bank.faults.add(Rule(Fault.DROP, method="callback", times=None))
        yield found


one_bank = pytest.mark.parametrize("shop", BANKS[:1], indirect=True)


async def saving(shop: World, asked: Asked = SAVE) -> tuple[Order, Card | None]:
    """An order paid by card, and the card that was saved, if one was."""
    order = await shop.order()
    started = await shop.start(order, card=asked)
    await shop.pay_at_bank(started.payment_id)
    await settle(shop.service, started.payment_id)
    found = await seen(shop, order)
    return order, found[0] if found else None


async def seen(shop: World, order: Order) -> list[Card]:
    return await shop.tx(lambda tx: cards.of(tx, shop.service, order))


async def kept(shop: World) -> Card:
    _, card = await saving(shop)
    assert card is not None
    return card


async def proven(shop: World, **wish: object) -> Order:
    """Another order of the same contact, whose code was typed."""
    order = await shop.order(**wish)  # type: ignore[arg-type]  # as of `World.order`
    await shop.tx(lambda tx: card_store.prove(tx, order.id, "email"))
    return order


async def removed(shop: World, order: Order, card: Card) -> None:
    await shop.tx(lambda tx: cards.remove(tx, shop.service, order, card.id, principal="payer"))


async def pay_by_card(shop: World, payment: PaymentId) -> None:
    """The payer types the code of the card that the bank's page shows."""
    order = shop.bank.find(shop.merchant, number=str(payment))
    card = bindings.only(shop.bank, order)
    assert card is not None
    paying.pay_by_its_card(shop.bank, order, card, GOOD.cvc)
    if order.challenge is not None:
        sandbox.confirm(shop.bank, order.challenge, sandbox.ACS_CODES[0])


async def again(shop: World, card: Card) -> Card:
    return await shop.tx(lambda tx: card_store.read(tx, card.id))


async def test_a_card_is_saved_once_with_its_payment(shop: World) -> None:
    """With consent: brand, last digits and month, no more; however often the bank is asked afterwards."""
    order, card = await saving(shop)
    assert card is not None
    assert (card.brand, card.last4, card.expiry, card.order_id) == ("VISA", "1111", "203412", order.id)
    assert "card.saved" in await shop.events(order.id)
    for _ in range(2):
        await shop.advance(hours=1)
        await shop.sweep()
    assert len(await seen(shop, order)) == 1
    assert not await shop.broken()


async def test_without_consent_nothing_is_sent_and_nothing_kept(shop: World) -> None:
    """No client's number goes to the bank, so it saves nothing either."""
    order, card = await saving(shop, Asked())
    assert card is None
    assert not shop.bank.bindings.by_id
    assert shop.bank.find(shop.merchant, number=str(await only(shop, order))).request.client_id is None


async def only(shop: World, order: Order) -> PaymentId:
    found = await shop.tx(lambda tx: rows(tx, sql("SELECT id FROM payment WHERE order_id = :id"), id=order.id.uuid))
    return PaymentId(found[0].id)


async def test_a_proven_contact_pays_the_next_order_by_the_cards_code(shop: World) -> None:
    """Not before the code was typed; then the bank asks for nothing but the card's own code."""
    card = await kept(shop)
    order = await shop.order()
    assert await seen(shop, order) == []
    with pytest.raises(Conflict, match="card_gone"):
        await shop.start(order, card=Asked(card=card.id))
    await shop.tx(lambda tx: card_store.prove(tx, order.id, "email"))
    started = await shop.start(order, card=Asked(card=card.id))
    await pay_by_card(shop, started.payment_id)
    await settle(shop.service, started.payment_id)
    assert await shop.word(order.id) is Word.PAID
    assert "card.used" in await shop.events(order.id)
    assert len(await seen(shop, order)) == 1
    assert not await shop.broken()


@one_bank
async def test_somebody_elses_contact_opens_no_card(shop: World) -> None:
    """The phone alone, or the e-mail alone, is another contact, also with a code."""
    card = await kept(shop)
    mixed = person(name="Мария Петрова", phone="8 (912) 345-67-89", email="petr@example.com")
    for payer in (OTHER, mixed):
        order = await proven(shop, payer=payer)
        assert await seen(shop, order) == []
        with pytest.raises(Conflict, match="card_gone"):
            await shop.start(order, card=Asked(card=card.id))


@one_bank
async def test_an_unproven_order_saves_under_a_number_of_its_own(shop: World) -> None:
    """The bank's page shows a client's cards: so nobody who only knows a contact is ever led to one of that client's."""
    first = await kept(shop)
    order, _ = await saving(shop)
    clients = {one.client for one in await seen(shop, order)}
    assert clients
    assert first.client not in clients
    third, fourth = await proven(shop), await proven(shop)
    ours = [await shop.start(one, card=SAVE) for one in (third, fourth)]
    told = {shop.bank.find(shop.merchant, number=str(one.payment_id)).request.client_id for one in ours}
    assert len(told) == 1
    assert str(first.client) not in told


async def test_a_guest_is_never_led_to_a_page_with_a_card(shop: World) -> None:
    """The open page would show the card, or save the guest's: it is closed, and the guest gets a plain one."""
    card = await kept(shop)
    for asked in (Asked(card=card.id), SAVE):
        order = await proven(shop)
        first = await shop.start(order, card=asked)
        second = await shop.start(order, guest=True)
        assert second.payment_id != first.payment_id
        assert (await shop.payment(first.payment_id)).state in (State.DECLINED, State.LAPSED)
        request = shop.bank.find(shop.merchant, number=str(second.payment_id)).request
        assert (request.client_id, request.binding_id) == (None, None)


@one_bank
async def test_another_mind_about_the_card_is_another_bank_order(shop: World) -> None:
    """Saved card, then any card, then saved again: each page is the one that was asked for; the same press finds its own."""
    card = await kept(shop)
    order = await proven(shop)
    asked = Asked(card=card.id)
    first = await shop.start(order, card=asked)
    assert (await shop.start(order, card=asked)).payment_id == first.payment_id
    plain = await shop.start(order)
    assert shop.bank.find(shop.merchant, number=str(plain.payment_id)).request.binding_id is None
    last = await shop.start(order, card=asked)
    await pay_by_card(shop, last.payment_id)
    await settle(shop.service, last.payment_id)
    assert await shop.word(order.id) is Word.PAID
    assert not await shop.broken()


async def test_a_removed_card_is_never_sent_again_and_is_unbound(shop: World) -> None:
    """From the press on it is offered nowhere; the chore tells the bank."""
    order, card = await saving(shop)
    assert card is not None
    await removed(shop, order, card)
    assert await seen(shop, order) == []
    later = await proven(shop)
    with pytest.raises(Conflict, match="card_gone"):
        await shop.start(later, card=Asked(card=card.id))
    await shop.sweep()
    assert (await again(shop, card)).unbinding is Unbinding.DONE
    assert not shop.bank.bindings.by_id[card.binding].active
    assert [kind for kind in await shop.events(order.id) if kind.startswith("card.")] == [
        "card.saved",
        "card.removed",
        "card.unbound",
    ]
    await removed(shop, order, card)
    assert (await shop.events(order.id)).count("card.removed") == 1


@one_bank
async def test_a_page_that_is_open_for_a_removed_card_is_closed(shop: World) -> None:
    """It pays there no more, and the next press gets a page for any card."""
    card = await kept(shop)
    order = await proven(shop)
    open_ = await shop.start(order, card=Asked(card=card.id))
    await removed(shop, order, card)
    await unbinding.run_due(shop.service)
    assert (await shop.payment(open_.payment_id)).state in (State.DECLINED, State.LAPSED)
    await pay_by_card(shop, open_.payment_id)
    assert not shop.bank.find(shop.merchant, number=str(open_.payment_id)).paid
    assert (await shop.start(order)).open


async def test_a_hold_saves_its_card_once_it_is_charged(
    urls: postgres.Urls, emptied: None, move: Callable[[timedelta], Awaitable[None]]
) -> None:
    """In two stages the card is kept with the money, not with the hold."""
    _ = emptied
    async with open_world(urls, move, stages="two", saved_cards=True) as shop:
        shop.bank.faults.add(Rule(Fault.DROP, method="callback", times=None))
        order, card = await saving(shop)
        assert card is not None
        assert (await shop.events(order.id)).count("card.saved") == 1
        assert not await shop.broken()


async def test_a_hold_that_is_let_go_leaves_no_card_that_nobody_sees(
    urls: postgres.Urls, emptied: None, move: Callable[[timedelta], Awaitable[None]]
) -> None:
    """The bank saved it with the hold: it stands in the list, and goes with its payer when they are erased."""
    _ = emptied
    async with open_world(urls, move, stages="two", saved_cards=True) as shop:
        shop.bank.faults.add(Rule(Fault.DROP, method="callback", times=None))
        order = await shop.order()
        started = await shop.start(order, card=SAVE)
        await shop.pay_at_bank(started.payment_id)
        await pay.abandon(shop.service, order.id, given_up=True)
        assert (await shop.payment(started.payment_id)).state is State.VOIDED
        (card,) = await seen(shop, order)
        assert shop.bank.bindings.by_id[card.binding].active
        await shop.tx(lambda tx: run(tx, ERASE, id=order.payer_id.uuid))
        await shop.sweep()
        assert not shop.bank.bindings.by_id[card.binding].active
        assert not await shop.broken()


@one_bank
async def test_the_database_lets_no_removed_card_pay_or_come_back(shop: World) -> None:
    """Whatever the code above it does."""
    order, card = await saving(shop)
    assert card is not None
    await removed(shop, order, card)
    wrong = sql("INSERT INTO payment_card (payment_id, client_id, card_id) VALUES (:payment, :client, :card)")
    other = (await shop.paid())[1]
    with pytest.raises(IntegrityError, match="removed pays nothing"):
        await shop.tx(lambda tx: run(tx, wrong, client=card.client.uuid, card=card.id.uuid, payment=other.uuid))
    with pytest.raises(IntegrityError, match="stays removed"):
        await shop.tx(lambda tx: run(tx, _RESTORE, id=card.id.uuid))


@pytest.mark.parametrize("fault", [Fault.CUT_AFTER, Fault.CUT_BEFORE, Fault.HTTP_502])
async def test_a_lost_answer_is_asked_for_again_and_done_once(shop: World, fault: Fault) -> None:
    """It may have been heard: that is a state of its own, and the next try ends it, whichever it was."""
    order, card = await saving(shop)
    assert card is not None
    await removed(shop, order, card)
    shop.bank.faults.add(Rule(fault, UNBIND))
    await unbinding.run_due(shop.service)
    assert (await again(shop, card)).unbinding is Unbinding.UNKNOWN
    await unbinding.run_due(shop.service)
    assert (await again(shop, card)).unbinding is Unbinding.UNKNOWN  # its pause is not over
    await shop.advance(minutes=1)
    await unbinding.run_due(shop.service)
    assert (await again(shop, card)).unbinding is Unbinding.DONE
    assert (await shop.events(order.id)).count("card.unbound") == 1


@one_bank
async def test_what_the_bank_never_unbinds_is_work_for_a_person(shop: World) -> None:
    """After eight tries it stands in the list; it goes on being tried, and leaves the list by itself."""
    order, card = await saving(shop)
    assert card is not None
    await removed(shop, order, card)
    shop.bank.faults.add(Rule(Fault.HTTP_502, UNBIND, times=None))
    source = [one for one in worklist.CORE if one.kind == "saved_card"]
    for _ in range(TRIES):
        assert await shop.tx(lambda tx: worklist.items(tx, source, None)) == []
        await shop.advance(days=1)
        await unbinding.run_due(shop.service)
    (item,) = await shop.tx(lambda tx: worklist.items(tx, source, None))
    assert (item.code, item.key) == (order.code, str(card.id))
    shop.bank.faults.clear()
    await shop.advance(days=1)
    await unbinding.run_due(shop.service)
    assert await shop.tx(lambda tx: worklist.items(tx, source, None)) == []


@one_bank
async def test_a_card_that_the_bank_removed_is_found_by_asking(shop: World) -> None:
    """Its holder removed it elsewhere, and no callback came: a week later it is gone here, too."""
    order, card = await saving(shop)
    assert card is not None
    await shop.advance(days=7, minutes=1)
    await unbinding.run_due(shop.service)
    assert len(await seen(shop, order)) == 1
    bindings.switch(shop.bank, shop.bank.bindings.by_id[card.binding], on=False)
    await shop.advance(days=7, minutes=1)
    await unbinding.run_due(shop.service)
    assert await seen(shop, order) == []
    await shop.sweep()
    assert (await again(shop, card)).unbinding is Unbinding.DONE


async def test_the_bank_rings_that_a_card_pays_no_more(shop: World) -> None:
    """Signed, it is removed at once; of a bank that signs nothing it is asked whether that is so."""
    order, card = await saving(shop)
    assert card is not None
    assert not await shop.tx(lambda tx: cards.switched_off(tx, "zdorovie", "a-card-of-nobody", signed=True))
    assert await shop.tx(lambda tx: cards.switched_off(tx, "zdorovie", card.binding, signed=False))
    await unbinding.run_due(shop.service)
    assert len(await seen(shop, order)) == 1  # a stranger said so: the bank still has it
    shop.bank.faults.clear()
    binding = shop.bank.bindings.by_id[card.binding]
    binding.merchant = replace(shop.merchant, callback_url=f"{shop.url}/callbacks/zdorovie")
    bindings.switch(shop.bank, binding, on=False)
    await shop.heard()
    await shop.sweep()
    assert await seen(shop, order) == []
    assert (await again(shop, card)).unbinding is Unbinding.DONE


@one_bank
async def test_doctor_knows_whether_payers_get_at_their_cards(shop: World) -> None:
    """Without a line by which codes go, cards are saved and never seen again."""
    said = "payers can get at the cards they saved by a code (`mail`, `sms`)"
    mute = replace(shop.service, config=shop.config.model_copy(update={"mail": None}))
    for service, ok in ((shop.service, True), (mute, False)):
        assert [found.ok async for found in examine(service) if found.sentence == said] == [ok]


@one_bank
async def test_erasing_a_person_removes_their_cards(shop: World) -> None:
    """By whichever road the person is erased."""
    order, card = await saving(shop)
    assert card is not None
    await shop.tx(lambda tx: run(tx, ERASE, id=order.payer_id.uuid))
    assert (await again(shop, card)).removed_at is not None
    await shop.sweep()
    assert (await again(shop, card)).unbinding is Unbinding.DONE
    assert "card.erased" in await shop.events(order.id)


@one_bank
async def test_a_bank_that_names_the_card_later_is_heard(shop: World) -> None:
    """Money first, the card at a later look; and once that is removed no look brings it back."""
    order = await shop.order()
    payment = (await shop.start(order, card=SAVE)).payment_id
    await shop.pay_at_bank(payment)
    theirs = shop.bank.find(shop.merchant, number=str(payment))
    binding, theirs.binding_id = theirs.binding_id, None
    await settle(shop.service, payment)
    assert await seen(shop, order) == []
    theirs.binding_id = binding
    await settle(shop.service, payment)
    (card,) = await seen(shop, order)
    await removed(shop, order, card)
    await shop.sweep()
    await settle(shop.service, payment)
    assert await seen(shop, order) == []
    assert not await shop.broken()


@one_bank
async def test_a_payer_who_was_erased_meanwhile_leaves_no_card(shop: World) -> None:
    """The payment was open while they were erased: what it saves is removed with it."""
    order = await shop.order()
    payment = (await shop.start(order, card=SAVE)).payment_id
    await shop.tx(lambda tx: run(tx, ERASE, id=order.payer_id.uuid))
    await shop.pay_at_bank(payment)
    await settle(shop.service, payment)
    while await unbinding.run_due(shop.service):
        pass
    assert not [one for one in shop.bank.bindings.by_id.values() if one.active]


@one_bank
async def test_a_card_that_was_removed_can_be_saved_anew(shop: World) -> None:
    """With another consent, by another payment, as another card of ours."""
    order, card = await saving(shop)
    assert card is not None
    await removed(shop, order, card)
    await shop.sweep()
    fresh = await kept(shop)
    assert fresh.id != card.id
    assert (await shop.tx(lambda tx: rows(tx, _CARDS)))[0].held == 2
