"""What the script of the old payment page asks, and the payer's way over the issuer's page."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from gateways.sandbox import Bank, Reply, Status, WireRequest, dispatch
from tests.sandbox.live import Page, world
from tests.sandbox.rehearsal import RETURN_URL, bank, paid, register

PLAIN = {"$PAN": "2200000000000038", "$CVC": "123", "$EXPIRY": "203412"}
SECURE = PLAIN | {"$PAN": "5555555555555599"}


def send(shop: Bank, method: str, **fields: Any) -> Reply:
    """As a browser does: a form, and nothing that says who asks."""
    kind = "application/x-www-form-urlencoded"
    return dispatch(shop, WireRequest("POST", f"/payment/rest/{method}", "", kind, urlencode(fields).encode()))


def told(shop: Bank, method: str, **fields: Any) -> dict[str, Any]:
    reply = send(shop, method, **fields)
    assert reply.status == 200
    found: dict[str, Any] = json.loads(reply.body)
    return found


def test_the_page_asks_what_it_shows() -> None:
    """The sum as a text with its currency, the seconds that are left, the parameters it names, no secret of the shop."""
    shop = bank()
    order = register(shop, description="Консультация", jsonParams='{"visit":"7","secret":"x"}', email="a@example.com")
    shop.advance(20)
    found = told(shop, "getSessionStatus.do", MDORDER=order.id, language="ru", paramNames="visit")
    assert (found["remainingSecs"], found["orderNumber"], found["amount"]) == (1180, "A-1", "199.00 RUB")
    assert found["merchantInfo"] == {"merchantFullName": "Учебный магазин", "merchantLogin": "sandbox"}
    assert (found["queriedParams"], found["customerDetails"]["email"]) == ({"visit": "7"}, "a@example.com")
    assert {"MIR", "VISA_TDS", "SSL"} <= set(found["merchantOptions"])


def test_a_finished_order_leads_back() -> None:
    """There is nothing to show: the script is told where to go."""
    shop = bank()
    order = paid(shop)
    assert told(shop, "getSessionStatus.do", MDORDER=order.id) == {
        "redirect": f"{RETURN_URL}?orderId={order.id}&lang=ru"
    }


def test_an_unknown_order_is_an_error_in_words() -> None:
    """The page's errors are a text and a number."""
    found = told(bank(), "getSessionStatus.do", MDORDER="nothing")
    assert (found["errorCode"], found["error"]) == (6, "Неверный номер заказа")
    assert told(bank(), "processform.do", **PLAIN)["error"] == "[MDORDER] не задан"


def test_the_form_pays() -> None:
    """The card goes off without the shop's password; the payer is led on."""
    shop = bank()
    order = register(shop)
    found = told(shop, "processform.do", MDORDER=order.id, **PLAIN)
    assert (found["errorCode"], found["redirect"].startswith(RETURN_URL)) == (0, True)
    assert order.status is Status.DEPOSITED


def test_a_refused_card_may_be_tried_again() -> None:
    """Words and no redirect while there are tries left."""
    shop = bank()
    order = register(shop)
    found = told(shop, "processform.do", MDORDER=order.id, **PLAIN | {"$PAN": "4276990011343663"})
    assert "error" in found
    assert "redirect" not in found
    assert told(shop, "processform.do", MDORDER=order.id, **PLAIN)["redirect"].startswith(RETURN_URL)


def test_the_payer_gives_up() -> None:
    """The order is over, and who paid already cannot give up."""
    shop = bank()
    order = register(shop)
    assert told(shop, "declineByClient.do", mdOrder=order.id)["redirect"].startswith(RETURN_URL)
    assert order.status is Status.DECLINED
    assert told(shop, "declineByClient.do", mdOrder=paid(shop, "A-2").id)["errorCode"] == 7


@pytest.mark.parametrize(("field", "named"), [("PaRes", True), ("cres", False)])
def test_the_browser_brings_the_issuers_answer(field: str, named: bool) -> None:
    """It is a person who comes, so it is led on and not answered; the new protocol names no order beside its answer."""
    shop = bank()
    order = register(shop)
    asked = told(shop, "processform.do", MDORDER=order.id, **SECURE)
    said = shop.issuer.answer(shop.issuer.asked(asked["paReq"]) or "", "Y")
    method = "finish3ds.do" if named else "finish3dsVer2.do"
    reply = send(shop, method, **{field: said} | ({"MD": order.id} if named else {}))
    assert (reply.status, reply.location) == (302, f"{RETURN_URL}?orderId={order.id}&lang=ru")
    assert order.status is Status.DEPOSITED


def test_a_wrong_code_leads_back_to_the_form() -> None:
    """With tries left the payer is at the bank's page again."""
    shop = bank()
    order = register(shop)
    told(shop, "processform.do", MDORDER=order.id, **SECURE)
    reply = send(shop, "finish3ds.do", MD=order.id, PaRes=shop.issuer.answer(order.challenge or "", "N"))
    assert reply.location == f"http://bank.test{order.form_path}"
    assert told(shop, "finish3ds.do", MD=order.id)["error"] == "[PaRes] не задан"


@pytest.mark.parametrize(("code", "paid_for"), [("111111", True), ("42", False)])
async def test_a_payer_walks_over_the_issuers_page(code: str, paid_for: bool) -> None:
    """Form, issuer, answer, bank, shop: every step a plain form, no script on the way."""
    async with world(attempts=1) as at:
        order_id = (await at.register())["orderId"]
        card = {"MDORDER": order_id, **SECURE}
        async with at.client.post(f"{at.bank.base_url}/payment/rest/processform.do", data=card) as answered:
            asked = await answered.json()
        posted = {"PaReq": asked["paReq"], "MD": order_id, "TermUrl": asked["termUrl"]}
        code_, text, _ = await at.post(asked["acsUrl"], posted)
        page = Page(text)
        assert (code_, page.inline, "script" in page.tags) == (200, [], False)
        _, text, _ = await at.post("/3ds/acs/answer", _hidden(text) | {"code": code, "action": "confirm"})
        target = Page(text).form["action"]
        assert target == asked["termUrl"]
        status, _, location = await at.post(target or "", _hidden(text))
        assert (status, location) == (302, f"{at.shop.url}/back?x=1&orderId={order_id}&lang=ru")
        assert (at.bank.orders[order_id].status is Status.DEPOSITED) is paid_for


async def test_the_issuer_knows_only_who_waits() -> None:
    """A request of nobody's is a page that says so; the hidden frame's addresses are there."""
    async with world() as at:
        for address in ("/3ds/acs", "/3ds/acs/answer"):
            code, text, _ = await at.post(address, {"PaReq": "nonsense", "asked": "nonsense"})
            assert (code, "Заказ не найден" in text) == (404, True)
        assert (await at.get("/3ds/method"))[0] == 200


def _hidden(text: str) -> dict[str, str]:
    """The hidden fields of a page's form."""
    found: dict[str, str] = {}

    class Fields(Page):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            facts = dict(attrs)
            if tag == "input" and facts.get("type") == "hidden":
                found[facts["name"] or ""] = facts.get("value") or ""

    Fields(text)
    return found
