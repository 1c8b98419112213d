"""The keys of the desk: listed by `?`, the same under a Russian layout, silent for whoever wants them so; and no script."""

from __future__ import annotations

from typing import Final

import pytest
from playwright.async_api import Page, expect

from refunds import issue, store
from refunds.refund import State
from tests.browser.desk import Desk, Role, seated
from tests.browser.keys import Keys
from tests.browser.visit import Visiting
from tests.world import World, roubles

pytestmark = pytest.mark.usefixtures("quiet_logs")
SENIOR: Final = ("senior-cashier", "tverskaya")
TILL: Final = "/desk/till?clinic=tverskaya"
LATIN: Final = "QWERTYUIOPASDFGHJKLZXCVBNM"
RUSSIAN: Final = "ЙЦУКЕНГШЩЗФЫВАПРОЛДЯЧСМИТЬ"


async def _desk(world: World, visiting: Visiting, *roles: Role, javascript: bool = True) -> tuple[Desk, Keys]:
    desk = await seated(world, await visiting(javascript=javascript, width=1280), *roles)
    return desk, Keys(desk.page)


async def _in_russian(page: Page, letters: str) -> None:
    """As a browser hears these keys while the layout is Russian."""
    line = await page.context.new_cdp_session(page)
    for latin in letters:
        key = RUSSIAN[LATIN.index(latin.upper())].lower()
        for kind in ("keyDown", "keyUp"):
            await line.send("Input.dispatchKeyEvent", {"type": kind, "key": key, "code": f"Key{latin.upper()}"})


async def test_the_keys_of_a_page_are_listed(world: World, visiting: Visiting) -> None:
    """`?` shows the rooms, the lists' keys and those of this page's own buttons; Esc closes it. No barrier in it."""
    order, _ = await world.paid()
    desk, keys = await _desk(world, visiting, "accountant")
    await desk.open(f"/desk/orders/{order.code}")
    await keys.press("?")
    shown = desk.page.get_by_role("dialog", name="Клавиши")
    await expect(shown).to_be_visible()
    await expect(shown.locator("dl > div").first).to_have_text("rВернуть деньги")
    assert not await desk.visit.axe()
    await keys.press("r")
    await keys.press("Escape")
    await expect(shown).to_be_hidden()
    assert desk.page.url.endswith(order.code)


async def test_every_room_stands_in_one_line(world: World, visiting: Visiting) -> None:
    """For the administrator, who sees all fourteen, at 1280 pixels; the seldom ones unfold without a script."""
    desk, keys = await _desk(world, visiting, "administrator", javascript=False)
    await desk.open("/desk/people")
    doors = await desk.page.locator(".rooms :is(a, button):visible").all()
    assert len(doors) == 11
    assert len({box["y"] for box in [await door.bounding_box() for door in doors] if box}) == 1
    await keys.to(".rooms button")
    await keys.press("Enter")
    await expect(desk.page.locator(".rooms a:visible")).to_have_count(14)
    await keys.press("Escape")
    await expect(desk.page.locator(".rooms button")).to_be_focused()
    await keys.press("Enter")
    await keys.to(".rooms a[href='/desk/audit']")
    await keys.leads("Enter", to="**/desk/audit")


async def test_a_key_leads_to_a_room_that_is_folded_away(world: World, visiting: Visiting) -> None:
    """`g`, `s`: the catalogue, without opening anything. Opened, it has no barrier."""
    desk, keys = await _desk(world, visiting, "administrator")
    await desk.open("/desk")
    await keys.leads("g", "s", to="**/desk/catalogue")
    await desk.page.locator(".rooms button").click()
    await expect(desk.page.locator(".rooms a:visible")).to_have_count(14)
    assert not await desk.visit.axe()


async def test_keys_work_under_a_russian_layout(world: World, visiting: Visiting) -> None:
    """By their place: `g`, `o` are «п», «щ» there."""
    order, _ = await world.paid()
    desk, _keys = await _desk(world, visiting, "accountant")
    await desk.open("/desk")
    await _in_russian(desk.page, "go")
    await desk.page.wait_for_url("**/desk/orders")
    await desk.open(f"/desk/orders/{order.code}")
    await _in_russian(desk.page, "r")
    await desk.page.wait_for_url("**/refund")


