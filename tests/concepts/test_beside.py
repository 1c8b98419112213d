"""What the bank says beside what we believe: where they differ, what cures it, and what of the bank's words is shown."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from checkout.books.beside import Said, differences
from checkout.commands.bank import Asked, ended
from checkout.commands.bank_shown import HIDDEN, as_json, beside, masked, standing, table
from checkout.ground.ids import OrderId, PaymentId, PersonId
from checkout.payment.breaker import Trouble
from checkout.payment.hold import Act, Hold
from checkout.payment.payment import Belief, State
from checkout.payment.store import Payment
from gateways.gateway import BankOrder, BankStatus
from gateways.money import Money
from gateways.witness import Brief
from tests.gateways.samples import bank
from tests.setting import configured

SUM, NOTHING = Money(250_000), Money(0)


def payment(state: State, *, back: int = 0, taken_back: int = 0, reserved: int = 0, **changed: Any) -> Payment:
    """Of 2 500 ₽, of which so much went back, some of that by the payer's bank."""
    captured = SUM if state is State.CAPTURED else NOTHING
    belief = Belief(state, SUM, Money(back), Money(reserved), looks=1, missed=False, session_ends_at=None)
    plain = Payment(
        id=PaymentId.new(),
        order_id=OrderId.new(),
        payer_id=PersonId.new(),
        data_key=None,
        method="card",
        merchant="zdorovie",
        belief=belief,
        captured=captured,
        charged_back=Money(taken_back),
        reference="r",
        form_url=None,
        token=1,
        fact_digest=None,
        captured_at=None,
        action_code=None,
    )
    return replace(plain, **changed)


def fact(status: BankStatus, *, deposited: int = 0, refunded: int = 0, **changed: Any) -> BankOrder:
    approved = SUM if status is not BankStatus.REGISTERED else NOTHING
    plain = BankOrder("pay_x", "r", status, SUM, approved, Money(deposited), Money(refunded))
    return replace(plain, **changed)


PAID = fact(BankStatus.DEPOSITED, deposited=250_000)
BRIEF = Brief("pay_x", BankStatus.DEPOSITED, SUM, SUM)
PART_BACK = fact(BankStatus.REFUNDED, deposited=150_000, refunded=100_000)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (payment(State.PENDING), fact(BankStatus.REGISTERED)),
        (payment(State.CAPTURED), PAID),
        (payment(State.CAPTURED, back=100_000), PART_BACK),
        (payment(State.CAPTURED, back=350_000, taken_back=250_000), PART_BACK),
        (payment(State.CAPTURED, back=250_000), fact(BankStatus.REVERSED)),
        (payment(State.DECLINED), fact(BankStatus.DECLINED)),
        (payment(State.LAPSED), fact(BankStatus.DECLINED, action_code=-2007)),
        (payment(State.LAPSED, reference=None), None),
    ],
)
def test_two_sides_that_agree(ours: Payment, theirs: BankOrder | None) -> None:
    """The same state, and the same sum gone back; what the payer's bank took shows in no sum of ours there."""
    assert differences(ours, Said(fact=theirs, absent=theirs is None)) == []


@pytest.mark.parametrize(
    ("ours", "theirs", "cure"),
    [
        (payment(State.PENDING), PAID, "makes it captured"),
        (payment(State.UNKNOWN), fact(BankStatus.DECLINED), "makes it declined"),
        (payment(State.UNKNOWN, parked="long ago"), PAID, "ask the bank, from the worklist"),
        (payment(State.LAPSED), PAID, "the bank's registry, or its callback"),
        (payment(State.CAPTURED), fact(BankStatus.REGISTERED), "a person decides"),
        (payment(State.CAPTURED), None, "a person decides"),
        (payment(State.PENDING), replace(PAID, amount=Money(1)), "a person decides"),
        (payment(State.REVIEW), PAID, "a person decides"),
        (payment(State.PENDING), fact(BankStatus.UNRECOGNISED), "ask the bank what it means"),
        (payment(State.CAPTURED), PART_BACK, "brings it to the worklist"),
        (payment(State.CAPTURED, reserved=100_000), PART_BACK, "a refund of ours is on its way"),
        (payment(State.CAPTURED, back=100_000), PAID, "a person decides"),
        (payment(State.CAPTURED), replace(PAID, chargeback=True), "recognises it"),
    ],
)
def test_two_sides_that_differ(ours: Payment, theirs: BankOrder | None, cure: str) -> None:
    """In one line, with what cures it."""
    (difference,) = differences(ours, Said(fact=theirs, absent=theirs is None))
    assert cure in difference.cure


