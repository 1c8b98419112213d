"""The drawer as its clerk sees it: the open shift, what is in it, what moved last, and what waits for somebody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from checkout.catalogue.catalogue import Clinic
from checkout.ground.db import Tx, now
from checkout.ground.errors import Missing
from checkout.ground.ids import HandOverId, ShiftId
from checkout.payment import orders
from checkout.till import close, counts_store, store
from checkout.till.count import Count
from checkout.till.counts_store import HandOver
from checkout.till.till import OLDEST, Age, Entry, Shift
from checkout.web.desk.names import names
from checkout.web.desk.visit import Visit
from checkout.web.named import named
from gateways.money import Money

SHOWN: Final = 12  # entries on the first page; all of them stand in the report


@dataclass(frozen=True, slots=True)
class Drawer:
    """`given`: takings that nobody accepted yet. `waits`: a difference that another person has to confirm.

    `codes`: of the orders behind the entries. `names`: of everybody who is named.
    """

    now: datetime
    shift: Shift
    held: Money
    last: Sequence[Entry]
    given: HandOver | None
    waits: Count | None
    codes: Mapping[int, str]
    names: Mapping[str, str]

    @property
    def age(self) -> Age:
        return self.shift.age(self.now)

    @property
    def ends(self) -> datetime:
        """From then on nothing is taken or paid."""
        return self.shift.opened_at + OLDEST


async def drawer(tx: Tx, visit: Visit, clinic: Clinic) -> Drawer | None:
    """None without an open shift."""
    shift = await store.open_of(tx, clinic.id)
    if shift is None:
        return None
    last = list(reversed((await store.entries(tx, shift.id))[-SHOWN:]))
    given = await counts_store.pending(tx, shift.id)
    waits = await close.waiting(tx, visit.service, shift)
    named = {shift.opened_by, *(entry.principal for entry in last)}
    named |= {given.given_by} if given else set()
    named |= {waits.counted_by} if waits else set()
    return Drawer(
        now=await now(tx),
        shift=shift,
        held=await store.drawer(tx, shift.id),
        last=last,
        given=given,
        waits=waits,
        codes=await codes(tx, last),
        names=await names(tx, visit.service.vault, named, visit.language),
    )


async def codes(tx: Tx, entries: Sequence[Entry]) -> dict[int, str]:
    """The code of the order behind each entry that has one."""
    return {
        entry.id: (await orders.read(tx, entry.order_id))[0].code for entry in entries if entry.order_id is not None
    }


async def shift_named(tx: Tx, clinic: Clinic, text: str) -> Shift:
    """The shift that a page was about, so that nobody acts on the one after it. Raises Missing `shift_missing`."""
    shift = await store.read(tx, named(ShiftId, text, "shift_missing"))
    if shift.clinic_id != clinic.id:
        raise Missing("shift_missing")
    return shift


async def hand_over_named(tx: Tx, clinic: Clinic, text: str) -> HandOver:
    """Raises Missing `hand_over_missing`."""
    found = await counts_store.hand_over(tx, named(HandOverId, text, "hand_over_missing"))
    if found.clinic_id != clinic.id:
        raise Missing("hand_over_missing")
    return found
