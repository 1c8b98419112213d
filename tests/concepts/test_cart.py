"""Fiscal carts: whatever is bought and however it is paid, rows that a receipt can have, and sums to the kopeck."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from checkout.catalogue.catalogue import Kind
from checkout.ground.ids import OrderId, PaymentId, ReceiptId, RefundId
from checkout.payment import receipt
from checkout.payment.cart import Item, balance, by_line, closing, giving_back, line_of, paying, shrunk
from checkout.payment.receipt import Receipt, next_look, paired, seen
from gateways.fiscal import (
    NAME_LENGTH,
    BankReceipt,
    Cart,
    Contact,
    Ffd,
    Payment,
    Position,
    ReceiptState,
    Seller,
    Subject,
    Taxation,
    Vat,
)
from gateways.money import Money
from gateways.sberbank import carts

SEEDS = range(400)
MARKS = (Vat.NONE, Vat.ZERO, Vat.FIVE, Vat.SEVEN, Vat.TEN, Vat.TWENTY, Vat.TWENTY_TWO)
SELLER = Seller(Ffd.NEW, Taxation.GENERAL, "7707083893", "clinic@example.ru", "https://pay.example.ru")
NOW = datetime(2026, 12, 2, 7, 7, tzinfo=UTC)
NOTHING = Money(0)


def dice(seed: int) -> random.Random:
    """The same throws each time."""
    return random.Random(seed)  # noqa: S311 - a test


def bought(rng: random.Random) -> list[Item]:
    """Some lines at any price, often with a discount that no quantity divides."""
    return [
        Item(
            line=number,
            name="Консультация " * rng.randint(1, 20),
            kind=rng.choice(list(Kind)),
            quantity=rng.randint(1, 20),
            amount=Money(rng.choice((rng.randint(1, 99), rng.randint(100, 10_000_000)))),
            vat=rng.choice(MARKS),
            done=rng.random() < 0.2,
        )
        for number in range(1, rng.randint(2, 8))
    ]


def price(items: Sequence[Item]) -> int:
    return sum(item.amount.amount for item in items)


def whole(rows: Sequence[Position]) -> int:
    """The rows' sum; each is one that a receipt can have, and they make a cart."""
    for one in rows:
        assert one.price.amount * one.quantity == one.amount.amount > 0
        assert one.quantity == one.quantity.quantize(Decimal("0.001")) > 0
        assert 1 <= len(one.name) <= NAME_LENGTH
    cart = Cart(SELLER, Contact(email="maria@example.com"), tuple(rows))
    for ffd in Ffd:
        sent = carts.new(replace(cart, seller=replace(SELLER, ffd=ffd)), carts.SELL)["cartItems"]["items"]
        assert len({row["positionId"] for row in sent}) == len({row["itemCode"] for row in sent}) == len(rows)
    return cart.amount.amount


@pytest.mark.parametrize("seed", SEEDS)
def test_a_deposit_and_the_rest_come_to_the_price_of_each_line(seed: int) -> None:
    """In two sums of any size: every cart is its sum, and both together are the lines."""
    rng = dice(seed)
    items = bought(rng)
    total = price(items)
    first = Money(rng.randint(1, total))
    one = paying(items, NOTHING, first, language="ru")
    assert whole(one) == first.amount
    rest = total - first.amount
    if rest:
        two = paying(items, first, Money(rest), language="ru")
        assert whole(two) == rest
        both = by_line([*one, *two])
        assert both == {item.line: item.amount for item in items}


