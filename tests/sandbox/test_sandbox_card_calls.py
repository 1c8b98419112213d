"""Paying by call: the card goes to the bank straight from the shop, in both dialects."""

from __future__ import annotations

from typing import Any

import pytest

from gateways.sandbox import Bank, Dialect, Fault, Order, Rule, Scope, Status
from gateways.sandbox.orders import OperationType
from tests.sandbox.rehearsal import RETURN_URL, ask, bank, call, register, status

PLAIN: dict[str, Any] = {"$PAN": "2200000000000038", "$CVC": "123", "$EXPIRY": "203412", "TEXT": "IVAN IVANOV"}
OLD_SECURE = PLAIN | {"$PAN": "5469980100048525", "$CVC": "041", "$EXPIRY": "202605"}
NEW_SECURE = PLAIN | {"$PAN": "5555555555555599"}
FRICTIONLESS = PLAIN | {"$PAN": "4111111111111111"}
FAILING = PLAIN | {"$PAN": "4276990011343663"}


def tried(shop: Bank, order: Order, card: dict[str, Any], **more: Any) -> dict[str, Any]:
    return call(shop, "paymentOrder.do", MDORDER=order.id, **card, **more)


def test_a_card_without_confirmation_pays_at_once() -> None:
    """The answer leads back to the shop; the name of the method is taken in both spellings."""
    shop = bank()
    order = register(shop)
    told = call(shop, "paymentorder.do", MDORDER=order.id, **PLAIN)
    assert told == {
        "errorCode": 0,
        "info": "Ваш платёж обработан, происходит переадресация...",
        "redirect": f"{RETURN_URL}?orderId={order.id}&lang=ru",
    }
    assert status(shop, order)["orderStatus"] == 2


def test_year_and_month_may_come_apart() -> None:
    """`YYYY` and `MM` are as good as `$EXPIRY`, a month of one digit too."""
    shop = bank()
    order = register(shop)
    card = {name: value for name, value in PLAIN.items() if name != "$EXPIRY"}
    assert tried(shop, order, card, YYYY="2034", MM="9")["errorCode"] == 0
    assert status(shop, order)["cardAuthInfo"]["expiration"] == "203409"


def test_a_failed_payment_has_code_zero() -> None:
    """Only the words beside it and the status tell; while tries are left nobody is sent away, then to the failed page."""
    shop = bank(attempts=2)
    order = register(shop, failUrl="https://shop.test/failed")
    first = tried(shop, order, FAILING)
    assert (first["errorCode"], first["processingErrorType"], "redirect" in first) == (0, "MANDATORY_3DSECURE", False)
    assert first["error"] == first["errorMessage"] != ""
    last = tried(shop, order, FAILING)
    assert last["redirect"].startswith("https://shop.test/failed?")
    assert status(shop, order)["orderStatus"] == 6


@pytest.mark.parametrize(
    ("wrong", "named"),
    [({"$PAN": ""}, "pan"), ({"$CVC": "1"}, "cvc"), ({"$EXPIRY": "202001"}, "expiry"), ({"$PAN": "42"}, "pan")],
)
def test_a_card_that_is_none_uses_no_try(wrong: dict[str, Any], named: str) -> None:
    """A missing or impossible part of the card is code 5 and names the part."""
    shop = bank()
    order = register(shop)
    told = tried(shop, order, PLAIN | wrong)
    assert (told["errorCode"], f"[{named}]" in told["errorMessage"]) == ("5", True)
    assert status(shop, order)["actionCode"] == -100


def test_the_old_secure_protocol_from_end_to_end() -> None:
    """PaReq goes to the issuer, PaRes comes back by the shop; the order waits with status 5 in between."""
    shop = bank()
    order = register(shop)
    asked = tried(shop, order, OLD_SECURE)
    assert set(asked) >= {"acsUrl", "paReq", "termUrl"}
    assert asked["termUrl"] == "http://bank.test/payment/rest/finish3ds.do?lang=ru"
    assert status(shop, order)["orderStatus"] == 5
    challenge = shop.issuer.asked(asked["paReq"])
    assert challenge == order.challenge
    said = shop.issuer.answer(challenge or "", "Y")
    done = call(shop, "finish3dsPayment.do", mdOrder=order.id, paRes=said)
    assert done["redirect"] == f"{RETURN_URL}?orderId={order.id}&lang=ru"
    assert status(shop, order)["cardAuthInfo"]["secureAuthInfo"]["eci"] == 2


@pytest.mark.parametrize(("word", "code"), [("N", -2006), ("U", -2011)])
def test_an_issuer_who_does_not_vouch(word: str, code: int) -> None:
    """No, and "I do not know", are declined attempts, each with a code of its own."""
    shop = bank()
    order = register(shop)
    tried(shop, order, OLD_SECURE)
    call(shop, "finish3dsPayment.do", mdOrder=order.id, paRes=shop.issuer.answer(order.challenge or "", word))
    told = status(shop, order)
    assert (told["orderStatus"], told["actionCode"]) == (0, code)


