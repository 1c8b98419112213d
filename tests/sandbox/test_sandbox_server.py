"""The bank over real HTTP: a payer without JavaScript, a merchant, and a tester at the controls."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from gateways.sandbox import Bank, Dialect, Merchant, Status, make_app, start
from gateways.sandbox.callbacks import checksum
from tests.sandbox.rehearsal import CREDENTIALS, PREFIXES, SECRET

RUSSIAN_FORM = "/payment/merchants/sandbox/payment_ru.html"
CARD = {"pan": "4111 1111 1111 1111", "expiry": "12/34", "cvc": "123", "cardholder": "Ivan Ivanov"}
CHALLENGED = CARD | {"pan": "5555555555555599"}
REFUSED = CARD | {"pan": "5168494895055780", "expiry": "12/26"}


@dataclass
class Shop:
    """The merchant's side: what callbacks it got, and how it answers the next ones (200 when the list is used up)."""

    url: str = ""
    got: list[dict[str, str]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    rang: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def callback(self, request: web.Request) -> web.Response:
        told = dict(request.query) if request.method == "GET" else await request.json()
        async with self.rang:
            self.got.append(told | {"method": request.method})
            self.rang.notify_all()
        return web.Response(status=self.answers.pop(0) if self.answers else 200)

    async def heard(self, count: int) -> list[dict[str, str]]:
        """Wait until so many callbacks have come."""
        async with self.rang:
            await asyncio.wait_for(self.rang.wait_for(lambda: len(self.got) >= count), 5)
        return self.got


@dataclass
class World:
    """A running bank, a shop, and a client that does not follow redirects by itself."""

    bank: Bank
    shop: Shop
    client: aiohttp.ClientSession

    async def call(self, method: str, dialect: Dialect = Dialect.LEGACY, **params: Any) -> dict[str, Any]:
        body = CREDENTIALS | params
        sent: dict[str, Any] = {"json": body} if dialect is Dialect.ECOM else {"data": body}
        async with self.client.post(self.bank.base_url + PREFIXES[dialect] + method, **sent) as answer:
            assert answer.status == 200
            fields: dict[str, Any] = await answer.json()
            return fields

    async def register(self, number: str = "A-1", dialect: Dialect = Dialect.LEGACY, **params: Any) -> dict[str, Any]:
        usual = {"orderNumber": number, "amount": 450000, "returnUrl": f"{self.shop.url}/back?x=1"}
        return await self.call("register.do", dialect, **usual | params)

    async def get(self, url: str) -> tuple[int, str, str]:
        """Status, body, Location."""
        async with self.client.get(URL(self.bank.base_url).join(URL(url)), allow_redirects=False) as answer:
            return answer.status, await answer.text(), answer.headers.get("Location", "")

    async def post(self, url: str, fields: dict[str, str]) -> tuple[int, str, str]:
        target = URL(self.bank.base_url).join(URL(url))
        async with self.client.post(target, data=fields, allow_redirects=False) as answer:
            return answer.status, await answer.text(), answer.headers.get("Location", "")

    async def control(self, verb: str, path: str, body: Any = None) -> tuple[int, Any]:
        async with self.client.request(verb, f"{self.bank.base_url}/sandbox/{path}", json=body) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if text else None


@asynccontextmanager
async def world(**facts: Any) -> AsyncIterator[World]:
    """A bank and a shop on free ports."""
    shop = Shop()
    app = web.Application()
    app.router.add_route("*", "/callback", shop.callback)
    shop_runner = web.AppRunner(app)
    await shop_runner.setup()
    await web.TCPSite(shop_runner, "127.0.0.1", 0).start()
    shop.url = f"http://127.0.0.1:{shop_runner.addresses[0][1]}"
    usual = {"callback_url": f"{shop.url}/callback", "callback_secret": SECRET, "callback_spacing": 0.05}
    bank = Bank([Merchant(**usual | facts)], rng=random.Random(3))  # noqa: S311  (repeatable on purpose)
    bank_runner = await start(make_app(bank), 0)
    try:
        async with aiohttp.ClientSession() as client:
            yield World(bank, shop, client)
    finally:
        await bank_runner.cleanup()
        await shop_runner.cleanup()


class Page(HTMLParser):
    """What a browser without scripts would find: elements by id, and what must not be there."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: dict[str, dict[str, str | None]] = {}
        self.tags: list[str] = []
        self.inline: list[str] = []
        self.labels: list[str | None] = []
        self.form: dict[str, str | None] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        self.inline += [name for name in found if name == "style" or name.startswith("on")]
        self.ids |= {found["id"]: found} if found.get("id") else {}  # type: ignore[dict-item]  # get() has just said so
        if tag == "label":
            self.labels.append(found.get("for"))
        if tag == "form":
            self.form = found


def without_edges(text: str) -> str:
    """Narrow and non-breaking spaces as plain ones, to compare what people read."""
    return re.sub(r"\s", " ", text)


# The whole way


async def test_the_way_of_a_payment_in_the_old_dialect() -> None:
    """Form, issuer, back to the shop; a signed callback; status; refund; another callback."""
    async with world() as here:
        order = await here.register()
        assert order["formUrl"] == f"{here.bank.base_url}{RUSSIAN_FORM}?mdOrder={order['orderId']}"
        status, text, _ = await here.get(order["formUrl"])
        assert status == 200
        assert "4 500,00 ₽" in without_edges(text)
        status, _, issuer = await here.post(order["formUrl"], CHALLENGED)
        assert (status, issuer[:5]) == (303, "/acs/")
        assert (await here.call("getOrderStatusExtended.do", orderNumber="A-1"))["orderStatus"] == 5
        status, _, back = await here.post(issuer, {"code": "111111", "action": "confirm"})
        assert (status, back) == (302, f"{here.shop.url}/back?x=1&orderId={order['orderId']}&lang=ru")
        (told,) = await here.shop.heard(1)
        assert (told.pop("method"), told["operation"], told["status"]) == ("GET", "deposited", "1")
        assert told.pop("checksum") == checksum(SECRET, told)
        paid = await here.call("getOrderStatusExtended.do", orderId=order["orderId"])
        assert (paid["orderStatus"], paid["paymentAmountInfo"]["depositedAmount"]) == (2, 450000)
        answer = await here.call("refund.do", orderId=order["orderId"], amount=50000, externalRefundId="r-1")
        assert answer["errorCode"] == "0"
        assert (await here.shop.heard(2))[1]["operation"] == "refunded"


async def test_the_way_of_a_payment_in_the_new_dialect() -> None:
    """JSON both ways, another form address, a frictionless card, a POST callback."""
    async with world() as here:
        order = await here.register(dialect=Dialect.ECOM, language="en", returnUrl=f"{here.shop.url}/back")
        assert order["formUrl"] == f"{here.bank.base_url}/pp/pay_en?orderId={order['orderId']}"
        assert "4,500.00 ₽" in without_edges((await here.get(order["formUrl"]))[1])
        status, _, back = await here.post(order["formUrl"], CARD)
        assert (status, back) == (302, f"{here.shop.url}/back?orderId={order['orderId']}&lang=en")
        (told,) = await here.shop.heard(1)
        assert told == {
            "method": "POST",
            "mdOrder": order["orderId"],
            "orderNumber": "A-1",
            "operation": "deposited",
            "status": 1,
        }


# The pages


@pytest.mark.parametrize("page", ["form", "acs", "start", "expired", "unknown"])
@pytest.mark.parametrize("language", ["ru", "en"])
async def test_pages_are_plain_and_accessible(page: str, language: str) -> None:
    """No script, nothing inline, one heading, a main landmark, a language, every field labelled."""
    async with world() as here:
        order = await here.register(language=language)
        address = order["formUrl"]
        if page == "acs":
            address = (await here.post(order["formUrl"], CHALLENGED))[2]
        elif page == "expired":
            here.bank.advance(1200)
        elif page != "form":
            address = f"/?lang={language}" if page == "start" else f"/pp/pay_{language}?orderId=nonsense"
        async with here.client.get(URL(here.bank.base_url).join(URL(address))) as answer:
            text = await answer.text()
            policy = answer.headers["Content-Security-Policy"]
        found = Page(text)
        assert "default-src 'none'" in policy
        assert "form-action" not in policy
        assert not {"script", "style"} & set(found.tags)
        assert found.inline == []
        assert (found.tags.count("h1"), found.tags.count("main")) == (1, 1)
        assert f'<html lang="{language}">' in text
        assert "<title>" in text
        fields = {name for name, facts in found.ids.items() if "name" in facts and facts.get("type") != "submit"}
        assert fields == set(found.labels)


async def test_the_stylesheet_is_served() -> None:
    """The only thing a page loads."""
    async with world() as here:
        status, text, _ = await here.get("/assets/bank.css")
        assert status == 200
        assert "prefers-color-scheme: dark" in text


async def test_the_form_has_stable_names() -> None:
    """Fields and button as documented; the form posts to its own address; test cards are listed and can be filled in."""
    async with world() as here:
        order = await here.register(description="Приём <b>терапевта</b>")
        text = (await here.get(order["formUrl"]))[1]
        found = Page(text)
        assert {"pan", "expiry", "cvc", "cardholder", "pay"} <= found.ids.keys()
        assert order["formUrl"].endswith(found.form["action"] or "nothing")
        assert "Учебный банк" in text
        assert "Приём &lt;b&gt;терапевта&lt;/b&gt;" in text
        assert "3530 1113 3330 0000" in text
        filled = Page((await here.get(f"{order['formUrl']}&card=3530111333300000"))[1])
        assert filled.ids["pan"]["value"] == "3530 1113 3330 0000"
        assert (filled.ids["expiry"]["value"], filled.ids["cvc"]["value"]) == ("12/34", "123")


async def test_the_issuers_page_has_stable_names() -> None:
    """A field for the code, two buttons, a hint."""
    async with world() as here:
        order = await here.register()
        issuer = (await here.post(order["formUrl"], CHALLENGED))[2]
        text = (await here.get(issuer))[1]
        assert {"code", "confirm", "cancel"} <= Page(text).ids.keys()
        assert "111111, 12345678, 00000" in text
        assert "5599" in text


async def test_mistyped_cards_are_explained() -> None:
    """422, each wrong field marked, what was typed kept except the CVC, no attempt used."""
    async with world() as here:
        order = await here.register()
        status, text, _ = await here.post(order["formUrl"], CARD | {"pan": "4111111111111112", "expiry": "99/99"})
        found = Page(text)
        assert status == 422
        assert [name for name in ("pan", "expiry", "cvc") if "aria-invalid" in found.ids[name]] == ["pan", "expiry"]
        assert (found.ids["pan"]["value"], found.ids["cvc"]["value"]) == ("4111111111111112", "")
        assert found.ids["pan"]["aria-describedby"] in found.ids
        assert here.bank.orders[order["orderId"]].attempts == 0


async def test_a_declined_payer_may_try_again() -> None:
    """Back to the form with the reason; after the last attempt to the fail address; a callback each time."""
    async with world() as here:
        order = await here.register(failUrl=f"{here.shop.url}/fail")
        for left in (2, 1):
            status, _, form = await here.post(order["formUrl"], REFUSED)
            assert (status, order["formUrl"].endswith(form)) == (303, True)
            text = (await here.get(form))[1]
            assert "(-2025)" in text
            assert f"Осталось попыток: {left}" in text
        status, _, target = await here.post(order["formUrl"], REFUSED)
        assert (status, target) == (302, f"{here.shop.url}/fail?orderId={order['orderId']}&lang=ru")
        told = await here.shop.heard(3)
        assert [(one["operation"], one["status"]) for one in told] == [("deposited", "0")] * 3
        assert here.bank.orders[order["orderId"]].action_code == -2013


async def test_a_wrong_code_leads_back_to_the_form() -> None:
    """The payer sees that the confirmation failed; giving up does the same."""
    async with world() as here:
        order = await here.register()
        for fields in ({"code": "424242"}, {"action": "cancel"}):
            issuer = (await here.post(order["formUrl"], CHALLENGED))[2]
            status, _, form = await here.post(issuer, fields)
            assert status == 303
            assert "(-2006)" in (await here.get(form))[1]


async def test_a_payer_who_wanders_is_led_back() -> None:
    """The form leads to the open challenge; a used challenge and a finished form lead to the shop."""
    async with world() as here:
        order = await here.register()
        issuer = (await here.post(order["formUrl"], CHALLENGED))[2]
        assert (await here.get(order["formUrl"]))[::2] == (303, issuer)
        await here.post(issuer, {"code": "111111"})
        for address in (issuer, order["formUrl"]):
            status, _, target = await here.get(address)
            assert (status, target.startswith(here.shop.url)) == (302, True)
        assert (await here.post(order["formUrl"], CARD))[0] == 302
        assert len([one for one in here.bank.journal.effects if one.kind == "deposited"]) == 1


async def test_an_expired_session_is_explained() -> None:
    """The page says so and offers the way back; paying is no longer possible."""
    async with world() as here:
        order = await here.register(failUrl=f"{here.shop.url}/fail?a=b")
        assert (await here.control("POST", "clock", {"advance_seconds": 1200}))[0] == 200
        for status, text, _ in (await here.get(order["formUrl"]), await here.post(order["formUrl"], CARD)):
            assert status == 200
            assert "Время на оплату истекло" in text
            assert Page(text).ids["back"]["href"] == f"{here.shop.url}/fail?a=b&orderId={order['orderId']}&lang=ru"
        (told,) = await here.shop.heard(1)
        assert told["operation"] == "declinedByTimeout"
        assert here.bank.orders[order["orderId"]].deposited == 0


async def test_a_session_ends_without_anybody_asking() -> None:
    """The bank's own clockwork sees to it."""
    async with world(session_seconds=1) as here:
        order = await here.register()
        (told,) = await here.shop.heard(1)
        assert told["operation"] == "declinedByTimeout"
        assert here.bank.orders[order["orderId"]].status is Status.DECLINED


@pytest.mark.parametrize("address", [f"{RUSSIAN_FORM}?mdOrder=x", RUSSIAN_FORM, "/pp/pay_en?orderId=x", "/acs/x"])
async def test_unknown_orders_are_not_found(address: str) -> None:
    """404 to look at, 404 to post to."""
    async with world() as here:
        assert (await here.get(address))[0] == 404
        assert (await here.post(address, CARD))[0] == 404


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://shop.test/ok", "https://shop.test/ok?ID"),
        ("https://shop.test/ok?orderId=mine", "https://shop.test/ok?orderId=mine&ID"),
        ("https://shop.test/ok#part", "https://shop.test/ok?ID#part"),
        ("https://shop.test/%D1%8F/я", "https://shop.test/%D1%8F/%D1%8F?ID"),
        ("clinic://paid", "clinic://paid?ID"),
        ("done", "BASE/payment/done?ID"),
    ],
)
async def test_return_addresses_are_extended_properly(given: str, expected: str) -> None:
    """`?` or `&`, before the fragment, in ASCII; a bare path lands at the bank, as with the real one."""
    async with world() as here:
        order = await here.register(returnUrl=given)
        target = (await here.post(order["formUrl"], CARD))[2]
        assert target == expected.replace("ID", f"orderId={order['orderId']}&lang=ru").replace(
            "BASE", here.bank.base_url
        )


