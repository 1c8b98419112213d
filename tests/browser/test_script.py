"""What the pages' one script adds in a real browser: countdown, waiting, theme, the reader's own clock, one sending, sums."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Page, Route, expect

from checkout.payment.order import Order
from checkout.payment.place import link_token
from checkout.payment.settle import settle
from checkout.web import assets
from checkout.web.words import BY_LANGUAGE
from tests.browser.payer import choose, fill
from tests.browser.visit import Visiting
from tests.instants.reading import MONTHS
from tests.world import World
from tests.zones import CHANGING, CITIES, changes, midnight

MINUTE: Final = 60_000  # milliseconds
# Keeps whatever the page says to a screen reader.
LISTEN: Final = """() => {
  window.heard = [];
  const place = document.querySelector("[data-words]");
  new MutationObserver(() => window.heard.push(place.textContent)).observe(place, { childList: true });
}"""


def private(world: World, order: Order, language: str = "ru") -> str:
    return f"{world.url}/o/{link_token(world.service, order.id)}?lang={language}"


async def told(page: Page, where: str = "main") -> str:
    return (await page.locator(where).inner_text()).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("language", "fifteen", "two", "said", "over"),
    [
        (
            "ru",
            "осталось 15 минут",
            "осталось 2 минуты",
            ["осталось 5 минут", "осталась 1 минута"],
            "время вышло",
        ),
        ("en", "15 minutes left", "2 minutes left", ["5 minutes left", "1 minute left"], "the time is over"),
    ],
)
async def test_a_deadline_counts_down_and_speaks_twice(
    visiting: Visiting, world: World, *, language: str, fifteen: str, two: str, said: list[str], over: str
) -> None:
    """The words beside the hour change each minute; a screen reader hears of it at 5 minutes and at 1 minute only."""
    page = (await visiting(javascript=True)).page
    await page.clock.install()
    await page.goto(private(world, await world.order(), language))
    await page.evaluate(LISTEN)
    assert fifteen in await told(page, ".state")
    await page.clock.run_for(9 * MINUTE)
    assert await page.evaluate("window.heard") == []
    await page.clock.run_for(4 * MINUTE)
    assert two in await told(page, ".state")
    await page.clock.run_for(3 * MINUTE)
    assert over in await told(page, ".state")
    assert [text.replace("\u00a0", " ") for text in await page.evaluate("window.heard")] == said


async def test_a_deadline_does_not_trust_the_devices_clock(visiting: Visiting, world: World) -> None:
    """A telephone that lives in another year shows the same minutes."""
    page = (await visiting(javascript=True)).page
    await page.clock.install(time="2031-01-01T00:00:00Z")
    await page.goto(private(world, await world.order()))
    assert "осталось 15 минут" in await told(page, ".state")


async def test_a_waiting_page_becomes_booked_by_itself(visiting: Visiting, world: World) -> None:
    """It asks quietly, stays as it is while nothing is new, and shows the booking when the bank has spoken."""
    page = (await visiting(javascript=True)).page
    order = await world.order()
    started = await world.start(order)
    await page.clock.install()
    await page.goto(private(world, order))
    heading = page.get_by_role("heading", level=1)
    await page.evaluate("window.same = true")
    async with page.expect_response(re.compile("/o/")) as answer:
        await page.clock.run_for(2_000)
    assert (await (await answer.value).all_headers())["x-face"] == "at_bank"
    await expect(heading).to_have_text("Оплата ещё не подтверждена")
    assert await page.evaluate("window.same") is True
    await world.pay_at_bank(started.payment_id)
    await settle(world.service, started.payment_id)
    await page.clock.run_for(3_000)
    await expect(heading).to_have_text("Вы записаны")
    await expect(heading).to_be_focused()
    assert await page.evaluate("window.same") is None
    assert not await page.locator("[data-face]").count()


async def test_a_long_wait_names_the_telephone(visiting: Visiting, world: World) -> None:
    """After two minutes, and not before: do not pay again, call us; without a network the page goes on waiting."""
    page = (await visiting(javascript=True)).page
    order = await world.order()
    await world.start(order)
    await page.clock.install()
    await page.goto(private(world, order))
    await page.route(re.compile("/o/"), lambda route: route.abort())
    call = page.get_by_role("link", name=re.compile("Позвонить: "))
    await page.clock.run_for(2 * MINUTE - 5_000)
    await expect(call).to_be_hidden()
    await page.clock.run_for(5_000)
    await expect(call).to_be_visible()
    assert "Второй раз не платите" in await told(page)


async def test_a_waiting_page_without_a_script_asks_for_itself(visiting: Visiting, world: World) -> None:
    """Nothing that only a script could do is shown."""
    page = (await visiting()).page
    order, _ = await world.paid()
    await page.goto(private(world, order))
    for mark in ("[data-print]", "[data-theme-switch]"):
        await expect(page.locator(mark)).to_be_hidden()
    waiting = await world.order()
    await world.start(waiting)
    await page.goto(private(world, waiting))
    await expect(page.locator("[data-patience]")).to_be_hidden()
    assert await page.locator("noscript meta[http-equiv=refresh]").count() == 1


@pytest.mark.parametrize("dark", [False, True])
async def test_the_theme_is_switched_and_kept(visiting: Visiting, world: World, dark: bool) -> None:
    """One press turns day into night or back, on the next page too; the second press leaves it to the system again."""
    visit = await visiting(javascript=True, dark=dark)
    page = visit.page
    order, _ = await world.paid()
    await page.goto(world.url)
    switch = page.get_by_role("button", name="Тёмная тема")
    ground = "getComputedStyle(document.body).backgroundColor"
    system = await page.evaluate(ground)
    assert await switch.get_attribute("aria-pressed") == str(dark).lower()
    await switch.click()
    switched = await page.evaluate(ground)
    assert switched != system
    assert not await visit.axe()
    for address in (f"{world.url}/?service=consultation&clinic=tverskaya", private(world, order)):
        await page.goto(address)
        assert await page.evaluate(ground) == switched
        assert await switch.get_attribute("aria-pressed") == str(not dark).lower()
        assert not await visit.axe(), address
    await switch.click()
    assert await page.evaluate(ground) == system
    assert await page.evaluate("localStorage.length") == 0


@pytest.mark.parametrize(
    ("zone", "clinic", "language", "words"),
    [
        ("Europe/Moscow", "krasny", "ru", ", у вас {clock}"),
        ("Europe/Moscow", "krasny", "en", ", {clock} for you"),
        ("Europe/Moscow", "tverskaya", "ru", "(Москва, UTC+3)"),
        ("Africa/Nairobi", "tverskaya", "ru", "(Москва, UTC+3)"),
    ],
)
async def test_the_hour_is_told_on_the_readers_clock_too(
    visiting: Visiting, world: World, *, zone: str, clinic: str, language: str, words: str
) -> None:
    """Beside the clinic's hour, where the two differ; the same hour under another zone's name needs no words."""
    page = (await visiting(javascript=True, zone=zone)).page
    order = await world.order(clinic=clinic)
    await page.goto(private(world, order, language))
    theirs = order.starts_at.astimezone(ZoneInfo(zone))
    assert (await told(page, ".facts time")).endswith(words.format(clock=f"{theirs:%H:%M}"))


async def test_another_day_on_the_readers_clock_is_named(visiting: Visiting, world: World) -> None:
    """Morning in Novosibirsk is the evening before in New York."""
    page = (await visiting(javascript=True, zone="America/New_York")).page
    order = await world.order(clinic="krasny")
    await page.goto(private(world, order))
    theirs = order.starts_at.astimezone(ZoneInfo("America/New_York"))
    shown = await told(page, ".facts time")
    assert f", у вас {theirs.day} " in shown
    assert shown.endswith(f" в {theirs:%H:%M}")


HOURS: Final = """<!doctype html><html lang="{language}"><title>x</title>
<p data-words data-yours="{yours}"></p>{times}<script type="module" src="{script}"></script>"""


@pytest.mark.parametrize(
    ("reader", "language"),
    [
        ("Europe/Moscow", "ru"),
        ("Asia/Kamchatka", "en"),
        ("Europe/London", "en"),
        ("America/New_York", "ru"),
        ("Australia/Lord_Howe", "ru"),
    ],
)
async def test_the_readers_clock_is_right_around_every_change_of_the_clocks(
    visiting: Visiting, world: World, reader: str, language: str
) -> None:
    """Visits in all zones, just before and after somebody's clocks change, at new year: the hour, and the day if another."""
    page = (await visiting(javascript=True, zone=reader)).page
    turns = {turn for zone in (reader, *CHANGING) for turn in changes(zone)[:4]} | {midnight(date(2027, 1, 1), reader)}
    visits = [(turn + timedelta(minutes=by), zone) for turn in sorted(turns) for by in (-30, 0) for zone in CITIES]
    times = "".join(f'<time datetime="{at:%Y-%m-%dT%H:%M:%SZ}" data-zone="{zone}">|</time>' for at, zone in visits)
    facts = {"language": language, "yours": BY_LANGUAGE[language]["yours"], "script": assets.href("payer.js")}
    shown = HOURS.format(times=times, **facts)
    await page.route("**/hours", lambda route: route.fulfill(body=shown, content_type="text/html; charset=utf-8"))
    await page.goto(f"{world.url}/hours")
    told_ = [text.replace("\u00a0", " ") for text in await page.locator("time").all_inner_texts()]
    assert told_ == [f"|{on_the_readers_clock(at, zone, reader, language)}" for at, zone in visits]