def test_a_hold_that_the_bank_charged_as_a_whole_is_taken_as_it_was_taken() -> None:
    """Though less was meant: the worker's next look books it, and nobody has to decide; any other sum is a person's."""
    held = payment(State.AUTHORIZED, hold=Hold(Act.COMPLETE, Money(100_000), 1))
    held = replace(held, belief=replace(held.belief, completing=Money(100_000)))
    (told,) = differences(held, Said(PAID))
    assert "makes it captured" in told.cure
    (told,) = differences(held, Said(fact(BankStatus.DEPOSITED, deposited=150_000)))
    assert "a person decides" in told.cure


@pytest.mark.parametrize("hours", [None, 72])
def test_a_contract_is_told_with_its_breaker(hours: int | None) -> None:
    """What it can, what it uses, and until when its bank is left alone."""
    contract = configured("http://127.0.0.1:1", stages="two", contract={"autocompletion_hours": hours}).merchants[0]
    gateway, _ = bank()
    since = datetime(2026, 12, 2, 7, 7, tzinfo=UTC)
    trouble = Trouble("zdorovie", 5, since, since + timedelta(seconds=5), resting=True)
    told = standing(contract, gateway, "does not answer: HTTP 502", trouble)
    assert "open, next call 07:07:05Z: 5 calls in a row without an answer since 2026-12-02 07:07:00Z" in told
    assert "this contract uses two" in told
    assert ("after 72 h" in told) is (hours is not None)
    assert "closed" in standing(contract, gateway, "answers and knows us", None)


def test_the_short_word_counts_where_there_is_no_other() -> None:
    """Against the long word it is a second witness; alone it tells a difference, and settles nothing."""
    assert differences(payment(State.CAPTURED), Said(PAID, BRIEF)) == []
    alone = Said(brief=BRIEF, trouble="AccessDenied: 5")
    assert differences(payment(State.CAPTURED), alone) == []
    (told,) = differences(payment(State.PENDING), alone)
    assert "have the bank permit getOrderStatusExtended.do" in told.cure
    (told,) = differences(payment(State.CAPTURED), Said(PAID, replace(BRIEF, status=BankStatus.REVERSED)))
    assert "deposited in its long word and reversed in its short one" in told.what
    assert differences(payment(State.PENDING), Said(trouble="Unreachable: HTTP 502")) == []


@pytest.mark.parametrize(
    ("ours", "said", "code", "end", "agrees"),
    [
        (payment(State.CAPTURED), Said(PAID), 0, "agrees", True),
        (
            payment(State.CAPTURED),
            Said(brief=BRIEF, trouble="AccessDenied: 5"),
            2,
            "UNKNOWN  the short word shows no",
            None,
        ),
        (
            payment(State.PENDING),
            Said(brief=BRIEF, trouble="AccessDenied: 5"),
            1,
            "DIFFERS  the bank says deposited",
            False,
        ),
        (payment(State.CAPTURED), Said(trouble="Unreachable: HTTP 502"), 2, "UNKNOWN  the bank could not be", None),
    ],
)
def test_only_the_long_word_makes_an_agreement(
    ours: Payment, said: Said, code: int, end: str, agrees: bool | None
) -> None:
    """A short word alone is exit 2, unless it differs already; and neither in words nor for a program it "agrees"."""
    found = differences(ours, said)
    assert ended([Asked(ours, "AB23CD45", said)]) == code
    assert beside(ours, "AB23CD45", said, found).splitlines()[-1].startswith(end)
    assert as_json(ours, "AB23CD45", said, found)["agrees"] is agrees