async def test_other_views_and_languages_have_pages() -> None:
    """A mobile page, a page of the merchant's, and a language that reads English."""
    async with world() as here:
        for number, extra in enumerate(({"pageView": "MOBILE"}, {"pageView": "bind"}, {"language": "de"})):
            order = await here.register(f"A-{number}", **extra)
            assert (await here.get(order["formUrl"]))[0] == 200
            assert (await here.post(order["formUrl"], CARD))[0] == 302


# Callbacks


async def test_a_failed_callback_is_tried_again() -> None:
    """500 and then 302 count as failures; the third try is the last."""
    async with world() as here:
        here.shop.answers = [500, 302, 500]
        order = await here.register()
        await here.post(order["formUrl"], CARD)
        told = await here.shop.heard(3)
        assert told[0] == told[1] == told[2]
        here.bank.advance(1)
        here.shop.answers = []
        await here.call("refund.do", orderId=order["orderId"], amount=1)
        assert (await here.shop.heard(4))[3]["operation"] == "refunded"
        _, log = await here.control("GET", "callbacks")
        assert [one["answer"] for one in log["callbacks"][:3]] == [500, 302, 500]


async def test_an_unreachable_shop_does_not_disturb_the_bank() -> None:
    """No answer is noted as none."""
    async with world(callback_url="http://127.0.0.1:9/", callback_tries=1) as here:
        order = await here.register()
        await here.post(order["formUrl"], CARD)
        await here.register("A-2", dynamicCallbackUrl=f"{here.shop.url}/callback", sessionTimeoutSecs=5)
        here.bank.advance(5)
        assert (await here.shop.heard(1))[0]["operation"] == "declinedByTimeout"
        _, log = await here.control("GET", "callbacks")
        assert log["callbacks"][0]["answer"] is None


