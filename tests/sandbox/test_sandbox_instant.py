"""QR codes and SberPay at the rehearsal bank: shapes, quirks and states on the wire, and the pretended application."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from gateways.sandbox import Bank, Dialect, Kind, Order, Outcome, Quirks, Status, instant, pay
from gateways.sandbox.apps import AskKind
from tests.sandbox.live import Page, world
from tests.sandbox.rehearsal import FRICTIONLESS, RETURN_URL, bank, call, deliver, kinds, merchant, register, status

LEGACY, ECOM = Dialect.LEGACY, Dialect.ECOM
GET, STATE, REJECT = "sbp/c2b/qr/dynamic/get.do", "sbp/c2b/qr/status.do", "sbp/c2b/qr/dynamic/reject.do"
CODE = {"qrType": "DYNAMIC_QR_SBP", "sbp.scenario": "C2B"}


def code(here: Bank, order: Order, **params: Any) -> dict[str, Any]:
    return call(here, GET, mdOrder=order.id, **params)


def state(here: Bank, order: Order, name: str) -> tuple[str, str]:
    answer = call(here, STATE, mdOrder=order.id, qrId=name)
    assert answer["qrType"] == "DYNAMIC"
    return answer["qrStatus"], answer["transactionState"]


def registered(here: Bank, **params: str | bool) -> tuple[Order, dict[str, str]]:
    """An order of the new dialect, and its `externalParams`."""
    number = f"A-{len(here.orders) + 1}"
    answer = call(here, "register.do", ECOM, orderNumber=number, amount=19900, returnUrl=RETURN_URL, jsonParams=params)
    return here.orders[answer["orderId"]], answer["externalParams"]


# Codes of the old dialect


def test_a_code_names_its_order_and_its_sum_and_can_be_opened_here() -> None:
    """The payload is an address of this bank with the documented parameters; the picture is a PNG of it."""
    here = bank()
    answer = code(here, register(here))
    assert (answer["errorCode"], answer["qrStatus"], answer["status"]) == ("0", "STARTED", "STARTED")
    assert (len(answer["qrId"]), answer["qrId"][:6]) == (32, "BD2000")
    parts = urlsplit(answer["payload"])
    assert (parts.scheme, parts.netloc, parts.path) == ("http", "bank.test", f"/qr/{answer['qrId']}")
    query = dict(parse_qsl(parts.query))
    assert {"type": "02", "bank": "100000000008", "sum": "19900", "cur": "RUB"}.items() <= query.items()
    assert len(query["crc"]) == 4
    assert base64.b64decode(answer["renderedQr"]).startswith(b"\x89PNG")


def test_the_documented_payload_is_a_quirk() -> None:
    """For clients that look at the host: as the documents have it, and not to be opened here."""
    here = bank(quirks=Quirks(nspk_payloads=True))
    answer = code(here, register(here))
    assert answer["payload"].startswith(f"https://qr.nspk.ru/{answer['qrId']}?type=02&")


def test_the_squares_may_be_asked_for_instead_of_a_picture() -> None:
    """A matrix of 0 and 1, as high as it is wide."""
    here = bank()
    squares = json.loads(code(here, register(here), qrFormat="matrix")["renderedQr"])
    assert len(squares) == len(squares[0])
    assert {square for row in squares for square in row} == {0, 1}


@pytest.mark.parametrize(
    "params",
    [
        {"qrHeight": 9},
        {"qrWidth": 1001},
        {"qrWidth": "wide"},
        {"qrFormat": "svg"},
        {"paymentPurpose": "a" * 141},
        {"redirectUrl": "https://" + "a" * 1024},
        {"subscriptionServiceId": "a" * 33},
        {"subscriptionServiceName": "a" * 71},
    ],
)
def test_what_is_too_long_or_no_size_is_refused(params: dict[str, Any]) -> None:
    """Code 5 names the parameter."""
    here = bank()
    answer = code(here, register(here), **params)
    assert (answer["errorCode"], answer["errorMessage"]) == ("5", f"[{next(iter(params))}] неверен")


def test_a_code_goes_from_started_to_accepted() -> None:
    """Agreed to, the order is in work (7, -99); carried out, it is paid by SBP and its callback goes out."""
    here = bank()
    order = register(here)
    name = code(here, order)["qrId"]
    ask = here.apps.asks[name]
    assert state(here, order, name) == ("STARTED", "CREATED")
    assert instant.confirm(here, ask)
    assert state(here, order, name) == ("CONFIRMED", "CREATED")
    told = status(here, order)
    assert (told["orderStatus"], told["actionCode"], told["paymentAmountInfo"]["paymentState"]) == (7, -99, "PENDING")
    assert instant.finish(here, ask, accepted=True)
    assert state(here, order, name) == ("ACCEPTED", "DEPOSITED")
    told = status(here, order)
    assert (told["orderStatus"], told["actionCode"], told["paymentWay"]) == (2, 0, "SBP_C2B")
    assert "cardAuthInfo" not in told
    assert [delivery.operation for delivery in deliver(here)] == ["deposited"]
    assert kinds(here) == [Kind.REGISTERED, Kind.ATTEMPT, Kind.DEPOSITED]
    assert not instant.accept(here, ask)


def test_a_refused_code_and_a_code_that_its_payer_refuses() -> None:
    """The banks' no is a failed attempt (1004); the payer's own costs none. Either way another code can be had."""
    here = bank()
    order = register(here)
    first = code(here, order)["qrId"]
    assert instant.refuse(here, here.apps.asks[first])
    assert state(here, order, first) == ("REJECTED_BY_USER", "CREATED")
    assert (order.status, order.attempts) == (Status.CREATED, 0)
    second = code(here, order)["qrId"]
    assert second != first
    instant.confirm(here, here.apps.asks[second])
    instant.finish(here, here.apps.asks[second], accepted=False)
    assert state(here, order, second) == ("REJECTED", "CREATED")
    assert (status(here, order)["orderStatus"], status(here, order)["actionCode"], order.attempts) == (0, 1004, 1)


def test_only_a_code_that_nobody_used_is_taken_back() -> None:
    """From STARTED alone; the order itself stands."""
    here = bank()
    order = register(here)
    name = code(here, order)["qrId"]
    assert call(here, REJECT, mdOrder=order.id, qrId=name) == {"rejected": True}
    assert state(here, order, name) == ("REJECTED", "CREATED")
    assert call(here, REJECT, mdOrder=order.id, qrId=name) == {"rejected": False}
    other = code(here, order)["qrId"]
    instant.confirm(here, here.apps.asks[other])
    assert call(here, REJECT, mdOrder=order.id, qrId=other) == {"rejected": False}


def test_while_an_order_is_in_work_nothing_else_happens_to_it() -> None:
    """No card, no other code, no decline; and its session does not run out under money that is under way."""
    here = bank()
    order = register(here)
    ask = here.apps.asks[code(here, order)["qrId"]]
    instant.confirm(here, ask)
    assert pay(here, order, FRICTIONLESS).outcome is Outcome.IN_WORK
    assert code(here, order)["errorCode"] == "7"
    assert call(here, "decline.do", orderId=order.id)["errorCode"] == "7"
    here.advance(1300)
    assert order.status is Status.PENDING
    instant.finish(here, ask, accepted=False)
    here.tick()
    assert (order.status, order.action_code) == (Status.DECLINED, -2007)


def test_a_code_ends_with_its_order() -> None:
    """Paid by card, declined or run out: the code cannot be paid any more."""
    here = bank()
    order = register(here)
    name = code(here, order)["qrId"]
    here.advance(1300)
    assert state(here, order, name) == ("REJECTED", "DECLINED")
    assert not instant.confirm(here, here.apps.asks[name])
    assert code(here, order)["errorCode"] == "7"


@pytest.mark.parametrize(
    "method",
    [
        "sbp/c2b/qr/dynamic/dynamic/get.do",
        "SBP/C2B/QR/dynamic/GET.do",
    ],
)
def test_a_spelling_that_a_client_is_known_for_is_understood(method: str) -> None:
    """`dynamic` twice, and capitals."""
    here = bank()
    order = register(here)
    answer = call(here, method, mdOrder=order.id)
    assert call(here, "sbp/c2b/qr/dynamic/status.do", mdOrder=order.id, qrId=answer["qrId"])["qrStatus"] == "STARTED"


def test_a_strangers_code_and_no_code_at_all() -> None:
    """Of another order, unknown, or not named."""
    here = bank()
    first, second = register(here), register(here, "A-2")
    name = code(here, first)["qrId"]
    assert call(here, STATE, mdOrder=second.id, qrId=name)["errorMessage"] == "[qrId] неверен"
    assert call(here, STATE, mdOrder=first.id)["errorMessage"] == "[qrId] не задан"
    assert call(here, GET)["errorMessage"] == "[mdOrder] не задан"
    assert call(here, GET, mdOrder="nobody")["errorCode"] == "6"


def test_subscriptions_are_listed_and_ended_with_code_2() -> None:
    """Who agrees to a code that subscribes can be found by client; ending it answers code 2, as documented."""
    here = bank()
    order = register(here, clientId="client-7")
    assert call(here, "sbp/c2b/getBindings.do", clientId="client-7")["errorCode"] == "2"
    instant.accept(here, here.apps.asks[code(here, order, createSubscription="true")["qrId"]])
    (bound,) = call(here, "sbp/c2b/getBindings.do", clientId="client-7")["bindings"]
    assert (bound["clientId"], bound["paymentWay"], bound["enabled"]) == ("client-7", "SBP_C2B_BINDING", True)
    ended = call(here, "sbp/c2b/unBind.do", bindingId=bound["bindingId"])
    assert ended == {"errorCode": "2", "errorMessage": "Связка отключена"}
    assert call(here, "sbp/c2b/getBindings.do", clientId="client-7")["errorCode"] == "2"
    (bound,) = call(here, "sbp/c2b/getBindings.do", clientId="client-7", showDisabled="true")["bindings"]
    assert not bound["enabled"]


def test_banks_can_be_chosen_from_a_list() -> None:
    """Members of the system, by their twelve digits."""
    answer = call(bank(), "getBankListSBP.do")
    assert answer["errorCode"] == "0"
    assert all(len(one["memberId"]) == 12 for one in answer["banks"])


# The new dialect


def test_each_scenario_brings_its_own_keys() -> None:
    """The link of SberPay always; its id, the code and SberPay's own code only where they were asked for."""
    here = bank()
    order, plain = registered(here)
    invoice = order.id.replace("-", "")
    link = f"sberpay://invoicing/v2?bankInvoiceId={invoice}&operationType=Web2App&option=Connect"
    assert plain == {"sbolDeepLink": link}
    order, coded = registered(here, **CODE)
    assert coded.keys() == {"sbolDeepLink", "qrcId", "sbpPayload"}
    assert (len(coded["qrcId"]), coded["qrcId"][:6]) == (32, "AD1000")
    assert coded["sbpPayload"] == instant.payload(here, here.apps.asks[coded["qrcId"]])
    order, app = registered(here, app2app=True, **{"app.deepLink": "shop://back"})
    assert app["sbolBankInvoiceId"] == order.id.replace("-", "")
    order, drawn = registered(here, qrType="SBERPAY_DYNAMIC_QR")
    assert drawn["sberPayload"] == f"https://platiqr.ru/?dynamicQr={order.id.replace('-', '')}"


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"qrType": "NO_SUCH"}, "5"),
        ({"qrType": "DYNAMIC_QR_SBP", "sbp.scenario": "C3B"}, "5"),
        ({"app2app": True}, "4"),
    ],
)
def test_a_scenario_that_does_not_exist_is_refused(params: dict[str, Any], error: str) -> None:
    """And an application that is not named."""
    answer = call(bank(), "register.do", ECOM, orderNumber="A-1", amount=19900, returnUrl=RETURN_URL, jsonParams=params)
    assert answer["errorCode"] == error


