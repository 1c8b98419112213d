"""What the house's screens read when they open. A screen that comes adds its read here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from checkout.books import figures_store, problems, setup, worklist
from checkout.ground.db import Tx, one, sql
from checkout.ground.ids import StaffId
from checkout.ground.service import Service
from checkout.parts import WORK
from checkout.payment import listing as order_listing
from checkout.payment import search
from checkout.payment.search import By, Wanted
from refunds import listing as refund_listing
from refunds import queue
from refunds.queue import Filter, Tab
from tests.bench.town import ZONE
from tests.bench.years import WAITING, code_of, name_of, tail_of

LISTED: Final = 50
_CLINIC: Final = sql("SELECT id FROM clinic ORDER BY id LIMIT 1")


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody opens a screen; where they look for an order, for the one with this number, of so many."""

    service: Service
    number: int
    of: int


Read = Callable[[Tx, Asked], Awaitable[object]]


async def _dashboard(tx: Tx, _: Asked) -> object:
    return await figures_store.dashboard(tx, clinics=None, zone=ZONE)


async def _one_clinics_dashboard(tx: Tx, _: Asked) -> object:
    row = await one(tx, _CLINIC)
    assert row is not None
    return await figures_store.dashboard(tx, clinics=[row.id], zone=ZONE)


async def _problems(tx: Tx, _: Asked) -> object:
    return await problems.problems(tx, clinics=None, work=WORK)


async def _setup(tx: Tx, _: Asked) -> object:
    return await setup.steps(tx, StaffId.new())


async def _order_by_code(tx: Tx, asked: Asked) -> object:
    found = await search.by_code(tx, code_of(asked.number), None)
    assert found is not None
    return found


async def _orders_by_tail(tx: Tx, asked: Asked) -> object:
    return await _found(tx, asked, Wanted(By.TAIL, (tail_of(asked.number, asked.of),)))


async def _orders_by_name(tx: Tx, asked: Asked) -> object:
    return await _found(tx, asked, Wanted(By.NAME, name_of(asked.number, asked.of)))


async def _orders_by_surname(tx: Tx, asked: Asked) -> object:
    surname, _ = name_of(asked.number, asked.of)
    return await _found(tx, asked, Wanted(By.NAME, (surname,)))


async def _orders_by_first_name(tx: Tx, asked: Asked) -> object:
    _, first = name_of(asked.number, asked.of)
    return await _found(tx, asked, Wanted(By.NAME, (first,)))


async def _found(tx: Tx, asked: Asked, wanted: Wanted) -> object:
    found = await search.by_person(tx, asked.service.vault, wanted, None)
    assert found
    return found


async def _newest_orders(tx: Tx, _: Asked) -> object:
    return await order_listing.newest(tx, order_listing.Scope(), after=None, limit=LISTED)


async def _refunds_that_wait(tx: Tx, _: Asked) -> object:
    found = await refund_listing.newest(tx, refund_listing.Scope(status="requested"), after=None, limit=LISTED)
    assert len(found) == WAITING
    return found


async def _refund_queue(tx: Tx, _: Asked, *, tab: Tab) -> object:
    found = await queue.page(tx, tab, Filter(), None, after=None)
    assert found
    return found, await queue.counts(tx, None)


async def _worklist(tx: Tx, _: Asked) -> object:
    found = await worklist.items(tx, WORK, None)
    assert len(found) >= WAITING
    return found


READS: Final[Mapping[str, Read]] = {
    "dashboard, all clinics": _dashboard,
    "dashboard, one clinic": _one_clinics_dashboard,
    "dashboard, what does not run": _problems,
    "dashboard, setting up": _setup,
    "order by its code": _order_by_code,
    "orders by phone’s tail": _orders_by_tail,
    "orders by full name": _orders_by_name,
    "orders by surname": _orders_by_surname,
    "orders by first name": _orders_by_first_name,
    "newest orders": _newest_orders,
    "refunds that wait": _refunds_that_wait,
    "refund queue, to decide": partial(_refund_queue, tab=Tab.MINE),
    "refund queue, done": partial(_refund_queue, tab=Tab.DONE),
    "worklist": _worklist,
}