async def test_callbacks_can_be_sent_by_hand_true_and_forged() -> None:
    """The forged one differs only in its checksum; nothing happens to the order."""
    async with world() as here:
        order = await here.register()
        status, sent = await here.control("POST", "callbacks", {"number": "A-1"})
        assert (status, sent["operation"], sent["status"]) == (202, "deposited", 1)
        await here.shop.heard(1)
        assert (await here.control("POST", "callbacks", {"number": order["orderId"], "forge": True}))[0] == 202
        true, forged = await here.shop.heard(2)
        sums = true.pop("checksum"), forged.pop("checksum")
        assert true == forged
        assert sums[0] != sums[1]
        assert here.bank.orders[order["orderId"]].status is Status.CREATED
        assert (await here.control("POST", "callbacks", {"number": "nonsense"}))[0] == 404


# Faults made real


@pytest.mark.parametrize(("kind", "acted"), [("timeout_before", False), ("timeout_after", True)])
async def test_a_hanging_bank_outwaits_the_client(kind: str, acted: bool) -> None:
    """The client's own patience ends the call; the order exists only if the bank acted first."""
    async with world() as here:
        await here.control("POST", "faults", {"kind": kind, "method": "register.do"})
        body = CREDENTIALS | {"orderNumber": "A-1", "amount": "100", "returnUrl": "http://a.test/"}
        url = f"{here.bank.base_url}/payment/rest/register.do"
        with pytest.raises(TimeoutError):
            await here.client.post(url, data=body, timeout=aiohttp.ClientTimeout(total=0.2))
        assert (here.bank.lookup("A-1") is not None) is acted