def test_an_answer_that_the_issuer_never_gave() -> None:
    """A forged answer, and one about another payer, are −2005; nothing is paid."""
    shop = bank()
    order, other = register(shop), register(shop, "A-2")
    tried(shop, other, OLD_SECURE)
    for said in ("nonsense", shop.issuer.answer(other.challenge or "", "Y"), "W10", "////"):
        tried(shop, order, OLD_SECURE)
        call(shop, "finish3dsPayment.do", mdOrder=order.id, paRes=said)
        if order.status is not Status.DECLINED:
            assert status(shop, order)["actionCode"] == -2005
    assert (order.deposited, other.deposited) == (0, 0)


def test_the_new_secure_protocol_with_a_code() -> None:
    """First leg, second leg with `creq`, then the answer: each call does a step and no step is done twice."""
    shop = bank()
    order = register(shop)
    first = tried(shop, order, NEW_SECURE)
    assert (first["is3DSVer2"], first["threeDSMethodURL"]) == (True, "http://bank.test/3ds/method")
    assert (first["threeDSMethodURLServer"], status(shop, order)["orderStatus"]) == (
        "http://bank.test/3ds/method/server",
        0,
    )
    second = tried(shop, order, NEW_SECURE, threeDSServerTransId=first["threeDSServerTransId"])
    assert second["packedCReq"] == second["cReq"]
    assert shop.issuer.asked(second["packedCReq"]) == order.challenge
    early = call(shop, "finish3dsVer2Payment.do", threeDSServerTransId=first["threeDSServerTransId"])
    assert early["errorCode"] == "7"
    call(shop, "finish3dsPayment.do", mdOrder=order.id, cRes=shop.issuer.answer(order.challenge or "", "Y"))
    late = call(shop, "finish3dsVer2Payment.do", threeDSServerTransId=first["threeDSServerTransId"])
    assert late["redirect"].startswith(RETURN_URL)
    assert status(shop, order)["orderStatus"] == 2


def test_the_new_secure_protocol_without_a_code() -> None:
    """A card that asks nothing pays with the second leg, by its own call or by `3ds/continue.do`."""
    shop = bank()
    order, other = register(shop), register(shop, "A-2")
    for one in (order, other):
        assert tried(shop, one, FRICTIONLESS)["is3DSVer2"] is True
    assert call(shop, "3ds/continue.do", mdOrder=order.id)["redirect"].startswith(RETURN_URL)
    assert order.status is Status.DEPOSITED
    wrong = tried(shop, other, FRICTIONLESS, threeDSServerTransId="nothing")
    assert (wrong["errorCode"], other.status) == ("5", Status.CREATED)


def test_the_new_dialect_finishes_its_own_way() -> None:
    """`paymentOrder.do`, `finish3dsMethod.do`, `finish3dsPayment.do`: the shop's own page is where the payer comes back."""
    shop = bank()
    order = register(shop, dialect=Dialect.ECOM)
    card: dict[str, Any] = {"mdOrder": order.id, "pan": "5555555555555599", "cvc": "123", "expiry": "203412"}
    first = call(shop, "paymentOrder.do", Dialect.ECOM, **card)
    assert (first["errorCode"], first["threeDSMethodUrl"]) == ("0", "http://bank.test/3ds/method")
    leg: dict[str, Any] = {
        "mdOrder": order.id,
        "threeDSServerTransId": first["threeDSServerTransId"],
        "threeDSCompInd": "Y",
    }
    second = call(shop, "finish3dsMethod.do", Dialect.ECOM, **leg, termUrl="https://shop.test/3ds")
    assert second["termUrl"] == "https://shop.test/3ds"
    said = shop.issuer.answer(shop.issuer.asked(second["cReq"]) or "", "Y")
    assert call(shop, "finish3dsPayment.do", Dialect.ECOM, mdOrder=order.id, cRes=said)["redirect"].startswith(
        RETURN_URL
    )
    assert status(shop, order, Dialect.ECOM)["orderStatus"] == 2


def test_the_new_dialect_says_why_under_one_name() -> None:
    """A refused card is told in `error` alone, and the code is a text as everywhere in this dialect."""
    shop = bank()
    order = register(shop, dialect=Dialect.ECOM)
    card = {"pan": "4276990011343663", "cvc": "123", "expiry": "203412"}
    told = call(shop, "paymentOrder.do", Dialect.ECOM, mdOrder=order.id, **card)
    assert (told["errorCode"], "errorMessage" in told, bool(told["error"])) == ("0", False, True)


def test_an_order_and_its_payment_in_one_call() -> None:
    """`instantPayment.do` answers as both do, with the short status inside; its number is taken like any other."""
    shop = bank()
    card: dict[str, Any] = {
        "pan": "2200000000000038",
        "cvc": "123",
        "expiry": "203412",
        "cardHolderName": "IVAN IVANOV",
    }
    asked: dict[str, Any] = {"orderNumber": "A-9", "amount": 19900, "returnUrl": RETURN_URL, **card}
    told = call(shop, "instantPayment.do", **asked)
    assert told["orderStatus"]["OrderStatus"] == 2
    assert (told["orderStatus"]["Pan"], told["orderStatus"]["OrderNumber"]) == ("220000**0038", "A-9")
    assert call(shop, "instantPayment.do", **asked)["errorCode"] == "1"


