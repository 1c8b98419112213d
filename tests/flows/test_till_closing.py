"""A shift is closed by counting, and sealed; takings are handed over before."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy.exc import DBAPIError

from checkout.ground.db import Tx, rows, run, sql
from checkout.ground.errors import Conflict, Forbidden, Invalid, Refusal
from checkout.payment.order import Plan
from checkout.till import close, move, store
from checkout.till.take import take
from checkout.till.till import Reason
from tests.flows.drawer import accounts, closed, counted, held, moved, taken, told
from tests.world import World, roubles

# --- closing


async def test_a_shift_that_agrees_is_closed_with_its_z_number(world: World) -> None:
    """What was in the drawer stays in it for the next shift; the Z report is what the shift was."""
    order = await world.order()
    shift = await world.open_till(1000)
    await taken(world, order, 2500)
    closing = await closed(world, shift, roubles(3500))
    assert not closing.waits
    assert (closing.shift.z_no, closing.shift.z_total, closing.shift.counted) == (1, roubles(3500), roubles(3500))
    z = await told(world, shift)
    assert (z.drawer, z.difference, z.number) == (roubles(3500), roubles(0), 2)
    assert await held(world, shift) == roubles(0)
    assert not await world.broken()
    again = await world.open_till(3500)
    assert (await closed(world, again, roubles(3500))).shift.z_no == 2


async def test_a_difference_is_explained_and_booked(world: World) -> None:
    """150 ₽ short: not without a reason, and then the books say what there is."""
    shift = await world.open_till(1000)
    count = await counted(world, shift, roubles(850))
    with pytest.raises(Invalid, match="explanation_needed") as refusal:
        await world.tx(lambda tx: close.close(tx, world.service, shift.id, count.id, principal="olga"))
    assert refusal.value.facts["difference"] == roubles(-150)
    closing = await world.tx(
        lambda tx: close.close(
            tx, world.service, shift.id, count.id, explanation="wrong change given", principal="olga"
        )
    )
    assert (closing.shift.explanation, closing.shift.closed_by) == ("wrong change given", "olga")
    assert (await told(world, shift)).difference == roubles(-150)
    assert await accounts(world) == {"cash_safe": -1000, "cash_difference": 150, "cash_float": 850}
    assert not await world.broken()


async def test_a_large_difference_needs_another_person(world: World) -> None:
    """Above the limit the explanation waits; whoever counted cannot confirm it, somebody else can."""
    shift = await world.open_till(1000)
    closing = await closed(world, shift, roubles(499), explanation="we do not know")
    assert closing.waits
    count = closing.count
    with pytest.raises(Forbidden, match="own_count"):
        await world.tx(lambda tx: close.confirm(tx, world.service, shift.id, count.id, principal="olga"))
    done = await world.tx(lambda tx: close.confirm(tx, world.service, shift.id, count.id, principal="ivan"))
    assert (done.shift.counted_by, done.shift.closed_by) == ("olga", "ivan")
    assert done.shift.explanation == "we do not know"
    assert not await world.broken()


async def test_a_difference_at_the_limit_needs_nobody_else(world: World) -> None:
    """500 ₽ is not above 500 ₽."""
    shift = await world.open_till(1000)
    assert not (await closed(world, shift, roubles(500), explanation="a note was torn")).waits


async def test_money_taken_after_the_count_asks_for_another(world: World) -> None:
    """The drawer is not what it was when it was counted."""
    order = await world.order()
    shift = await world.open_till()
    count = await counted(world, shift, roubles(0))
    await taken(world, order, 2500)
    with pytest.raises(Conflict, match="count_outdated"):
        await world.tx(lambda tx: close.close(tx, world.service, shift.id, count.id, principal="olga"))


async def test_every_blind_count_is_kept(world: World) -> None:
    """Nobody counts until it fits without leaving a trace."""
    shift = await world.open_till(100)
    for amount in (90, 110, 100):
        await counted(world, shift, roubles(amount))
    found = await world.tx(
        lambda tx: rows(tx, sql("SELECT counted FROM cash_count WHERE shift_id IS NOT NULL ORDER BY id"))
    )
    assert [row.counted for row in found] == [9_000, 11_000, 10_000]
    with pytest.raises(DBAPIError, match="permission denied"):
        await world.tx(lambda tx: run(tx, sql("UPDATE cash_count SET counted = 10000")))


async def test_two_people_close_one_shift_and_one_is_told_who_did(world: World) -> None:
    """Eight closes at once: one Z, and everybody else hears the name."""
    shift = await world.open_till(100)
    count = await counted(world, shift, roubles(100))
    results = await asyncio.gather(
        *(
            world.tx(
                lambda tx, who=f"clerk {n}": close.close(tx, world.service, shift.id, count.id, principal=who)  # type: ignore[misc]
            )
            for n in range(8)
        ),
        return_exceptions=True,
    )
    sealed = await world.tx(lambda tx: store.read(tx, shift.id))
    lost = [one_ for one_ in results if isinstance(one_, BaseException)]
    assert len(lost) == 7
    for reason in lost:
        assert isinstance(reason, Conflict)
        assert (reason.code, reason.facts["by"]) == ("shift_closed_already", sealed.closed_by)
    assert not await world.broken()


async def test_clerks_and_the_close_of_their_shift_never_meet_half_way(world: World) -> None:
    """Takings and a close at once: whoever came too late is refused, and the Z is what was taken."""
    ordered = [await world.order(plan=Plan.AT_CLINIC, starts_at=start) for start in (await world.free())[:6]]
    shift = await world.open_till()
    count = await counted(world, shift, roubles(0))
    closes = world.tx(lambda tx: close.close(tx, world.service, shift.id, count.id, principal="ivan"))
    takes = [taken(world, order, 2500) for order in ordered]
    results = await asyncio.gather(*takes[:3], closes, *takes[3:], return_exceptions=True)
    refusals = {one_.code for one_ in results if isinstance(one_, Refusal)}
    assert refusals <= {"shift_closed", "count_outdated"}
    assert all(isinstance(one_, Refusal) or not isinstance(one_, BaseException) for one_ in results)
    assert not await world.broken()


async def test_a_taking_that_is_cut_down_leaves_nothing_behind(world: World) -> None:
    """No entry, no posting, no payment; and its receipt number is the next one's."""
    order = await world.order()
    shift = await world.open_till()

    async def cut_down(tx: Tx) -> None:
        await take(tx, world.service, order.id, roubles(2500), principal="olga")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await world.tx(cut_down)
    assert (await world.facts(order.id)).payments == frozenset()
    assert await held(world, shift) == roubles(0)
    assert (await taken(world, order, 2500)).receipt_no == 1
    assert not await world.broken()


