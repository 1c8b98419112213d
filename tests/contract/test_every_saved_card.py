"""Saved cards: what every kind must do with them, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from urllib.parse import parse_qsl, urlsplit

import pytest

from gateways import sandbox
from gateways.bindings import Binding, Bindings, SavedCard
from gateways.gateway import BankStatus, CallbackRequest, Refused, Registered, Registration, Unreachable
from gateways.sandbox import Fault, Rule, bindings, paying
from gateways.sberbank import make
from tests.contract.test_every_gateway import GOOD, SUM, Pair, pair

__all__ = ["pair"]
CLIENT = "ccl_01JD00000000000000000000AA"


@pytest.fixture
async def saver(pair: Pair) -> AsyncIterator[Pair]:
    """A contract that saves cards."""
    gateway = make(pair.config.model_copy(update={"saved_cards": True}), name="shop")
    yield Pair(gateway, pair.bank, pair.merchant, pair.config)
    await gateway.close()


def facet(pair: Pair) -> Bindings:
    assert pair.gateway.bindings is not None
    return pair.gateway.bindings


async def registered(
    pair: Pair, client: str | None = CLIENT, binding: str | None = None, *, held: bool = False
) -> tuple[str, Registered]:
    pair.count += 1
    number = f"pay_{pair.count:026d}"
    asked = Registration(number, SUM, "https://shop.example/r", 1200, "Заказ", client=client, binding=binding)
    if held:
        assert pair.gateway.two_stage is not None
        return number, await pair.gateway.two_stage.hold(asked)
    return number, await pair.gateway.register(asked)


async def saved(pair: Pair) -> Binding:
    number, made = await registered(pair)
    pair.paid_by(number)
    seen = await pair.gateway.look(number=number, reference=made.reference)
    assert seen.binding is not None
    return seen.binding


async def test_a_contract_without_saved_cards_has_no_way_to_ask_for_them(pair: Pair) -> None:
    """It is a permission of the contract: where it is not said, nothing offers it."""
    assert pair.gateway.bindings is None
    assert pair.gateway.prolonging is None
    number, made = await pair.paid()
    assert (await pair.gateway.look(number=number, reference=made.reference)).binding is None


async def test_a_card_that_paid_is_saved_and_listed(saver: Pair) -> None:
    """The status names it and its client; the list shows brand, last digits and month; once, however often it pays."""
    assert await facet(saver).of(CLIENT) == ()
    binding = await saved(saver)
    assert binding.client == CLIENT
    assert await facet(saver).of(CLIENT) == (SavedCard(binding.id, "VISA", "1111", "203412"),)
    assert await saved(saver) == binding
    assert await facet(saver).of("ccl_01JD00000000000000000000BB") == ()


@pytest.mark.parametrize("held", [False, True])
async def test_a_saved_card_pays_by_its_code_alone(saver: Pair, held: bool) -> None:
    """The order is registered for that one card; in one stage or in two the status says by which it was paid."""
    binding = await saved(saver)
    if held and saver.gateway.two_stage is None:
        assert saver.config.kind == "rbs"
        return
    number, made = await registered(saver, binding=binding.id, held=held)
    order = saver.bank.find(saver.merchant, number=number)
    card = bindings.only(saver.bank, order)
    assert card is not None
    assert paying.pay_by_its_card(saver.bank, order, card, "12").problems == ("cvc",)
    paying.pay_by_its_card(saver.bank, order, card, GOOD.cvc)
    seen = await saver.gateway.look(number=number, reference=made.reference)
    assert seen.status is (BankStatus.HELD if held else BankStatus.DEPOSITED)
    assert (seen.binding, seen.card and seen.card.last4) == (binding, "1111")


async def test_an_unbound_card_is_gone_and_unbinding_it_again_is_no_fault(saver: Pair) -> None:
    """It is listed no more and pays nothing; what the bank does not know is unbound as well."""
    binding = await saved(saver)
    await facet(saver).unbind(binding.id)
    assert await facet(saver).of(CLIENT) == ()
    await facet(saver).unbind(binding.id)
    await facet(saver).unbind("fd3afc57-c6d0-4e08-aaef-1b7cfeb093dc")
    number, made = await registered(saver, binding=binding.id)
    order = saver.bank.find(saver.merchant, number=number)
    card = bindings.only(saver.bank, order)
    assert card is not None
    paying.pay_by_its_card(saver.bank, order, card, GOOD.cvc)
    seen = await saver.gateway.look(number=number, reference=made.reference)
    assert (seen.captured.amount, seen.action_code) == (0, -3100)


async def test_a_card_that_was_unbound_is_bound_again(saver: Pair) -> None:
    """It is listed and pays as before; binding what is bound is no fault, and what the bank does not know is not listed."""
    binding = await saved(saver)
    await facet(saver).unbind(binding.id)
    for _ in range(2):
        await facet(saver).bind(binding.id)
    assert [one.id for one in await facet(saver).of(CLIENT)] == [binding.id]
    number, made = await registered(saver, binding=binding.id)
    order = saver.bank.find(saver.merchant, number=number)
    card = bindings.only(saver.bank, order)
    assert card is not None
    paying.pay_by_its_card(saver.bank, order, card, GOOD.cvc)
    assert (await saver.gateway.look(number=number, reference=made.reference)).status is BankStatus.DEPOSITED
    with suppress(Refused):  # the old dialect has one code for what is unknown and for what is active
        await facet(saver).bind("fd3afc57-c6d0-4e08-aaef-1b7cfeb093dc")
    assert [one.id for one in await facet(saver).of(CLIENT)] == [binding.id]


async def test_what_its_holder_switched_off_is_not_bound_again(saver: Pair) -> None:
    """The code is a no, and not the one that says that it is active."""
    binding = await saved(saver)
    saver.bank.faults.add(Rule(Fault.REFUSE, "bindcard.do", value=15))
    with pytest.raises(Refused):
        await facet(saver).bind(binding.id)


async def test_a_card_that_was_issued_anew_is_prolonged_where_the_bank_can(saver: Pair) -> None:
    """The list shows the new month; a bank of the new dialect has no such method, and so offers none."""
    assert (saver.gateway.prolonging is None) is (saver.config.kind == "sberbank")
    if saver.gateway.prolonging is None:
        return
    binding = await saved(saver)
    await saver.gateway.prolonging.prolong(binding.id, "203902")
    await saver.gateway.prolonging.prolong(binding.id, "203902")
    assert [one.expiry for one in await facet(saver).of(CLIENT)] == ["203902"]
    with pytest.raises(Refused):
        await saver.gateway.prolonging.prolong("fd3afc57-c6d0-4e08-aaef-1b7cfeb093dc", "203902")


async def test_a_lost_answer_or_a_plain_no_is_not_taken_for_done(saver: Pair) -> None:
    """Silence is silence; a login that is refused unbinds nothing."""
    binding = await saved(saver)
    saver.bank.faults.add(Rule(Fault.CUT_BEFORE, "unbindcard.do"))
    with pytest.raises(Unreachable):
        await facet(saver).unbind(binding.id)
    wrong = saver.config.model_copy(update={"saved_cards": True, "user_name": "nobody"})
    stranger = make(wrong, name="shop")
    assert stranger.bindings is not None
    with pytest.raises(Refused):
        await stranger.bindings.unbind(binding.id)
    await stranger.close()
    assert len(await facet(saver).of(CLIENT)) == 1


async def test_the_bank_rings_when_a_card_is_switched_off(saver: Pair) -> None:
    """The callback names the card and no order; that one was saved says nothing of switching off."""
    binding = await saved(saver)
    card = saver.bank.bindings.by_id[binding.id]
    for on in (False, True):
        saver.bank.take_due_callbacks()
        bindings.switch(saver.bank, card, on=on)
        (heard,) = [saver.gateway.read_callback(request(one)) for one in saver.bank.take_due_callbacks()]
        assert (heard.binding, heard.switched_off, heard.reference, heard.number) == (binding.id, not on, None, None)
        assert heard.signed is (saver.config.kind != "sberbank")


async def test_the_new_dialects_own_callback_of_a_card(saver: Pair) -> None:
    """It says by its operation what the old one says by `enabled`; nobody signs it."""
    if saver.config.callback_secret is not None:
        assert saver.config.kind != "sberbank"
        return
    for operation, off in (("bindingCreated", False), ("bindingDeactivated", True)):
        body = json.dumps({"bindingId": "fd3afc57", "clientId": CLIENT, "operation": operation}).encode()
        heard = saver.gateway.read_callback(CallbackRequest("POST", (), "application/json;charset=UTF-8", body))
        assert (heard.binding, heard.switched_off, heard.signed) == ("fd3afc57", off, False)


def request(delivery: sandbox.Delivery) -> CallbackRequest:
    query = tuple(parse_qsl(urlsplit(delivery.url).query, keep_blank_values=True))
    return CallbackRequest(delivery.method, query, delivery.content_type, delivery.body)