async def test_a_hanging_call_does_not_keep_the_bank_open() -> None:
    """Closing the bank ends it at once."""
    async with world() as here:
        await here.control("POST", "faults", {"kind": "timeout_before"})
        waiting = asyncio.create_task(here.call("register.do"))
        while here.bank.faults.rules:
            await asyncio.sleep(0)
    with pytest.raises(aiohttp.ClientError):
        await waiting


@pytest.mark.parametrize(("kind", "acted"), [("cut_before", False), ("cut_after", True)])
async def test_a_cut_connection_is_really_cut(kind: str, acted: bool, caplog: pytest.LogCaptureFixture) -> None:
    """The client sees the connection break, the bank does not complain about it."""
    async with world() as here:
        await here.control("POST", "faults", {"kind": kind, "method": "register.do"})
        with caplog.at_level(logging.WARNING), pytest.raises(aiohttp.ClientError):
            await here.register()
        assert caplog.records == []
        assert (here.bank.lookup("A-1") is not None) is acted


async def test_late_and_broken_answers_travel_as_they_are() -> None:
    """A delay, a status, an empty body, half an answer."""
    async with world() as here:
        await here.register()
        url = f"{here.bank.base_url}/rest/getOrderStatusExtended.do"
        seen = []
        for fault in ({"kind": "delay", "value": 0.01}, {"kind": "http_502"}, {"kind": "empty"}, {"kind": "truncated"}):
            await here.control("POST", "faults", fault)
            async with here.client.post(url, data=CREDENTIALS | {"orderNumber": "A-1"}) as answer:
                seen.append((answer.status, len(await answer.read())))
        (_, whole), (status, _), (_, none), (_, half) = seen
        assert (status, none, half) == (502, 0, whole // 2)


# The controls


async def test_the_journal_can_be_read_on_from_where_one_stopped() -> None:
    """All of it, or what came after a row."""
    async with world() as here:
        order = await here.register()
        await here.post(order["formUrl"], CARD)
        _, whole = await here.control("GET", "journal")
        assert [one["kind"] for one in whole["effects"]] == ["registered", "attempt", "deposited"]
        _, rest = await here.control("GET", "journal?after=2")
        assert rest["effects"] == whole["effects"][2:]


async def test_orders_can_be_listed_and_looked_up() -> None:
    """Newest first; one by number or by id."""
    async with world() as here:
        first = await here.register("A-1")
        await here.register("A-2")
        _, listed = await here.control("GET", "orders?limit=5")
        assert [one["number"] for one in listed["orders"]] == ["A-2", "A-1"]
        for name in ("A-1", first["orderId"]):
            status, one = await here.control("GET", f"orders/{name}")
            assert (status, one["id"], one["state"], one["deposited"]) == (200, first["orderId"], "created", 0)
        assert (await here.control("GET", "orders/nonsense"))[0] == 404


async def test_the_clock_moves_forward() -> None:
    """By seconds, and it tells its offset."""
    async with world() as here:
        _, before = await here.control("GET", "clock")
        _, after = await here.control("POST", "clock", {"advance_seconds": 86400})
        assert (before["offset_seconds"], after["offset_seconds"]) == (0, 86400)
        assert after["now"] >= before["now"] + 86_400_000


async def test_faults_can_be_set_read_and_cleared() -> None:
    """What is in force, and what has fired."""
    async with world() as here:
        wanted = {"kind": "delay", "method": "*", "scope": "merchant", "id": "sandbox-api", "times": 2, "value": 0}
        status, rule = await here.control("POST", "faults", wanted)
        assert (status, rule) == (201, wanted | {"effect": None})
        await here.register()
        _, state = await here.control("GET", "faults")
        assert state["rules"] == [wanted | {"times": 1, "effect": None}]
        assert state["fired"] == [{"kind": "delay", "method": "register.do", "times": 1}]
        assert (await here.control("DELETE", "faults"))[0] == 204
        assert (await here.control("GET", "faults"))[1]["rules"] == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("clock", {"advance_seconds": -1}),
        ("clock", {"advance_seconds": "soon"}),
        ("clock", {"advance_seconds": True}),
        ("clock", []),
        ("clock", None),
        ("faults", {"kind": "earthquake"}),
        ("faults", {"kind": "drop", "method": "refund.do"}),
        ("faults", {"kind": "delay", "colour": "red"}),
        ("faults", {"method": "*"}),
        ("faults", {"kind": "delay", "times": "many"}),
    ],
)
async def test_wrong_orders_to_the_bank_are_refused(path: str, body: Any) -> None:
    """400 with the reason; nothing is changed."""
    async with world() as here:
        status, answer = await here.control("POST", path, body)
        assert status == 400
        assert answer["error"]
        assert here.bank.faults.rules == []
        assert here.bank.clock.offset == 0


async def test_a_web_page_cannot_push_the_buttons() -> None:
    """A form in a browser has no JSON content type, so it is refused."""
    async with world() as here:
        async with here.client.post(
            f"{here.bank.base_url}/sandbox/clock",
            data=b'{"advance_seconds": 5}',
            headers={"Content-Type": "text/plain"},
        ) as answer:
            assert answer.status == 400
        assert here.bank.clock.offset == 0


# Alone


def test_the_bank_runs_by_itself_and_stops_when_told(tmp_path: Any) -> None:
    """`python -m gateways.sandbox` prints its address, answers there, and ends well at SIGTERM."""
    command = [sys.executable, "-m", "gateways.sandbox", "--port", "0", "--secret-from-env", "BANK_SECRET"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={"BANK_SECRET": "s"}) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", address)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_a_missing_secret_is_an_error_at_once() -> None:
    """Better than unsigned callbacks that nobody expects."""
    command = [sys.executable, "-m", "gateways.sandbox", "--port", "0", "--secret-from-env", "BANK_SECRET"]
    done = subprocess.run(command, capture_output=True, text=True, env={}, check=False)
    assert done.returncode == 2
    assert "BANK_SECRET" in done.stderr
