"""The diary of another system: what it has sold is not sold again, and what it sells over a booking is shown."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Any

import pytest
from ulid import ULID

from checkout.booking import busy_store
from checkout.booking import store as bookings
from checkout.booking.booking import State
from checkout.booking.busy import Block, Taken
from checkout.catalogue.slots import Interval
from checkout.ground.db import Tx, rows, sql
from checkout.ground.errors import Conflict
from checkout.payment import cancel, expire, settle
from checkout.payment.order import Order, Word
from checkout.people import store as people
from tests.world import World

HALF_HOUR = timedelta(minutes=30)
PATH = "/v1/clinics/tverskaya/busy"
ROOM = "ultrasound-room"  # the only one at Tverskaya that gives the ultrasound
CLINIC = sql("SELECT id FROM clinic WHERE slug = 'tverskaya'")
WAITING = sql("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")


def wire(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def block(name: str, start: datetime, length: timedelta = HALF_HOUR) -> dict[str, str]:
    return {"external_id": name, "starts_at": wire(start), "ends_at": wire(start + length)}


async def send(world: World, *blocks: dict[str, str], status: int = 200, **changes: Any) -> Any:
    body = {"source": "desk", "resource": ROOM, "blocks": list(blocks), **changes}
    answer = await world.api("POST", PATH, "diary", body)
    assert answer[0] == status, answer
    return answer[1]


async def listed(world: World, query: str = "") -> list[dict[str, Any]]:
    status, found = await world.api("GET", PATH + query, "office")
    assert status == 200, found
    data: list[dict[str, Any]] = found["data"]
    return data


async def ultrasound(world: World, start: datetime) -> Order:
    return await world.order(lines=(("ultrasound", 1),), starts_at=start)


async def test_what_the_desk_has_sold_is_not_sold_again(world: World) -> None:
    """The slot disappears, an order for it is refused with others, and it comes back when the time is given back."""
    start, *others = await world.free("ultrasound")
    found = await send(world, block("a", start))
    assert found == {"added": 1, "changed": 0, "unchanged": 0, "removed": 0, "conflicts": []}
    assert await world.free("ultrasound") == others
    with pytest.raises(Conflict, match="slot_taken") as refused:
        await ultrasound(world, start)
    assert refused.value.facts["nearest"]
    gone = {"source": "desk", "resource": ROOM, "external_ids": ["a", "b"]}
    assert (await world.api("POST", PATH + "/remove", "diary", gone))[1] == {"removed": 1}
    assert (await world.free("ultrasound"))[0] == start


async def test_a_block_over_a_booking_is_kept_and_shown_and_the_booking_stands(world: World) -> None:
    """In the answer and in the list: the order's code and the times, nothing about a person."""
    start, later, *_ = await world.free("ultrasound")
    order = await ultrasound(world, start)
    found = await send(world, block("b", start + timedelta(minutes=15)), block("c", later + HALF_HOUR))
    met = {"order": order.code, "starts_at": wire(start), "ends_at": wire(start + HALF_HOUR)}
    assert (found["added"], [shown["conflicts"] for shown in found["conflicts"]]) == (2, [[met]])
    assert found["conflicts"] == await listed(world, "?conflicts=true")
    assert set(found["conflicts"][0]) == {
        "id", "source", "resource", "external_id", "starts_at", "ends_at", "conflicts"
    }  # fmt: skip
    assert [shown["external_id"] for shown in await listed(world)] == ["c", "b"]
    assert (await world.facts(order.id)).bookings == {State.HELD}
    await world.tx(lambda tx: cancel.cancel(tx, world.service, order.id, principal="o"))
    assert await listed(world, "?conflicts=true") == []
    assert not await world.broken()


async def test_a_block_is_moved_under_its_own_name(world: World) -> None:
    """Sent again it changes nothing; sent with another time it moves; another source is another block."""
    start, later, *_ = await world.free("ultrasound")
    await send(world, block("a", start))
    assert (await send(world, block("a", start)))["unchanged"] == 1
    assert (await send(world, block("a", later)))["changed"] == 1
    assert (await world.free("ultrasound"))[0] == start
    assert (await send(world, block("a", start), source="other"))["added"] == 1
    assert {shown["source"] for shown in await listed(world)} == {"desk", "other"}
    assert [shown["source"] for shown in await listed(world, "?source=other")] == ["other"]


