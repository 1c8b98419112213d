"""The steps that only choose: services, clinics, days and times; in both languages, on the clinic's clock."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from checkout.payment.order import Word
from checkout.web import assets
from tests.pages.visitor import CONTACTS, Visitor, made, only
from tests.world import World


async def test_services_show_price_length_and_deposit_before_anything_is_typed(visitor: Visitor) -> None:
    """Step 1 names what each visit costs and what the deposit would be; goods are not offered as visits."""
    page = await visitor.get("/")
    assert (page.status, page.heading) == (200, "Выберите услугу")
    assert "Шаг 1 из 3" in page.text
    assert "Гигиена полости рта 60 мин · можно внести предоплату 900 ₽ 4 500 ₽" in page.text
    assert "dental-cleaning" in page.fields["service"]
    assert "insoles" not in page.fields["service"]


async def test_only_clinics_that_give_the_service_are_offered(visitor: Visitor) -> None:
    """Addresses as radios; a clinic without the service is not among them."""
    page = await visitor.get("/book?service=massage")
    assert page.fields["clinic"] == ["krasny", "lenina", "tverskaya"]
    assert "Новосибирск, улица Ленина, 12" in page.text
    assert (await visitor.get("/book?service=child-consultation")).fields["clinic"] == ["krasny", "tverskaya"]


async def test_the_steps_lead_from_the_first_page_to_the_form(visitor: Visitor) -> None:
    """Each form's own fields, sent as a browser would, lead to the next step."""
    page = await visitor.get("/")
    page = await visitor.get(f"{page.actions[0]}?service=consultation&lang={page.values['lang']}")
    page = await visitor.get(f"{page.actions[0]}?service={page.values['service']}&clinic=krasny")
    assert "Шаг 2 из 3" in page.text
    day = page.fields["day"][2]
    page = await visitor.get(f"/book?service=consultation&clinic=krasny&since={page.values['since']}&day={day}")
    assert page.values["day"] == day
    assert "Новосибирск, UTC+7" in page.text
    page = await visitor.get(next(link for link in page.links if "at=" in link and day[-2:] in link))
    assert (page.heading, page.actions) == ("Контакты и оплата", ["/book"])


async def test_a_day_is_offered_with_the_number_of_its_free_times(visitor: Visitor, world: World) -> None:
    """Seven days with something free; the count is the number of times that the day then lists."""
    page = await visitor.get("/book?service=consultation&clinic=tverskaya")
    assert len(page.fields["day"]) == 7
    first = page.values["day"]
    times = {link for link in page.links if "at=" in link}
    assert f"свободно: {len(times)}" in page.text
    assert first >= (await world.now()).date().isoformat()


async def test_later_days_can_be_reached_and_left_again(visitor: Visitor) -> None:
    """The list goes on where it ended, up to the booking horizon, and leads back to its beginning."""
    page = await visitor.get("/book?service=consultation&clinic=tverskaya")
    later = next(link for link in page.links if "since=" in link)
    following = await visitor.get(later)
    assert following.fields["day"][0] > page.fields["day"][-1]
    assert "Ближайшие дни" in following.text


async def test_a_full_day_leads_to_the_next_ones(visitor: Visitor, world: World) -> None:
    """A link to a day on which the clinic is closed shows the days after it, and says why."""
    sunday = (await world.now()).date()
    while sunday.isoweekday() != 7:
        sunday += timedelta(days=1)
    page = await visitor.get(f"/book?service=consultation&clinic=krasny&day={sunday}")
    assert "На этот день свободного времени нет" in page.text
    assert page.values["day"] > sunday.isoformat()


async def test_far_away_days_say_that_nothing_is_free(visitor: Visitor) -> None:
    """Beyond the horizon there is no list, but a way on: the first days, another clinic, the telephone."""
    page = await visitor.get("/book?service=consultation&clinic=krasny&since=2099-01-01")
    assert page.status == 200
    assert "Свободного времени пока нет" in page.text
    assert "Другая клиника" in page.text


@pytest.mark.parametrize(
    ("path", "heading"), [("/?service=gone", "услугу"), ("/?service=massage&clinic=no", "клинику")]
)
async def test_an_outdated_link_is_a_404_with_a_way_on(visitor: Visitor, path: str, heading: str) -> None:
    """An unknown service or clinic shows what there is instead."""
    page = await visitor.get(path)
    assert (page.status, page.heading) == (404, f"Выберите {heading}")
    assert page.title.startswith("Ошибка: ")


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
    assert "Предоплата: 750 ₽ Остальное, 1 750 ₽, — в клинике" in page.text
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


async def test_times_are_on_the_clinics_clock_and_say_so(visitor: Visitor) -> None:
    """Novosibirsk opens at eight on its own clock, wherever the payer is."""
    form = await visitor.form(clinic="krasny")
    at = datetime.fromisoformat(form.values["at"]).astimezone(UTC)
    assert f"{(at + timedelta(hours=7)):%H:%M} (Новосибирск, UTC+7)" in form.text


async def test_no_page_sets_a_cookie_or_runs_a_script_but_ours(visitor: Visitor) -> None:
    """From the first page to the bank: no cookie, one script from a file of ours, nothing inline, nothing from elsewhere."""
    form = await visitor.form()
    sent = await visitor.send(form)
    for page in [await visitor.get("/"), form, sent, await visitor.get(sent.location)]:
        assert "Set-Cookie" not in page.headers
        assert all(f'src="{assets.href("payer.js")}"' in script for script in re.findall("<script[^>]*>", page.html))
        assert page.tags.count("script") == (page.status == 200)
        assert "style" not in page.tags
        assert " style=" not in page.html
        assert "form-action 'self'" in page.headers["Content-Security-Policy"]
    assert await visitor.world.word((await only(visitor.world)).id) is Word.AWAITING_PAYMENT