def test_the_old_dialect_brings_the_link_for_whoever_asks() -> None:
    """Without it the answer has its two documented keys and no more."""
    here = bank()
    usual: dict[str, Any] = {"amount": 19900, "returnUrl": RETURN_URL}
    assert call(here, "register.do", orderNumber="A-1", **usual).keys() == {"orderId", "formUrl"}
    asked = call(here, "register.do", orderNumber="A-2", jsonParams='{"back2app": true}', **usual)
    assert asked["externalParams"].keys() == {"sbolDeepLink", "sbolBankInvoiceId"}


def test_a_push_lands_in_the_application() -> None:
    """With the number as digits; agreed to, the order is at the application (5), then paid by SberPay."""
    here = bank()
    order, _ = registered(here)
    assert call(here, "paymentSberPay.do", ECOM, orderId=order.id)["errorCode"] == "4"
    assert call(here, "paymentSberPay.do", ECOM, orderId=order.id, phone="+79123456789")["errorCode"] == "5"
    assert call(here, "paymentSberPay.do", ECOM, orderId=order.id, phone="79123456789")["errorCode"] == "0"
    ask = here.apps.newest(order, AskKind.SBERPAY)
    assert ask is not None
    assert ask.phone == "79123456789"
    instant.confirm(here, ask)
    assert status(here, order, ECOM)["orderStatus"] == 5
    assert call(here, "paymentSberPay.do", ECOM, orderId=order.id, phone="79123456789")["errorCode"] == "5"
    instant.finish(here, ask, accepted=True)
    told = status(here, order, ECOM)
    assert (told["orderStatus"], told["paymentWay"]) == (2, "SBERPAY")
    assert told["cardAuthInfo"]["paymentSystem"] == "Undefined"


