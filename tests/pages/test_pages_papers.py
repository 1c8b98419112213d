"""What stands on the steps and beside them before anybody has booked: payee, papers, language; no cookie, little weight."""

from __future__ import annotations

import gzip
import re

from checkout.payment.order import Word
from checkout.web import assets
from tests.pages.visitor import CONTACTS, Visitor, made, only, told
from tests.world import World


async def test_the_form_shows_whom_one_pays_and_what_one_agrees_to(visitor: Visitor) -> None:
    """Payee, consents (none ticked) with their dated texts, plans with sums, return rules, before any payment."""
    page = await visitor.form()
    assert "ОГРН 1025400000001" in page.text
    assert "ИНН 5400000001" in page.text
    assert "КПП 540001001" in page.text
    assert "Текст от 1 ноября 2026" in page.text
    assert "Договор заключается в момент оплаты" in page.text
    assert not any(name.startswith("consent-") for name in page.values)
    assert page.fields["plan"] == ["full", "deposit", "at_clinic"]
    assert re.search(r"Предоплата: 750 ₽ 1 750 ₽ — в клинике на визите, \w+, \d+ \w+, \d\d:\d\d", told(page.text))
    assert "Лицензия Л041-00000-54/00000000" in page.text
    assert {"/prices?lang=ru&clinic=tverskaya", "/terms?lang=ru#returns"} <= set(page.links)
    assert "Карта вводится на странице банка. Мы её не видим." in page.text
    assert re.search(r"Попросить возврат — до \d+ \w+ \d{4} включительно", page.text)


async def test_a_service_without_a_deposit_offers_no_deposit(visitor: Visitor) -> None:
    """Only the plans that the service allows stand in the form."""
    assert (await visitor.form("blood-test", "krasny")).fields["plan"] == ["full"]


async def test_the_browser_chooses_the_language_and_the_address_overrules_it(world: World) -> None:
    """Accept-Language first, `lang` above it; the document says which language it is in."""
    plain = Visitor(world)
    assert (await plain.get("/", **{"Accept-Language": "en-GB,en;q=0.9,ru;q=0.5"})).language == "en"
    assert (await plain.get("/", **{"Accept-Language": "de, ru;q=0.8, en;q=0.2"})).language == "ru"
    assert (await plain.get("/?lang=ru", **{"Accept-Language": "en"})).language == "ru"
    assert (await plain.get("/", **{"Accept-Language": "fr;q=x, de"})).language == "ru"


async def test_the_language_switch_keeps_what_was_chosen(visitor: Visitor) -> None:
    """The link leads to the same step with the same choice."""
    page = await visitor.get("/book?service=massage&clinic=krasny")
    switch = next(link for link in page.links if "lang=en" in link)
    other = await visitor.get(switch)
    assert (other.language, other.heading) == ("en", "Choose a day and a time")
    assert other.values["clinic"] == "krasny"


async def test_the_language_switch_of_the_form_keeps_what_was_typed(visitor: Visitor, world: World) -> None:
    """It is a button of the form: the same input in the other language, and nothing is booked."""
    form = await visitor.form()
    other = await visitor.send(form, switch="en", plan="deposit", patient="Пётр")
    assert (other.status, other.language, other.heading) == (200, "en", "Contacts and payment")
    assert other.values["name"] == CONTACTS["name"]
    assert (other.values["plan"], other.values["patient"]) == ("deposit", "Пётр")
    assert other.values["ticket"] == form.values["ticket"]
    assert not await made(world)


async def test_an_english_order_stays_english(visitor: Visitor, world: World) -> None:
    """Refusals, the order's page and the bank's page speak the language in which the visit was booked."""
    form = await visitor.form(lang="en")
    wrong = await visitor.send(form, phone="12")
    assert wrong.title.startswith("Error: ")
    assert "Please check the telephone number." in wrong.text
    sent = await visitor.send(form)
    page = await visitor.get(sent.location.removesuffix("/bank"))
    assert (page.language, page.heading) == ("en", "The payment is not confirmed yet")
    assert world.bank.recent(1)[0].request.language == "en"


async def test_the_price_list_is_public(visitor: Visitor) -> None:
    """What each clinic sells today, with deposit and VAT; one clinic alone if the address names it; in both languages."""
    page = await visitor.get("/prices?lang=ru")
    assert (page.status, page.heading) == (200, "Цены")
    assert "Гигиена полости рта 60 мин, без НДС 4 500 ₽ предоплата 900 ₽" in told(page.text)
    assert "Ортопедические стельки в том числе НДС 22 % 3 900 ₽" in told(page.text)
    assert "ИНН 5400000001" in page.text
    assert "Клиника на Ленина" in page.text
    one = await visitor.get("/prices?clinic=tverskaya&lang=en")
    assert (one.language, one.heading) == ("en", "Prices")
    assert "Dental cleaning 60 min, no VAT 4 500 ₽ deposit 900 ₽" in told(one.text)
    assert "Lenin Street" not in one.text
    assert "/book?clinic=tverskaya&lang=en" in one.links


async def test_the_terms_are_public(visitor: Visitor, world: World) -> None:
    """Every text that is agreed to with its version, how money goes back, and who is paid."""
    page = await visitor.get("/terms?lang=ru")
    assert (page.status, page.heading) == (200, "Условия и возврат")
    for text in world.config.consents:
        assert text.title_ru in page.text
        assert re.sub(r"\s+", " ", text.text_ru).strip() in page.text
    assert "Текст от 1 ноября 2026" in page.text
    assert "ОГРН 1025400000001" in page.text
    assert "в течение 30 дней после визита" in page.text
    assert (await visitor.get("/terms?lang=en")).heading == "Terms and refunds"


async def test_every_step_links_to_prices_and_terms(visitor: Visitor) -> None:
    """They open beside the step, so that nothing typed is lost."""
    for page in (await visitor.get("/"), await visitor.get("/book?service=massage"), await visitor.form()):
        assert '<a href="/prices?lang=ru" target="_blank">' in page.html
        assert '<a href="/terms?lang=ru" target="_blank">' in page.html


async def test_no_page_sets_a_cookie_before_there_is_an_order(visitor: Visitor) -> None:
    """From the first page to the bank: one script of ours, nothing inline or from elsewhere; one cookie, with the order."""
    form = await visitor.form()
    wrong = await visitor.send(form, phone="12")
    steps = [await visitor.get("/"), await visitor.get("/book?service=massage"), form, wrong]
    sent = await visitor.send(form)
    for page in [*steps, sent, await visitor.get(sent.location)]:
        assert ("Set-Cookie" in page.headers) == (page is sent)
        assert all(f'src="{assets.href("payer.js")}"' in script for script in re.findall("<script[^>]*>", page.html))
        assert page.tags.count("script") == (page.status != 303)
        assert "style" not in page.tags
        assert " style=" not in page.html
        assert "form-action 'self'" in page.headers["Content-Security-Policy"]
    assert await visitor.world.word((await only(visitor.world)).id) is Word.AWAITING_PAYMENT


async def test_the_steps_weigh_little(visitor: Visitor) -> None:
    """14 kB at most over the wire, each of them."""
    for page in (
        await visitor.get("/"),
        await visitor.get("/prices"),
        await visitor.get("/terms"),
        await visitor.form(),
    ):
        assert len(gzip.compress(page.html.encode())) < 14_000
