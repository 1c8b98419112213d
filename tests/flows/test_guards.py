"""Each guard, switched off once: the scenario that it protects must then go wrong. With it on, the same scenario holds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from ulid import ULID

from checkout.booking import store as bookings
from checkout.booking.booking import State as Booking
from checkout.catalogue.slots import Interval, Seat
from checkout.ground.db import rows, sql
from checkout.ground.db import run as execute
from checkout.ground.errors import Conflict
from checkout.payment import back_store, lease_store, orders, settle
from checkout.payment.order import Word
from checkout.payment.payment import Belief, Report
from checkout.payment.payment import report as compared
from checkout.till.take import take
from checkout.web import once
from gateways import sandbox
from gateways.gateway import BankOrder
from gateways.sberbank.callbacks import Keys
from refunds import issue
from tests.world import World, roubles

Off = Callable[[str, str], AbstractAsyncContextManager[None]]


@pytest.fixture
async def without(owner: AsyncEngine) -> Off:
    """A guard of the schema taken away for a while: how to drop it, and how to put it back over emptied tables."""

    @asynccontextmanager
    async def missing(drop: str, restore: str) -> AsyncIterator[None]:
        async with owner.begin() as tx:
            await tx.execute(text(drop))
        try:
            yield
        finally:
            async with owner.begin() as tx:
                await tx.execute(text("TRUNCATE orders, ledger_tx, booking, payment, refund CASCADE"))
                await tx.execute(text(restore))

    return missing


# --- the order's lock


async def six_cashiers(world: World) -> int:
    """Six cashiers take the whole sum at the same moment; how much there is then, in roubles."""
    order = await world.order()
    await world.open_till()
    wishes = (world.tx(lambda tx: take(tx, world.service, order.id, roubles(2500), principal="o")) for _ in range(6))
    await asyncio.gather(*wishes, return_exceptions=True)
    return (await world.facts(order.id)).paid.amount // 100


async def test_cash_is_taken_once(world: World) -> None:
    """The order's lock lets one cashier after the other see what is due."""
    assert await six_cashiers(world) == 2500


