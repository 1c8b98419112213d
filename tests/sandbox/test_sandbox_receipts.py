"""Carts and receipts at the bank: what it refuses, when it prints, and what it can be asked afterwards."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateways.sandbox import Bank, Dialect, WireRequest, dispatch
from tests.sandbox.live import CARD, world
from tests.sandbox.rehearsal import CREDENTIALS, ask, bank, call, paid, register, status

LEGACY, ECOM = Dialect.LEGACY, Dialect.ECOM
ROW: dict[str, Any] = {
    "positionId": "1",
    "name": "Приём",
    "quantity": {"value": 2, "measure": "шт"},
    "itemPrice": 9950,
    "itemAmount": 19900,
    "itemCode": "A",
    "itemCurrency": "643",
    "tax": {"taxType": 0},
}
WORDS = {"paymentMethod": "full_prepayment", "paymentObject": "4", "quantity": {"value": 2, "measure": "0"}}
PRINTED: dict[str, Any] = {
    "ffdVersion": "1.2",
    "receiptType": "sell",
    "company": {"email": "a@example.com", "sno": "osn", "inn": "7707083893", "paymentAddress": "https://a.example"},
    "payments": [{"type": 1, "sum": 19900}],
    "total": 19900,
}


def cart(*rows: dict[str, Any], dialect: Dialect = LEGACY) -> Any:
    """As the dialect wants it."""
    items = {"cartItems": {"items": list(rows)}}
    if dialect is LEGACY:
        return json.dumps(items)
    return PRINTED | {"cartItems": {"items": [row | WORDS for row in rows]}}


def ofd(here: Bank, method: str, **params: Any) -> tuple[int, dict[str, Any]]:
    """A call to the new dialect's place for receipts: HTTP status and answer."""
    body = json.dumps(CREDENTIALS | params).encode()
    path = f"/ecomm/gw/partner/api/ofd/v1/{method}"
    reply = dispatch(here, WireRequest("POST", path, "", "application/json", body))
    answer: dict[str, Any] = json.loads(reply.body)
    return reply.status, answer


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"itemPrice": 9951}, "5", "Несоответствие между"),
        (
            {"itemAmount": 19899, "itemPrice": 19899, "quantity": {"value": 1, "measure": "0"}},
            "8",
            "не совпадает с общей суммой",
        ),
        ({"itemCurrency": "840"}, "8", "Валюта в Корзине"),
        ({"quantity": {"value": "0.0001"}}, "8", "Неверный формат"),
        ({"quantity": {"value": 0}}, "8", "Неверный формат"),
        ({"name": ""}, "8", "Неверный формат"),
        ({"quantity": None}, "8", "Неверный формат"),
    ],
)
@pytest.mark.parametrize("dialect", Dialect)
def test_a_cart_that_is_none_is_refused_in_the_documents_words(
    dialect: Dialect, change: dict[str, Any], code: str, words: str
) -> None:
    """And nothing was registered."""
    here = bank()
    row = ROW | change
    if dialect is ECOM and "quantity" in change:
        wrong = PRINTED | {"cartItems": {"items": [ROW | WORDS | change]}}
    else:
        wrong = cart(row, dialect=dialect)
    params = {"orderNumber": "A-1", "amount": 19900, "returnUrl": "https://shop.test/back", "email": "a@example.com"}
    answer = call(here, "register.do", dialect, **params, orderBundle=wrong)
    assert answer["errorCode"] == code
    assert words in answer["errorMessage"]
    assert not here.orders


def test_two_rows_of_one_number_are_no_cart() -> None:
    """`positionId` is each row's own."""
    params: dict[str, Any] = {"orderNumber": "A-1", "amount": 39800, "returnUrl": "https://shop.test/back"}
    assert call(bank(), "register.do", **params, orderBundle=cart(ROW, ROW))["errorCode"] == "8"