async def test_a_batch_may_be_all_that_there_is_in_a_window(world: World) -> None:
    """What the source kept there before goes, whatever it only touches; beyond the window and of others nothing does."""
    first, second, third, *_ = await world.free("ultrasound")
    far = third + timedelta(days=30)
    await send(world, block("a", first), block("b", second), block("far", far))
    await send(world, block("o", second), source="other")
    window = {"from": wire(first + timedelta(minutes=10)), "to": wire(third)}
    found = await send(world, block("b", second), block("c", third), replace=window)
    assert (found["added"], found["unchanged"], found["removed"]) == (1, 1, 1)
    assert {shown["external_id"] for shown in await listed(world)} == {"b", "c", "far", "o"}


async def test_the_list_is_paged_and_looks_at_a_window(world: World) -> None:
    """From now on unless said otherwise, newest first, none lost and none twice."""
    moment = (await world.now()).replace(microsecond=0)
    blocks = [block(f"n{number}", moment + timedelta(days=number)) for number in range(-1, 4)]
    await send(world, *blocks)
    first = (await world.api("GET", PATH + "?limit=2", "office"))[1]
    assert ([shown["external_id"] for shown in first["data"]], first["has_more"]) == (["n3", "n2"], True)
    assert [b["external_id"] for b in await listed(world, f"?starting_after={first['data'][-1]['id']}")] == ["n1", "n0"]
    past = f"?from={wire(moment - timedelta(days=2))}&to={wire(moment - HALF_HOUR)}"
    assert [shown["external_id"] for shown in await listed(world, past)] == ["n-1"]
    assert (await world.api("GET", PATH + "?starting_after=x", "office"))[1]["code"] == "cursor_unknown"
    assert (await world.api("GET", PATH + f"?to={wire(moment - HALF_HOUR)}", "office"))[1]["code"] == "block_empty"


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"resource": "nobody"}, "resource_unknown", "/resource"),
        ({"blocks": [("a", 0, 0)]}, "block_empty", "/blocks/0/ends_at"),
        ({"blocks": [("a", 0, 1), ("b", 2, 1)]}, "block_empty", "/blocks/1/ends_at"),
        ({"blocks": [("a", 0, 24 * 367)]}, "block_too_long", "/blocks/0/ends_at"),
        ({"blocks": [("a", 0, 1), ("b", 0, 1), ("a", 2, 3)]}, "block_repeated", "/blocks/2/external_id"),
        ({"blocks": [("", 0, 1)]}, "schema", "/blocks/0/external_id"),
        ({"blocks": [("a", 0, 24 * 365 * 90)]}, "schema", "/blocks/0/ends_at"),
        ({"source": "Прейскурант"}, "schema", "/source"),
        ({"who": "Мария"}, "schema", "/who"),
    ],
)
async def test_a_batch_that_cannot_be_meant_changes_nothing(
    world: World, change: dict[str, Any], code: str, pointer: str
) -> None:
    """422 with the field; not even the good blocks of it are taken."""
    start = (await world.free("ultrasound"))[0]
    hours = change.pop("blocks", [("a", 0, 1)])
    blocks = [
        {
            "external_id": name,
            "starts_at": wire(start + timedelta(hours=begins)),
            "ends_at": wire(start + timedelta(hours=ends)),
        }
        for name, begins, ends in hours
    ]
    found = await send(world, *blocks, status=422, **change)
    assert (found["code"], found["errors"][0]["pointer"]) == (code, pointer)
    assert await listed(world) == []


