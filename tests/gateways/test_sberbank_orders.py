"""Reading an order: from the documented answers to facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from gateways.gateway import (
    BankOrder,
    BankRefund,
    BankStatus,
    CardFacts,
    Garbled,
    Refused,
    Response,
)
from gateways.money import Money
from tests.gateways.samples import (
    NUMBER,
    PAID,
    PART_REFUNDED,
    REFERENCE,
    REFUND,
    UNPAID,
    answer,
    bank,
    refusal,
)

ZERO = Money(0)
PRICE = Money(19900)


async def seen(response: Response, reference: str | None = REFERENCE) -> BankOrder:
    gateway, _ = bank(response)
    return await gateway.look(number=NUMBER, reference=reference)


async def test_an_unpaid_order_is_registered_and_empty() -> None:
    """An errorCode of 0 says nothing about money: the order is registered, and its amounts are zero."""
    body = answer(UNPAID)
    assert await seen(body) == BankOrder(
        NUMBER, REFERENCE, BankStatus.REGISTERED, PRICE, ZERO, ZERO, ZERO, action_code=-100, raw=body.body
    )


async def test_a_paid_order_says_when_and_with_which_card() -> None:
    """A paid order gives the amounts, the moment in UTC and no more of the card than its ends and its month."""
    order = await seen(answer(PAID))
    assert (order.status, order.captured, order.deposited, order.refunded) == (BankStatus.DEPOSITED, PRICE, PRICE, ZERO)
    assert order.card == CardFacts("VISA", "411111", "1111", "203412")
    assert order.paid_at == datetime(2024, 5, 29, 16, 28, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"chargeback": True}, True),
        ({"chargeback": "true"}, True),
        ({"chargeback": False, "cardAuthInfo": {"chargeback": True}}, True),
        ({"chargeback": False}, False),
        ({"chargeback": None}, False),
        ({"chargeback": "maybe", "cardAuthInfo": {"chargeback": 1}}, False),
    ],
)
async def test_a_chargeback_is_flagged_in_either_place(said: dict[str, object], expected: bool) -> None:
    """At the top or among the card's facts (gateway.md §4.2); absent or unreadable, it says nothing, and is no fault."""
    assert (await seen(answer(PAID | said))).chargeback is expected


async def test_a_partly_refunded_order_still_shows_what_was_captured() -> None:
    """After a refund the deposited amount has fallen; captured is deposited and refunded together."""
    order = await seen(answer(PART_REFUNDED))
    assert (order.status, order.deposited, order.captured) == (BankStatus.REFUNDED, Money(9900), PRICE)
    assert order.refunds == (BankRefund(Money(10000), "r-1", 0),)


async def test_the_new_dialect_lists_refunds_among_its_operations() -> None:
    """Where `refunds` is absent, the operations of type REFUND stand in for it, and no others."""
    body = {name: value for name, value in PART_REFUNDED.items() if name != "refunds"} | {
        "operations": [
            {"date": 1, "type": "AUTHORIZATION", "amount": 19900, "actionCode": 0},
            {"date": 2, "type": "REFUND", "amount": "10000", "externalRefundId": "rf_1", "actionCode": "0"},
        ]
    }
    assert (await seen(answer(body))).refunds == (BankRefund(Money(10000), "rf_1", 0),)


async def test_numbers_may_be_text_and_dates_words() -> None:
    """Numbers as text, an order number as a number and a date in words (all seen in the wild) do no harm."""
    body = PAID | {
        "errorCode": 0,
        "orderStatus": "2",
        "actionCode": "0",
        "amount": "19900",
        "currency": 643,
        "depositedDate": "2022-12-31 23:59:59",
        "orderNumber": 1001,
        "paymentAmountInfo": {"approvedAmount": "19900", "depositedAmount": "19900", "refundedAmount": "0"},
    }
    gateway, _ = bank(answer(body))
    order = await gateway.look(number="1001", reference=REFERENCE)
    assert (order.status, order.captured, order.paid_at) == (BankStatus.DEPOSITED, PRICE, None)


@pytest.mark.parametrize(
    ("number", "status"),
    [
        (0, BankStatus.REGISTERED),
        (1, BankStatus.HELD),
        (2, BankStatus.DEPOSITED),
        (3, BankStatus.REVERSED),
        (4, BankStatus.REFUNDED),
        (5, BankStatus.IN_PROGRESS),
        (6, BankStatus.DECLINED),
        (7, BankStatus.IN_PROGRESS),
        (8, BankStatus.IN_PROGRESS),
        (9, BankStatus.UNRECOGNISED),
        (-1, BankStatus.UNRECOGNISED),
        (100, BankStatus.UNRECOGNISED),
    ],
)
async def test_every_order_status_has_a_meaning(number: int, status: BankStatus) -> None:
    """Each status number has one meaning, and an unheard-of one is neither success nor failure."""
    assert (await seen(answer(PAID | {"orderStatus": number}))).status is status


@pytest.mark.parametrize(
    ("number", "approved", "deposited"),
    [(0, 0, 0), (1, 19900, 0), (2, 19900, 19900), (3, 19900, 0), (5, 0, 0), (6, 0, 0), (9, 0, 0)],
)
async def test_an_old_answer_implies_its_amounts(number: int, approved: int, deposited: int) -> None:
    """Installations of the first versions give no amounts: they follow from the status and the price."""
    body = {name: value for name, value in PAID.items() if name != "paymentAmountInfo"} | {"orderStatus": number}
    order = await seen(answer(body))
    assert (order.approved, order.deposited, order.refunded) == (Money(approved), Money(deposited), ZERO)


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in PAID.items() if key != name}


