"""The website button on a page of another origin, pasted exactly as `/embed` prints it."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import FrameLocator, Page, expect

from checkout.payment.order import Word
from checkout.postgres import Urls
from tests.browser.payer import GOOD, card, fill, word
from tests.browser.site import Site, open_site, strict
from tests.browser.visit import Visit, Visiting
from tests.world import World, open_world

LABEL = "Записаться и оплатить онлайн (банковской картой)"


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with open_site() as found:
        yield found


@pytest.fixture
async def world(
    urls: Urls, emptied: None, move: Callable[[timedelta], Awaitable[None]], site: Site
) -> AsyncIterator[World]:
    """A world whose list of hosts names the clinic's site."""
    _ = emptied
    async with open_world(urls, move, embed_hosts=(site.url,)) as found:
        yield found


async def printed(world: World, mode: str, language: str = "ru") -> str:
    """The snippet in the page for the site's keeper."""
    asked = f"service=massage&clinic=krasny&mode={mode}&language={language}"
    async with world.http.get(f"{world.url}/embed?{asked}") as answer:
        found = re.search(r"<textarea[^>]*>(.*?)</textarea>", await answer.text(), re.DOTALL)
    assert found is not None
    return html.unescape(found[1])


async def pasted(
    visiting: Visiting,
    world: World,
    site: Site,
    mode: str,
    *,
    language: str = "ru",
    javascript: bool = True,
    **window: int,
) -> Visit:
    """A visitor on the clinic's page that carries the snippet."""
    site.snippet = site.snippet or await printed(world, mode, language)
    site.policy = strict(world.url)
    visit = await visiting(javascript=javascript, friends=frozenset({site.host}), **window)
    await visit.page.goto(site.url)
    return visit


async def arrives(page: Page, world: World) -> None:
    """The window shows the checkout of the button's service and clinic, itself and in no frame."""
    await page.wait_for_url(f"{world.url}/book?service=massage&clinic=krasny&lang=ru")
    await expect(page.locator("main")).to_contain_text("Лечебный массаж")
    await expect(page.locator("main")).to_contain_text("Красный проспект")
    assert len(page.frames) == 1


def inside(page: Page) -> FrameLocator:
    return page.frame_locator("clinic-pay-button iframe")


async def opened(page: Page) -> FrameLocator:
    """Open the dialog by keyboard, and wait for the steps in it."""
    await page.get_by_role("link", name=LABEL).focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog", name="Запись и оплата")).to_be_visible()
    await expect(inside(page).get_by_role("heading", level=1)).to_have_text("Выберите день и время")
    return inside(page)


@pytest.mark.parametrize("by", ["click", "keyboard"])
async def test_a_press_leads_to_the_chosen_service_and_clinic(
    visiting: Visiting, world: World, site: Site, by: str
) -> None:
    """By default the button goes there."""
    page = (await pasted(visiting, world, site, "redirect")).page
    link = page.get_by_role("link", name=LABEL)
    if by == "click":
        await link.click()
    else:
        await page.keyboard.press("Tab")
        await expect(link).to_be_focused()
        await page.keyboard.press("Enter")
    await arrives(page, world)


async def test_the_button_completes_a_bare_link(visiting: Visiting, world: World, site: Site) -> None:
    """The attributes are enough, also when a page changes them later; a link to elsewhere is left alone."""
    code = await printed(world, "redirect")
    site.snippet = re.sub(r'href="[^"]*"', f'href="{world.url}/"', code).replace("massage", "consultation")
    site.snippet += '<clinic-pay-button service="massage"><a href="/other">Другое</a></clinic-pay-button>'
    page = (await pasted(visiting, world, site, "redirect")).page
    await page.locator("clinic-pay-button").first.evaluate("button => button.setAttribute('service', 'massage')")
    assert await page.get_by_role("link", name="Другое").get_attribute("href") == "/other"
    link, whole = page.get_by_role("link", name=LABEL), f"{world.url}/?service=massage&clinic=krasny&lang=ru"
    await expect(link).to_have_attribute("href", whole)
    await link.click()
    await page.wait_for_url(whole)
    await expect(page.locator("main")).to_contain_text("Лечебный массаж")


