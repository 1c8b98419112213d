"""A payer in a real browser: from the first page through the bank's card form and its 3-D Secure page to the result."""

from __future__ import annotations

import re
from datetime import datetime

from playwright.async_api import expect

from checkout.payment.listing import Scope, newest
from checkout.payment.order import Word
from gateways import sandbox
from tests.browser.payer import CHALLENGE, GOOD, POOR, card, choose, code, fill, word
from tests.browser.visit import Visiting, csp_reports
from tests.world import World


async def test_a_visit_is_booked_and_paid_with_3_d_secure(visiting: Visiting, world: World) -> None:
    """«Вы записаны», and the books agree."""
    visit = await visiting(javascript=True)
    page = visit.page
    await choose(page, world.url)
    await fill(page)
    await page.locator("#form").click()
    await card(page, CHALLENGE)
    await code(page)
    await expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Вы записаны"), timeout=30_000)
    assert await word(world) is Word.PAID
    assert not await world.broken()


async def test_in_english_with_a_deposit(visiting: Visiting, world: World) -> None:
    """The whole way in English; a deposit leaves a rest to pay at the clinic."""
    visit = await visiting(language="en-US")
    page = visit.page
    await choose(page, world.url, language="&lang=en")
    await fill(page, plan="deposit")
    await page.locator("#form").click()
    await card(page, GOOD)
    await expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("You are booked"), timeout=30_000)
    text = (await page.locator("main").inner_text()).replace("\u00a0", " ")
    assert "1 750 ₽" in text or "1,750 ₽" in text
    assert await word(world) is Word.DEPOSIT_PAID


async def test_a_declined_card_is_explained_and_the_second_one_pays(visiting: Visiting, world: World) -> None:
    """Three declines end at our page with advice; the retry reuses everything that was typed."""
    visit = await visiting()
    page = visit.page
    await choose(page, world.url)
    await fill(page)
    await page.locator("#form").click()
    for _ in range(3):
        await card(page, POOR)
        await code(page)
    await page.wait_for_url(f"{world.url}/**")
    await expect(page.get_by_text("Недостаточно средств").or_(page.get_by_text("Попытки")).first).to_be_visible()
    await page.get_by_role("button", name=re.compile("Попробовать|Оплатить")).first.click()
    await card(page, GOOD)
    await expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Вы записаны"), timeout=30_000)
    assert await word(world) is Word.PAID


async def test_a_bank_that_does_not_answer_is_checked_and_never_failed(visiting: Visiting, world: World) -> None:
    """The payer comes back, the bank mumbles: we check, and say not to pay twice."""
    visit = await visiting()
    page = visit.page
    await choose(page, world.url)
    await fill(page)
    await page.locator("#form").click()
    await page.wait_for_selector("#pan")
    world.bank.faults.add(sandbox.Rule(sandbox.Fault.HTML, method="getOrderStatusExtended.do", times=None))
    world.bank.faults.add(sandbox.Rule(sandbox.Fault.DROP, method="callback", times=None))
    await card(page, GOOD)
    await page.wait_for_url(f"{world.url}/**")
    text = await page.locator("main").inner_text()
    assert "Не платите второй раз" in text or "второй раз платить не нужно" in text.lower()
    assert "Не прошла" not in text
    world.bank.faults.clear()
    await world.advance(seconds=30)
    await world.sweep()
    await page.reload()
    await expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Вы записаны"))


async def test_a_double_click_makes_one_order(visiting: Visiting, world: World) -> None:
    """The button pressed twice opens the same order, in the same tab and in a second one."""
    visit = await visiting(javascript=True)
    page = visit.page
    await choose(page, world.url)
    await fill(page)
    await page.locator("#form").dblclick()
    await page.wait_for_selector("#pan")
    assert len(await world.tx(lambda tx: newest(tx, Scope(), after=None, limit=10))) == 1
    assert len(world.bank.recent(10)) == 1


async def test_wrong_input_is_explained_and_nothing_is_lost(visiting: Visiting, world: World) -> None:
    """A summary, words beside the field, and everything that was typed."""
    visit = await visiting()
    page = visit.page
    await choose(page, world.url)
    await fill(page)
    await page.locator("#phone").fill("12345")
    await page.locator("#form").click()
    await expect(page).to_have_title(re.compile("^Ошибка: "))
    await expect(page.get_by_role("alert")).to_contain_text("телефон")
    assert await page.locator("#name").input_value() == "Мария <b>Петрова</b>"
    assert await page.locator("#email").input_value() == "maria@example.com"
    assert not await page.locator("main b").count()


async def test_a_taken_time_keeps_the_input_and_offers_the_nearest(visiting: Visiting, world: World) -> None:
    """Somebody was quicker: other times, same form."""
    visit = await visiting()
    page = visit.page
    await page.goto(f"{world.url}/?service=ultrasound&clinic=tverskaya")
    await page.locator("a[href*='at=']").first.click()
    await fill(page)
    taken = await page.locator("input[name=at]").first.input_value()
    await world.order(lines=(("ultrasound", 1),), starts_at=datetime.fromisoformat(taken))
    await page.locator("#form").click()
    await expect(page.get_by_role("alert")).to_contain_text("занят")
    assert await page.locator("#name").input_value() == "Мария <b>Петрова</b>"
    assert await page.locator("input[name=at][type=radio]").count() >= 2


async def test_the_bad_page_proves_that_axe_bites(visiting: Visiting) -> None:
    """A page without labels and alternatives is found out."""
    visit = await visiting(javascript=True)
    await visit.page.set_content("<html lang=ru><title>x</title><main><h1>x</h1><img src='data:,'><input></main>")
    assert {line.split(":")[0] for line in await visit.axe()} >= {"image-alt", "label"}
    visit.complaints.clear()


async def test_a_broken_policy_is_reported(visiting: Visiting, world: World) -> None:
    """A picture from elsewhere that somebody slipped into a page is not loaded, and we hear of it: so 0 means something."""
    visit = await visiting(javascript=True)
    await visit.page.goto(world.url)
    before = csp_reports()
    async with visit.page.expect_response(f"{world.url}/csp-reports"):
        await visit.page.evaluate(
            "document.body.append(Object.assign(new Image(), {src: 'https://elsewhere.example/x'}))"
        )
    assert csp_reports() == before + 1
    visit.provoked = 1
    visit.complaints.clear()
    visit.strangers.clear()
