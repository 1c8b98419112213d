"""Merchants' settings: the quirks of installations, the file of merchants, and the portal that plugins write to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateways.sandbox import Dialect, Merchant, Quirks, Signing, merchants_file
from gateways.sandbox.merchants import ErrorCodeType, SuccessMessage
from tests.sandbox.live import CARD, world
from tests.sandbox.rehearsal import ask, bank, call, paid, register, status

PORTAL = "/mportal/mvc/public/merchant/update/sandbox"
WRITTEN = {
    "shops.yaml": """
merchants:
  - {login: shop-api, password: secret, callback_signing: rsa-sha256, quirks: {error_code_type: mixed}}
  - {login: other-api, session_seconds: 60, fee_percent: 1.8}
""",
    "shops.toml": """
[[merchants]]
login = "shop-api"
password = "secret"
callback_signing = "rsa-sha256"
quirks = {error_code_type = "mixed"}
[[merchants]]
login = "other-api"
session_seconds = 60
fee_percent = "1.8"
""",
}


@pytest.mark.parametrize(
    ("kind", "looked", "refunded", "refused"),
    [("str", "0", "0", "6"), ("int", 0, 0, 6), ("mixed", "0", 0, 6), ("absent", None, None, "6")],
)
def test_the_error_code_is_written_as_the_installation_has_it(
    kind: str, looked: object, refunded: object, refused: object
) -> None:
    """Text, numbers, numbers for money operations alone, or nothing for a success; a refusal always has one."""
    here = bank(quirks=Quirks(error_code_type=ErrorCodeType(kind)))
    order = paid(here)
    assert status(here, order).get("errorCode") == looked
    assert call(here, "refund.do", orderId=order.id, amount=1).get("errorCode") == refunded
    assert call(here, "refund.do", orderId="nonsense", amount=1)["errorCode"] == refused


@pytest.mark.parametrize(
    ("message", "said"),
    [("usual", "Успешно"), ("long", "Обработка запроса прошла без системных ошибок"), ("empty", ""), ("absent", None)],
)
def test_a_success_is_worded_as_the_installation_has_it(message: str, said: str | None) -> None:
    """What an error says stays as it is."""
    here = bank(quirks=Quirks(success_message=SuccessMessage(message)))
    order = register(here)
    assert status(here, order).get("errorMessage") == said
    assert call(here, "getOrderStatusExtended.do", orderId="x")["errorMessage"] == "Неверный номер заказа"
    assert call(here, "getOrderStatus.do", orderId=order.id).get("ErrorMessage") == said


def test_an_old_installation_says_less_and_says_810() -> None:
    """Fields that came with later versions of the status are missing; roubles are the old ones."""
    here = bank(quirks=Quirks(status_version=3, old_rouble=True))
    order = paid(here)
    call(here, "refund.do", orderId=order.id, amount=100)
    told = status(here, order)
    assert told["currency"] == "810"
    assert {"paymentAmountInfo", "cardAuthInfo", "authRefNum"} <= told.keys()
    assert {"refunds", "chargeback", "paymentWay", "depositedDate", "transactionAttributes"}.isdisjoint(told)


def test_repeated_features_are_one_text() -> None:
    """The old dialect repeats the name, the new one joins with semicolons; both are read alike."""
    here = bank()
    reply = ask(here, "register.do", orderNumber="A-1", amount=100, returnUrl="https://a.test/", features="NONSENSE")
    assert json.loads(reply.body)["errorCode"] == "14"


# The file


@pytest.mark.parametrize("name", WRITTEN)
def test_merchants_are_read_from_a_file(tmp_path: Path, name: str) -> None:
    """YAML or TOML; what is not said is as usual."""
    path = tmp_path / name
    path.write_text(WRITTEN[name], encoding="utf-8")
    first, second = merchants_file.read(path)
    assert (first.login, first.password, first.callback_signing) == ("shop-api", "secret", Signing.RSA_SHA256)
    assert first.quirks == Quirks(error_code_type=ErrorCodeType.MIXED)
    assert (second.session_seconds, str(second.fee_percent), second.attempts) == (60, "1.8", 3)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("merchants: []", "at least one"),
        ("merchants: [{login: a}, {login: a}]", "login of its own"),
        ("merchants: [{colour: red}]", "colour"),
        ("merchants: [{quirks: {colour: red}}]", "colour"),
        ("merchants: [{callback_operations: [paid]}]", "paid"),
        ("shops: []", "merchants"),
        ("- a", "merchants"),
        ("merchants: [", "shops.yaml"),
    ],
)
def test_a_wrong_file_is_explained(tmp_path: Path, text: str, wrong: str) -> None:
    """By field, before the bank begins."""
    path = tmp_path / "shops.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=wrong):
        merchants_file.read(path)


def test_settings_can_be_changed_while_the_bank_runs() -> None:
    """For the orders there are, too."""
    here = bank()
    order = register(here)
    here.admit(
        merchants_file.changed(here.merchants["sandbox-api"], {"name": "Клиника", "quirks": {"old_rouble": True}})
    )
    assert (order.merchant.name, status(here, order)["currency"]) == ("Клиника", "810")
    with pytest.raises(ValueError, match="attempts"):
        merchants_file.changed(Merchant(), {"attempts": "many"})
    with pytest.raises(ValueError, match="quirks"):
        merchants_file.changed(Merchant(), {"quirks": 5})
    with pytest.raises(ValueError, match="extras"):
        here.admit(merchants_file.changed(Merchant(), {"callback_extras": ["colour"]}))


def test_settings_survive_being_written_down() -> None:
    """What the control interface shows can be sent back."""
    merchant = Merchant(callback_signing=Signing.RSA_SHA512, quirks=Quirks(status_version=5))
    shown = json.loads(json.dumps(merchants_file.as_dict(merchant)))
    assert merchants_file.changed(Merchant(), shown) == merchant


# The portal


async def written(here: Any, login: str, password: str, body: Any, path: str = PORTAL) -> tuple[int, Any]:
    headers = {"Authorization": aiohttp.encode_basic_auth(login, password)}
    async with here.client.post(here.bank.base_url + path, json=body, headers=headers) as answer:
        return answer.status, await answer.json()


async def test_a_plugin_switches_callbacks_on_by_itself() -> None:
    """Basic auth by either login; from then on callbacks go where, how and about what the plugin said."""
    async with world(callback_url=None) as here:
        body = {
            "callbacks_enabled": True,
            "callback_type": "STATIC",
            "callback_http_method": "POST",
            "callback_operations": "deposited,approved,declinedByTimeout,moon",
            "callback_addresses": f"{here.shop.url}/callback",
        }
        for login in ("sandbox", "sandbox-api"):
            assert await written(here, login, "sandbox", body) == (200, {"status": "SUCCESS"})
        merchant = here.bank.merchants["sandbox-api"]
        assert merchant.callback_operations == {"deposited", "approved", "declinedByTimeout"}
        order = await here.register()
        await here.post(order["formUrl"], CARD)
        assert (await here.shop.heard(1))[0]["method"] == "POST"
        assert await written(here, "sandbox", "sandbox", {"callbacks_enabled": False}) == (200, {"status": "SUCCESS"})
        assert here.bank.merchants["sandbox-api"].callback_url is None


async def test_the_portal_knows_whom_it_lets_in() -> None:
    """A wrong password, somebody else's path, no login at all, and nonsense change nothing."""
    async with world() as here:
        before = here.bank.merchants["sandbox-api"]
        assert (await written(here, "sandbox", "wrong", {}))[0] == 401
        assert (await written(here, "sandbox", "sandbox", {}, PORTAL + "x"))[0] == 401
        async with here.client.post(here.bank.base_url + PORTAL, json={}) as answer:
            assert answer.status == 401
        wrong: list[Any] = [[], {"callback_http_method": "PUT"}, {"callback_operations": 5}]
        for nonsense in wrong:
            assert (await written(here, "sandbox", "sandbox", nonsense))[0] == 400
        assert here.bank.merchants["sandbox-api"] == before


