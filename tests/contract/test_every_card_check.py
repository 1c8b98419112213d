"""A card that is added without paying: what every kind must do with it, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from pydantic import ValidationError

from gateways import sandbox
from gateways.bindings import Binding
from gateways.card_check import CardChecks, Check
from gateways.gateway import AlreadyExists, BankStatus, Refused, Registered, Registration
from gateways.money import Money
from gateways.sberbank import SberbankConfig, make
from tests.contract.test_every_gateway import POOR, Pair, pair
from tests.contract.test_every_saved_card import request

__all__ = ["pair"]
CLIENT = "ccl_01JD00000000000000000000AA"


@pytest.fixture
async def checker(pair: Pair) -> AsyncIterator[Pair]:
    """A contract that saves cards, also without a payment."""
    gateway = make(pair.config.model_copy(update={"saved_cards": True, "card_check": True}), name="shop")
    yield Pair(gateway, pair.bank, pair.merchant, pair.config)
    await gateway.close()


def facet(pair: Pair) -> CardChecks:
    assert pair.gateway.card_checks is not None
    return pair.gateway.card_checks


def asked(number: int = 1) -> Check:
    callback = "http://127.0.0.1:9/cb"
    return Check(f"chk_{number:026d}", CLIENT, "https://shop.example/r", 1200, "Проверка карты", callback_url=callback)


async def checked(pair: Pair, card: sandbox.CardEntry | None = None) -> tuple[str, Registered]:
    made = await facet(pair).check(asked())
    for _ in range(1 if card is None else 3):
        pair.paid_by(asked().number, *([card] if card else []))
    return asked().number, made


async def test_it_is_a_permission_that_is_said(pair: Pair) -> None:
    """Where it is not, nothing offers it; it is of use beside saved cards only."""
    assert pair.gateway.card_checks is None
    with pytest.raises(ValidationError, match="card_check: only beside saved_cards"):
        SberbankConfig.model_validate(pair.config.model_dump() | {"card_check": True})


async def test_a_good_card_is_saved_and_nothing_is_charged(checker: Pair) -> None:
    """The order is of nothing and reversed by itself; the status names the card that pays from now on."""
    number, made = await checked(checker)
    seen = await checker.gateway.look(number=number, reference=made.reference)
    assert (seen.status, seen.amount, seen.captured) == (BankStatus.REVERSED, Money(0), Money(0))
    assert seen.binding is not None
    assert seen.binding.client == CLIENT
    assert checker.gateway.bindings is not None
    assert [one.id for one in await checker.gateway.bindings.of(CLIENT)] == [seen.binding.id]
    later = Registration(
        "pay_1", Money(100), "https://shop.example/r", 1200, "Заказ", client=CLIENT, binding=seen.binding.id
    )
    assert (await checker.gateway.register(later)).form_url


async def test_a_refused_card_leaves_nothing(checker: Pair) -> None:
    """As many tries as the bank gives, then it is over, with the last card's word on it."""
    number, made = await checked(checker, POOR)
    seen = await checker.gateway.look(number=number, reference=made.reference)
    assert (seen.status, seen.binding, seen.captured) == (BankStatus.DECLINED, None, Money(0))


async def test_its_number_is_burned_like_any_other(checker: Pair) -> None:
    """So a lost answer can be looked up by it, and never becomes a second order."""
    await facet(checker).check(asked())
    with pytest.raises(AlreadyExists):
        await facet(checker).check(asked())
    assert (await checker.gateway.look(number=asked().number, reference=None)).status is BankStatus.REGISTERED


async def test_without_the_permission_the_bank_says_no(checker: Pair) -> None:
    """In its own words, as a plain refusal: nothing happened."""
    checker.bank.merchants[checker.merchant.login] = replace(checker.merchant, verifies=False)
    with pytest.raises(Refused):
        await facet(checker).check(asked())


async def test_no_other_order_is_ever_of_nothing(checker: Pair) -> None:
    """By 0 the bank understands "everything"."""
    with pytest.raises(ValueError, match="positive"):
        await checker.gateway.register(Registration("pay_1", Money(0), "https://shop.example/r", 1200, "Заказ"))


async def test_the_bank_rings_about_the_order_and_about_the_card(checker: Pair) -> None:
    """One callback names our number, the other the client whose card was made."""
    number, _ = await checked(checker)
    heard = [checker.gateway.read_callback(request(one)) for one in checker.bank.take_due_callbacks()]
    assert {(one.number, one.operation) for one in heard if one.number} == {(number, "reversed")}
    (made,) = [one for one in heard if one.number is None]
    assert (made.client, made.switched_off) == (CLIENT, False)
    assert isinstance(made.binding, str)
    assert Binding(made.binding, CLIENT)