@pytest.mark.parametrize("seed", SEEDS)
def test_refunds_give_back_what_was_sold_and_no_more(seed: int) -> None:
    """However it is cut, whatever lines are named and whatever is settled between: until nothing is left, and then no more.

    In the end what came before the thing itself is what was settled and what went back as it came.
    """
    rng = dice(seed)
    items = bought(rng)
    sold = paying(items, NOTHING, Money(price(items)), language="ru")
    settled: list[Position] = []
    gone: list[Position] = []
    while left := price(items) - sum(one.amount.amount for one in gone):
        here = balance(sold, settled, gone)
        assert here.sum == Money(left)
        settled += closing(items, {line: Money(rng.randint(0, sum_.amount)) for line, sum_ in here.ahead.items()})
        here, signs = balance(sold, settled, gone), {line_of(one): one for one in settled}
        part = rng.randint(max(1, left // 3), left)
        wanted = {item.line: rng.randint(0, item.amount.amount) for item in items}
        rows = giving_back(sold, here, Money(part), wanted, signs)
        assert whole(rows) == part
        gone += rows
    assert by_line(gone) == by_line(sold)
    came, back = ([one for one in rows if one.payment.before] for rows in (sold, gone))
    assert price_of(came) == price_of(settled) + price_of(back)
    with pytest.raises(ValueError, match="more than there is room"):
        giving_back(sold, balance(sold, settled, gone), Money(1), {})


def price_of(rows: Sequence[Position]) -> int:
    return sum(one.amount.amount for one in rows)


@pytest.mark.parametrize("seed", SEEDS)
def test_less_than_was_asked_keeps_the_lines_in_proportion(seed: int) -> None:
    """To the kopeck, and no line above what was asked for it."""
    rng = dice(seed)
    items = bought(rng)
    sold = paying(items, NOTHING, Money(price(items)), language="ru")
    taken = rng.randint(1, price(items))
    rows = shrunk(sold, Money(taken))
    assert whole(rows) == taken
    assert all(amount <= by_line(sold)[line] for line, amount in by_line(rows).items())


@pytest.mark.parametrize("seed", SEEDS)
def test_a_full_settlement_is_what_was_kept(seed: int) -> None:
    """Of the lines that it is about alone, with the full rate of each."""
    rng = dice(seed)
    items = bought(rng)
    kept = {item.line: Money(rng.randint(0, item.amount.amount)) for item in items}
    rows = closing(items, kept)
    assert sum(one.amount.amount for one in rows) == sum(amount.amount for amount in kept.values())
    assert {one.payment for one in rows} <= {Payment.FULL_PAYMENT}
    rates = {item.line: item.vat for item in items}
    assert all(one.vat is rates[line_of(one)] for one in rows)


def test_a_refund_takes_from_the_lines_that_it_names() -> None:
    """And from the others only what those cannot give."""
    items = [
        Item(1, "A", Kind.SERVICE, 1, Money(1000), Vat.NONE),
        Item(2, "B", Kind.SERVICE, 1, Money(500), Vat.NONE),
    ]
    sold = paying(items, NOTHING, Money(1500), language="ru")
    here = balance(sold, (), ())
    assert by_line(giving_back(sold, here, Money(500), {2: 500})) == {2: Money(500)}
    assert by_line(giving_back(sold, here, Money(700), {2: 700})) == {2: Money(500), 1: Money(200)}


@pytest.mark.parametrize(
    ("paid", "amount", "sign"),
    [
        (0, 3000, Payment.FULL_PREPAYMENT),
        (0, 900, Payment.PREPAYMENT),
        (900, 2100, Payment.PREPAYMENT),
    ],
)
def test_the_sign_says_what_the_money_is_to_the_visit(paid: int, amount: int, sign: Payment) -> None:
    """All of it before the visit, a part of it, or the other part."""
    item = Item(1, "Консультация", Kind.SERVICE, 1, Money(3000), Vat.TWENTY_TWO)
    (row,) = paying([item], Money(paid), Money(amount), language="ru")
    assert (row.payment, row.vat, row.subject) == (sign, Vat.TWENTY_TWO_OF, Subject.SERVICE)


def test_money_for_what_was_given_is_a_full_payment() -> None:
    """Goods that are still to come are not, in the same cart."""
    given = Item(1, "Приём", Kind.SERVICE, 1, Money(1000), Vat.NONE, done=True)
    awaited = Item(2, "Стельки", Kind.GOODS, 2, Money(1000), Vat.TWENTY_TWO)
    rows = paying([given, awaited], NOTHING, Money(2000), language="ru")
    assert [(row.payment, row.vat, row.subject) for row in rows] == [
        (Payment.FULL_PAYMENT, Vat.NONE, Subject.SERVICE),
        (Payment.FULL_PREPAYMENT, Vat.TWENTY_TWO_OF, Subject.GOODS),
    ]


def test_a_sum_over_the_price_is_an_advance() -> None:
    """For nothing in particular, so it is called a payment."""
    item = Item(1, "Приём", Kind.SERVICE, 1, Money(1000), Vat.NONE)
    *_, over = paying([item], NOTHING, Money(1200), language="ru")
    assert (over.amount, over.payment, over.subject) == (Money(200), Payment.ADVANCE, Subject.PAYMENT)


def test_what_is_paid_before_may_be_called_a_payment() -> None:
    """Where the bank wants it so."""
    item = Item(1, "Приём", Kind.SERVICE, 1, Money(1000), Vat.NONE)
    (row,) = paying([item], NOTHING, Money(1000), language="ru", as_payment=True)
    assert row.subject is Subject.PAYMENT


def test_what_does_not_divide_becomes_two_rows() -> None:
    """Three for a thousand kopecks: two at 333 and one at 334."""
    item = Item(1, "Крем", Kind.GOODS, 3, Money(1000), Vat.TWENTY_TWO)
    rows = paying([item], NOTHING, Money(1000), language="ru")
    assert [(row.code, row.quantity, row.price) for row in rows] == [
        ("1-1", Decimal(2), Money(333)),
        ("1-2", Decimal(1), Money(334)),
    ]


@pytest.mark.parametrize(
    ("vat", "amount", "tax"),
    [
        (Vat.NONE, 10_000, 0),
        (Vat.ZERO, 10_000, 0),
        (Vat.TWENTY, 12_000, 2_000),
        (Vat.TWENTY_TWO, 12_200, 2_200),
        (Vat.TWENTY_TWO_OF, 12_200, 2_200),
        (Vat.TEN, 11, 1),
    ],
)
def test_the_tax_within_a_sum(vat: Vat, amount: int, tax: int) -> None:
    """Half a kopeck is rounded up; money before the visit holds as much tax as money after it."""
    assert vat.within(Money(amount)) == Money(tax)


def test_every_sign_has_its_code_in_both_dialects() -> None:
    """Nothing that a cart can say is left without its word on the wire."""
    assert set(carts.TAX_TYPES) == set(Vat)
    assert len(set(carts.TAX_TYPES.values())) == len(Vat)
    assert set(carts.PAYMENTS) == set(Payment)
    assert set(carts.SUBJECTS) == set(Subject)
    assert set(carts.SNO) == set(Taxation)


@pytest.mark.parametrize("wrong", [{"quantity": Decimal("0.0001")}, {"price": Money(9)}, {"name": " "}, {"code": ""}])
def test_no_row_that_a_receipt_cannot_have(wrong: dict[str, object]) -> None:
    """It cannot even be made."""
    sound = Position("1", "A", Decimal(1), Money(10), Money(10), Vat.NONE, Payment.FULL_PREPAYMENT, Subject.SERVICE)
    with pytest.raises(ValueError, match=r"position|quantity|price"):
        replace(sound, **wrong)  # type: ignore[arg-type]  # wrong on purpose


def test_nobodys_address_is_shown() -> None:
    """Where the receipt goes is a payer's."""
    cart = Cart(
        SELLER,
        Contact("maria@example.com", "+79123456789"),
        paying(bought(dice(1)), NOTHING, Money(1), language="ru"),
    )
    assert "maria" not in repr(cart)
    assert "7912" not in repr(cart)


# Pairing ------------------------------------------------------------------------------------------------------------


def expected(kind: receipt.Kind, amount: int, **known: object) -> Receipt:
    sound = Receipt(
        id=ReceiptId.new(),
        order_id=OrderId.new(),
        payment_id=PaymentId.new(),
        refund_id=RefundId.new() if kind is receipt.Kind.REFUND else None,
        kind=kind,
        state=receipt.State.EXPECTED,
        amount=Money(amount),
        positions=(),
        created_at=NOW,
    )
    return replace(sound, **known)  # type: ignore[arg-type]  # by name


def shown(name: str, amount: int, state: ReceiptState = ReceiptState.READY, *, refund: bool = False) -> BankReceipt:
    return BankReceipt(name, refund, state, Money(amount))


def test_equal_sums_are_told_apart_by_their_order() -> None:
    """The payment's receipt is the older one, the full settlement's the other."""
    bought_, closed = expected(receipt.Kind.PAYMENT, 100), expected(receipt.Kind.CLOSING, 100, sent_at=NOW)
    pairs = paired([bought_, closed], [shown("a", 100), shown("b", 100)])
    assert (pairs[bought_.id].id, pairs[closed.id].id) == ("a", "b")
    assert closed.id not in paired([bought_, closed], [shown("a", 100)])


def test_one_that_is_known_is_never_another() -> None:
    """By the bank's own id, whatever came in between."""
    bought_ = expected(receipt.Kind.PAYMENT, 100, reference="a", state=receipt.State.READY)
    closed = expected(receipt.Kind.CLOSING, 100, sent_at=NOW)
    pairs = paired([bought_, closed], [shown("b", 100), shown("a", 100)])
    assert pairs[closed.id].id == "b"


def test_money_back_is_no_money_in() -> None:
    """Direction and sum decide."""
    refund = expected(receipt.Kind.REFUND, 100)
    assert paired([refund], [shown("a", 100)]) == {}
    assert paired([refund], [shown("a", 90, refund=True)]) == {}
    assert paired([refund], [shown("a", 100, refund=True)])[refund.id].id == "a"


def test_one_that_failed_may_come_back_under_another_id() -> None:
    """If that one is any better."""
    failed = expected(receipt.Kind.PAYMENT, 100, reference="a", state=receipt.State.FAILED)
    gone = shown("a", 100, ReceiptState.FAILED)
    assert paired([failed], [gone, shown("b", 100)])[failed.id].id == "b"
    assert paired([failed], [gone, shown("b", 100, ReceiptState.FAILED)])[failed.id].id == "a"


def test_what_was_never_asked_for_is_none_of_what_is_shown() -> None:
    """A payment's receipt made anew under another id is not the settlement of as much, which is still to be asked for."""
    failed = expected(receipt.Kind.PAYMENT, 100, reference="a", state=receipt.State.FAILED)
    closed = expected(receipt.Kind.CLOSING, 100)
    pairs = paired([failed, closed], [shown("a", 100, ReceiptState.FAILED), shown("b", 100)])
    assert (pairs[failed.id].id, pairs.get(closed.id)) == ("b", None)


NOTED = {"state": receipt.State.READY, "noted_by": "clara", "number": "7", "drive": "9" * 16}


def test_what_was_noted_and_is_printed_after_all_is_no_others() -> None:
    """Two refunds of one sum, the first noted by hand: what the bank shows late is not the second's. Its numbers tell it."""
    first, second = expected(receipt.Kind.REFUND, 100, **NOTED), expected(receipt.Kind.REFUND, 100)
    late, other = shown("a", 100, refund=True), shown("b", 100, refund=True)
    assert second.id not in paired([first, second], [late])
    assert paired([first, second], [late, other])[second.id].id == "b"
    assert paired([first, second], [late, replace(other, number="7", drive="9" * 16)])[second.id].id == "a"


def test_a_noted_payment_keeps_no_settlement_from_what_was_asked_for() -> None:
    """What was printed before the bank was asked is the payment's own; what came after it is the settlement."""
    bought_ = expected(receipt.Kind.PAYMENT, 100, **NOTED)
    closed = expected(receipt.Kind.CLOSING, 100, state=receipt.State.WAITING, sent_at=NOW)
    own, settled = (replace(shown("a", 100), printed_at=NOW + timedelta(hours=hours)) for hours in (-2, 1))
    assert paired([bought_, closed], [settled])[closed.id].id == "a"
    assert closed.id not in paired([bought_, closed], [own])
    assert paired([bought_, closed], [own, replace(settled, id="b")])[closed.id].id == "b"


@pytest.mark.parametrize("state", [one for one in receipt.State if one is not receipt.State.READY])
@pytest.mark.parametrize("word", ReceiptState)
def test_whatever_the_bank_shows_can_be_written_down(state: receipt.State, word: ReceiptState) -> None:
    """Every state that is looked for meets every answer."""
    assert str(seen(state, shown("a", 100, word))) == str(word) or (state, word) == (
        receipt.State.WAITING,
        ReceiptState.WAITING,
    )


def test_the_pauses_grow_and_end() -> None:
    """Seconds at first, for the payer looks; hours within a day; days after it; and never for ever."""
    pauses = [next_look(looks, NOW) for looks in range(200)]
    waits = [moment - NOW for moment in pauses if moment]
    assert waits == sorted(waits)
    assert waits[0] == timedelta(seconds=5)
    assert sum(waits[:30], timedelta()) < receipt.DEADLINE < sum(waits, timedelta())
    assert pauses[-1] is None