def test_a_card_that_is_missing_burns_no_number() -> None:
    """The order is made once card and registration can both be read."""
    shop = bank()
    asked: dict[str, Any] = {"orderNumber": "A-9", "amount": 19900, "returnUrl": RETURN_URL, "pan": "2200000000000038"}
    assert call(shop, "instantPayment.do", **asked)["errorMessage"] == "[expiry] не задан"
    assert call(shop, "instantPayment.do", **asked, cvc="123", expiry="203412")["errorCode"] == 0


CHECKED: dict[str, Any] = {"pan": "2200000000000038", "cvc": "123", "expiry": "203412"}


def test_a_card_is_checked_in_one_call() -> None:
    """`verifyCard.do` needs the card alone: an order of nothing, reversed at once, and no money in the journal."""
    shop = bank()
    told = call(shop, "verifyCard.do", **CHECKED)
    assert (told["errorCode"], told["orderStatus"]["OrderStatus"], told["orderStatus"]["Amount"]) == (0, 3, 0)
    order = shop.orders[told["orderId"]]
    assert (order.status, order.deposited, order.operations[-1].type) == (Status.REVERSED, 0, OperationType.REVERSAL)
    assert told["info"] == "Ваш платёж обработан, происходит переадресация..."
    assert shop.journal.totals() == {}


def test_a_check_may_have_a_number_a_sum_and_features_of_its_own() -> None:
    """Whatever a registration may have, it may have, too; a number is burned by it as by any other order."""
    shop = bank()
    asked: dict[str, Any] = {"orderNumber": "A-9", "amount": 100, "features": "FORCE_SSL", **CHECKED}
    told = call(shop, "verifyCard.do", **asked | {"pan": "5555555555555599"})
    assert (told["orderStatus"]["OrderNumber"], told["orderStatus"]["OrderStatus"]) == ("A-9", 3)
    assert call(shop, "verifyCard.do", **asked)["errorCode"] == "1"


def test_a_card_that_fails_its_check() -> None:
    """A bad card, no card, or no permission: nothing is verified, and each says why in its own way."""
    shop = bank()
    told = call(shop, "verifyCard.do", **CHECKED | {"pan": "4276990011343663"})
    assert (told["errorCode"], told["orderStatus"]["OrderStatus"], bool(told["error"])) == (0, 0, True)
    assert call(shop, "verifyCard.do", cvc="123", expiry="203412")["errorMessage"] == "[pan] не задан"
    assert call(bank(verifies=False), "verifyCard.do", **CHECKED)["errorCode"] == "13"


@pytest.mark.parametrize(
    ("features", "permission"), [("FORCE_SSL", {}), ("AUTO_PAYMENT", {"auto_payments": True}), ("VERIFY;FORCE_SSL", {})]
)
@pytest.mark.parametrize("card", [NEW_SECURE, FRICTIONLESS, OLD_SECURE])
def test_without_3d_secure_there_is_no_leg_of_it(
    features: str, permission: dict[str, Any], card: dict[str, Any]
) -> None:
    """An order that asks for none is paid by the first call, whatever the card would have wanted."""
    shop = bank(**permission)
    order = register(shop, features=features)
    told = tried(shop, order, card)
    assert ("redirect" in told, "is3DSVer2" in told, "acsUrl" in told) == (True, False, False)
    assert order.status is (Status.REVERSED if "VERIFY" in features else Status.DEPOSITED)


def test_the_cvc_may_be_left_out_of_an_automatic_payment() -> None:
    """By those who may charge automatically, and by nobody else."""
    shop = bank(auto_payments=True)
    card = {name: value for name, value in PLAIN.items() if name != "$CVC"}
    automatic, usual = register(shop, features="AUTO_PAYMENT"), register(shop, "A-2")
    assert tried(shop, automatic, card)["errorCode"] == 0
    assert tried(shop, usual, card)["errorMessage"] == "[cvc] не задан"
    assert (automatic.status, usual.status) == (Status.DEPOSITED, Status.CREATED)


def test_trouble_that_was_ordered_for_one_order_meets_its_card() -> None:
    """A fault for an order is found by the name that these calls have for it."""
    shop = bank()
    order = register(shop)
    shop.faults.add(Rule(Fault.HTTP_500, "paymentOrder.do", Scope.ORDER, order.number))
    assert ask(shop, "paymentOrder.do", MDORDER=order.id, **PLAIN).status == 500
    assert tried(shop, order, PLAIN)["errorCode"] == 0


def test_another_shops_order_cannot_be_paid() -> None:
    """An order that is unknown, or finished, is not paid again."""
    shop = bank()
    assert call(shop, "paymentOrder.do", MDORDER="nothing", **PLAIN)["errorCode"] == "6"
    assert call(shop, "paymentOrder.do", **PLAIN)["errorMessage"] == "[MDORDER] не задан"
    order = register(shop)
    tried(shop, order, PLAIN)
    tried(shop, order, PLAIN)
    assert (order.attempts, order.deposited) == (1, 19900)
