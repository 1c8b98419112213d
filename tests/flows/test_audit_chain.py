"""The audit's chain: each way of rewriting the past, done as the owner of the database, is found."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from checkout.books import chain
from checkout.ground.crypto import vault
from checkout.ground.db import rows, run, sql
from checkout.ground.events import audit
from tests.world import World

_LINKS = sql("SELECT no, audit_seq, hash FROM audit_link ORDER BY no")


@dataclass(slots=True)
class Past:
    """An audit with some rows, chained and signed, and a forger who owns the database."""

    world: World
    owner: AsyncEngine
    told: list[str] = field(default_factory=list)

    async def write(self, *names: str) -> None:
        for name in names:
            await self.world.tx(partial(audit, principal="staff:x", action="order.read", object_=name, outcome="done"))

    async def keep(self) -> None:
        with capture_logs() as said:
            while await chain.keep(self.world.service):
                pass
        self.told += [json.dumps(line) for line in said]

    async def forge(self, *statements: str, **values: Any) -> None:
        async with self.owner.begin() as tx:
            for statement in statements:
                await tx.execute(text(statement), values)

    async def found(self, logged: Iterable[str] = ()) -> list[str]:
        service = self.world.service
        return [row for one in await chain.verify(service.engine, service.vault, logged) for row in one.rows]


@pytest.fixture
async def past(world: World, owner: AsyncEngine) -> Past:
    """Five rows on a fresh chain, signed."""
    made = Past(world, owner)
    await made.write("a", "b", "c", "d", "e")
    await made.keep()
    assert await made.found(made.told) == []
    return made


async def test_a_row_that_waits_for_its_link_is_no_alarm(past: Past) -> None:
    """For a quarter of an hour; then somebody must look."""
    await past.write("f")
    assert await past.found() == []
    await past.world.advance(minutes=16)
    assert await past.found() == ["row 6: without a link"]
    await past.keep()
    assert await past.found() == []


async def test_an_edited_row_is_found(past: Past) -> None:
    await past.forge("UPDATE audit SET principal = 'staff:y' WHERE seq = 3")
    assert await past.found() == ["row 3: changed, or a row before it is gone"]


@pytest.mark.parametrize("column", ["at", "action", "object", "outcome", "request_id", "client", "agent", "data"])
async def test_every_column_is_under_the_chain(past: Past, column: str) -> None:
    values = {"at": "at + interval '1 microsecond'", "data": """'{"a": 1}'"""}
    await past.forge(f"UPDATE audit SET {column} = {values.get(column, chr(39) + 'forged' + chr(39))} WHERE seq = 2")  # noqa: S608 - names of this file
    assert await past.found() == ["row 2: changed, or a row before it is gone"]


async def test_a_deleted_row_is_found(past: Past) -> None:
    """With its link, without which the database lets nobody delete it, the chain has a hole; without, a link has no row."""
    await past.forge("DELETE FROM audit_link WHERE audit_seq = 3", "DELETE FROM audit WHERE seq = 3")
    assert await past.found() == ["row 4: a link before it is gone"]


async def test_a_hole_that_was_closed_is_found(past: Past) -> None:
    """The links after it renumbered: each hash still tells of the one before."""
    await past.forge(
        "DELETE FROM audit_anchor",
        "DELETE FROM audit_link WHERE audit_seq = 3",
        "DELETE FROM audit WHERE seq = 3",
        "UPDATE audit_link SET no = no - 1 WHERE no = 4",
        "UPDATE audit_link SET no = no - 1 WHERE no = 5",
    )
    assert await past.found() == ["row 4: changed, or a row before it is gone"]


async def test_a_row_that_was_slipped_in_is_found(past: Past) -> None:
    """Dated back, it has no link; and once a worker has linked it, it is older than those before it."""
    await past.forge(
        "INSERT INTO audit (at, principal, action, object, outcome) "
        "VALUES (app_now() - interval '1 hour', 'staff:x', 'refund.approve', 'x', 'done')"
    )
    assert await past.found() == ["row 6: without a link"]
    await past.keep()
    assert await past.found() == ["row 6: slipped in later"]


async def _hashed_anew(past: Past) -> None:
    """Edit a row and compute every link again, as anybody can who reads the code."""
    await past.forge("UPDATE audit SET object = 'forged' WHERE seq = 2")
    links = await past.world.tx(lambda tx: rows(tx, _LINKS))
    said = sql(f"SELECT {chain._ROW} AS said FROM audit a WHERE a.seq = :seq")  # noqa: S608, SLF001 - the forger reads the code
    digest = chain.EMPTY
    for row in links:
        found = await past.world.tx(lambda tx, row=row: rows(tx, said, seq=row.audit_seq))  # type: ignore[misc]  # at once
        digest = chain.link(digest, bytes(found[0].said))
        await past.forge("UPDATE audit_link SET hash = :hash WHERE no = :no", hash=digest, no=row.no)


async def test_a_chain_that_was_hashed_anew_is_found(past: Past) -> None:
    """Every link fits, but the signature is under another one."""
    await _hashed_anew(past)
    assert await past.found() == ["anchor 1: the chain before it was written anew"]


async def test_a_forged_anchor_is_found(past: Past) -> None:
    """The anchor follows the new chain, and nobody but the key's holder can sign it."""
    await _hashed_anew(past)
    await past.forge("UPDATE audit_anchor SET hash = (SELECT hash FROM audit_link WHERE no = link_no)")
    assert await past.found() == ["anchor 1: not signed by us"]


