"""Payment in two stages at the bank: held, completed, released, dead; cards that are only checked."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from gateways.sandbox import Dialect, Kind, Outcome, Status, pay
from gateways.sandbox.clock import MOSCOW
from tests.sandbox.rehearsal import (
    CHALLENGE,
    FRICTIONLESS,
    NO_MONEY,
    NOON,
    REFUSED,
    answer_challenge,
    bank,
    call,
    deliver,
    held,
    kinds,
    paid,
    register,
    status,
)

BOTH = pytest.mark.parametrize("dialect", Dialect)
DAY = 86_400


def sums(answer: dict[str, Any]) -> tuple[str, int, int, int]:
    """`paymentState` and the three amounts of a status."""
    info = answer["paymentAmountInfo"]
    return info["paymentState"], info["approvedAmount"], info["depositedAmount"], info["refundedAmount"]


@BOTH
def test_a_paid_preauthorisation_is_a_hold(dialect: Dialect) -> None:
    """Status 1, approved, nothing deposited; the merchant is told `approved`."""
    here = bank()
    order = held(here, dialect=dialect)
    answer = status(here, order, dialect)
    assert answer["orderStatus"] == 1
    assert sums(answer) == ("APPROVED", 19900, 0, 0)
    assert "depositedDate" not in answer
    assert answer["cardAuthInfo"]["approvalCode"]
    assert [(one.operation, one.succeeded) for one in deliver(here)] == [("approved", True)]
    assert here.journal.totals() == {}


@BOTH
@pytest.mark.parametrize(("asked", "charged"), [(0, 19900), (19900, 19900), (5000, 5000)])
def test_a_completion_charges_what_it_says_and_releases_the_rest(dialect: Dialect, asked: int, charged: int) -> None:
    """0 is all of it; afterwards there is status 2, money in the journal, and a call `deposited`."""
    here = bank()
    order = held(here, dialect=dialect)
    assert call(here, "deposit.do", dialect, orderId=order.id, amount=asked)["errorCode"] == "0"
    answer = status(here, order, dialect)
    assert answer["orderStatus"] == 2
    assert sums(answer) == ("DEPOSITED", 19900, charged, 0)
    assert answer["depositedDate"] == NOON * 1000
    assert [(one.operation, one.succeeded) for one in deliver(here)] == [("approved", True), ("deposited", True)]
    assert here.journal.totals()[order.id].kept == charged
    if dialect is Dialect.ECOM:
        assert [line["type"] for line in answer["operations"]] == ["PREAUTHORIZATION", "COMPLETION"]


COMPLETIONS = [
    ({}, ("5", "[amount] не задан"), ("4", "[amount] не задан")),
    ({"amount": 19901}, ("5", "Неверная сумма"), ("5", "Сумма завершения превышает сумму холдирования")),
    ({"amount": 99}, ("7", "Неверная сумма депозита (менее одного рубля)"), None),
    ({"amount": -1}, ("5", "Неверная сумма"), ("5", "Неверная сумма")),
]


@BOTH
@pytest.mark.parametrize(("params", "old", "new"), COMPLETIONS)
def test_completions_that_cannot_be(
    dialect: Dialect, params: dict[str, Any], old: tuple[str, str], new: tuple[str, str] | None
) -> None:
    """Each with its code; only the old dialect insists on a rouble."""
    here = bank()
    order = held(here, dialect=dialect)
    answer = call(here, "deposit.do", dialect, orderId=order.id, **params)
    expected = old if dialect is Dialect.LEGACY else new
    assert (answer["errorCode"], answer["errorMessage"]) == (expected or ("0", answer["errorMessage"]))
    assert order.status is (Status.APPROVED if expected else Status.DEPOSITED)


@BOTH
def test_the_rest_of_a_completed_hold_is_refunded_up_to_what_was_charged(dialect: Dialect) -> None:
    """What was never charged cannot come back."""
    here = bank()
    order = held(here, dialect=dialect)
    call(here, "deposit.do", dialect, orderId=order.id, amount=5000)
    assert call(here, "refund.do", dialect, orderId=order.id, amount=5001)["errorCode"] == "7"
    assert call(here, "refund.do", dialect, orderId=order.id, amount=5000)["errorCode"] == "0"
    assert here.journal.totals()[order.id].kept == 0


@BOTH
def test_a_part_of_a_cart_is_completed_with_its_lines(dialect: Dialect) -> None:
    """Without them, or with a sum of theirs that is another, nothing is charged."""

    def rows(kopecks: int) -> dict[str, Any]:
        row = {"positionId": "1", "name": "Консультация", "quantity": {"value": 1}, "itemPrice": kopecks}
        return {"items": [row | {"itemAmount": kopecks}]}

    def cart(kopecks: int) -> dict[str, Any]:
        if dialect is Dialect.LEGACY:
            return {"depositItems": json.dumps(rows(kopecks))}
        return {"orderBundle": {"cartItems": rows(kopecks)}}

    whole = {"cartItems": rows(19900)}
    bundle = json.dumps(whole) if dialect is Dialect.LEGACY else whole
    here = bank()
    order = held(here, dialect=dialect, orderBundle=bundle)
    for given in ({}, cart(4999)):
        assert call(here, "deposit.do", dialect, orderId=order.id, amount=5000, **given)["errorCode"] == "8"
    assert call(here, "deposit.do", dialect, orderId=order.id, amount=5000, **cart(5000))["errorCode"] == "0"
    assert order.deposited == 5000


@BOTH
def test_a_released_hold_moved_no_money(dialect: Dialect) -> None:
    """Status 3, approved as it was, nothing charged, on any later day too."""
    here = bank()
    order = held(here, dialect=dialect)
    here.advance(2 * DAY)
    assert call(here, "reverse.do", dialect, orderId=order.id)["errorCode"] == "0"
    assert sums(status(here, order, dialect)) == ("REVERSED", 19900, 0, 0)
    assert [one.operation for one in deliver(here)] == ["approved", "reversed"]
    assert here.journal.totals() == {}


@BOTH
def test_a_hold_is_released_in_part_once_by_permission(dialect: Dialect) -> None:
    """The rest stays held and is completed up to what is left; a second part is refused."""
    here = bank(partial_reverse=True)
    order = held(here, dialect=dialect)
    assert call(here, "reverse.do", dialect, orderId=order.id, amount=9900)["errorCode"] == "0"
    assert sums(status(here, order, dialect)) == ("APPROVED", 10000, 0, 0)
    again = call(here, "reverse.do", dialect, orderId=order.id, amount=100)
    if dialect is Dialect.ECOM:
        assert (again["errorCode"], again["errorMessage"]) == (
            "5",
            "Нельзя провести частичную отмену более одного раза",
        )
    else:
        assert again["errorCode"] == "7"
    assert call(here, "deposit.do", dialect, orderId=order.id, amount=10001)["errorCode"] == "5"
    assert call(here, "deposit.do", dialect, orderId=order.id, amount=10000)["errorCode"] == "0"


@BOTH
def test_without_permission_a_part_is_refused_and_the_one_chance_is_spent(dialect: Dialect) -> None:
    """A failed reversal bars those that follow: the hold can only be completed, or die."""
    here = bank()
    order = held(here, dialect=dialect)
    assert call(here, "reverse.do", dialect, orderId=order.id, amount=1)["errorCode"] == "5"
    assert call(here, "reverse.do", dialect, orderId=order.id)["errorCode"] == "7"
    assert order.status is Status.APPROVED


@BOTH
def test_a_hold_that_nobody_completes_dies(dialect: Dialect) -> None:
    """After the merchant's number of days the sum is the payer's again, and the merchant is told."""
    here = bank(hold_days=5)
    order = held(here, dialect=dialect)
    here.advance(5 * DAY - 1)
    assert order.status is Status.APPROVED
    here.advance(1)
    assert status(here, order, dialect)["orderStatus"] == 3
    assert kinds(here)[-1] is Kind.RELEASED
    assert deliver(here)[-1].operation == "reversed"


def test_a_completed_hold_does_not_die() -> None:
    """Money that was charged stays."""
    here = bank(hold_days=5)
    order = held(here)
    call(here, "deposit.do", orderId=order.id, amount=0)
    here.advance(6 * DAY)
    assert (order.status, order.deposited) == (Status.DEPOSITED, 19900)


@BOTH
def test_a_hold_is_completed_by_the_banks_own_clockwork(dialect: Dialect) -> None:
    """At `autocompletionDate`, if it is still held, as a whole; and the bank knows beforehand when it will be busy."""
    at = datetime.fromtimestamp(NOON, MOSCOW) + timedelta(hours=3)
    here = bank()
    order = held(here, dialect=dialect, autocompletionDate=f"{at:%Y-%m-%dT%H:%M:%S}")
    gone = held(here, "A-2", dialect, autocompletionDate=f"{at:%Y-%m-%dT%H:%M:%S}")
    call(here, "reverse.do", dialect, orderId=gone.id)
    deliver(here)
    here.advance(1201)
    assert here.next_event() == at.timestamp()
    here.advance(3 * 3600)
    assert (order.status, order.deposited) == (Status.DEPOSITED, 19900)
    assert gone.status is Status.REVERSED
    assert deliver(here)[-1].operation == "deposited"


@BOTH
def test_a_date_nobody_can_read_is_refused(dialect: Dialect) -> None:
    """As any wrong parameter is; register.do knows no such date and ignores it."""
    here = bank()
    asked = {"orderNumber": "A-1", "amount": 100, "returnUrl": "https://shop.test/", "autocompletionDate": "soon"}
    assert call(here, "registerPreAuth.do", dialect, **asked)["errorCode"] == "5"
    assert "orderId" in call(here, "register.do", dialect, **asked)


@BOTH
def test_a_refused_card_of_two_stages_is_told_as_not_approved(dialect: Dialect) -> None:
    """`approved`, status 0: the operation that did not come about."""
    here = bank()
    order = register(here, dialect=dialect, method="registerPreAuth.do")
    pay(here, order, NO_MONEY)
    answer_challenge(here, order)
    assert [(one.operation, one.succeeded) for one in deliver(here)] == [("approved", False)]


@BOTH
@pytest.mark.parametrize("amount", [0, 100])
@pytest.mark.parametrize("method", ["register.do", "registerPreAuth.do"])
def test_a_card_is_checked_without_being_charged(dialect: Dialect, amount: int, method: str) -> None:
    """VERIFY ends in 3 at once; a sum of nothing is taken with it alone."""
    here = bank()
    order = register(here, dialect=dialect, method=method, amount=amount, features="VERIFY")
    assert pay(here, order, FRICTIONLESS).outcome is Outcome.FINISHED
    assert status(here, order, dialect)["orderStatus"] == 3
    assert (kinds(here)[-1], here.journal.totals()) == (Kind.VERIFIED, {})
    plain = {"orderNumber": "A-2", "amount": 0, "returnUrl": "https://shop.test/"}
    assert call(here, "register.do", dialect, **plain)["errorCode"] == "5"


@BOTH
def test_a_card_that_fails_the_check_is_declined(dialect: Dialect) -> None:
    """The check is a real authorisation."""
    here = bank()
    order = register(here, dialect=dialect, amount=100, features="VERIFY")
    assert pay(here, order, REFUSED).outcome is Outcome.RETRY


CLASHES = [
    ({"auto_payments": True}, "AUTO_PAYMENT;FORCE_TDS", "13", "14"),
    ({}, "AUTO_PAYMENT", "13", "5"),
    ({"verifies": False}, "VERIFY", "13", "5"),
    ({}, "VERIFY;NO_SUCH", "14", "14"),
]


@BOTH
@pytest.mark.parametrize(("contract", "features", "old", "new"), CLASHES)
def test_features_need_permission_and_must_agree(
    dialect: Dialect, contract: dict[str, Any], features: str, old: str, new: str
) -> None:
    """Each complaint has its code."""
    here = bank(**contract)
    asked = {"orderNumber": "A-1", "amount": 100, "returnUrl": "https://shop.test/", "features": features}
    answer = call(here, "register.do", dialect, **asked)
    assert answer["errorCode"] == (old if dialect is Dialect.LEGACY else new)


def test_features_may_be_repeated_in_a_form() -> None:
    """The old dialect names them one by one."""
    here = bank()
    order = register(here, features=["VERIFY", "FORCE_SSL"])
    assert order.request.features == {"VERIFY", "FORCE_SSL"}


ATTEMPT = FRICTIONLESS.__class__("4000001111111118", "203012", "123")
NOT_ENROLLED = FRICTIONLESS.__class__("2200000000000038", "203412", "123")
EFFECTS = [
    ("FORCE_SSL", CHALLENGE, Status.DEPOSITED, 0),
    ("FORCE_SSL", REFUSED, Status.DEPOSITED, 0),
    ("FORCE_TDS", NOT_ENROLLED, Status.CREATED, -2011),
    ("FORCE_TDS", ATTEMPT, Status.DEPOSITED, 0),
    ("FORCE_FULL_TDS", NOT_ENROLLED, Status.CREATED, -2011),
    ("FORCE_FULL_TDS", ATTEMPT, Status.CREATED, -2025),
    ("FORCE_FULL_TDS", FRICTIONLESS, Status.DEPOSITED, 0),
    ("FORCE_FULL_TDS", CHALLENGE, Status.AT_ACS, -100),
]


@pytest.mark.parametrize(("features", "card", "after", "code"), EFFECTS)
def test_features_say_how_much_3_d_secure_there_is(features: str, card: Any, after: Status, code: int) -> None:
    """None, enrolled cards alone, or the holder's own confirmation alone."""
    here = bank()
    order = register(here, features=features)
    pay(here, order, card)
    assert (order.status, order.action_code) == (after, code)


def test_one_stage_is_as_it_was() -> None:
    """No hold, no completion: charged at once."""
    here = bank()
    order = paid(here)
    assert (order.status, order.deposited) == (Status.DEPOSITED, 19900)
    assert Kind.HELD not in kinds(here)
