"""The key jobs of payer and office by keyboard alone: Tab, Enter, Space, arrows and letters, never a mouse.

Twelve in all: paying a visit (`test_keyboard`), exact cash (`test_till`); here moving and calling off, opening and closing a
shift, the day's marks, booking for a caller, a day called off; in `test_key_jobs_money` asking for a refund and approving it,
the bank's registry, exports and the worklist. And first of all, the door.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import pytest
from playwright.async_api import expect

from checkout.catalogue import store as catalogue
from checkout.ground.db import Tx
from checkout.payment import orders
from checkout.payment.listing import Scope, newest
from checkout.payment.order import Order, Word, word
from checkout.payment.place import link_token, pay_token
from checkout.till import store
from checkout.till.till import Shift
from gateways import sandbox
from tests.browser.desk import Desk, Role, seated
from tests.browser.keys import Keys
from tests.browser.visit import Visiting
from tests.desk.clerk import PASSWORD, hired
from tests.flows.drawer import closed, held, taken, told
from tests.pages.visitor import CONTACTS
from tests.world import World, roubles

pytestmark = pytest.mark.usefixtures("quiet_logs")
CASHIER: Final = ("cashier", "tverskaya")
SENIOR: Final = ("senior-cashier", "tverskaya")


async def _at_desk(
    world: World, visiting: Visiting, *roles: Role, name: str = "Ольга Смирнова", email: str = "olga@clinic.example"
) -> tuple[Desk, Keys]:
    """Signed in, on the desk's first page."""
    visit = await visiting(javascript=True, width=1280)
    desk = await seated(world, visit, *roles, name=name, email=email)
    await desk.open("/desk")
    return desk, Keys(desk.page)


async def _shift(world: World) -> Shift | None:
    """The one that stands open at Tverskaya."""

    async def work(tx: Tx) -> Shift | None:
        clinic = await catalogue.clinic(tx, "tverskaya")
        assert clinic is not None
        return await store.open_of(tx, clinic.id)

    return await world.tx(work)


async def _read(world: World, order: Order) -> Order:
    return (await world.tx(lambda tx: orders.read(tx, order.id)))[0]


# --- the doors


async def test_signing_in_with_password_and_authenticator(world: World, visiting: Visiting) -> None:
    """The fields wait for what is typed: address, Tab, password, Enter, code, Enter; the audit knows who came."""
    clerk, visit = await hired(world, "accountant"), await visiting(javascript=True, width=1280)
    visit.staff = True
    keys = Keys(visit.page)
    await visit.page.goto(f"{world.url}/desk")
    await keys.at("#email")
    await keys.type(clerk.email)
    await keys.press("Tab")
    await keys.type(PASSWORD)
    await keys.leads("Enter", to="**/desk/second")
    await keys.at("#code")
    await keys.type(await clerk.code())
    await keys.leads("Enter", to="**/desk")
    await keys.leads("g", "r", to="**/desk/refunds")
    assert not await world.broken()


# --- the payer


async def test_a_payer_moves_the_visit_and_then_calls_it_off(world: World, visiting: Visiting) -> None:
    """From the private link: another time with the money, then none with the money back, whole, the way it came."""
    order, payment = await world.paid()
    page = (await visiting(javascript=True)).page
    keys, home = Keys(page), f"{world.url}/o/{link_token(world.service, order.id)}"
    await page.goto(home)
    await keys.to("a[href$='/move']")
    await keys.leads("Enter", to="**/move")
    await keys.to(".times a")
    await keys.leads("Enter", to="**/move?*at=*")
    await keys.to("form.act button")
    await keys.leads("Enter", to="**/o/*?done=moved")
    moved = await _read(world, order)
    assert moved.starts_at != order.starts_at
    assert await world.word(order.id) is Word.PAID
    await keys.to("a[href$='/cancel']")
    await keys.leads("Enter", to="**/cancel")
    await keys.to("button[value=return]")
    await keys.leads("Enter", to=home)
    await world.sweep()
    facts = await world.facts(order.id)
    assert (word(facts), facts.refunded, facts.ours) == (Word.REFUNDED, order.total, roubles(0))
    at_bank = world.bank.find(world.merchant, number=str(payment))
    assert at_bank.status in (sandbox.Status.REVERSED, sandbox.Status.REFUNDED)
    assert not await world.broken()


# --- the till


async def test_a_shift_is_opened_with_a_counted_float(world: World, visiting: Visiting) -> None:
    """What was left is counted blind, note by note; F2 opens, and what was counted is in the drawer and in the books."""
    await closed(world, await world.open_till(1500), roubles(1500))
    desk, keys = await _at_desk(world, visiting, CASHIER)
    await keys.leads("g", "c", to="**/desk/till")
    await keys.at("#face-500000")
    for face in ("100000", "50000"):
        await keys.to(f"#face-{face}")
        await keys.type("1")
    await keys.press("F2")
    await expect(desk.page.locator("[data-drawer]")).to_have_text("1\u00a0500\u00a0₽")
    await keys.at("#find")
    shift = await _shift(world)
    assert shift is not None
    assert (shift.opened_by, shift.float_amount) == (f"staff:{desk.clerk.staff_id}", roubles(1500))
    assert await held(world, shift) == roubles(1500)
    assert not await world.broken()