def test_what_is_refused_in_sberpay_is_an_attempt() -> None:
    """-999 each time; the third ends the order."""
    here = bank()
    order, _ = registered(here)
    for attempt in (1, 2, 3):
        assert instant.refuse(here, instant.invoice(here, order))
        assert order.attempts == attempt
        assert status(here, order, ECOM)["actionCode"] == (-999 if attempt < 3 else -2013)
    assert order.status is Status.DECLINED


def test_a_subscription_is_charged_without_asking() -> None:
    """Charged, its id stands beside the order's; one that is ended or unknown is a failed attempt, -5031."""
    here = bank()
    answer = call(
        here,
        "register.do",
        ECOM,
        orderNumber="A-1",
        amount=19900,
        returnUrl=RETURN_URL,
        clientId="client-7",
        jsonParams=CODE | {"sbp.scenario": "C2B_SUBSCRIPTION_WITH_PAYMENT"},
    )
    instant.accept(here, here.apps.asks[answer["externalParams"]["qrcId"]])
    (name,) = here.apps.subscriptions
    second = register(here, "A-2", ECOM)
    assert call(here, "paymentOrderBySubscription", ECOM, orderId=second.id, subscriptionId=name)["errorCode"] == "0"
    told = status(here, second, ECOM)
    assert (told["orderStatus"], told["paymentWay"]) == (2, "SBP_C2B_BINDING")
    assert {"name": "subscriptionId", "value": name} in told["attributes"]
    third = register(here, "A-3", ECOM)
    call(here, "paymentOrderBySubscription", ECOM, orderId=third.id, subscriptionId="nobody")
    assert (status(here, third, ECOM)["orderStatus"], status(here, third, ECOM)["actionCode"]) == (0, -5031)


