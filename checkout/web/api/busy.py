"""The diary of the clinic's own system over the API: it says when somebody is busy, and is shown what that meets."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from checkout.booking import busy_store
from checkout.booking.busy import Block, Kept, Window, repeated, wrong
from checkout.catalogue import store as catalogue
from checkout.catalogue.slots import Interval
from checkout.ground.db import Tx, in_transaction, now
from checkout.ground.errors import Invalid, Missing
from checkout.web.api import busy_models as models
from checkout.web.routes import Call, Routes

routes = Routes()
YEAR: Final = timedelta(days=366)
EXAMPLE: Final = {
    "source": "desk-diary",
    "resource": "orlov",
    "blocks": [{"external_id": "visit-8123", "starts_at": "2026-12-01T07:30:00Z", "ends_at": "2026-12-01T08:00:00Z"}],
    "replace": {"from": "2026-12-01T00:00:00Z", "to": "2026-12-08T00:00:00Z"},
}
WRONG: Final = ("resource_unknown", "block_empty", "block_too_long", "block_repeated")


async def _clinic_id(tx: Tx, call: Call) -> int:
    """The clinic that the path names. Another's clinic does not exist for a key of some clinics."""
    clinic = await catalogue.clinic(tx, call.path["slug"])
    if clinic is None or (call.principal.clinics is not None and clinic.id not in call.principal.clinics):
        raise Missing("clinic_unknown")
    return clinic.id


@routes.op(
    "POST",
    "/v1/clinics/{slug}/busy",
    action="busy.write",
    body=models.BusyIn,
    out=models.BusyOut,
    summary="Say when a specialist or a room is busy; a slot that is sold at the desk is not sold again",
    tag="Diary",
    refusals=("clinic_unknown", *WRONG),
    example=EXAMPLE,
)
async def put_busy(call: Call) -> models.BusyOut:
    body: models.BusyIn = call.body
    blocks = _blocks(body)
    replace = _interval(body.replace, "/replace") if body.replace else None

    async def work(tx: Tx) -> models.BusyOut:
        clinic_id = await _clinic_id(tx, call)
        taken = await busy_store.put(tx, clinic_id, body.resource, body.source, blocks, replace=replace)
        return models.BusyOut(
            added=taken.added,
            changed=taken.changed,
            unchanged=taken.unchanged,
            removed=taken.removed,
            conflicts=[_shown(kept) for kept in taken.conflicts],
        )

    return await call.once(work)


def _blocks(body: models.BusyIn) -> list[Block]:
    """Raises Invalid with the pointer of the block that cannot be meant."""
    found = [Block(sent.external_id, Interval(sent.starts_at, sent.ends_at)) for sent in body.blocks]
    for index, block in enumerate(found):
        if fault := wrong(block.during):
            raise Invalid(fault, pointer=f"/blocks/{index}/ends_at")
    twice = repeated(found)
    if twice is not None:
        raise Invalid("block_repeated", pointer=f"/blocks/{twice}/external_id")
    return found


def _interval(window: models.WindowIn, pointer: str) -> Interval:
    found = Interval(window.since, window.until)
    if fault := wrong(found):
        raise Invalid(fault, pointer=f"{pointer}/to")
    return found


@routes.op(
    "POST",
    "/v1/clinics/{slug}/busy/remove",
    action="busy.write",
    body=models.BusyRemoveIn,
    out=models.BusyRemoved,
    summary="Give busy time back; blocks that are not there count as given back",
    tag="Diary",
    refusals=("clinic_unknown", "resource_unknown"),
    example={"source": "desk-diary", "resource": "orlov", "external_ids": ["visit-8123"]},
)
async def remove_busy(call: Call) -> models.BusyRemoved:
    body: models.BusyRemoveIn = call.body

    async def work(tx: Tx) -> models.BusyRemoved:
        clinic_id = await _clinic_id(tx, call)
        found = await busy_store.remove(tx, clinic_id, body.resource, body.source, body.external_ids)
        return models.BusyRemoved(removed=found)

    return await call.once(work)


@routes.op(
    "GET",
    "/v1/clinics/{slug}/busy",
    action="busy.read",
    query=models.BusyQuery,
    out=models.BusyList,
    summary="Busy blocks, and the bookings that they meet",
    tag="Diary",
    refusals=("clinic_unknown", "block_empty", "block_too_long", "cursor_unknown"),
)
async def list_busy(call: Call) -> models.BusyList:
    query: models.BusyQuery = call.query

    async def work(tx: Tx) -> models.BusyList:
        clinic_id = await _clinic_id(tx, call)
        since = query.since or await now(tx)
        until = query.until or since + YEAR
        if fault := wrong(Interval(since, until)):
            raise Invalid(fault, pointer="to")
        window = Window(since, until, query.resource, query.source, query.conflicts, _cursor(query.starting_after))
        found = await busy_store.kept(tx, clinic_id, window, limit=query.limit + 1)
        return models.BusyList(data=[_shown(kept) for kept in found[: query.limit]], has_more=len(found) > query.limit)

    return await in_transaction(call.service.engine, work)


def _cursor(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or int(text) >= 2**63:
        raise Invalid("cursor_unknown", pointer="starting_after")
    return int(text)


def _shown(kept: Kept) -> models.BlockOut:
    return models.BlockOut(
        id=str(kept.id),
        source=kept.source,
        resource=kept.resource,
        external_id=kept.block.external_id,
        starts_at=kept.block.during.start,
        ends_at=kept.block.during.end,
        conflicts=[
            models.MeetingOut(order=met.order, starts_at=met.during.start, ends_at=met.during.end) for met in kept.meets
        ],
    )