async def test_the_dialog_is_opened_walked_and_closed_by_keyboard(visiting: Visiting, world: World, site: Site) -> None:
    """Enter opens it, Tab goes through it, Escape closes it from the button and from the frame; focus comes back."""
    page = (await pasted(visiting, world, site, "dialog")).page
    link = page.get_by_role("link", name=LABEL)
    frame = await opened(page)
    await expect(frame.locator("main")).to_contain_text("Лечебный массаж")
    await expect(frame.locator("main")).to_contain_text("Красный проспект")
    await expect(page.get_by_role("button", name="Закрыть")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await expect(link).to_be_focused()

    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Закрыть")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(frame.get_by_role("link", name="К содержанию")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(frame.get_by_role("link", name="English")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(frame.get_by_role("heading", level=1)).to_have_text("Choose a day and a time")
    await frame.get_by_role("link", name="Русский").focus()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await expect(link).to_be_focused()
    assert page.url == f"{site.url}/"


async def test_a_closed_dialog_keeps_what_was_typed(visiting: Visiting, world: World, site: Site) -> None:
    """Closed by its button and opened again it stands as it was; so it does after a switch of language."""
    page = (await pasted(visiting, world, site, "dialog")).page
    frame = await opened(page)
    await frame.locator("a[href*='at=']").first.click()
    await frame.locator("#name").fill("Мария")
    await page.get_by_role("button", name="Закрыть").click()
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await page.keyboard.press("Enter")
    await expect(frame.locator("#name")).to_have_value("Мария")
    await frame.get_by_role("button", name="English").click()
    await expect(frame.get_by_role("heading", level=1)).to_have_text("Contacts and payment")
    await expect(frame.locator("#name")).to_have_value("Мария")


async def test_from_the_dialog_to_the_bank_and_to_the_result(visiting: Visiting, world: World, site: Site) -> None:
    """All steps in the frame; the bank's page and the order's page have the whole window; the visit is paid."""
    site.snippet = (
        (await printed(world, "dialog")).replace('service="massage" ', "").replace("service=massage&amp;", "")
    )
    page = (await pasted(visiting, world, site, "dialog")).page
    await page.get_by_role("link", name=LABEL).click()
    frame = inside(page)
    await frame.locator("input[value=massage]").check()
    await frame.get_by_role("button", name="Выбрать время").click()
    await frame.get_by_role("button", name="Показать время").click()
    await frame.locator("a[href*='at=']").last.click()
    await fill(frame)
    await frame.locator("#form").click()
    await page.wait_for_url(f"{world.bank.base_url}/**")
    assert len(page.frames) == 1
    await card(page, GOOD)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Вы записаны", timeout=30_000)
    assert len(page.frames) == 1
    assert await word(world) is Word.PAID


async def test_a_wrong_form_in_the_dialog_is_explained_in_the_whole_window(
    visiting: Visiting, world: World, site: Site
) -> None:
    """The form leaves the frame when it is sent; nothing is lost, and from there on nothing is framed."""
    page = (await pasted(visiting, world, site, "dialog")).page
    frame = await opened(page)
    await frame.locator("a[href*='at=']").first.click()
    await frame.locator("#name").fill("Мария")
    await frame.locator("#form").click()
    await expect(page.get_by_role("alert")).to_contain_text("Проверьте форму")
    assert page.url == f"{world.url}/book"
    assert await page.locator("#name").input_value() == "Мария"
    assert "embed" not in await page.content()


async def test_a_modified_click_opens_a_tab(visiting: Visiting, world: World, site: Site) -> None:
    """Ctrl and the middle button do with this link what they do with any other."""
    page = (await pasted(visiting, world, site, "dialog")).page
    link = page.get_by_role("link", name=LABEL)
    for press in ({"modifiers": ["Control"]}, {"button": "middle"}):
        async with page.context.expect_page() as tab:
            await link.click(**press)
        await arrives(await tab.value, world)
    await expect(page.get_by_role("dialog")).to_be_hidden()


@pytest.mark.parametrize("mode", ["redirect", "dialog"])
async def test_a_script_that_is_not_the_promised_one_leaves_the_link(
    visiting: Visiting, world: World, site: Site, mode: str
) -> None:
    """With a wrong hash the browser refuses the script, and the link leads to the same page."""
    site.snippet = re.sub("sha384-....", "sha384-AAAA", await printed(world, mode))
    visit = await pasted(visiting, world, site, mode)
    await visit.page.get_by_role("link", name=LABEL).click()
    await arrives(visit.page, world)
    assert len(visit.complaints) == 1
    assert "integrity" in visit.complaints.pop()


async def test_without_javascript_the_link_leads_there(visiting: Visiting, world: World, site: Site) -> None:
    page = (await pasted(visiting, world, site, "dialog", javascript=False)).page
    await page.get_by_role("link", name=LABEL).click()
    await arrives(page, world)


async def test_a_site_that_is_not_listed_gets_the_plain_way(visiting: Visiting, world: World) -> None:
    """The frame is refused there; the button notices, and goes instead."""
    async with open_site() as stranger:
        visit = await pasted(visiting, world, stranger, "dialog")
        await visit.page.get_by_role("link", name=LABEL).click()
        await arrives(visit.page, world)
    assert len(visit.complaints) == 1
    assert "frame-ancestors" in visit.complaints.pop()
    visit.provoked = 1


async def test_a_site_whose_own_policy_forbids_the_frame_gets_the_plain_way(
    visiting: Visiting, world: World, site: Site
) -> None:
    """Listed or not: what does not open is gone to."""
    visit = await pasted(visiting, world, site, "dialog")
    site.policy = site.policy.replace(f"frame-src {world.url}; ", "")
    await visit.page.reload()
    await visit.page.get_by_role("link", name=LABEL).click()
    await arrives(visit.page, world)
    assert all("frame-src" in line or "default-src" in line for line in visit.complaints)
    visit.complaints.clear()


@pytest.mark.parametrize("window", [{"width": width, "dark": dark} for width in (320, 1280) for dark in (False, True)])
@pytest.mark.parametrize("language", ["ru", "en"])
async def test_the_dialog_has_no_barrier(
    visiting: Visiting, world: World, site: Site, window: dict[str, Any], language: str
) -> None:
    """Axe finds nothing on the clinic's page, in the dialog and its frame; nothing scrolls sideways, and the step is light."""
    visit = await pasted(visiting, world, site, "dialog", language=language, **window)
    page = visit.page
    assert not await visit.axe()
    await expect(page.get_by_role("link")).to_have_attribute("aria-haspopup", "dialog")
    await page.get_by_role("link").click()
    await expect(inside(page).locator("h1")).to_be_visible()
    assert not await visit.axe()
    assert not await visit.width_overflows()
    assert not await inside(page).locator("html").evaluate("page => page.scrollWidth > innerWidth")
    assert (await visit.weight(page.frames[1])).light


async def test_the_example_on_the_page_of_the_code_works(visiting: Visiting, world: World) -> None:
    """The keeper of the site can press the button before pasting it; the form there needs no script."""
    page = (await visiting(javascript=True)).page
    await page.goto(f"{world.url}/embed")
    await page.get_by_label("Услуга").select_option("massage")
    await page.get_by_label("Клиника").select_option("krasny")
    await page.get_by_label("В окне поверх сайта").check()
    await page.get_by_role("button", name="Показать код").click()
    assert await page.get_by_role("textbox", name="Код для вставки").input_value() == await printed(world, "dialog")
    await page.get_by_role("link", name=LABEL).click()
    await arrives(page, world)