async def test_cash_is_taken_twice_without_the_orders_lock(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each sees the sum due, and each takes it."""
    monkeypatch.setattr(orders, "_LOCK", orders._READ)  # noqa: SLF001 - the guard itself
    assert await six_cashiers(world) > 2500


# --- one effect a key


async def one_key_many_posts(world: World) -> int:
    """Eight posts under one key; how many orders they made."""
    start = (await world.free())[0]
    body = {
        "clinic": "tverskaya",
        "lines": [{"service": "consultation"}],  # two specialists give it: two places
        "starts_at": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "payer": {"name": "Мария", "phone": "+79123456789", "email": "m@example.com"},
        "plan": "at_clinic",
        "consents": ["adult", "offer", "personal-data"],
    }
    key = str(ULID())
    await asyncio.gather(*(world.api("POST", "/v1/orders", "site", body, key=key) for _ in range(8)))
    return len((await world.api("GET", "/v1/orders"))[1]["data"])


async def test_a_key_has_one_effect(world: World) -> None:
    """Lock and unique key: one order."""
    assert await one_key_many_posts(world) == 1


async def test_a_key_has_many_effects_without_the_unique_key(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody meets anybody: as many orders as there are places."""
    blind = sql("SELECT true AS free, NULL AS state, NULL AS fingerprint, :principal || :key AS answer")
    monkeypatch.setattr(once, "_MEET", blind)
    monkeypatch.setattr(once.Once, "finish", _nothing)
    assert await one_key_many_posts(world) > 1


# --- the fence


async def zombie(world: World) -> list[str]:
    """A worker looks, falls asleep past its lease, and wakes after another has booked the money; the history then."""
    order = await world.order()
    started = await world.start(order)
    asleep = await world.tx(lambda tx: lease_store.claim(tx, started.payment_id))
    assert asleep is not None
    seen = await settle.look(world.service, asleep)  # not paid yet
    await world.pay_at_bank(started.payment_id)
    await world.advance(seconds=40)
    await settle.settle(world.service, started.payment_id)
    assert await world.word(order.id) is Word.PAID
    await world.tx(lambda tx: settle.apply(tx, world.service, asleep, seen))
    return await world.events(order.id)


async def test_a_woken_zombie_changes_nothing(world: World) -> None:
    """Its token is old: not even an alarm is written."""
    assert "payment.contradiction" not in await zombie(world)


async def test_a_woken_zombie_raises_a_false_alarm_without_the_fence(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it saw long ago is taken for news."""
    unfenced = sql(str(lease_store._FENCED).replace("p.token = :token", "p.token >= :token"))  # noqa: SLF001 - the guard
    monkeypatch.setattr(lease_store, "_FENCED", unfenced)
    assert "payment.contradiction" in await zombie(world)


# --- the amount


async def a_rouble_short(world: World) -> Word:
    """The bank tells of a paid order with another sum."""
    order = await world.order()
    started = await world.start(order)
    await world.pay_at_bank(started.payment_id)
    world.bank.faults.add(sandbox.Rule(sandbox.Fault.WRONG_AMOUNT, method="getOrderStatusExtended.do"))
    await settle.settle(world.service, started.payment_id)
    return await world.word(order.id)


async def test_another_sum_is_not_believed(world: World) -> None:
    """A person decides."""
    assert await a_rouble_short(world) is Word.REVIEW


async def test_another_sum_is_believed_without_the_comparison(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The status alone says paid, and the books then contradict the fact they rest on."""

    def status_alone(belief: Belief, fact: BankOrder) -> Report:
        found = compared(belief, fact)
        return Report.PAID if found is Report.MISMATCH else found

    monkeypatch.setattr(settle, "report", status_alone)
    assert await a_rouble_short(world) is Word.PAID
    assert "I16" in {violation.invariant for violation in await world.broken()}


# --- the signature


async def forged_callback(world: World) -> tuple[int, int]:
    """The status that a forger is answered with, and how many callbacks are kept."""
    order = await world.order()
    started = await world.start(order)
    query = {"mdOrder": "x", "orderNumber": str(started.payment_id), "operation": "deposited", "status": "1"}
    async with world.http.get(f"{world.url}/callbacks/zdorovie", params={**query, "checksum": "00"}) as answer:
        status = answer.status
    kept = await world.tx(lambda tx: _count(tx, "callback"))
    return status, kept


async def test_a_forged_callback_is_refused(world: World) -> None:
    """403, no row, no look at the bank."""
    assert await forged_callback(world) == (403, 0)


async def test_a_forged_callback_rings_without_the_signature_but_moves_no_money(world: World) -> None:
    """Unsigned by configuration it is kept, and still nothing in it is believed."""
    gateway: Any = world.service.gateway("zdorovie")
    gateway._keys = Keys()  # noqa: SLF001 - the guard itself
    status, kept = await forged_callback(world)
    assert (status, kept) == (200, 1)
    await world.sweep()
    found = await world.tx(lambda tx: _count(tx, "ledger_tx"))
    assert found == 0


# --- money back


async def two_promises(world: World) -> list[str]:
    """Two refunds of the whole sum at once; which invariants are broken then."""
    order, _ = await world.paid()
    ask = issue.Ask(roubles(2500), "a reason")
    wishes = (world.tx(lambda tx: issue.request(tx, world.service, order.id, ask, principal="a")) for _ in range(2))
    await asyncio.gather(*wishes, return_exceptions=True)
    return [violation.invariant for violation in await world.broken()]


async def test_the_same_money_is_promised_once(world: World) -> None:
    """The guarded update and the check refuse the second."""
    assert await two_promises(world) == []


async def test_the_same_money_is_promised_twice_without_the_reservation(
    world: World, without: Off, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the policy, nor the guarded update, nor the check: the books say so."""
    monkeypatch.setattr(back_store, "_RESERVE", sql("UPDATE payment SET reserved = reserved + :amount WHERE id = :id"))
    monkeypatch.setattr(issue, "left", lambda payment: payment.captured)
    name = "payment_never_more_back_than_in"
    drop = f"ALTER TABLE payment DROP CONSTRAINT {name}"
    async with without(drop, f"ALTER TABLE payment ADD CONSTRAINT {name} CHECK (refunded + reserved <= captured)"):
        assert "I03" in await two_promises(world)


async def test_a_requester_approves_himself_without_the_constraint(world: World, without: Off) -> None:
    """The database's own four eyes are what stops direct SQL."""
    order, _ = await world.paid()
    ask = issue.Ask(roubles(100), "a reason")
    refund = await world.tx(lambda tx: issue.request(tx, world.service, order.id, ask, principal="anna"))
    own = sql("UPDATE refund SET state = 'scheduled', decided_by = 'anna', due_at = now() WHERE id = :id")
    with pytest.raises(DBAPIError, match="refund_four_eyes"):
        await world.tx(lambda tx: execute(tx, own, id=refund.id.uuid))
    rule = """ALTER TABLE refund ADD CONSTRAINT refund_four_eyes CHECK (basis <> 'person'
        OR state IN ('requested', 'cancelled') OR (decided_by IS NOT NULL AND decided_by <> requested_by))"""
    async with without("ALTER TABLE refund DROP CONSTRAINT refund_four_eyes", rule):
        await world.tx(lambda tx: execute(tx, own, id=refund.id.uuid))
        assert "I13" in {violation.invariant for violation in await world.broken()}


# --- what only the schema can hold


async def the_same_seat(world: World) -> None:
    """A second booking of a seat that is taken, as after a plan that was made a moment too early."""
    starts = await world.free("ultrasound")
    first = await world.order(lines=(("ultrasound", 1),), starts_at=starts[0])
    second = await world.order(lines=(("ultrasound", 1),), starts_at=starts[1])
    taken = await world.tx(lambda tx: rows(tx, SEAT, id=first.id.uuid))
    seat = Seat(1, taken[0].resource_id, Interval(first.starts_at, first.ends_at))
    await world.tx(lambda tx: bookings.insert(tx, second.id, [seat], Booking.HELD))


async def test_a_place_is_sold_once(world: World) -> None:
    """The exclusion constraint refuses the second."""
    with pytest.raises(Conflict, match="slot_taken"):
        await the_same_seat(world)
    assert not await world.broken()


async def test_a_place_is_sold_twice_without_the_exclusion(world: World, without: Off) -> None:
    """Without it only `checkout verify` sees it."""
    rule = """ALTER TABLE booking ADD CONSTRAINT booking_never_sold_twice EXCLUDE USING gist (
        int4range(resource_id, resource_id, '[]') WITH &&, during WITH &&)
        WHERE (state IN ('held', 'confirmed', 'given'))"""
    async with without("ALTER TABLE booking DROP CONSTRAINT booking_never_sold_twice", rule):
        await the_same_seat(world)
        assert "I06" in {violation.invariant for violation in await world.broken()}


SEAT = sql("SELECT resource_id FROM booking WHERE order_id = :id")
UNBALANCED = sql("INSERT INTO ledger_entry (tx_id, account, amount) SELECT id, 'till:nowhere', 1 FROM ledger_tx")


async def test_an_unbalanced_posting_is_refused(world: World) -> None:
    """The trigger sums every posting."""
    await world.paid()
    with pytest.raises(DBAPIError, match="must balance"):
        await world.tx(lambda tx: execute(tx, UNBALANCED))


async def test_an_unbalanced_posting_stands_without_the_trigger(world: World, without: Off) -> None:
    """Then only `checkout verify` finds it."""
    await world.paid()
    async with without(
        "ALTER TABLE ledger_entry DISABLE TRIGGER ledger_balances",
        "ALTER TABLE ledger_entry ENABLE TRIGGER ledger_balances",
    ):
        await world.tx(lambda tx: execute(tx, UNBALANCED))
        assert "I01" in {violation.invariant for violation in await world.broken()}


@pytest.mark.parametrize("table", ["ledger_tx", "ledger_entry", "event", "audit", "gateway_fact", "cash_entry"])
@pytest.mark.parametrize("act", ["DELETE FROM {}", "UPDATE {} SET at = at"])
async def test_the_application_cannot_rewrite_history(world: World, table: str, act: str) -> None:
    """Append-only is a right that the role does not have."""
    column = "at" if table != "ledger_entry" else "amount"
    statement = sql(act.format(table).replace("at = at", f"{column} = {column}"))
    with pytest.raises(DBAPIError, match="permission denied"):
        await world.tx(lambda tx: execute(tx, statement))


async def _nothing(*_: object) -> None:
    """In place of keeping the answer under its unique key."""


async def _count(tx: Any, table: str) -> int:
    return int((await tx.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())  # noqa: S608 - our own names
