"""Small calls of the old dialect: parameters added later, the newest orders, a question about a card."""

from __future__ import annotations

from typing import Any

import pytest

from gateways.sandbox import pay
from tests.sandbox.rehearsal import NO_MONEY, answer_challenge, bank, call, paid, register, status


def test_parameters_are_added_and_written_over() -> None:
    """What is added stands in the status beside what was there; the answer's code is the number 0."""
    shop = bank()
    order = register(shop, jsonParams='{"visit":"7","room":"1"}')
    added = call(shop, "addParams.do", orderId=order.id, params='{"room":"12","floor":3}')
    assert (added["errorCode"], added["errorMessage"]) == (0, "Успешно")
    told = {row["name"]: row["value"] for row in status(shop, order)["merchantOrderParams"]}
    assert told == {"visit": "7", "room": "12", "floor": "3"}


@pytest.mark.parametrize("params", ["", "{}", "[]", "nonsense", '{"k":"' + "x" * 1025 + '"}'])
def test_parameters_that_are_none_are_refused(params: str) -> None:
    """Nothing, no JSON, no object, or a value that is too long: code 5, and the order is as it was."""
    shop = bank()
    order = register(shop)
    assert call(shop, "addParams.do", orderId=order.id, params=params)["errorCode"] == "5"
    assert status(shop, order)["merchantOrderParams"] == []


def test_the_newest_orders_by_state_and_page() -> None:
    """The states that were asked for, newest first, a page at a time; the outer code is a number, the inner ones text."""
    shop = bank()
    for number in ("A-1", "A-2", "A-3"):
        paid(shop, number)
    register(shop, "A-4")
    asked: dict[str, Any] = {"from": "20260520000000", "to": "20260520235959", "size": 2}
    asked["transactionStates"] = "DEPOSITED,REFUNDED"
    first = call(shop, "getLastOrdersForMerchants.do", **asked)
    assert (first["errorCode"], first["totalCount"], first["page"], first["pageSize"]) == (0, 3, 0, 2)
    assert [order["orderNumber"] for order in first["orderStatuses"]] == ["A-3", "A-2"]
    assert {order["errorCode"] for order in first["orderStatuses"]} == {"0"}
    second = call(shop, "getLastOrdersForMerchants.do", **asked, page=1)
    assert [order["orderNumber"] for order in second["orderStatuses"]] == ["A-1"]


def test_the_newest_orders_need_their_bounds() -> None:
    """A missing bound or state is code 5; an hour outside of the bounds finds nothing."""
    shop = bank()
    paid(shop)
    assert call(shop, "getLastOrdersForMerchants.do", transactionStates="DEPOSITED")["errorCode"] == "5"
    bounds: dict[str, Any] = {"from": "20260521000000", "to": "20260522000000"}
    assert call(shop, "getLastOrdersForMerchants.do", **bounds)["errorCode"] == "5"
    later = call(shop, "getLastOrdersForMerchants.do", **bounds, transactionStates="DEPOSITED")
    assert (later["totalCount"], later["orderStatuses"]) == (0, [])
    wrong = call(shop, "getLastOrdersForMerchants.do", **bounds | {"to": "tomorrow"}, transactionStates="DEPOSITED")
    assert wrong["errorMessage"] == "[to] неверен"


def test_a_declined_order_is_found_by_the_time_of_its_attempt() -> None:
    """By the time of the last attempt, or by that of the registration where that is wanted."""
    shop = bank(attempts=1)
    order = register(shop)
    shop.advance(600)
    pay(shop, order, NO_MONEY)
    answer_challenge(shop, order)
    late: dict[str, Any] = {"from": "20260520120500", "to": "20260520130000", "transactionStates": "DECLINED"}
    assert call(shop, "getLastOrdersForMerchants.do", **late)["totalCount"] == 1
    assert call(shop, "getLastOrdersForMerchants.do", **late, searchByCreatedDate="true")["totalCount"] == 0


@pytest.mark.parametrize(
    ("pan", "enrolled", "new"),
    [
        ("4111111111111111", "Y", True),
        ("4006800900962514", "Y", False),
        ("2200000000000038", "N", False),
        ("4276990011343663", "U", False),
    ],
)
def test_whether_a_card_takes_part_in_3d_secure(pan: str, enrolled: str, new: bool) -> None:
    """Yes, no, or its bank would not say; under both names of the field."""
    told = call(bank(), "verifyEnrollment.do", pan=pan)
    assert (told["isEnrolled"], told["enrolled"], told["is3DSVer2"]) == (enrolled, enrolled, new)
    assert told["errorCode"] == "0"


@pytest.mark.parametrize("pan", ["", "4111111111111112", "card"])
def test_a_number_that_is_no_card_is_refused(pan: str) -> None:
    """A missing number, one that fails its check digit, and words."""
    assert call(bank(), "verifyEnrollment.do", pan=pan)["errorCode"] == "5"


def test_the_list_of_cards_without_confirmation() -> None:
    """An order that exists is fine, by the name in lower case; one that does not is code 6."""
    shop = bank()
    assert call(shop, "updateSSLCardList.do", mdorder=paid(shop).id)["errorCode"] == "0"
    assert call(shop, "updateSSLCardList.do", mdorder="nothing")["errorCode"] == "6"