def on_the_readers_clock(at: datetime, clinic: str, reader: str, language: str) -> str:
    """What is to be added to the clinic's hour: nothing where the two clocks show the same."""
    theirs, ours = at.astimezone(ZoneInfo(reader)), at.astimezone(ZoneInfo(clinic))
    if theirs.replace(tzinfo=None) == ours.replace(tzinfo=None):
        return ""
    day = f"{theirs.day} {MONTHS[language][theirs.month - 1]} {'в' if language == 'ru' else 'at'} "
    hour = f"{'' if theirs.date() == ours.date() else day}{theirs:%H:%M}"
    return f", у вас {hour}" if language == "ru" else f", {hour} for you"


async def test_a_form_is_sent_once(visiting: Visiting, world: World) -> None:
    """A second press is dropped and the button says so; whoever stopped the first one can press again a little later."""
    page = (await visiting(javascript=True)).page
    await page.clock.install()
    await choose(page, world.url)
    await fill(page)
    sent: list[str] = []

    async def stop(route: Route) -> None:
        """As if the payer pressed the browser's own cross."""
        sent.append(route.request.url)
        await route.abort("aborted")

    await page.route("**/book", stop)
    button = page.locator("#form")
    await page.clock.pause_at((await world.now()) + timedelta(hours=1))
    for _ in range(2):
        await button.dispatch_event("click")
        await expect(button).to_have_attribute("aria-disabled", "true")
    assert len(sent) == 1
    await page.unroute("**/book")
    await page.clock.run_for(10_000)
    await expect(button).not_to_have_attribute("aria-disabled", "true")
    await button.click()
    await page.wait_for_selector("#pan")
    assert len(world.bank.recent(10)) == 1