async def test_a_shift_is_closed_with_its_difference_explained(world: World, visiting: Visiting) -> None:
    """Counted, a hundred short, explained: the Z report says so, and the next float is what was counted."""
    shift = await world.open_till(3000)
    await taken(world, await world.order(), 2500)
    desk, keys = await _at_desk(world, visiting, CASHIER)
    await keys.leads("g", "c", to="**/desk/till")
    await keys.at("#find")
    await keys.to("a[href*='/till/close']")
    await keys.leads("Enter", to="**/desk/till/close?*")
    await keys.at("#face-500000")
    await keys.type("1")
    await keys.to("#face-10000")
    await keys.type("4")
    await keys.leads("Enter", to="**/desk/till/closing?*")
    await expect(desk.page.locator("main")).to_contain_text("Не хватает 100")
    await keys.at("#explanation")
    await keys.type("не додали сдачу")
    await keys.leads("Enter", to="**/desk/till/report/*")
    await expect(desk.page.get_by_role("heading", level=1)).to_contain_text("Z-отчёт")
    found = await told(world, shift)
    assert (found.difference, found.drawer) == (roubles(-100), roubles(5500))
    assert await _shift(world) is None
    assert not await world.broken()


# --- the day


async def test_a_visit_is_marked_given_and_another_missed(world: World, visiting: Visiting) -> None:
    """`j` goes from visit to visit; after a mark the page comes back to the very line."""
    first, second = (await world.free(days=1))[:2]
    came, missed = [(await world.paid(starts_at=at))[0] for at in (first, second)]
    await world.sweep()
    await world.advance(seconds=(second - await world.now() + timedelta(minutes=5)).total_seconds())
    desk, keys = await _at_desk(world, visiting, CASHIER)
    await keys.leads("g", "d", to="**/desk/today*")
    for order, outcome in ((came, "given"), (missed, "no_show")):
        await keys.press("j")
        await expect(desk.page.locator(f"#{_css(order.code)}:focus-within")).to_have_count(1)
        await keys.to(f"form[action*='{order.code}']:has([value={outcome}]) button")
        await keys.leads("Enter", to=f"**#{order.code}")
    assert "order.given" in await world.events(came.id)
    assert (await _read(world, came)).given_at is not None
    assert "order.no_show" in await world.events(missed.id)
    assert not await world.broken()


def _css(code: str) -> str:
    """A code as a selector names it: it may begin with a digit."""
    return f"\\3{code[0]} {code[1:]}" if code[0].isdigit() else code


async def test_a_caller_is_booked_and_sent_the_link(world: World, visiting: Visiting) -> None:
    """Service, time, who they are, what they agree to; a letter goes out, and the link to pay by is on the page."""
    desk, keys = await _at_desk(world, visiting, CASHIER)
    await keys.leads("g", "d", to="**/desk/today")
    await keys.leads("n", to="**/desk/book?*")
    await keys.to("[name=pick-consultation]")
    await keys.press("Space")
    await keys.leads("Enter", to="**/desk/book?*service=consultation*")
    await keys.to(".times a")
    await keys.leads("Enter", to="**/desk/book?*at=*")
    await keys.at("#name")
    for field in ("name", "phone", "email"):
        if field != "name":
            await keys.to(f"#{field}")
        await keys.type(CONTACTS[field])
    await keys.to("[name=plan]")
    while not await desk.page.locator("[value=full]").is_checked():
        await keys.press("ArrowUp")
    for kind in ("adult", "offer", "personal-data"):
        await keys.to(f"#consent-{kind}")
        await keys.press("Space")
    await keys.to("form[action='/desk/book'] .act button")
    await keys.leads("Enter", to="**/desk/booked/*")
    order = (await world.tx(lambda tx: newest(tx, Scope(), after=None, limit=1)))[0].order
    link = f"{world.url}/p/{pay_token(world.service, order.id)}"
    await expect(desk.page.locator("main")).to_contain_text(link)
    [letter] = await world.letters()
    assert f"{world.url}/o/{link_token(world.service, order.id)}" in letter.text
    assert await world.word(order.id) is Word.DRAFT
    assert not await world.broken()


async def test_a_day_is_called_off_with_one_approval(world: World, visiting: Visiting) -> None:
    """One writes the reason and chooses for all, a colleague approves with a fresh code: each payer has the money back."""
    people = [(await world.paid(starts_at=at))[0] for at in (await world.free(days=1))[:3]]
    olga, keys = await _at_desk(world, visiting, SENIOR)
    nina, others = await _at_desk(world, visiting, SENIOR, name="Нина Орлова", email="nina@clinic.example")
    await keys.leads("g", "d", to="**/desk/today")
    await keys.to("form.find a:last-of-type")
    await keys.leads("Enter", to="**/desk/today?*day=*")
    await keys.to("a[href*='/desk/day']")
    await keys.leads("Enter", to="**/desk/day?*")
    await keys.at("#reason")
    await keys.type("врач заболел")
    await keys.to("[name=all]")
    while not await olga.page.locator("[name=all][value=refund]").is_checked():
        await keys.press("ArrowDown")
    await keys.to("form[action='/desk/day'] .act button")
    await keys.leads("Enter", to="**/desk/day/off_*")
    assert all([await world.word(order.id) is Word.PAID for order in people])
    await world.advance(minutes=6)
    await nina.open(olga.page.url.removeprefix(world.url))
    await others.to("form[action$='/approve'] button")
    await others.press("Enter")
    await others.at("#proof-code")
    await others.type(await nina.clerk.code())
    await others.press("Enter")
    await expect(nina.page.locator(".lead")).to_contain_text("Утверждено")
    await world.sweep()
    assert [await world.word(order.id) for order in people] == [Word.REFUNDED] * 3
    letters = [mail for mail in await world.letters() if "клиника не может вас принять" in mail.text]
    assert len(letters) == 3
    assert not await world.broken()
