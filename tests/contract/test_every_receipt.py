"""Fiscal carts and receipts, for every gateway kind, over real HTTP against the sandbox bank."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from gateways import sandbox
from gateways.fiscal import (
    BankReceipt,
    Cart,
    Contact,
    Ffd,
    Payment,
    Position,
    Receipts,
    ReceiptState,
    Seller,
    Subject,
    Taxation,
    Vat,
)
from gateways.gateway import Refund, Refused, Registered, Registration
from gateways.money import Money
from tests.contract.test_every_gateway import GOOD, SUM, Pair, pair  # noqa: F401 - a fixture

SELLER = Seller(Ffd.NEW, Taxation.INCOME, "7707083893", "clinic@example.ru", "https://pay.example.ru")
VISIT = Position(
    "1-1",
    "Консультация врача",
    Decimal(1),
    Money(200_000),
    Money(200_000),
    Vat.NONE,
    Payment.FULL_PREPAYMENT,
    Subject.SERVICE,
)
CREAM = Position(
    "2-1",
    "Крем",
    Decimal(2),
    Money(25_000),
    Money(50_000),
    Vat.TWENTY_TWO_OF,
    Payment.FULL_PREPAYMENT,
    Subject.GOODS,
)
CART = Cart(SELLER, Contact(email="maria@example.com"), (VISIT, CREAM))
NUMBER = "pay_fiscal"


@pytest.fixture(params=[Ffd.OLD, Ffd.NEW])
def cart(request: pytest.FixtureRequest) -> Cart:
    """One cart in both formats of fiscal documents."""
    return replace(CART, seller=replace(SELLER, ffd=request.param))


def _receipts(pair: Pair) -> Receipts:  # noqa: F811 - the fixture
    assert pair.gateway.receipts is not None
    return pair.gateway.receipts


async def _registered(pair: Pair, cart: Cart) -> Registered:  # noqa: F811 - the fixture
    asked = Registration(NUMBER, SUM, "https://shop.example/r", 1200, "Заказ", cart=cart)
    return await pair.gateway.register(asked)


async def _paid(pair: Pair, cart: Cart) -> Registered:  # noqa: F811 - the fixture
    made = await _registered(pair, cart)
    pair.paid_by(NUMBER, GOOD)
    return made


async def _seen(pair: Pair, made: Registered) -> tuple[BankReceipt, ...]:  # noqa: F811 - the fixture
    return await _receipts(pair).of_order(number=NUMBER, reference=made.reference)


async def test_a_cart_becomes_a_receipt_some_time_after_the_money(pair: Pair, cart: Cart) -> None:  # noqa: F811 - the fixture
    """None before the payment, one that waits after it, then one with its document's number, sign, time and link."""
    made = await _registered(pair, cart)
    assert await _seen(pair, made) == ()
    pair.paid_by(NUMBER, GOOD)
    (waiting,) = await _seen(pair, made)
    assert (waiting.state, waiting.refund, waiting.amount) == (ReceiptState.WAITING, False, SUM)
    pair.bank.advance(30)
    (ready,) = await _seen(pair, made)
    assert (ready.id, ready.state, ready.amount) == (waiting.id, ReceiptState.READY, SUM)
    assert ready.number == "1"
    assert ready.sign
    assert ready.drive
    assert ready.url is not None
    assert ready.printed_at is not None


async def test_the_bank_has_every_row_as_it_was_sent(pair: Pair, cart: Cart) -> None:  # noqa: F811 - the fixture
    """Names, sums, what each row is and how it is taxed; and a cart that fits is what it gives back in the status."""
    await _registered(pair, cart)
    kept = pair.bank.find(pair.merchant, number=NUMBER).request.cart
    assert kept is not None
    rows = kept["cartItems"]["items"]
    assert [(row["name"], row["itemAmount"], row["itemCode"]) for row in rows] == [
        ("Консультация врача", 200_000, "1-1"),
        ("Крем", 50_000, "2-1"),
    ]
    assert [row["tax"]["taxType"] for row in rows] == [0, 15]
    assert rows[1]["quantity"]["value"] == 2


