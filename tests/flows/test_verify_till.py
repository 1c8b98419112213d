"""`checkout verify` over the till: what its rules forbid is done by hand, as the schema's owner, and is found."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from checkout.till import storno
from checkout.till.till import Reason, Shift
from tests.flows.drawer import closed, moved, taken
from tests.world import World, roubles

GUARDED = ("cash_entry", "cash_shift")
Break = Callable[[str, Shift], Awaitable[None]]


@pytest.fixture
async def by_hand(owner: AsyncEngine) -> Break:
    """What nobody may do, done to one shift with the triggers off; they are on again afterwards."""

    async def act(statement: str, shift: Shift) -> None:
        async with owner.begin() as tx:
            for table in GUARDED:
                await tx.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            await tx.execute(text(statement), {"id": shift.id.uuid})
            for table in GUARDED:
                await tx.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))

    return act


async def names(world: World) -> list[str]:
    return [violation.invariant for violation in await world.broken()]


async def a_day(world: World) -> Shift:
    """A shift with a float, a taking and a movement, still open."""
    order = await world.order()
    shift = await world.open_till(1000)
    await taken(world, order, 2500)
    await moved(world, shift, 100, Reason.EXPENSE, into=False)
    assert await names(world) == []
    return shift


@pytest.mark.parametrize(
    ("broken", "found"),
    [
        ("UPDATE cash_entry SET amount = amount + 1 WHERE shift_id = :id AND kind = 'paid_out'", ["I31"]),
        ("UPDATE ledger_entry SET account = 'till:another' WHERE account LIKE 'till:%' AND amount < 0", ["I31"]),
        (
            """INSERT INTO cash_entry (clinic_id, shift_id, receipt_no, kind, direction, amount, reason, principal)
               SELECT clinic_id, id, 4, 'paid_in', 'in', 1, 'change', 'nobody' FROM cash_shift WHERE id = :id""",
            ["I31"],
        ),
    ],
)
async def test_a_drawer_that_is_not_its_account_is_found(
    world: World, by_hand: Break, broken: str, found: list[str]
) -> None:
    """Another sum, another account, an entry without a posting."""
    await by_hand(broken, await a_day(world))
    assert await names(world) == found


async def test_an_entry_in_a_closed_shift_is_found(world: World, by_hand: Break) -> None:
    """It came after the close."""
    shift = await a_day(world)
    await closed(world, shift, roubles(3400))
    assert await names(world) == []
    entered = """INSERT INTO cash_entry (clinic_id, shift_id, receipt_no, kind, direction, amount, reason, principal)
        SELECT clinic_id, id, 5, 'paid_in', 'in', 1, 'change', 'nobody' FROM cash_shift WHERE id = :id"""
    await by_hand(entered, shift)
    assert await names(world) == ["I31", "I32"]


async def test_a_z_total_that_was_changed_is_found(world: World, by_hand: Break) -> None:
    """The Z total is what the entries say, and the difference is what was booked."""
    shift = await a_day(world)
    await closed(world, shift, roubles(3400))
    await by_hand("UPDATE cash_shift SET z_total = z_total + 100, explanation = 'a lie' WHERE id = :id", shift)
    assert await names(world) == ["I17", "I33"]


async def test_a_z_number_that_is_missing_is_found(world: World, by_hand: Break) -> None:
    """One, and then three."""
    await closed(world, await world.open_till(1000), roubles(1000))
    second = await world.open_till(1000)
    await closed(world, second, roubles(1000))
    assert await names(world) == []
    await by_hand("UPDATE cash_shift SET z_no = 3 WHERE id = :id", second)
    assert await names(world) == ["I33"]


async def test_a_float_that_is_not_what_was_left_is_found(world: World, by_hand: Break) -> None:
    """Money that vanished between two shifts."""
    await closed(world, await world.open_till(1000), roubles(1000))
    second = await world.open_till(1000)
    await by_hand("UPDATE cash_shift SET float_expected = 90000, float_explanation = 'a lie' WHERE id = :id", second)
    assert await names(world) == ["I33"]


@pytest.mark.parametrize(
    "broken",
    [
        "UPDATE ledger_tx SET reverses = (SELECT id FROM ledger_tx WHERE kind = 'till' LIMIT 1) WHERE kind = 'storno'",
        "UPDATE payment SET state = 'captured', captured = amount WHERE method = 'cash'",
        "UPDATE cash_entry SET tender = 'terminal' WHERE kind = 'storno'",
    ],
)
async def test_a_reversal_that_reverses_nothing_is_found(world: World, by_hand: Break, broken: str) -> None:
    """Another posting, a payment that still counts, another tender."""
    order = await world.order()
    shift = await world.open_till(1000)
    first = await taken(world, order, 2500)
    await world.tx(
        lambda tx: storno.reverse(tx, world.service, shift.id, first.receipt_no, Reason.TWICE, principal="olga")
    )
    assert await names(world) == []
    await by_hand(broken, shift)
    assert "I34" in await names(world)