@pytest.mark.parametrize("missing", ["company", "payments", "total"])
def test_the_new_dialect_prints_nothing_without_the_seller(missing: str) -> None:
    """Every mandatory part of a receipt has to be there, and somewhere to send it."""
    whole = cart(ROW, dialect=ECOM)
    params = {"orderNumber": "A-1", "amount": 19900, "returnUrl": "https://shop.test/back"}
    partly = {name: part for name, part in whole.items() if name != missing}
    assert call(bank(), "register.do", ECOM, **params, email="a@b.ru", orderBundle=partly)["errorCode"] == "8"
    assert call(bank(), "register.do", ECOM, **params, orderBundle=whole)["errorCode"] == "8"
    assert call(bank(), "register.do", ECOM, **params, email="a@b.ru", orderBundle=whole)["errorCode"] == "0"


def test_the_old_dialect_prints_after_a_while() -> None:
    """Sent at once, delivered when the printer is done; both names of its time are there."""
    here = bank(receipt_seconds=60)
    order = paid(here, orderBundle=cart(ROW))
    (waiting,) = call(here, "getReceiptStatus.do", orderId=order.id)["receipt"]
    assert (waiting["receiptStatus"], "fiscal_document_number" in waiting) == (0, False)
    here.advance(60)
    (ready,) = call(here, "getReceiptStatus.do", orderNumber=order.number)["receipt"]
    assert (ready["receiptStatus"], ready["uuid"], ready["amount_total"]) == (1, waiting["uuid"], "199.00")
    assert str(ready["receipt_date_time"]) == ready["receipt_datetime"]
    assert call(here, "getReceiptStatus.do", uuid=ready["uuid"])["orderId"] == order.id


def test_the_new_dialect_waits_sends_and_prints() -> None:
    """Statuses 1, 2, 3, at a place whose answers have no errorCode."""
    here = bank(receipt_seconds=60)
    order = paid(here, dialect=ECOM, email="a@example.com", orderBundle=cart(ROW, dialect=ECOM))
    told = []
    for _ in range(3):
        code, answer = ofd(here, "getReceiptStatus", orderId=order.id)
        assert (code, "errorCode" in answer) == (200, False)
        told.append(answer["receipts"][0]["receiptStatus"])
        here.advance(30)
    assert told == [1, 2, 3]


def test_an_order_without_a_cart_has_no_receipts() -> None:
    """Nor has one of the new dialect whose cart does not say what kind of receipt it is."""
    here = bank()
    plain = paid(here, "A-1")
    assert call(here, "getReceiptStatus.do", orderId=plain.id)["receipt"] == []
    silent = {"cartItems": {"items": [ROW]}}
    other = paid(here, "A-2", ECOM, orderBundle=silent)
    assert ofd(here, "getReceiptStatus", orderId=other.id)[1]["receipts"] == []


@pytest.mark.parametrize(
    ("method", "params"), [("getReceiptStatus", {"orderId": "x"}), ("retryReceipt", {"receiptId": "x"})]
)
def test_whatever_is_unknown_is_404_there(method: str, params: dict[str, str]) -> None:
    """With the bank's words and no errorCode."""
    code, answer = ofd(bank(), method, **params)
    assert (code, set(answer)) == (404, {"message"})


def test_a_refund_names_its_rows_and_the_cart_shrinks() -> None:
    """What is left of the cart is told beside the cart as it was."""
    here = bank()
    order = paid(here, orderBundle=cart(ROW))
    part = ROW | {"quantity": {"value": 1}, "itemAmount": 9950}
    wrong = call(here, "refund.do", orderId=order.id, amount=100, refundItems=json.dumps({"items": [part]}))
    assert (wrong["errorCode"], order.refunded) == ("8", 0)
    right = call(here, "refund.do", orderId=order.id, amount=9950, refundItems=json.dumps({"items": [part]}))
    assert right["errorCode"] == "0"
    said = status(here, order)
    assert said["orderBundle"]["cartItems"]["items"] == [ROW]
    assert [row["itemAmount"] for row in said["ofdOrderBundle"]] == [9950]
    assert [one["receiptStatus"] for one in call(here, "getReceiptStatus.do", orderId=order.id)["receipt"]] == [0, 3]