async def test_a_key_of_one_clinic_knows_no_other_diary(world: World) -> None:
    """Neither to write nor to read: another's clinic does not exist."""
    clinics = await world.tx(lambda tx: rows(tx, sql("SELECT id FROM clinic WHERE slug = 'krasny'")))
    secret = f"ck_diary_of-krasny-only-{ULID()}"
    await world.tx(
        lambda tx: people.keep_key(tx, name=secret[-26:], role="diary", secret=secret, clinics=[clinics[0].id])
    )
    start = (await world.free("ultrasound"))[0]
    headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": "k"}
    body = {"source": "desk", "resource": "ultrasound-room", "blocks": [block("a", start)]}
    for clinic, status in (("tverskaya", 404), ("nowhere", 404), ("krasny", 200)):
        path = f"{world.url}/v1/clinics/{clinic}/busy"
        async with world.http.post(path, json=body, headers={**headers, "Idempotency-Key": clinic}) as answer:
            assert answer.status == status
        async with world.http.get(path, headers=headers) as answer:
            assert answer.status == status


async def test_late_money_does_not_take_a_place_back_over_a_block(world: World) -> None:
    """The payer dallied, the desk sold the time: the money is to be decided, and the block stands alone."""
    start = (await world.free("ultrasound"))[0]
    order = await ultrasound(world, start)
    started = await world.start(order)
    await world.pay_at_bank(started.payment_id)
    async with world.service.engine.begin() as tx:
        await bookings.move(tx, order.id, State.HELD, "expire")
    assert (await send(world, block("a", start)))["conflicts"] == []
    await settle.settle(world.service, started.payment_id)
    assert await world.word(order.id) is Word.TO_DECIDE
    assert await listed(world, "?conflicts=true") == []


# --- races


async def put(tx: Tx, start: datetime, name: str = "race") -> Taken:
    clinic = (await rows(tx, CLINIC))[0].id
    return await busy_store.put(tx, clinic, ROOM, "desk", [Block(name, Interval(start, start + HALF_HOUR))])


async def test_an_import_and_a_booking_never_both_win_unseen(world: World) -> None:
    """At the same moment, many times: the booking is refused, or the import is told of it."""
    outcomes = set()
    for start in (await world.free("ultrasound", days=2))[:12]:
        sold, taken = await asyncio.gather(
            ultrasound(world, start),
            world.tx(lambda tx, start=start: put(tx, start, wire(start))),  # type: ignore[misc]
            return_exceptions=True,
        )
        assert isinstance(taken, Taken)
        assert isinstance(sold, Order | Conflict)
        met = [meeting.order for kept in taken.conflicts for meeting in kept.meets]
        assert met == ([sold.code] if isinstance(sold, Order) else [])
        outcomes.add(type(sold))
    shown = {met["order"] for kept in await listed(world, "?conflicts=true&limit=100") for met in kept["conflicts"]}
    assert len(shown) == len((await world.api("GET", "/v1/orders?limit=100"))[1]["data"])


async def until_it_waits(world: World, task: asyncio.Task[Any]) -> None:
    """Until somebody waits for a lock, or the task is through without waiting."""
    while not task.done() and not await world.tx(lambda tx: rows(tx, WAITING)):
        await asyncio.wait({task}, timeout=0.01)


async def beside_an_import(world: World, start: datetime, work: Awaitable[Any]) -> Any:
    """What comes of the work when it begins while an import of its time has been written but is not yet committed."""
    async with world.service.engine.begin() as tx:
        await put(tx, start)
        task = asyncio.ensure_future(work)
        await until_it_waits(world, task)
    return (await asyncio.gather(task, return_exceptions=True))[0]


async def test_a_booking_waits_for_an_import_that_is_on_its_way(world: World) -> None:
    """It could not have seen the block, and is refused all the same."""
    start = (await world.free("ultrasound"))[0]
    assert isinstance(await beside_an_import(world, start, ultrasound(world, start)), Conflict)


async def test_a_place_that_is_taken_back_waits_for_an_import_too(world: World) -> None:
    """No foreign key is checked then; the trigger's own lock lets it see the block."""
    start = (await world.free("ultrasound"))[0]
    order = await ultrasound(world, start)
    await world.advance(hours=2)
    assert await world.tx(lambda tx: expire.expire(tx, order.id))
    assert await beside_an_import(world, start, world.tx(lambda tx: bookings.retake(tx, order.id))) == []
    assert await listed(world, "?conflicts=true") == []
