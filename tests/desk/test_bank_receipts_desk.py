"""Receipts of the bank at the desk: each with its state on the order's page, and tried again by a press."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest

from checkout.ground.config import Fiscal
from checkout.ground.db import rows, sql
from checkout.payment.order import Order
from checkout.postgres import Urls
from tests.desk.clerk import at_work
from tests.printed import broken, expecting, issued
from tests.world import World, open_world

_DONE = sql("SELECT action FROM audit WHERE action = 'receipt.again' AND outcome = 'done'")

_NOTED = sql("SELECT action FROM audit WHERE action = 'receipt.note' AND outcome = 'done'")


@pytest.fixture
async def printing(urls: Urls, emptied: None, move: Callable[[timedelta], Awaitable[None]]) -> AsyncIterator[World]:
    """A clinic whose bank makes the receipts, and makes them again."""
    _ = emptied
    async with open_world(urls, move, kind="sberbank", fiscal=Fiscal(by="bank", tax_system="osn")) as found:
        yield found


async def with_a_broken_printer(world: World) -> Order:
    """Paid, and the bank could not print the receipt."""
    order, payment = await world.paid()
    at_bank = world.bank.find(world.merchant, number=str(payment))
    world.bank.receipts.spoil(at_bank, fail=True)
    await world.sweep()
    await world.advance(minutes=1)
    await world.sweep()
    world.bank.receipts.spoil(at_bank, fail=False)
    return order


async def test_what_the_bank_could_not_print_is_work_and_is_cured_by_a_press(printing: World) -> None:
    """It stands on the worklist with its order; one press, and the bank prints it; then it is work no more."""
    order = await with_a_broken_printer(printing)
    clerk = await at_work(printing, "accountant")
    page = await clerk.get("/desk/worklist?kind=receipt")
    assert "Чек не пробит" in page.text
    assert order.code in page.text
    press = next(one for one in page.actions if one.endswith("/again"))
    assert (await clerk.press(page, press)).location == f"/desk/orders/{order.code}#receipts"
    assert len(await printing.tx(lambda tx: rows(tx, _DONE))) == 1
    await printing.sweep()
    await printing.advance(minutes=1)
    await printing.sweep()
    await clerk.enters()
    assert "Дел нет" in (await clerk.get("/desk/worklist")).text
    story = (await clerk.get(f"/desk/orders/{order.code}")).text
    assert "Чек не пробит: ошибка" in story
    assert "Чек пробит" in story
    assert not await printing.broken()


async def test_the_orders_page_shows_each_receipt_with_its_document(world: World) -> None:
    """Number, sign, and where to see it; there is nothing to press."""
    order, payment = await world.paid()
    await issued(world, await expecting(world, order, payment))
    clerk = await at_work(world, "accountant")
    page = await clerk.get(f"/desk/orders/{order.code}")
    assert "ФД 21, ФП 3713381819" in page.text
    assert "https://ofd.example/rec/21" in page.links
    assert not [one for one in page.actions if "/receipts/" in one]


async def test_the_orders_page_says_why_a_receipt_failed(world: World) -> None:
    """In the bank's words; whoever may not act on it has no button."""
    order, payment = await world.paid()
    await broken(world, await expecting(world, order, payment))
    reader = await at_work(world, "cashier")
    page = await reader.get(f"/desk/orders/{order.code}")
    assert "Банк: ФН занят" in page.text
    assert not [one for one in page.actions if "/receipts/" in one]
    accountant = await at_work(world, "accountant")
    page = await accountant.get(f"/desk/orders/{order.code}")
    assert [one for one in page.actions if "/receipts/" in one]


async def test_a_receipt_that_was_issued_elsewhere_is_noted(printing: World) -> None:
    """From the order's page: what cannot be a number is said beside its field and kept; then it is issued, and no work."""
    order = await with_a_broken_printer(printing)
    clerk = await at_work(printing, "accountant")
    page = await clerk.get(f"/desk/orders/{order.code}")
    (address,) = [one for one in page.links if one.endswith("/note")]
    form = await clerk.get(address)
    today = (await printing.now()).date().isoformat()
    typed = {"number": "4711", "sign": "3713381819", "drive": "9999 0789", "day": today}
    refused = await clerk.press(form, address, **typed)
    assert refused.status == 422
    assert "ФН — 16" in refused.text
    assert refused.values["drive"] == "9999 0789"
    old = (await printing.now() - timedelta(days=900)).date().isoformat()
    refused = await clerk.press(refused, address, **typed | {"drive": "9999078900006364", "day": old})
    assert refused.status == 422
    assert "Такого раннего чека здесь быть не может" in refused.text
    done = await clerk.press(refused, address, **typed | {"drive": "9999078900006364"})
    assert done.location == f"/desk/orders/{order.code}#receipts"
    page = await clerk.get(f"/desk/orders/{order.code}")
    assert "ФД 4711, ФП 3713381819" in page.text
    assert "Номера записал сотрудник" in page.text
    assert "Дел нет" in (await clerk.get("/desk/worklist")).text
    assert (await clerk.press(refused, address, **typed | {"drive": "9999078900006364"})).status == 303
    assert len(await printing.tx(lambda tx: rows(tx, _NOTED))) == 1
    reader = await at_work(printing, "cashier")
    assert not [one for one in (await reader.get(f"/desk/orders/{order.code}")).links if one.endswith("/note")]
    assert not await printing.broken()


async def test_a_page_without_the_banks_receipts_does_not_speak_of_them(world: World) -> None:
    """Nor has another order's receipt an address here."""
    order, _ = await world.paid()
    other, payment = await world.paid(starts_at=(await world.free(days=2))[0])
    expected = await expecting(world, other, payment)
    clerk = await at_work(world, "accountant")
    page = await clerk.get(f"/desk/orders/{order.code}")
    assert "Кассовые чеки" not in page.text
    theirs = await clerk.get(f"/desk/orders/{other.code}")
    press = f"/desk/orders/{other.code}/receipts/{expected.id}/again"
    answer = await clerk.press(theirs, press.replace(other.code, order.code))
    assert answer.status == 404
