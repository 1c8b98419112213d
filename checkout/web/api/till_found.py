"""What the paths of the till's operations name: a clinic, a shift, takings. Another clinic's do not exist."""

from __future__ import annotations

from typing import Final, TypeVar

from checkout.catalogue import store as catalogue
from checkout.ground.db import Tx
from checkout.ground.errors import Missing
from checkout.ground.ids import HandOverId, ShiftId
from checkout.people.access import Principal
from checkout.till import counts_store, store
from checkout.till.counts_store import HandOver
from checkout.till.till import Shift
from checkout.web.named import named
from checkout.web.routes import Call

Placed = TypeVar("Placed", Shift, HandOver)
SHIFT: Final = "shift_missing"
HAND_OVER: Final = "hand_over_missing"
SEALED: Final = (SHIFT, "shift_closed_already")


async def clinic_of(tx: Tx, call: Call) -> int:
    """The clinic that a path names; another's does not exist. Raises Missing."""
    found = await catalogue.clinic(tx, call.path["slug"])
    if found is None or not _sees(call.principal, found.id):
        raise Missing("clinic_unknown")
    return found.id


def _sees(principal: Principal, clinic_id: int) -> bool:
    return principal.clinics is None or clinic_id in principal.clinics


async def shift_of(tx: Tx, call: Call) -> Shift:
    """The shift that a path names; another clinic's does not exist. Raises Missing."""
    return _ours(call, await store.read(tx, named(ShiftId, call.path["id"], SHIFT)), SHIFT)


async def hand_over_of(tx: Tx, call: Call) -> HandOver:
    """The takings that a path names; another clinic's do not exist. Raises Missing."""
    return _ours(call, await counts_store.hand_over(tx, named(HandOverId, call.path["id"], HAND_OVER)), HAND_OVER)


def _ours(call: Call, found: Placed, code: str) -> Placed:
    """What is at a clinic that the caller sees. Raises Missing with this code."""
    if not _sees(call.principal, found.clinic_id):
        raise Missing(code)
    return found
