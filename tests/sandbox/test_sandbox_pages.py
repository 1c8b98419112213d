"""The payer's pages over real HTTP, as a browser without JavaScript meets them."""

from __future__ import annotations

from typing import Any

import pytest
from yarl import URL

from gateways.sandbox import Status
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
