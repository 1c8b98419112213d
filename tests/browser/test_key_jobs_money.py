"""Finance's key jobs by keyboard alone: ask, approve, bring in the bank's registry, cure, export.

How presses are counted: every key is one, also each letter of a sum or a reason, from the desk's first page until the refund
stands there as asked for. What the scanner types is its own, with the Enter that it ends with.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import expect

from checkout.books import registry_lists
from checkout.books.registry_lists import Wanted
from checkout.payment import settle
from checkout.payment.order import Order, Word
from gateways.money import Money
from gateways.sandbox import reverting
from refunds import issue, store
from refunds.refund import State
from tests.browser.desk import Desk, seated
from tests.browser.keys import Keys
from tests.browser.visit import Visiting
from tests.flows.drawer import taken
from tests.flows.registry import Said, written
from tests.world import World, roubles

pytestmark = pytest.mark.usefixtures("quiet_logs")
SOMEBODY: Final = "staff:stf_01M8DA22FWFMQY4B2K33P6FTZ4"


async def _at_desk(world: World, visiting: Visiting, *roles: str) -> tuple[Desk, Keys]:
    """Signed in, on the desk's first page."""
    desk = await seated(world, await visiting(javascript=True, width=1280), *(roles or ("accountant",)))
    await desk.open("/desk")
    return desk, Keys(desk.page)


async def _of(world: World, order: Order) -> store.Refund:
    [refund] = await world.tx(lambda tx: store.of_order(tx, order.id))
    return refund


async def _asked(world: World, order: Order, amount: int) -> store.Refund:
    ask = issue.Ask(roubles(amount), "Отказ от услуги")
    return await world.tx(lambda tx: issue.request(tx, world.service, order.id, ask, principal=SOMEBODY))


async def _proves(desk: Desk, keys: Keys) -> None:
    """The field waits for the code."""
    await keys.at("#proof-code")
    await keys.type(await desk.clerk.code())
    await keys.press("Enter")


# --- a new refund


async def _new_refund(keys: Keys, order: Order) -> None:
    """From the desk's first page to the form, with everything that is left filled in."""
    await keys.leads("g", "o", to="**/desk/orders")
    await keys.at("#q")
    await keys.scan(order.code)
    await keys.page.wait_for_url(f"**/desk/orders/{order.code}", wait_until="load")
    await keys.leads("r", to="**/refund")
    await keys.at("#amount")


async def test_all_of_a_known_order_is_asked_back_by_five_keys(world: World, visiting: Visiting) -> None:
    """g, o, (scan), r, Enter over the sum that stands there, Enter over what the payer will read. (ux.md allows twelve.)"""
    order, _ = await world.paid()
    desk, keys = await _at_desk(world, visiting)
    await _new_refund(keys, order)
    await keys.leads("Enter", to="**/refund/check")
    await keys.at("main .act button")
    await keys.leads("Enter", to="**/desk/refunds/rf_*")
    assert keys.pressed == 5
    refund = await _of(world, order)
    assert (refund.state, refund.amount, refund.reason) == (State.REQUESTED, order.total, "Отказ от услуги")
    assert refund.requested_by == f"staff:{desk.clerk.staff_id}"
    facts = await world.facts(order.id)
    assert (facts.reserved, facts.refunded.amount) == (order.total, 0)
    assert not await world.broken()


async def test_a_part_with_another_reason_stays_within_twelve(world: World, visiting: Visiting) -> None:
    """The sum is typed over the one that stands there, the reason is one arrow away."""
    order, _ = await world.paid()
    _desk, keys = await _at_desk(world, visiting)
    await _new_refund(keys, order)
    await keys.type("1000")
    await keys.press("Tab", "ArrowDown")
    await keys.leads("Enter", to="**/refund/check")
    await keys.at("main .act button")
    await keys.leads("Enter", to="**/desk/refunds/rf_*")
    assert keys.pressed <= 12
    refund = await _of(world, order)
    assert (refund.state, refund.amount) == (State.REQUESTED, roubles(1000))
    assert refund.reason != "Отказ от услуги"
    assert not await world.broken()


async def test_a_second_person_approves_with_a_fresh_proof(world: World, visiting: Visiting) -> None:
    """From the queue by `j` and Enter; the bank is told once the code was right, and the money goes back."""
    order, _ = await world.paid()
    await _asked(world, order, 1000)
    desk, keys = await _at_desk(world, visiting)
    await world.advance(minutes=6)
    await keys.leads("g", "r", to="**/desk/refunds")
    await keys.press("j")
    await keys.leads("Enter", to="**/desk/refunds/rf_*")
    await keys.to("form[action$='/approve'] button")
    await keys.press("Enter")
    assert (await _of(world, order)).state is State.REQUESTED
    await _proves(desk, keys)
    await expect(desk.page.locator(".lead")).to_contain_text("Запланирован")
    refund = await _of(world, order)
    assert refund.decided_by == f"staff:{desk.clerk.staff_id}"
    await world.sweep()
    assert (await _of(world, order)).state is State.DONE
    assert (await world.facts(order.id)).refunded == roubles(1000)
    assert not await world.broken()