# --- what the database holds


@pytest.mark.parametrize(
    "act",
    [
        "UPDATE cash_shift SET closed_at = NULL WHERE id = :id",
        "UPDATE cash_shift SET explanation = 'another' WHERE id = :id",
        """INSERT INTO cash_entry (clinic_id, shift_id, receipt_no, kind, direction, amount, reason, principal)
           SELECT clinic_id, id, 99, 'paid_in', 'in', 100, 'change', 'olga' FROM cash_shift WHERE id = :id""",
    ],
)
async def test_a_closed_shift_is_sealed_by_the_database(world: World, act: str) -> None:
    """Not reopened, not explained anew, nothing entered: whoever asks, and however."""
    shift = await world.open_till()
    await closed(world, shift, roubles(0))
    with pytest.raises(DBAPIError, match="a closed shift is sealed"):
        await world.tx(lambda tx: run(tx, sql(act), id=shift.id.uuid))


CLOSED = {
    "closed_at": "app_now()",
    "z_total": "100000",
    "counted": "100000",
    "counted_by": "'olga'",
    "closed_by": "'olga'",
    "confirm_above": "50000",
    "z_no": "1",
    "receipt_to": "1",
}


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        ({"counted": "1", "explanation": "'some reason'"}, "cash_shift_second_person"),
        ({"counted": "99900"}, "cash_shift_difference_is_explained"),
        ({"closed_by": "NULL"}, "cash_shift_closes_whole"),
    ],
)
async def test_the_database_knows_the_rules_of_a_close(world: World, changed: dict[str, str], constraint: str) -> None:
    """A difference has its words, a large one another person, and a close is whole."""
    shift = await world.open_till(1000)
    values = ", ".join(f"{name} = {value}" for name, value in (CLOSED | changed).items())
    act = sql(f"UPDATE cash_shift SET {values} WHERE id = :id")  # noqa: S608 - words of this file
    with pytest.raises(DBAPIError, match=constraint):
        await world.tx(lambda tx: run(tx, act, id=shift.id.uuid))


# --- hand-over


async def test_takings_leave_the_drawer_once_somebody_else_accepts_them(world: World) -> None:
    """Until then they are in its books, promised; whoever gives them cannot accept them."""
    order = await world.order()
    shift = await world.open_till(1000)
    await taken(world, order, 2500)
    given = await world.tx(lambda tx: move.give(tx, shift.id, roubles(3000), principal="olga"))
    assert await held(world, shift) == roubles(3500)
    with pytest.raises(Conflict, match="drawer_short"):
        await moved(world, shift, 600, Reason.BANK, into=False)
    with pytest.raises(Forbidden, match="own_hand_over"):
        await world.tx(lambda tx: move.accept(tx, given.id, principal="olga"))
    done = await world.tx(lambda tx: move.accept(tx, given.id, principal="vera"))
    assert (done.state, done.settled_by) == ("accepted", "vera")
    assert await held(world, shift) == roubles(500)
    assert (await told(world, shift)).handed_over.amount == roubles(3000)
    with pytest.raises(Conflict, match="hand_over_settled"):
        await world.tx(lambda tx: move.withdraw(tx, given.id, principal="olga"))
    assert not await world.broken()


async def test_a_shift_does_not_close_while_takings_are_under_way(world: World) -> None:
    """Accepted or taken back: then it does."""
    shift = await world.open_till(1000)
    given = await world.tx(lambda tx: move.give(tx, shift.id, roubles(300), principal="olga"))
    with pytest.raises(Conflict, match="hand_over_pending"):
        await world.tx(lambda tx: move.give(tx, shift.id, roubles(100), principal="olga"))
    with pytest.raises(Conflict, match="hand_over_pending"):
        await closed(world, shift, roubles(1000))
    await world.tx(lambda tx: move.withdraw(tx, given.id, principal="olga"))
    assert await held(world, shift) == roubles(1000)
    await closed(world, shift, roubles(1000))
    assert not await world.broken()
