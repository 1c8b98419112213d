"""The steps that only choose: services, clinics, specialists, days and times; and the papers that may be read first."""

from __future__ import annotations

import gzip
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from yarl import URL

from checkout.payment.order import Word
from checkout.web import assets
from checkout.web.payer.choice import chosen, written
from tests.pages.visitor import CONTACTS, Seen, Visitor, made, only, told
from tests.world import MOSCOW, World


async def test_services_show_price_length_and_deposit_before_anything_is_typed(visitor: Visitor) -> None:
    """Step 1 names what each visit costs and what the deposit would be; goods stand apart, with how many of them."""
    page = await visitor.get("/")
    assert (page.status, page.heading) == (200, "Выберите услуги")
    assert "Шаг 1 из 3" in page.text
    assert "Гигиена полости рта 4 500 ₽ 60 мин · предоплата 900 ₽" in told(page.text)
    assert {"dental-cleaning", "insoles"} <= set(page.fields["service"])
    assert page.text.index("Товары") < page.text.index("Ортопедические стельки")
    assert page.fields["quantity-insoles"] == [str(count) for count in range(1, 21)]
    assert "service" not in page.values


@pytest.mark.usefixtures("polishing")
async def test_several_services_options_and_goods_make_one_sum(visitor: Visitor) -> None:
    """The sum, the minutes, the deposit and what is left stand on every step, before anything is typed."""
    ticked = "service=insoles&service=polishing&service=dental-cleaning&quantity-insoles=2&lang=ru"
    counted = await visitor.get(f"/book?{ticked}&sum=yes")
    assert counted.heading == "Выберите услуги"
    assert "Итого 13 500 ₽ 75 мин" in told(counted.text)
    assert "Сейчас достаточно внести 9 900 ₽" in told(counted.text)  # 20 % of the cleaning, the rest has no deposit
    assert counted.values["quantity-insoles"] == "2"
    clinics = await visitor.get(f"/book?{ticked}&next=clinic")
    assert "Итого 13 500 ₽. Сейчас можно внести 9 900 ₽, остальное, 3 600 ₽, — в клинике." in told(clinics.text)
    assert clinics.values["service"] == "dental-cleaning,polishing,insoles*2"
    times = await visitor.get("/book?service=insoles*2,polishing,dental-cleaning&clinic=krasny")
    assert "Итого 13 500 ₽." in told(times.text)
    form = await visitor.get(next(link for link in times.links if "at=" in link))
    assert "Гигиена полости рта 60 мин 4 500 ₽ Полировка 15 мин 1 200 ₽" in told(form.text)
    assert "Ортопедические стельки × 2 7 800 ₽ Итого 13 500 ₽" in told(form.text)
    assert "Предоплата: 9 900 ₽ 3 600 ₽ — в клинике на визите" in told(form.text)
    assert "service=dental-cleaning,polishing,insoles*2&" in next(link for link in form.links if "service=" in link)


async def test_the_script_finds_what_it_counts(visitor: Visitor) -> None:
    """Each box carries kopecks, minutes and what is enough to pay now; the sums have a place to be written to."""
    page = await visitor.get("/")
    form = page.html[page.html.index("data-calculator") : page.html.index("</form>")]
    box = form[form.index('value="dental-cleaning"') :]
    assert re.match(r'value="dental-cleaning"\s+data-price="450000" data-minutes="60" data-deposit="90000"', box)
    assert 'data-quantity-for="insoles"' in form
    assert "data-total" in form
    assert "data-minutes-total" in form


@pytest.mark.parametrize(
    ("query", "lines"),
    [
        ("service=consultation", (("consultation", 1),)),
        ("service=consultation,insoles*2", (("consultation", 1), ("insoles", 2))),
        ("service=consultation&service=insoles&quantity-insoles=3", (("consultation", 1), ("insoles", 3))),
        ("service=insoles*2&quantity-insoles=3", (("insoles", 2),)),
        ("service=massage,massage*2&service=massage", (("massage", 1),)),
        ("service=a*0,b*21,c*x,d*,e*20,f*-1,g*1_0", (("e", 20),)),
        ("service=,,<b>,Ж,-a,a b&quantity-a=2", ()),
        ("service=a&quantity-a=21", ()),
        ("quantity-insoles=2", ()),
        ("service=" + ",".join(f"s{n}" for n in range(30)), tuple((f"s{n}", 1) for n in range(20))),
    ],
)
def test_what_was_chosen_is_read_from_links_and_from_forms(query: str, lines: tuple[tuple[str, int], ...]) -> None:
    """Comma-joined or repeated, each once, at most twenty lines of at most twenty; what cannot be read was not chosen."""
    choice = chosen(URL(f"/book?{query}").query, "ru")
    assert choice.lines == lines
    assert chosen(URL(choice.href()).query, "ru") == choice