async def test_a_scanner_is_understood_under_a_russian_layout(world: World, visiting: Visiting) -> None:
    """Its letters come out Russian, and it leads to the same order."""
    order = await world.order()
    await world.open_till(0)
    desk, keys = await _desk(world, visiting, SENIOR)
    await desk.open(TILL)
    await keys.at("#find")
    await keys.scan(order.code.translate(str.maketrans(LATIN, RUSSIAN)).lower())
    await desk.page.wait_for_url(f"**/desk/till/take/{order.code}")


async def test_letters_are_silent_for_whoever_switched_them_off(world: World, visiting: Visiting) -> None:
    """On this machine, until switched on again: whoever dictates or has a tremor starts nothing by a letter (WCAG 2.1.4)."""
    await world.open_till(0)
    desk, keys = await _desk(world, visiting, SENIOR)
    await desk.open("/desk")
    await keys.press("?")
    await keys.to("[data-keys-off]")
    await keys.press("Space", "Escape", "g", "c")
    await keys.press("?")
    await expect(desk.page.get_by_role("dialog")).to_be_hidden()
    assert desk.page.url.endswith("/desk")
    await keys.to("[data-keys-open]", back=True)
    await keys.press("Enter")
    await keys.to("[data-keys-off]")
    await keys.press("Space", "Escape")
    await keys.leads("g", "c", to="**/desk/till")


# --- with no script at all


async def test_cash_is_taken_without_a_script(world: World, visiting: Visiting) -> None:
    """The scanner's field waits, then the sum; the next order may be scanned at once."""
    await world.open_till(0)
    order = await world.order()
    desk, keys = await _desk(world, visiting, SENIOR, javascript=False)
    await desk.open(TILL)
    await keys.at("#find")
    await keys.scan(order.code)
    await desk.page.wait_for_url("**/desk/till/take/*")
    await keys.at("#received")
    await keys.leads("Enter", to="**/desk/till/taken/*")
    await keys.at("#find")
    assert (await world.facts(order.id)).paid == order.total
    assert not await world.broken()


async def test_a_refund_is_asked_for_without_a_script(world: World, visiting: Visiting) -> None:
    """From the order's page by Tab; the sum that is left stands in the form."""
    order, _ = await world.paid()
    desk, keys = await _desk(world, visiting, "accountant", javascript=False)
    await desk.open(f"/desk/orders/{order.code}")
    await keys.to("a[href$='/refund']")
    await keys.leads("Enter", to="**/refund")
    await keys.at("#amount")
    await keys.leads("Enter", to="**/refund/check")
    await keys.at("main .act button")
    await keys.leads("Enter", to="**/desk/refunds/rf_*")
    [refund] = await world.tx(lambda tx: store.of_order(tx, order.id))
    assert (refund.state, refund.amount) == (State.REQUESTED, order.total)
    assert not await world.broken()


async def test_a_refund_is_approved_without_a_script(world: World, visiting: Visiting) -> None:
    """With the code that it asks for."""
    order, _ = await world.paid()
    ask = issue.Ask(roubles(1000), "Отказ от услуги")
    asked = await world.tx(lambda tx: issue.request(tx, world.service, order.id, ask, principal="anna"))
    desk, keys = await _desk(world, visiting, "accountant", javascript=False)
    await world.advance(minutes=6)
    await desk.open(f"/desk/refunds/{asked.id}")
    await keys.to("form[action$='/approve'] button")
    await keys.press("Enter")
    await keys.at("#proof-code")
    await keys.type(await desk.clerk.code())
    await keys.press("Enter")
    await expect(desk.page.locator(".lead")).to_contain_text("Запланирован")
    await world.sweep()
    assert (await world.facts(order.id)).refunded == roubles(1000)
    assert not await world.broken()
