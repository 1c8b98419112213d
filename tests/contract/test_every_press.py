"""A saved card charged by a press: what every kind must do with it, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from gateways import sandbox
from gateways.gateway import BankStatus, Refused, Unreachable
from gateways.one_press import Confirm, OnePress, Press, Tried
from gateways.sandbox import Fault, Rule
from gateways.sberbank import make
from tests.contract.test_every_gateway import GOOD, SUM, Pair, pair
from tests.contract.test_every_saved_card import CLIENT, registered

__all__ = ["pair"]
PAY = "paymentorderbinding.do"
ASKED = sandbox.CardEntry("5555555555555599", "203412", "123", "MARIA")
HERE = "203.0.113.7"


@pytest.fixture
async def presser(pair: Pair) -> AsyncIterator[Pair]:
    """A contract that charges saved cards without their code."""
    merchant = replace(pair.merchant, pays_without_cvc=True)
    pair.bank.merchants[merchant.login] = merchant
    gateway = make(pair.config.model_copy(update={"saved_cards": True, "one_press": True}), name="shop")
    yield Pair(gateway, pair.bank, merchant, pair.config)
    await gateway.close()


def facet(pair: Pair) -> OnePress:
    assert pair.gateway.one_press is not None
    return pair.gateway.one_press


async def ready(pair: Pair, card: sandbox.CardEntry = GOOD, *, held: bool = False) -> Press:
    """A card that was saved, and an order that is registered for it alone."""
    number, made = await registered(pair)
    pair.paid_by(number, card)
    seen = await pair.gateway.look(number=number, reference=made.reference)
    assert seen.binding is not None
    number, made = await registered(pair, CLIENT, seen.binding.id, held=held)
    return Press(made.reference, number, seen.binding.id, HERE)


async def status(pair: Pair, press: Press) -> BankStatus:
    return (await pair.gateway.look(number=press.number, reference=press.reference)).status


async def test_a_contract_without_the_permission_has_no_way_to_press(pair: Pair) -> None:
    """Nothing can offer it then."""
    assert pair.gateway.one_press is None


@pytest.mark.parametrize("held", [False, True])
async def test_a_card_is_charged_without_a_word(presser: Pair, held: bool) -> None:
    """The answer says that the card was tried; the look says what became of it, and by which card."""
    if held and presser.gateway.two_stage is None:
        assert presser.config.kind == "rbs"
        return
    press = await ready(presser, held=held)
    assert await facet(presser).pay(press) == Tried()
    seen = await presser.gateway.look(number=press.number, reference=press.reference)
    assert seen.status is (BankStatus.HELD if held else BankStatus.DEPOSITED)
    assert (seen.approved, seen.binding and seen.binding.id) == (SUM, press.binding)
    assert await facet(presser).pay(press) == Tried()
    assert await status(presser, press) is seen.status


async def test_a_declined_card_is_answered_like_one_that_paid(presser: Pair) -> None:
    """So the answer is not believed: the order says that nothing came, and why."""
    press = await ready(presser)
    presser.bank.bindings.by_id[press.binding].pan = "4276990011343663"  # its holder's confirmation fails
    assert await facet(presser).pay(press) == Tried()
    seen = await presser.gateway.look(number=press.number, reference=press.reference)
    assert (seen.captured.amount, seen.status, seen.action_code) == (0, BankStatus.REGISTERED, -2011)


async def test_the_issuer_may_want_a_word_with_the_holder(presser: Pair) -> None:
    """Where the browser goes, and what it takes along; until then the order is in progress and nothing has moved."""
    press = await ready(presser, ASKED)
    asks = await facet(presser).pay(press)
    assert isinstance(asks, Confirm)
    assert asks.origin == presser.bank.base_url
    fields = dict(asks.fields)
    assert fields.keys() == {"PaReq", "MD", "TermUrl"}
    assert fields["MD"] == press.reference
    assert fields["TermUrl"].startswith(presser.bank.base_url)
    assert fields["PaReq"] not in repr(asks)
    assert await status(presser, press) is BankStatus.IN_PROGRESS


async def test_a_refusal_charges_nothing(presser: Pair) -> None:
    """A bank that wants the code after all, a card of another client, one that is off: each is a plain no."""
    press = await ready(presser)
    presser.bank.merchants[presser.merchant.login] = replace(presser.merchant, pays_without_cvc=False)
    with pytest.raises(Refused):
        await facet(presser).pay(press)
    presser.bank.merchants[presser.merchant.login] = presser.merchant
    number, made = await registered(presser, "ccl_01JD00000000000000000000BB")
    with pytest.raises(Refused):
        await facet(presser).pay(Press(made.reference, number, press.binding, HERE))
    assert presser.gateway.bindings is not None
    await presser.gateway.bindings.unbind(press.binding)
    with pytest.raises(Refused):
        await facet(presser).pay(press)
    assert await status(presser, press) is BankStatus.REGISTERED


@pytest.mark.parametrize("fault", [Fault.CUT_BEFORE, Fault.CUT_AFTER, Fault.HTTP_502, Fault.HTML])
async def test_a_lost_answer_is_no_answer_and_nobody_asks_twice(presser: Pair, fault: Fault) -> None:
    """The card may have been charged or not: one call, and a look."""
    press = await ready(presser)
    presser.bank.faults.add(Rule(fault, PAY))
    with pytest.raises(Unreachable):
        await facet(presser).pay(press)
    done = fault in (Fault.CUT_AFTER, Fault.HTML)
    assert await status(presser, press) is (BankStatus.DEPOSITED if done else BankStatus.REGISTERED)