async def test_a_step_without_a_service_says_so(visitor: Visitor) -> None:
    """Nothing ticked, or goods alone: the list again with the reason; opened for the first time it is no mistake."""
    nothing = await visitor.get("/book?next=clinic&lang=ru")
    assert (nothing.status, nothing.title.startswith("Ошибка: ")) == (422, True)
    assert "Добавьте хотя бы одну услугу." in nothing.text
    goods = await visitor.get("/book?service=insoles*2")
    assert goods.status == 422
    assert "Товары можно заказать только вместе с визитом. Добавьте хотя бы одну услугу." in goods.text
    assert goods.values["service"] == "insoles"
    assert goods.values["quantity-insoles"] == "2"
    assert (await visitor.get("/book?lang=ru")).status == 200


@pytest.mark.usefixtures("polishing")
async def test_an_option_without_its_service_is_left_out_and_said(visitor: Visitor) -> None:
    """It goes with its service alone; the rest of the choice goes on."""
    page = await visitor.get("/book?service=consultation,polishing")
    assert (page.status, page.heading) == (200, "Выберите клинику")
    assert "«Полировка» делают только вместе с услугой" in page.text
    assert page.values["service"] == "consultation"
    alone = await visitor.get("/book?service=polishing&next=clinic")
    assert alone.status == 422
    assert "«Полировка» делают только вместе с услугой" in alone.text


@pytest.mark.usefixtures("polishing")
async def test_an_option_of_two_services_is_ticked_with_the_one_that_was_chosen(visitor: Visitor) -> None:
    """It stands under both, and is counted once."""
    page = await visitor.get("/book?service=polishing,massage&sum=yes")
    assert re.findall(r'value="([a-z-]+)" checked', page.html) == ["massage", "polishing"]
    assert "Итого 4 200 ₽ 75 мин" in told(page.text)
    both = await visitor.get("/book?service=polishing,massage,dental-cleaning&sum=yes")
    assert re.findall(r'value="([a-z-]+)" checked', both.html) == ["dental-cleaning", "polishing", "massage"]
    assert "Итого 8 700 ₽ 135 мин" in told(both.text)


async def test_an_unknown_service_among_others_keeps_the_others(visitor: Visitor) -> None:
    """404 with the list, in which what there is stays ticked."""
    page = await visitor.get("/book?service=consultation,gone")
    assert (page.status, page.values["service"]) == (404, "consultation")
    assert "ссылка устарела" in page.text


@pytest.mark.usefixtures("polishing", "long_list")
async def test_a_long_list_can_be_searched_and_keeps_what_is_ticked(visitor: Visitor) -> None:
    """More than eight: a search by any word in either language; what is ticked stays in sight, found or not."""

    async def search(words: str, ticked: str = "") -> Seen:
        return await visitor.get(f"/book?sum=yes&search={quote(words)}&service={ticked}&lang=ru")

    found = await search("съемка ECG", "follow-up")
    assert (found.status, found.fields["service"]) == (200, ["follow-up", "ecg"])
    assert (found.values["service"], found.values["search"]) == ("follow-up", "съемка ECG")
    by_option = (await search("фтором")).fields["service"]
    assert {"dental-cleaning", "massage", "polishing"} <= set(by_option)
    assert "consultation" not in by_option
    nothing = await search("ничего")
    assert "По запросу «ничего» ничего не нашлось" in nothing.text
    assert "service" not in nothing.fields
    assert "Все услуги" in nothing.text
    assert "search" not in (await visitor.get("/book?clinic=lenina")).fields


async def test_only_clinics_that_give_all_of_it_are_offered(visitor: Visitor) -> None:
    """Addresses as radios; a clinic that lacks one of the services is not among them."""
    page = await visitor.get("/book?service=massage")
    assert page.fields["clinic"] == ["krasny", "lenina", "tverskaya"]
    assert "Новосибирск, улица Ленина, 12" in page.text
    assert (await visitor.get("/book?service=massage,ultrasound")).fields["clinic"] == ["krasny", "tverskaya"]


