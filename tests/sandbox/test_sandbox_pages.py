"""The payer's pages over real HTTP, as a browser without JavaScript meets them."""

from __future__ import annotations

import json
import re
from typing import Any

import aiohttp
import pytest
from yarl import URL

from gateways.sandbox import Dialect, Status
from tests.sandbox.live import CARD, CHALLENGED, REFUSED, RUSSIAN_FORM, Page, world


@pytest.mark.parametrize("page", ["form", "acs", "start", "expired", "unknown"])
@pytest.mark.parametrize("language", ["ru", "en"])
async def test_pages_are_plain_and_accessible(page: str, language: str) -> None:
    """Nothing inline, a script of our own at most, one heading, a main landmark, a language, every field labelled."""
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
        assert "style" not in found.tags
        assert found.tags.count("script") == text.count('<script src="/assets/bank.js" defer></script>')
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
    """Fields and button as documented; the form posts to its own address; test cards can be filled in."""
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


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"pan": ""}, "Введите номер карты."),
        ({"pan": "4111"}, "Номер карты — от 12 до 19 цифр."),
        ({"pan": "4111 1111 1111 1112"}, "Проверьте номер карты: в нём ошибка."),
        ({"pan": "4000-0000-0000-0002", "expiry": "01/20"}, "Срок действия карты истёк."),
        ({"expiry": "13/30"}, "Срок действия пишется как 12/34."),
        ({"expiry": " "}, "Введите срок действия: месяц и год."),
        ({"cvc": "12"}, "CVC — три или четыре цифры."),
        ({"cvc": ""}, "Введите CVC с обратной стороны карты."),
        ({"cardholder": "Иван"}, "Имя на карте пишется латинскими буквами."),
    ],
)
async def test_each_mistake_has_its_own_words(typed: dict[str, str], said: str) -> None:
    """In the summary, which leads to the field, and beside the field, which is in focus."""
    async with world() as here:
        order = await here.register()
        status, text, _ = await here.post(order["formUrl"], CARD | typed)
        found = Page(text)
        field = list(typed)[-1]
        assert (status, text.count(said)) == (422, 2)
        assert f'href="#{field}"' in text
        assert "autofocus" in found.ids[field]


@pytest.mark.parametrize(
    ("pan", "system"),
    [
        ("2202205000012424", "МИР"),
        ("4111111111111111", "VISA"),
        ("5555555555555599", "Mastercard"),
        ("3530111333300000", "JCB"),
    ],
)
async def test_the_brand_is_told_without_a_script(pan: str, system: str) -> None:
    """Filled in by the list of test cards: one of the four stands out."""
    async with world() as here:
        order = await here.register()
        text = (await here.get(f"{order['formUrl']}&card={pan}"))[1]
        assert re.findall(r'<li data-system="\w+" data-on>(.+?)</li>', text) == [system]


async def test_the_form_can_be_read_in_the_other_language() -> None:
    """Its address in the other language shows it so, and keeps it so through a decline."""
    async with world() as here:
        for dialect in Dialect:
            order = await here.register(f"A-{dialect}", dialect)
            text = (await here.get(order["formUrl"]))[1]
            english = Page(text).links["en"]
            assert "Card number" in (await here.get(english))[1]
            _, _, again = await here.post(english, REFUSED)
            assert again == english
            assert "Attempts left: 2" in (await here.get(again))[1]


async def test_the_shops_own_button_leads_back() -> None:
    """If the shop asked for one; never to anything but a web address."""
    async with world() as here:
        for number, address in enumerate(("https://shop.test/basket", "javascript:alert(1)")):
            params = json.dumps({"backToShopUrl": address, "backToShopName": "В корзину"})
            order = await here.register(f"A-{number}", jsonParams=params)
            found = Page((await here.get(order["formUrl"]))[1])
            assert ("back-to-shop" in found.ids) is address.startswith("https")


@pytest.mark.parametrize(
    ("letter", "status", "code", "eci"),
    [("Y", 2, 0, 2), ("N", 0, -2006, 0), ("A", 2, 0, 1), ("U", 0, -2011, 0)],
)
async def test_a_tester_may_choose_how_authentication_ends(letter: str, status: int, code: int, eci: int) -> None:
    """Four letters on the issuer's page; yes and an attempt go on to the issuer, the others are declined tries."""
    async with world() as here:
        order = await here.register()
        issuer = (await here.post(order["formUrl"], CHALLENGED))[2]
        assert f"outcome-{letter}" in Page((await here.get(issuer))[1]).ids
        await here.post(issuer, {"action": letter})
        told = await here.call("getOrderStatusExtended.do", orderId=order["orderId"])
        assert (told["orderStatus"], told["actionCode"]) == (status, code)
        assert told["cardAuthInfo"]["secureAuthInfo"]["eci"] == eci
        assert (await here.post(issuer, {"action": "Y"}))[0] in (302, 303)
        assert here.bank.orders[order["orderId"]].attempts == 1


async def test_an_order_without_money_stays_declined_whatever_the_letter() -> None:
    """Authentication is not authorisation."""
    async with world() as here:
        order = await here.register()
        poor = CARD | {"pan": "2202205000060910", "expiry": "06/28", "cvc": "810"}
        await here.post((await here.post(order["formUrl"], poor))[2], {"action": "Y"})
        assert here.bank.orders[order["orderId"]].action_code == 116


# What goes wrong on the pages


@pytest.mark.parametrize(("kind", "acted"), [("cut_after", True), ("cut_before", False)])
async def test_a_press_may_be_cut_off(kind: str, acted: bool) -> None:
    """The payer sees the connection break; the money moved or it did not."""
    async with world() as here:
        order = await here.register()
        await here.control("POST", "faults", {"kind": kind, "method": "page", "scope": "order", "id": "A-1"})
        with pytest.raises(aiohttp.ClientError):
            await here.post(order["formUrl"], CARD)
        assert (here.bank.orders[order["orderId"]].deposited > 0) is acted
        assert (await here.post(order["formUrl"], CARD))[0] == 302


async def test_a_press_may_be_answered_late_or_by_an_error() -> None:
    """Also at the issuer's; calls to the API do not meet these faults, and theirs do not meet the pages."""
    async with world() as here:
        order = await here.register()
        await here.control("POST", "faults", {"kind": "http_500", "times": None})
        await here.control("POST", "faults", {"kind": "delay", "method": "page", "value": 0.01})
        await here.control("POST", "faults", {"kind": "http_502", "method": "page"})
        issuer = (await here.post(order["formUrl"], CHALLENGED))[2]
        assert (await here.post(issuer, {"code": "111111"}))[0] == 502
        assert here.bank.orders[order["orderId"]].deposited == 0
        assert (await here.post(issuer, {"code": "111111"}))[0] == 302


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
        added = f"orderId={order['orderId']}&lang=ru"
        assert target == expected.replace("ID", added).replace("BASE", here.bank.base_url)


async def test_other_views_and_languages_have_pages() -> None:
    """A mobile page, a page of the merchant's, and a language that reads English."""
    async with world() as here:
        extras: list[dict[str, Any]] = [{"pageView": "MOBILE"}, {"pageView": "bind"}, {"language": "de"}]
        for number, extra in enumerate(extras):
            order = await here.register(f"A-{number}", **extra)
            assert (await here.get(order["formUrl"]))[0] == 200
            assert (await here.post(order["formUrl"], CARD))[0] == 302
