"""The sandbox bank in a browser: every state without a barrier, in either language by turns; its one script; keys alone."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from gateways.sandbox import Status
from tests.browser.keys import Keys
from tests.browser.light import barriers, by_turns
from tests.browser.states_sandbox import STATES, Bench, State
from tests.browser.strain import GROW, LARGE, SMALL
from tests.browser.visit import Visiting
from tests.world import World


@pytest.mark.parametrize("state", STATES.values(), ids=str)
async def test_a_state_of_the_bank_has_no_barrier(visiting: Visiting, world: World, state: State) -> None:
    """Axe finds nothing, nothing scrolls sideways even with longer words and larger letters, buttons fit a finger."""
    wrong = []
    for language in by_turns(state.name):
        visit = await visiting(javascript=True, language=f"{language}-RU")
        page = visit.page
        await page.goto(world.bank.base_url + state.bring(Bench(world.bank, language)))
        if state.send is not None:
            await sent(page, state.send)
        shown = await visit.loaded[0].response()
        assert shown is not None
        assert shown.status == state.status
        assert await page.locator("html").get_attribute("lang") == language
        wrong += await barriers(visit, state.name, language)
        wrong += [f"small: {line}" for line in await page.evaluate(SMALL)]
        await page.evaluate(GROW)
        if await visit.width_overflows():
            wrong.append(f"{language}: scrolls sideways with longer words")
        await page.set_viewport_size({"width": 640, "height": 844})
        await page.evaluate(LARGE)
        if await visit.width_overflows():
            wrong.append(f"{language}: scrolls sideways with larger letters")
    assert not wrong


async def sent(page: Page, button: str) -> None:
    """The form as it stands, whatever the browser would say of it; its fields are wrong on purpose."""
    await page.evaluate("document.querySelectorAll('form').forEach(one => { one.noValidate = true; })")
    if await page.locator("#kind").count():
        await page.locator("#kind").select_option("drop")
    async with page.expect_navigation():
        await page.locator(button).click()


async def test_the_script_helps_with_the_card(visiting: Visiting, world: World) -> None:
    """Digits in fours, one brand of four, a slash in the date, a clock that runs; the values are what was typed."""
    page = (await visiting(javascript=True)).page
    order = Bench(world.bank, "ru").order(back=world.url)
    await page.goto(world.bank.base_url + order.form_path)
    for typed, brand in (("2202", "МИР"), ("41", "VISA"), ("55", "Mastercard"), ("3530", "JCB")):
        await page.locator("#pan").fill(typed)
        await expect(page.locator("#brand li:visible")).to_have_text([brand])
    await page.locator("#pan").fill("")
    await expect(page.locator("#brand li:visible")).to_have_count(4)
    await page.locator("#pan").press_sequentially("4111111111111111")
    await expect(page.locator("#pan")).to_have_value("4111 1111 1111 1111")
    await page.locator("#expiry").press_sequentially("1234")
    await expect(page.locator("#expiry")).to_have_value("12/34")
    await expect(page.locator("#countdown")).to_have_text(re.compile(r"19:5\d"))
    await page.locator("#cvc").fill("123")
    await page.locator("#pay").click()
    await page.wait_for_url(f"{world.url}/**")
    assert order.status is Status.DEPOSITED


async def test_the_clock_leads_to_the_page_that_says_it_is_over(visiting: Visiting, world: World) -> None:
    """When the session ends while the form is open, the payer is told without pressing anything."""
    page = (await visiting(javascript=True)).page
    order = Bench(world.bank, "ru").order()
    world.bank.advance(1199)
    await page.goto(world.bank.base_url + order.form_path)
    await expect(page.locator("h1")).to_have_text("Время на оплату истекло")


async def test_a_saved_card_pays_by_keyboard_alone(visiting: Visiting, world: World) -> None:
    """The form that asks for the code alone: sent empty it says so where the focus then is; with the code it pays."""
    page = (await visiting()).page
    keys = Keys(page)
    order = Bench(world.bank, "ru").saved(back=world.url)
    await page.goto(world.bank.base_url + order.form_path)
    await keys.to("#cvc")
    await keys.type("1")
    await keys.press("Enter")
    await keys.at("#cvc")
    await expect(page.locator("#cvc-problem")).to_have_text("CVC — три или четыре цифры.")
    await expect(page.locator("[role=alert]")).to_contain_text("Проверьте введённые данные")
    assert not order.deposited
    await page.locator("#cvc").select_text()
    await keys.type("123")
    await keys.to("#pay")
    await keys.press("Enter")
    await page.wait_for_url(f"{world.url}/**")
    assert order.status is Status.DEPOSITED


async def test_a_callback_is_sent_again_by_keyboard_alone(visiting: Visiting, world: World) -> None:
    """What the control room is used for most: from its first page to the very same bytes on their way once more."""
    page = (await visiting()).page
    keys = Keys(page)
    Bench(world.bank, "ru").busy()
    before = list(world.bank.outbox.tried)
    await page.goto(f"{world.bank.base_url}/sandbox/?lang=ru")
    await keys.to(".sections a[href^='/sandbox/callbacks']")
    await keys.leads("Enter", to="**/sandbox/callbacks*")
    await keys.to("td button")
    await keys.leads("Enter", to="**done=sent*")
    await expect(page.locator("[role=status]")).to_have_text("Уведомление поставлено в очередь.")
    while len(world.bank.outbox.tried) == len(before):
        await page.reload()
    assert world.bank.outbox.tried[-1].delivery.url == before[-1].delivery.url


async def test_the_controls_by_keyboard_alone(visiting: Visiting, world: World) -> None:
    """Past the header, the clock moved by two hours, without a mouse and without a script."""
    page = (await visiting()).page
    keys = Keys(page)
    before = world.bank.clock.offset
    await page.goto(f"{world.bank.base_url}/sandbox/?lang=ru")
    await keys.press("Tab")
    await keys.press("Enter")
    await keys.to("#amount")
    await keys.type("2")
    await keys.to("#unit")
    await keys.press("ArrowDown")
    await keys.to("main button")
    await keys.press("Enter")
    await expect(page.locator("[role=status]")).to_have_text("Часы переведены.")
    assert world.bank.clock.offset - before == 7200
