"""Numbers of the fiscal printer's receipts: noted with the money or later, corrected by a further note, never edited."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy.exc import DBAPIError

from checkout.ground.db import rows, run, sql
from checkout.ground.errors import Conflict, Invalid, Missing
from checkout.payment.order import Plan
from checkout.till import fiscal, store
from checkout.till.take import take
from checkout.till.till import Reason, Shift
from tests.flows.drawer import closed, moved, taken, told
from tests.world import World, roubles

_NOTES = sql("SELECT number, principal FROM fiscal_receipt ORDER BY id")


async def noted(
    world: World, shift: Shift, receipt: int, number: str, *, who: str = "olga", was: str | None = None
) -> None:
    await world.tx(lambda tx: fiscal.note_of(tx, shift.clinic_id, receipt, number, principal=who, was=was))


async def stands(world: World, shift: Shift, receipt: int) -> str | None:
    return (await world.tx(lambda tx: store.read_entry(tx, shift.id, receipt))).fiscal


async def test_the_number_comes_with_the_money_if_it_is_printed_already(world: World) -> None:
    """On the entry, on the order, in the report; the next entry has none."""
    order = await world.order(plan=Plan.AT_CLINIC)
    shift = await world.open_till()
    first = await world.tx(
        lambda tx: take(tx, world.service, order.id, roubles(1000), principal="olga", fiscal=" № 145 ")
    )
    second = await taken(world, order, 1500)
    assert await stands(world, shift, first.receipt_no) == "145"
    assert await stands(world, shift, second.receipt_no) is None
    assert await world.tx(lambda tx: fiscal.of_order(tx, order.id)) == {first.payment_id: "145"}
    x = await told(world, shift)
    assert (x.fiscal, x.printable) == (1, 2)
    assert "order.fiscal" in await world.events(order.id)


async def test_a_number_is_corrected_by_another_and_both_stay(world: World) -> None:
    """Also after the shift was closed. The same number again is no news."""
    order = await world.order(plan=Plan.AT_CLINIC)
    shift = await world.open_till()
    receipt = (await taken(world, order, 2500)).receipt_no
    await noted(world, shift, receipt, "145")
    await noted(world, shift, receipt, "145", who="nina")
    await closed(world, shift, roubles(2500))
    await noted(world, shift, receipt, "154", who="nina", was="145")
    assert await stands(world, shift, receipt) == "154"
    kept = await world.tx(lambda tx: rows(tx, _NOTES))
    assert [(row.number, row.principal) for row in kept] == [("145", "olga"), ("154", "nina")]
    assert not await world.broken()


async def test_whoever_saw_another_number_is_told(world: World) -> None:
    """Eight people note eight numbers at once: one stands, and nobody overwrites it unseen."""
    order = await world.order(plan=Plan.AT_CLINIC)
    shift = await world.open_till()
    receipt = (await taken(world, order, 2500)).receipt_no
    results = await asyncio.gather(*(noted(world, shift, receipt, str(n)) for n in range(1, 9)), return_exceptions=True)
    lost = [one for one in results if isinstance(one, BaseException)]
    assert len(lost) == 7
    number = await stands(world, shift, receipt)
    assert all(isinstance(one, Conflict) and one.facts["number"] == number for one in lost)


@pytest.mark.parametrize("typed", ["145a", "12345678901", "-1", "4111 1111 1111 1111"])
async def test_what_is_no_number_is_refused_before_any_money_moves(world: World, typed: str) -> None:
    """A number has ten digits at most; a card's has more, and never gets in here."""
    order = await world.order(plan=Plan.AT_CLINIC)
    await world.open_till()
    with pytest.raises(Invalid, match="fiscal_unreadable"):
        await world.tx(lambda tx: take(tx, world.service, order.id, roubles(2500), principal="olga", fiscal=typed))
    assert (await world.facts(order.id)).paid == roubles(0)


async def test_only_what_the_printer_has_a_receipt_for_gets_a_number(world: World) -> None:
    """Change that was brought is none; an entry that is not there is none either."""
    shift = await world.open_till()
    into = await moved(world, shift, 300, Reason.CHANGE, into=True)
    with pytest.raises(Conflict, match="not_fiscal"):
        await noted(world, shift, into, "145")
    with pytest.raises(Missing):
        await noted(world, shift, 99, "145")


@pytest.mark.parametrize("act", ["UPDATE fiscal_receipt SET number = '1'", "DELETE FROM fiscal_receipt"])
async def test_the_database_lets_nobody_edit_a_number(world: World, act: str) -> None:
    """Whoever runs the service adds rows, and nothing else; a correction belongs to the same entry."""
    order = await world.order(plan=Plan.AT_CLINIC)
    shift = await world.open_till()
    receipt, other = (await taken(world, order, 1000)).receipt_no, (await taken(world, order, 1500)).receipt_no
    await noted(world, shift, receipt, "145")
    with pytest.raises(DBAPIError, match="permission denied"):
        await world.tx(lambda tx: run(tx, sql(act)))
    stray = """INSERT INTO fiscal_receipt (entry_id, number, corrects, principal)
        SELECT (SELECT id FROM cash_entry WHERE receipt_no = :no), '2', id, 'x' FROM fiscal_receipt"""
    with pytest.raises(DBAPIError, match="foreign key"):
        await world.tx(lambda tx: run(tx, sql(stray), no=other))


async def test_a_number_comes_over_the_api_with_the_money_or_later(world: World) -> None:
    """As a person would at the desk; a wrong one is corrected by naming what stands."""
    order = await world.order(plan=Plan.AT_CLINIC)
    shift = await world.open_till()
    body = {"amount": {"amount": 250_000, "currency": "RUB"}, "fiscal_receipt": "145"}
    status, paid = await world.api("POST", f"/v1/orders/{order.id}/cash-payments", "office", body)
    assert status == 201
    place = f"/v1/shifts/{shift.id}/fiscal-receipts"
    wrong = {"receipt_no": paid["receipt_no"], "number": "146"}
    status, refused = await world.api("POST", place, "office", wrong)
    assert (status, refused["code"]) == (409, "fiscal_noted")
    assert (await world.api("POST", place, "office", {**wrong, "instead_of": "145"}))[0] == 201
    assert await stands(world, shift, paid["receipt_no"]) == "146"
    assert (await world.api("GET", f"/v1/shifts/{shift.id}", "office"))[1]["fiscal_receipts"] == 1
