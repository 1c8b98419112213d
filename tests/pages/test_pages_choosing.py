"""The steps that choose what and where: services, options and goods, clinics, specialists; and links that are out of date."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from yarl import URL

from checkout.web.payer.choice import chosen, written
from tests.pages.visitor import Seen, Visitor, made, told
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


@pytest.mark.parametrize(
    ("path", "heading"), [("/?service=gone", "услуги"), ("/?service=massage&clinic=no", "клинику")]
)
async def test_an_outdated_link_is_a_404_with_a_way_on(visitor: Visitor, path: str, heading: str) -> None:
    """An unknown service or clinic shows what there is instead."""
    page = await visitor.get(path)
    assert (page.status, page.heading) == (404, f"Выберите {heading}")
    assert page.title.startswith("Ошибка: ")