def test_the_full_settlement_may_be_printed_in_parts_and_never_over_what_is_left() -> None:
    """By the bank's id or by the order's number."""
    here = bank()
    order = paid(here, orderBundle=cart(ROW))
    half = cart(ROW | {"quantity": {"value": 1}, "itemAmount": 9950})
    names: list[dict[str, Any]] = [{"mdOrder": order.id}, {"orderNumber": order.number}]
    for named in names:
        assert call(here, "closeOfdReceipt.do", **named, amount=9950, orderBundle=half)["errorCode"] == "0"
    call(here, "refund.do", orderId=order.id, amount=0)
    assert call(here, "closeOfdReceipt.do", mdOrder=order.id, amount=9950, orderBundle=half)["errorCode"] == "7"
    assert call(here, "closeOfdReceipt.do", mdOrder=order.id, amount=9950)["errorCode"] == "5"


def test_a_part_of_a_cart_may_be_barred_on_the_day_of_payment() -> None:
    """A knob; the whole, and a part on the next day, go through."""
    here = bank(refund_same_day_cart=False)
    order = paid(here, orderBundle=cart(ROW))
    part: dict[str, Any] = {"orderId": order.id, "amount": 100}
    assert call(here, "refund.do", **part)["errorCode"] == "7"
    here.advance(86_400)
    assert call(here, "refund.do", **part)["errorCode"] == "0"
    whole = paid(here, "A-2", orderBundle=cart(ROW))
    assert call(here, "refund.do", orderId=whole.id, amount=19900)["errorCode"] == "0"


def test_only_what_failed_is_printed_again() -> None:
    """A receipt that stands, or that is still being printed, is not."""
    here = bank(receipt_seconds=10)
    order = paid(here, dialect=ECOM, email="a@example.com", orderBundle=cart(ROW, dialect=ECOM))
    (receipt,) = ofd(here, "getReceiptStatus", orderId=order.id)[1]["receipts"]
    assert ofd(here, "retryReceipt", receiptId=receipt["receiptId"])[0] == 400
    here.receipts.spoil(order, fail=True)
    here.advance(10)
    (failed,) = ofd(here, "getReceiptStatus", orderId=order.id)[1]["receipts"]
    assert (failed["receiptStatus"], "text" in failed["error"]) == (4, True)
    here.receipts.spoil(order, fail=False)
    assert ofd(here, "retryReceipt", receiptId=receipt["receiptId"])[0] == 200
    here.advance(10)
    assert ofd(here, "getReceiptStatus", receiptId=receipt["receiptId"])[1]["receipts"][0]["receiptStatus"] == 3


def test_another_merchants_receipt_does_not_exist() -> None:
    """Whichever way it is asked for."""
    here = bank()
    order = paid(here, orderBundle=cart(ROW))
    (receipt,) = here.receipts.by_order[order.id]
    here.merchants["other-api"] = type(order.merchant)(login="other-api")
    stranger: dict[str, Any] = {"userName": "other-api", "password": "sandbox"}
    assert json.loads(ask(here, "getReceiptStatus.do", **stranger, uuid=receipt.id).body)["errorCode"] == "5"
    assert ofd(here, "getReceiptStatus", **stranger, receiptId=receipt.id)[0] == 404


async def test_a_tester_reads_the_receipts_and_breaks_the_printer() -> None:
    """By the control interface: what was printed, and whatever is printed from now on fails."""
    async with world() as here:
        made = await here.register("A-1", amount=19900, orderBundle=cart(ROW))
        assert (await here.control("POST", "receipts/A-1", {"fail": True}))[0] == 204
        await here.post(made["formUrl"], CARD)
        await here.control("POST", "clock", {"advance_seconds": 60})
        _, told = await here.control("GET", "receipts/A-1")
        assert [(one["kind"], one["state"], one["amount"]) for one in told["receipts"]] == [
            ("payment", "failed", 19900)
        ]
        assert (await here.control("POST", "receipts/A-1", {"fail": "yes"}))[0] == 400
        assert (await here.control("GET", "receipts/A-9"))[0] == 404


def test_the_register_of_the_old_dialect_takes_the_cart_as_text() -> None:
    """An object in a form is no cart."""
    here = bank()
    assert register(here, "A-1", orderBundle=cart(ROW)).request.cart == {"cartItems": {"items": [ROW]}}