@pytest.mark.parametrize(
    ("ours", "brief", "told"),
    [
        (payment(State.CAPTURED), replace(BRIEF, deposited=Money(100_000)), "shows 1\u00a0000.00\u00a0₽ as charged"),
        (payment(State.CAPTURED), replace(BRIEF, amount=Money(1)), "is of 0.01\u00a0₽"),
        (payment(State.CAPTURED), replace(BRIEF, status=BankStatus.REFUNDED), "by our books nothing went back"),
        (payment(State.CAPTURED), replace(BRIEF, deposited=None), None),
        (payment(State.CAPTURED, back=100_000), replace(BRIEF, deposited=Money(150_000)), None),
        (payment(State.CAPTURED, reserved=100_000), replace(BRIEF, deposited=Money(150_000)), None),
    ],
)
def test_the_short_sums_count_where_they_are_sure(ours: Payment, brief: Brief, told: str | None) -> None:
    """What was charged, while nothing of it went back or is on its way there."""
    found = differences(ours, Said(brief=brief, trouble="AccessDenied: 5"))
    assert [told in one.what for one in found if told] == [True] * (told is not None)
    assert bool(found) is (told is not None)


def test_an_order_that_only_the_short_word_knows_is_a_difference() -> None:
    """Whatever our books say: one of the bank's two words is wrong."""
    (difference,) = differences(payment(State.LAPSED, reference=None), Said(brief=BRIEF, absent=True))
    assert "no such order in its long word, and says deposited" in difference.what


def test_the_banks_words_are_shown_without_anybodys_data() -> None:
    """Names, addresses and numbers go, wherever they stand; states and sums stay."""
    said = {
        "orderStatus": 2,
        "ip": "10.0.0.1",
        "cardAuthInfo": {"cardholderName": "MARIA PETROVA", "maskedPan": "411111**1111"},
        "payerData": {"email": "maria@example.com", "phone": "+79123456789"},
        "merchantOrderParams": [{"name": "email", "value": "maria"}, {"name": "note", "value": "call 89123456789"}],
    }
    found = masked(json.dumps(said).encode())
    shown = json.dumps(found)
    assert found["orderStatus"] == 2
    assert "411111**1111" in shown
    for secret in ("PETROVA", "10.0.0.1", "maria", "9123456789"):
        assert secret not in shown
    assert shown.count(HIDDEN) == 5


SOMEBODYS = """
    bindingId clientId cavv xid Ip ip mobilePhone fullName client.birth_date passport_number client.passport_number
    document_code documentType documentNo
"""


def test_what_is_somebodys_by_its_name_is_hidden() -> None:
    """As a field, and as a pair of name and value among an order's parameters and attributes."""
    for name in SOMEBODYS.split():
        assert masked(json.dumps({"deep": [{name: "x-7"}]}).encode()) == {"deep": [{name: HIDDEN}]}
        for pairs in ("merchantOrderParams", "attributes"):
            told = {pairs: [{"name": name, "value": "x-7"}, {"name": "visit", "value": "x-7"}]}
            shown = {pairs: [{"name": name, "value": HIDDEN}, {"name": "visit", "value": "x-7"}]}
            assert masked(json.dumps(told).encode()) == shown


def test_numbers_as_long_as_a_phone_are_sums_and_times_or_hidden() -> None:
    """A phone may come as a number, under any name; ten digits of kopecks and the milliseconds of an hour stay."""
    known = {
        "amount": 9_123_456_789,
        "date": 1_717_000_000_000,
        "paymentAmountInfo": {"depositedAmount": 9_123_456_789},
    }
    assert masked(json.dumps(known).encode()) == known
    told = {
        "customer": 79_123_456_789,
        "list": [9_123_456_789],
        "errorCode": 0,
        "nine": 123_456_789,
        "chargeback": True,
    }
    assert masked(json.dumps(told).encode()) == told | {"customer": HIDDEN, "list": [HIDDEN]}


def test_columns_stand_below_each_other() -> None:
    """As wide as their widest cell, and nothing after the last."""
    assert table([("", "ours"), ("state", "paid"), ("x", "")]) == "       ours\nstate  paid\nx"
