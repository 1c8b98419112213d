"""What may be done to an order in which state: every cell of the table, in both dialects, over the wire."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

from gateways.sandbox import Bank, Dialect, Order, Outcome, pay
from gateways.sandbox.states import TABLE, Deed, Standing, standing
from tests.sandbox.rehearsal import CHALLENGE, FRICTIONLESS, bank, call, held, paid, register

Reach = Callable[[Bank, Dialect], Order]
LEGACY, ECOM = Dialect.LEGACY, Dialect.ECOM


def _then(reach: Callable[..., Order], method: str, **params: Any) -> Reach:
    def go(here: Bank, dialect: Dialect) -> Order:
        order = reach(here, dialect=dialect)
        answer = call(here, method, dialect, orderId=order.id, **params)
        assert answer["errorCode"] == "0"
        return order

    return go


def _at_the_issuer(here: Bank, dialect: Dialect) -> Order:
    order = register(here, dialect=dialect)
    pay(here, order, CHALLENGE)
    return order


WAYS: Final[dict[Standing, Reach]] = {
    Standing.CREATED: lambda here, dialect: register(here, dialect=dialect),
    Standing.AT_ACS: _at_the_issuer,
    Standing.APPROVED: lambda here, dialect: held(here, dialect=dialect),
    Standing.DEPOSITED: lambda here, dialect: paid(here, dialect=dialect),
    Standing.COMPLETED: _then(held, "deposit.do", amount=0),
    Standing.REVERSED: _then(held, "reverse.do"),
    Standing.REFUNDED: _then(paid, "refund.do", amount=100),
    Standing.DECLINED: _then(register, "decline.do"),
}
PARAMS: Final = {Deed.DEPOSIT: {"amount": 0}, Deed.REVERSE: {}, Deed.REFUND: {"amount": 100}, Deed.DECLINE: {}}
_STATE = ("7", "Платёж должен быть в корректном состоянии")
_IMPOSSIBLE = ("7", "Операция невозможна для текущего состояния платежа")
_NO_PAYMENT = ("7", "Не найдена успешная платежная операция")
_NO_HOLD = ("7", "Не найдена успешная предавторизация")
_STATUS = ("5", "Неверный статус заказа")
_LOCKED = ("5", "Невозможно отменить заказ - заблокирован другим действием")
OLD: Final = {Deed.DEPOSIT: _STATE, Deed.REVERSE: _IMPOSSIBLE, Deed.REFUND: _STATE, Deed.DECLINE: _IMPOSSIBLE}
NEW: Final = {Deed.DEPOSIT: _NO_HOLD, Deed.REVERSE: _NO_PAYMENT, Deed.REFUND: _NO_PAYMENT, Deed.DECLINE: _STATUS}
# What gateway.md §2 allows; everything else is refused.
ALLOWED: Final = {
    (Standing.CREATED, Deed.DECLINE),
    (Standing.APPROVED, Deed.DEPOSIT),
    (Standing.APPROVED, Deed.REVERSE),
    (Standing.DEPOSITED, Deed.REVERSE),
    (Standing.DEPOSITED, Deed.REFUND),
    (Standing.COMPLETED, Deed.REFUND),
    (Standing.REFUNDED, Deed.REFUND),
}


def _said(state: Standing, deed: Deed, dialect: Dialect) -> tuple[str, str] | None:
    """Code and words of a refusal; None where the bank says yes."""
    if (state, deed) in ALLOWED:
        return None
    if dialect is LEGACY:
        return OLD[deed]
    return _LOCKED if (state, deed) == (Standing.AT_ACS, Deed.DECLINE) else NEW[deed]


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("deed", Deed)
@pytest.mark.parametrize("state", Standing)
def test_every_deed_in_every_state(state: Standing, deed: Deed, dialect: Dialect) -> None:
    """Done, or refused with the dialect's documented code and words, and then nothing has changed."""
    here = bank(reverse_completed=False)
    order = WAYS[state](here, dialect)
    assert standing(order) is state
    before = (order.status, order.approved, order.deposited, order.refunded, len(order.operations))
    answer = call(here, f"{deed}.do", dialect, orderId=order.id, **PARAMS[deed])
    expected = _said(state, deed, dialect)
    after = (order.status, order.approved, order.deposited, order.refunded, len(order.operations))
    if expected is None:
        assert answer["errorCode"] == "0"
        assert after != before
    else:
        assert (answer["errorCode"], answer["errorMessage"]) == expected
        assert after == before


@pytest.mark.parametrize("state", Standing)
def test_a_card_is_taken_in_no_state_but_the_first(state: Standing) -> None:
    """Whoever comes with a card to any other is led to where the order stands."""
    here = bank(reverse_completed=False)
    order = WAYS[state](here, LEGACY)
    operations = len(order.operations)
    step = pay(here, order, FRICTIONLESS)
    if state is Standing.CREATED:
        assert (step.outcome, len(order.operations)) == (Outcome.FINISHED, operations + 1)
    else:
        led = Outcome.CHALLENGE if state is Standing.AT_ACS else Outcome.FINISHED
        assert (step.outcome, len(order.operations)) == (led, operations)


def test_the_table_has_every_cell() -> None:
    """And says yes exactly where the documents do."""
    assert TABLE.keys() == {(state, deed) for state in Standing for deed in Deed}
    assert {cell for cell, reason in TABLE.items() if reason is None} == ALLOWED


@pytest.mark.parametrize(
    ("dialect", "chosen", "works"), [(LEGACY, None, True), (ECOM, None, False), (ECOM, True, True)]
)
def test_whether_a_completed_hold_is_reversed_is_the_dialects_or_the_merchants(
    dialect: Dialect, chosen: bool | None, works: bool
) -> None:
    """The new dialect bars it; a merchant's contract may say otherwise."""
    here = bank(reverse_completed=chosen)
    order = WAYS[Standing.COMPLETED](here, dialect)
    answer = call(here, "reverse.do", dialect, orderId=order.id)
    assert (answer["errorCode"] == "0") is works
    assert order.deposited == (0 if works else 19900)