SUMS: Final = """<!doctype html><html lang="{language}"><title>x</title>
<p data-words data-minutes="{minutes}"></p>
<form data-calculator>
  <input type="checkbox" value="cleaning" data-price="450000" data-deposit="90000" data-minutes="60">
  <select data-quantity-for="cleaning"><option>1</option><option>3</option></select>
  <input type="checkbox" value="blood" data-price="65050" data-minutes="15">
  <output data-total></output><output data-deposit-total></output><output data-minutes-total></output>
</form><script type="module" src="{script}"></script>"""


@pytest.mark.parametrize(
    ("language", "none", "one", "all_"),
    [
        ("ru", ["0 ₽", "0 ₽", "0 мин"], ["4 500 ₽", "900 ₽", "60 мин"], ["14 150,50 ₽", "2 700 ₽", "195 мин"]),
        ("en", ["0 ₽", "0 ₽", "0 min"], ["4 500 ₽", "900 ₽", "60 min"], ["14 150.50 ₽", "2 700 ₽", "195 min"]),
    ],
)
async def test_a_calculator_adds_up_what_is_ticked(
    visiting: Visiting, world: World, *, language: str, none: list[str], one: list[str], all_: list[str]
) -> None:
    """Sum, deposit and minutes follow every tick and every quantity, in the language's own way of writing money."""
    page = (await visiting(javascript=True)).page
    facts = {"language": language, "minutes": BY_LANGUAGE[language]["minutes"], "script": assets.href("payer.js")}
    shown = SUMS.format(**facts)
    await page.route("**/sums", lambda route: route.fulfill(body=shown, content_type="text/html; charset=utf-8"))
    await page.goto(f"{world.url}/sums")

    async def outputs() -> list[str]:
        return [text.replace("\u00a0", " ") for text in await page.locator("output").all_inner_texts()]

    assert await outputs() == none
    await page.locator("[value=cleaning]").check()
    assert await outputs() == one
    await page.locator("[value=blood]").check()
    await page.locator("select").select_option("3")
    assert await outputs() == all_


async def test_a_booked_visit_prints_on_one_sheet(visiting: Visiting, world: World) -> None:
    """Code, hour and sum on one page of paper; no button, no switch; dark letters though the screen is dark."""
    page = (await visiting(javascript=True, dark=True)).page
    order, _ = await world.paid()
    await page.goto(private(world, order))
    await page.evaluate("window.print = () => { window.printed = true; }")
    await page.get_by_role("button", name="Распечатать").click()
    assert await page.evaluate("window.printed") is True
    await page.get_by_role("button", name="Тёмная тема").click()
    await page.emulate_media(media="print")
    for place in ("button", ".tools", ".skip"):
        assert not await page.locator(place).filter(visible=True).count(), place
    assert order.code in await told(page)
    assert await page.evaluate("getComputedStyle(document.body).color") == "rgb(22, 33, 31)"
    paper = await page.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", paper)) == 1