# The wire


async def test_parameters_may_come_from_anywhere() -> None:
    """Query, form and JSON are merged, the body wins, what is empty is absent; names of methods have no case."""
    async with world() as here:
        order = await here.register()
        base, query = here.bank.base_url, "userName=sandbox-api&password=sandbox&orderId="
        asked: list[tuple[str, str, dict[str, Any]]] = [
            ("POST", f"/payment/rest/getOrderStatusExtended.do?{query}x", {"json": {"orderId": order["orderId"]}}),
            ("GET", f"/rest/GETORDERSTATUSEXTENDED.DO?{query}x", {"data": {"orderId": order["orderId"]}}),
            ("POST", f"/ab_by/rest/getorderstatusextended.do?{query}", {"json": {"orderNumber": "A-1"}}),
            ("POST", f"/payment/rest/getOrderStatusExtended.do?{query}{order['orderId']}", {"data": {"orderId": ""}}),
            (
                "POST",
                f"/payment/rest/getOrderStatusExtended.do?{query}{order['orderId']}",
                {"headers": {"Content-Type": "application/json"}},
            ),
        ]
        for verb, path, sent in asked:
            async with here.client.request(verb, base + path, **sent) as answer:
                assert (await answer.json(content_type=None))["orderNumber"] == "A-1"
        async with here.client.get(f"{base}/ecomm/gw/partner/api/v1/getOrderStatusExtended.do") as answer:
            assert (answer.status, answer.content_type) == (405, "text/html")