def test_another_merchants_codes_are_out_of_reach() -> None:
    """Its orders are unknown here, and so is everything that hangs on them."""
    here = Bank([merchant(), merchant(login="other-api")], base_url="http://bank.test")
    order = register(here)
    name = code(here, order)["qrId"]
    for method in (GET, STATE, REJECT):
        assert call(here, method, mdOrder=order.id, qrId=name, userName="other-api")["errorCode"] == "6"


# The pretended application


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_the_payload_is_paid_by_following_it(language: str) -> None:
    """The address that the picture says opens here; one button pays; the way back leads to the shop. No script at all."""
    async with world() as here:
        made = await here.register()
        order = here.bank.orders[made["orderId"]]
        payload = (await here.call(GET, mdOrder=order.id))["payload"]
        found, text, _ = await here.get(f"{payload}&lang={language}")
        page = Page(text)
        assert (found, page.inline) == (200, [])
        assert "script" not in page.tags
        assert {"pay", "agree", "refuse"} <= page.ids.keys()
        _, _, onward = await here.post(page.form["action"] or "", {"action": "agree"})
        assert order.in_work
        assert {"accept", "reject"} <= Page((await here.get(onward))[1]).ids.keys()
        _, _, onward = await here.post(page.form["action"] or "", {"action": "accept"})
        page = Page((await here.get(onward))[1])
        assert (page.ids["back"]["href"] or "").startswith(f"{here.shop.url}/back?x=1&orderId={order.id}")
        assert order.status is Status.DEPOSITED
        assert (await here.get("/app/nobody"))[0] == 404


async def test_the_application_lists_what_waits_and_the_card_page_leads_to_sberpay() -> None:
    """A code and a push; from the bank's page one link, or a parameter of its address, leads to SberPay."""
    async with world() as here:
        made = await here.register()
        order = here.bank.orders[made["orderId"]]
        await here.call(GET, mdOrder=order.id)
        assert "A-1" in (await here.get("/app"))[1]
        form = Page((await here.get(made["formUrl"]))[1])
        _, _, onward = await here.get(form.ids["sberpay"]["href"] or "")
        assert onward.startswith(f"/app/{order.id.replace('-', '')}")
        assert (await here.get(made["formUrl"] + "&toWeb2App=true"))[2] == f"/sberpay/{order.id}"
        await here.post(onward, {"action": "agree"})
        found, text, _ = await here.get(made["formUrl"])
        assert (found, "Оплата уже идёт" in text) == (200, True)


async def test_sberpay_leads_back_to_the_address_that_was_given() -> None:
    """With the outcome filled in."""
    async with world() as here:
        params = {"web2app": True, "sberpay.backurl": "https://shop.example/app?state=@{BankResultState}"}
        made = await here.register(dialect=ECOM, jsonParams=params)
        order = here.bank.orders[made["orderId"]]
        instant.accept(here.bank, instant.invoice(here.bank, order))
        page = Page((await here.get(f"/app/{order.id.replace('-', '')}"))[1])
        assert page.ids["back"]["href"] == "https://shop.example/app?state=success"