@pytest.mark.usefixtures("parted")
async def test_a_combination_that_no_clinic_gives_is_named(visitor: Visitor) -> None:
    """What each clinic lacks, and the way back to the list with everything still ticked."""
    page = await visitor.get("/book?service=dental-cleaning,blood-test")
    assert page.status == 409
    assert "Всё вместе не делают ни в одной клинике" in page.text
    assert "Клиника на Красном Общий анализ крови" in page.text
    assert "Клиника на Ленина Гигиена полости рта" in page.text
    back = await visitor.get(next(link for link in page.links if "sum=yes" in link))
    assert re.findall(r'value="([a-z-]+)" checked', back.html) == ["dental-cleaning", "blood-test"]


@pytest.mark.usefixtures("krasny_paused")
async def test_a_paused_clinic_is_shown_and_cannot_be_chosen(visitor: Visitor, world: World) -> None:
    """In the list with its telephone; by a direct link a page of its own with the other clinics; no order by any road."""
    page = await visitor.get("/book?service=massage")
    assert re.search(r'value="krasny" disabled', page.html)
    assert not re.search(r'value="lenina" disabled', page.html)
    assert "Онлайн-запись приостановлена, телефон" in page.text
    assert "tel:+73830000001" in page.links
    direct = await visitor.get("/book?service=massage&clinic=krasny")
    assert (direct.status, direct.heading) == (409, "Онлайн-запись приостановлена")
    others = [link for link in direct.links if "clinic=" in link and "lang=ru" in link]
    assert len(others) == 2
    assert (await visitor.get(others[0])).heading == "Выберите день и время"
    assert (await visitor.get("/book?clinic=krasny")).heading == "Онлайн-запись приостановлена"
    form = await visitor.form("massage", "lenina")
    sent = await visitor.send(form, clinic="krasny")
    assert (sent.status, sent.heading) == (409, "Онлайн-запись приостановлена")
    assert not await made(world)


async def test_a_link_to_a_clinic_lists_what_it_gives(visitor: Visitor) -> None:
    """From there one goes straight to the times; a way to all services stands beside it."""
    page = await visitor.get("/book?clinic=lenina")
    assert "ultrasound" not in page.fields["service"]
    assert (page.values["clinic"], "Все услуги" in page.text) == ("lenina", True)
    assert (await visitor.get("/book?service=massage&clinic=lenina")).heading == "Выберите день и время"


async def test_a_specialist_can_be_asked_for(visitor: Visitor, world: World) -> None:
    """Those who give it, „any" first; a time at which the one who is wanted is taken is free with any other."""
    page = await visitor.get("/book?service=consultation&clinic=tverskaya&lang=ru")
    assert (page.values["who"], page.fields["who"]) == ("", ["", "orlov", "volkova"])
    at = (await world.free())[0]
    await world.order(starts_at=at)
    day = f"service=consultation&clinic=tverskaya&day={at.astimezone(MOSCOW).date()}&lang=ru"
    starts = {who: await visitor.get(f"/book?{day}&who={who}") for who in ("", "orlov", "volkova")}
    free = [who for who, seen in starts.items() if any(quote(written(at)) in link for link in seen.links)]
    assert free == ["", "volkova"]
    form = await visitor.get(f"/book?service=consultation&clinic=tverskaya&who=volkova&at={quote(written(at))}")
    assert "Специалист Волкова Н. А." in form.text
    assert form.values["who"] == "volkova"
    taken = await visitor.get(f"/book?service=consultation&clinic=tverskaya&who=orlov&at={quote(written(at))}")
    assert (taken.status, taken.values["who"]) == (409, "orlov")


async def test_a_specialist_who_is_not_there_is_said(visitor: Visitor) -> None:
    """A link to somebody who left, or does something else: everybody's times, and why."""
    for who in ("nobody", "sidorova"):
        page = await visitor.get(f"/book?service=consultation&clinic=tverskaya&who={who}")
        assert (page.status, page.values["who"]) == (200, "")
        assert "Показываем время у всех" in page.text


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
    ("path", "heading"), [("/?service=gone", "услуги"), ("/?service=massage&clinic=no", "клинику")]
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


async def test_times_are_on_the_clinics_clock_and_say_so(visitor: Visitor) -> None:
    """Novosibirsk opens at eight on its own clock, wherever the payer is."""
    form = await visitor.form(clinic="krasny")
    at = datetime.fromisoformat(form.values["at"]).astimezone(UTC)
    assert f"{(at + timedelta(hours=7)):%H:%M} (Новосибирск, UTC+7)" in form.text


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