async def test_many_are_ticked_and_approved_at_once(world: World, visiting: Visiting) -> None:
    """`j` goes down the queue, `x` ticks: two of three are approved, with their sum in the question."""
    orders = [(await world.paid())[0] for _ in range(3)]
    for order in orders:
        await _asked(world, order, 500)
    desk, keys = await _at_desk(world, visiting)
    await keys.leads("g", "r", to="**/desk/refunds")
    await keys.press("j", "x", "j", "x")
    assert await desk.page.locator("[name^=tick-]:checked").count() == 2
    await keys.to("form[action$='/approve/check'] .act button")
    await keys.leads("Enter", to="**/approve/check")
    await expect(desk.page.locator(".lead")).to_contain_text("1\u00a0000\u00a0₽")
    await keys.to("form[action$='/refunds/approve'] button")
    await keys.leads("Enter", to="**/refunds/approve")
    states = sorted([(await _of(world, order)).state for order in orders])
    assert states == [State.REQUESTED, State.SCHEDULED, State.SCHEDULED]
    assert not await world.broken()


# --- the books


async def test_a_registry_is_brought_in_and_a_break_cured(world: World, visiting: Visiting, tmp_path: Path) -> None:
    """What the bank alone knows is taken over with a note. The machine's own dialog for a file is not part of the page."""
    _, payment = await world.paid()
    lines = (Said("b1", payment), Said("b2", "pay_unheard-of"))
    file = written(tmp_path / "registry.csv", lines, await world.now())
    desk, keys = await _at_desk(world, visiting)
    await keys.leads("g", "b", to="**/desk/registry")
    await keys.press("n")
    await keys.to("#file")
    async with desk.page.expect_file_chooser() as chooser:
        await keys.press("Space")
    await (await chooser.value).set_files(file)
    await keys.to("form[action$='/import'] button")
    await keys.leads("Enter", to="**/desk/registry?file=*")
    await expect(desk.page.locator(".state.good")).to_contain_text("совпало: 1")
    await keys.press("j")
    await keys.at(".breaks summary")
    await keys.press("Enter")
    await keys.to("[name=note]")
    await keys.type("спросили банк")
    await keys.to("button[value=accept]")
    await keys.leads("Enter", to="**/desk/registry?list=theirs")
    assert not await world.tx(lambda tx: registry_lists.breaks(tx, Wanted(), limit=10))
    assert not await world.broken()


async def test_what_is_filtered_is_exported(world: World, visiting: Visiting) -> None:
    """Payments by card alone: after a fresh code the file, whose last row is the sum that the books know."""
    await world.open_till(0)
    cards = [(await world.paid())[0] for _ in range(2)]
    cash = await world.order()
    await taken(world, cash, 2500)
    await world.sweep()
    desk, keys = await _at_desk(world, visiting)
    await world.advance(minutes=6)
    await keys.leads("g", "e", to="**/desk/proof?*")
    await _proves(desk, keys)
    await desk.page.wait_for_url("**/desk/export", wait_until="load")
    await keys.to("#method")
    while await desk.page.locator("#method").input_value() != "card":
        await keys.press("ArrowDown")
    await keys.to("button[formaction$='.csv']")
    async with desk.page.expect_download() as download:
        await keys.press("Enter")
    path = await (await download.value).path()
    table = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))
    cells = {cell for row in table for cell in row}
    assert [order.code in cells for order in (*cards, cash)] == [True, True, False]
    assert any(_same(cell, cards[0].total + cards[1].total) for cell in table[-1])
    assert not await world.broken()


def _same(cell: str, sum_: Money) -> bool:
    return cell.replace(" ", "").replace("\u00a0", "").replace(",", ".") == f"{sum_.amount / 100:.2f}"


async def test_a_worklist_item_is_cured(world: World, visiting: Visiting) -> None:
    """Money that went back at the bank without us is entered by one press, and the list is empty."""
    order, payment = await world.paid()
    found = world.bank.find(world.merchant, number=str(payment))
    reverting.refund(world.bank, found, 70_000, external_id=None)
    await settle.settle(world.service, payment)
    desk, keys = await _at_desk(world, visiting)
    await keys.leads("g", "w", to="**/desk/worklist")
    await keys.press("j")
    await keys.to("[data-row] button")
    await keys.leads("Enter", to=f"**/desk/orders/{order.code}#refunds")
    facts = await world.facts(order.id)
    assert facts.refunded == roubles(700)
    assert await world.word(order.id) is Word.PART_REFUNDED
    await keys.leads("g", "w", to="**/desk/worklist")
    await expect(desk.page.get_by_role("heading", level=2)).to_contain_text("Дел нет")
    assert not await world.broken()