async def test_a_deleted_anchor_is_found(past: Past) -> None:
    """One that is missing among others; and once all are gone the links are unsigned for too long."""
    await past.world.advance(hours=2)
    await past.write("f")
    await past.keep()
    await past.forge("DELETE FROM audit_anchor WHERE no = 1")
    assert await past.found() == ["anchor 1: gone"]
    await past.forge("DELETE FROM audit_anchor")
    await past.world.advance(hours=2)
    assert await past.found() == ["link 1: not signed in time"]


async def test_an_end_that_was_cut_off_is_found_by_the_log(past: Past) -> None:
    """Rows, links and anchor of the last hours are gone without a trace in the database; the log has left the machine."""
    await past.world.advance(hours=2)
    await past.write("f")
    await past.keep()
    await past.forge(
        "DELETE FROM audit_anchor WHERE no = 2",
        "DELETE FROM audit_link WHERE no = 6",
        "DELETE FROM audit WHERE seq = 6",
    )
    assert await past.found() == []
    assert await past.found(["not json", '{"event": "request"}', *past.told]) == [
        "the log's anchor 2: the chain does not lead to it any more"
    ]


async def test_a_line_of_the_log_that_we_did_not_sign_is_told_apart(past: Past) -> None:
    """Whoever edits the log cannot raise or hide an alarm about the database."""
    line = json.loads(past.told[0])
    assert await past.found([json.dumps({**line, "link_no": 4})]) == ["the log's anchor 1: not signed by us"]


async def test_the_service_itself_can_only_append(world: World, past: Past) -> None:
    """Its login may neither change nor remove rows, links or anchors."""
    tables = {"audit": "object", "audit_link": "hash", "audit_anchor": "hash"}
    tries = [(f"DELETE FROM {table}", f"UPDATE {table} SET {column} = {column}") for table, column in tables.items()]  # noqa: S608 - names of this file
    for statement in itertools.chain(*tries):
        with pytest.raises(ProgrammingError, match="permission denied"):
            await world.tx(lambda tx, statement=statement: run(tx, sql(statement)))  # type: ignore[misc]  # at once
    assert await past.found() == []


async def test_many_workers_make_one_chain(world: World) -> None:
    """Eight at once over rows that are still being written: every row linked once, in one line, and whole."""
    past = Past(world, world.service.engine)

    async def writing(number: int) -> None:
        for at in range(25):
            await past.write(f"{number}/{at}")

    async def keeping() -> None:
        for _ in range(10):
            await chain.keep(world.service)

    await asyncio.gather(*(writing(number) for number in range(4)), *(keeping() for _ in range(4)))
    await past.keep()
    links = await world.tx(lambda tx: rows(tx, _LINKS))
    assert [row.no for row in links] == list(range(1, 101))
    written = await world.tx(lambda tx: rows(tx, sql("SELECT seq FROM audit ORDER BY seq")))
    assert sorted(row.audit_seq for row in links) == [row.seq for row in written]
    assert await past.found(past.told) == []


async def test_anchors_come_by_the_hour_or_by_the_thousand(past: Past) -> None:
    """Signed at once, then each hour in which something happened."""
    assert [json.loads(line)["no"] for line in past.told] == [1]
    await past.write("f")
    await past.keep()
    assert len(past.told) == 1
    await past.world.advance(minutes=61)
    await past.write("g")
    await past.keep()
    await past.world.advance(minutes=61)
    await past.keep()  # nothing new: nothing to sign
    assert [json.loads(line)["no"] for line in past.told] == [1, 2]


def test_another_installation_signs_otherwise() -> None:
    """The key hangs on the master key alone."""
    ours, theirs = (vault({"a": bytes([number] * 32)}, "a") for number in (1, 2))
    assert ours.signed_anchor(b"x", ours.sign_anchor(b"x"))
    assert not theirs.signed_anchor(b"x", ours.sign_anchor(b"x"))