AMOUNTS = PAID["paymentAmountInfo"]


@pytest.mark.parametrize(
    "body",
    [
        without("orderNumber"),
        without("orderStatus"),
        without("amount"),
        without("currency"),
        PAID | {"currency": ""},
        PAID | {"currency": "036"},
        PAID | {"currency": True},
        PAID | {"orderStatus": True},
        PAID | {"orderStatus": 2.0},
        PAID | {"orderStatus": None},
        PAID | {"amount": 199.0},
        PAID | {"amount": "199.00"},
        PAID | {"amount": -19900},
        PAID | {"amount": "1e4"},
        PAID | {"amount": True},
        PAID | {"amount": 10**13},
        PAID | {"paymentAmountInfo": []},
        PAID | {"paymentAmountInfo": {}},
        PAID | {"paymentAmountInfo": AMOUNTS | {"depositedAmount": None}},
        PAID | {"paymentAmountInfo": AMOUNTS | {"depositedAmount": 19900.5}},
        PAID | {"paymentAmountInfo": AMOUNTS | {"depositedAmount": -1}},
        PAID | {"paymentAmountInfo": AMOUNTS | {"refundedAmount": False}},
        PAID | {"actionCode": "ok"},
        PAID | {"refunds": {"amount": 1}},
        PAID | {"refunds": [{"externalRefundId": "r-1"}]},
        PAID | {"attributes": "mdOrder"},
        PAID
        | {"attributes": [{"name": "mdOrder", "value": REFERENCE}, {"name": "mdOrder", "value": REFERENCE.upper()}]},
        without("paymentAmountInfo") | {"orderStatus": 4},
        PAID | {"orderNumber": "pay_another"},
        PAID | {"orderNumber": NUMBER.lower()},
        PAID | {"orderNumber": f"{NUMBER} "},
        PAID | {"attributes": [{"name": "mdOrder", "value": "ed6f3abf-cea0-427e-afdf-0ba43ead124f"}]},
    ],
)
async def test_an_order_that_lacks_a_part_or_is_anothers_is_garbled(body: dict[str, Any]) -> None:
    """A missing or senseless part of what we use, or another order's numbers, make the whole answer unbelievable."""
    with pytest.raises(Garbled):
        await seen(answer(body))


@pytest.mark.parametrize(
    "attributes",
    [[{"name": "mdOrder", "value": REFERENCE}], {"mdOrder": REFERENCE, "qrcId": "AD1"}],
)
async def test_a_lost_reference_is_found_by_number(attributes: object) -> None:
    """After a lost registration the order is found by our number, and the answer brings the bank's own id."""
    assert (await seen(answer(PAID | {"attributes": attributes}), reference=None)).reference == REFERENCE


async def test_without_any_reference_the_order_is_garbled() -> None:
    """An answer by number that lacks the bank's id cannot be worked with; with the id known it can."""
    with pytest.raises(Garbled):
        await seen(answer(without("attributes")), reference=None)
    assert (await seen(answer(without("attributes")))).reference == REFERENCE


@pytest.mark.parametrize(("currency", "letters"), [("643", "RUB"), ("810", "RUB"), (810, "RUB"), ("933", "BYN")])
async def test_the_currency_is_reported_as_letters(currency: object, letters: str) -> None:
    """The old rouble's number is the rouble; other currencies are reported for the caller to compare."""
    assert (await seen(answer(PAID | {"currency": currency}))).amount == Money(19900, letters)


@pytest.mark.parametrize(
    ("info", "card"),
    [
        ({"maskedPan": "411111**1111", "paymentSystem": "VISA"}, CardFacts("VISA", "411111", "1111")),
        ({"maskedPan": "220138*******0047", "paymentSystem": "MIR"}, CardFacts("MIR", "220138", "0047")),
        ({"maskedPan": "4000 00** ******02", "paymentSystem": "VISA"}, CardFacts("VISA", "400000", None)),
        ({"pan": "5555555****5599", "paymentSystem": "MASTERCARD"}, CardFacts("MASTERCARD", "555555", "5599")),
        ({"pan": "XXXXXXXXXXXX1111"}, CardFacts(None, None, "1111")),
        ({"paymentSystem": "Undefined"}, None),
        ({"paymentSystem": ["<script>"], "maskedPan": {"a": 1}}, CardFacts(None, None, None)),
        ({"approvalCode": "1"}, None),
        ("none of your business", None),
    ],
)
async def test_a_card_is_known_by_its_ends(info: object, card: CardFacts | None) -> None:
    """Masks come in many shapes; only whole ends are taken, and a strange block never spoils the answer."""
    assert (await seen(answer(PAID | {"cardAuthInfo": info}))).card == card


async def test_staff_see_the_banks_words_without_control_characters() -> None:
    """A refusal keeps the bank's words for staff, cut to a sane length and cleaned of what could forge log lines."""
    gateway, _ = bank(refusal("5", "Неверная\r\nсумма\x1b[31m" + "!" * 1000))
    with pytest.raises(Refused) as caught:
        await gateway.refund(REFUND)
    assert caught.value.message.startswith("Невернаясумма[31m!")
    assert len(caught.value.message) == 300


def test_an_order_does_not_print_its_raw_answer() -> None:
    """The raw answer holds a person's data: printing an order or a response does not show it."""
    order = BankOrder(NUMBER, REFERENCE, BankStatus.DEPOSITED, PRICE, PRICE, PRICE, ZERO, raw=b"IVAN IVANOV")
    assert "IVAN" not in repr(order)
    assert "IVAN" not in repr(replace(answer(PAID)))