async def test_a_refund_brings_its_own_receipt(pair: Pair, cart: Cart) -> None:  # noqa: F811 - the fixture
    """For the rows that it names; it is told apart from the payment's."""
    made = await _paid(pair, cart)
    part = replace(cart, positions=(CREAM,))
    await pair.gateway.refund(Refund(made.reference, NUMBER, "rf_1", part.amount, SUM, part))
    pair.bank.advance(30)
    bought, given_back = await _seen(pair, made)
    assert (bought.refund, given_back.refund) == (False, True)
    assert (given_back.state, given_back.amount) == (ReceiptState.READY, Money(50_000))
    assert [row["name"] for row in pair.bank.receipts.find(given_back.id).items] == ["Крем"]


async def test_a_reversal_brings_the_receipt_of_all_of_it(pair: Pair, cart: Cart) -> None:  # noqa: F811 - the fixture
    """Nothing was charged in the end, and the first receipt is undone by another."""
    made = await _paid(pair, cart)
    await pair.gateway.reverse(reference=made.reference, number=NUMBER, cart=cart)
    _, undone = await _seen(pair, made)
    assert (undone.refund, undone.amount) == (True, SUM)


async def test_the_full_settlement_closes_what_was_paid_before(pair: Pair, cart: Cart) -> None:  # noqa: F811 - the fixture
    """A second receipt over the same sum, of the visit that was given."""
    made = await _paid(pair, cart)
    given = tuple(replace(row, payment=Payment.FULL_PAYMENT) for row in cart.positions)
    await _receipts(pair).close(
        number=NUMBER, reference=made.reference, cart=replace(cart, positions=given, offset=True)
    )
    first, closing = await _seen(pair, made)
    assert (first.refund, closing.refund, closing.amount) == (False, False, SUM)
    assert pair.bank.receipts.find(closing.id).closing


async def test_nothing_is_closed_once_it_all_went_back(pair: Pair, cart: Cart) -> None:  # noqa: F811 - the fixture
    """The bank says no, and it is a plain no."""
    made = await _paid(pair, cart)
    await pair.gateway.refund(Refund(made.reference, NUMBER, "rf_1", SUM, SUM, cart))
    with pytest.raises(Refused):
        await _receipts(pair).close(number=NUMBER, reference=made.reference, cart=replace(cart, offset=True))


async def test_a_receipt_that_failed_says_why_and_is_printed_again_where_the_bank_can(pair: Pair, cart: Cart) -> None:  # noqa: F811 - the fixture
    """The old dialect has no word for it."""
    made = await _paid(pair, cart)
    order = pair.bank.find(pair.merchant, number=NUMBER)
    pair.bank.receipts.spoil(order, fail=True)
    pair.bank.advance(30)
    (failed,) = await _seen(pair, made)
    assert failed.state is ReceiptState.FAILED
    assert failed.error
    pair.bank.receipts.spoil(order, fail=False)
    if not _receipts(pair).retries:
        with pytest.raises(Refused):
            await _receipts(pair).retry(number=NUMBER, receipt=failed.id)
        return
    await _receipts(pair).retry(number=NUMBER, receipt=failed.id)
    pair.bank.advance(30)
    (ready,) = await _seen(pair, made)
    assert ready.state is ReceiptState.READY


async def test_a_cart_that_does_not_add_up_is_refused_before_anything_happens(pair: Pair) -> None:  # noqa: F811 - the fixture
    """The bank's own check, with its own code."""
    with pytest.raises(Refused) as caught:
        await _registered(pair, replace(CART, positions=(VISIT,)))
    assert caught.value.code == "8"
    with pytest.raises(sandbox.codes.Refusal):
        pair.bank.find(pair.merchant, number=NUMBER)