async def test_a_key_is_answered_once() -> None:
    """The new dialect gives the same answer to the same key for a day, even one that was lost; looks are always fresh."""
    async with world() as here:
        base, body = f"{here.bank.base_url}/ecomm/gw/partner/api/v1", {"userName": "sandbox-api", "password": "sandbox"}

        async def sent(method: str, key: str, **params: Any) -> dict[str, Any]:
            headers = {"x-idempotencyKey": key}
            async with here.client.post(f"{base}/{method}", json=body | params, headers=headers) as answer:
                assert answer.headers["x-idempotencyKey"] == key
                told: dict[str, Any] = await answer.json()
                return told

        await here.control("POST", "faults", {"kind": "cut_after", "method": "register.do"})
        asked: dict[str, Any] = {"orderNumber": "A-1", "amount": 100, "returnUrl": "https://a.test/"}
        with pytest.raises(aiohttp.ClientError):
            await sent("register.do", "k-1", **asked)
        first = await sent("register.do", "k-1", **asked)
        assert first["errorCode"] == "0"
        assert first == await sent("register.do", "k-1", **asked)
        assert (await sent("register.do", "k 1", **asked))["errorCode"] == "1"
        assert (await sent("getOrderStatusExtended.do", "k-2", orderNumber="A-1"))["orderStatus"] == 0
        await here.post(first["formUrl"], CARD)
        assert (await sent("getOrderStatusExtended.do", "k-2", orderNumber="A-1"))["orderStatus"] == 2
        here.bank.advance(86_400)
        assert (await sent("register.do", "k-1", **asked))["errorCode"] == "1"


async def test_a_doubled_path_is_the_same_method() -> None:
    """One widespread client asks for `dynamic/dynamic/get.do`; a method there is none of is not found under any name."""
    async with world() as here:
        base = f"{here.bank.base_url}/payment/rest/sbp/c2b/qr"
        got = []
        for path in ("dynamic/get.do", "dynamic/dynamic/get.do"):
            async with here.client.post(f"{base}/{path}", data={}) as answer:
                got.append((answer.status, await answer.text()))
        assert got[0] == got[1]


def test_each_dialect_keeps_its_own_words_for_all_this() -> None:
    """The quirks are the merchant's, whichever dialect it speaks."""
    here = bank(quirks=Quirks(error_code_type=ErrorCodeType.INT))
    order = paid(here, dialect=Dialect.ECOM)
    assert status(here, order, Dialect.ECOM)["errorCode"] == 0
